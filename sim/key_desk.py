"""Sealed versions and requests for their keys, as anyone can see them on chain."""

from typing import TYPE_CHECKING, NamedTuple

from protocol.key_releases_terms import ANSWERED, ASKED, Request
from protocol.types import Address
from sim.catalogue import Listing

if TYPE_CHECKING:
    from sim.market import Market


class Asked(NamedTuple):
    """A request, when it was made, by whom and for what."""

    request_id: int
    tick: int
    asker: str
    listing: Listing


class KeyDesk:
    """Who asked whom for which key; where nothing is sealed nobody ever asks."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self.requests: list[Asked] = []
        self._open: dict[int, Asked] = {}

    def note(self, request_id: int, asker: str, listing: Listing) -> None:
        """Take in a request that was just made."""
        asked = Asked(request_id, self._market.tick, asker, listing)
        self.requests.append(asked)
        self._open[request_id] = asked

    def status(self, request_id: int) -> Request:
        """Return a request as it is now."""
        asked: Request = self._market.view("key_releases", "request_of", request_id)
        return asked

    def fee_of(self, listing: Listing) -> int:
        """Return what a version's key costs."""
        return int(
            self._market.view("key_releases", "sealing_of", listing.model_id, listing.version).fee
        )

    def commitment_of(self, listing: Listing) -> bytes:
        """Return the hash of a version's key."""
        sealing = self._market.view("key_releases", "sealing_of", listing.model_id, listing.version)
        return bytes(sealing.key_hash)

    def may_ask(self, listing: Listing, asker: Address) -> bool:
        """Return whether the rules let somebody ask for a version's key."""
        return bool(
            self._market.view("key_releases", "may_ask", listing.model_id, listing.version, asker)
        )

    def unanswered(self, model_id: int) -> list[Asked]:
        """Return the requests for keys of a model that wait for an answer."""
        return [
            each
            for each in self._open.values()
            if each.listing.model_id == model_id and self.status(each.request_id).status == ASKED
        ]

    def overdue(self, model_id: int) -> list[int]:
        """Return the requests for keys of a model that can be closed, and forget them."""
        due = []
        for request_id, asked in list(self._open.items()):
            if asked.listing.model_id != model_id:
                continue
            held = self.status(request_id)
            if held.status not in (ASKED, ANSWERED):
                del self._open[request_id]
            elif self._market.now > held.deadline:
                due.append(request_id)
                del self._open[request_id]
        return due
