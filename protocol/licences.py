"""Licences: machine-readable terms, immutable once created."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from protocol.contract import Contract, Observed
from protocol.errors import UnknownLicence
from protocol.money import BPS
from protocol.types import Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

DERIVATIVES_FORBIDDEN = 0
DERIVATIVES_WITH_APPROVAL = 1
DERIVATIVES_FREE = 2

ALLOWED = 0
REFUSED_COMMERCIAL_USE = 1
REFUSED_TERRITORY = 2
REFUSED_USE_CASE = 3
REFUSED_DERIVATIVES = 4
REFUSED_ATTRIBUTION = 5

ALL_CLASSES = 2**256 - 1
"""The bit set that allows every territory, or every use case."""


class Terms(NamedTuple):
    """
    What a licence allows.

    `derivatives` is 0 for none, 1 with the approval of the parent's owner, 2 free.
    `territories` and `use_cases` are bit sets of the classes (0 to 255) that are allowed.
    """

    commercial_use: bool
    derivatives: int
    minimum_royalty_bps: int
    attribution: bool
    territories: int
    use_cases: int


@dataclass(eq=False)
class InvalidDerivatives(ProtocolError):
    """Derivatives are 0 (none), 1 (with approval) or 2 (free)."""

    derivatives: int


@dataclass(eq=False)
class RoyaltyAboveWhole(ProtocolError):
    """No royalty exceeds the whole."""

    minimum_royalty_bps: int


@dataclass(frozen=True, slots=True)
class LicenceCreated(Event):
    """A licence exists from now on, its terms fixed."""

    licence_id: int
    creator: Address
    terms: Terms


class Licences(Contract):
    """Terms by number, from 1."""

    NAME = "licences"
    SOLIDITY = "Licences"
    EVENTS = (LicenceCreated,)
    ERRORS = (InvalidDerivatives, RoyaltyAboveWhole, UnknownLicence)
    OBSERVED = (Observed("count"), Observed("terms_of", "_terms"))

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._count = self.cell(0)
        self._terms = self.table()

    def create(self, ctx: Context, terms: Terms) -> int:
        """
        Fix new terms, and return their licence's number.

        Raises:
            InvalidDerivatives: `derivatives` is above 2.
            RoyaltyAboveWhole: `minimum_royalty_bps` is above 10,000.
        """
        terms = Terms(*terms)
        if terms.derivatives > DERIVATIVES_FREE:
            raise InvalidDerivatives(terms.derivatives)
        if terms.minimum_royalty_bps > BPS:
            raise RoyaltyAboveWhole(terms.minimum_royalty_bps)

        licence_id: int = self._count.value + 1
        self._count.value = licence_id
        self._terms[licence_id] = terms
        self.emit(LicenceCreated(licence_id, ctx.sender, terms))
        return licence_id

    def terms_of(self, ctx: Context, licence_id: int) -> Terms:
        """
        Return a licence's terms.

        Raises:
            UnknownLicence: There is no such licence.
        """
        del ctx
        terms: Terms | None = self._terms.get(licence_id)
        if terms is None:
            raise UnknownLicence(licence_id)
        return terms

    def count(self, ctx: Context) -> int:
        """Return how many licences there are."""
        del ctx
        count: int = self._count.value
        return count

    def check(
        self, ctx: Context, licence_id: int, commercial: bool, territory: int, use_case: int
    ) -> int:
        """
        Return 0 where the terms allow a use, else what they refuse first.

        That is 1 for commercial use, 2 for the territory, 3 for the use case.

        Raises:
            UnknownLicence: There is no such licence.
        """
        terms = self.terms_of(ctx, licence_id)
        if commercial and not terms.commercial_use:
            return REFUSED_COMMERCIAL_USE
        if not terms.territories >> territory & 1:
            return REFUSED_TERRITORY
        if not terms.use_cases >> use_case & 1:
            return REFUSED_USE_CASE
        return ALLOWED

    def exceeds(self, ctx: Context, licence_id: int, limit_id: int) -> int:
        """
        Return 0 where a licence allows no more than another one, else what it allows first.

        That is 1 for commercial use, 2 for a territory, 3 for a use case, 4 for derivatives, 5 for
        use without attribution. The royalty is a price, and not compared.

        Raises:
            UnknownLicence: There is no such licence.
        """
        terms, limit = self.terms_of(ctx, licence_id), self.terms_of(ctx, limit_id)
        more = {
            REFUSED_COMMERCIAL_USE: terms.commercial_use and not limit.commercial_use,
            REFUSED_TERRITORY: terms.territories & ~limit.territories != 0,
            REFUSED_USE_CASE: terms.use_cases & ~limit.use_cases != 0,
            REFUSED_DERIVATIVES: terms.derivatives > limit.derivatives,
            REFUSED_ATTRIBUTION: limit.attribution and not terms.attribution,
        }
        return next((reason for reason, allows in more.items() if allows), ALLOWED)
