"""The one currency of the protocol: fees, stakes, votes."""

from typing import TYPE_CHECKING, Any

from protocol.contract import Observed
from protocol.deployment import Deployment
from protocol.openzeppelin import errors
from protocol.openzeppelin.erc20 import Approval, Transfer
from protocol.openzeppelin.erc20_votes import DelegateChanged, DelegateVotesChanged, ERC20Votes
from protocol.types import Context

if TYPE_CHECKING:
    from protocol.world import World


class SettlementToken(ERC20Votes):
    """Model NFT Token, MNFT: minted once, at deployment; anyone may burn their own."""

    NAME = "settlement_token"
    SOLIDITY = "SettlementToken"
    TOKEN_NAME = "Model NFT Token"
    TOKEN_SYMBOL = "MNFT"
    EVENTS = (Approval, DelegateChanged, DelegateVotesChanged, Transfer)
    ERRORS = (
        errors.ECDSAInvalidSignature,
        errors.ECDSAInvalidSignatureS,
        errors.ERC20InsufficientAllowance,
        errors.ERC20InsufficientBalance,
        errors.ERC20InvalidApprover,
        errors.ERC20InvalidReceiver,
        errors.ERC20InvalidSender,
        errors.ERC20InvalidSpender,
        errors.ERC2612ExpiredSignature,
        errors.ERC2612InvalidSigner,
        errors.ERC5805FutureLookup,
        errors.InvalidAccountNonce,
        errors.VotesExpiredSignature,
    )
    OBSERVED = (
        Observed("total_supply"),
        Observed("balance_of", "_balances"),
        Observed("allowance", "_allowances"),
        Observed("nonces", "_nonces"),
        Observed("delegates", "_delegatees"),
        Observed("get_votes", "_checkpoint_counts"),
        Observed("num_checkpoints", "_checkpoint_counts"),
        Observed("checkpoints", "_checkpoints"),
    )
    UNMODELLED = frozenset(
        {
            # Never raised here: mints happen only at deployment, within the bounds of the supply,
            # names are short, lengths of signatures fixed, and time only grows.
            "CheckpointUnorderedInsertion",
            "ECDSAInvalidSignatureLength",
            "ERC20ExceededSafeSupply",
            "ERC6372InconsistentClock",
            "InvalidShortString",
            "SafeCastOverflowedUintDowncast",
            "StringTooLong",
            # Only a contract that re-deploys itself under another domain announces it.
            "EIP712DomainChanged",
        }
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        holder, supply = self.constructor_arguments(world.deployment)
        genesis = Context(holder, 0, world.deployment.genesis_timestamp)
        self._mint(genesis, holder, supply)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return the holder and the size of the initial supply."""
        return deployment.deployer, deployment.values["initialSupply"]
