"""`mnft replay`: the calls of a run again, on any engine."""

from pathlib import Path

from sim.chain import open_engine
from sim.console import Console
from sim.runs import open_run
from sim.trace import explain, open_trace, replay

DEFAULT_ENGINE = "py-evm"


def replay_run(console: Console, place: Path, engine_name: str | None) -> bool:
    """Execute a run's trace again, and return whether it reached the recorded digest."""
    path, expected, recorded_on = _trace_of(place)
    chosen = engine_name or recorded_on
    engine = open_engine(chosen)
    try:
        reached = replay(path, engine)
    finally:
        engine.close()
    same = reached == expected
    if console.as_json:
        console.document(
            {
                "schema": "mnft.replay/1",
                "run": str(place),
                "engine": chosen,
                "digest": reached,
                "expected": expected,
                "same": same,
            }
        )
    else:
        verdict = "the same digest" if same else f"ANOTHER DIGEST, recorded was {expected}"
        console.result(f"replayed {place} on {chosen}: {verdict}\ndigest  {reached}")
    return same


def explain_one(console: Console, place: Path, engine_name: str | None, number: int) -> None:
    """Print one call of a run decoded, as recorded and as executed again."""
    path, _, recorded_on = _trace_of(place)
    engine = open_engine(engine_name or recorded_on)
    try:
        text = explain(path, number, engine)
    finally:
        engine.close()
    if console.as_json:
        console.document(
            {"schema": "mnft.explain/1", "run": str(place), "call": number, "text": text}
        )
    else:
        console.result(text)


def _trace_of(place: Path) -> tuple[Path, str, str]:
    """Return the trace file, the digest it must reach, and the engine it was recorded on."""
    if place.is_file():
        return place, open_trace(place).digest(), DEFAULT_ENGINE
    run = open_run(place)
    recorded_on = run.manifest.engine if run.manifest.engine != "none" else DEFAULT_ENGINE
    return run.trace, run.manifest.digests.trace, recorded_on
