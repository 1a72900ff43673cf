"""Choices of a population that exclude each other, or that come to nothing."""

import math
from collections.abc import Iterator

from protocol.lineage import FEWEST_MERGED
from protocol.money import BPS, WAD
from protocol.parameters import DAY, PPM
from sim.price_stability import SWINGS_FROM, elasticity
from sim.scenario.finding import Finding
from sim.scenario.schema import Scenario
from sim.scenario.units import BPS_SHARE, MONEY

_MICRO = WAD // 10**6
"""A millionth of a token: what a message shows of a computed amount."""


def check_choices(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is wrong or doubtful about what people choose to do."""
    yield from _checkers_pay(scenario)
    yield from _owners_are_paid(scenario)
    yield from _contributors(scenario)
    yield from _gates_are_one(scenario)
    yield from _prices_settle(scenario)
    yield from _merges_are_possible(scenario)
    yield from _rights_can_be_sold(scenario)
    yield from _sealed_files_are_whole(scenario)
    yield from _other_currencies_stand_alone(scenario)
    yield from _storage_can_be_paid(scenario)


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


def _gates_are_one(scenario: Scenario) -> Iterator[Finding]:
    creators = scenario.population.creators
    if creators.poaching.owners and creators.contributors.largest_discount:
        yield Finding(
            "E113",
            "population.creators.poaching.owners",
            "owners consider gates over badges and over rivals' passes",
            "a model has one token gate",
            ("0", "population.creators.contributors.largest_discount: 0%"),
            ("population.creators.contributors.largest_discount",),
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
    if creators.rights.weights_rights and scenario.workload.weights != "sealed":
        yield Finding(
            "E122",
            f"{rights}.weights_rights",
            "rights to weights are sold, but weights lie open",
            "whoever reads them needs no right",
            ("workload.weights: sealed",),
            (f"{rights}.weights_rights", "workload.weights"),
        )
    sold_ahead = creators.subscription.calls or creators.credits.valid or creators.gate.owners
    if creators.rights.inference_calls and sold_ahead:
        yield Finding(
            "E122",
            f"{rights}.inference_calls",
            "rights to calls are sold beside subscriptions, credits or stake gates",
            "users weigh a right against paying singly alone",
            (f"{rights}.inference_calls: 0",),
            (
                f"{rights}.inference_calls",
                "population.creators.subscription.calls",
                "population.creators.credits.valid",
                "population.creators.gate.owners",
            ),
        )


def _sealed_files_are_whole(scenario: Scenario) -> Iterator[Finding]:
    if scenario.workload.weights == "sealed" and scenario.population.fine_tuners.stored != "whole":
        yield Finding(
            "E113",
            "population.fine_tuners.stored",
            "a delta of a sealed parent would be published in the clear",
            "whoever opens the parent would open the fork without its key",
            ("whole", "workload.weights: open"),
            ("population.fine_tuners.stored", "workload.weights"),
        )


def _other_currencies_stand_alone(scenario: Scenario) -> Iterator[Finding]:
    """What is sold ahead, granted or bid for is reckoned in MNFT, and so are channels."""
    creators = scenario.population.creators
    if creators.currency == "settlement":
        return
    key = "population.creators"
    for path, is_used in (
        (f"{key}.subscription.calls", creators.subscription.calls),
        (f"{key}.credits.valid", creators.credits.valid),
        (f"{key}.gate.owners", creators.gate.owners),
        (f"{key}.contributors.count", creators.contributors.count),
        (f"{key}.host_bids", creators.host_bids),
        (f"{key}.owner_share", creators.owner_share),
        (f"{key}.rights.inference_calls", creators.rights.inference_calls),
        ("channels.used", scenario.channels.used != "never"),
        ("workload.storage_price", scenario.workload.storage_price),
    ):
        if is_used:
            yield Finding(
                "E122",
                f"{key}.currency",
                f"models are priced in another currency than MNFT beside `{path}`",
                "what agents sell ahead, grant, bid for or pay past the settlement is in MNFT",
                (f"{key}.currency: settlement",),
                (f"{key}.currency", path),
            )


def _storage_can_be_paid(scenario: Scenario) -> Iterator[Finding]:
    people = scenario.population
    if scenario.workload.storage_price == 0:
        return
    for role, owners in (
        ("creators", people.creators),
        ("fine_tuners", people.fine_tuners),
        ("copiers", people.copiers),
    ):
        if owners.count and owners.budget == 0:
            path = f"population.{role}.budget"
            yield Finding(
                "E113",
                path,
                "storage has a price, and these owners have no tokens to pay the first month of it",
                "a file that nobody has loaded and that is not paid for cannot be served",
                ("more than 0 MNFT", "workload.storage_price: 0 MNFT"),
                (path, "workload.storage_price"),
            )
