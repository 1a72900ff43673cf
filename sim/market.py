"""
The market: who is in it, what happens in a tick and in which order. Nothing here knows a rule of
the protocol.
"""

import math
from collections.abc import Generator, Iterable
from typing import Any, Protocol, TypeVar

from protocol.contract import Observation
from protocol.deployment import DEPLOYER
from protocol.hashing import typed_data_digest
from protocol.parameter_store import ParameterSet
from protocol.parameters import BY_NAME, DAY
from protocol.sessions import Session, gateway_separator, session_id_of
from protocol.types import Address, Call, Receipt
from protocol.world import World
from sim.accounts import account
from sim.agents.attester import Attester
from sim.agents.base import Actions, MarketAgent, MarketModel
from sim.agents.copier import Copier
from sim.agents.creator import Creator
from sim.agents.data_provider import DataProvider
from sim.agents.fine_tuner import FineTuner
from sim.agents.host import Host
from sim.agents.population import Population, chance_per_tick
from sim.agents.publisher import COLLECT_EVERY, Publisher
from sim.agents.user import User
from sim.agents.validator import Validator
from sim.badging import Badging
from sim.catalogue import Catalogue, Listing, Workshop
from sim.challenges import Challenges
from sim.channelling import Channelling
from sim.clubs import Clubs
from sim.currencies import Currencies
from sim.demand import Demand
from sim.gating import Gating
from sim.inference_rights import InferenceRights
from sim.key_desk import KeyDesk
from sim.leasing import Leasing
from sim.licensing import Licensing
from sim.poaching import Poaching
from sim.politics import Politics
from sim.prepaying import Prepaying
from sim.resale import Resale
from sim.scenario.schema import Scenario
from sim.service import OpenChannel, OpenSession
from sim.shelf import Shelf
from sim.shocks import Shocks
from sim.storing import Storing
from sim.tally import Tally
from sim.unbundling import Unbundling
from sim.unit_book import UnitBook
from sim.weights_rights import WeightsRights
from sim.workload.receipts import ReceiptBuilder

Result = TypeVar("Result")


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
        shocks: Shocks | None = None,
    ) -> None:
        super().__init__()
        self.shocks = shocks or Shocks(scenario, seed, {})
        self.scenario, self.seed = scenario, seed
        self.machine, self.world = machine, machine.world
        self.workshop, self.recorder = workshop, recorder
        self.tick = -1
        self.catalogue = catalogue
        self.receipts = ReceiptBuilder(self.world.deployment)
        self._separator = gateway_separator(self.world.deployment)
        self.tally = Tally(scenario)
        self._parameters: dict[bytes, int] = {}
        self.shelf = Shelf(self)
        self.keys = KeyDesk(self)
        self.challenges = Challenges(self)
        people = scenario.population
        self.population = Population(scenario, seed, self.shocks.demand)
        self.creators = [
            Creator(self, self._account("creator", n), n) for n in range(people.creators.count)
        ]
        self.fine_tuners = [
            FineTuner(self, self._account("fine-tuner", n)) for n in range(people.fine_tuners.count)
        ]
        self.copiers = [
            Copier(self, self._account("copier", n)) for n in range(people.copiers.count)
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
            DataProvider(self, account(seed, f"data-provider-{domain.name}"), number)
            for number, domain in enumerate(workshop.domains)
        ]
        self.attester = Attester(self, account(seed, "attester"))
        self.licensing = Licensing(self, self.attester)
        self.politics = Politics(self)
        self.holders = self.politics.holders
        self.resale = Resale(self)
        self.units = UnitBook(self)
        self.unbundling = Unbundling(self)
        self.weights_rights = WeightsRights(self)
        self.prepaying = Prepaying(self)
        self.gating = Gating(self)
        self.badging = Badging(self)
        self.clubs = Clubs(self)
        self.poaching = Poaching(self)
        self.channelling = Channelling(self)
        self.currencies = Currencies(self)
        self.leasing = Leasing(self)
        self.inference_rights = InferenceRights(self)
        self.storing = Storing(self)
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
            event = log.event
            self.tally.note(self.currencies.told_in_mnft(log))
            if isinstance(event, ParameterSet):
                self._parameters.pop(event.key, None)
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
        grants += [(each.address, people.collectors.budget) for each in self.resale.collectors]
        grants += [(each.address, people.investors.budget) for each in self.unbundling.investors]
        for agents, budget in (
            (self.creators, people.creators.budget),
            (self.fine_tuners, people.fine_tuners.budget),
            (self.copiers, people.copiers.budget),
        ):
            grants += [(each.address, budget) for each in agents if budget]
        for receiver, amount in grants:
            call = Call("settlement_token", "transfer", (receiver, amount), DEPLOYER, self.now)
            self.carry_out("deployer", call)
            self.tally.granted[receiver] += amount
        self.politics.vest()
        self.everyone(self.holders, "join")
        self.everyone(self.hosts, "join")
        self.everyone(self.validators, "join")
        self.everyone(self.users, "fund")
        self.everyone(self.resale.collectors, "join")
        if self.channelling.is_used or self.currencies.is_used:
            self.everyone([self.channelling.exchange], "stock")
        self.everyone(self.unbundling.investors, "join")

    def step(self) -> None:
        """Let one tick pass."""
        self.tick += 1
        self.tally.begin_tick(self.now)
        self.challenges.begin_tick()
        self.channelling.begin_tick()
        self.storing.begin_tick()
        self._publish()
        self._verify()
        self.leasing.step()
        self.demand.meet()
        totals = self.tally.totals
        totals["asked"] += self.demand.asked
        for host in self.hosts:
            totals["served"] += host.record.served
            totals["cheated"] += host.record.cheated
            totals["served_unchecked"] += host.record.unchecked
            totals["cheated_unchecked"] += host.record.cheated_unchecked
        self._settle()
        self.politics.step()
        self._collect()

    def _publish(self) -> None:
        if self.tick == 0:
            if self.licensing.is_used:
                self.everyone([self.attester], "open_office")
            self.everyone(self.providers, "register_data")
            self.everyone(self.creators, "launch")
            return
        owners = self.owners()
        self.everyone(owners, "pay_storage")
        self.everyone(owners, "register_circuits")
        self.everyone(owners, "record_training")
        self.everyone(owners, "release_keys")
        self.everyone(owners, "approve_forks")
        self.everyone(self.fine_tuners, "consider_fork")
        self.everyone(self.copiers, "consider_copy")
        self.everyone(self.creators, "improve")
        self.everyone(owners, "review_prices")
        self.everyone(owners, "plan_capacity")
        self.everyone(owners, "let_hosts_bid")
        self.resale.step()
        self.gating.step()
        self.badging.step()
        self.clubs.step()
        self.poaching.step()
        self.unbundling.step()
        self.weights_rights.step()
        self.inference_rights.step()

    def _verify(self) -> None:
        self.everyone(self.hosts, "answer_checks")
        self.everyone(self.validators, "close_expired")
        batches = self.challenges.newly_picked()
        active = [validator for validator in self.validators if validator.is_up]
        for turn, validator in enumerate(active):
            self.perform(validator, validator.check(batches, turn, len(active)))
        self.everyone(self.validators, "feed_beacon")

    def _settle(self) -> None:
        self.everyone(self.hosts, "settle")
        self.everyone(self.hosts, "release")
        self.channelling.wind_up()

    def _collect(self) -> None:
        self.everyone(self.owners(), "collect")
        self.everyone(self.unbundling.investors, "collect")
        self.everyone([self.storing.pinner], "collect")
        if self.tick % COLLECT_EVERY == 0 or self.is_last_tick:
            paid = [*self.hosts, *self.validators, *self.providers, *self.badging.contributors()]
            self.everyone(paid, "collect")
            self.inference_rights.collect()

    # --- who knows whom ---------------------------------------------------------------------------

    def copies(self) -> dict[int, Listing]:
        """Return the models that are copies, as they are listed."""
        return {
            offer.listing.model_id: offer.listing
            for copier in self.copiers
            for offer in copier.offers
        }

    def owners(self) -> list[Publisher]:
        """Return everybody who may own models."""
        return [*self.creators, *self.fine_tuners, *self.copiers, *self.resale.collectors]

    def host_of(self, opened: OpenSession | OpenChannel) -> Host:
        """Return who serves a session or a channel."""
        return self._hosts_by_address[opened.host]

    def bonded(self, host: str) -> int:
        """Return the bonded stake of a host by its name."""
        return next(each.bonded() for each in self.hosts if each.name == host)

    def session_digest(self, session: Session) -> bytes:
        """Return what a user signs."""
        return typed_data_digest(self._separator, session_id_of(session))

    def deterrence_with(self, parameter: str, value: int) -> float:
        """Return the lowest deterrence D over the hosts if a parameter had a value."""
        return min((host.deterrence({parameter: value}) for host in self.hosts), default=math.inf)
