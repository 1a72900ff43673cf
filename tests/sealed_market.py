"""A sealed model and somebody who asks for its key: what tests of key releases begin with."""

from typing import Any

from protocol.key_releases_terms import Request
from sim.streams import stream
from sim.workload.key_wrapping import KeyPair, draw_pair, wrap
from sim.workload.sealing import SealKey, draw_key
from tests.open_market import role
from tests.rights_market import RightsMarket

FEE = 5_000_003
ANSWERER = draw_pair(stream(7, "answerer"))


class SealedMarket(RightsMarket):
    """A model with rights whose first version is sealed, and an asker."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asker = role("asker")
        self.keeper = role("keeper")
        self.fund(self.asker, "key_releases")
        self.key: SealKey = draw_key(stream(7, "sealing"))
        self.pair: KeyPair = draw_pair(stream(7, "asker"))
        self.must(
            *("key_releases", "seal", self.model_id, 1, self.key.commitment),
            *(self.keeper.address, False, FEE),
            sender=self.creator,
        )

    def terms(self, rights_only: bool = False, fee: int = FEE) -> Any:
        """Change the terms."""
        terms = (self.model_id, 1, self.keeper.address, rights_only, fee)
        return self.call("key_releases", "set_terms", *terms, sender=self.creator)

    def ask(self, by: Any = None, maximum: int = FEE, pair: KeyPair | None = None) -> Any:
        """Ask for the key."""
        public = (pair or self.pair).public
        asked = (self.model_id, 1, public, maximum)
        return self.call("key_releases", "request", *asked, sender=by or self.asker)

    def request_of(self, request_id: int) -> Request:
        """Return a request; engines answer with plain tuples."""
        seen = self.view("key_releases", "request_of", request_id)
        return Request(*seen)

    def answer(self, request_id: int, key: bytes | None = None, by: Any = None) -> Any:
        """Answer a request with the key, or with another one."""
        asked = self.request_of(request_id)
        contract = self.address("key_releases")
        data_key = self.key.key if key is None else key
        wrapped = wrap(data_key, contract, request_id, asked.public_key, ANSWERER)
        return self.call("key_releases", "answer", request_id, *wrapped, sender=by or self.keeper)

    def complain(self, request_id: int, private: bytes | None = None, by: Any = None) -> Any:
        """Complain with the asker's private key."""
        shown = self.pair.private if private is None else private
        return self.call("key_releases", "complain", request_id, shown, sender=by or self.asker)

    def close(self, request_id: int, by: Any = None) -> Any:
        """End a request."""
        return self.call("key_releases", "close", request_id, sender=by or self.intruder)
