"""Every call on the model and on a chain at once: equal, or the run stops."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from protocol.contract import Observation
from protocol.types import Address, Call, Receipt, event_values
from protocol.world import World
from sim.chain.codec import Codec
from sim.chain.deployment import blueprints
from sim.chain.engine import Engine
from sim.divergence import Divergence
from sim.trace import TraceWriter

_TOKEN = "settlement_token"


@dataclass
class Counts:
    """What was done and compared; gas is the sum over all calls, refused ones included."""

    calls: int = 0
    refused: int = 0
    views: int = 0
    balances: int = 0
    ticks: int = 0
    gas: int = 0


class ModelOnly:
    """The model alone, with the interface of `Lockstep`: nothing is compared."""

    name = "none"

    def __init__(self, world: World, trace_writer: TraceWriter | None = None) -> None:
        self.world = world
        self.counts = Counts()
        self._writer = trace_writer
        self._codec = Codec(blueprints(world.deployment))

    def execute(self, call: Call) -> Receipt:
        """
        Carry a call out.

        Raises:
            sim.chain.abi.ArgumentError: The call does not fit the ABI; nothing was executed.
        """
        self._codec.check(call)
        receipt = self.world.execute(call)
        self._record(call, receipt)
        return receipt

    def end_tick(self, timestamp: int, full: bool = False) -> None:
        """Close the tick: there is nothing to compare with."""
        del timestamp, full
        self.world.forget_touched()
        self.counts.ticks += 1

    def snapshot(self) -> tuple[Any, ...]:
        """Return what `revert` takes to come back here; a trace that is written is not."""
        return self.world.snapshot(), replace(self.counts)

    def revert(self, snapshot: tuple[Any, ...]) -> None:
        """Come back to the state of a snapshot, and to its counts."""
        world, counts = snapshot
        self.world.revert(world)
        self.counts = replace(counts)

    def _record(self, call: Call, receipt: Receipt) -> None:
        self.counts.calls += 1
        self.counts.refused += not receipt.ok
        self.counts.gas += receipt.gas or 0
        if self._writer is not None:
            self._writer.write(call, receipt)


class Lockstep(ModelOnly):
    """
    The model and a deployed engine, call by call.

    Per call outcome, value and events must be equal, exactly; per tick the views whose keys were
    written and the token balances of every account that ever called.
    """

    def __init__(
        self, world: World, engine: Engine, trace_writer: TraceWriter | None = None
    ) -> None:
        super().__init__(world, trace_writer)
        self.name = engine.name
        self.engine = engine
        self._accounts: dict[Address, None] = dict.fromkeys(world.addresses.values())
        self._accounts[world.deployment.deployer] = None

    def execute(self, call: Call) -> Receipt:
        """
        Carry a call out on both; the receipt has the model's value and the engine's gas.

        Raises:
            Divergence: They disagree, or the model failed instead of refusing.
            sim.chain.abi.ArgumentError: The call does not fit the ABI; nothing was executed.
        """
        chain = self.engine.execute(call)
        try:
            model = self.world.execute(call)
        except Exception as fault:
            raise self._divergence(call, Receipt(), chain, fault) from fault
        if not _identical(model, chain):
            raise self._divergence(call, model, chain)
        self._accounts[call.sender] = None
        receipt = replace(model, gas=chain.gas)
        self._record(call, receipt)
        return receipt

    def end_tick(self, timestamp: int, full: bool = False) -> None:
        """
        Compare the views of every key written since the last tick (of every key if `full`), and
        the balance of every known account; `timestamp` is the time at which views answer.

        Raises:
            Divergence: A view or a balance differs.
        """
        for observation in self.world.observations(touched_only=not full):
            self._compare(observation, timestamp)
            self.counts.views += 1
        for observation in self._balances():
            self._compare(observation, timestamp)
            self.counts.balances += 1
        super().end_tick(timestamp, full)

    def compare_view(self, name: str, timestamp: int) -> None:
        """
        Compare one view, `contract.function`, for every key and, of balances, every account.

        Raises:
            Divergence: An answer differs.
        """
        for observation in (*self.world.observations(touched_only=False), *self._balances()):
            if f"{observation.contract}.{observation.function}" == name:
                self._compare(observation, timestamp)

    def snapshot(self) -> tuple[Any, ...]:
        """Return what `revert` takes to come back here; a trace that is written is not."""
        return super().snapshot(), self.engine.snapshot(), dict(self._accounts)

    def revert(self, snapshot: tuple[Any, ...]) -> None:
        """Come back to the state of a snapshot on both, and to its counts."""
        model, engine, accounts = snapshot
        super().revert(model)
        self.engine.revert(engine)
        self._accounts = dict(accounts)

    def _balances(self) -> Iterator[Observation]:
        for account in self._accounts:
            yield Observation(_TOKEN, "balance_of", (account,))

    def _compare(self, observation: Observation, timestamp: int) -> None:
        chain = self.engine.view(observation, timestamp)
        try:
            model = self.world.view(observation, timestamp)
        except Exception as fault:
            raise self._divergence(observation, Receipt(), chain, fault) from fault
        if not _identical(model, chain):
            raise self._divergence(observation, model, chain)

    def _divergence(
        self,
        at: Call | Observation,
        model: Receipt,
        chain: Receipt,
        fault: Exception | None = None,
    ) -> Divergence:
        call = at if isinstance(at, Call) else None
        number = self.counts.calls + (call is not None)
        trace = self._writer.save_divergence(call, model) if self._writer else None
        tick = self.counts.ticks + 1
        return Divergence(self.name, tick, number, at, model, chain, fault, trace)


def _identical(model: Receipt, chain: Receipt) -> bool:
    return (
        model == chain
        and _alike(model.value, chain.value)
        and all(
            _alike(event_values(ours.event), event_values(theirs.event))
            for ours, theirs in zip(model.events, chain.events, strict=True)
        )
    )


def _alike(ours: Any, theirs: Any) -> bool:
    # Equality is not enough: True equals 1.
    if isinstance(ours, tuple):
        return all(_alike(each, other) for each, other in zip(ours, theirs, strict=True))
    return isinstance(ours, bool) == isinstance(theirs, bool)
