"""
Walks: calls that nobody planned, on the model and a chain in lockstep.

A walk goes along a recorded run and strays from it: it repeats the run's next call, changes one
argument, the sender or the coin of a call that was made, calls anything with values that it has
seen, or lets time pass. Whatever is in the rulebook takes part; a new function needs nothing else.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import contracts
from protocol.deployment import ORDER
from protocol.parameters import DAY
from protocol.types import ZERO_ADDRESS, Address, Call, Receipt
from sim.chain.deployment import contract_class
from sim.chain.names import python_name
from sim.invariants import judge_all
from sim.ledger import Ledger
from sim.lockstep import ModelOnly
from sim.rulebook.functions import functions
from sim.rulebook.values import Chooser, Maker, Pools, Scene

_PAUSES = (1, 1, 1, 3_600, 3_600, DAY, 3 * DAY, 21 * DAY)
_CALLS_BETWEEN_PAUSES = 10
_KEPT = 12
"""Of how many calls of a function a walk may change one: the last ones, and the last accepted."""

Inputs = Sequence[Mapping[str, Any]]
Name = tuple[str, str]


class BrokenInvariant(AssertionError):
    """A walk reached a state that no sequence of calls may lead to."""


class Walk:
    """
    One walk; `steps` counts its calls.

    `machine` is at its start. What differs between model and chain raises `Divergence`, what must
    never be `BrokenInvariant`.
    """

    def __init__(self, machine: ModelOnly, recorded: Sequence[Call], chooser: Chooser) -> None:
        self.machine, self.steps = machine, 0
        self.now = machine.world.deployment.genesis_timestamp
        self._recorded, self._next = recorded, 0
        self._pools, self._chooser = Pools(), chooser
        self._maker = Maker(self._pools, chooser)
        self._made: defaultdict[Name, deque[Call]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._accepted: defaultdict[Name, deque[Call]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._scenes: defaultdict[Name, deque[Scene]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._ledger = Ledger()
        # A contract does what its code says, and nobody can make it do else; to the zero address
        # nobody has a key, though OpenZeppelin's ERC-721 would mint for it.
        self._nobody = {*machine.world.addresses.values(), ZERO_ADDRESS}
        self._forms = {form[:2]: form[2] for form in _forms()}
        views = {(each.contract, each.name) for each in functions() if each.is_view}
        self._views = [name for name in self._forms if name in views]
        self._names = [name for name in self._forms if name not in views]

    def step(self) -> Receipt:
        """Take one step and return what came of it; when the run is over, time passes faster."""
        if self._next == len(self._recorded) and not self._chooser.below(_CALLS_BETWEEN_PAUSES):
            self.wait()
        return self._maker.one(_WAYS)(self)  # type: ignore[no-any-return]

    def go_on(self) -> Receipt:
        """Make the run's next call; where the run is over, stray from it."""
        if self._next == len(self._recorded):
            return self.stray()
        call = self._recorded[self._next]
        self._next += 1
        self.now = max(self.now, call.timestamp)
        return self._execute(replace(call, timestamp=self.now))

    def stray(self) -> Receipt:
        """Make a call that was made before, changed in one place or not at all."""
        if not self._made:
            return self.go_on() if self._recorded else self.try_anything()
        name = self._maker.one(list(self._made))
        call = self._maker.one([*self._accepted[name], *self._made[name]])
        inputs = self._forms[call.contract, call.function][len(call.arguments)]
        self._maker.scene = self._some_scene()
        arguments, sender, value = call.arguments, call.sender, call.value
        what = self._chooser.below(6)
        if what == 0:
            sender = self._sender()
        elif what == 1:
            value = self._maker.one((0, 0, 1, 10**18))
        elif what > 2:
            arguments = self._maker.change_one(inputs, arguments)
        return self._execute(Call(call.contract, call.function, arguments, sender, self.now, value))

    def try_anything(self) -> Receipt:
        """Call any function of any contract with values that were seen or lie at an edge."""
        contract, function = self._maker.one(self._views if self._chooser.below(2) else self._names)
        inputs = self._maker.one(list(self._forms[contract, function].values()))
        self._maker.scene = self._some_scene()
        arguments = tuple(self._maker.make(entry) for entry in inputs)
        return self._execute(Call(contract, function, arguments, self._sender(), self.now))

    def wait(self) -> None:
        """Let some time pass."""
        self.now += self._maker.one(_PAUSES)

    def compare(self, *, full: bool = False) -> None:
        """
        Close a tick: compare views and balances, and judge the invariants.

        Raises:
            Divergence: A view or a balance differs.
            BrokenInvariant: One is violated.
        """
        self.machine.end_tick(self.now, full=full)
        for invariant, finding in judge_all(self.machine.world, self._ledger):
            if finding.state == "violated":
                raise BrokenInvariant(f"{invariant.name}: {finding.detail}")

    def _some_scene(self) -> Scene:
        """Return what an accepted call was about, each function as likely as the others."""
        if not self._scenes:
            return Scene()
        return self._maker.one(self._scenes[self._maker.one(list(self._scenes))])  # type: ignore[no-any-return]

    def _sender(self) -> Address:
        """Return somebody of the scene, or anybody."""
        here = [each for each in self._maker.scene.accounts if each not in self._nobody]
        if here and self._chooser.below(4):
            return Address(self._maker.one(here))
        people = [each for each in self._pools.accounts if each not in self._nobody]
        return Address(self._maker.one([*people, self.machine.world.deployment.deployer]))

    def _execute(self, call: Call) -> Receipt:
        receipt = self.machine.execute(call)
        self.steps += 1
        self._ledger.on_call(self.machine.counts.ticks, "somebody", call, receipt)
        name = (call.contract, call.function)
        if receipt.ok:
            inputs = self._forms[name][len(call.arguments)]
            self._scenes[name].append(self._pools.learn(call, receipt, inputs))
            self._accepted[name].append(call)
        self._made[name].append(call)
        return receipt


def _forms() -> list[tuple[str, str, dict[int, Inputs]]]:
    """Return every external function's ABI inputs, by how many there are."""
    known = {(each.contract, each.name) for each in functions()}
    found: list[tuple[str, str, dict[int, Inputs]]] = []
    for name in ORDER:
        by_function: dict[str, dict[int, Inputs]] = {}
        for entry in contracts.load(contract_class(name).SOLIDITY).abi:
            if entry["type"] == "function" and (name, python_name(entry["name"])) in known:
                forms = by_function.setdefault(python_name(entry["name"]), {})
                forms.setdefault(len(entry["inputs"]), entry["inputs"])
        found += [(name, function, forms) for function, forms in by_function.items()]
    return found


_WAYS = (*[Walk.go_on] * 4, *[Walk.stray] * 3, *[Walk.try_anything] * 3)
"""The ways to go on, as often as they are taken."""
