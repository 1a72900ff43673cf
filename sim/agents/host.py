"""
Hosts: they stake, serve calls with finite capacity, settle receipts, answer checks; some cheat
where it pays.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from protocol.gateway import MAXIMUM_ENTRIES, MAXIMUM_RELEASES
from protocol.gateway_events import ReceiptsSettled
from protocol.money import BPS
from protocol.parameters import DAY, PPM
from protocol.sessions import Entry
from protocol.types import Call, Receipt
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.agents.population import chance_per_tick
from sim.agents.user import SignedSession, tokens
from sim.catalogue import Listing
from sim.deterrence import Response, Responses
from sim.receipting import answer_request
from sim.service import OpenChannel, OpenSession, Request, ServedCall, SettledBatch
from sim.streams import stream
from sim.workload.receipts import MerkleTree
from sim.workload.tasks import GREY_LEVELS
from zk import ZkError
from zk.field import check_bounds

if TYPE_CHECKING:
    from sim.market import Market

_HOST = 0
_FULLEST = 0.95
"""
Load above which the queueing formula would leave the range in which a queue is stable within a
tick.
"""


@dataclass
class ServiceRecord:
    """
    What a host did in a tick: calls asked, served and cheated, tokens in and out, the sum over
    calls of the model's
    accuracy on the user's domain, and the mean time of a call in seconds.

    Of the calls served and cheated, `unchecked` and `cheated_unchecked` were paid by channel.
    """

    asked: int = 0
    served: int = 0
    cheated: int = 0
    tokens: int = 0
    accuracy: float = 0.0
    latency: float = 0.0
    unchecked: int = 0
    cheated_unchecked: int = 0


def ration(asked: Sequence[int], share: float, offset: float) -> list[int]:
    """
    Return how many calls of each request are taken when only a share of all can be.

    Systematic sampling: the total is the share's, rounded, and each call has the same chance,
    if the offset is drawn evenly from 0 to 1. A share of the single request would round a lone
    call down to none.
    """
    ends = [0, *accumulate(asked)]
    # A product may miss a whole number by its last bit.
    marks = [math.floor(share * end + offset + 1e-9) for end in ends]
    return [after - before for before, after in pairwise(marks)]


class Host(MarketAgent):
    """One host: its sessions, its honesty, its queue."""

    def __init__(self, market: "Market", account: Account, number: int) -> None:
        super().__init__(market, account)
        hosts, ticks = market.scenario.population.hosts, market.scenario.ticks
        self.number = number
        self.sessions: dict[bytes, OpenSession] = {}
        traits = stream(market.seed, f"{self.name}/traits")
        spread = hosts.latency_sigma * traits.standard_normal()
        self.base_latency = hosts.latency / 1_000 * math.exp(spread)
        self.is_prone = bool(traits.random() < hosts.cheating.share)
        outages = stream(market.seed, f"{self.name}/outages").random(ticks)
        chance = chance_per_tick(hosts.outage, DAY, market.scenario.tick)
        downtime = hosts.outage_severity * min(1.0, hosts.repair / market.scenario.tick)
        self._failing_share = (outages < chance) * downtime
        self._honesty = stream(market.seed, f"{self.name}/honesty")
        self._rationing = stream(market.seed, f"{self.name}/rationing").random((2, ticks))
        self.responses = Responses()
        self._ready: list[SettledBatch] = []
        self.latency = self.base_latency
        self.record = ServiceRecord(latency=self.base_latency)
        self.margin = float(hosts.margin)
        self._bids = stream(market.seed, f"{self.name}/bids")
        self.compute_costs = 0
        self.cheating_gains = 0

    def join(self) -> Actions:
        """Stake."""
        staking = self.market.world.addresses["staking"]
        amount = self.stake_wanted
        yield self.call("settlement_token", "approve", staking, amount)
        yield self.call("staking", "stake", _HOST, amount)

    @property
    def stake_wanted(self) -> int:
        """
        What this host stakes: the first one the scenario's stake, each further one a step more.
        """
        hosts = self.market.scenario.population.hosts
        return hosts.stake * (BPS + self.number * hosts.stake_step) // BPS

    @property
    def failing_share(self) -> float:
        """Share of this tick's calls that an outage fails."""
        own = float(self._failing_share[self.market.tick])
        return max(own, self.market.shocks.failing_share(self.market.tick))

    @property
    def compute_cost(self) -> int:
        """What a call costs to compute, in tokens at their price today."""
        cost = self.market.scenario.population.hosts.compute_cost
        return self.market.shocks.in_tokens(cost, self.market.tick)

    @property
    def ask(self) -> int:
        """The least that this host serves a call for: its cost, and the margin that is left."""
        return self.compute_cost * (BPS + int(self.margin)) // BPS

    @property
    def cheating_gain(self) -> int:
        """What a cheat saves, in tokens at their price today."""
        gain = self.market.scenario.population.hosts.cheating.gain
        return self.market.shocks.in_tokens(gain, self.market.tick)

    def is_active(self) -> bool:
        """Whether the stake still allows to serve."""
        return bool(self.market.view("staking", "is_active", self.address, _HOST))

    def serves(self, price: int, host_fee_bps: int) -> bool:
        """
        Whether a call of a model brings what the host asks: price times its share, at least the
        compute cost.
        """
        return price * host_fee_bps >= self.ask * BPS

    def deterrence(self, changed: Mapping[str, int] = MappingProxyType({})) -> float:
        """
        Return D = p s S / ((1 - p) G), with some parameters changed: below 1 cheating pays.

        p share of receipts checked, s share of the stake lost, S stake, G gain of an undetected
        cheat.
        Source: T4, stake-slash deterrence.
        """
        gain = self.cheating_gain
        rate = changed.get("spotCheckRatePpm", self.market.parameter("spotCheckRatePpm"))
        slash = changed.get("wrongOutputSlashBps", self.market.parameter("wrongOutputSlashBps"))
        if gain == 0 or rate >= PPM:
            return math.inf
        return rate * slash * self.bonded() / ((PPM - rate) * BPS * gain)

    def bonded(self) -> int:
        """Return the bonded stake."""
        position = self.market.view("staking", "position_of", self.address, _HOST)
        return int(position[0])

    def cheating_chance(self, *, is_checked: bool = True) -> float:
        """
        Return the chance to cheat on a call: a logistic answer to what cheating is worth.

        (1 - p) G - p s S in MNFT, times the sensitivity; an honest type never cheats. Of a call
        that leaves no receipt nothing is checked, p = 0.
        Source: quantal response (McKelvey, Palfrey 1995).
        """
        if not self.is_prone:
            return 0.0
        cheating = self.market.scenario.population.hosts.cheating
        chance = self.market.parameter("spotCheckRatePpm") / PPM if is_checked else 0.0
        slash = self.market.parameter("wrongOutputSlashBps") / BPS
        worth = (1 - chance) * tokens(self.cheating_gain) - chance * slash * tokens(self.bonded())
        return 1 / (1 + math.exp(min(700.0, -cheating.sensitivity * worth)))

    def admit(
        self, signed: SignedSession, user: int, listing: Listing
    ) -> Generator[Call, Receipt, OpenSession | None]:
        """Open a signed session on the chain; None where the rules refuse it."""
        receipt = yield self.call("gateway", "open_session", signed.session, signed.signature)
        if not receipt.ok:
            return None
        opened = OpenSession(receipt.value, signed.session, user, listing)
        self.sessions[receipt.value] = opened
        return opened

    @staticmethod
    def admits(values: Sequence[float]) -> bool:
        """
        Whether an input can be proven: every grey level within the bounds that the registry states.

        Refused when the request is made, so that no honest host stakes on what no proof can show.
        """
        try:
            check_bounds(values, 0, GREY_LEVELS)
        except ZkError:
            return False
        return True

    def serve(self, requests: list[Request]) -> None:
        """
        Compute what was asked, as far as capacity, outages and budgets go, and hand out receipts.

        Calls above the capacity and calls that an outage fails are spread over all requests. The
        time of a call follows the M/M/1 queue: mean = service time / (1 - load).
        """
        asked = [len(request.rows) for request in requests]
        capacity = self.market.scenario.population.hosts.capacity
        at_capacity, in_outage = self._rationing[:, self.market.tick].tolist()
        admitted = ration(asked, min(1.0, capacity / max(1, sum(asked))), at_capacity)
        answered = ration(admitted, 1 - self.failing_share, in_outage)
        allowed = [self._allowed(request, n) for request, n in zip(requests, answered, strict=True)]
        self.market.tally.refuse("HostAtCapacity", sum(asked) - sum(admitted))
        self.market.tally.refuse("HostDown", sum(admitted) - sum(answered))
        self.market.tally.refuse("CallsOfPeriodSpent", sum(answered) - sum(allowed))
        deterrence, checked_chance = self.deterrence(), self.cheating_chance()
        unchecked_chance = self.cheating_chance(is_checked=False)
        self.record = ServiceRecord(asked=sum(asked))
        for request, accepted in zip(requests, allowed, strict=True):
            is_checked = isinstance(request.session, OpenSession)
            chance = checked_chance if is_checked else unchecked_chance
            affordable = self._serve_one(request, accepted, chance)
            self.market.tally.refuse("SessionBudgetSpent", accepted - affordable)
        if self.is_prone and math.isfinite(deterrence):
            checked = self.record.served - self.record.unchecked
            cheated = self.record.cheated - self.record.cheated_unchecked
            self.responses.add(Response(deterrence, checked, cheated))
        load = min(_FULLEST, self.record.served / capacity)
        self.latency = self.record.latency = self.base_latency / (1 - load)
        self._undercut()

    def _undercut(self) -> None:
        """
        Ask for less where less than half of the capacity was asked for: a call at a smaller margin
        beats none.

        The cut is drawn evenly from nothing to twice the mean, so that equal hosts part.
        Source: Edgeworth 1897: sellers with room undercut, down to cost.
        """
        hosts = self.market.scenario.population.hosts
        is_open = self.market.tally.totals["asked"] > 0
        if hosts.undercut and is_open and 2 * self.record.asked < hosts.capacity:
            self.margin *= 1 - 2 * hosts.undercut * float(self._bids.random())

    def _allowed(self, request: Request, calls: int) -> int:
        """Return how many of some calls a limited licence still allows: no others would settle."""
        if isinstance(request.session, OpenChannel):
            return calls
        room = self.market.licensing.room(request.session)
        return calls if room is None else min(calls, room)

    def _serve_one(self, request: Request, accepted: int, chance: float) -> int:
        opened = request.session
        self.market.storing.fetched(opened.listing, self.address)
        cheats = self._honesty.random(accepted) < chance
        if isinstance(opened, OpenChannel):
            count = self.market.channelling.answer(request, opened, accepted, cheats)
            self.record.unchecked += count
            self.record.cheated_unchecked += int(cheats[:count].sum())
        else:
            count = len(answer_request(self.market, request, opened, accepted, cheats))
            self.record.tokens += sum(request.input_tokens[:count])
            self.record.tokens += sum(request.output_tokens[:count])
        honest = count - int(cheats[:count].sum())
        self.record.served += count
        self.record.cheated += count - honest
        domain = self.market.population.domain[opened.user]
        self.record.accuracy += count * float(opened.listing.accuracy[domain])
        self.compute_costs += honest * self.compute_cost
        self.cheating_gains += (count - honest) * self.cheating_gain
        return count

    def settle(self) -> Actions:
        """
        Post what was served, model by model, in batches; close the sessions that ended.

        Hosts take turns, so that where each settles every few ticks some do in every tick: prices
        follow what is settled.
        """
        every = self.market.scenario.population.hosts.settle_every
        if (self.market.tick + self.number) % every and not self.market.is_last_tick:
            return
        by_model: dict[int, list[OpenSession]] = {}
        for opened in self.sessions.values():
            if opened.unsettled:
                by_model.setdefault(opened.session.model_id, []).append(opened)
        for model_id, sessions in by_model.items():
            entries = [(opened, *use) for opened in sessions for use in opened.unsettled]
            for start in range(0, len(entries), MAXIMUM_ENTRIES):
                yield from self._settle_batch(model_id, entries[start : start + MAXIMUM_ENTRIES])
        for opened in [each for each in self.sessions.values() if self._is_over(each)]:
            receipt = yield self.call("gateway", "close_session", opened.session_id)
            if receipt.ok:
                del self.sessions[opened.session_id]
                self.market.demand.forget(opened)

    def _settle_batch(
        self, model_id: int, entries: list[tuple[OpenSession, Entry, list[ServedCall], int]]
    ) -> Actions:
        calls = [call for _, _, served, _ in entries for call in served]
        tree = MerkleTree([call.leaf for call in calls])
        posted = tuple(entry for _, entry, _, _ in entries)
        receipt = yield self.call("gateway", "settle", model_id, tree.root, posted)
        for opened, entry, _, _ in entries:
            opened.unsettled = [use for use in opened.unsettled if use[0] is not entry]
        if receipt.ok:
            batch = SettledBatch(receipt.value, self.name, self.market.now, calls, tree)
            self.market.challenges.settled(batch)
            self._ready.append(batch)
            self._give_back(receipt, entries)

    def _give_back(
        self, receipt: Receipt, entries: list[tuple[OpenSession, Entry, list[ServedCall], int]]
    ) -> None:
        """Count as not spent what users did not pay, as they had a right to the calls."""
        due = [event.price for _, event in receipt.events if isinstance(event, ReceiptsSettled)]
        for (opened, _, _, price), paid in zip(entries, due, strict=True):
            opened.spent -= price - paid
            less = self.market.currencies.in_mnft(opened.listing.model_id, price - paid)
            self.market.demand.spent[opened.user] -= less

    def _is_over(self, opened: OpenSession) -> bool:
        return not opened.unsettled and (
            opened.is_ending or self.market.now > opened.session.expires_at
        )

    def release(self) -> Actions:
        """Move batches whose challenge window is over to Revenue."""
        window = self.market.parameter("challengeWindowSeconds")
        due = [
            batch
            for batch in self._ready
            if self.market.now > batch.settled_at + window and not batch.open_checks
        ]
        for start in range(0, len(due), MAXIMUM_RELEASES):
            part = due[start : start + MAXIMUM_RELEASES]
            receipt = yield self.call("gateway", "release", tuple(batch.batch_id for batch in part))
            if receipt.ok:
                self.market.challenges.released(part)
        gone = {batch.batch_id for batch in due}
        self._ready = [batch for batch in self._ready if batch.batch_id not in gone]

    def answer_checks(self) -> Actions:
        """
        Answer the checks opened before this tick with proofs; a cheat has none to give.

        The worker had the time of a tick; where it is not done the simulation waits, so that
        results never
        depend on a machine's speed.
        """
        for check in self.market.challenges.to_answer(self):
            served = check.batch.calls[check.place]
            if not served.is_honest:
                continue
            proof = self.market.workshop.proof(served.listing, served.row).result()
            words = served.listing.keys.result().verifier_words
            receipt = yield self.call(
                "verification", "answer_check", check.check_id, proof.proof, proof.instances, words
            )
            if receipt.ok:
                self.market.challenges.passed(check, len(proof.proof))

    def collect(self) -> Actions:
        """Withdraw what was earned."""
        yield from self.market.currencies.collect(self)
