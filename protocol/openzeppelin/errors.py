"""Refusals of OpenZeppelin's contracts (ERC-6093 and others), of Solidity and of the machine."""

from dataclasses import dataclass

from protocol.types import Address, ProtocolError

OVERFLOW = 0x11
"""Panic code: a checked operation left its type."""

DIVISION_BY_ZERO = 0x12
"""Panic code: a division by zero."""

INDEX_OUT_OF_BOUNDS = 0x32
"""Panic code: an array has no such position."""


@dataclass(eq=False)
class ERC20InsufficientAllowance(ProtocolError):
    """The spender may not take that much."""

    spender: Address
    allowance: int
    needed: int


@dataclass(eq=False)
class ERC20InsufficientBalance(ProtocolError):
    """The sender does not have that much."""

    sender: Address
    balance: int
    needed: int


@dataclass(eq=False)
class ERC20InvalidApprover(ProtocolError):
    """The account cannot approve."""

    approver: Address


@dataclass(eq=False)
class ERC20InvalidReceiver(ProtocolError):
    """The account cannot receive."""

    receiver: Address


@dataclass(eq=False)
class ERC20InvalidSender(ProtocolError):
    """The account cannot send."""

    sender: Address


@dataclass(eq=False)
class ERC20InvalidSpender(ProtocolError):
    """The account cannot be approved."""

    spender: Address


@dataclass(eq=False)
class ERC2612ExpiredSignature(ProtocolError):
    """A permit came after its deadline."""

    deadline: int


@dataclass(eq=False)
class ERC2612InvalidSigner(ProtocolError):
    """A permit was signed by another account than the owner."""

    signer: Address
    owner: Address


@dataclass(eq=False)
class ERC6909InsufficientAllowance(ProtocolError):
    """The spender may not take that many units of the right."""

    spender: Address
    allowance: int
    needed: int
    id: int


@dataclass(eq=False)
class ERC6909InsufficientBalance(ProtocolError):
    """The sender does not have that many units of the right."""

    sender: Address
    balance: int
    needed: int
    id: int


@dataclass(eq=False)
class ERC6909InvalidApprover(ProtocolError):
    """The account cannot approve."""

    approver: Address


@dataclass(eq=False)
class ERC6909InvalidReceiver(ProtocolError):
    """The account cannot receive."""

    receiver: Address


@dataclass(eq=False)
class ERC6909InvalidSender(ProtocolError):
    """The account cannot send."""

    sender: Address


@dataclass(eq=False)
class ERC6909InvalidSpender(ProtocolError):
    """The account cannot be approved."""

    spender: Address


@dataclass(eq=False)
class ERC721IncorrectOwner(ProtocolError):
    """The token belongs to another account than the one that it is moved from."""

    sender: Address
    token_id: int
    owner: Address


@dataclass(eq=False)
class ERC721InsufficientApproval(ProtocolError):
    """The operator may not move the token."""

    operator: Address
    token_id: int


@dataclass(eq=False)
class ERC721InvalidApprover(ProtocolError):
    """The account cannot approve."""

    approver: Address


@dataclass(eq=False)
class ERC721InvalidOperator(ProtocolError):
    """The account cannot be an operator."""

    operator: Address


@dataclass(eq=False)
class ERC721InvalidOwner(ProtocolError):
    """The account cannot own."""

    owner: Address


@dataclass(eq=False)
class ERC721InvalidReceiver(ProtocolError):
    """The account cannot receive."""

    receiver: Address


@dataclass(eq=False)
class ERC721InvalidSender(ProtocolError):
    """The account cannot send."""

    sender: Address


@dataclass(eq=False)
class ERC721NonexistentToken(ProtocolError):
    """There is no such token."""

    token_id: int


@dataclass(eq=False)
class ERC5805FutureLookup(ProtocolError):
    """The time asked for is not over."""

    timepoint: int
    clock: int


@dataclass(eq=False)
class VotesExpiredSignature(ProtocolError):
    """A signed delegation came after its expiry."""

    expiry: int


@dataclass(eq=False)
class AccessControlUnauthorizedAccount(ProtocolError):
    """The account lacks the role."""

    account: Address
    needed_role: bytes


@dataclass(eq=False)
class ECDSAInvalidSignature(ProtocolError):
    """No account can have made the signature."""


@dataclass(eq=False)
class ECDSAInvalidSignatureLength(ProtocolError):
    """A signature has 65 bytes."""

    length: int


@dataclass(eq=False)
class ECDSAInvalidSignatureS(ProtocolError):
    """The signature's s is in the upper half of the curve's order."""

    s: bytes


@dataclass(eq=False)
class FailedCall(ProtocolError):
    """A call failed without saying why."""


@dataclass(eq=False)
class InvalidAccountNonce(ProtocolError):
    """The signature's nonce is not the account's next one."""

    account: Address
    current_nonce: int


@dataclass(eq=False)
class ReentrancyGuardReentrantCall(ProtocolError):
    """A guarded function was entered twice."""


@dataclass(eq=False)
class SafeCastOverflowedUintDowncast(ProtocolError):
    """The value does not fit into that many bits."""

    bits: int
    value: int


@dataclass(eq=False)
class EmptyRevert(ProtocolError):
    """The call was reverted without a reason."""


@dataclass(eq=False)
class Error(ProtocolError):
    """The call was reverted with a text."""

    message: str


@dataclass(eq=False)
class Halted(ProtocolError):
    """The machine stopped the call: gas ran out, or an invalid instruction was met."""

    reason: str


@dataclass(eq=False)
class Panic(ProtocolError):
    """Solidity's own checks failed; 0x11 is an overflow, 0x12 a division by zero, 0x32 an index."""

    code: int
