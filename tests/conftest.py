"""Fixtures for all tests: a deployment, machines that execute calls, accounts by role."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.money import WAD
from protocol.parameters import resolve
from protocol.types import Address, Call, Receipt
from protocol.world import World
from sim.accounts import account
from sim.chain.deployment import blueprints
from sim.chain.engine import Engine
from sim.lockstep import Lockstep

GENESIS = 1_700_006_400
"""The start of an epoch, so that a test's days are epochs."""

TESTS = Path(__file__).parent

SEED = 7
"""The seed of the accounts by role; `sim.accounts.account(SEED, role)` can also sign."""

settings.register_profile("suite", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile(
    "thorough", deadline=None, derandomize=True, database=None, max_examples=500
)
settings.load_profile("suite")

ENGINES = ("py-evm", "revm")

DEAR_FIRST = (
    *("docs", "lockstep", "e2e", "kill", "scenarios", "notebooks", "reports", "regressions"),
    *("theory", "contracts", "sim", "zk"),
)
"""Folders in the order in which workers take their files: a dear one at the end is waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of dear folders first, and leave the order within each as it is."""
    places = {name: place for place, name in enumerate(DEAR_FIRST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(TESTS).parts[0], len(places)))


@dataclass
class Machine:
    """Something that executes calls, with the test's clock: `now` is the time of the next call."""

    name: str
    deployment: Deployment
    executor: World | Engine | Lockstep
    now: int = GENESIS

    @property
    def addresses(self):
        return self.deployment.addresses

    def execute(self, call: Call) -> Receipt:
        return self.executor.execute(call)

    def call(self, contract: str, function: str, *arguments: Any, sender: str, value=0) -> Receipt:
        """Execute a call now."""
        return self.execute(Call(contract, function, arguments, sender, self.now, value))

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        """Return what a view answers now, or its refusal."""
        source = self.executor.world if isinstance(self.executor, Lockstep) else self.executor
        receipt = source.view(Observation(contract, function, arguments), self.now)
        return receipt.value if receipt.ok else receipt.refusal

    def fund(self, account: str, amount: int = 1_000_000 * WAD) -> None:
        """Give an account MNFT from the initial supply."""
        sent = self.call(
            "settlement_token", "transfer", account, amount, sender=self.deployment.deployer
        )
        assert sent.ok, sent

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds


def new_engine(name: str) -> Engine:
    if name == "revm":
        if find_spec("pyrevm") is None:
            pytest.skip("pyrevm is not installed")
        from sim.chain.revm import RevmEngine  # noqa: PLC0415 - optional

        return RevmEngine()
    from sim.chain.pyevm import PyEvmEngine  # noqa: PLC0415 - only where an engine is asked for

    return PyEvmEngine()


@pytest.fixture
def shallow_stack() -> Iterator[None]:
    """Python's own limit of recursion: py-evm raises it for the whole process when imported."""
    raised = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(raised)


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    """The default numbers, at the start of an epoch."""
    return Deployment(values=resolve({}), genesis_timestamp=GENESIS)


@pytest.fixture(scope="session")
def is_valid_proof() -> Callable[..., bool]:
    """The model's oracle where a test needs no proof: none is valid."""
    return lambda proof, instances, key: False


@pytest.fixture
def world(deployment, is_valid_proof) -> World:
    """A new model."""
    return World(deployment, is_valid_proof)


@pytest.fixture(scope="session")
def deployed(deployment):
    """Return an engine by name, everything deployed; the same one each time, back at its start."""
    known = {}

    def at_start(name: str) -> Engine:
        if name not in known:
            engine = new_engine(name)
            engine.deploy(deployment, blueprints(deployment))
            known[name] = (engine, engine.snapshot())
        engine, start = known[name]
        engine.revert(start)
        return engine

    yield at_start
    for engine, _ in known.values():
        engine.close()


@pytest.fixture(params=("model", *ENGINES))
def machine(request, deployment, is_valid_proof, deployed) -> Machine:
    """The model, then every engine: what a conformance test says holds on all of them."""
    if request.param == "model":
        return Machine("model", deployment, World(deployment, is_valid_proof))
    return Machine(request.param, deployment, deployed(request.param))


@pytest.fixture
def lockstep(deployment, world, deployed) -> Machine:
    """The model and py-evm in lockstep: every call is compared."""
    return Machine("lockstep", deployment, Lockstep(world, deployed("py-evm")))


def _role(name: str) -> Address:
    return account(SEED, name).address


@pytest.fixture
def creator() -> Address:
    return _role("creator")


@pytest.fixture
def fine_tuner() -> Address:
    return _role("fine-tuner")


@pytest.fixture
def host() -> Address:
    return _role("host")


@pytest.fixture
def validator() -> Address:
    return _role("validator")


@pytest.fixture
def user() -> Address:
    return _role("user")


@pytest.fixture
def intruder() -> Address:
    return _role("intruder")
