"""Who takes part in the economy: counts, means, tastes and costs of each role."""

from typing import Literal

from sim.scenario.fields import Section, choice, quantity
from sim.scenario.selling import (
    Contributing,
    InferenceCredits,
    MembersClub,
    Poaching,
    SeparateRights,
    StakeGate,
    Subscription,
)
from sim.scenario.units import BPS_SHARE, COUNT, DURATION, MILLISECONDS, MONEY, NUMBER, SHARE

_HEADS = ("0", "100000")
_SIGMA = ("0", "5")
_SHARES = ("0%", "100%")
_AMOUNTS = ("0 MNFT", "1000000000 MNFT")


class Creators(Section):
    """They train models, set prices and terms, and publish versions."""

    count: int = quantity(COUNT, "5", _HEADS, "creators")
    budget: int = quantity(
        MONEY, "0 MNFT", _AMOUNTS, "tokens of each at the start, to have weights stored"
    )
    models_each: int = quantity(COUNT, "1", ("1", "100"), "models that each registers at the start")
    price_per_call: int = quantity(
        MONEY, "1 MNFT", _AMOUNTS, "median price of a call, lognormal; sets the scale"
    )
    price_sigma: float = quantity(
        NUMBER, "1.07", _SIGMA, "spread of ln(price)", "calibration 2: 354 open models"
    )
    dynamic_pricing: float = quantity(
        SHARE, "50%", _SHARES, "share of models whose price level moves by the epoch"
    )
    price_floor: float = quantity(NUMBER, "0.25", ("0.001", "1"), "lowest price level")
    price_cap: float = quantity(NUMBER, "4", ("1", "1000"), "highest price level")
    capacity: int = quantity(
        COUNT,
        "200",
        ("2", "1000000000"),
        "calls per epoch planned at the start; the level aims at half of them",
    )
    capacity_review: int = quantity(
        DURATION,
        "7d",
        ("1d", "3650d"),
        "time after which capacity is set to twice the calls there were",
        "calibration 3: peak over mean 1.1 to 2.2",
    )
    price_review: float = quantity(
        SHARE, "0.8%", _SHARES, "chance per day to change the price", "calibration 9"
    )
    price_rise: float = quantity(SHARE, "60%", _SHARES, "share of rises", "calibration 9")
    price_change: float = quantity(SHARE, "10%", ("0%", "100%"), "size of a price change")
    currency: Literal["settlement", "stable", "when_it_pays"] = choice(
        "settlement",
        "what creators' models are priced and paid in, for their lives: MNFT, the stable token, or "
        "whichever brings more where MNFT's price moves",
    )
    expected_volatility: float = quantity(
        NUMBER,
        "0.9",
        ("0", "10"),
        "standard deviation of ln(MNFT's price) per year that creators reckon with where they "
        "choose a currency",
    )
    host_fee: int = quantity(
        BPS_SHARE, "50%", ("0%", "60%"), "share of a payment that the host gets"
    )
    data_pool: int = quantity(
        BPS_SHARE, "5%", ("0%", "30%"), "share of a payment for the data providers"
    )
    royalty: int = quantity(
        BPS_SHARE, "10%", _SHARES, "least share of a fork's revenue that a licence asks for"
    )
    resale_royalty: int = quantity(BPS_SHARE, "5%", ("0%", "10%"), "share of a resale (ERC-2981)")
    owner_share: int = quantity(
        BPS_SHARE,
        "0%",
        _SHARES,
        "part of what contributors get that goes to whoever owns the model, and moves with it",
    )
    derivatives: Literal["free", "approval", "none"] = choice(
        "free", "whether licences allow forks: freely, with the owner's approval, or not"
    )
    record_training: Literal["never", "when_it_pays", "always"] = choice(
        "never", "whether owners record which data their models were trained on"
    )
    record_cost: int = quantity(
        MONEY, "5 MNFT", _AMOUNTS, "cost of documenting the training of a version"
    )
    new_version: float = quantity(
        SHARE, "1%", _SHARES, "chance per day to publish a retrained version"
    )
    subscription: Subscription = Subscription()
    credits: InferenceCredits = InferenceCredits()
    gate: StakeGate = StakeGate()
    club: MembersClub = MembersClub()
    poaching: Poaching = Poaching()
    rights: SeparateRights = SeparateRights()
    contributors: Contributing = Contributing()
    key_fee: int = quantity(
        MONEY, "0 MNFT", _AMOUNTS, "what the key of sealed weights costs; it goes to the model"
    )
    host_bids: float = quantity(
        SHARE, "0%", _SHARES, "chance per day to let hosts bid for the share that a model pays them"
    )
    hosts_wanted: int = quantity(
        COUNT, "2", ("1", "100000"), "hosts that should still serve a model at the share they bid"
    )


class FineTuners(Section):
    """They fork a model, or merge several, where expected revenue exceeds cost and royalty."""

    count: int = quantity(COUNT, "5", _HEADS, "fine-tuners")
    budget: int = quantity(
        MONEY,
        "0 MNFT",
        _AMOUNTS,
        "tokens of each at the start, to pay for rights, keys and storage",
    )
    fork_cost: int = quantity(
        MONEY,
        "30 MNFT",
        _AMOUNTS,
        "median cost of a fork, lognormal, one MNFT taken as one dollar",
        "calibration 9: 30 dollars, 1 to 2,800",
    )
    fork_cost_sigma: float = quantity(NUMBER, "1.5", _SIGMA, "spread of ln(cost of a fork)")
    horizon: int = quantity(
        DURATION, "90d", ("1d", "3650d"), "time over which a fork's revenue is counted"
    )
    hurdle: float = quantity(
        NUMBER, "1.2", ("0", "100"), "expected revenue over cost from which a fork is made"
    )
    review: float = quantity(SHARE, "10%", _SHARES, "chance per day to look for a parent")
    forks_each: int = quantity(COUNT, "3", ("0", "1000"), "most forks of one fine-tuner")
    evasion: float = quantity(
        SHARE,
        "20%",
        _SHARES,
        "chance to offer less royalty than the licence asks for first",
        "calibration 1: the licence changes on 0.198 of fine-tunes",
    )
    popularity: float = quantity(
        NUMBER,
        "1",
        ("0", "5"),
        "power of (children + 1) in the choice of a parent",
        "calibration 9: Wang form",
    )
    merging: float = quantity(
        SHARE, "0%", _SHARES, "chance to look for a merge too when looking for a fork"
    )
    merge_cost: int = quantity(
        MONEY,
        "5 MNFT",
        _AMOUNTS,
        "cost of a merge",
        "assumed: weights are averaged and measured, nothing is trained",
    )
    depth_preference: float = quantity(
        NUMBER, "0", ("-5", "5"), "utility of one more level of depth in the choice of a parent"
    )
    stored: Literal["whole", "delta", "when_it_pays"] = choice(
        "whole",
        "what a fork publishes: its file, a one-bit delta of its parent's, or what promises more",
    )
    delta_loss: float = quantity(
        SHARE, "1%", _SHARES, "accuracy up to which `delta` gives up a whole file for a delta"
    )


class Copiers(Section):
    """They sell somebody else's weights as their own for less, and owe nobody a royalty."""

    count: int = quantity(COUNT, "0", _HEADS, "copiers")
    budget: int = quantity(
        MONEY,
        "0 MNFT",
        _AMOUNTS,
        "tokens of each at the start, for keys of sealed weights and storage",
    )
    copy_cost: int = quantity(MONEY, "5 MNFT", _AMOUNTS, "cost of a copy; nothing is trained")
    undercut: float = quantity(
        SHARE, "20%", _SHARES, "how much less a copy asks than its original, but for hosts' cost"
    )
    hurdle: float = quantity(
        NUMBER, "1.2", ("0", "100"), "expected revenue over cost from which a copy is made"
    )
    review: float = quantity(SHARE, "10%", _SHARES, "chance per day to look for an original")
    copies_each: int = quantity(COUNT, "3", ("0", "1000"), "most copies of one copier")


class Cheating(Section):
    """Hosts that return a wrong output where it pays."""

    share: float = quantity(
        SHARE,
        "20%",
        _SHARES,
        "share of hosts that would cheat at all",
        "calibration 9: 0.20, 0.10 to 0.35",
    )
    gain: int = quantity(
        MONEY,
        "0.155 MNFT",
        _AMOUNTS,
        "what a host gains per call not computed",
        "calibration 2: the cost of computing it, 15.5 % of list revenue",
    )
    sensitivity: float = quantity(
        NUMBER,
        "1",
        ("0", "1000"),
        "slope of the logistic answer to (1-p) gain - p slash stake, per MNFT",
    )


class Hosts(Section):
    """They stake, compute, sign receipts and settle."""

    count: int = quantity(COUNT, "4", _HEADS, "hosts")
    stake: int = quantity(MONEY, "2000 MNFT", _AMOUNTS, "stake of each host")
    stake_step: int = quantity(
        BPS_SHARE, "0%", ("0%", "100000%"), "how much more each further host stakes than the first"
    )
    capacity: int = quantity(COUNT, "400", ("1", "1000000000"), "calls per tick; the rest queues")
    latency: float = quantity(
        MILLISECONDS, "400 ms", ("0 ms", "600 s"), "median time of a call without a queue"
    )
    latency_sigma: float = quantity(NUMBER, "0.3", _SIGMA, "spread of ln(latency) over hosts")
    compute_cost: int = quantity(
        MONEY,
        "0.155 MNFT",
        _AMOUNTS,
        "cost of computing a call",
        "calibration 2: cost is 15.5 % of list revenue",
    )
    margin: int = quantity(
        BPS_SHARE, "0%", ("0%", "10000%"), "what a host asks above its cost at the start"
    )
    undercut: float = quantity(
        SHARE,
        "0%",
        ("0%", "50%"),
        "mean share of its margin that a half idle host gives up per tick",
    )
    outage: float = quantity(
        SHARE, "7%", _SHARES, "chance per day of an outage", "calibration 9: 0.07 per day"
    )
    outage_severity: float = quantity(
        SHARE, "20%", _SHARES, "share of calls that fail while it lasts", "calibration 9"
    )
    repair: int = quantity(
        DURATION, "9360s", ("1s", "365d"), "mean length of an outage", "calibration 9: 2.6 h"
    )
    settle_every: int = quantity(COUNT, "1", ("1", "7"), "ticks between two settlements")
    cheating: Cheating = Cheating()


class Validators(Section):
    """They stake, feed the beacon and open checks."""

    count: int = quantity(COUNT, "5", _HEADS, "validators")
    stake: int = quantity(MONEY, "1000 MNFT", _AMOUNTS, "stake of each validator")
    check_cost: int = quantity(MONEY, "0.05 MNFT", _AMOUNTS, "cost of opening a check")
    checks_per_tick: int = quantity(
        COUNT, "4", ("0", "10000"), "most checks that one validator opens in a tick"
    )
    uptime: float = quantity(
        SHARE,
        "99.8%",
        _SHARES,
        "chance to be there in a tick",
        "calibration 2: services measured 99.82 and 99.92 %",
    )


class Users(Section):
    """They choose a model and a host by quality, price and latency, and pay per call or ahead."""

    count: int = quantity(COUNT, "200", ("0", "1000000"), "users")
    budget: int = quantity(
        MONEY, "50 MNFT", _AMOUNTS, "tokens at the start of a user of median activity, lognormal"
    )
    budget_sigma: float = quantity(
        NUMBER, "1.0", _SIGMA, "spread of ln(budget)", "calibration 3: segments differ about 9 x"
    )
    activity: float = quantity(
        NUMBER, "0.2", ("0", "1000000"), "median calls per user and day, lognormal"
    )
    activity_sigma: float = quantity(
        NUMBER, "2.0", _SIGMA, "spread of ln(calls)", "calibration 9: 2.0, 1.5 to 2.7"
    )
    quality_coefficient: float = quantity(
        NUMBER, "10", ("0", "1000"), "utility of accuracy rising from 0 to 1"
    )
    price_coefficient: float = quantity(
        NUMBER,
        "0.5",
        ("0", "20"),
        "utility lost per unit of ln(price)",
        "calibration 9: 0.5, 0.1 to 1.1",
    )
    latency_coefficient: float = quantity(
        NUMBER, "0.5", ("0", "100"), "utility lost per second of latency"
    )
    taste_sigma: float = quantity(
        NUMBER, "1.0", _SIGMA, "spread of a user's lasting taste for a model"
    )
    traceability: float = quantity(
        NUMBER, "0", ("0", "10"), "utility of a model that can be traced to its data"
    )
    outside_utility: float = quantity(
        NUMBER, "5", ("-1000", "1000"), "utility of not calling at all"
    )
    rechoice: float = quantity(
        SHARE,
        "1%",
        _SHARES,
        "chance per day to choose anew; else the user stays",
        "calibration 9: 0.01 per day",
    )
    churn: float = quantity(
        SHARE, "6%", _SHARES, "chance per 30 days to leave", "calibration 9: 6 %, 3 to 10 %"
    )
    commercial: float = quantity(SHARE, "50%", _SHARES, "share of users with commercial use")
    malformed: float = quantity(
        SHARE, "0.1%", _SHARES, "share of requests whose input is out of the circuit's bounds"
    )
    session: int = quantity(DURATION, "30d", ("1d", "365d"), "time after which a session expires")
    handing_on: float = quantity(
        SHARE, "0%", _SHARES, "chance that a leaving user tries to give unused credits to another"
    )
    pretending: float = quantity(
        SHARE,
        "0%",
        _SHARES,
        "chance that who takes a model asks for its badge first without having contributed",
    )
    leasing: float = quantity(
        SHARE, "0%", _SHARES, "chance per day that the holder of a pass looks for a tenant"
    )
    trust: float = quantity(
        SHARE, "100%", _SHARES, "chance that users give owners to list who paid a joining fee"
    )
    forgone_return: float = quantity(
        SHARE, "5%", ("0%", "1000%"), "what locked tokens would earn elsewhere, per year"
    )
    token_volatility: float = quantity(
        NUMBER,
        "0.8",
        ("0", "20"),
        "standard deviation per year of ln(token price) that who locks tokens counts on",
        "assumed, as for shocks",
    )


class Holders(Section):
    """They hold tokens and vote by their interest."""

    count: int = quantity(COUNT, "10", _HEADS, "token holders")
    endowment: int = quantity(MONEY, "9000000 MNFT", _AMOUNTS, "tokens of all holders together")
    endowment_sigma: float = quantity(
        NUMBER,
        "2.33",
        _SIGMA,
        "spread of ln(endowment): Gini erf(sigma / 2)",
        "calibration 9: Gini 0.9 or more",
    )
    delegated: float = quantity(
        SHARE, "8%", _SHARES, "share of tokens whose votes are delegated", "calibration 9"
    )
    turnout: float = quantity(
        SHARE, "60%", _SHARES, "share of delegated votes that are cast", "calibration 9"
    )
    vesting: int = quantity(
        DURATION, "0s", ("0s", "3650d"), "time over which endowments are streamed; 0s: at once"
    )
    cliff: int = quantity(
        DURATION, "0s", ("0s", "3650d"), "time before which nothing of a stream can be withdrawn"
    )


class Collectors(Section):
    """They buy models for the owner's share, and sell them to those who value it more."""

    count: int = quantity(COUNT, "0", _HEADS, "collectors; without any no model is resold")
    budget: int = quantity(MONEY, "1000 MNFT", _AMOUNTS, "tokens of each at the start")
    discount: float = quantity(
        SHARE, "30%", ("0.1%", "1000%"), "median discount rate of an owner per year, lognormal"
    )
    discount_sigma: float = quantity(NUMBER, "0.5", _SIGMA, "spread of ln(discount rate)")
    discount_change: float = quantity(
        SHARE,
        "2%",
        _SHARES,
        "chance per day that an owner's need for cash, and so its rate, changes",
    )
    horizon: int = quantity(
        DURATION, "365d", ("1d", "3650d"), "time over which a model's income is counted"
    )
    review: float = quantity(
        SHARE, "20%", _SHARES, "chance per day to review a price, and to look at what is for sale"
    )
    listing: int = quantity(
        DURATION,
        "30d",
        ("1d", "3650d"),
        "time after which an offer ends that its owner has not reviewed",
    )
    evasion: float = quantity(
        SHARE, "1%", _SHARES, "chance, at a review, to try not to pay a royalty that is optional"
    )
    imitation: float = quantity(
        SHARE, "10%", _SHARES, "chance, at a review, to do as a seller did who kept more"
    )
    wrapping: Literal["never", "when_it_pays"] = choice(
        "never",
        "whether owners sell a model inside the account of a shell, a token without royalty",
    )
    wrapping_cost: int = quantity(
        MONEY, "1 MNFT", _AMOUNTS, "cost of a shell and its account, about 0.8 million gas"
    )
    emptying: float = quantity(
        SHARE, "0%", _SHARES, "share of owners who empty an account when somebody buys it"
    )
    names_state: Literal["always", "never"] = choice(
        "always", "whether who buys a shell names the state in which it saw the account"
    )


class Investors(Section):
    """They buy shares of models' revenue, and hold them."""

    count: int = quantity(COUNT, "0", _HEADS, "investors")
    budget: int = quantity(MONEY, "1000 MNFT", _AMOUNTS, "tokens of each at the start")
    discount: float = quantity(
        SHARE, "20%", ("0.1%", "1000%"), "median discount rate of an investor per year, lognormal"
    )
    discount_sigma: float = quantity(NUMBER, "0.5", _SIGMA, "spread of ln(discount rate)")
    horizon: int = quantity(
        DURATION, "365d", ("1d", "3650d"), "time over which a share's income is counted"
    )
    review: float = quantity(SHARE, "20%", _SHARES, "chance per day to look at what is for sale")


class Population(Section):
    """All roles."""

    creators: Creators = Creators()
    fine_tuners: FineTuners = FineTuners()
    copiers: Copiers = Copiers()
    hosts: Hosts = Hosts()
    validators: Validators = Validators()
    users: Users = Users()
    holders: Holders = Holders()
    collectors: Collectors = Collectors()
    investors: Investors = Investors()
