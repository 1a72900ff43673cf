"""What the governor was deployed with: names, clock, delays, quorum, and whose balances vote."""

from typing import TYPE_CHECKING, Any

from protocol.contract import Contract
from protocol.deployment import Deployment
from protocol.hashing import keccak
from protocol.money import BPS, mul_div_down
from protocol.openzeppelin.signatures import DomainDescription, SigningDomain
from protocol.types import Address, Context

if TYPE_CHECKING:
    from protocol.world import World

GOVERNOR_NAME = "MnftGovernor"
INTERFACES = frozenset(
    bytes.fromhex(interface)
    # ERC-165, ERC-1155 receiver, IGovernor with and without getProposalId.
    for interface in ("01ffc9a7", "4e2312e0", "cdbdfcee", "65455a86")
)

_QUORUM_DENOMINATOR = 100
_BALLOT_TYPEHASH = keccak(b"Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)")
_EXTENDED_BALLOT_TYPEHASH = keccak(
    b"ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,"
    b"string reason,bytes params)"
)


class GovernorSettings(Contract):
    """The rules of every vote, fixed at deployment; proposals cannot reach them."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        arguments = self.constructor_arguments(world.deployment)[3:]
        self._voting_delay, self._voting_period, self._threshold, self._quorum_percent = arguments
        self._domain = SigningDomain(GOVERNOR_NAME, "1", world.deployment.chain_id, self.address)

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return token, store, timelock; delay and period in seconds, threshold, quorum in %."""
        addresses, values = deployment.addresses, deployment.values
        return (
            addresses["settlement_token"],
            addresses["parameter_store"],
            addresses["timelock"],
            values["votingDelaySeconds"],
            values["votingPeriodSeconds"],
            mul_div_down(values["initialSupply"], values["proposalThresholdBps"], BPS),
            values["quorumPercent"],
        )

    def name(self, ctx: Context) -> str:
        """Return the governor's name."""
        del ctx
        return GOVERNOR_NAME

    def version(self, ctx: Context) -> str:
        """Return the version of the signing domain."""
        del ctx
        return "1"

    def clock(self, ctx: Context) -> int:
        """Return the time by which votes are counted, in seconds."""
        return ctx.timestamp

    def clock_mode(self, ctx: Context) -> str:
        """Return the clock's unit: the token's."""
        return self._world.settlement_token.clock_mode(ctx)

    def counting_mode(self, ctx: Context) -> str:
        """Return how votes count: against, for, abstain; the last two make the quorum."""
        del ctx
        return "support=bravo&quorum=for,abstain"

    def ballot_typehash(self, ctx: Context) -> bytes:
        """Return the EIP-712 type hash of a signed vote."""
        del ctx
        return _BALLOT_TYPEHASH

    def extended_ballot_typehash(self, ctx: Context) -> bytes:
        """Return the EIP-712 type hash of a signed vote with reason and parameters."""
        del ctx
        return _EXTENDED_BALLOT_TYPEHASH

    def eip712_domain(self, ctx: Context) -> DomainDescription:
        """Return the EIP-712 domain as ERC-5267 describes it."""
        del ctx
        return self._domain.description

    def supports_interface(self, ctx: Context, interface_id: bytes) -> bool:
        """Return whether the contract has an interface, as ERC-165 asks."""
        del ctx
        return interface_id in INTERFACES

    def token(self, ctx: Context) -> Address:
        """Return the token whose delegated balances are votes."""
        del ctx
        return self._world.settlement_token.address

    def timelock(self, ctx: Context) -> Address:
        """Return the timelock that carries proposals out."""
        del ctx
        return self._world.timelock.address

    def voting_delay(self, ctx: Context) -> int:
        """Return the seconds from a proposal to its snapshot."""
        del ctx
        delay: int = self._voting_delay
        return delay

    def voting_period(self, ctx: Context) -> int:
        """Return the seconds from a snapshot to the vote's end."""
        del ctx
        period: int = self._voting_period
        return period

    def proposal_threshold(self, ctx: Context) -> int:
        """Return the votes needed to propose."""
        del ctx
        threshold: int = self._threshold
        return threshold

    def quorum_numerator(self, ctx: Context, timepoint: int | None = None) -> int:
        """Return the quorum in percent, now or at a time: 0 before the deployment."""
        del ctx
        percent: int = self._quorum_percent
        genesis = self._world.deployment.genesis_timestamp
        return percent if timepoint is None or timepoint >= genesis else 0

    def quorum_denominator(self, ctx: Context) -> int:
        """Return the whole of which the quorum's numerator is a part."""
        del ctx
        return _QUORUM_DENOMINATOR

    def quorum(self, ctx: Context, timepoint: int) -> int:
        """Return the votes needed at a past time, rounded down, or raise `ERC5805FutureLookup`."""
        supply = self._world.settlement_token.get_past_total_supply(ctx, timepoint)
        return mul_div_down(supply, self.quorum_numerator(ctx, timepoint), _QUORUM_DENOMINATOR)

    def get_votes(self, ctx: Context, account: Address, timepoint: int) -> int:
        """Return an account's votes at a past time, or raise `ERC5805FutureLookup`."""
        return self._world.settlement_token.get_past_votes(ctx, account, timepoint)

    def get_votes_with_params(
        self, ctx: Context, account: Address, timepoint: int, params: bytes
    ) -> int:
        """Return the same as `get_votes`: parameters mean nothing here."""
        del params
        return self.get_votes(ctx, account, timepoint)
