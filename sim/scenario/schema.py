"""
What a scenario file may say: every key with default, unit, bounds, meaning and source.

Amounts are base units of MNFT, durations seconds, shares fractions of one (protocol ratios stay
in the chain's basis points or parts per million). `calibration` sources name a published fact.
"""

from typing import Annotated, Literal

from pydantic import Field

from protocol.parameters import PARAMETERS
from protocol.royalties import RULES
from sim.scenario.channels import Channels
from sim.scenario.comparing import Compare
from sim.scenario.fields import ASSUMED, Section, choice, counts, parameter, quantity, rule, text
from sim.scenario.licensing import Licensing
from sim.scenario.population import Population
from sim.scenario.searching import Discovery, Optimise, Sensitivity
from sim.scenario.shocks import Shock
from sim.scenario.sweeping import Sweep
from sim.scenario.units import COUNT, DEGREES, DURATION, MONEY, NUMBER, SHARE

Engine = Literal["py-evm", "revm", "eth-tester", "none"]
Quantifier = Literal["at_end", "every_tick", "mean", "max", "min", "total"]
RoyaltyRule = Literal["edge", "absolute", "leaf"]
Comparison = Literal[">=", "<=", ">", "<", "=="]


class Chain(Section):
    """Where the compiled contracts run."""

    engine: Engine = choice("py-evm", "machine that runs the contracts; `none`: model only")
    full_views_every: int = quantity(
        COUNT, "10", ("1", "100000"), "ticks between comparisons of every view of every contract"
    )


class Protocol(Section):
    """The numbers of the rules, as deployed; `protocol.parameters` defines them."""

    protocol_fee: int = parameter("protocolFeeBps")
    verification_pool: int = parameter("verificationPoolBps")
    maximum_royalty_sum: int = parameter("maximumRoyaltySumBps")
    minimum_host_stake: int = parameter("minimumHostStake")
    minimum_validator_stake: int = parameter("minimumValidatorStake")
    unbonding: int = parameter("unbondingSeconds")
    wrong_output_slash: int = parameter("wrongOutputSlashBps")
    reporter_share: int = parameter("reporterShareBps")
    reporter_reward_cap: int = parameter("reporterRewardCap")
    spot_check_rate: int = parameter("spotCheckRatePpm")
    check_reward: int = parameter("checkReward")
    answer_window: int = parameter("answerWindowSeconds")
    challenge_window: int = parameter("challengeWindowSeconds")
    price_step: int = parameter("priceStepBps")
    resale_royalty_share: int = parameter("resaleRoyaltyShareBps")
    minimum_host_fee: int = parameter("minimumHostFeeBps")
    epoch: int = parameter("epochSeconds")
    settlement_window: int = parameter("settlementWindowEpochs")
    close_delay: int = parameter("closeDelaySeconds")
    voting_delay: int = parameter("votingDelaySeconds")
    voting_period: int = parameter("votingPeriodSeconds")
    proposal_threshold: int = parameter("proposalThresholdBps")
    quorum: int = parameter("quorumPercent")
    timelock: int = parameter("timelockSeconds")
    royalty_rule: RoyaltyRule = rule("royaltyRule", RULES)
    initial_supply: int = parameter("initialSupply")

    def values(self) -> dict[str, int]:
        """Return every number by the chain's name, as `protocol.deployment.Deployment` takes it."""
        values = {chain_name: getattr(self, key) for key, chain_name in CHAIN_NAMES.items()}
        return {**values, "royaltyRule": RULES.index(self.royalty_rule)}


def _chain_name(key: str) -> str:
    extra = Protocol.model_fields[key].json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"{key} is not declared by `parameter`")
    return str(extra["parameter"])


CHAIN_NAMES = {key: _chain_name(key) for key in Protocol.model_fields}
"""The chain's name of each key of `protocol:`."""

GOVERNED_KEYS = tuple(
    key
    for key, chain_name in CHAIN_NAMES.items()
    if next(each for each in PARAMETERS if each.name == chain_name).governed
)
"""The keys of `protocol:` that a proposal may change."""


class Domain(Section):
    """A task that users bring: the bundled digits after a shift, see `sim.workload.tasks`."""

    name: str = text(None, "how tables and figures call the domain")
    demand: float = quantity(SHARE, None, ("0%", "100%"), "share of users whose task this is")
    rotation: float = quantity(DEGREES, "0 deg", ("-180 deg", "180 deg"), "turn of each image")
    noise: int = quantity(COUNT, "0", ("0", "16"), "grey levels of noise, evenly from -n to n")
    classes: tuple[int, ...] = counts(tuple(range(10)), (0, 9), "digits that occur", ASSUMED)


class Workload(Section):
    """What is computed: models, tasks, requests and what a receipt says of its input."""

    domains: tuple[Domain, ...] = Field(
        default=(
            Domain(name="digits", demand=0.5),
            Domain(name="turned", demand=0.3, rotation=35.0),
            Domain(name="noisy", demand=0.2, noise=5),
        ),
        min_length=1,
        description="tasks; their demand sums to 100 %",
    )
    hidden_units: tuple[int, ...] = counts(
        (16, 24, 32), (4, 256), "hidden layer sizes that creators choose from", ASSUMED
    )
    input_commitment: Literal["committed", "hash"] = choice(
        "committed",
        "receipts hold a polynomial commitment of the input, or its hash (the proof then opens it)",
    )
    weights: Literal["open", "sealed"] = choice(
        "open",
        "published in the clear, or sealed: the rules say who may buy a key (copiers never seal)",
    )
    storage_price: int = quantity(
        MONEY,
        "0 MNFT",
        ("0 MNFT", "1000000000 MNFT"),
        "what owners pay for 1,024 bytes of published weights kept for 30 days; 0: nothing",
    )
    request_pool: int = quantity(
        COUNT, "450", ("1", "450"), "different inputs per domain; requests repeat them"
    )
    input_tokens: int = quantity(
        COUNT,
        "1020",
        ("1", "1000000"),
        "median input tokens per call, lognormal",
        "calibration 3: Azure chat traces, median 1,020",
    )
    input_tokens_sigma: float = quantity(
        NUMBER, "0.6", ("0", "3"), "spread of ln(input tokens)", "calibration 9: 0.5 to 0.77"
    )
    output_tokens: int = quantity(
        COUNT,
        "211",
        ("1", "1000000"),
        "mean output tokens per call, exponential",
        "calibration 3: Azure chat traces, mean 211",
    )


class Proofs(Section):
    """How proofs are made; each is a real one."""

    workers: int = quantity(COUNT, "2", ("1", "64"), "processes that prove while the run goes on")


class Proposal(Section):
    """A proposal to change one number of the protocol."""

    tick: int = quantity(COUNT, None, ("1", "100000"), "tick at which it is proposed")
    parameter: str = text(None, "key of `protocol` that governance may change")
    value: int = Field(description="the new value, in the unit of the parameter")
    why: str = text("", "reason given to the voters")


class Governance(Section):
    """What is put to the vote."""

    proposals: tuple[Proposal, ...] = Field(default=(), description="proposals, any order")


class Claim(Section):
    """What the designer wants to hold; the report judges it."""

    kpi: str = text(None, "name of a KPI, see `mnft kpis`")
    quantifier: Quantifier = choice("at_end", "over the ticks: at_end, every_tick, mean, ...")
    comparison: Comparison = choice(None, "quoted: '>=', '<=', '>', '<' or '=='")
    threshold: float = Field(description="number in the KPI's unit")
    tolerance: float = quantity(SHARE, "5%", ("0%", "100%"), "share of seeds that may fail it")
    why: str = text("", "why this is wanted")


class Scenario(Section):
    """One experiment: rules, people, work, and the question that it answers."""

    question: Annotated[str, Field(max_length=300)] = text(None, "the question the run answers")
    ticks: int = quantity(COUNT, "60", ("1", "100000"), "length of the run")
    tick: int = quantity(DURATION, "1d", ("60s", "30d"), "duration of a tick")
    seed: int = quantity(COUNT, "1", ("0", "4294967295"), "from which all draws follow")
    chain: Chain = Chain()
    protocol: Protocol = Protocol()
    workload: Workload = Workload()
    proofs: Proofs = Proofs()
    population: Population = Population()
    licensing: Licensing = Licensing()
    channels: Channels = Channels()
    governance: Governance = Governance()
    claims: tuple[Claim, ...] = Field(default=(), description="claims, judged in this order")
    shocks: tuple[Shock, ...] = Field(
        default=(),
        description="paths from outside, any order",
        json_schema_extra={"source": ASSUMED},
    )
    sweep: Sweep | None = None
    compare: Compare | None = None
    sensitivity: Sensitivity | None = None
    discovery: Discovery | None = None
    optimise: Optimise | None = None


SEARCHES = ("sensitivity", "discovery", "optimise")
"""Sections that say what to look for over many runs."""

EXPERIMENTS = ("sweep", "compare", *SEARCHES)
"""Sections about many runs, which decide nothing in a single one."""
