"""One run: from a loaded scenario and a seed to a complete run folder."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from contracts import load_build
from protocol.deployment import Deployment
from protocol.world import World
from sim.catalogue import Catalogue, Workshop
from sim.caveats import caveats
from sim.chain import open_engine
from sim.chain.deployment import blueprints
from sim.claims import Claim, judge_all, run_state, verdict
from sim.code import code_digest, folder_digest
from sim.diary import Diary
from sim.divergence import Divergence
from sim.event_types import event_types
from sim.invariants import Finding, Invariant, State, Violation, violation
from sim.invariants import judge_all as judge_invariants
from sim.kpis import KPIS
from sim.ledger import Ledger
from sim.lockstep import Lockstep, ModelOnly
from sim.market import Market
from sim.metrics import Series, measure
from sim.progress import Progress
from sim.runs import Manifest, RunIdentity, RunSummary, RunWriter, ScenarioName
from sim.runs.manifest import ClaimResult, Counts, Digests, Invariants, Refusal
from sim.scenario.loading import LoadedScenario
from sim.scenario.shock_files import values_of
from sim.shocks import Shocks
from sim.tables import is_expected, write_tables
from sim.trace import Trace, TraceWriter
from sim.workload.metadata import DOCUMENTS, SCHEME
from sim.workload.store import Cid
from zk import Keys, Prover, verify

GENESIS = 1_767_225_600
"""2026-01-01 00:00 UTC, the first second of an epoch of any length that divides a day."""
CACHE = Path(".mnft-cache")
"""Keys, reference strings and model files by content; safe to delete."""
_WORD_BYTES = 32
_PACKAGES = (
    "mnft",
    "mesa",
    "numpy",
    "onnxruntime",
    "ezkl",
    "py-evm",
    "pyrevm",
    "web3",
    "scikit-learn",
)


def run(
    loaded: LoadedScenario,
    seed: int,
    folder: Path,
    engine_name: str,
    progress: Progress,
    *,
    arm: str = "",
    replica: int = 0,
    cache: Path = CACHE,
    provers: int | None = None,
    build: Path | None = None,
) -> RunSummary:
    """
    Run a scenario, and leave its folder complete; a run that is killed leaves `<folder>.partial`.

    `arm` and `replica` say which of a sweep's runs it is; `provers` replaces the scenario's number
    of processes that prove, on which no result depends. `build` is a folder with somebody's own
    build of the contracts, which is then what runs.

    Raises:
        Divergence: Model and contracts disagree; a replayable trace was written.
        UserError: The folder cannot be written, or the disk is full.
    """
    started = time.perf_counter()
    with ExitStack() as stack:
        identity = RunIdentity(loaded.name, seed, arm, replica)
        prover = stack.enter_context(Prover(provers or loaded.scenario.proofs.workers))
        workshop = Workshop(loaded.scenario.workload, seed, cache, prover)
        chain = _Chain(engine_name, build)
        attempt = _Attempt(loaded, identity, folder, chain, progress, workshop, stack)
        attempt.simulate()
        manifest = attempt.finish(started)
    return RunSummary(manifest, folder, time.perf_counter() - started)


class ProofOracle:
    """
    The model's own knowledge of proofs: ezkl's verifier, by the words of the verifying key.

    The contract ignores whole words after a proof, ezkl does not: they are cut off here.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lengths: dict[tuple[bytes, ...], int] = {}

    def __call__(self, proof: bytes, instances: tuple[int, ...], words: tuple[bytes, ...]) -> bool:
        """Return whether a proof holds under the key that the words belong to."""
        for keys in self._catalogue.every_key():
            if keys.done() and keys.result().verifier_words == words:
                return self._holds(keys.result(), proof, instances)
        return False

    def _holds(self, keys: Keys, proof: bytes, instances: tuple[int, ...]) -> bool:
        length = self._lengths.get(keys.verifier_words, len(proof))
        if len(proof) < length or len(proof) % _WORD_BYTES:
            return False
        holds = verify(keys, proof[:length], instances)
        if holds:
            self._lengths[keys.verifier_words] = length
        return holds


class _Attempt:
    """The parts of one run, and what happens to them."""

    def __init__(
        self,
        loaded: LoadedScenario,
        identity: RunIdentity,
        folder: Path,
        chain: "_Chain",
        progress: Progress,
        workshop: Workshop,
        stack: ExitStack,
    ) -> None:
        self.loaded, self.identity, self.progress = loaded, identity, progress
        self.seed, self.chain, scenario = identity.seed, chain, loaded.scenario
        self.writer = stack.enter_context(RunWriter(folder, identity, event_types()))
        self.writer.text("scenario.yaml", loaded.text)
        for name, text in loaded.files.items():
            self.writer.text(name, text)
        self.writer.json("parameters.json", [asdict(row) for row in loaded.rows])
        deployment = Deployment(scenario.protocol.values(), GENESIS)
        self.trace = stack.enter_context(TraceWriter(self.writer.path("trace.jsonl"), deployment))
        catalogue = Catalogue()
        world = World(deployment, ProofOracle(catalogue))
        self.machine = _machine(world, chain, self.trace, stack)
        self.ledger, self.diary = Ledger(self.writer), Diary(self.writer)
        shocks = Shocks(scenario, self.seed, values_of(scenario, loaded.files))
        self.market = Market(
            scenario, self.seed, self.machine, workshop, self.ledger, catalogue, shocks
        )
        stack.callback(self.market.forget)
        self.violations: list[Violation] = []
        self.figures = Series()

    def simulate(self) -> None:
        """Let all ticks pass, or as many as the invariants allow."""
        scenario = self.loaded.scenario
        self.market.genesis()
        self.machine.end_tick(self.market.now, full=True)
        for tick in range(scenario.ticks):
            self.ledger.begin_tick()
            self.market.step()
            every = scenario.chain.full_views_every
            full = tick % every == every - 1 or self.market.is_last_tick
            self._compare(full)
            self._measure()
            if self.violations:
                return

    def _compare(self, full: bool) -> None:
        try:
            self.machine.end_tick(self.market.now, full=full)
        except Divergence as divergence:
            self.progress.alarm("divergence", tick=self.market.tick, call=divergence.number)
            raise

    def _measure(self) -> None:
        market, counts = self.market, self.machine.counts
        findings = [*judge_invariants(market.world, self.ledger), _lockstep_finding(self.machine)]
        violated = sum(finding.state == "violated" for _, finding in findings)
        figures = {**measure(market, self.ledger), "invariants_violated": float(violated)}
        self.writer.metrics(market.tick, figures)
        self.figures.add(figures)
        self.diary.note(market, self.ledger)
        for invariant, judged in findings:
            finding = judged
            if finding.state == "violated":
                broken = violation(invariant, finding, market.tick, self.ledger)
                finding = finding._replace(detail=broken.text())
                self.violations.append(broken)
                self.progress.alarm(
                    "violation", invariant=invariant.number, tick=market.tick, call=broken.call
                )
            self.diary.judged(market.tick, invariant, finding)
        compared = counts.calls if isinstance(self.machine, Lockstep) else 0
        self.progress.tick(
            market.tick + 1, self.loaded.scenario.ticks, counts.calls, compared, counts.refused
        )

    def finish(self, started: float) -> Manifest:
        """Write tables and manifest, and give the folder its name."""
        loaded, market = self.loaded, self.market
        self.trace.close()
        state_digest = market.world.digest()
        if not self.violations:
            self._judge_determinism(state_digest)
        self._write_shocks()
        self._write_documents()
        write_tables(self.writer, market, self.ledger, self.diary)
        metrics = self.figures.table(self.seed)
        claims = [Claim.read(claim.model_dump()) for claim in loaded.scenario.claims]
        judgements = judge_all(claims, metrics)
        states = [judgement.state for judgement in judgements]
        violated = len({each.invariant.number for each in self.violations})
        state = run_state(states, divergences=0, violated=violated)
        manifest = Manifest(
            scenario=ScenarioName(name=loaded.name, question=loaded.scenario.question),
            arm=self.identity.arm,
            replica=self.identity.replica,
            seed=self.seed,
            engine=self.machine.name,
            ticks=market.tick + 1,
            ticks_asked=loaded.scenario.ticks,
            tick_seconds=loaded.scenario.tick,
            state=state,
            verdict=verdict(judgements, state),
            digests=Digests(trace=self.trace.digest(), state=state_digest, scenario=loaded.digest),
            counts=self._counts(),
            invariants=self._invariant_counts(),
            claims=tuple(ClaimResult(**judgement.as_json()) for judgement in judgements),
            kpis=whole_run(metrics),
            refusals=tuple(self._refusals()),
            warnings=tuple(caveats(market, self.ledger, self.diary, metrics)),
            versions=versions(self.chain.build),
            srs=_reference_string(market),
        )
        wall = time.perf_counter() - started
        return self.writer.finish(manifest, {"wall_seconds": wall})

    def _write_shocks(self) -> None:
        """Keep what came from outside: whoever looks at the run again draws nothing."""
        rows = [
            (tick, path.name, path.target, value)
            for path in self.market.shocks.paths
            for tick, value in enumerate(path.values.tolist())
        ]
        if rows:
            ticks, names, targets, values = zip(*rows, strict=True)
            columns = {"tick": ticks, "name": names, "target": targets, "value": values}
            self.writer.table("shocks", columns)

    def _write_documents(self) -> None:
        """Keep what the models' tokens name: the run can be read without the cache."""
        market = self.market
        for model_id in range(1, market.view("model_registry", "count") + 1):
            cid = Cid(market.view("model_registry", "token_uri", model_id).removeprefix(SCHEME))
            content = market.workshop.store.get(cid)
            self.writer.text(f"{DOCUMENTS}/{cid}", content.decode("ascii"))

    def _judge_determinism(self, state_digest: str) -> None:
        """
        Carry the trace out again on a fresh model: the same calls must lead to the same state.
        """
        again = World(self.market.world.deployment, self.market.world.is_valid_proof)
        for entry in Trace(self.trace.path, again.deployment).entries():
            again.execute(entry.call)
        state: State = "held" if again.digest() == state_digest else "violated"
        invariant = Invariant("12", "the trace leads to this state", "error", _no_judge, "gateway")
        self.diary.judged(self.market.tick, invariant, Finding(state))
        if state == "violated":
            self.violations.append(
                violation(
                    invariant, Finding(state, "replay differs"), self.market.tick, self.ledger
                )
            )

    def _counts(self) -> Counts:
        counts, total = self.machine.counts, self.ledger.total
        compares = isinstance(self.machine, Lockstep)
        return Counts(
            calls_compared=counts.calls if compares else 0,
            views_compared=counts.views + counts.balances if compares else 0,
            refused=counts.refused,
            proofs_verified_on_chain=total["checks_passed"] if compares else 0,
            proofs_refused=self.ledger.proofs_refused(),
            receipts=self.market.tally.totals["served"],
        )

    def _invariant_counts(self) -> Invariants:
        ever = self.diary.states
        violated = sum("violated" in states for states in ever.values())
        held = sum("held" in states and "violated" not in states for states in ever.values())
        return Invariants(held=held, violated=violated, not_exercised=len(ever) - held - violated)

    def _refusals(self) -> list[Refusal]:
        counted: Counter[tuple[str, str]] = Counter()
        for refused, (count, _) in self.ledger.refusals.items():
            counted[refused.reason, "chain"] += count
        for (_, reason), calls in self.diary.service.items():
            counted[reason, "service"] += calls
        return [
            Refusal(reason=reason, place=place, count=count, expected=is_expected(reason, place))
            for (reason, place), count in counted.most_common()
        ]


def whole_run(metrics: pd.DataFrame) -> dict[str, float | None]:
    """
    Return each figure of the whole run: at its end, or its mean, sum, least or greatest over the
    ticks.
    """
    figures: dict[str, float | None] = {}
    for kpi in KPIS:
        values = metrics.loc[metrics["kpi"] == kpi.name, "value"].astype(float).dropna()
        if values.empty:
            figures[kpi.name] = None
            continue
        figures[kpi.name] = float(
            values.iloc[-1] if kpi.over_run == "at_end" else _OVER[kpi.over_run](values)
        )
    return figures


_OVER: Mapping[str, Callable[["pd.Series[float]"], float]] = {
    "mean": lambda values: float(values.mean()),
    "total": lambda values: float(values.sum()),
    "max": lambda values: float(values.max()),
    "min": lambda values: float(values.min()),
}


class _Chain(NamedTuple):
    """What the contracts run on, and whose build of them."""

    engine: str
    build: Path | None


def _machine(
    world: World, chain: _Chain, trace: TraceWriter, stack: ExitStack
) -> Lockstep | ModelOnly:
    if chain.engine == "none":
        return ModelOnly(world, trace)
    engine = open_engine(chain.engine)
    stack.callback(engine.close)
    build = load_build(chain.build) if chain.build is not None else None
    engine.deploy(world.deployment, blueprints(world.deployment, build))
    return Lockstep(world, engine, trace)


def _lockstep_finding(machine: Lockstep | ModelOnly) -> tuple[Invariant, Finding]:
    invariant = Invariant("11", "model and contracts agree", "critical", _no_judge, "gateway")
    if isinstance(machine, Lockstep):
        return invariant, Finding(
            "held", f"{machine.counts.calls} calls, {machine.counts.views} views"
        )
    return invariant, Finding("not_exercised", "chain none: no contract ran")


def _no_judge(world: World, ledger: Ledger) -> Finding:
    del world, ledger
    return Finding("held")


def _reference_string(market: Market) -> str:
    strings = sorted({listing.keys.result().srs_id for listing in market.catalogue.all_versions()})
    return ", ".join(strings)


def versions(build: Path | None) -> dict[str, str]:
    """
    Return what decides a run besides its scenario: packages, our code as `code`, and as `contracts`
    a build that is not ours.
    """
    installed = {name: version(name) for name in _PACKAGES if _is_installed(name)}
    theirs = {"contracts": folder_digest(build)} if build is not None else {}
    return {**installed, "code": code_digest(), **theirs}


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
