"""Lineage: which models a model descends from, and the royalties that it owes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import ModelNotActive, NotModelOwner
from protocol.licences import DERIVATIVES_FORBIDDEN, DERIVATIVES_WITH_APPROVAL
from protocol.lineage_errors import (
    DerivativesForbidden,
    DuplicateParent,
    LicenceAllowsMore,
    LineageTooDeep,
    NotPending,
    ParentCountInvalid,
    PolicyLoosened,
    RoyaltiesTooHigh,
    RoyaltyBelowMinimum,
    RoyaltyStackTooHigh,
    TooManyAncestors,
    VersionIsDeprecated,
)
from protocol.model_registry_terms import Registration
from protocol.money import BPS
from protocol.parameters import BY_NAME
from protocol.royalties import ABSOLUTE, EDGE, Ancestor, Ancestors, join
from protocol.types import Context, Event

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_DEPTH = 16
MAXIMUM_ANCESTORS = 64
FEWEST_MERGED = 2
MOST_MERGED = 8
MAXIMUM_ROYALTY_SUM = BY_NAME["maximumRoyaltySumBps"].key


class Parent(NamedTuple):
    """A version that a model descends from, and the share of the child's revenue that it gets."""

    model_id: int
    version: int
    royalty_bps: int


@dataclass(frozen=True, slots=True)
class ChildApproved(Event):
    """A parent's owner approved a child: it is active once no parent's approval is missing."""

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


@dataclass(frozen=True, slots=True)
class Merged(Event):
    """A model was born from several; one `ParentMerged` for each of them came before."""

    child_id: int
    parents: int


@dataclass(frozen=True, slots=True)
class ParentMerged(Event):
    """A model was born from several, and this is one of them."""

    child_id: int
    parent_id: int
    parent_version: int
    royalty_bps: int
    approved: bool


class Lineage(Contract):
    """
    The family tree of models.

    A model's parents are fixed at its birth and are older than it, so there are no cycles.
    """

    NAME = "lineage"
    SOLIDITY = "Lineage"
    EVENTS = (ChildApproved, Forked, Merged, ParentMerged)
    ERRORS = (
        DerivativesForbidden,
        DuplicateParent,
        LicenceAllowsMore,
        LineageTooDeep,
        ModelNotActive,
        NotModelOwner,
        NotPending,
        ParentCountInvalid,
        PolicyLoosened,
        RoyaltiesTooHigh,
        RoyaltyBelowMinimum,
        RoyaltyStackTooHigh,
        TooManyAncestors,
        VersionIsDeprecated,
    )
    OBSERVED = (
        Observed("ancestors_of", "_parents"),
        Observed("awaiting_of", "_awaiting"),
        Observed("depth_of", "_depths"),
        Observed("is_active", "_awaiting"),
        Observed("parents_of", "_parents"),
        Observed("royalties_of", "_parents"),
        Observed("royalty_rule"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._parents = self.table()
        self._ancestors = self.table()
        self._depths = self.table()
        self._awaiting = self.table()
        self._royalty_rule = world.deployment.values["royaltyRule"]

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return where parameters, licences, models, policies and rights are, and the rule."""
        names = ("parameter_store", "licences", "model_registry", "policies", "rights")
        addresses = tuple(deployment.addresses[name] for name in names)
        return (*addresses, deployment.values["royaltyRule"])

    def fork(self, ctx: Context, parent: Parent, registration: Registration) -> int:
        """
        Register a model of the caller that descends from a version, and return its number.

        Where the licence asks for approval, the child stays inactive until the parent's owner
        approves it; the owner's own forks need none. A fine-tune right of the caller's is an
        approval given ahead, and is used up.

        Raises:
            UnknownVersion: The parent has no such version.
            VersionIsDeprecated: The parent version is deprecated.
            ModelNotActive: The parent itself waits for approval.
            DerivativesForbidden: The parent version's licence allows no derivatives.
            RoyaltyBelowMinimum: It asks for more royalty.
            PolicyLoosened: Its policy binds derivatives, and the child's licence asks for less: of
                attestation (4), of the limit (5), of consent (6), of derivatives in turn (8).
            RoyaltiesTooHigh: The royalty exceeds what governance allows.
            LineageTooDeep: There would be more than 16 generations above the child.
            TooManyAncestors: The child would descend from more than 64 models.
            RoyaltyStackTooHigh: Under the absolute rule, all ancestors would get more than all.
        Besides everything that `ModelRegistry.register` raises.
        """
        parent, registration = Parent(*parent), Registration(*registration)
        approved, licence_id = self._require_usable(ctx, parent)
        self._require_kept(ctx, parent.model_id, licence_id, registration.licence_id)

        child_id = self._bear(ctx, (parent,), () if approved else (parent.model_id,), registration)
        self.emit(Forked(child_id, parent.model_id, parent.version, parent.royalty_bps, approved))
        return child_id

    def merge(self, ctx: Context, parents: tuple[Parent, ...], registration: Registration) -> int:
        """
        Register a model of the caller that descends from several, and return its number.

        Each parent is one that could be forked. Owners whose licence asks for it approve as with a
        fork, and the child is active when the last has. A model may be merged with an ancestor.

        Raises:
            ParentCountInvalid: There are fewer than two parents, or more than eight.
            DuplicateParent: A model is named twice.
            UnknownLicence: The child's licence does not exist.
            LicenceAllowsMore: It allows what a parent version's does not: commercial use (1), a
                territory (2), a use case (3), derivatives (4), use without attribution (5).
        Besides everything that `fork` raises, parent by parent, the limits of all together last.
        """
        parents = tuple(Parent(*parent) for parent in parents)
        registration = Registration(*registration)
        if not FEWEST_MERGED <= len(parents) <= MOST_MERGED:
            raise ParentCountInvalid(len(parents), FEWEST_MERGED, MOST_MERGED)
        awaiting = tuple(
            parent.model_id
            for place, parent in enumerate(parents)
            if not self._require_mergeable(ctx, parent, parents[:place], registration.licence_id)
        )

        child_id = self._bear(ctx, parents, awaiting, registration)
        for parent in parents:
            approved = parent.model_id not in awaiting
            self.emit(ParentMerged(child_id, *parent, approved))
        self.emit(Merged(child_id, len(parents)))
        return child_id

    def approve_child(self, ctx: Context, child_id: int) -> None:
        """
        Approve a child for each of its parents that the caller owns.

        With the last approval it is active.

        Raises:
            NotPending: The model does not wait for approval.
            NotModelOwner: The caller owns none of the parents that it waits for.
        """
        awaiting = self.awaiting_of(ctx, child_id)
        if not awaiting:
            raise NotPending(child_id)
        registry = self._world.model_registry
        owners = {each: registry.owner_of(self.as_caller(ctx), each) for each in awaiting}
        left = tuple(each for each in awaiting if owners[each] != ctx.sender)
        if left == awaiting:
            raise NotModelOwner(awaiting[0], ctx.sender)

        self._awaiting[child_id] = left
        for parent_id in awaiting:
            if parent_id not in left:
                self.emit(ChildApproved(child_id, parent_id))

    def require_licence(self, ctx: Context, model_id: int, licence_id: int) -> None:
        """
        Refuse a licence that no version of a model may have, for what its parents' licences ask.

        Raises:
            UnknownLicence: There is no such licence, and the model is merged.
            LicenceAllowsMore: The model is merged, and it allows what a parent version's does not.
            PolicyLoosened: It asks for less than a parent's, whose policy binds derivatives.
        """
        registry, parents = self._world.model_registry, self.parents_of(ctx, model_id)
        for parent in parents:
            limit = registry.licence_of(self.as_caller(ctx), parent.model_id, parent.version)
            if len(parents) > 1:
                self._require_no_more(ctx, parent.model_id, limit, licence_id)
            self._require_kept(ctx, parent.model_id, limit, licence_id)

    def parents_of(self, ctx: Context, model_id: int) -> tuple[Parent, ...]:
        """Return a model's parents: one for a fork, two to eight for a merged model, else none."""
        del ctx
        parents: tuple[Parent, ...] = self._parents.get(model_id, ())
        return parents

    def awaiting_of(self, ctx: Context, model_id: int) -> tuple[int, ...]:
        """Return the parents whose owners have yet to approve a model, in the order named."""
        del ctx
        awaiting: tuple[int, ...] = self._awaiting.get(model_id, ())
        return awaiting

    def ancestors_of(self, ctx: Context, model_id: int) -> tuple[int, ...]:
        """Return the models that a model descends from, each once, the youngest first."""
        del ctx
        return tuple(ancestor for ancestor, _ in self._ancestors_of(model_id))

    def royalties_of(self, ctx: Context, model_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """
        Return who gets royalties when a model's revenue is distributed, and their shares (bps).

        Its parents where royalties are paid edge by edge, else all its ancestors, in this order.
        """
        if self._royalty_rule == EDGE:
            parents = self.parents_of(ctx, model_id)
            return (
                tuple(parent.model_id for parent in parents),
                tuple(parent.royalty_bps for parent in parents),
            )
        ancestors = self._ancestors_of(model_id)
        return tuple(each for each, _ in ancestors), tuple(share for _, share in ancestors)

    def depth_of(self, ctx: Context, model_id: int) -> int:
        """Return the number of generations above a model, 0 for one without parents."""
        del ctx
        depth: int = self._depths.get(model_id, 0)
        return depth

    def is_active(self, ctx: Context, model_id: int) -> bool:
        """Return whether a model is registered and awaits no approval."""
        registered = self._world.model_registry.latest_version(self.as_caller(ctx), model_id) != 0
        return registered and not self.awaiting_of(ctx, model_id)

    def royalty_rule(self, ctx: Context) -> int:
        """Return the rule of this deployment: 0 edge, 1 absolute, 2 leaf."""
        del ctx
        return self._royalty_rule

    def _bear(
        self,
        ctx: Context,
        parents: tuple[Parent, ...],
        awaiting: tuple[int, ...],
        registration: Registration,
    ) -> int:
        depth = self._require_room(ctx, parents)
        ancestors = self._require_ancestors(parents)
        registry = self._world.model_registry
        child_id = registry.register_for(self.as_caller(ctx), ctx.sender, registration)

        self._parents[child_id] = parents
        self._ancestors[child_id] = ancestors
        self._depths[child_id] = depth
        self._awaiting[child_id] = awaiting
        return child_id

    def _require_room(self, ctx: Context, parents: tuple[Parent, ...]) -> int:
        # The child's depth.
        royalty_sum = sum(parent.royalty_bps for parent in parents)
        maximum = self._world.parameter_store.get(self.as_caller(ctx), MAXIMUM_ROYALTY_SUM)
        if royalty_sum > maximum:
            raise RoyaltiesTooHigh(royalty_sum, maximum)
        depth = 1 + max(self.depth_of(ctx, parent.model_id) for parent in parents)
        if depth > MAXIMUM_DEPTH:
            raise LineageTooDeep(depth, MAXIMUM_DEPTH)
        return depth

    def _require_ancestors(self, parents: tuple[Parent, ...]) -> Ancestors:
        ancestors: Ancestors = ()
        for parent in parents:
            own = Ancestor(parent.model_id, parent.royalty_bps)
            line = (own, *self._ancestors_of(parent.model_id))
            ancestors = join(ancestors, line, self._royalty_rule)
        if len(ancestors) > MAXIMUM_ANCESTORS:
            raise TooManyAncestors(len(ancestors), MAXIMUM_ANCESTORS)
        stack = sum(share_bps for _, share_bps in ancestors)
        if self._royalty_rule == ABSOLUTE and stack > BPS:
            raise RoyaltyStackTooHigh(stack, BPS)
        return ancestors

    def _ancestors_of(self, model_id: int) -> Ancestors:
        ancestors: Ancestors = self._ancestors.get(model_id, ())
        return ancestors

    def _require_mergeable(
        self, ctx: Context, parent: Parent, before: Sequence[Parent], licence_id: int
    ) -> bool:
        if any(parent.model_id == other.model_id for other in before):
            raise DuplicateParent(parent.model_id)
        approved, limit = self._require_usable(ctx, parent)
        self._require_no_more(ctx, parent.model_id, limit, licence_id)
        self._require_kept(ctx, parent.model_id, limit, licence_id)
        return approved

    def _require_no_more(
        self, ctx: Context, parent_id: int, limit_id: int, licence_id: int
    ) -> None:
        reason = self._world.licences.exceeds(self.as_caller(ctx), licence_id, limit_id)
        if reason:
            raise LicenceAllowsMore(parent_id, licence_id, reason)

    def _require_kept(self, ctx: Context, parent_id: int, limit_id: int, licence_id: int) -> None:
        reason = self._world.policies.loosens(self.as_caller(ctx), licence_id, limit_id)
        if reason:
            raise PolicyLoosened(parent_id, licence_id, reason)

    def _require_usable(self, ctx: Context, parent: Parent) -> tuple[bool, int]:
        # Whether the parent's owner approves at birth: the licence asks for no approval, the caller
        # is the owner, or it has a fine-tune right, which is used up. And the licence.
        me = self.as_caller(ctx)
        registry = self._world.model_registry
        licence_id = registry.licence_of(me, parent.model_id, parent.version)
        if not registry.is_servable(me, parent.model_id, parent.version):
            raise VersionIsDeprecated(parent.model_id, parent.version)
        if self.awaiting_of(ctx, parent.model_id):
            raise ModelNotActive(parent.model_id)

        terms = self._world.licences.terms_of(me, licence_id)
        if terms.derivatives == DERIVATIVES_FORBIDDEN:
            raise DerivativesForbidden(parent.model_id)
        if parent.royalty_bps < terms.minimum_royalty_bps:
            raise RoyaltyBelowMinimum(
                parent.model_id, parent.royalty_bps, terms.minimum_royalty_bps
            )
        if terms.derivatives != DERIVATIVES_WITH_APPROVAL:
            return True, licence_id
        if registry.owner_of(me, parent.model_id) == ctx.sender:
            return True, licence_id
        return self._world.rights.use_fine_tune(me, parent.model_id, ctx.sender), licence_id
