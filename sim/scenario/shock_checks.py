"""What no single key of a shock can say: processes that cannot move their target."""

from collections.abc import Iterator

from sim.scenario.finding import Finding
from sim.scenario.schema import Scenario
from sim.scenario.shocks import Shock

_TARGETS = {
    "gbm": ("demand", "token_price", "coin_price"),
    "season": ("demand", "token_price", "coin_price"),
    "outages": ("outages",),
}


def check_shocks(scenario: Scenario) -> Iterator[Finding]:
    """Yield everything that is wrong about how the keys of the shocks fit together."""
    seen: set[str] = set()
    for place, shock in enumerate(scenario.shocks):
        path = f"shocks[{place}]"
        if shock.name in seen:
            yield _finding(f"{path}.name", f"two shocks are called `{shock.name}`", "another name")
        seen.add(shock.name)
        yield from _process(path, shock)


def _process(path: str, shock: Shock) -> Iterator[Finding]:
    if shock.process == "file":
        if not shock.file:
            allowed = "`file:` beside the scenario, or another `process:`"
            yield _finding(f"{path}.file", f"`{shock.name}` names no file", allowed)
        return
    if shock.file:
        allowed = "`process: file`, or no file"
        yield _finding(f"{path}.file", f"`{shock.process}` reads no file", allowed)
    if shock.target not in _TARGETS[shock.process]:
        problem = f"`{shock.process}` cannot move {shock.target}"
        yield _finding(f"{path}.process", problem, " or ".join(_TARGETS[shock.process]))


def _finding(path: str, problem: str, allowed: str) -> Finding:
    return Finding("E119", path, problem, "", (allowed,), (path,))
