"""Calls made up from what was called before: changed in a place, or of any function at all."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import contracts
from protocol.deployment import ORDER
from protocol.types import ZERO_ADDRESS, Address, Call, Receipt
from protocol.world import World
from sim.chain.deployment import contract_class
from sim.chain.names import python_name
from sim.rulebook.familiarity import Name
from sim.rulebook.functions import functions
from sim.rulebook.pools import Pools, Scene
from sim.rulebook.side.stage import keys
from sim.rulebook.signing import signed
from sim.rulebook.values import Chooser, Maker

_KEPT = 12
"""Of how many calls of a function one may be changed: the last ones, and the last accepted."""
_LATEST = 8
_EDGES_AHEAD = 3
_HORIZON_SECONDS = 400 * 86_400

Inputs = Sequence[Mapping[str, Any]]


class Improviser:
    """Remembers calls and what came of them, and makes up others."""

    def __init__(self, world: World, chooser: Chooser) -> None:
        self._world, self._chooser = world, chooser
        self._pools = Pools(list(world.addresses.values()))
        self._maker = Maker(self._pools, chooser)
        self._made: defaultdict[Name, deque[Call]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._accepted: defaultdict[Name, deque[Call]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._scenes: defaultdict[Name, deque[Scene]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._latest: deque[Call] = deque(maxlen=_LATEST)
        # A contract does what its code says, and nobody can make it do else; to the zero address
        # nobody has a key, though OpenZeppelin's ERC-721 would mint for it.
        self._nobody = {*world.addresses.values(), ZERO_ADDRESS}

    def remember(self, call: Call, receipt: Receipt) -> None:
        """Take in what a call said and what came of it."""
        name = (call.contract, call.function)
        self._made[name].append(call)
        if receipt.refusal is None:
            inputs = forms()[name][len(call.arguments)]
            self._scenes[name].append(self._pools.learn(call, receipt, inputs))
            self._accepted[name].append(call)
            self._latest.append(call)
        else:
            self.hear(receipt)

    def hear(self, receipt: Receipt) -> None:
        """Take in what was refused: it often says what would have been right."""
        if receipt.refusal is not None:
            self._pools.hear(receipt.refusal)

    def earlier(self, name: Name | None = None) -> Call | None:
        """Return a call that was made, of a function or of any."""
        if not self._made or (name is not None and name not in self._made):
            return None
        name = name or self._maker.one(list(self._made))
        return self._maker.one([*self._accepted.get(name, ()), *self._made[name]])  # type: ignore[no-any-return]

    def latest(self) -> Call | None:
        """Return one of the last calls that were accepted."""
        return self._maker.one(list(self._latest)) if self._latest else None

    def variation(self, call: Call, now: int) -> Call:
        """Return a call with one argument, the sender or the coin changed, or as it is."""
        inputs = forms()[call.contract, call.function][len(call.arguments)]
        self._maker.scene = self._some_scene()
        arguments, sender, value = call.arguments, call.sender, call.value
        what = self._chooser.below(6)
        if what == 0:
            sender = self._sender()
        elif what == 1:
            value = self._maker.one((0, 0, 1, 10**18))
        elif what > 2:
            arguments = self._maker.change_one(inputs, arguments)
        return Call(call.contract, call.function, arguments, sender, now, value)

    def anything(self, name: Name, now: int) -> Call:
        """Return a call of a function with values that were seen or lie at an edge."""
        inputs = self._maker.one(list(forms()[name].values()))
        self._maker.scene = self._scene_for(name)
        self._maker.keeps_to_scene = bool(self._chooser.below(2))
        arguments = tuple(self._maker.make(entry) for entry in inputs)
        self._maker.keeps_to_scene = False
        return Call(*name, arguments, self._sender(), now)

    def touched_up(self, call: Call) -> Call:
        """Return a call changed once more now and then, signed anew, or made later."""
        if not self._chooser.below(3):
            call = self.variation(call, call.timestamp)
        if self._chooser.below(4):
            call = signed(self._world, call, keys())
        if not self._chooser.below(8):
            call = replace(call, timestamp=self._edge_of_time(call.timestamp))
        return call

    def _edge_of_time(self, now: int) -> int:
        """Return when something that was said begins or ends, a second before or after."""
        ahead = sorted(self._pools.times(now, now + _HORIZON_SECONDS))[:_EDGES_AHEAD]
        edge: int = self._maker.one(ahead or [now]) + self._maker.one((0, 1, -1))
        return max(now, edge)

    def _some_scene(self) -> Scene:
        """Return what an accepted call was about, each function as likely as the others."""
        return self._scene_of(list(self._scenes))

    def _scene_for(self, name: Name) -> Scene:
        """Return what a call was about that said the most of what a function asks, or any."""
        likeness = {other: len(_asked(name) & _asked(other)) for other in self._scenes}
        if not likeness or self._chooser.below(2):
            return self._some_scene()
        most = max(likeness.values())
        return self._scene_of([other for other, alike in likeness.items() if alike == most])

    def _scene_of(self, names: Sequence[Name]) -> Scene:
        if not names:
            return Scene()
        return self._maker.one(self._scenes[self._maker.one(names)])  # type: ignore[no-any-return]

    def _sender(self) -> Address:
        """Return somebody of the scene, or anybody."""
        here = [each for each in self._maker.scene.accounts if each not in self._nobody]
        if here and self._chooser.below(4):
            return Address(self._maker.one(here))
        people = [each for each in self._pools.accounts if each not in self._nobody]
        return Address(self._maker.one([*people, self._world.deployment.deployer]))


@cache
def forms() -> Mapping[Name, Mapping[int, Inputs]]:
    """Return every external function's ABI inputs, by how many there are."""
    known = {(each.contract, each.name) for each in functions()}
    found: dict[Name, dict[int, Inputs]] = {}
    for contract in ORDER:
        for entry in contracts.load(contract_class(contract).SOLIDITY).abi:
            name = (contract, python_name(entry["name"])) if entry["type"] == "function" else None
            if name in known:
                found.setdefault(name, {}).setdefault(len(entry["inputs"]), entry["inputs"])
    return found


@cache
def _asked(name: Name) -> frozenset[str]:
    return frozenset(each["name"] for inputs in forms()[name].values() for each in inputs)
