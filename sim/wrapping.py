"""Models sold inside the account of another token: what it saves, and who is cheated by it."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from protocol.hashing import keccak, words
from protocol.marketplace import ModelSold
from protocol.model_registry_terms import Registration
from protocol.money import BPS
from protocol.types import ZERO_HASH, Address, Call
from sim.agents.base import Actions
from sim.agents.publisher import COLLECT_EVERY, Offer, Publisher
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

ACCOUNTS = "token_bound_accounts"
_MOVE = keccak(b"transferFrom(address,address,uint256)")[:4]
_PAY = keccak(b"transfer(address,uint256)")[:4]


@dataclass
class Wrapped:
    """A model in the account of a shell: whoever owns the shell earns what the model earns."""

    offer: Offer
    owner: Publisher
    shell_id: int
    account: Address

    @property
    def model_id(self) -> int:
        """The model inside."""
        return self.offer.listing.model_id


class WrappedSale(NamedTuple):
    """An attempt to buy a shell for what is in its account; amounts in base units."""

    tick: int
    model_id: int
    shell_id: int
    seller: str
    buyer: str
    price: int
    avoided: int
    outcome: str


class Wrapping:
    """
    Who puts models into accounts, and what becomes of them.

    A shell is a token that asks no royalty, so a sale of the shell pays none, whatever its account
    holds. A model inside serves as before, and its owner's share reaches the account; its terms
    stay as they are, for an account sets no tariff and publishes no version.
    """

    def __init__(self, market: "Market") -> None:
        self._market, self._rules = market, market.scenario.population.collectors
        self.is_used = self._rules.wrapping != "never"
        self.inside: dict[int, Wrapped] = {}
        self.attempts: list[WrappedSale] = []
        self.tick: Counter[str] = Counter()
        self._shells: dict[tuple[str, int], tuple[int, Address]] = {}
        self._empties: dict[str, bool] = {}
        self._known: set[str] = set()
        """Who has emptied an account that was for sale: the chain shows it to everybody."""

    def of(self, owner: Publisher) -> list[Wrapped]:
        """Return what an owner has in accounts."""
        return [each for each in self.inside.values() if each.owner is owner]

    def is_shunned(self, seller: Publisher, model_id: int) -> bool:
        """Whether nobody buys a model because its seller has emptied an account before."""
        return model_id in self.inside and seller.name in self._known

    def may_wrap(self, owner: Publisher, offer: Offer) -> bool:
        """
        Whether to sell a model in an account: what only its owner may do must be done before, and
        nobody buys accounts of who has emptied one.
        """
        is_free = offer.has_circuit and offer.listing.model_id not in self.inside
        return self.is_used and is_free and owner.name not in self._known

    def wrap(self, owner: Publisher, offer: Offer) -> Actions:
        """Put a model into the account of a shell, made for it where there is none."""
        model_id = offer.listing.model_id
        shell = self._shells.get((owner.name, model_id))
        if shell is None:
            registration = self._registration(owner, offer)
            registered = yield owner.call("model_registry", "register", registration)
            deployment = self._market.world.deployment
            registry = deployment.addresses["model_registry"]
            token = (ZERO_HASH, deployment.chain_id, registry, registered.value)
            created = yield owner.call(ACCOUNTS, "create_account", deployment.account_code, *token)
            shell = self._shells[owner.name, model_id] = (registered.value, created.value)
            owner.costs += self._rules.wrapping_cost
        shell_id, account = shell
        move = ("transfer_from", owner.address, account, model_id)
        moved = yield owner.call("model_registry", *move)
        if moved.ok:
            owner.offers.remove(offer)
            self.inside[model_id] = Wrapped(offer, owner, shell_id, account)

    def purchase(self, buyer: Publisher, model_id: int, price: int) -> Call:
        """Return the call that buys a model; between look and call the seller may act."""
        wrapped = self.inside.get(model_id)
        if wrapped is None:
            return buyer.call("marketplace", "buy", model_id, price)
        seen = self._market.view(ACCOUNTS, "state_of", wrapped.shell_id)
        if self._would_empty(wrapped.owner):
            self._market.perform(wrapped.owner, self._empty(wrapped))
        if self._rules.names_state == "always":
            arguments = (wrapped.shell_id, price, seen)
            return buyer.call("marketplace", "buy_with_account", *arguments)
        return buyer.call("marketplace", "buy", wrapped.shell_id, price)

    def bought(
        self, wrapped: Wrapped, buyer: Publisher, price: int, sale: ModelSold | None
    ) -> None:
        """Note what came of an attempt to buy a shell; hand over what its account holds."""
        emptied = wrapped.model_id not in self.inside
        outcome = "refused" if sale is None else "emptied" if emptied else "sold"
        view = self._market.view
        _, due = view("model_registry", "royalty_info", wrapped.model_id, price)
        avoided = due if outcome == "sold" else 0
        names = (wrapped.owner.name, buyer.name)
        place = (self._market.tick, wrapped.model_id, wrapped.shell_id, *names)
        self.attempts.append(WrappedSale(*place, price, avoided, outcome))
        self.tick[outcome] += 1
        self.tick["avoided"] += avoided
        self.tick["paid for nothing"] += price if outcome == "emptied" else 0
        if sale is not None:
            self._shells.pop((wrapped.owner.name, wrapped.model_id), None)
        if outcome == "sold":
            shell = (wrapped.shell_id, wrapped.account)
            self._shells[buyer.name, wrapped.model_id] = shell
            wrapped.owner = buyer

    def cash(self, model_id: int) -> int:
        """Return what the account that a model is in holds and is owed: it is sold with it."""
        wrapped = self.inside.get(model_id)
        if wrapped is None:
            return 0
        held = self._market.view("settlement_token", "balance_of", wrapped.account)
        return int(held + self._market.view("revenue", "owed_to", wrapped.account))

    def collect(self, owner: Publisher) -> Actions:
        """Now and then distribute what models in accounts accrued, and pay it out to the owner."""
        view = self._market.view
        if self._market.tick % COLLECT_EVERY and not self._market.is_last_tick:
            return
        for each in self.of(owner):
            if view("revenue", "accrued_of", each.model_id):
                yield owner.call("revenue", "distribute", each.model_id)
            if view("revenue", "owed_to", each.account):
                yield owner.call("revenue", "withdraw", each.account)
            held = view("settlement_token", "balance_of", each.account)
            if held:
                yield self._act(each, "settlement_token", _PAY + words(owner.address, held))

    def _empty(self, wrapped: Wrapped) -> Actions:
        owner = wrapped.owner
        move = words(wrapped.account, owner.address, wrapped.model_id)
        receipt = yield self._act(wrapped, "model_registry", _MOVE + move)
        if receipt.ok:
            self._known.add(owner.name)
            del self.inside[wrapped.model_id]
            owner.offers.append(wrapped.offer)

    def _act(self, wrapped: Wrapped, contract: str, data: bytes) -> Call:
        target = self._market.world.addresses[contract]
        return wrapped.owner.call(ACCOUNTS, "act", wrapped.shell_id, target, data)

    def _would_empty(self, owner: Publisher) -> bool:
        if owner.name not in self._empties:
            drawn = stream(self._market.seed, f"{owner.name}/accounts").random()
            self._empties[owner.name] = bool(drawn < self._rules.emptying)
        return self._empties[owner.name]

    def _registration(self, owner: Publisher, offer: Offer) -> Registration:
        """Return a shell's: its URI names what is inside, it asks no royalty, and is no network."""
        view, listing = self._market.view, offer.listing
        return Registration(
            metadata_uri=view("model_registry", "token_uri", listing.model_id),
            weights_hash=keccak(words(owner.address, listing.model_id, self._market.tick)),
            storage_uri="",
            architecture="none",
            parameter_count=0,
            licence_id=self._market.shelf.licence_of(listing),
            resale_royalty_bps=0,
            contributors=(owner.address,),
            shares_bps=(BPS,),
        )
