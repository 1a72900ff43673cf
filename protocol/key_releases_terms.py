"""What KeyReleases.sol keeps: sealings, requests; its events and refusals."""

from dataclasses import dataclass
from typing import NamedTuple

from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address, Event, ProtocolError

ASKED, ANSWERED, OVER = 1, 2, 3
"""Where a request is."""


class Sealing(NamedTuple):
    """
    What an owner says of a sealed version.

    `key_hash` is keccak256 of the data key, fixed once. The keeper answers requests beside the
    owner (nobody where it is zero). `rights_only`: only holders of the weights right may ask, else
    whoever may call, too.
    """

    key_hash: bytes
    keeper: Address
    rights_only: bool
    fee: int


NOT_SEALED = Sealing(ZERO_HASH, ZERO_ADDRESS, False, 0)


class Request(NamedTuple):
    """
    A request for a key; `deadline` is the last second for an answer, then for a complaint.

    `fee` is what is held of the asker's; both later keys are zero before the answer.
    """

    model_id: int
    asker: Address
    version: int
    status: int
    deadline: int
    fee: int
    public_key: bytes
    ephemeral_key: bytes
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class KeyDisproved(Event):
    """The asker showed that what came is not the key."""

    request_id: int
    unwrapped: bytes


@dataclass(frozen=True, slots=True)
class KeyReleased(Event):
    """The key was released, wrapped for its asker."""

    request_id: int
    ephemeral_key: bytes
    wrapped_key: bytes
    deadline: int


@dataclass(frozen=True, slots=True)
class KeyRequested(Event):
    """Somebody who may have a key asks for it."""

    request_id: int
    model_id: int
    asker: Address
    version: int
    public_key: bytes
    fee: int
    deadline: int


@dataclass(frozen=True, slots=True)
class KeyTermsSet(Event):
    """Who may have the key, from whom, and for what."""

    model_id: int
    version: int
    keeper: Address
    rights_only: bool
    fee: int


@dataclass(frozen=True, slots=True)
class RequestClosed(Event):
    """A request is over: its fee went back to the asker, or to the model."""

    request_id: int
    refunded: int
    paid: int


@dataclass(frozen=True, slots=True)
class VersionSealed(Event):
    """An owner committed to the key of a version."""

    model_id: int
    version: int
    key_hash: bytes


@dataclass(eq=False)
class AnswerOverdue(ProtocolError):
    """Too late for an answer."""

    request_id: int
    deadline: int


@dataclass(eq=False)
class ComplaintOverdue(ProtocolError):
    """Too late for a complaint."""

    request_id: int
    deadline: int


@dataclass(eq=False)
class FeeAboveMaximum(ProtocolError):
    """A key costs more than the asker said."""

    fee: int
    maximum_fee: int


@dataclass(eq=False)
class KeyHashIsZero(ProtocolError):
    """No key has this hash."""


@dataclass(eq=False)
class KeyIsRight(ProtocolError):
    """What came is the key that its owner committed to."""

    request_id: int


@dataclass(eq=False)
class KeyRefused(ProtocolError):
    """Neither the owner, nor by right, nor by the rule that admits calls."""

    model_id: int
    version: int
    asker: Address


@dataclass(eq=False)
class NotKeeper(ProtocolError):
    """Only the model's owner and the keeper whom it named answer."""

    request_id: int
    caller: Address


@dataclass(eq=False)
class NotSealed(ProtocolError):
    """The version's owner committed to no key."""

    model_id: int
    version: int


@dataclass(eq=False)
class RequestNotThere(ProtocolError):
    """The request is not at this stage."""

    request_id: int
    status: int


@dataclass(eq=False)
class RequestRunning(ProtocolError):
    """The request's deadline is not over."""

    request_id: int
    deadline: int


@dataclass(eq=False)
class UnknownRequest(ProtocolError):
    """There is no such request."""

    request_id: int


@dataclass(eq=False)
class VersionIsSealed(ProtocolError):
    """The key of a version is fixed once."""

    model_id: int
    version: int


@dataclass(eq=False)
class WrongPrivateKey(ProtocolError):
    """The private key does not belong to the request's public key."""

    request_id: int
