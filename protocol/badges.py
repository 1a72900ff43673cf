"""Badges.sol: a soulbound token per contributor of a model (ERC-5192)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.openzeppelin.erc721 import ERC721
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

ERC5192_INTERFACE = bytes.fromhex("b45a3c0e")


class Badge(NamedTuple):
    """What a badge says: who contributed to a model, and with which share (basis points)."""

    model_id: int
    contributor: Address
    share_bps: int
    awarded_at: int


@dataclass(eq=False)
class BadgeIsSoulbound(ProtocolError):
    """A badge stays with the contributor whom it names."""

    badge_id: int


@dataclass(eq=False)
class BadgeKnown(ProtocolError):
    """The contributor has the model's badge already."""

    badge_id: int


@dataclass(eq=False)
class NotContributor(ProtocolError):
    """The registry does not name the account among the model's contributors."""

    model_id: int
    account: Address


@dataclass(frozen=True, slots=True)
class BadgeAwarded(Event):
    """A contributor has a badge from now on."""

    badge_id: int
    model_id: int
    contributor: Address
    share_bps: int


@dataclass(frozen=True, slots=True)
class Locked(Event):
    """A token cannot be transferred."""

    token_id: int


class Badges(ERC721):
    """The badges: what the registry records of contributors, in their own wallets."""

    NAME = "badges"
    SOLIDITY = "Badges"
    TOKEN_NAME = "Model NFT Contributor"
    TOKEN_SYMBOL = "CONTRIBUTOR"
    EVENTS: ClassVar[tuple[type[Event], ...]] = (*ERC721.EVENTS, BadgeAwarded, Locked)
    ERRORS: ClassVar[tuple[type[ProtocolError], ...]] = (
        *ERC721.ERRORS,
        BadgeIsSoulbound,
        BadgeKnown,
        NotContributor,
    )
    OBSERVED: ClassVar[tuple[Observed, ...]] = (
        *ERC721.OBSERVED,
        Observed("badge_id_of", "_badge_ids"),
        Observed("badge_of", "_badges"),
        Observed("count"),
        Observed("locked", "_badges"),
        Observed("token_uri", "_badges"),
    )
    # ERC-5192 has the event; nothing is ever unlocked.
    UNMODELLED = ERC721.UNMODELLED | {"Unlocked"}

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._count = self.cell(0)
        self._badges = self.table()
        self._badge_ids = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the address of the registry."""
        return (deployment.addresses["model_registry"],)

    def award(self, ctx: Context, model_id: int, contributor: Address) -> int:
        """
        Mint a contributor's badge to the contributor, and return its number; anyone may.

        Raises:
            UnknownModel: There is no such model.
            NotContributor: The registry does not name the account among its contributors.
            BadgeKnown: The contributor has the model's badge.
        """
        contributors, shares_bps = self._world.model_registry.contributors_of(
            self.as_caller(ctx), model_id
        )
        if contributor not in contributors:
            raise NotContributor(model_id, contributor)
        if (model_id, contributor) in self._badge_ids:
            raise BadgeKnown(self._badge_ids[model_id, contributor])
        share_bps = shares_bps[contributors.index(contributor)]

        badge_id: int = self._count.value + 1
        self._count.value = badge_id
        self._badges[badge_id] = Badge(model_id, contributor, share_bps, ctx.timestamp)
        self._badge_ids[model_id, contributor] = badge_id
        self._mint(contributor, badge_id)
        self.emit(Locked(badge_id))
        self.emit(BadgeAwarded(badge_id, model_id, contributor, share_bps))
        return badge_id

    def locked(self, ctx: Context, token_id: int) -> bool:
        """
        Return whether a badge cannot be transferred: none ever can.

        Raises:
            ERC721NonexistentToken: There is no such badge.
        """
        del ctx
        self._require_owned(token_id)
        return True

    def badge_of(self, ctx: Context, badge_id: int) -> Badge:
        """
        Return what a badge says.

        Raises:
            ERC721NonexistentToken: There is no such badge.
        """
        del ctx
        self._require_owned(badge_id)
        badge: Badge = self._badges[badge_id]
        return badge

    def badge_id_of(self, ctx: Context, model_id: int, contributor: Address) -> int:
        """Return the badge of a contributor of a model, 0 for none."""
        del ctx
        badge_id: int = self._badge_ids.get((model_id, contributor), 0)
        return badge_id

    def count(self, ctx: Context) -> int:
        """Return how many badges there are."""
        del ctx
        count: int = self._count.value
        return count

    def token_uri(self, ctx: Context, token_id: int) -> str:
        """
        Return where a badge is described: its model's document names contributors and shares.

        Raises:
            ERC721NonexistentToken: There is no such badge.
        """
        self._require_owned(token_id)
        model_id = self._badges[token_id].model_id
        return self._world.model_registry.token_uri(self.as_caller(ctx), model_id)

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract implements an ERC-165 interface (4 bytes)."""
        return interface_id == ERC5192_INTERFACE or super().supports_interface(ctx, interface_id)

    def _update(self, to: Address, token_id: int, authorized: Address) -> Address:
        if self._owners.get(token_id, ZERO_ADDRESS) != ZERO_ADDRESS:
            raise BadgeIsSoulbound(token_id)
        return super()._update(to, token_id, authorized)
