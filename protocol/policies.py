"""Policies.sol: what a licence asks of its users beyond its terms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import OnlyGateway, UnknownKind
from protocol.licences import (
    ALLOWED,
    REFUSED_COMMERCIAL_USE,
    REFUSED_TERRITORY,
    REFUSED_USE_CASE,
    Terms,
)
from protocol.money import mul_div_up
from protocol.types import ZERO_HASH, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

REFUSED_ATTESTATION = 4
REFUSED_LIMIT = 5
REFUSED_CONSENT = 6
REFUSED_SECOND_SESSION = 7
BINDS_NOBODY = 8

REASONS = {
    REFUSED_COMMERCIAL_USE: "commercial use",
    REFUSED_TERRITORY: "territory",
    REFUSED_USE_CASE: "use case",
    REFUSED_ATTESTATION: "no attestation",
    REFUSED_LIMIT: "no calls left in the period",
    REFUSED_CONSENT: "no consent",
    REFUSED_SECOND_SESSION: "a second session under a limit",
}
"""What each reason says, in words."""


class Policy(NamedTuple):
    """
    What users must have, and how much they may use; zeros where nothing is asked for.

    `attested_territories` and `sensitive_use_cases` are bit sets of the classes (0 to 255) for
    which attestation and consent are asked for. A period has `period_epochs` epochs; the first one
    began at second zero. A policy that binds derivatives is one that forks and merges have to keep:
    they may ask for more, and for no less.
    """

    attestation_kind: int
    calls_per_period: int
    period_epochs: int
    binds_derivatives: bool
    attested_territories: int
    consent_purpose: bytes
    sensitive_use_cases: int

    def kind_for(self, use: "Use") -> int:
        """Return the kind of attestation that a use needs, 0 for none."""
        return self.attestation_kind if self.attested_territories >> use.territory & 1 else 0

    def purpose_for(self, use: "Use") -> bytes:
        """Return what a use needs consent to, zero for nothing."""
        is_sensitive = self.sensitive_use_cases >> use.use_case & 1
        return self.consent_purpose if is_sensitive else ZERO_HASH

    def attests(self, limit: "Policy") -> bool:
        """Return whether the attestation of another policy is asked for wherever that asks."""
        if not limit.attestation_kind:
            return True
        missing = limit.attested_territories & ~self.attested_territories
        return self.attestation_kind == limit.attestation_kind and not missing

    def consents(self, limit: "Policy") -> bool:
        """Return whether the consent of another policy is asked for wherever that asks."""
        if limit.consent_purpose == ZERO_HASH:
            return True
        missing = limit.sensitive_use_cases & ~self.sensitive_use_cases
        return self.consent_purpose == limit.consent_purpose and not missing

    def limits(self, limit: "Policy") -> bool:
        """
        Return whether no period of another policy has more calls than that allows.

        Periods that do not fit into each other overlap in one more than fit.
        """
        own, other = self.period_epochs, limit.period_epochs
        if not limit.calls_per_period:
            return True
        if not self.calls_per_period:
            return False
        touched = mul_div_up(other, 1, own) + bool(other % own and own % other)
        return touched * self.calls_per_period <= limit.calls_per_period


class Use(NamedTuple):
    """A use of a model, as a session states it, and the licence of the version that is used."""

    licence_id: int
    model_id: int
    user: Address
    commercial: bool
    territory: int
    use_case: int


@dataclass(eq=False)
class NoPolicy(ProtocolError):
    """The licence has no policy."""

    licence_id: int


@dataclass(eq=False)
class PolicyInvalid(ProtocolError):
    """A policy asks for something, and for nothing by half."""


@dataclass(frozen=True, slots=True)
class PolicyFixed(Event):
    """A licence has a policy, for ever."""

    licence_id: int
    creator: Address
    policy: Policy


@dataclass(frozen=True, slots=True)
class SensitiveUseLogged(Event):
    """Calls of a sensitive use case were settled, with the user's consent."""

    model_id: int
    user: Address
    purpose: bytes
    use_case: int
    epoch: int
    calls: int


NO_POLICY = Policy(0, 0, 0, False, 0, ZERO_HASH, 0)


class Policies(Contract):
    """
    Policies by licence, and what users used of their limits.

    An honest host loses nothing that it served: attestation and consent are judged by the epoch
    of the receipts, and of a limit no other host can use anything while the host's session is
    open.
    """

    NAME = "policies"
    SOLIDITY = "Policies"
    EVENTS = (PolicyFixed, SensitiveUseLogged)
    ERRORS = (NoPolicy, OnlyGateway, PolicyInvalid, UnknownKind)
    OBSERVED = (
        Observed("is_open", "_open"),
        Observed("policy_of", "_policies"),
        Observed("used_in", "_used"),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._epoch_seconds = world.deployment.values["epochSeconds"]
        self._policies = self.table()
        self._open = self.table()
        self._used = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the contracts that the policies ask, and the length of an epoch."""
        names = ("licences", "gateway", "consent_log", "attestations")
        addresses = tuple(deployment.addresses[name] for name in names)
        return (*addresses, deployment.values["epochSeconds"])

    def create_licence(self, ctx: Context, terms: Terms, policy: Policy) -> int:
        """
        Create a licence with a policy, and return its number; anyone may.

        Raises:
            PolicyInvalid: It asks for nothing, or for a kind without a territory, a purpose
                without a use case, calls without a period, or the other way round.
            UnknownKind: There is no such kind of attestation.
        """
        policy = Policy(*policy)
        if not _is_whole(policy):
            raise PolicyInvalid
        caller = self.as_caller(ctx)
        if policy.attestation_kind > self._world.attestations.kind_count(caller):
            raise UnknownKind(policy.attestation_kind)

        licence_id = self._world.licences.create(caller, terms)
        self._policies[licence_id] = policy
        self.emit(PolicyFixed(licence_id, ctx.sender, policy))
        return licence_id

    def admit(self, ctx: Context, use: Use) -> tuple[int, bool]:
        """
        Let a use begin, or say why not, as `check` does; and whether the licence has a policy.

        Where calls are limited the user has one session at a time with a model and licence.

        Raises:
            OnlyGateway: Another caller.
        """
        self._require_gateway(ctx)
        use = Use(*use)
        reason = self.check(ctx, use)
        policy = self._policies.get(use.licence_id)

        if reason == ALLOWED and policy is not None and policy.calls_per_period:
            self._open[use.licence_id, use.model_id, use.user] = True
        return reason, policy is not None

    def record(self, ctx: Context, use: Use, epoch: int, calls: int) -> int:
        """
        Count calls that are settled, and return 0, or what refuses them: 4, 5 or 6 as in `check`.

        Attestation and consent must have held at some moment of the epoch in which the calls were
        served. The licence's terms and what the session states never change, so they are not
        judged again.

        Raises:
            OnlyGateway: Another caller.
        """
        self._require_gateway(ctx)
        use, caller = Use(*use), self.as_caller(ctx)
        policy = self._policies.get(use.licence_id, NO_POLICY)
        first = epoch * self._epoch_seconds
        last = first + self._epoch_seconds - 1
        kind_id = policy.kind_for(use)
        if kind_id and not self._world.attestations.was_attested(
            caller, kind_id, use.user, first, last
        ):
            return REFUSED_ATTESTATION
        if policy.calls_per_period:
            key = (use.licence_id, use.model_id, use.user, epoch // policy.period_epochs)
            used = self._used.get(key, 0) + calls
            if used > policy.calls_per_period:
                return REFUSED_LIMIT
            self._used[key] = used
        purpose = policy.purpose_for(use)
        if purpose == ZERO_HASH:
            return ALLOWED
        if not self._world.consent_log.was_given(
            caller, use.user, purpose, use.model_id, first, last
        ):
            return REFUSED_CONSENT
        self.emit(SensitiveUseLogged(use.model_id, use.user, purpose, use.use_case, epoch, calls))
        return ALLOWED

    def leave(self, ctx: Context, use: Use) -> None:
        """
        End a use, so that the user may begin another.

        Raises:
            OnlyGateway: Another caller.
        """
        self._require_gateway(ctx)
        use = Use(*use)
        self._open[use.licence_id, use.model_id, use.user] = False

    def check(self, ctx: Context, use: Use) -> int:
        """
        Return 0 where a use may begin now, else what refuses it first.

        That is 1 commercial use, 2 the territory, 3 the use case (the licence's terms), 4 that
        there is no attestation, 5 that no calls are left in the period, 6 that there is no
        consent, 7 another session under the same limit.

        Raises:
            UnknownLicence: There is no such licence.
        """
        use, caller = Use(*use), self.as_caller(ctx)
        reason = self._world.licences.check(
            caller, use.licence_id, use.commercial, use.territory, use.use_case
        )
        policy = self._policies.get(use.licence_id)
        if reason or policy is None:
            return reason
        return self._check_policy(ctx, use, policy)

    def loosens(self, ctx: Context, licence_id: int, limit_id: int) -> int:
        """
        Return 0 where a licence asks for no less than another one, or that one binds nobody.

        Else what it asks less of, first: 4 the attestation, 5 the limit, 6 consent, 8 that
        derivatives are bound in turn.
        """
        del ctx
        limit: Policy = self._policies.get(limit_id, NO_POLICY)
        policy: Policy = self._policies.get(licence_id, NO_POLICY)
        if not limit.binds_derivatives:
            return ALLOWED
        kept = {
            REFUSED_ATTESTATION: policy.attests(limit),
            REFUSED_LIMIT: policy.limits(limit),
            REFUSED_CONSENT: policy.consents(limit),
            BINDS_NOBODY: policy.binds_derivatives,
        }
        return next((reason for reason, is_kept in kept.items() if not is_kept), ALLOWED)

    def policy_of(self, ctx: Context, licence_id: int) -> Policy:
        """
        Return a licence's policy.

        Raises:
            NoPolicy: It has none.
        """
        del ctx
        policy: Policy | None = self._policies.get(licence_id)
        if policy is None:
            raise NoPolicy(licence_id)
        return policy

    def used_in(
        self, ctx: Context, licence_id: int, model_id: int, user: Address, period: int
    ) -> int:
        """Return how many calls of a user to a model were settled in a period."""
        del ctx
        used: int = self._used.get((licence_id, model_id, user, period), 0)
        return used

    def is_open(self, ctx: Context, licence_id: int, model_id: int, user: Address) -> bool:
        """Return whether a user has a session open that counts towards a limit."""
        del ctx
        is_open: bool = self._open.get((licence_id, model_id, user), False)
        return is_open

    def _check_policy(self, ctx: Context, use: Use, policy: Policy) -> int:
        world, caller, now = self._world, self.as_caller(ctx), ctx.timestamp
        kind_id = policy.kind_for(use)
        if kind_id and not world.attestations.is_attested(caller, kind_id, use.user, now):
            return REFUSED_ATTESTATION
        who = (use.licence_id, use.model_id, use.user)
        if policy.calls_per_period:
            period = now // self._epoch_seconds // policy.period_epochs
            if self._used.get((*who, period), 0) >= policy.calls_per_period:
                return REFUSED_LIMIT
        purpose = policy.purpose_for(use)
        if purpose != ZERO_HASH and not world.consent_log.is_given(
            caller, use.user, purpose, use.model_id, now
        ):
            return REFUSED_CONSENT
        if policy.calls_per_period and self._open.get(who, False):
            return REFUSED_SECOND_SESSION
        return ALLOWED

    def _require_gateway(self, ctx: Context) -> None:
        if ctx.sender != self._world.gateway.address:
            raise OnlyGateway(ctx.sender)


def _is_whole(policy: Policy) -> bool:
    asked = (policy.attestation_kind != 0, policy.consent_purpose != ZERO_HASH)
    halves = (policy.attested_territories != 0, policy.sensitive_use_cases != 0)
    limited, timed = policy.calls_per_period != 0, policy.period_epochs != 0
    return (*asked, limited) == (*halves, timed) and (any(asked) or limited)
