"""How owners seal what they publish, answer requests for keys, and are paid for them."""

from typing import TYPE_CHECKING

from protocol.types import Address
from sim.agents.base import Actions
from sim.streams import stream
from sim.workload.key_wrapping import draw_pair, wrap
from sim.workload.publishing import Published
from sim.workload.sealing import SealKey, draw_key
from sim.workload.store import Cid

if TYPE_CHECKING:
    from sim.agents.publisher import Publisher
    from sim.market import Market


class KeyKeeper:
    """The keys of what one owner made; it keeps them when a model is sold."""

    def __init__(self, market: "Market", owner: "Publisher") -> None:
        self._market, self._owner = market, owner
        self._drawn: dict[Cid, SealKey] = {}
        self._keys: dict[tuple[int, int], SealKey] = {}

    def new_key(self) -> SealKey | None:
        """Return a key for the next file; None where the owner publishes in the clear."""
        if not self._owner.seals or self._market.scenario.workload.weights == "open":
            return None
        return draw_key(stream(self._market.seed, f"{self._owner.name}/key-{len(self._drawn) + 1}"))

    def keep(self, published: Published, key: SealKey | None) -> None:
        """Keep the key of a file."""
        if key is not None:
            self._drawn[published.cid] = key

    def commit(self, model_id: int, version: int, published: Published) -> Actions:
        """Commit to the key of a version that was just registered, if it is sealed."""
        key = self._drawn.get(published.cid)
        if key is None:
            return
        creators = self._market.scenario.population.creators
        by_right = bool(creators.rights.weights_rights)
        terms = (key.commitment, self._owner.address, by_right, creators.key_fee)
        receipt = yield self._owner.call("key_releases", "seal", model_id, version, *terms)
        if receipt.ok:
            self._keys[model_id, version] = key

    def release(self) -> Actions:
        """Answer requests: the rules have judged them, and only answers are paid."""
        contract: Address = self._market.world.addresses["key_releases"]
        for (model_id, version), key in self._keys.items():
            for asked in self._market.keys.unanswered(model_id):
                if asked.listing.version != version:
                    continue
                number = asked.request_id
                public_key = self._market.keys.status(number).public_key
                own = draw_pair(stream(self._market.seed, f"{self._owner.name}/answer-{number}"))
                wrapped = wrap(key.key, contract, number, public_key, own)
                yield self._owner.call("key_releases", "answer", number, *wrapped)

    def close(self, model_id: int) -> Actions:
        """End requests whose time is over, so that their fees reach the model."""
        for request_id in self._market.keys.overdue(model_id):
            yield self._owner.call("key_releases", "close", request_id)
