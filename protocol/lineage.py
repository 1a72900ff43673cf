"""Lineage: which model a model was forked from, and the royalty that it owes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import ModelNotActive, NotModelOwner
from protocol.licences import DERIVATIVES_FORBIDDEN, DERIVATIVES_WITH_APPROVAL
from protocol.model_registry import Registration
from protocol.parameters import BY_NAME
from protocol.types import Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_DEPTH = 16
MAXIMUM_ROYALTY_SUM = BY_NAME["maximumRoyaltySumBps"].key


class Parent(NamedTuple):
    """A version that a model was forked from, and the share of the child's revenue that it gets."""

    model_id: int
    version: int
    royalty_bps: int


@dataclass(eq=False)
class DerivativesForbidden(ProtocolError):
    """The parent version's licence allows no derivatives."""

    parent_id: int


@dataclass(eq=False)
class LineageTooDeep(ProtocolError):
    """The child would have too many generations above it."""

    depth: int
    maximum: int


@dataclass(eq=False)
class NotPending(ProtocolError):
    """The model does not wait for approval."""

    child_id: int


@dataclass(eq=False)
class RoyaltiesTooHigh(ProtocolError):
    """The parents would take more than the protocol allows."""

    sum: int
    maximum: int


@dataclass(eq=False)
class RoyaltyBelowMinimum(ProtocolError):
    """The parent version's licence asks for more."""

    parent_id: int
    royalty_bps: int
    minimum: int


@dataclass(eq=False)
class VersionIsDeprecated(ProtocolError):
    """A deprecated version cannot be forked."""

    model_id: int
    version: int


@dataclass(frozen=True, slots=True)
class ChildApproved(Event):
    """The parent's owner approved a fork: it is active from now on."""

    child_id: int
    parent_id: int


@dataclass(frozen=True, slots=True)
class Forked(Event):
    """A model was born from another; unless approved, it waits for the parent's owner."""

    child_id: int
    parent_id: int
    parent_version: int
    royalty_bps: int
    approved: bool


class Lineage(Contract):
    """
    The family tree of models.

    A model's parent is fixed at its birth and is older than it, so there are no cycles.
    """

    NAME = "lineage"
    SOLIDITY = "Lineage"
    EVENTS = (ChildApproved, Forked)
    ERRORS = (
        DerivativesForbidden,
        LineageTooDeep,
        ModelNotActive,
        NotModelOwner,
        NotPending,
        RoyaltiesTooHigh,
        RoyaltyBelowMinimum,
        VersionIsDeprecated,
    )
    OBSERVED = (
        Observed("ancestors_of", "_parents"),
        Observed("depth_of", "_depths"),
        Observed("is_active", "_pending"),
        Observed("parents_of", "_parents"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._parents = self.table()
        self._depths = self.table()
        self._pending = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the addresses of ParameterStore, Licences and ModelRegistry."""
        names = ("parameter_store", "licences", "model_registry")
        return tuple(deployment.addresses[name] for name in names)

    def fork(self, ctx: Context, parent: Parent, registration: Registration) -> int:
        """
        Register a model of the caller that descends from a version, and return its number.

        Where the licence asks for approval, the child stays inactive until the parent's owner
        approves it; the owner's own forks need none.

        Raises:
            UnknownVersion: The parent has no such version.
            VersionIsDeprecated: The parent version is deprecated.
            ModelNotActive: The parent itself waits for approval.
            DerivativesForbidden: The parent version's licence allows no derivatives.
            RoyaltyBelowMinimum: It asks for more royalty.
            RoyaltiesTooHigh: The royalty exceeds what governance allows.
            LineageTooDeep: There would be more than 16 generations above the child.
        Besides everything that `ModelRegistry.register` raises.
        """
        parent = Parent(*parent)
        approved = self._require_forkable(ctx, parent)
        depth = self.depth_of(ctx, parent.model_id) + 1
        if depth > MAXIMUM_DEPTH:
            raise LineageTooDeep(depth, MAXIMUM_DEPTH)

        registry = self._world.model_registry
        child_id = registry.register_for(self.as_caller(ctx), ctx.sender, registration)

        self._parents[child_id] = parent
        self._depths[child_id] = depth
        self._pending[child_id] = not approved
        self.emit(Forked(child_id, parent.model_id, parent.version, parent.royalty_bps, approved))
        return child_id

    def approve_child(self, ctx: Context, child_id: int) -> None:
        """
        Make a fork active.

        Raises:
            NotPending: The model does not wait for approval.
            NotModelOwner: The caller does not own the parent.
        """
        if not self._pending.get(child_id, False):
            raise NotPending(child_id)
        parent_id: int = self._parents[child_id].model_id
        if self._world.model_registry.owner_of(self.as_caller(ctx), parent_id) != ctx.sender:
            raise NotModelOwner(parent_id, ctx.sender)

        self._pending[child_id] = False
        self.emit(ChildApproved(child_id, parent_id))

    def parents_of(self, ctx: Context, model_id: int) -> tuple[Parent, ...]:
        """Return a model's parents: one for a fork, else none."""
        del ctx
        parent: Parent | None = self._parents.get(model_id)
        return () if parent is None else (parent,)

    def ancestors_of(self, ctx: Context, model_id: int) -> tuple[int, ...]:
        """Return the models that a model descends from, each once, the nearest first."""
        del ctx
        ancestors: list[int] = []
        parent: Parent | None = self._parents.get(model_id)
        while parent is not None:
            ancestors.append(parent.model_id)
            parent = self._parents.get(parent.model_id)
        return tuple(ancestors)

    def depth_of(self, ctx: Context, model_id: int) -> int:
        """Return the number of generations above a model, 0 for one that is no fork."""
        del ctx
        depth: int = self._depths.get(model_id, 0)
        return depth

    def is_active(self, ctx: Context, model_id: int) -> bool:
        """Return whether a model is registered and does not wait for approval."""
        registered = self._world.model_registry.latest_version(self.as_caller(ctx), model_id) != 0
        return registered and not self._pending.get(model_id, False)

    def _require_forkable(self, ctx: Context, parent: Parent) -> bool:
        # Whether the child is approved at birth: the licence asks for none, or the caller gives it.
        me = self.as_caller(ctx)
        registry = self._world.model_registry
        licence_id = registry.licence_of(me, parent.model_id, parent.version)
        if not registry.is_servable(me, parent.model_id, parent.version):
            raise VersionIsDeprecated(parent.model_id, parent.version)
        if self._pending.get(parent.model_id, False):
            raise ModelNotActive(parent.model_id)

        terms = self._world.licences.terms_of(me, licence_id)
        if terms.derivatives == DERIVATIVES_FORBIDDEN:
            raise DerivativesForbidden(parent.model_id)
        if parent.royalty_bps < terms.minimum_royalty_bps:
            raise RoyaltyBelowMinimum(
                parent.model_id, parent.royalty_bps, terms.minimum_royalty_bps
            )
        maximum = self._world.parameter_store.get(me, MAXIMUM_ROYALTY_SUM)
        if parent.royalty_bps > maximum:
            raise RoyaltiesTooHigh(parent.royalty_bps, maximum)
        if terms.derivatives != DERIVATIVES_WITH_APPROVAL:
            return True
        return registry.owner_of(me, parent.model_id) == ctx.sender
