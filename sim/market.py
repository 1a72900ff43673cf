"""
The market: who is in it, what happens in a tick and in which order. Nothing here knows a rule of
the protocol.
"""

import math
from collections import Counter
from collections.abc import Generator, Iterable
from typing import Any, Protocol, TypeVar

from protocol.contract import Observation
from protocol.deployment import DEPLOYER
from protocol.gateway_events import BatchSettled
from protocol.parameter_store import ParameterSet
from protocol.parameters import BY_NAME, DAY
from protocol.pricing import Usage
from protocol.revenue import Paid
from protocol.sessions import Session, session_digest
from protocol.types import ZERO_HASH, Address, Call, Receipt
from protocol.verification import picks
from protocol.verification_events import CheckFailed, CheckPassed
from protocol.world import World
from sim.accounts import account
from sim.agents.base import Actions, MarketAgent, MarketModel
from sim.agents.creator import Creator
from sim.agents.data_provider import DataProvider
from sim.agents.fine_tuner import FineTuner
from sim.agents.host import Host
from sim.agents.population import Population, chance_per_tick
from sim.agents.publisher import COLLECT_EVERY, Publisher
from sim.agents.user import User
from sim.agents.validator import Validator
from sim.catalogue import Catalogue, Listing, Workshop
from sim.demand import Demand
from sim.politics import Politics
from sim.scenario.schema import Scenario
from sim.service import CheckRecord, OpenCheck, OpenSession, SettledBatch
from sim.workload.receipts import ReceiptBuilder
from sim.workload.tasks import PIXELS

Result = TypeVar("Result")

_RECENT_DAYS = 30


class Machine(Protocol):
    """What carries calls out: the model alone, or the model and a chain in lockstep."""

    @property
    def world(self) -> World:
        """The reference model."""

    def execute(self, call: Call) -> Receipt:
        """Carry a call out."""


class Recorder(Protocol):
    """What notes everything that happens."""

    def on_call(self, tick: int, actor: str, call: Call, receipt: Receipt) -> None:
        """Note a call and its receipt."""


class Market(MarketModel):
    """
    A Mesa model of the whole economy.

    A tick: owners publish and price, validators feed the beacon and check, hosts answer, users
    choose and call,
    hosts serve and settle, holders vote, everyone collects. Agents act in a fixed order; where a
    lot is to be drawn,
    it is drawn from a named stream.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        machine: Machine,
        workshop: Workshop,
        recorder: Recorder,
        catalogue: Catalogue,
    ) -> None:
        super().__init__()
        self.scenario, self.seed = scenario, seed
        self.machine, self.world = machine, machine.world
        self.workshop, self.recorder = workshop, recorder
        self.tick = -1
        self.catalogue = catalogue
        self.receipts = ReceiptBuilder(self.world.deployment)
        self.batches: dict[int, SettledBatch] = {}
        self.checks: dict[int, OpenCheck] = {}
        self.service_refusals: Counter[str] = Counter()
        self.calls_by_model: Counter[int] = Counter()
        self.paid_by_model: Counter[int] = Counter()
        self.calls_by_epoch: Counter[tuple[int, int]] = Counter()
        self.paid_by_tick: list[Counter[int]] = [Counter()]
        self.totals: Counter[str] = Counter()
        self.checks_passed = self.checks_failed = self.honest_slashes = 0
        self.sampled = self.picked = 0
        self.granted: Counter[str] = Counter()
        self.withdrawn: Counter[str] = Counter()
        self.check_records: dict[int, CheckRecord] = {}
        self.proofs_accepted: dict[int, tuple[Listing, int]] = {}
        self.listed_at: dict[tuple[int, int], int] = {}
        self._parameters: dict[bytes, int] = {}
        people = scenario.population
        self.population = Population(scenario, seed)
        self.creators = [
            Creator(self, self._account("creator", n)) for n in range(people.creators.count)
        ]
        self.fine_tuners = [
            FineTuner(self, self._account("fine-tuner", n)) for n in range(people.fine_tuners.count)
        ]
        self.hosts = [Host(self, self._account("host", n), n) for n in range(people.hosts.count)]
        self._hosts_by_address = {host.address: host for host in self.hosts}
        self.validators = [
            Validator(self, self._account("validator", n)) for n in range(people.validators.count)
        ]
        self.users = [
            User(self, self._account("user", n), n, float(self.population.activity[n]))
            for n in range(people.users.count)
        ]
        self.providers = [
            DataProvider(self, account(seed, f"data-provider-{domain.name}"))
            for domain in workshop.domains
        ]
        self.politics = Politics(self)
        self.holders = self.politics.holders
        self.demand = Demand(self)

    def _account(self, role: str, number: int) -> Any:
        return account(self.seed, f"{role}-{number + 1}")

    # --- time -------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """The tick's time, Unix seconds; genesis comes before tick 0."""
        return self.world.deployment.genesis_timestamp + (self.tick + 1) * self.scenario.tick

    @property
    def epoch(self) -> int:
        """The protocol's epoch now."""
        return self.now // self.scenario.protocol.epoch

    @property
    def is_last_tick(self) -> bool:
        """Whether the run ends with this tick."""
        return self.tick == self.scenario.ticks - 1

    def per_day(self, chance: float) -> float:
        """Return the chance per tick of something with a given chance per day."""
        return chance_per_tick(chance, DAY, self.scenario.tick)

    # --- acting -----------------------------------------------------------------------------------

    def perform(self, agent: MarketAgent, actions: Generator[Call, Receipt, Result]) -> Result:
        """
        Carry out what an agent wants, call by call, and send it the receipts; return what its
        actions return.
        """
        try:
            call = next(actions)
            while True:
                call = actions.send(self.carry_out(agent.name, call))
        except StopIteration as stop:
            result: Result = stop.value
            return result

    def carry_out(self, actor: str, call: Call) -> Receipt:
        """Carry out one call, and note it."""
        receipt = self.machine.execute(call)
        self.recorder.on_call(self.tick, actor, call, receipt)
        for log in receipt.events:
            if isinstance(log.event, BatchSettled):
                self.calls_by_model[log.event.model_id] += log.event.calls
                self.calls_by_epoch[log.event.model_id, self.epoch] += log.event.calls
                self.paid_by_model[log.event.model_id] += log.event.amount
                self.paid_by_tick[-1][log.event.model_id] += log.event.amount
            elif isinstance(log.event, ParameterSet):
                self._parameters.pop(log.event.key, None)
            elif isinstance(log.event, Paid):
                self.withdrawn[log.event.account] += log.event.amount
            elif isinstance(log.event, CheckPassed):
                self.checks_passed += 1
            elif isinstance(log.event, CheckFailed):
                self.checks_failed += 1
        return receipt

    def everyone(self, agents: Iterable[MarketAgent], phase: str) -> None:
        """Let agents act in a phase, one after the other."""
        for agent in agents:
            actions: Actions = getattr(agent, phase)()
            self.perform(agent, actions)

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        """Return what a view answers now; raises the refusal where it refuses."""
        receipt = self.world.view(Observation(contract, function, arguments), self.now)
        if receipt.refusal is not None:
            raise receipt.refusal
        return receipt.value

    def parameter(self, name: str) -> int:
        """Return a governed number as it is now."""
        key = BY_NAME[name].key
        if key not in self._parameters:
            self._parameters[key] = self.view("parameter_store", "get", key)
        return self._parameters[key]

    # --- a run ------------------------------------------------------------------------------------

    def genesis(self) -> None:
        """
        Share out the tokens, take up votes, stake, and let the gateway pull from users' wallets.
        """
        people = self.scenario.population
        grants: list[tuple[Address, int]] = [
            (host.address, host.stake_wanted) for host in self.hosts
        ]
        grants += [(validator.address, people.validators.stake) for validator in self.validators]
        grants += [(user.address, self.demand.budget(user.row)) for user in self.users]
        grants += self.politics.grants()
        for receiver, amount in grants:
            call = Call("settlement_token", "transfer", (receiver, amount), DEPLOYER, self.now)
            self.carry_out("deployer", call)
            self.granted[receiver] += amount
        self.everyone(self.holders, "join")
        self.everyone(self.hosts, "join")
        self.everyone(self.validators, "join")
        self.everyone(self.users, "fund")

    def step(self) -> None:
        """Let one tick pass."""
        self.tick += 1
        self.paid_by_tick.append(Counter())
        self.service_refusals.clear()
        self.honest_slashes = 0
        self._publish()
        self._verify()
        self.demand.meet()
        self.totals["asked"] += self.demand.asked
        for host in self.hosts:
            self.totals["served"] += host.record.served
            self.totals["cheated"] += host.record.cheated
        self.everyone(self.hosts, "settle")
        self.everyone(self.hosts, "release")
        self.politics.step()
        self._collect()

    def _publish(self) -> None:
        if self.tick == 0:
            self.everyone(self.creators, "launch")
            return
        owners: list[Publisher] = [*self.creators, *self.fine_tuners]
        self.everyone(owners, "register_circuits")
        self.everyone(owners, "approve_forks")
        self.everyone(self.fine_tuners, "consider_fork")
        self.everyone(self.creators, "improve")
        self.everyone(owners, "review_prices")
        self.everyone(owners, "plan_capacity")

    def _verify(self) -> None:
        self.everyone(self.hosts, "answer_checks")
        self.everyone(self.validators, "close_expired")
        batches = self._newly_picked()
        active = [validator for validator in self.validators if validator.is_up]
        for turn, validator in enumerate(active):
            self.perform(validator, validator.check(batches, turn, len(active)))
        self.everyone(self.validators, "feed_beacon")

    def _collect(self) -> None:
        self.everyone([*self.creators, *self.fine_tuners], "collect")
        if self.tick % COLLECT_EVERY == 0 or self.is_last_tick:
            self.everyone([*self.hosts, *self.validators, *self.providers], "collect")

    # --- models -----------------------------------------------------------------------------------

    def published(self, listing: Listing) -> None:
        """Note a new version; its price and its place in the lineage are on the chain."""
        self.listed_at[listing.model_id, listing.version] = self.tick

    def typical_usage(self) -> Usage:
        """Return the usage of a typical call."""
        workload = self.scenario.workload
        return Usage(1, workload.input_tokens, workload.output_tokens, PIXELS, 0)

    def price_of(self, model_id: int) -> int:
        """Return the price of a typical call of a model now."""
        return self.quote(model_id, self.typical_usage())

    def quote(self, model_id: int, usage: Usage) -> int:
        """Return what a usage costs now."""
        return int(self.view("pricing", "quote", model_id, usage))

    def calls_of(self, model_id: int) -> int:
        """Return the calls of a model settled so far."""
        return self.calls_by_model[model_id]

    def paid_for(self, model_id: int) -> int:
        """Return what users paid for a model so far."""
        return self.paid_by_model[model_id]

    def recent_use(self, model_id: int, epochs: int) -> list[int]:
        """
        Return the calls of a model settled in each of the last closed epochs, as many as there
        were since the one after it was listed.
        """
        listed = min(tick for (model, _), tick in self.listed_at.items() if model == model_id)
        age = (self.tick - listed) * self.scenario.tick // self.scenario.protocol.epoch
        return [
            self.calls_by_epoch[model_id, self.epoch - back]
            for back in range(1, min(epochs, age - 1) + 1)
        ]

    def forkable(self) -> list[Listing]:
        """
        Return the newest versions that a licence lets be forked, and whose lineage has room for a
        child.
        """
        return [
            listing
            for listing in self.catalogue.newest()
            if self._terms(listing).derivatives
            and self.view("lineage", "is_active", listing.model_id)
            and self.depth_of(listing.model_id) < 16
        ]

    def _terms(self, listing: Listing) -> Any:
        return self.view("licences", "terms_of", self.licence_of(listing))

    def licence_of(self, listing: Listing) -> int:
        """Return the licence of a version; a fork goes under its parent's."""
        version = self.view("model_registry", "version_of", listing.model_id, listing.version)
        return int(version.licence_id)

    def allows_commerce(self, listing: Listing) -> bool:
        """Return whether a version's licence allows commercial use."""
        return bool(self._terms(listing).commercial_use)

    def host_of(self, opened: OpenSession) -> Host:
        """Return who serves a session."""
        return self._hosts_by_address[opened.session.host]

    def minimum_royalty(self, listing: Listing) -> int:
        """Return the least royalty (bps) that a version's licence asks of a fork."""
        return int(self._terms(listing).minimum_royalty_bps)

    def depth_of(self, model_id: int) -> int:
        """Return how many generations lie above a model."""
        return int(self.view("lineage", "depth_of", model_id))

    def children_of(self, model_id: int) -> int:
        """Return how many forks name a model as their parent."""
        return sum(
            any(
                parent.model_id == model_id
                for parent in self.view("lineage", "parents_of", listing.model_id)
            )
            for listing in self.catalogue.newest()
        )

    def pending_children(self, owner: Address) -> list[int]:
        """Return the forks that wait for an owner's approval."""
        return [
            listing.model_id
            for listing in self.catalogue.newest()
            if not self.view("lineage", "is_active", listing.model_id)
            and any(
                self.view("model_registry", "owner_of", parent.model_id) == owner
                for parent in self.view("lineage", "parents_of", listing.model_id)
            )
        ]

    def expected_calls(self, domain: int) -> float:
        """
        Return the calls per day that a domain's users have made lately; before any, what a survey
        of users says.

        Calls on the chain do not name their domain, so the market's total is spread by the users'
        shares.
        """
        here = self.population.is_here & (self.population.domain == domain)
        return float(self.population.activity[here].sum())

    # --- service ----------------------------------------------------------------------------------

    def session_digest(self, session: Session) -> bytes:
        """Return what a user signs."""
        return session_digest(self.world.deployment, session)

    def refuse(self, reason: str, calls: int) -> None:
        """Count calls that were refused before they reached the chain."""
        if calls:
            self.service_refusals[reason] += calls

    def session_closed(self, opened: OpenSession) -> None:
        """Forget a session that its host closed."""
        self.demand.forget(opened)

    def batch_settled(self, batch: SettledBatch) -> None:
        """Publish a batch's receipts."""
        self.batches[batch.batch_id] = batch

    def batches_released(self, batches: list[SettledBatch]) -> None:
        """Forget batches whose money has moved on."""
        for batch in batches:
            del self.batches[batch.batch_id]

    def bonded(self, host: str) -> int:
        """Return the bonded stake of a host by its name."""
        return next(each.bonded() for each in self.hosts if each.name == host)

    # --- checks -----------------------------------------------------------------------------------

    def _newly_picked(self) -> list[SettledBatch]:
        """Return the batches whose beacon became final, with the receipts that it picks."""
        length = self.scenario.protocol.epoch
        rate = self.parameter("spotCheckRatePpm")
        final = [
            batch
            for batch in self.batches.values()
            if not batch.is_sampled and batch.settled_at // length + 1 < self.epoch
        ]
        for batch in final:
            batch.is_sampled = True
            beacon = self.view("verification", "beacon_of", batch.settled_at // length + 1)
            if beacon == ZERO_HASH:
                # Nobody revealed a secret for that epoch: the batch is beyond checking.
                continue
            batch.picked = [
                place for place, call in enumerate(batch.calls) if picks(beacon, call.leaf, rate)
            ]
        self.sampled = sum(len(batch.calls) for batch in final)
        self.picked = sum(len(batch.picked) for batch in final)
        return [batch for batch in final if batch.picked]

    def check_opened(
        self, check_id: int, validator: Validator, batch: SettledBatch, place: int
    ) -> None:
        """Note a check, and let a worker start on the proof if the host has an answer to give."""
        deadline = self.now + self.parameter("answerWindowSeconds")
        self.checks[check_id] = OpenCheck(
            check_id, validator.name, batch, place, self.tick, deadline
        )
        batch.open_checks += 1
        served = batch.calls[place]
        listing = served.listing
        self.check_records[check_id] = CheckRecord(
            batch.host,
            validator.name,
            listing.model_id,
            listing.version,
            self.tick,
            -1,
            "open",
            served.is_honest,
        )
        if served.is_honest:
            self.workshop.proof(listing, served.row)

    def checks_to_answer(self, host: Host) -> list[OpenCheck]:
        """Return a host's checks opened before this tick and still in time."""
        return [
            check
            for check in self.checks.values()
            if check.batch.host == host.name
            and check.opened_at < self.tick
            and self.now <= check.deadline
        ]

    def expired_checks(self, validator: Validator) -> list[OpenCheck]:
        """Return the checks that a validator opened and nobody answered in time."""
        return [
            check
            for check in self.checks.values()
            if check.validator == validator.name and self.now > check.deadline
        ]

    def check_failed(self, check: OpenCheck) -> None:
        """Note a check that nobody answered in time."""
        self.honest_slashes += check.batch.calls[check.place].is_honest
        self._close(check, "failed")

    def check_passed(self, check: OpenCheck, proof_bytes: int) -> None:
        """Note a check that a proof answered."""
        listing = check.batch.calls[check.place].listing
        self.proofs_accepted[check.check_id] = (listing, proof_bytes)
        self._close(check, "passed")

    def _close(self, check: OpenCheck, outcome: str) -> None:
        record = self.check_records[check.check_id]
        self.check_records[check.check_id] = record._replace(closed_tick=self.tick, outcome=outcome)
        del self.checks[check.check_id]
        check.batch.open_checks -= 1

    # --- figures that agents know -----------------------------------------------------------------

    def recent_days(self) -> float:
        """Return over how many days recent figures go: 30, or fewer at the start."""
        return max(1.0, min(_RECENT_DAYS, (self.tick + 1) * self.scenario.tick / DAY))

    def recent_volume(self) -> int:
        """Return what users paid in the last 30 days."""
        return sum(sum(paid.values()) for paid in self._recent())

    def recent_revenue_of(self, holder: int) -> int:
        """
        Return what users paid in the last 30 days for the models of the creator that a holder has
        a share in.
        """
        if not self.creators:
            return 0
        owned = {
            offer.listing.model_id for offer in self.creators[holder % len(self.creators)].offers
        }
        return sum(
            amount for paid in self._recent() for model, amount in paid.items() if model in owned
        )

    def recent_calls(self) -> float:
        """Return the calls per 30 days, at the pace so far."""
        days = max(1.0, (self.tick + 1) * self.scenario.tick / DAY)
        return self.calls_by_model.total() * 30 / days

    def _recent(self) -> list[Counter[int]]:
        ticks = max(1, _RECENT_DAYS * DAY // self.scenario.tick)
        return self.paid_by_tick[-ticks:]

    def cheated_share(self) -> float:
        """Return the share of calls that hosts cheat on, as far as checks have shown it."""
        closed = self.checks_passed + self.checks_failed
        return self.checks_failed / closed if closed else 0.0

    def deterrence_with(self, parameter: str, value: int) -> float:
        """Return the lowest deterrence D over the hosts if a parameter had a value."""
        return min((host.deterrence({parameter: value}) for host in self.hosts), default=math.inf)
