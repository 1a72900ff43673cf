"""The default engine: py-evm, each call straight to the VM's state."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, cast

from eth.db.atomic import AtomicDB
from eth.exceptions import Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor
from eth.vm.message import Message
from trie.constants import BLANK_NODE_HASH

from protocol.deployment import Deployment
from protocol.hashing import create_address
from protocol.types import Address
from sim.chain.abi import address_bytes
from sim.chain.accounts import Accounts
from sim.chain.codec import Outcome, RawLog
from sim.chain.engine import BLOCK_GAS, HALT_REASONS, TRANSACTION_GAS, Engine, intrinsic_gas
from sim.chain.interpreter import Interpreter
from sim.chain.precompiles import accelerated

# py-evm's own types tell addresses and hashes from bytes; here all are bytes.
_Message: Any = Message
_ExecutionContext: Any = ExecutionContext
_TransactionContext: Any = CancunTransactionContext

_COINBASE = bytes(20)
_LEGACY = 0
_CREATION = 32_000
"""What a creation costs beyond a call (EIP-2)."""


class Transaction(NamedTuple):
    """What py-evm's executor reads of a transaction; the sender is given, not signed for."""

    sender: bytes
    to: bytes
    data: bytes
    value: int
    intrinsic_gas: int = 0
    gas: int = TRANSACTION_GAS
    gas_price: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    type_id: int = _LEGACY
    access_list: Sequence[Any] = ()


class Snapshot(NamedTuple):
    """A state that was written to the database, and the block it belongs to."""

    root: bytes
    block_number: int
    timestamp: int


class _Executor(PragueTransactionExecutor):
    """py-evm's executor without signatures, fees and log lines; all gas rules are its own."""

    def __call__(self, transaction: Any) -> Any:
        state = self.vm_state
        sender, to = transaction.sender, transaction.to
        state.increment_nonce(sender)
        if to:
            code, created = state.get_code(to), None
        else:
            code = transaction.data
            nonce = state.get_nonce(sender) - 1
            created = address_bytes(create_address(Address("0x" + sender.hex()), nonce))
        message = _Message(
            gas=transaction.gas - transaction.intrinsic_gas,
            to=to,
            sender=sender,
            value=transaction.value,
            data=transaction.data if to else b"",
            code=code,
            create_address=created,
        )
        computation = self.build_computation(message, transaction)
        self.finalize_computation(transaction, computation)
        state.clear_transient_storage()
        return computation


class _Computation(PragueComputation):
    """py-evm's computation, with the cheap instructions of contracts' code compiled."""

    interpreter: ClassVar[Interpreter] = Interpreter(PragueComputation.opcodes)

    @classmethod
    def apply_computation(
        cls, state: Any, message: Any, transaction_context: Any, parent_computation: Any = None
    ) -> Any:
        """Execute a message; creation code runs once, so py-evm itself runs it."""
        if message.is_create:
            return super().apply_computation(
                state, message, transaction_context, parent_computation
            )
        with cls(state, message, transaction_context) as computation:
            if computation.is_origin_computation:
                computation.contracts_created = []
            if parent_computation is not None:
                computation.contracts_created = parent_computation.contracts_created
            precompile = computation.precompiles.get(message.code_address)
            if precompile is None:
                cls.interpreter.run(computation)
            elif not message.is_delegation:
                precompile(computation)
        return computation


class _State(PragueState):
    """py-evm's state, which may be looked at without a snapshot."""

    transaction_executor_class = _Executor
    account_db_class = Accounts
    looks_beyond_storage = False
    """Whether an answer was drawn from the clock, the block or a balance, until cleared."""
    is_looking = False
    """Whether a static call is running of which no trace may stay."""

    def touch_account(self, address: Any) -> None:
        """Note that an account took part, which may create it empty."""
        if not self.is_looking:
            super().touch_account(address)

    @property
    def accounts(self) -> Accounts:
        """What the state consists of."""
        accounts: Any = self._account_db
        return cast(Accounts, accounts)


class PyEvmEngine(Engine):
    """
    py-evm at its newest fork, Prague.

    Each engine owns its state and computation classes; nothing is patched on py-evm's.
    No block is assembled: a new timestamp changes the execution context, and the state's tries
    are only built when a snapshot or the state root is asked for.
    """

    name = "py-evm"

    def __init__(self) -> None:
        super().__init__()
        own_computation = type(
            "EngineComputation",
            (_Computation,),
            {"_precompiles": accelerated(_Computation.get_precompiles())},
        )
        self._state_class = type(
            "EngineState",
            (_State,),
            {"computation_class": own_computation},
        )
        self._state: Any = None
        self._database: Any = None
        self._chain_id = 0

    def snapshot(self) -> Snapshot:
        """Return what `revert` takes to come back to this state; usable any number of times."""
        return Snapshot(self.state_root(), self.block_number, self.timestamp)

    def revert(self, snapshot: Snapshot) -> None:
        """Come back to the state, the block and the time of a snapshot."""
        self.block_number, self.timestamp = snapshot.block_number, snapshot.timestamp
        self._state = self._state_class(self._database, self._context(), snapshot.root)

    def balance(self, address: Address) -> int:
        """Return the coin that an account holds."""
        coin: int = self._state.get_balance(address_bytes(address))
        return coin

    def state_root(self) -> bytes:
        """Return the state's Merkle root, having written the state to the database."""
        self._state.persist()
        root: bytes = self._state.state_root
        return root

    def close(self) -> None:
        """Let the machine go; the engine cannot be used afterwards."""
        super().close()
        self._state = self._database = None

    def _start(self, deployment: Deployment) -> None:
        self._chain_id = deployment.chain_id
        self._database = AtomicDB()
        self._state = self._state_class(self._database, self._context(), BLANK_NODE_HASH)

    def _mine(self) -> None:
        self._state.execution_context = self._context()

    def _context(self, timestamp: int | None = None) -> Any:
        return _ExecutionContext(
            coinbase=_COINBASE,
            timestamp=self.timestamp if timestamp is None else timestamp,
            block_number=self.block_number,
            difficulty=0,
            mix_hash=bytes(32),
            gas_limit=BLOCK_GAS,
            prev_hashes=(),
            chain_id=self._chain_id,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )

    def _create(self, sender: bytes, code: bytes) -> tuple[bytes, Outcome]:
        intrinsic = _CREATION + intrinsic_gas(code)
        computation, outcome = self._apply(Transaction(sender, b"", code, 0, intrinsic))
        return computation.msg.storage_address, outcome

    def _transact(self, sender: bytes, target: bytes, content: bytes, value: int) -> Outcome:
        if value:
            self._state.delta_balance(sender, value)
        intrinsic = intrinsic_gas(content)
        return self._apply(Transaction(sender, target, content, value, intrinsic))[1]

    def _apply(self, transaction: Transaction) -> tuple[Any, Outcome]:
        computation = self._state.apply_transaction(transaction)
        used = transaction.gas - computation.get_gas_remaining()
        refund = self._state.get_transaction_executor().calculate_gas_refund(computation, used)
        self._state.lock_changes()
        return computation, outcome_of(computation, used - refund + computation.data_floor_gas)

    def _read(self, target: bytes, content: bytes, timestamp: int) -> Outcome:
        state = self._state
        message = _Message(
            gas=TRANSACTION_GAS,
            to=target,
            sender=self._deployer,
            value=0,
            data=content,
            code=state.get_code(target),
            is_static=True,
        )
        context = _TransactionContext(gas_price=0, origin=self._deployer)
        current = state.execution_context
        if timestamp != self.timestamp:
            state.execution_context = self._context(timestamp)
        try:
            computation = self._look(message, context)
        finally:
            state.clear_transient_storage()
            state.execution_context = current
        return outcome_of(computation, computation.get_gas_used())

    def _look(self, message: Any, context: Any) -> Any:
        # A static call writes nothing, so there is nothing to take back but what it made warm.
        state = self._state
        state.is_looking = True
        try:
            return state.computation_class.apply_computation(state, message, context)
        finally:
            state.is_looking = False
            state.accounts.forget_accesses()


def outcome_of(computation: Any, gas: int) -> Outcome:
    """Return what a finished computation did; an error that is no revert is a halt."""
    if computation.is_success:
        logs = [
            RawLog(address, [topic.to_bytes(32, "big") for topic in topics], content)
            for address, topics, content in computation.get_log_entries()
        ]
        return Outcome(True, bytes(computation.output), gas, logs)
    if isinstance(computation.error, Revert):
        return Outcome(False, bytes(computation.output), gas)
    kind = type(computation.error).__name__
    return Outcome(False, b"", gas, halt=HALT_REASONS.get(kind, kind))
