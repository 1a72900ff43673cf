"""What Access.sol keeps: the modes in their order, grants, claims, stakes, meters."""

from typing import NamedTuple

from protocol.money import BPS, mul_div_up
from protocol.parameters import DAY
from protocol.types import ZERO_ADDRESS, Address

REFUSED, SUBSCRIPTION, ALLOWLIST, TOKEN_GATE, STAKE_GATE, CREDITS, PAY_PER_CALL = range(7)
INFERENCE_RIGHT = 7
"""The ways to call a model."""

ASKED = (SUBSCRIPTION, ALLOWLIST, TOKEN_GATE, STAKE_GATE, INFERENCE_RIGHT, CREDITS)
"""The ways that need a right, in the order in which they are asked."""

MODES = (
    "refused",
    "subscription",
    "allowlist",
    "token gate",
    "stake gate",
    "credits",
    "pay per call",
    "inference right",
)
"""The names of the modes, by their numbers."""

NO_RIGHT, USED_UP = 1, 2
"""Why a user is refused: no mode admits it, or the calls of those that do are used up."""

UNLIMITED = 2**64 - 1
FREE = BPS
"""The discount of a call that costs nothing."""

WINDOW_SECONDS = 30 * DAY


class Query(NamedTuple):
    """Who asks, for what."""

    model_id: int
    version: int
    user: Address
    epoch: int


class Grants(NamedTuple):
    """
    What a model's owner grants.

    `is_closed`: whoever no mode admits is refused, and does not pay per call. The gate counts the
    tokens from first to last of a collection (none: no gate; of Badges all of the model's own),
    each for `gate_calls` a window; the stake gate `calls_per_unit` a window for each whole
    `stake_unit` locked (0: no gate).
    """

    is_closed: bool
    allowlist_discount_bps: int
    gate_discount_bps: int
    stake_discount_bps: int
    collection: Address
    first_token_id: int
    last_token_id: int
    gate_calls: int
    calls_per_unit: int
    stake_unit: int

    def discount(self, mode: int) -> int:
        """Return what calls by a mode of the owner's cost less, in basis points."""
        discounts = {
            ALLOWLIST: self.allowlist_discount_bps,
            TOKEN_GATE: self.gate_discount_bps,
            STAKE_GATE: self.stake_discount_bps,
        }
        return discounts[mode]


NO_GRANTS = Grants(False, 0, 0, 0, ZERO_ADDRESS, 0, 0, 0, 0, 0)


class Claim(NamedTuple):
    """The tokens that a user wants to be used for a model; 0 for none."""

    pass_id: int
    gate_token_id: int
    credit_id: int


NO_CLAIM = Claim(0, 0, 0)


class Lock(NamedTuple):
    """Stake that gives calls, and stake that is on its way back."""

    locked: int
    leaving: int
    withdrawable_at: int


NO_LOCK = Lock(0, 0, 0)


class Meter(NamedTuple):
    """Calls counted in the window of the latest epoch that was seen, and in the window before."""

    epoch: int
    used: int
    previous: int

    def rolled(self, epoch: int, origin: int, window_epochs: int) -> "Meter":
        """
        Return the meter as of an epoch; windows are counted from the origin.

        A meter never runs back: what settles late counts as new.
        """
        epoch = max(epoch, origin, self.epoch)
        if self.epoch == 0:
            return Meter(epoch, 0, 0)
        windows = (epoch - origin) // window_epochs - (self.epoch - origin) // window_epochs
        if windows == 0:
            return self._replace(epoch=epoch)
        return Meter(epoch, 0, self.used if windows == 1 else 0)

    def carried(self, origin: int, window_epochs: int) -> int:
        """
        Return how many calls of the window before still count.

        The share of it that lies within the last 30 days, so that nobody doubles up at the edge.
        Rounding up favours the model's owner.
        """
        within = window_epochs - 1 - (self.epoch - origin) % window_epochs
        return mul_div_up(self.previous, within, window_epochs)


NO_METER = Meter(0, 0, 0)
