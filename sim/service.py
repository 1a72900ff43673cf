"""
What passes between users, hosts and validators off the chain: open sessions, served calls,
settled batches, checks.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from protocol.sessions import Entry, InferenceReceipt, Session
from protocol.types import Address
from sim.catalogue import Listing
from sim.workload.receipts import MerkleTree


class ServedCall(NamedTuple):
    """
    One receipt that a host gave out, its leaf, and what was really computed: by which version, on
    which row of inputs, and whether honestly. A batch is of one model, but of any of its versions.
    """

    receipt: InferenceReceipt
    leaf: bytes
    listing: Listing
    row: int
    is_honest: bool


@dataclass
class OpenSession:
    """
    A session as its host keeps it; `spent` counts served calls, settled or not.

    `unsettled` has entries, their calls and what those cost without any right of access: the
    session must be able to pay that, should the right be gone when they settle.
    """

    session_id: bytes
    session: Session
    user: int
    listing: Listing
    sequence: int = 0
    tip: bytes = bytes(32)
    spent: int = 0
    is_ending: bool = False
    unsettled: list[tuple[Entry, list[ServedCall], int]] = field(default_factory=list)

    @property
    def host(self) -> Address:
        """Who serves it."""
        return self.session.host


@dataclass
class OpenChannel:
    """
    A payment channel as user and host keep it: what a call costs there, and the last voucher.

    Amounts are in units of the currency; `spent` is what the voucher is for, `value` the same in
    MNFT when it was signed; `calls` and `wrong` count the answers. `closed_tick` is -1 while it
    is open.
    """

    channel_id: bytes
    user: int
    host: Address
    listing: Listing
    currency: str
    nonce: int
    price: int
    deposit: int
    expires_at: int
    opened_tick: int
    closed_tick: int = -1
    spent: int = 0
    voucher: bytes = b""
    value: int = 0
    calls: int = 0
    wrong: int = 0
    is_ending: bool = False


@dataclass
class SettledBatch:
    """A batch as its host publishes it, so that anyone can check it, until it is released."""

    batch_id: int
    host: str
    settled_at: int
    calls: list[ServedCall]
    tree: MerkleTree
    is_sampled: bool = False
    picked: list[int] = field(default_factory=list)
    open_checks: int = 0


class OpenCheck(NamedTuple):
    """A check that waits for the host's answer."""

    check_id: int
    validator: str
    batch: SettledBatch
    place: int
    opened_at: int
    deadline: int


class CheckRecord(NamedTuple):
    """What became of a check: `closed_tick` is -1 while it is open."""

    host: str
    validator: str
    model_id: int
    version: int
    opened_tick: int
    closed_tick: int
    outcome: str
    was_honest: bool


class Request(NamedTuple):
    """
    Calls that a user asks of a host in one tick, in a session or by a channel: rows of the input
    table, and tokens in and out of each.
    """

    session: OpenSession | OpenChannel
    rows: list[int]
    input_tokens: list[int]
    output_tokens: list[int]
