"""How whoever wants sealed weights comes by them: it asks, pays, waits, unwraps, and opens."""

from typing import TYPE_CHECKING

from protocol.key_releases_terms import ANSWERED, ASKED
from protocol.money import MAX_UINT256
from protocol.types import Call
from sim.agents.base import Actions, MarketAgent
from sim.catalogue import Listing
from sim.streams import stream
from sim.unit_book import base_units
from sim.workload.key_wrapping import KeyPair, Wrapped, draw_pair, unwrap
from sim.workload.sealing import is_key

if TYPE_CHECKING:
    from sim.market import Market

_Version = tuple[int, int]


class KeyRing:
    """The keys that one agent holds, and those that it asked for."""

    def __init__(self, market: "Market", agent: MarketAgent) -> None:
        self._market, self._agent = market, agent
        self._keys: dict[_Version, bytes] = {}
        self._waiting: dict[int, tuple[Listing, KeyPair]] = {}
        self._has_approved = False

    @property
    def waits(self) -> bool:
        """Whether a request is not answered yet."""
        return bool(self._waiting)

    def can_open(self, listing: Listing) -> bool:
        """Return whether the agent can read a version's weights now."""
        return listing.published.stored.form != "sealed" or _version(listing) in self._keys

    def price(self, listing: Listing) -> int | None:
        """
        Return what it would cost to read a version's weights, less what the right to it will bring
        by being sold on; None where that cannot be had: the rules refuse it and nobody sells the
        right, or the agent has not the money.
        """
        if self.can_open(listing):
            return 0
        market, cost, back = self._market, self._market.keys.fee_of(listing), 0
        if not market.keys.may_ask(listing, self._agent.address):
            asked = market.weights_rights.cheapest(listing, self._agent)
            if asked is None:
                return None
            cost, back = cost + asked.price, base_units(market.weights_rights.resold_for())
        cash = market.view("settlement_token", "balance_of", self._agent.address)
        return max(0, cost - back) if cost <= cash else None

    def ask(self, listing: Listing) -> Actions:
        """
        Ask for a version's key, with a key pair made for this request; buy the right to it first
        where that is missing.
        """
        if not self._market.keys.may_ask(listing, self._agent.address):
            yield from self._market.weights_rights.buy(self._agent, listing)
            if not self._market.keys.may_ask(listing, self._agent.address):
                return
        contract = self._market.world.addresses["key_releases"]
        if not self._has_approved:
            yield self._call("settlement_token", "approve", contract, MAX_UINT256)
            self._has_approved = True
        desk = self._market.keys
        number = len(desk.requests) + 1
        pair = draw_pair(stream(self._market.seed, f"{self._agent.name}/key-pair-{number}"))
        asked = (listing.model_id, listing.version, pair.public, desk.fee_of(listing))
        receipt = yield self._call("key_releases", "request", *asked)
        if receipt.ok:
            desk.note(receipt.value, self._agent.name, listing)
            self._waiting[receipt.value] = listing, pair

    def receive(self) -> Actions:
        """Unwrap what came; complain of what is not the key; forget what nobody answered."""
        desk, contract = self._market.keys, self._market.world.addresses["key_releases"]
        for request_id, (listing, pair) in list(self._waiting.items()):
            held = desk.status(request_id)
            if held.status == ASKED and self._market.now <= held.deadline:
                continue
            del self._waiting[request_id]
            if held.status != ANSWERED:
                continue
            key = unwrap(Wrapped(held.ephemeral_key, held.wrapped_key), contract, request_id, pair)
            if is_key(key, desk.commitment_of(listing)):
                self._keys[_version(listing)] = key
                self._market.weights_rights.note_read(self._agent, listing)
            else:
                yield self._call("key_releases", "complain", request_id, pair.private)

    def read(self, listing: Listing) -> bytes:
        """Return a version's file; raises WorkloadError where the key does not open it."""
        commitment = self._market.keys.commitment_of(listing)
        key = self._keys.get(_version(listing), b"")
        return self._market.workshop.read(listing.published, key, commitment)

    def _call(self, contract: str, function: str, *arguments: object) -> Call:
        return self._agent.call(contract, function, *arguments)


def _version(listing: Listing) -> _Version:
    return listing.model_id, listing.version
