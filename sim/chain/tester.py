"""The same deployment as a chain of real blocks, behind eth-tester and web3.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from eth_tester import EthereumTester
from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.contract import Contract as Web3Contract
from web3.providers.eth_tester import EthereumTesterProvider
from web3.providers.eth_tester.defaults import API_ENDPOINTS

from protocol.deployment import Deployment
from sim.chain.codec import Outcome
from sim.chain.deployment import blueprints
from sim.chain.impersonation import (
    ImpersonatedTransaction,
    SimulatedBackend,
    go_back,
    new_chain,
)
from sim.chain.pyevm import PyEvmEngine, Transaction, outcome_of
from sim.trace import open_trace


class Snapshot(NamedTuple):
    """A written state, the open block above it, and the newest closed one."""

    root: bytes
    block_number: int
    timestamp: int
    sealed: Any
    pending: Any
    transactions: tuple[Any, ...]
    receipts: tuple[Any, ...]


class EthTesterEngine(PyEvmEngine):
    """
    py-evm as its makers assemble it: transactions in blocks, receipts, headers, tries.

    Nothing of the fast engine's short cuts is used but the way to read a view. Transactions carry
    their sender instead of a signature (see `ImpersonatedTransaction`). A block is open while the
    time stands still; `web3()` closes it.
    """

    name = "eth-tester"

    def __init__(self) -> None:
        super().__init__()
        self._chain: Any = None
        self._vm: Any = None
        self._header: Any = None
        self._opened: Any = None
        self._transactions: list[Any] = []
        self._receipts: list[Any] = []

    def web3(self) -> Web3:
        """
        Close the open block and return a web3 object over the chain.

        What is sent through it is mined at once, and the engine sees it.
        """
        if self._transactions:
            self._seal()
        endpoints = {
            **API_ENDPOINTS,
            "eth": {
                **API_ENDPOINTS["eth"],
                "chainId": lambda *_: self._chain_id,
                "maxPriorityFeePerGas": lambda *_: 0,
            },
            "net": {**API_ENDPOINTS["net"], "version": lambda *_: str(self._chain_id)},
        }
        tester = EthereumTester(SimulatedBackend(self._chain, self._deployer))
        return Web3(EthereumTesterProvider(tester, endpoints))

    def snapshot(self) -> Snapshot:  # type: ignore[override]
        """Return what `revert` takes to come back to this state; usable any number of times."""
        return Snapshot(
            self.state_root(),
            self.block_number,
            self.timestamp,
            self._chain.get_canonical_head(),
            self._header,
            tuple(self._transactions),
            tuple(self._receipts),
        )

    def revert(self, snapshot: Snapshot) -> None:  # type: ignore[override]
        """Come back to the state, the block and the time of a snapshot."""
        self.block_number, self.timestamp = snapshot.block_number, snapshot.timestamp
        go_back(self._chain, snapshot.sealed)
        self._open(snapshot.pending.copy(state_root=snapshot.root))
        self._transactions = list(snapshot.transactions)
        self._receipts = list(snapshot.receipts)

    def _start(self, deployment: Deployment) -> None:
        self._chain_id = deployment.chain_id
        self._chain = new_chain(deployment)
        self._open(self._chain.header.copy(timestamp=self.timestamp))

    def _mine(self) -> None:
        self._seal()
        header = self._chain.header.copy(timestamp=self.timestamp)
        self.block_number = header.block_number
        self._open(header)

    def _open(self, header: Any) -> None:
        self._chain.header = self._opened = self._header = header
        self._vm = self._chain.get_vm(header)
        self._state = self._vm.state
        self._transactions, self._receipts = [], []

    def _follow(self) -> None:
        # Blocks that web3 mined meanwhile.
        if self._chain.header is not self._opened:
            self._open(self._chain.header)
            self.block_number = self._header.block_number
            self.timestamp = self._header.timestamp

    def _advance(self, timestamp: int) -> None:
        self._follow()
        super()._advance(timestamp)

    def _read(self, target: bytes, content: bytes, timestamp: int) -> Outcome:
        self._follow()
        return super()._read(target, content, timestamp)

    def _look(self, message: Any, context: Any) -> Any:
        state = self._state
        start = state.snapshot()
        try:
            return state.computation_class.apply_message(state, message, context)
        finally:
            state.revert(start)

    def _seal(self) -> None:
        vm = self._vm
        block = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), self._header, self._transactions, self._receipts
        )
        sealed = vm.mine_block(
            block, coinbase=self._header.coinbase, mix_hash=bytes(32), blob_gas_used=0
        ).block
        self._chain.persist_block(sealed)
        self._open(self._chain.create_header_from_parent(sealed.header))

    def _apply(self, transaction: Transaction) -> tuple[Any, Outcome]:
        self._follow()
        nonce = self._state.get_nonce(transaction.sender)
        sent = ImpersonatedTransaction.of(transaction, nonce)
        receipt, computation = self._vm.apply_transaction(self._header, sent)
        gas = receipt.gas_used - self._header.gas_used
        self._header = self._vm.add_receipt_to_header(self._header, receipt)
        self._transactions.append(sent)
        self._receipts.append(receipt)
        self._state.lock_changes()
        return computation, outcome_of(computation, gas)


class Market(NamedTuple):
    """A simulated market behind web3: `contracts` are web3 contracts by the model's names."""

    w3: Web3
    contracts: Mapping[str, Web3Contract]


def market(engine: EthTesterEngine, deployment: Deployment) -> Market:
    """Return the market that an engine holds, for any web3 tool."""
    w3 = engine.web3()
    found = {
        part.name: w3.eth.contract(address=to_checksum_address(part.address), abi=part.abi)
        for part in blueprints(deployment)
    }
    return Market(w3, found)


def replayed_market(trace: Path, calls: int | None = None) -> Market:
    """
    Replay a run's trace (or its first calls) on a chain of its own, and return it.

    Raises:
        sim.errors.UserError: The file is no trace.
    """
    recorded = open_trace(trace)
    engine = EthTesterEngine()
    engine.deploy(recorded.deployment)
    for entry in recorded.entries():
        if calls is not None and entry.number > calls:
            break
        engine.execute(entry.call)
    return market(engine, recorded.deployment)
