"""A managed market that keeps a ledger: what walks that judge invariants begin with."""

from dataclasses import dataclass, field
from typing import Any

from protocol.types import Call, Receipt
from sim.ledger import Ledger
from tests.managed_market import ManagedMarket


@dataclass
class NotedMarket(ManagedMarket):
    """A market whose calls a ledger notes, so that invariants can be judged."""

    ledger: Ledger = field(default_factory=Ledger)

    def call(self, contract: str, function: str, *arguments: Any, sender: Any) -> Receipt:
        receipt = super().call(contract, function, *arguments, sender=sender)
        address = getattr(sender, "address", sender)
        made = Call(contract, function, arguments, address, self.now)
        self.ledger.on_call(0, "somebody", made, receipt)
        return receipt
