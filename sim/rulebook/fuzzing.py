"""Walk after walk, for so many calls or so long: what they found, and the trace that shows it."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from protocol.world import World
from sim.chain import open_engine
from sim.chain.engine import Engine
from sim.divergence import Divergence
from sim.lockstep import Lockstep
from sim.progress import Progress
from sim.rulebook.coverage import Counting, Tally
from sim.rulebook.record import Record
from sim.rulebook.walk import BrokenInvariant, Walk
from sim.streams import stream
from sim.trace import TraceWriter

CALLS_OF_A_WALK = 2_000
_CALLS_BETWEEN_COMPARISONS = 50
_CALLS_BETWEEN_PAUSES = 300


class Dice:
    """A named stream as the one who chooses."""

    def __init__(self, seed: int, name: str) -> None:
        self._draws = stream(seed, name)

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1."""
        return int(self._draws.integers(count))


@dataclass
class Findings:
    """
    What walks found: `tally` has the outcomes of all functions, `failure` what must not be.

    `trace` leads to the failure, call by call.
    """

    walks: int = 0
    calls: int = 0
    tally: Tally = field(default_factory=Counter)
    failure: Divergence | BrokenInvariant | None = None
    trace: Path | None = None


class Limit:
    """When to stop: after so many calls, or so many seconds."""

    def __init__(self, calls: int, seconds: float | None) -> None:
        self._calls, self._seconds = calls, seconds
        self._started = time.monotonic()

    def share(self, calls: int) -> float:
        """Return how much of the way is done, 1 at the end."""
        if self._seconds is not None:
            return (time.monotonic() - self._started) / self._seconds
        return calls / self._calls


def fuzz(
    recorded: Record, seed: int, engine_name: str, limit: Limit, folder: Path, progress: Progress
) -> Findings:
    """
    Walk until the limit, or until something is found that must not be.

    Each walk begins anew and draws from a stream of its own, so a seed and a number of calls
    always find the same. The failing walk's trace stays in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(engine_name)
    findings = Findings()
    try:
        engine.deploy(recorded.deployment)
        start = engine.snapshot()
        while findings.failure is None and limit.share(findings.calls) < 1:
            engine.revert(start)
            _walk(recorded, seed, engine, limit, folder, findings)
            findings.walks += 1
            share = min(1.0, limit.share(findings.calls))
            progress.step(f"{findings.calls:,} calls", round(1_000 * share), 1_000)
    finally:
        engine.close()
    return findings


def _walk(
    recorded: Record, seed: int, engine: Engine, limit: Limit, folder: Path, findings: Findings
) -> None:
    world = World(recorded.deployment, recorded.is_valid_proof)
    counting = Counting(world)
    trace = folder / f"walk-{findings.walks + 1}.trace"
    with TraceWriter(trace, recorded.deployment) as writer:
        machine = Lockstep(world, engine, writer)
        walk = Walk(machine, recorded.calls, Dice(seed, f"walk-{findings.walks + 1}"))
        before = findings.calls
        try:
            while walk.steps < CALLS_OF_A_WALK and limit.share(before + walk.steps) < 1:
                walk.step()
                if walk.steps % _CALLS_BETWEEN_PAUSES == 0:
                    walk.wait()
                if walk.steps % _CALLS_BETWEEN_COMPARISONS == 0:
                    walk.compare()
            walk.compare(full=True)
        except (Divergence, BrokenInvariant) as failure:
            findings.failure = failure
        findings.calls += machine.counts.calls
        findings.tally += counting.tally
    _keep(trace, findings)


def _keep(trace: Path, findings: Findings) -> None:
    if findings.failure is None:
        trace.unlink()
        return
    divergence = trace.with_name("divergence.trace")
    if divergence.exists():
        # It has the call that divides the two as well.
        divergence.replace(trace)
        if isinstance(findings.failure, Divergence):
            findings.failure.trace = trace
    findings.trace = trace
