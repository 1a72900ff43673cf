"""What owners sell beside single calls, and what they grant."""

from typing import Literal

from sim.scenario.fields import Section, choice, quantity
from sim.scenario.units import BPS_SHARE, COUNT, DURATION, MONEY, NUMBER, SHARE


class Subscription(Section):
    """What owners sell by the period: so many calls for a price, used or not."""

    calls: int = quantity(COUNT, "0", ("0", "1000000000"), "calls in a period; 0: none is sold")
    discount: int = quantity(
        BPS_SHARE, "30%", ("0%", "100%"), "how much less its calls cost than single ones"
    )
    period: int = quantity(DURATION, "30d", ("1d", "3650d"), "length of a period")
    sellers: int = quantity(
        COUNT, "100000", ("0", "100000"), "creators who sell them, the first ones"
    )


class InferenceCredits(Section):
    """What owners sell by the piece, ahead."""

    valid: int = quantity(
        DURATION, "0d", ("0d", "3650d"), "time in which credits are used; 0: none are sold"
    )
    discount: int = quantity(
        BPS_SHARE, "20%", ("0%", "100%"), "how much less they cost than single calls"
    )
    kept: Literal["by anyone", "by the buyer"] = choice(
        "by the buyer", "whether credits may be handed on, or stay with whom they were sold to"
    )


class SeparateRights(Section):
    """Rights that creators sell apart from calls, where they expect to gain by it."""

    fine_tune: Literal["approved", "sold"] = choice(
        "approved",
        "whether forks that need approval get it for their royalty, or by a right that is sold",
    )
    fork_rights: int = quantity(
        COUNT, "20", ("1", "1000000"), "rights to a fork that there will ever be of a model"
    )
    revenue_units: int = quantity(
        COUNT,
        "0",
        ("0", "10000"),
        "ten-thousandths of the owner's share that are offered to investors; 0: none",
    )
    weights_rights: int = quantity(
        COUNT,
        "0",
        ("0", "1000000"),
        "rights to the weights that there will ever be of a sealed model, sold by its maker; who "
        "has none gets no key; 0: none, whoever may call gets it",
    )
    inference_calls: int = quantity(
        COUNT,
        "0",
        ("0", "1000000"),
        "calls in 30 days that a unit of an inference right makes cheaper, for as long as it is "
        "held; 0: none are sold",
    )
    inference_discount: int = quantity(
        BPS_SHARE, "50%", ("0%", "100%"), "how much less they cost, while hosts still serve them"
    )
    resale: Literal["never", "when_it_pays"] = choice(
        "when_it_pays",
        "whether rights are sold on: to weights by who has the key, to calls by who left the model",
    )
    discount: float = quantity(
        SHARE,
        "60%",
        ("0.1%", "1000%"),
        "median discount rate of a creator per year, lognormal",
        "assumed: above investors', who are many and can spread what they hold",
    )
    discount_sigma: float = quantity(NUMBER, "0.5", ("0", "5"), "spread of ln(discount rate)")
    review: float = quantity(
        SHARE, "20%", ("0%", "100%"), "chance per day to review what is asked for a model's rights"
    )
    listing: int = quantity(
        DURATION, "30d", ("1d", "3650d"), "time after which an offer ends that was not reviewed"
    )


class StakeGate(Section):
    """A discount for whoever locks stake for a model, where its owner expects to gain by it."""

    owners: int = quantity(
        COUNT, "0", ("0", "100000"), "creators who consider gates, the first ones; 0: nobody does"
    )
    stake: int = quantity(
        MONEY, "100 MNFT", ("0.001 MNFT", "1000000000 MNFT"), "tokens to be locked for a unit"
    )
    calls: int = quantity(
        COUNT, "60", ("1", "1000000000"), "calls in 30 days that a unit makes cheaper"
    )
    largest_discount: int = quantity(
        BPS_SHARE, "50%", ("0%", "100%"), "most that an owner takes off the price"
    )
    review: float = quantity(
        SHARE, "10%", ("0%", "100%"), "chance per day to think about the discount anew"
    )


class MembersClub(Section):
    """A place on an owner's allowlist for whoever pays a fee, where the owner expects to gain."""

    owners: int = quantity(
        COUNT, "0", ("0", "100000"), "creators who consider clubs, the first ones; 0: nobody does"
    )
    period: int = quantity(DURATION, "30d", ("1d", "365d"), "time for which a fee is paid")
    largest_discount: int = quantity(
        BPS_SHARE, "50%", ("0%", "95%"), "most that an owner takes off its members' price"
    )
    review: float = quantity(
        SHARE, "10%", ("0%", "100%"), "chance per day to think about fee and discount anew"
    )


class Poaching(Section):
    """A discount for whoever has a rival's pass, where the owner expects to gain by it."""

    owners: int = quantity(
        COUNT, "0", ("0", "100000"), "creators who consider it, the last ones; 0: nobody does"
    )
    calls: int = quantity(
        COUNT, "60", ("1", "1000000000"), "calls in 30 days that a pass makes cheaper"
    )
    largest_discount: int = quantity(
        BPS_SHARE, "50%", ("0%", "100%"), "most that an owner takes off its price"
    )
    review: float = quantity(
        SHARE, "10%", ("0%", "100%"), "chance per day to think about the discount anew"
    )


class Contributing(Section):
    """Users who help to make models: they have a share, a badge that says so, and what it opens."""

    count: int = quantity(
        COUNT, "0", ("0", "30"), "users whom each creator names as contributors; 0: none"
    )
    share: int = quantity(
        BPS_SHARE, "2%", ("0.01%", "3%"), "share of each of what the contributors get"
    )
    calls: int = quantity(
        COUNT, "60", ("1", "1000000000"), "calls in 30 days that a badge makes cheaper"
    )
    largest_discount: int = quantity(
        BPS_SHARE, "0%", ("0%", "100%"), "most that owners take off their price; 0%: nothing"
    )
    review: float = quantity(
        SHARE, "10%", ("0%", "100%"), "chance per day to think about the discount anew"
    )
