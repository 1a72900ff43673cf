"""Gas of whole transactions that succeed: of calls by function, and of settlement by receipt."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from protocol.deployment import Deployment
from protocol.parameters import resolve
from protocol.types import Call, Receipt
from protocol.world import World
from sim.chain.engine import Engine
from sim.lockstep import Lockstep
from sim.rulebook import functions
from sim.rulebook.fuzzing import CALLS_OF_A_WALK, Dice
from sim.rulebook.record import Record
from sim.rulebook.walk import Walk
from sim.trace import Entry
from tests.benchmarks.settling import Customer, Settling, gas_of
from tests.open_market import role

GasOf = dict[str, list[int]]
"""The gas of each successful call, by function (`contract.function`)."""

SIZES = (1, 10, 100, 1_000)
MOST_SESSIONS = 50
"""Of the batches that spread receipts over sessions: it divides 100 and 1,000."""


class Spent(NamedTuple):
    """What calls of a function took."""

    calls: int
    least: int
    median: int
    most: int


class Settled(NamedTuple):
    """Receipts that were settled together: from how many sessions, and the gas of it all."""

    receipts: int
    sessions: int
    batches: int
    settle: int
    release: int

    @property
    def per_receipt(self) -> int:
        """Return the gas of a receipt, settled and released, rounded up."""
        return -(-(self.settle + self.release) // self.receipts)


def summary(gas: Mapping[str, Sequence[int]]) -> dict[str, Spent]:
    """
    Return what calls took, by function.

    A proof is blinded anew each time it is made, and so its zero bytes are others each time:
    functions that take one are rounded.
    """
    proofs = {each.key for each in functions() if any(a.name == "proof" for a in each.arguments)}
    found = {}
    for name, used in gas.items():
        low, middle, high = min(used), statistics.median_low(used), max(used)
        if name in proofs:
            low, middle, high = (round(each, -4) for each in (low, middle, high))
        found[name] = Spent(len(used), low, middle, high)
    return found


def of_record(recorded: Record, engine: Engine) -> GasOf:
    """Return the gas of a recorded run's calls that write, on a deployed engine."""
    views = {each.key for each in functions() if each.is_view}
    gas: GasOf = defaultdict(list)
    for call in recorded.calls:
        receipt = engine.execute(call)
        if receipt.ok and f"{call.contract}.{call.function}" not in views:
            gas[f"{call.contract}.{call.function}"].append(receipt.gas or 0)
    return gas


def of_entries(entries: Iterable[Entry]) -> GasOf:
    """Return the gas of a trace's calls that succeeded."""
    gas: GasOf = defaultdict(list)
    for entry in entries:
        if not entry.receipt["refusal"]:
            gas[f"{entry.call.contract}.{entry.call.function}"].append(entry.gas or 0)
    return gas


class Weighing(Lockstep):
    """Lockstep that notes the gas of what succeeds."""

    def __init__(self, world: World, engine: Engine, gas: GasOf) -> None:
        super().__init__(world, engine)
        self._gas = gas

    def execute(self, call: Call) -> Receipt:
        receipt = super().execute(call)
        if receipt.ok:
            self._gas[f"{call.contract}.{call.function}"].append(receipt.gas or 0)
        return receipt


def of_walks(recorded: Record, engine: Engine, walks: int) -> GasOf:
    """Return the gas of successful calls in walks on a deployed engine."""
    gas: GasOf = defaultdict(list)
    start = engine.snapshot()
    for number in range(walks):
        engine.revert(start)
        world = World(recorded.deployment, recorded.is_valid_proof)
        walk = Walk(Weighing(world, engine, gas), recorded.calls, Dice(1, f"gas-{number}"))
        while walk.steps < CALLS_OF_A_WALK:
            walk.step()
    return gas


class Settlements:
    """A host with as many customers as there are receipts; all have settled and paid before."""

    def __init__(self, engine: Engine, customers: int) -> None:
        deployment = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
        engine.deploy(deployment)
        self._settling = Settling(engine, deployment)
        self._customers = [self._settling.join(role(f"user-{n}")) for n in range(customers)]
        self._settling.release(self._settling.settle(self._customers, 1))
        self._settling.transfer(self._customers[0].account)

    def transfer(self) -> int:
        """Return the gas of an ERC-20 transfer to the host, who has tokens."""
        return self._settling.transfer(self._customers[0].account).gas or 0

    def one_session(self, receipts: int) -> Settled:
        """Settle receipts of one session: one entry."""
        return self._settle(self._customers[:1], receipts)

    def one_batch(self, receipts: int) -> Settled:
        """Settle one batch, spread evenly over sessions."""
        sessions = min(receipts, MOST_SESSIONS)
        return self._settle(self._customers[:sessions], receipts // sessions)

    def a_session_each(self, receipts: int) -> Settled:
        """Settle one receipt of each of as many sessions, in as many batches as it takes."""
        return self._settle(self._customers[:receipts], 1)

    def _settle(self, customers: Sequence[Customer], each: int) -> Settled:
        settled = self._settling.settle(customers, each)
        released = self._settling.release(settled)
        sessions = len(customers)
        return Settled(sessions * each, sessions, len(settled), gas_of(settled), gas_of(released))


def of_settlement(engine: Engine, sizes: Sequence[int]) -> tuple[int, list[Settled]]:
    """Return the gas of a transfer, and of settlement by size: the three ways to spread each."""
    settlements = Settlements(engine, max(sizes))
    ways = (settlements.one_session, settlements.one_batch, settlements.a_session_each)
    return settlements.transfer(), [way(size) for way in ways for size in sizes]
