"""What no single key can say: shares that do not sum, roles that lack, stakes too low."""

import math
from collections.abc import Iterator

from protocol.money import BPS, WAD
from sim.scenario.finding import Finding
from sim.scenario.schema import Scenario
from sim.scenario.units import BPS_SHARE, MONEY, SHARE


def check(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is wrong about the workload, shares of a payment, and who is there with what."""
    yield from _demand(scenario)
    yield from _shares_of_a_payment(scenario)
    yield from _roles(scenario)
    yield from _stakes(scenario)
    yield from _supply(scenario)


def _demand(scenario: Scenario) -> Iterator[Finding]:
    domains = scenario.workload.domains
    path = "workload.domains"
    demands = tuple(f"{path}[{position}].demand" for position in range(len(domains)))
    total = math.fsum(domain.demand for domain in domains)
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        problem = f"the demand of {len(domains)} domains sums to {SHARE.show(total)}, not 100%"
        allowed = SHARE.show(max(0.0, domains[-1].demand + 1.0 - total))
        yield Finding(
            "E103", demands[-1], problem, "the sum is complete here", (allowed,), (path, *demands)
        )
    seen: dict[str, int] = {}
    for position, domain in enumerate(domains):
        where = f"{path}[{position}]"
        if domain.name in seen:
            problem = f"two domains are called `{domain.name}`"
            yield Finding(
                "E113", f"{where}.name", problem, "again here", ("another name",), (path,)
            )
        seen[domain.name] = position
        if len(set(domain.classes)) < 2 or len(set(domain.classes)) < len(domain.classes):
            problem = f"the classes of `{domain.name}` are {list(domain.classes)}"
            allowed_classes = ("at least two different digits from 0 to 9",)
            yield Finding(
                "E113",
                f"{where}.classes",
                problem,
                "nothing to tell apart",
                allowed_classes,
                (path,),
            )


def _shares_of_a_payment(scenario: Scenario) -> Iterator[Finding]:
    creators, protocol = scenario.population.creators, scenario.protocol
    fees = protocol.protocol_fee + protocol.verification_pool
    host_fee = max(creators.host_fee, protocol.minimum_host_fee)
    taken = fees + host_fee + creators.data_pool
    involved = (
        "protocol.protocol_fee",
        "protocol.verification_pool",
        "population.creators.host_fee",
        "population.creators.data_pool",
        "protocol.minimum_host_fee",
    )
    if taken > BPS:
        yield Finding(
            "E103",
            "population.creators.host_fee",
            f"fees, pools and the host's share sum to {BPS_SHARE.show(taken)}, at most 100%",
            f"the other three take {BPS_SHARE.show(taken - host_fee)}",
            (f"at most {BPS_SHARE.show(max(0, BPS - taken + host_fee))}",),
            involved,
        )
    if creators.royalty > protocol.maximum_royalty_sum:
        most = BPS_SHARE.show(protocol.maximum_royalty_sum)
        yield Finding(
            "E103",
            "population.creators.royalty",
            f"a fork must pay {BPS_SHARE.show(creators.royalty)}, the rules allow {most}",
            f"limit: protocol.maximum_royalty_sum = {most} (governance may change it)",
            (f"at most {most}",),
            ("population.creators.royalty", "protocol.maximum_royalty_sum"),
        )


def _roles(scenario: Scenario) -> Iterator[Finding]:
    people = scenario.population
    needed = (
        ("creators", people.creators.count, "nobody would publish a model"),
        ("hosts", people.hosts.count, "nobody would serve a call"),
        ("users", people.users.count, "nobody would ask for anything"),
    )
    for role, count, consequence in needed:
        if count == 0:
            path = f"population.{role}.count"
            yield Finding(
                "E113", path, f"there are no {role}", consequence, ("at least 1",), (path,)
            )
    if people.validators.count == 0 and scenario.protocol.spot_check_rate > 0:
        yield Finding(
            "E113",
            "population.validators.count",
            "there are no validators, but receipts are to be checked",
            "nobody would open a check",
            ("at least 1, or protocol.spot_check_rate: 0%",),
            ("population.validators.count", "protocol.spot_check_rate"),
        )
    if scenario.governance.proposals and people.holders.count == 0:
        yield Finding(
            "E113",
            "population.holders.count",
            "there are proposals, but no token holders",
            "nobody would vote",
            ("at least 1",),
            ("population.holders.count", "governance.proposals"),
        )


def _stakes(scenario: Scenario) -> Iterator[Finding]:
    people, protocol = scenario.population, scenario.protocol
    roles = (
        ("hosts", people.hosts.count, people.hosts.stake, protocol.minimum_host_stake),
        (
            "validators",
            people.validators.count,
            people.validators.stake,
            protocol.minimum_validator_stake,
        ),
    )
    for role, count, stake, minimum in roles:
        if count and stake < minimum:
            key = f"protocol.minimum_{role[:-1]}_stake"
            yield Finding(
                "E114",
                f"population.{role}.stake",
                f"{role} stake {MONEY.show(stake)}, the rules ask for {MONEY.show(minimum)}",
                f"limit: {key} = {MONEY.show(minimum)}",
                (f"at least {MONEY.show(minimum)}",),
                (f"population.{role}.stake", key),
            )


def _supply(scenario: Scenario) -> Iterator[Finding]:
    people = scenario.population
    users, hosts = people.users, people.hosts
    # A user's budget is the product of two lognormals: of the budget itself and of activity.
    variance = users.budget_sigma**2 + users.activity_sigma**2
    mean_budget = int(users.budget * math.exp(variance / 2))
    # The last host stakes (count - 1) steps more than the first.
    extra_stakes = hosts.stake * hosts.stake_step * hosts.count * (hosts.count - 1) // (2 * BPS)
    parts = {
        "population.users.budget": users.count * mean_budget,
        "population.holders.endowment": people.holders.endowment if people.holders.count else 0,
        "population.hosts.stake": hosts.count * hosts.stake + extra_stakes,
        "population.validators.stake": people.validators.count * people.validators.stake,
        "population.collectors.budget": people.collectors.count * people.collectors.budget,
        "population.investors.budget": people.investors.count * people.investors.budget,
        "population.creators.budget": people.creators.count * people.creators.budget,
        "population.fine_tuners.budget": people.fine_tuners.count * people.fine_tuners.budget,
        "population.copiers.budget": people.copiers.count * people.copiers.budget,
    }
    needed = sum(parts.values()) // WAD * WAD
    supply = scenario.protocol.initial_supply
    # The sum of so skewed budgets strays from its mean: leave it a third.
    enough = 10 ** (len(str(needed * 4 // 3)) - 2)
    enough *= -(-needed * 4 // (3 * enough))
    if needed > supply:
        yield Finding(
            "E114",
            max(parts, key=lambda key: parts[key]),
            f"stakes, endowments and mean budgets need {MONEY.show(needed)}, "
            f"more than the supply of {MONEY.show(supply)}",
            f"limit: protocol.initial_supply = {MONEY.show(supply)}",
            (f"less, or protocol.initial_supply: {MONEY.show(enough)}",),
            (
                "population.users.",
                "population.holders.",
                "population.hosts.",
                "population.validators.",
                "population.collectors.",
                "population.investors.",
                "population.creators.budget",
                "population.fine_tuners.budget",
                "population.copiers.budget",
                "protocol.initial_supply",
            ),
        )
