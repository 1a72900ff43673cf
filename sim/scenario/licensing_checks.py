"""What no single key of `licensing:` can say: users of two territories, strictness without any."""

from collections.abc import Iterator

from sim.scenario.finding import Finding
from sim.scenario.schema import Scenario
from sim.scenario.units import SHARE

_REGULATED, _EXCLUDED = "licensing.regulated", "licensing.excluded"


def check_licensing(scenario: Scenario) -> Iterator[Finding]:
    """Yield everything that is wrong about how the keys of strict licences fit together."""
    rules, creators = scenario.licensing, scenario.population.creators.count
    if rules.regulated + rules.excluded > 1:
        total = SHARE.show(rules.regulated + rules.excluded)
        problem = f"regulated and excluded users are {total} of all, at most 100%"
        most = f"at most {SHARE.show(1 - rules.regulated)}"
        yield Finding("E103", _EXCLUDED, problem, "", (most,), (_REGULATED, _EXCLUDED))
    if rules.strict > 0 and round(rules.strict * creators) == 0:
        strict = "licensing.strict"
        problem = f"{SHARE.show(rules.strict)} of {creators} creators are none"
        involved = (strict, "population.creators.count")
        allowed = ("0%, or at least one creator", "more creators")
        yield Finding("E113", strict, problem, "no licence would be strict", allowed, involved)
