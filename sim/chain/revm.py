"""The fast engine: revm through pyrevm, each call a transaction of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyrevm

from protocol.deployment import Deployment
from protocol.hashing import create_address, keccak
from protocol.types import Address
from sim.chain.codec import Outcome, RawLog
from sim.chain.engine import (
    BLOCK_GAS,
    HALT_REASONS,
    TRANSACTION_GAS,
    ChainError,
    Engine,
    floor_gas,
    intrinsic_gas,
)

# Its type stub does not know the balance.
_account_info: Any = pyrevm.AccountInfo

_FORK = "PRAGUE"
_COINBASE = "0x" + "00" * 20
_NO_CODE_HASH = keccak(b"")
_REVERT = re.compile(r"Revert \{ gas_used: (\d+), output: 0x([0-9a-f]*) \}")
_HALT = re.compile(r"Halt \{ reason: (\w+)(?:\(.*\))?, gas_used: (\d+) \}")

# How pyrevm prints its journal; the parser walks from mark to mark and never reads the code.
_ACCOUNT = ": Account { info: AccountInfo { balance: "
_ADDRESS_SIZE = len(_COINBASE)
_CREATED = "AccountStatus(Created"
_STORAGE = "}, storage: {"
_STATUS = "}, status: AccountStatus("
_SLOT = ": StorageSlot { previous_or_original_value: "
_PRESENT = ", present_value: "
_NEXT_SLOT = " }, "


class _Write(NamedTuple):
    """A change of state: of a slot, or of an account (coin, nonce, code) where `slot` is None."""

    address: str
    slot: int | None
    before: Any
    after: Any


class Snapshot(NamedTuple):
    """How many changes of state there were, and the block they belong to."""

    writes: int
    block_number: int
    timestamp: int


class RevmEngine(Engine):
    """
    revm at the same fork and with the same gas as py-evm.

    pyrevm has messages but no transactions: its journal stays open from call to call, so that slots
    stay warm and refunds wrong. Here each call runs above a checkpoint that is taken back, and its
    net changes are then written to the database below the journal: the next call finds everything
    cold, as after a transaction. Its revm also lacks the floor price of calldata (EIP-7623).

    A contract that is made to send a call, as tests do, has an empty code hash until it is over.
    """

    name = "revm"

    def __init__(self) -> None:
        super().__init__()
        self._evm: Any = None
        self._undo: list[_Write] = []
        self._keeps_undo = False
        self._accounts: dict[str, Any] = {}
        self._has_coin = False

    def snapshot(self) -> Snapshot:
        """Return what `revert` takes to come back to this state."""
        self._keeps_undo = True
        return Snapshot(len(self._undo), self.block_number, self.timestamp)

    def revert(self, snapshot: Snapshot) -> None:
        """Come back to the state, the block and the time of a snapshot."""
        undone = self._undo[snapshot.writes :]
        del self._undo[snapshot.writes :]
        for write in reversed(undone):
            self._store(write._replace(after=write.before))
        self.block_number, self.timestamp = snapshot.block_number, snapshot.timestamp
        self._mine()

    def balance(self, address: Address) -> int:
        """Return the coin that an account holds."""
        coin: int = self._account(address).balance
        return coin

    def close(self) -> None:
        """Let the machine go; the engine cannot be used afterwards."""
        super().close()
        self._evm = None

    def _start(self, deployment: Deployment) -> None:
        configuration = pyrevm.CfgEnv(chain_id=deployment.chain_id)
        self._evm = pyrevm.EVM(
            env=pyrevm.Env(cfg=configuration), gas_limit=BLOCK_GAS, spec_id=_FORK
        )
        self._mine()

    def _mine(self) -> None:
        self._set_block(self.timestamp)

    def _set_block(self, timestamp: int) -> None:
        block = pyrevm.BlockEnv(
            number=self.block_number,
            coinbase=_COINBASE,
            timestamp=timestamp,
            difficulty=0,
            prevrandao=bytes(32),
            basefee=0,
            gas_limit=BLOCK_GAS,
            excess_blob_gas=0,
        )
        self._evm.set_block_env(block)

    def _create(self, sender: bytes, code: bytes) -> tuple[bytes, Outcome]:
        evm, creator = self._evm, "0x" + sender.hex()
        created = create_address(Address(creator), self._account(creator).nonce)
        writes: Sequence[_Write] = ()
        start = evm.snapshot()
        try:
            evm.deploy(creator, code, gas=TRANSACTION_GAS)
            outcome = Outcome(True, b"", evm.result.gas_used, _logs(evm.result.logs))
            writes = self._writes(evm.journal_str)
        except RuntimeError as error:
            outcome = _failure(error)
        finally:
            evm.revert(start)
        self._commit(writes)
        return bytes.fromhex(created[2:]), outcome

    def _transact(self, sender: bytes, target: bytes, content: bytes, value: int) -> Outcome:
        evm, caller = self._evm, "0x" + sender.hex()
        self._begin(caller, value)
        writes: Sequence[_Write] = ()
        start = evm.snapshot()
        if self._account(caller).code_hash != _NO_CODE_HASH:
            self._disguise(caller)
        try:
            output = evm.message_call(caller, "0x" + target.hex(), content, value, TRANSACTION_GAS)
            result = evm.result
            gas = max(result.gas_used, floor_gas(content))
            logs = _logs(result.logs)
            outcome = Outcome(True, output, gas, logs)
            self._forget_code({target, *(log.address for log in logs)})
            writes = self._writes(evm.journal_str)
        except RuntimeError as error:
            outcome = _failure(error)
            outcome = outcome._replace(gas=max(outcome.gas, floor_gas(content)))
        finally:
            evm.revert(start)
            evm.reset_transient_storage()
        self._commit(writes)
        return outcome

    def _read(self, target: bytes, content: bytes, timestamp: int) -> Outcome:
        evm = self._evm
        if timestamp != self.timestamp:
            self._set_block(timestamp)
        start = evm.snapshot()
        caller, contract = "0x" + self._deployer.hex(), "0x" + target.hex()
        gas = TRANSACTION_GAS + intrinsic_gas(content)
        try:
            output = evm.message_call(caller, contract, content, 0, gas, is_static=True)
            outcome = Outcome(True, output, evm.result.gas_used)
        except RuntimeError as error:
            outcome = _failure(error)
        finally:
            evm.revert(start)
            evm.reset_transient_storage()
            if timestamp != self.timestamp:
                self._mine()
        return outcome._replace(gas=outcome.gas - intrinsic_gas(content))

    def _forget_code(self, contracts: Iterable[bytes]) -> None:
        # The journal is printed with the code of every contract that it has loaded, which is most
        # of the text. What is above the checkpoint is taken back in any case.
        for contract in contracts:
            address = "0x" + contract.hex()
            loaded = self._evm.basic(address)
            bare = _account_info(loaded.balance, loaded.nonce, loaded.code_hash)
            self._evm.insert_account_info(address, bare)

    def _disguise(self, sender: str) -> None:
        # revm takes no transaction from a contract (EIP-3607), which it knows by the code's hash.
        held = self._accounts[sender]
        self._evm.basic(sender)
        disguised = _account_info(held.balance, held.nonce, _NO_CODE_HASH, held.code)
        self._evm.insert_account_info(sender, disguised)

    def _writes(self, journal: str) -> list[_Write]:
        writes = list(_slot_writes(journal))
        # Most calls neither create a contract nor move coin: then accounts stay as they are.
        if self._has_coin or _CREATED in journal:
            return [*self._account_writes(journal), *writes]
        return writes

    def _account_writes(self, journal: str) -> Iterator[_Write]:
        found = journal.find(_ACCOUNT)
        while found >= 0:
            address = journal[found - _ADDRESS_SIZE : found]
            before, after = self._account(address), self._evm.basic(address)
            if (before.balance, before.nonce) != (after.balance, after.nonce):
                # What has code keeps it, disguised as it may be.
                held = after if before.code_hash == _NO_CODE_HASH else before
                kept = _account_info(after.balance, after.nonce, held.code_hash, held.code)
                yield _Write(address, None, before, kept)
            found = journal.find(_ACCOUNT, found + 1)

    def _account(self, address: str) -> Any:
        return self._accounts.get(address) or _account_info()

    def _begin(self, sender: str, coin: int) -> None:
        # Who has sent a transaction has a nonce, so a payment of coin to it creates no account.
        before = self._account(sender)
        if coin or not before.nonce:
            balance, nonce = before.balance + coin, before.nonce or 1
            after = _account_info(balance, nonce, before.code_hash, before.code)
            self._has_coin |= coin > 0
            self._commit([_Write(sender, None, before, after)])

    def _commit(self, writes: Sequence[_Write]) -> None:
        for write in writes:
            self._store(write)
        # Nobody can come back to before the first snapshot, so a run without any keeps nothing.
        if self._keeps_undo:
            self._undo += writes

    def _store(self, write: _Write) -> None:
        # What the journal has loaded would be written there: a checkpoint for each write.
        evm = self._evm
        start = evm.snapshot()
        if write.slot is None:
            self._accounts[write.address] = write.after
            evm.insert_account_info(write.address, _without_padding(write.after))
        else:
            evm.insert_account_storage(write.address, write.slot, write.after)
        evm.revert(start)


_PADDING = 33
"""How many zeros revm puts after code that it runs."""


def _without_padding(account: Any) -> Any:
    # An account without code reads as one with the code STOP, and code that was run with zeros
    # after it: both would be stored as code.
    if account.code_hash == _NO_CODE_HASH:
        return _account_info(account.balance, account.nonce)
    code = account.code
    if code is None or keccak(code) == account.code_hash:
        return account
    return _account_info(account.balance, account.nonce, account.code_hash, code[:-_PADDING])


def _slot_writes(journal: str) -> Iterator[_Write]:
    """Yield the net changes of storage that a journal shows."""
    # Forwards only: to look backwards through a contract's code takes as long as the call.
    account = journal.find(_ACCOUNT)
    while account >= 0:
        # Past the code, which is most of the text.
        storage = journal.find(_STORAGE, account) + len(_STORAGE)
        end = journal.find(_STATUS, storage)
        if end > storage:
            address = journal[account - _ADDRESS_SIZE : account]
            yield from _changes(address, journal[storage:end])
        account = journal.find(_ACCOUNT, end)


def _changes(address: str, storage: str) -> Iterator[_Write]:
    # SLOT: StorageSlot { previous_or_original_value: BEFORE, present_value: AFTER }, SLOT: ...
    # By hand: a pattern would try each digit of these long numbers as its start.
    slot, *rest = storage.split(_SLOT)
    for part in rest:
        before, _, tail = part.partition(_PRESENT)
        after, _, following = tail.partition(_NEXT_SLOT)
        if before != after:
            yield _Write(address, int(slot), int(before), int(after.rstrip(" }")))
        slot = following


def _logs(logs: Sequence[Any]) -> list[RawLog]:
    found = []
    for log in logs:
        topics, content = log.data
        found.append(RawLog(bytes.fromhex(log.address[2:]), topics, content))
    return found


def _failure(error: RuntimeError) -> Outcome:
    """Return a revert or a halt as an outcome; anything else that pyrevm says is no outcome."""
    said = str(error)
    reverted = _REVERT.fullmatch(said)
    if reverted:
        return Outcome(False, bytes.fromhex(reverted[2]), int(reverted[1]))
    halted = _HALT.fullmatch(said)
    if halted:
        return Outcome(False, b"", int(halted[2]), halt=HALT_REASONS.get(halted[1], halted[1]))
    raise ChainError(f"revm refused the transaction: {said}") from error
