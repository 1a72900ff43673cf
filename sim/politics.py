"""
How a run governs itself: the scenario's proposals go through the governor and the timelock,
holders decide.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from protocol.hashing import keccak, words
from protocol.money import WAD
from protocol.parameters import BY_NAME
from protocol.types import Address, Call
from sim.accounts import account
from sim.agents.holder import Holder, Motion, Stance
from sim.scenario.schema import CHAIN_NAMES, Proposal
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

PENDING, ACTIVE, DEFEATED, SUCCEEDED, QUEUED = 0, 1, 3, 4, 5
_DECIDED = (DEFEATED, SUCCEEDED)
_STATES = (
    "pending",
    "active",
    "canceled",
    "defeated",
    "succeeded",
    "queued",
    "expired",
    "executed",
)
_SET = keccak(b"set(bytes32,uint256)")[:4]


class CastVote(NamedTuple):
    """One vote and why."""

    motion: Motion
    voter: str
    stance: Stance
    weight: int


class Outcome(NamedTuple):
    """
    How a motion ended, or stands at the end of the run; ticks are -1 where it did not come so
    far.
    """

    outcome: str
    decided_at: int
    executed_at: int
    reason: str


class Politics:
    """Proposals, votes, and the execution of what passed."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self.motions: list[Motion] = []
        self.votes: list[CastVote] = []
        self._decided: dict[int, int] = {}
        self._executed: dict[int, int] = {}
        self._cold: list[tuple[Address, int]] = []
        self.holders = self._make_holders()

    def _make_holders(self) -> list[Holder]:
        """
        Return the holders; each keeps the share of its tokens that does not vote in a second
        account.
        """
        market, holders = self._market, self._market.scenario.population.holders
        made = []
        for number, endowment in enumerate(self._endowments()):
            votes = int(endowment * holders.delegated)
            self._cold.append(
                (account(market.seed, f"holder-{number + 1}-cold").address, endowment - votes)
            )
            voting = account(market.seed, f"holder-{number + 1}")
            made.append(Holder(market, voting, number, endowment, votes))
        return made

    def _endowments(self) -> list[int]:
        holders = self._market.scenario.population.holders
        draws = [
            float(stream(self._market.seed, f"holder-{number + 1}/endowment").standard_normal())
            for number in range(holders.count)
        ]
        weights = np.exp(holders.endowment_sigma * np.array(draws))
        whole = holders.endowment // WAD
        return [int(whole * weight / weights.sum()) * WAD for weight in weights]

    def grants(self) -> list[tuple[Address, int]]:
        """Return who gets how many tokens at genesis: nobody any where they vest."""
        return [] if self._market.scenario.population.holders.vesting else self._endowed()

    def vest(self) -> None:
        """Stream the endowments, if they vest: nobody can take them back."""
        market, holders = self._market, self._market.scenario.population.holders
        if not holders.vesting:
            return
        endowed = self._endowed()
        streams, deployer = market.world.addresses["streams"], market.world.deployment.deployer
        total = sum(amount for _, amount in endowed)
        times = (market.now, market.now + holders.cliff, market.now + holders.vesting)
        approval = ("settlement_token", "approve", (streams, total))
        created = [("streams", "create", (who, amount, *times, False)) for who, amount in endowed]
        for contract, function, arguments in (approval, *created):
            market.carry_out("deployer", Call(contract, function, arguments, deployer, market.now))
        for holder in self.holders:
            holder.stream_id = 1 + [who for who, _ in endowed].index(holder.address)

    def _endowed(self) -> list[tuple[Address, int]]:
        voting = [(holder.address, holder.votes) for holder in self.holders]
        return [grant for grant in [*voting, *self._cold] if grant[1]]

    def step(self) -> None:
        """Propose what is due, vote on what is open, queue what passed, execute what has waited."""
        market = self._market
        market.everyone(self.holders, "pull")
        for proposal in market.scenario.governance.proposals:
            if proposal.tick == market.tick and self.holders:
                self._propose(proposal)
        states = {motion: self._state(motion) for motion in self.motions}
        open_motions = [motion for motion in self.motions if states[motion] == ACTIVE]
        for holder in self.holders:
            market.perform(holder, holder.vote(open_motions))
        for motion in self.motions:
            self._advance(motion, states[motion])

    def _propose(self, proposal: Proposal) -> None:
        """
        Let the largest holder put a proposal to the vote: it is the one that meets the threshold.
        """
        market = self._market
        name = CHAIN_NAMES[proposal.parameter]
        proposer = max(self.holders, key=lambda holder: holder.votes)
        description = (
            f"{proposal.parameter}: {proposal.why}" if proposal.why else proposal.parameter
        )
        calldata = _SET + words(BY_NAME[name].key, proposal.value)
        motion = Motion(
            proposal_id=0,
            parameter=name,
            previous=market.parameter(name),
            value=proposal.value,
            why=proposal.why,
            description=f"{description} (tick {market.tick})",
            calldata=calldata,
            proposed_at=market.tick,
        )
        receipt = market.carry_out(proposer.name, proposer.propose(motion))
        if receipt.ok:
            self.motions.append(motion._replace(proposal_id=receipt.value))

    def is_about_to_count(self) -> bool:
        """Whether a motion waits for its snapshot."""
        return any(self._state(motion) == PENDING for motion in self.motions)

    def voted(self, holder: Holder, motion: Motion, stance: Stance, weight: int) -> None:
        """Note a vote."""
        self.votes.append(CastVote(motion, holder.name, stance, weight))

    def _state(self, motion: Motion) -> int:
        return int(self._market.view("governor", "state", motion.proposal_id))

    def _advance(self, motion: Motion, state: int) -> None:
        """
        Queue a motion that passed, execute one whose delay is over; anyone may, so the first
        holder does.
        """
        market = self._market
        if state in _DECIDED and motion.proposal_id not in self._decided:
            self._decided[motion.proposal_id] = market.tick
        if state == SUCCEEDED:
            market.carry_out(self.holders[0].name, self._call(motion, "queue"))
        elif state == QUEUED and market.now >= market.view(
            "governor", "proposal_eta", motion.proposal_id
        ):
            market.carry_out(self.holders[0].name, self._call(motion, "execute"))
            self._executed[motion.proposal_id] = market.tick

    def outcome(self, motion: Motion) -> Outcome:
        """Return how a motion stands, and why: the votes, what they weighed, and what decided."""
        state = self._state(motion)
        votes = [vote for vote in self.votes if vote.motion == motion]
        sides = {
            name: (len(cast), sum(vote.weight for vote in cast) / WAD)
            for support, name in enumerate(("against", "for", "abstaining"))
            for cast in [[vote for vote in votes if vote.stance.support == support]]
        }
        said = ", ".join(
            f"{count} {name} with {weight:,.0f} MNFT" for name, (count, weight) in sides.items()
        )
        weighed = f"; they weighed {votes[0].stance.reason}" if votes else ""
        if state == DEFEATED:
            snapshot = self._market.view("governor", "proposal_snapshot", motion.proposal_id)
            # Of the votes only those for and abstaining count towards the quorum.
            quorum = self._market.view("governor", "quorum", snapshot) / WAD
            if sides["for"][1] + sides["abstaining"][1] < quorum:
                weighed += f"; the quorum of {quorum:,.0f} MNFT was missed"
        return Outcome(
            _STATES[state],
            self._decided.get(motion.proposal_id, -1),
            self._executed.get(motion.proposal_id, -1),
            f"{said}{weighed}",
        )

    def _call(self, motion: Motion, function: str) -> Call:
        store = self._market.world.addresses["parameter_store"]
        arguments = ((store,), (0,), (motion.calldata,), keccak(motion.description.encode()))
        return self.holders[0].call("governor", function, *arguments)
