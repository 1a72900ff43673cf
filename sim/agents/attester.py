"""The attester: for a fee it says of an account what strict licences ask for."""

from typing import TYPE_CHECKING

from protocol.attestations import Kind
from protocol.hashing import keccak
from protocol.types import Address
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent

if TYPE_CHECKING:
    from sim.market import Market

STATEMENT = keccak(b"the account's holder may use regulated models in its territory")


class Attester(MarketAgent):
    """One office, which has a kind of its own."""

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self.kind_id = 0

    def open_office(self) -> Actions:
        """Create the kind that strict licences name."""
        created = yield self.call("attestations", "create_kind", Kind(self.address, STATEMENT))
        self.kind_id = created.value

    def attest(self, account: Address) -> Actions:
        """Attest an account that paid."""
        until = self.market.now + self.market.scenario.licensing.attestation_validity
        yield self.call("attestations", "attest", self.kind_id, account, until)
