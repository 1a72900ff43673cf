"""
Every default number of the protocol, once: unit, bounds, source.

The scenario schema, the constructor arguments and the documentation derive from this table.
"""

from collections.abc import Mapping
from typing import NamedTuple

from protocol.money import BPS, WAD

DAY = 86_400
PPM = 1_000_000
"""One whole, in parts per million: the unit of the spot-check rate."""


class Parameter(NamedTuple):
    """
    A number of the rules; governed ones live in `ParameterStore.sol`, the others are fixed at
    deployment.
    """

    name: str
    default: int
    unit: str
    lower: int
    upper: int
    governed: bool
    meaning: str
    source: str

    @property
    def key(self) -> bytes:
        """The parameter's bytes32 key on chain: its name in ASCII."""
        return self.name.encode().ljust(32, b"\0")


_PROTOCOL = "protocol design"

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "protocolFeeBps",
        250,
        "bps",
        0,
        2_000,
        True,
        "share of each payment to the treasury",
        _PROTOCOL,
    ),
    Parameter(
        "verificationPoolBps",
        200,
        "bps",
        0,
        2_000,
        True,
        "share of each payment to the checkers",
        _PROTOCOL,
    ),
    Parameter(
        "maximumRoyaltySumBps",
        5_000,
        "bps",
        0,
        BPS,
        True,
        "most that a model's parents may take",
        _PROTOCOL,
    ),
    Parameter(
        "minimumHostStake",
        1_000 * WAD,
        "MNFT",
        0,
        10**9 * WAD,
        True,
        "stake without which no host serves",
        _PROTOCOL,
    ),
    Parameter(
        "minimumValidatorStake",
        500 * WAD,
        "MNFT",
        0,
        10**9 * WAD,
        True,
        "stake without which nobody checks",
        _PROTOCOL,
    ),
    Parameter(
        "unbondingSeconds",
        21 * DAY,
        "seconds",
        DAY,
        60 * DAY,
        True,
        "time that stake stays slashable",
        _PROTOCOL,
    ),
    Parameter(
        "wrongOutputSlashBps",
        2_000,
        "bps",
        0,
        BPS,
        True,
        "stake lost for a wrong or missing answer",
        _PROTOCOL,
    ),
    Parameter(
        "reporterShareBps",
        5_000,
        "bps",
        0,
        BPS,
        True,
        "share of a slash to the reporter; the rest burns",
        _PROTOCOL,
    ),
    Parameter(
        "reporterRewardCap",
        500 * WAD,
        "MNFT",
        0,
        10**9 * WAD,
        True,
        "most that one report earns",
        _PROTOCOL,
    ),
    Parameter(
        "spotCheckRatePpm",
        50_000,
        "ppm",
        0,
        PPM,
        True,
        "share of receipts that the beacon picks",
        _PROTOCOL,
    ),
    Parameter(
        "checkReward",
        WAD // 2,
        "MNFT",
        0,
        10**6 * WAD,
        True,
        "paid from the pool for an answered check",
        "assumed",
    ),
    Parameter(
        "answerWindowSeconds",
        2 * DAY,
        "seconds",
        3_600,
        30 * DAY,
        True,
        "time to answer a check",
        "assumed",
    ),
    Parameter(
        "challengeWindowSeconds",
        3 * DAY,
        "seconds",
        3_600,
        60 * DAY,
        True,
        "time that a batch is held back",
        "assumed: an epoch to reveal the beacon, one to check",
    ),
    Parameter(
        "priceStepBps",
        1_250,
        "bps",
        0,
        BPS,
        True,
        "largest relative price step per epoch",
        "EIP-1559: an eighth",
    ),
    Parameter(
        "resaleRoyaltyShareBps",
        BPS,
        "bps",
        0,
        BPS,
        True,
        "least share of a resale royalty that a sale pays: 0% optional, 100% enforced",
        _PROTOCOL,
    ),
    Parameter(
        "minimumHostFeeBps",
        0,
        "bps",
        0,
        6_000,
        True,
        "least share of a payment that a tariff may leave to the host",
        _PROTOCOL,
    ),
    Parameter("epochSeconds", DAY, "seconds", 60, 30 * DAY, False, "length of an epoch", "assumed"),
    Parameter(
        "settlementWindowEpochs",
        7,
        "epochs",
        1,
        7,
        False,
        "epochs after which a receipt no longer settles",
        "assumed",
    ),
    Parameter(
        "closeDelaySeconds",
        7 * DAY,
        "seconds",
        60,
        90 * DAY,
        False,
        "notice before a user's session closes",
        "assumed: at least the settlement window",
    ),
    Parameter(
        "votingDelaySeconds",
        DAY,
        "seconds",
        0,
        30 * DAY,
        False,
        "from proposal to snapshot",
        _PROTOCOL,
    ),
    Parameter(
        "votingPeriodSeconds",
        5 * DAY,
        "seconds",
        60,
        60 * DAY,
        False,
        "from snapshot to deadline",
        _PROTOCOL,
    ),
    Parameter(
        "proposalThresholdBps",
        10,
        "bps",
        0,
        BPS,
        False,
        "share of supply needed to propose",
        _PROTOCOL,
    ),
    Parameter(
        "quorumPercent",
        4,
        "percent",
        0,
        100,
        False,
        "share of supply that must vote for or abstain",
        _PROTOCOL,
    ),
    Parameter(
        "timelockSeconds",
        2 * DAY,
        "seconds",
        0,
        60 * DAY,
        False,
        "from queue to execution",
        _PROTOCOL,
    ),
    Parameter(
        "royaltyRule",
        0,
        "rule",
        0,
        2,
        False,
        "who takes royalties of what: parents of all that a child gets (edge), all ancestors of "
        "what a model itself gets (absolute), or of what it has left (leaf)",
        "edge: protocol design; absolute: Story's LAP; leaf: a source document's sample",
    ),
    Parameter(
        "initialSupply",
        10_000_000 * WAD,
        "MNFT",
        1,
        10**12 * WAD,
        False,
        "tokens minted at deployment",
        "assumed",
    ),
)
"""All numbers, in the order in which `ParameterStore.sol` takes the governed ones."""

BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}

GOVERNED: tuple[Parameter, ...] = tuple(parameter for parameter in PARAMETERS if parameter.governed)


def resolve(overrides: Mapping[str, int]) -> dict[str, int]:
    """
    Return the value of every parameter, the overrides in place.

    Raises:
        KeyError: An override names no parameter.
        ValueError: An override is out of its bounds.
    """
    for name, value in overrides.items():
        parameter = BY_NAME[name]
        if not parameter.lower <= value <= parameter.upper:
            allowed = f"{parameter.lower} to {parameter.upper} {parameter.unit}"
            raise ValueError(f"{name} is {value}, allowed: {allowed}")
    return {
        parameter.name: overrides.get(parameter.name, parameter.default) for parameter in PARAMETERS
    }
