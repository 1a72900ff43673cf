"""Folders as sweeps leave them: complete runs, each with figures of its own."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from sim.claims import Claim
from sim.streams import stream

RATE, GAIN = "protocol.spot_check_rate", "population.hosts.cheating.gain"
SEEDS = 20
CLAIM = Claim("cheat_share", "at_end", "<=", 0.05)
PLANNED = (
    "question: Does checking more often end cheating, and at what price?\n"
    "compare: {primary: revenue_total, matters_from: 2%, kpis: [cheat_share, latency_p95, "
    "host_revenue, forks]}\n"
)


def outcomes(arm: str, replica: int) -> dict[str, float | None]:
    """The figures of a run: seeds differ much, arms of one seed little."""
    shared = stream(replica, "seed").normal(0, 200)
    often, much = arm.startswith("often"), arm.endswith("much")
    noise = stream(replica, f"arm {arm}").normal(0, 5)
    return {
        "revenue_total": 2000 + shared + noise + (-60 if often and not much else 0)
        + (120 if often and much else 0),
        "cheat_share": 0.01 if often else 0.3 + 0.001 * replica,
        "cheating_profit": 0.0 if often else 400.0,
        "latency_p95": 400.0 + noise,
        "host_revenue": 900 + shared / 2 + noise,
        "forks": 3.0,
        "deterrence_min": None,
    }  # fmt: skip


TWO = {"rare": {RATE: "1%"}, "often": {RATE: "5%"}}
CROSSED = {
    f"{rate}{name}": {**settings, GAIN: gain}
    for rate, settings in TWO.items()
    for name, gain in (("", "0.5 MNFT"), (" little", "0.1 MNFT"), (" much", "0.9 MNFT"))
}


def sweep_folder(
    sweep: Path,
    template: Path,
    arms: Mapping[str, Mapping[str, str]],
    *,
    seeds: int = SEEDS,
    scenario: str = PLANNED,
    figures: Callable[[str, int], Mapping[str, float | None]] = outcomes,
    missing: tuple[tuple[str, int], ...] = (),
    counts: Mapping[str, int] | None = None,
    error: str = "MemoryError",
) -> Path:
    """Fill a folder with copies of a run that claims CLAIM, with settings and figures by arm."""
    document = {
        "schema": "mnft.sweep/1",
        "scenario": "cheating-hosts",
        "question": "fixture",
        "changes": {},
        "arms": [{"name": arm, "changes": dict(changes)} for arm, changes in arms.items()],
        "seeds": [7 + replica for replica in range(seeds)],
        "failed": [
            {"arm": arm, "replica": replica, "seed": 7 + replica, "error": error}
            for arm, replica in missing
        ],
    }
    (sweep / "sweep.json").write_text(json.dumps(document))
    for arm, settings in arms.items():
        for replica in range(seeds):
            if (arm, replica) not in missing:
                folder = sweep / arm / f"replica-{replica}"
                shutil.copytree(template, folder)
                _own(folder, arm, replica, settings, figures(arm, replica), scenario, counts)
    return sweep


def _own(folder, arm, replica, settings, figures, scenario, counts):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"arm": arm, "replica": replica, "seed": 7 + replica, "kpis": dict(figures)}
    manifest["counts"] |= counts or {}
    observed = figures.get("cheat_share")
    if observed is not None:
        manifest["claims"][0] |= {
            "observed": observed, "margin": 0.05 - observed, "tick": 5,
            "state": "held" if observed <= 0.05 else "red",
        }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "scenario.yaml").write_text(scenario)
    rows = json.loads((folder / "parameters.json").read_text())
    for row in rows:
        row["value"] = settings.get(row["key"], row["value"])
    (folder / "parameters.json").write_text(json.dumps(rows))
