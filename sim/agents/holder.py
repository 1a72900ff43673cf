"""Token holders: they vote on the protocol's numbers by what a change is worth to them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from protocol.money import BPS
from protocol.parameters import BY_NAME, PPM
from protocol.types import Call
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.agents.publisher import COLLECT_EVERY
from sim.agents.user import tokens
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

AGAINST, FOR, ABSTAIN = 0, 1, 2
HORIZON_DAYS = 365
"""Days of future revenue that a vote weighs."""


class Motion(NamedTuple):
    """A proposal on the chain: set a parameter from one value to another."""

    proposal_id: int
    parameter: str
    previous: int
    value: int
    why: str
    description: str
    calldata: bytes
    proposed_at: int


@dataclass(frozen=True)
class Stance:
    """What a change is worth to a holder, in MNFT over the horizon, and the vote that follows."""

    gain: float
    loss: float
    support: int
    reason: str


class Holder(MarketAgent):
    """
    One holder: tokens, some of which vote, and a share in one creator's business.

    Tokens are a claim on the treasury; the share in a business is what a fee costs.
    """

    def __init__(
        self, market: "Market", account: Account, number: int, endowment: int, votes: int
    ) -> None:
        super().__init__(market, account)
        self.number = number
        self.endowment = endowment
        self.votes = votes
        traits = stream(market.seed, f"{self.name}/traits")
        people = market.scenario.population
        # Holders who have a stake in the same creator share its business.
        partners = len(range(number % people.creators.count, people.holders.count,
                             people.creators.count))  # fmt: skip
        self.business_share = float(traits.random()) / partners
        self._turnout = traits.random(market.scenario.ticks)
        self._voted: set[int] = set()
        self.stream_id = 0

    def pull(self) -> Actions:
        """
        Take what has vested: weekly, and whenever a vote is about to count the tokens held.
        """
        market = self.market
        is_due = market.tick % COLLECT_EVERY == 0 or market.politics.is_about_to_count()
        if not (self.stream_id and is_due):
            return
        streamed = market.view("streams", "streamed_of", self.stream_id)
        if streamed > market.view("streams", "stream_of", self.stream_id).withdrawn:
            yield self.call("streams", "withdraw", self.stream_id)

    def join(self) -> Actions:
        """Take up the votes of the own tokens."""
        yield self.call("settlement_token", "delegate", self.address)

    def propose(self, motion: Motion) -> Call:
        """Return the call that puts a motion to the vote."""
        store = self.market.world.addresses["parameter_store"]
        return self.call(
            "governor", "propose", (store,), (0,), (motion.calldata,), motion.description
        )

    def vote(self, motions: list[Motion]) -> Actions:
        """Vote once on each motion that is open, unless not at the poll today or at all."""
        turnout = self.market.scenario.population.holders.turnout
        for motion in motions:
            place = motion.proposal_id % len(self._turnout)
            if motion.proposal_id in self._voted or self._turnout[place] >= turnout:
                continue
            self._voted.add(motion.proposal_id)
            stance = self.stance(motion)
            receipt = yield self.call("governor", "cast_vote", motion.proposal_id, stance.support)
            if receipt.ok:
                self.market.politics.voted(self, motion, stance, receipt.value)

    def stance(self, motion: Motion) -> Stance:
        """
        Return the vote that pays: for if gain exceeds loss, against if loss exceeds gain, else
        abstain.

        A fee of d more gives every token d * volume / supply, and costs a business d * its revenue.
        More checks or a larger slash save the payments that are cheated now, a token's share of
        them, where they lift deterrence over 1 (T4), and cost the checks' rewards. Volume and
        revenue are those of the last 30 days, or of the run so far, carried over the horizon.
        """
        tally = self.market.tally
        periods = HORIZON_DAYS / tally.recent_days()
        volume = tokens(tally.recent_volume()) * periods
        claim = self.endowment / self.market.scenario.protocol.initial_supply
        change = motion.value - motion.previous
        if motion.parameter in ("protocolFeeBps", "verificationPoolBps"):
            treasury = motion.parameter == "protocolFeeBps"
            share = change / BPS
            gain = share * volume * claim if treasury else 0.0
            loss = share * tokens(tally.recent_revenue_of(self._partners_models())) * periods
            return _stance(
                gain, loss * self.business_share, "treasury income against the own business's fees"
            )
        if motion.parameter in ("spotCheckRatePpm", "wrongOutputSlashBps"):
            cheated = volume * tally.cheated_share() * claim
            before, after = (
                self.market.deterrence_with(motion.parameter, value)
                for value in (motion.previous, motion.value)
            )
            gain = cheated if before < 1 <= after else 0.0
            checks = max(0, change) / PPM if motion.parameter == "spotCheckRatePpm" else 0.0
            loss = checks * tally.recent_calls() * HORIZON_DAYS / 30 * claim
            loss *= tokens(self.market.parameter("checkReward"))
            return _stance(gain, loss, "payments saved from cheats against the checks' rewards")
        meaning = BY_NAME[motion.parameter].meaning
        return Stance(0.0, 0.0, ABSTAIN, f"no stake in: {meaning}")

    def _partners_models(self) -> set[int]:
        """Return the models of the creator in whose business this holder has a share."""
        creators = self.market.creators
        if not creators:
            return set()
        return {offer.listing.model_id for offer in creators[self.number % len(creators)].offers}


def _stance(gain: float, loss: float, reason: str) -> Stance:
    if gain == loss:
        return Stance(gain, loss, ABSTAIN, reason)
    return Stance(gain, loss, FOR if gain > loss else AGAINST, reason)
