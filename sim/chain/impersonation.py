"""A py-evm chain on which accounts act without signatures, and eth-tester's backend for it."""

from typing import Any

from eth.chains.base import MiningChain
from eth.consensus.applier import ConsensusApplier
from eth.consensus.noproof import NoProofConsensus
from eth.constants import GENESIS_PARENT_HASH
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlock, PragueBlockHeader
from eth.vm.forks.prague.transactions import PragueLegacyTransaction, PragueTransactionBuilder
from eth.vm.forks.shanghai.withdrawals import Withdrawal
from eth_tester import PyEVMBackend
from rlp.sedes import CountableList  # type: ignore[import-untyped]

from protocol.deployment import Deployment
from sim.chain.engine import BLOCK_GAS, TRANSACTION_GAS
from sim.chain.pyevm import Transaction

_MARKER = int.from_bytes(b"impersonated account", "big")
_UNSIGNED_V = 27
_COINBASE = bytes(20)


class ImpersonatedTransaction(PragueLegacyTransaction):
    """
    A legacy transaction that may say who sends it instead of proving it.

    Where `s` is the marker, `r` is the sender's address: the sender stands in the block itself, and
    is read back with it. No signature has that `s` but by a chance of one in 2^256. Such a block is
    valid on this chain alone, and says so to whoever looks at the signature.
    """

    @classmethod
    def of(cls, asked: Transaction, nonce: int) -> "ImpersonatedTransaction":
        """Return the free transaction that does what was asked."""
        fields = (nonce, 0, asked.gas, asked.to, asked.value, asked.data)
        made: ImpersonatedTransaction = cls(
            *fields, _UNSIGNED_V, int.from_bytes(asked.sender, "big"), _MARKER
        )
        return made

    def check_signature_validity(self) -> None:
        """Accept the marker as well as a signature."""
        if self.s != _MARKER:
            super().check_signature_validity()

    def get_sender(self) -> Any:
        """Return who sends it: as it says, or as the signature shows."""
        return self.r.to_bytes(20, "big") if self.s == _MARKER else super().get_sender()


class _Builder(PragueTransactionBuilder):
    legacy_signed = ImpersonatedTransaction


class _Block(PragueBlock):
    transaction_builder = _Builder
    fields = [  # noqa: RUF012 - as rlp declares them
        ("header", PragueBlockHeader),
        ("transactions", CountableList(_Builder)),
        ("uncles", CountableList(None, max_length=0)),
        ("withdrawals", CountableList(Withdrawal)),
    ]


class ImpersonatingVM(PragueVM):
    """Prague, with impersonated transactions."""

    block_class = _Block


def new_chain(deployment: Deployment) -> Any:
    """Return an empty chain whose first block comes at the time of genesis, with free gas."""
    vms = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((0, ImpersonatingVM),))

    class SimulatedChain(MiningChain):
        chain_id = deployment.chain_id
        vm_configuration = vms

        def create_header_from_parent(self, parent_header: Any, **params: Any) -> Any:
            params["gas_limit"] = parent_header.gas_limit
            # py-evm would read the clock.
            params.setdefault("timestamp", parent_header.timestamp + 1)
            return super().create_header_from_parent(parent_header, **params)

        def get_transaction_builder(self) -> Any:
            return _Builder

    genesis: dict[str, Any] = {
        "coinbase": _COINBASE,
        "difficulty": 0,
        "gas_limit": BLOCK_GAS,
        "mix_hash": bytes(32),
        "nonce": bytes(8),
        "base_fee_per_gas": 0,
        "timestamp": deployment.genesis_timestamp - 1,
    }
    return SimulatedChain.from_genesis(AtomicDB(), genesis, {})


class SimulatedBackend(PyEVMBackend):  # type: ignore[misc]
    """
    eth-tester's backend over a simulated chain: any account may send, and gas is free.

    Blocks carry no randomness, so that the same transactions make the same chain.
    """

    def __init__(self, chain: Any, default_sender: bytes) -> None:
        # Not the parent's: it would make a chain of its own, with keys and money.
        self.account_keys: tuple[Any, ...] = ()
        self.chain = chain
        self._default_sender = default_sender

    def get_accounts(self) -> tuple[bytes, ...]:
        """Return who acts where nobody is named."""
        return (self._default_sender,)

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = _COINBASE) -> tuple[bytes, ...]:
        """Mine what was sent."""
        return tuple(
            self.chain.mine_block(coinbase=coinbase, mix_hash=bytes(32), blob_gas_used=0).hash
            for _ in range(num_blocks)
        )

    def send_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Send in the name of any account; what the transaction offers for gas is not taken."""
        asked = Transaction(
            sender=transaction["from"],
            to=transaction.get("to", b""),
            data=transaction.get("data", b""),
            value=transaction.get("value", 0),
            gas=transaction.get("gas", TRANSACTION_GAS),
        )
        nonce = transaction.get("nonce", self.get_nonce(asked.sender, "pending"))
        sent = ImpersonatedTransaction.of(asked, nonce)
        self.chain.apply_transaction(sent)
        found: bytes = sent.hash
        return found

    def call(self, transaction: dict[str, Any], block_number: Any = "latest") -> bytes:
        """Call for free in the name of any account."""
        output: bytes = super().call(_free(transaction), block_number)
        return output

    def estimate_gas(self, transaction: dict[str, Any], block_number: Any = "latest") -> int:
        """Return the gas that a free transaction would need."""
        gas: int = super().estimate_gas(_free(transaction), block_number)
        return gas


def go_back(chain: Any, sealed: Any) -> None:
    """Make a sealed header the newest of a chain again."""
    chain.chaindb._set_as_canonical_chain_head(chain.chaindb.db, sealed, GENESIS_PARENT_HASH)


def _free(transaction: dict[str, Any]) -> dict[str, Any]:
    fees = ("max_fee_per_gas", "max_priority_fee_per_gas", "gas_price", "type")
    kept = {name: value for name, value in transaction.items() if name not in fees}
    return {**kept, "gas_price": 0}
