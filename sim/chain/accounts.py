"""py-evm's accounts, with the work that every call repeats left out."""

from typing import Any

from eth.db.account import AccountDB

Slot = tuple[bytes, int]
"""An account's address, and a place in its storage."""


class Warm(dict[Any, Any]):
    """What the running transaction has accessed, oldest first; a checkpoint is a length."""

    def __init__(self) -> None:
        super().__init__()
        self._lengths: dict[Any, int] = {}

    def record(self, checkpoint: Any) -> None:
        """Remember what is warm now."""
        self._lengths[checkpoint] = len(self)

    def commit(self, checkpoint: Any) -> None:
        """Keep what became warm since a checkpoint."""

    def discard(self, checkpoint: Any) -> None:
        """Make cold again what became warm since a checkpoint."""
        length = self._lengths[checkpoint]
        while len(self) > length:
            self.popitem()


class Accounts(AccountDB):
    """
    py-evm's accounts: same contents, same roots, less work for each access.

    A slot that the running transaction has not written is read once and then remembered; a
    checkpoint covers only the accounts whose storage the running transaction wrote.
    The accounts note which slots are written, and, where asked to, which are read.
    """

    def __init__(self, *arguments: Any) -> None:
        self._settled: dict[Slot, int] = {}
        self._unsettled: set[Slot] = set()
        self._wiped: set[Any] = set()
        self._earlier: set[Any] = set()
        self.read: set[Slot] | None = None
        """The slots read since it was set; None while nobody wants to know."""
        self.written: dict[Slot, None] = {}
        """The slots written, oldest first, until somebody clears them; undone writes too."""
        self.is_code_changed = False
        """Whether a contract came or went, until somebody clears it."""
        super().__init__(*arguments)

    def get_storage(self, address: Any, slot: int, from_journal: bool = True) -> int:
        """Return what a slot holds, or held before the running transaction."""
        where = (address, slot)
        if self.read is not None:
            self.read.add(where)
        if address in self._wiped or (from_journal and where in self._unsettled):
            return super().get_storage(address, slot, from_journal)
        value = self._settled.get(where)
        if value is None:
            value = self._settled[where] = super().get_storage(address, slot, False)
        return value

    def set_storage(self, address: Any, slot: int, value: int) -> None:
        """Write a slot."""
        where = (address, slot)
        self._unsettled.add(where)
        self.written[where] = None
        super().set_storage(address, slot, value)

    def set_code(self, address: Any, code: bytes) -> None:
        """Give an account its code."""
        self.is_code_changed = True
        super().set_code(address, code)

    def delete_code(self, address: Any) -> None:
        """Take an account's code away."""
        self.is_code_changed = True
        super().delete_code(address)

    def delete_account(self, address: Any) -> None:
        """Remove an account, its code and its storage."""
        self.is_code_changed = True
        super().delete_account(address)

    def touch_account(self, address: Any) -> None:
        """Note that an account took part: one that does not exist is created empty."""
        if not self.account_exists(address):
            super().touch_account(address)

    def is_storage_warm(self, address: Any, slot: int) -> bool:
        """Return whether the running transaction has accessed a slot."""
        return (address, slot) in self._journal_accessed_state

    def mark_storage_warm(self, address: Any, slot: int) -> None:
        """Note that the running transaction accesses a slot."""
        self._journal_accessed_state[address, slot] = b""

    def forget_accesses(self) -> None:
        """Make all accounts and slots cold."""
        self._reset_access_counters()

    def lock_changes(self) -> None:
        """End a transaction: what it wrote cannot be undone any more."""
        super().lock_changes()
        for where in self._unsettled:
            self._settled.pop(where, None)
        self._unsettled.clear()
        # py-evm counts how often an account was wiped, and undoes that by checkpoints alone.
        self._earlier |= self._dirty_accounts - self._wiped
        self._dirty_accounts &= self._wiped

    def make_state_root(self) -> Any:
        """Return the root of all accounts, having built their tries."""
        self._dirty_accounts |= self._earlier
        self._earlier.clear()
        return super().make_state_root()

    def persist(self) -> Any:
        """Write all accounts to the database."""
        witness = super().persist()
        self._wiped.clear()
        return witness

    def _wipe_storage(self, address: Any) -> None:
        self._wiped.add(address)
        self._settled.clear()
        self.is_code_changed = True
        super()._wipe_storage(address)

    def _reset_access_counters(self) -> None:
        self._journal_accessed_state: Any = Warm()
