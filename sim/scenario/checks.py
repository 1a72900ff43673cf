"""What no single key can say: populations that cannot work, shares that do not sum, late votes."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from protocol.lineage import FEWEST_MERGED
from protocol.money import BPS, WAD
from protocol.parameters import DAY, PPM
from sim.price_stability import SWINGS_FROM, elasticity
from sim.scenario.schema import Scenario
from sim.scenario.units import BPS_SHARE, DURATION, MONEY, SHARE

_MICRO = WAD // 10**6
"""A millionth of a token: what a message shows of a computed amount."""


class Finding(NamedTuple):
    """A problem at a key, and the keys that it follows from."""

    code: str
    path: str
    problem: str
    note: str
    allowed: tuple[str, ...]
    involved: tuple[str, ...]


def check(scenario: Scenario) -> Iterator[Finding]:
    """Yield everything that is wrong or doubtful (codes W...) about how keys fit together."""
    yield from _demand(scenario)
    yield from _shares_of_a_payment(scenario)
    yield from _roles(scenario)
    yield from _stakes(scenario)
    yield from _supply(scenario)
    yield from _time(scenario)
    yield from _proposals(scenario)
    yield from _checkers_pay(scenario)
    yield from _owners_are_paid(scenario)
    yield from _contributors(scenario)
    yield from _prices_settle(scenario)
    yield from _merges_are_possible(scenario)
    yield from _rights_can_be_sold(scenario)
    yield from _sealed_files_are_whole(scenario)


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
                "population.fine_tuners.budget",
                "protocol.initial_supply",
            ),
        )


def _time(scenario: Scenario) -> Iterator[Finding]:
    protocol = scenario.protocol
    window = protocol.epoch * protocol.settlement_window
    settles_every = scenario.population.hosts.settle_every * scenario.tick
    if settles_every > window:
        yield Finding(
            "E116",
            "population.hosts.settle_every",
            f"hosts settle every {DURATION.show(settles_every)}, receipts lapse after "
            f"{DURATION.show(window)}",
            "every receipt would be void",
            (f"at most {DURATION.show(window)}",),
            (
                "population.hosts.settle_every",
                "tick",
                "protocol.epoch",
                "protocol.settlement_window",
            ),
        )
    beacon_final = 2 * protocol.epoch
    if protocol.spot_check_rate and protocol.challenge_window < beacon_final:
        yield Finding(
            "E116",
            "protocol.challenge_window",
            f"the challenge window is {DURATION.show(protocol.challenge_window)}, the beacon is "
            f"final up to {DURATION.show(beacon_final)} after a settlement",
            "late batches could never be checked",
            (f"at least {DURATION.show(beacon_final)}",),
            ("protocol.challenge_window", "protocol.epoch"),
        )
    slashed_after = protocol.challenge_window + protocol.answer_window
    if protocol.spot_check_rate and slashed_after >= protocol.unbonding:
        yield Finding(
            "W204",
            "protocol.unbonding",
            f"a check may fail {DURATION.show(slashed_after)} after a settlement, stake is free "
            f"{DURATION.show(protocol.unbonding)} after notice",
            "a host that cheats and leaves escapes the slash",
            (),
            ("protocol.unbonding", "protocol.challenge_window", "protocol.answer_window"),
        )
    holders = scenario.population.holders
    if holders.cliff > holders.vesting:
        yield Finding(
            "E116",
            "population.holders.cliff",
            f"the cliff is {DURATION.show(holders.cliff)}, all is streamed after "
            f"{DURATION.show(holders.vesting)}",
            "the cliff would come after the end",
            (f"at most {DURATION.show(holders.vesting)}",),
            ("population.holders.cliff", "population.holders.vesting"),
        )
    if scenario.tick > protocol.epoch:
        yield Finding(
            "E116",
            "tick",
            f"a tick is {DURATION.show(scenario.tick)}, an epoch {DURATION.show(protocol.epoch)}",
            "validators would miss epochs of the beacon",
            (f"at most {DURATION.show(protocol.epoch)}",),
            ("tick", "protocol.epoch"),
        )


def _proposals(scenario: Scenario) -> Iterator[Finding]:
    protocol = scenario.protocol
    takes = protocol.voting_delay + protocol.voting_period + protocol.timelock
    for position, proposal in enumerate(scenario.governance.proposals):
        path = f"governance.proposals[{position}]"
        if proposal.tick > scenario.ticks:
            yield Finding(
                "E115",
                f"{path}.tick",
                f"proposed at tick {proposal.tick}, the run has {scenario.ticks}",
                "it would never be made",
                (f"1 to {scenario.ticks}",),
                (f"{path}.tick", "ticks"),
            )
        elif proposal.tick * scenario.tick + takes > scenario.ticks * scenario.tick:
            yield Finding(
                "W202",
                f"{path}.tick",
                f"a vote and its delays take {DURATION.show(takes)}, the run ends before that",
                "it cannot take effect within the run",
                (),
                (f"{path}.tick", "ticks", "tick", "protocol."),
            )
        if getattr(protocol, proposal.parameter) == proposal.value:
            yield Finding(
                "W203",
                f"{path}.value",
                f"`{proposal.parameter}` has this value already",
                "the proposal changes nothing",
                (),
                (f"{path}.value", f"protocol.{proposal.parameter}"),
            )


def _checkers_pay(scenario: Scenario) -> Iterator[Finding]:
    protocol, people = scenario.protocol, scenario.population
    promised = protocol.spot_check_rate * protocol.check_reward // PPM
    # Prices are lognormal: what an average model charges lies above the median.
    spread = math.exp(people.creators.price_sigma**2 / 2)
    price = int(people.creators.price_per_call * spread)
    paid_in = price * protocol.verification_pool // BPS // _MICRO * _MICRO
    if promised > paid_in and people.hosts.count:
        yield Finding(
            "W205",
            "protocol.check_reward",
            f"checks are promised {MONEY.show(promised)} per call, the pool gets "
            f"{MONEY.show(paid_in)} of a mean price",
            "the pool runs dry, and checks pay less than the reward",
            (),
            (
                "protocol.check_reward",
                "protocol.spot_check_rate",
                "protocol.verification_pool",
                "population.creators.price_per_call",
                "population.creators.price_sigma",
            ),
        )


def _owners_are_paid(scenario: Scenario) -> Iterator[Finding]:
    people = scenario.population
    if people.collectors.count and not people.creators.owner_share:
        yield Finding(
            "W206",
            "population.creators.owner_share",
            "there are collectors, but a model pays its owner nothing",
            "to them every model is worth nothing, and none is sold",
            (),
            ("population.creators.owner_share", "population.collectors.count"),
        )


def _rights_can_be_sold(scenario: Scenario) -> Iterator[Finding]:
    people = scenario.population
    creators, tuners = people.creators, people.fine_tuners
    rights = "population.creators.rights"
    if creators.rights.fine_tune == "sold" and creators.derivatives != "approval":
        yield Finding(
            "E122",
            f"{rights}.fine_tune",
            f"rights to a fork are sold, but derivatives are `{creators.derivatives}`",
            "a right stands for an approval",
            ("population.creators.derivatives: approval",),
            (f"{rights}.fine_tune", "population.creators.derivatives"),
        )
    if creators.rights.fine_tune == "sold" and tuners.merging:
        yield Finding(
            "E122",
            f"{rights}.fine_tune",
            "rights to a fork are sold, but fine-tuners also merge",
            "who merges buys no rights, and its models would wait for ever",
            ("population.fine_tuners.merging: 0%",),
            (f"{rights}.fine_tune", "population.fine_tuners.merging"),
        )
    if creators.rights.revenue_units and not creators.owner_share:
        yield Finding(
            "E122",
            f"{rights}.revenue_units",
            "shares of the owner's share are sold, but it is 0%",
            "units would earn nothing",
            ("population.creators.owner_share above 0%",),
            (f"{rights}.revenue_units", "population.creators.owner_share"),
        )


def _contributors(scenario: Scenario) -> Iterator[Finding]:
    creators, users = scenario.population.creators, scenario.population.users
    helped, path = creators.contributors, "population.creators.contributors"
    given = helped.count * helped.share + creators.owner_share
    if given >= BPS:
        yield Finding(
            "E103",
            f"{path}.share",
            f"contributors and whoever owns the model get {BPS_SHARE.show(given)}",
            "the creator is a contributor itself, with what they leave",
            (f"less than {BPS_SHARE.show((BPS - creators.owner_share) // helped.count)}",),
            (path, "population.creators.owner_share"),
        )
    if helped.count * creators.count > users.count:
        yield Finding(
            "E113",
            f"{path}.count",
            f"{creators.count} creators name {helped.count} users each, there are {users.count}",
            "nobody contributes to two creators' models",
            (f"at most {users.count // creators.count}",),
            (path, "population.creators.count", "population.users.count"),
        )


def _merges_are_possible(scenario: Scenario) -> Iterator[Finding]:
    people, most = scenario.population, scenario.protocol.maximum_royalty_sum
    both = FEWEST_MERGED * people.creators.royalty
    if people.fine_tuners.count and people.fine_tuners.merging and both > most:
        yield Finding(
            "W208",
            "population.fine_tuners.merging",
            f"two parents ask for {BPS_SHARE.show(both)}, the rules allow {BPS_SHARE.show(most)}",
            "nobody can merge anything",
            (),
            (
                "population.fine_tuners.merging",
                "population.creators.royalty",
                "protocol.maximum_royalty_sum",
            ),
        )


def _sealed_files_are_whole(scenario: Scenario) -> Iterator[Finding]:
    if scenario.workload.weights == "sealed" and scenario.population.fine_tuners.stored == "delta":
        yield Finding(
            "E113",
            "population.fine_tuners.stored",
            "a delta of a sealed parent would be published in the clear",
            "whoever opens the parent would open the fork without its key",
            ("whole", "workload.weights: open"),
            ("population.fine_tuners.stored", "workload.weights"),
        )


def _prices_settle(scenario: Scenario) -> Iterator[Finding]:
    protocol, people = scenario.protocol, scenario.population
    users, target = people.users, people.creators.capacity // 2
    mean_calls = users.activity * math.exp(users.activity_sigma**2 / 2)
    demand = users.count * mean_calls * protocol.epoch / DAY
    answer = elasticity(users.price_coefficient, target, demand)
    steepness = protocol.price_step / BPS * answer
    if people.creators.dynamic_pricing and steepness >= SWINGS_FROM:
        step = BPS_SHARE.show(int(SWINGS_FROM / answer * BPS))
        # Where the target is a larger part of demand, fewer users are left who could come or go.
        share = 1 - SWINGS_FROM * BPS / (protocol.price_step * users.price_coefficient)
        capacity = 2 * math.ceil(demand * share) + 2
        yield Finding(
            "W207",
            "protocol.price_step",
            f"moving prices swing: the largest step times the elasticity at the target is "
            f"{steepness:.2f}, and a price settles below {SWINGS_FROM:g}",
            f"it settles with a step below {step}, or a capacity from {capacity}; users who "
            "rarely choose anew slow it down",
            (),
            (
                "protocol.price_step",
                "protocol.epoch",
                "population.creators.capacity",
                "population.creators.dynamic_pricing",
                "population.users.",
            ),
        )
