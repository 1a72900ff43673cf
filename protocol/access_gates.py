"""What Access.sol keeps, and how many calls its gates have."""

from typing import TYPE_CHECKING, Any

from protocol.access_errors import NotManaged, TokenRangeInvalid, UnknownCollection
from protocol.access_terms import (
    INFERENCE_RIGHT,
    NO_CLAIM,
    NO_GRANTS,
    NO_LOCK,
    NO_METER,
    STAKE_GATE,
    UNLIMITED,
    WINDOW_SECONDS,
    Claim,
    Grants,
    Lock,
    Meter,
    Query,
)
from protocol.contract import Contract
from protocol.errors import NotModelOwner
from protocol.money import mul_div_down, mul_div_up
from protocol.types import ZERO_ADDRESS, Address, Context

if TYPE_CHECKING:
    from protocol.world import World

_RIGHT_SUBJECTS = 1 << 224
"""Above every subject of a gate."""


class AccessGates(Contract):
    """Grants, claims, stakes and meters by model, and what they say of a user."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._epoch_seconds = world.deployment.values["epochSeconds"]
        self._window_epochs = mul_div_up(WINDOW_SECONDS, 1, self._epoch_seconds)
        self._origins = self.table()
        self._righted = self.table()
        self._grants = self.table()
        self._allowlists = self.table()
        self._claims = self.table()
        self._locks = self.table()
        self._meters = self.table()

    def is_managed(self, ctx: Context, model_id: int) -> bool:
        """Return whether a model grants anything, or ever sold credits or subscriptions."""
        del ctx
        return model_id in self._origins

    def origin_of(self, ctx: Context, model_id: int) -> int:
        """Return the epoch that a model's windows are counted from, or 0."""
        del ctx
        return self._origin(model_id)

    def grants_of(self, ctx: Context, model_id: int) -> Grants:
        """Return what a model grants; zeros where nothing."""
        del ctx
        return self._granted_by(model_id)

    def is_allowed(self, ctx: Context, model_id: int, account: Address) -> bool:
        """Return whether an account is on a model's allowlist."""
        del ctx
        allowed: bool = self._allowlists.get((model_id, account), False)
        return allowed

    def claim_of(self, ctx: Context, model_id: int, user: Address) -> Claim:
        """Return the tokens that a user named for a model."""
        del ctx
        return self._claim(model_id, user)

    def lock_of(self, ctx: Context, model_id: int, account: Address) -> Lock:
        """Return an account's stake for a model's gate."""
        del ctx
        return self._lock(model_id, account)

    def meter_of(self, ctx: Context, model_id: int, subject: int) -> Meter:
        """
        Return what a gate has counted.

        A subject is a gate's token as `collection * 2^64 + token`, or a staker's address as a
        number.
        """
        del ctx
        return self._meter(model_id, subject)

    def _manage(self, ctx: Context, model_id: int) -> None:
        if model_id not in self._origins:
            self._origins[model_id] = ctx.timestamp // self._epoch_seconds

    def _limit(self, ctx: Context, mode: int, query: Query) -> int:
        """Return how many calls a window a gate has for a user."""
        grants = self._granted_by(query.model_id)
        if mode == STAKE_GATE:
            if grants.stake_unit == 0:
                return 0
            units = mul_div_down(
                self._lock(query.model_id, query.user).locked, 1, grants.stake_unit
            )
            return min(units * grants.calls_per_unit, UNLIMITED)
        token_id = self._claim(query.model_id, query.user).gate_token_id
        if grants.collection == ZERO_ADDRESS:
            return 0
        badges = self._world.badges
        if grants.collection == badges.address:
            # Only those of the model itself, and no badge ever moves.
            badge_id = badges.badge_id_of(self.as_caller(ctx), query.model_id, query.user)
            return grants.gate_calls if token_id and badge_id == token_id else 0
        if not grants.first_token_id <= token_id <= grants.last_token_id:
            return 0
        collection = self._collections()[grants.collection]
        owner = collection.owner_of(self.as_caller(ctx), token_id)
        return grants.gate_calls if owner == query.user else 0

    def _rolled(self, query: Query, subject: int) -> Meter:
        meter = self._meter(query.model_id, subject)
        return meter.rolled(query.epoch, self._origin(query.model_id), self._window_epochs)

    def _subject(self, mode: int, query: Query) -> int:
        if mode == STAKE_GATE:
            return int(query.user, 16)
        if mode == INFERENCE_RIGHT:
            return _RIGHT_SUBJECTS | int(query.user, 16)
        collection = int(self._granted_by(query.model_id).collection, 16)
        return collection << 64 | self._claim(query.model_id, query.user).gate_token_id

    def _collections(self) -> dict[Address, Any]:
        world = self._world
        return {
            each.address: each
            for each in (world.model_registry, world.credits, world.subscriptions)
        }

    def _require_model_owner(self, ctx: Context, model_id: int) -> None:
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)

    def _require_managed(self, model_id: int) -> None:
        if model_id not in self._origins:
            raise NotManaged(model_id)

    def _require_gate(self, ctx: Context, grants: Grants) -> None:
        # Of badges the model's own count, whichever there are: nobody has one but whom the registry
        # named.
        if grants.collection == self._world.badges.address:
            return
        collections = self._collections()
        if grants.collection not in collections:
            raise UnknownCollection(grants.collection)
        count = collections[grants.collection].count(self.as_caller(ctx))
        if not 0 < grants.first_token_id <= grants.last_token_id <= count:
            raise TokenRangeInvalid(grants.first_token_id, grants.last_token_id, count)

    def _origin(self, model_id: int) -> int:
        origin: int = self._origins.get(model_id, 0)
        return origin

    def _granted_by(self, model_id: int) -> Grants:
        grants: Grants = self._grants.get(model_id, NO_GRANTS)
        return grants

    def _claim(self, model_id: int, user: Address) -> Claim:
        claim: Claim = self._claims.get((model_id, user), NO_CLAIM)
        return claim

    def _lock(self, model_id: int, account: Address) -> Lock:
        stake: Lock = self._locks.get((model_id, account), NO_LOCK)
        return stake

    def _meter(self, model_id: int, subject: int) -> Meter:
        meter: Meter = self._meters.get((model_id, subject), NO_METER)
        return meter
