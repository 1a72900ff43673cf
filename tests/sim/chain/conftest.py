"""A contract that shows all that an engine must carry, on every engine."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.deployment import Deployment
from protocol.hashing import create_address
from protocol.types import Address, Call, Event, ProtocolError
from sim.chain.abi import compile_list
from sim.chain.codec import Codec
from sim.chain.deployment import Blueprint
from sim.chain.engine import Engine
from sim.chain.pyevm import PyEvmEngine
from sim.chain.revm import RevmEngine
from sim.chain.tester import EthTesterEngine

GREETING = "hello, 'world'"
ENGINES = (PyEvmEngine, RevmEngine, EthTesterEngine)


@dataclass(frozen=True, slots=True)
class Mixed(Event):
    first: int
    second: str
    third: str
    fourth: bytes
    fifth: bytes


@dataclass(frozen=True, slots=True)
class Plain(Event):
    kind: int
    flag: bool


@dataclass(eq=False)
class Custom(ProtocolError):
    code: int
    reason: str
    who: str


@dataclass(eq=False)
class Bare(ProtocolError):
    pass


@dataclass(frozen=True)
class ProbeKit:
    """The probe's blueprint and its classes, and calls to it."""

    blueprint: Blueprint
    sender: Address
    genesis: int
    Mixed = Mixed
    Plain = Plain
    Custom = Custom
    Bare = Bare

    def call(self, function: str, *arguments: object, later: int = 0, value: int = 0) -> Call:
        return Call("probe", function, arguments, self.sender, self.genesis + later, value)


@pytest.fixture(scope="session")
def probe(deployment: Deployment) -> ProbeKit:
    compiled = json.loads((Path(__file__).parent / "fixtures/Probe.json").read_text())
    inputs = [{"type": "string", "name": "greeting"}, {"type": "uint256", "name": "value"}]
    blueprint = Blueprint(
        name="probe",
        address=create_address(deployment.deployer, 0),
        abi=tuple(compiled["abi"]),
        code=bytes.fromhex(compiled["bytecode"][2:]) + compile_list(inputs).encode((GREETING, 7)),
        events=(Mixed, Plain),
        errors=(Custom, Bare),
    )
    return ProbeKit(blueprint, Address("0x" + "5e" * 20), deployment.genesis_timestamp)


@pytest.fixture(scope="session")
def codec(probe: ProbeKit) -> Codec:
    return Codec([probe.blueprint])


@pytest.fixture(scope="session")
def with_probe(deployment: Deployment, probe: ProbeKit) -> Callable[[type[Engine]], Engine]:
    """Return an engine of a class, the probe deployed; the same one each time, as at its start."""
    known = {}

    def at_start(kind: type[Engine]) -> Engine:
        if kind not in known:
            made = kind()
            made.deploy(deployment, [probe.blueprint])
            known[kind] = (made, made.snapshot())
        made, start = known[kind]
        made.revert(start)
        return made

    return at_start


@pytest.fixture(params=ENGINES, ids=lambda kind: kind.name)
def engine(request, with_probe) -> Engine:
    return with_probe(request.param)


@pytest.fixture(scope="session")
def engines(with_probe) -> list[Engine]:
    return [with_probe(kind) for kind in ENGINES]
