"""Who shares in an amount: up to 32 accounts, in basis points that make a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.money import BPS
from protocol.types import ZERO_ADDRESS, Address, ProtocolError

MAXIMUM_CONTRIBUTORS = 32


@dataclass(eq=False)
class ContributorInvalid(ProtocolError):
    """A contributor is the zero address, or named twice."""

    contributor: Address


@dataclass(eq=False)
class ContributorsInvalid(ProtocolError):
    """A model has 1 to 32 contributors with one share each."""

    contributors: int
    shares: int


@dataclass(eq=False)
class ShareIsZero(ProtocolError):
    """Every contributor has a share."""

    contributor: Address


@dataclass(eq=False)
class SharesDoNotSum(ProtocolError):
    """The shares must sum to 10,000 basis points."""

    sum: int


def require_shares(contributors: Sequence[Address], shares_bps: Sequence[int]) -> None:
    """
    Accept contributors with their shares, or refuse the first that is wrong.

    Raises:
        ContributorsInvalid: None, more than 32, or not one share each.
        ContributorInvalid: The zero address, or an account that is named twice.
        ShareIsZero: A contributor without a share.
        SharesDoNotSum: The shares do not make a whole.
    """
    if len(contributors) != len(shares_bps) or not 1 <= len(contributors) <= MAXIMUM_CONTRIBUTORS:
        raise ContributorsInvalid(len(contributors), len(shares_bps))
    for position, (contributor, share_bps) in enumerate(zip(contributors, shares_bps, strict=True)):
        if contributor == ZERO_ADDRESS or contributor in contributors[:position]:
            raise ContributorInvalid(contributor)
        if share_bps == 0:
            raise ShareIsZero(contributor)
    if sum(shares_bps) != BPS:
        raise SharesDoNotSum(sum(shares_bps))
