"""Walk after walk, for so many calls or so long: what they found, and the trace that shows it."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from protocol.world import World
from sim.chain import open_engine
from sim.chain.engine import Engine
from sim.divergence import Divergence
from sim.lockstep import Lockstep
from sim.progress import SECONDS_BETWEEN_LINES, Progress
from sim.rulebook.coverage import Counting, Tally
from sim.rulebook.familiarity import Familiarity
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
        self._stream = stream(seed, name)
        self._drawn: list[int] = []

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1."""
        if not self._drawn:
            # A thousand at once: a draw of one takes twenty times as long.
            self._drawn = self._stream.integers(1 << 62, size=1_000).tolist()
        return self._drawn.pop() % count


@dataclass
class Findings:
    """
    What walks found: `tally` has the outcomes of all functions, `familiarity` what they share of
    them while they walk, `failure` what must not be.

    `trace` leads to the failure, call by call. `peak_memory_bytes` is the most that the process
    held between two walks.
    """

    walks: int = 0
    calls: int = 0
    tally: Tally = field(default_factory=Counter)
    familiarity: Familiarity = field(default_factory=Familiarity)
    failure: Divergence | BrokenInvariant | None = None
    trace: Path | None = None
    interrupted: bool = False
    peak_memory_bytes: int = 0


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
    Walk until the limit, until something is found that must not be, or until interrupted.

    Each walk begins anew, so that memory stays as it is, and draws from a stream of its own, so
    that a seed and a number of calls always find the same. The failing walk's trace stays in
    `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(engine_name)
    findings = Findings()
    teller = _Teller(limit, progress)
    try:
        engine.deploy(recorded.deployment)
        start = engine.snapshot()
        while findings.failure is None and limit.share(findings.calls) < 1:
            engine.revert(start)
            _walk(recorded, seed, engine, limit, folder, findings)
            teller.tell(findings)
    except KeyboardInterrupt:
        findings.interrupted = True
    finally:
        engine.close()
    return findings


class _Teller:
    """Watches memory after each walk, and says now and then how far the walks are."""

    def __init__(self, limit: Limit, progress: Progress) -> None:
        self._limit, self._progress = limit, progress
        self._process = psutil.Process()
        self._told = -SECONDS_BETWEEN_LINES

    def tell(self, findings: Findings) -> None:
        """Note the memory; say it unless something was said a moment ago."""
        memory = self._process.memory_info().rss
        findings.peak_memory_bytes = max(findings.peak_memory_bytes, memory)
        now = time.monotonic()
        if now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        share = min(1.0, self._limit.share(findings.calls))
        said = f"{findings.calls:,} calls, {memory / 2**20:,.0f} MiB"
        self._progress.step(said, round(1_000 * share), 1_000)


def _walk(
    recorded: Record, seed: int, engine: Engine, limit: Limit, folder: Path, findings: Findings
) -> None:
    findings.walks += 1
    world = World(recorded.deployment, recorded.is_valid_proof)
    counting = Counting(world)
    trace = folder / f"walk-{findings.walks}.trace"
    with TraceWriter(trace, recorded.deployment) as writer:
        machine = Lockstep(world, engine, writer)
        dice = Dice(seed, f"walk-{findings.walks}")
        # Half of the walks stray for good only when the run is over.
        faithful = min(len(recorded.calls), dice.below(2 * len(recorded.calls) + 1))
        walk = Walk(machine, recorded.calls, dice, findings.familiarity, faithful=faithful)
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
        finally:
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
