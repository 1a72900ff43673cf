"""A model is sold with what its account holds, and the seller empties the account before."""

from typing import NamedTuple

import pytest

from protocol.hashing import keccak, words
from protocol.marketplace import AccountChanged, ModelSold
from protocol.money import BPS, WAD
from protocol.token_bound_accounts import AccountActed
from protocol.types import ZERO_HASH, Address
from tests.open_market import OpenMarket, role

PRICE = 100 * WAD
MOVE = "transferFrom(address,address,uint256)"
FOR_ALL = "setApprovalForAll(address,bool)"
SELLER, BUYER, ACCOMPLICE = role("seller"), role("collector"), role("accomplice")


class Wrapped(NamedTuple):
    """A model with a royalty, inside the account of a shell without one, which is for sale."""

    market: OpenMarket
    inner: int
    shell: int
    account: Address

    def act(self, signature: str, *arguments):
        market = self.market
        data = keccak(signature.encode())[:4] + words(*arguments)
        call = ("token_bound_accounts", "act", self.shell, market.address("model_registry"), data)
        return market.events(market.call(*call, sender=SELLER))

    def empty(self) -> None:
        self.act(MOVE, self.account, SELLER.address, self.inner)

    def state(self) -> int:
        return self.market.view("token_bound_accounts", "state_of", self.shell)

    def owner(self, model_id: int) -> Address:
        return self.market.view("model_registry", "owner_of", model_id)


@pytest.fixture
def wrapped(machine) -> Wrapped:
    market = OpenMarket(machine.executor, machine.deployment)
    market.fund(BUYER, "marketplace")
    ids = []
    for name, royalty_bps in (("inner", 1_000), ("shell", 0)):
        registration = market.registration(name, {SELLER.address: BPS})
        registration = registration._replace(resale_royalty_bps=royalty_bps)
        ids.append(market.must("model_registry", "register", registration, sender=SELLER))
    inner, shell = ids
    token = (ZERO_HASH, machine.deployment.chain_id, market.address("model_registry"), shell)
    create = ("token_bound_accounts", "create_account", machine.deployment.account_code, *token)
    account = market.must(*create, sender=SELLER)
    move = ("model_registry", "transfer_from", SELLER.address, account, inner)
    market.must(*move, sender=SELLER)
    spender = market.address("marketplace")
    market.must("model_registry", "approve", spender, shell, sender=SELLER)
    until = market.now + 1
    market.must("marketplace", "list", shell, PRICE, BPS, until, sender=SELLER)
    return Wrapped(market, inner, shell, account)


def test_who_names_no_state_pays_for_an_empty_account(wrapped):
    wrapped.empty()

    wrapped.market.must("marketplace", "buy", wrapped.shell, PRICE, sender=BUYER)

    assert wrapped.owner(wrapped.shell) == BUYER.address
    assert wrapped.owner(wrapped.inner) == SELLER.address
    assert wrapped.market.view("marketplace", "owed_to", SELLER.address) > PRICE * 9 // 10


def test_who_names_the_state_that_it_saw_keeps_its_money(wrapped):
    seen = wrapped.state()
    before = wrapped.market.view("settlement_token", "balance_of", BUYER.address)
    wrapped.empty()

    purchase = ("marketplace", "buy_with_account", wrapped.shell, PRICE, seen)
    refused = wrapped.market.refusal(*purchase, sender=BUYER)

    assert refused == AccountChanged(wrapped.shell, seen, seen + 1)
    assert wrapped.market.view("settlement_token", "balance_of", BUYER.address) == before


def test_an_account_left_alone_is_sold_with_what_it_holds(wrapped):
    purchase = ("marketplace", "buy_with_account", wrapped.shell, PRICE, wrapped.state())
    wrapped.market.must(*purchase, sender=BUYER)

    assert wrapped.owner(wrapped.shell) == BUYER.address
    assert wrapped.owner(wrapped.inner) == wrapped.account
    back = (MOVE, wrapped.account, BUYER.address, wrapped.inner)
    data = keccak(back[0].encode())[:4] + words(*back[1:])
    registry = wrapped.market.address("model_registry")
    act = ("token_bound_accounts", "act", wrapped.shell, registry, data)
    wrapped.market.must(*act, sender=BUYER)
    assert wrapped.owner(wrapped.inner) == BUYER.address


def test_no_state_tells_of_an_allowance_that_stands_but_the_acts_of_the_account_do(wrapped):
    """A known limit: whoever buys looks at what the account has done, not only at the state."""
    acts = wrapped.act(FOR_ALL, ACCOMPLICE.address, True)
    purchase = ("marketplace", "buy_with_account", wrapped.shell, PRICE, wrapped.state())
    wrapped.market.must(*purchase, sender=BUYER)

    theft = ("model_registry", "transfer_from", wrapped.account, SELLER.address, wrapped.inner)
    wrapped.market.must(*theft, sender=ACCOMPLICE)

    assert wrapped.owner(wrapped.inner) == SELLER.address
    assert [event.selector for event in acts if isinstance(event, AccountActed)] == [
        keccak(FOR_ALL.encode())[:4]
    ]


def test_a_sale_inside_an_account_pays_no_royalty_of_the_model_in_it(wrapped):
    """A known limit: the marketplace sees the token that is sold, not what its account holds."""
    bought = wrapped.market.call("marketplace", "buy", wrapped.shell, PRICE, sender=BUYER)

    (sale,) = [event for event in wrapped.market.events(bought) if isinstance(event, ModelSold)]
    _, due = wrapped.market.view("model_registry", "royalty_info", wrapped.inner, PRICE)
    assert (sale.royalty, sale.royalty_due, due) == (0, 0, PRICE // 10)
