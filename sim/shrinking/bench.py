"""Fresh machines for replays: a new model each time, and one engine put back to its start."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import TracebackType
from typing import Any

from contracts import Artifact
from protocol.deployment import Deployment
from protocol.world import World
from sim.chain import open_engine
from sim.chain.deployment import blueprints
from sim.chain.engine import Engine
from sim.lockstep import Lockstep, ModelOnly
from sim.rulebook.record import Record

Build = Mapping[str, Artifact]


def fastest_engine() -> str:
    """Return the name of the fastest engine that is installed."""
    return "revm" if find_spec("pyrevm") else "py-evm"


class Bench:
    """
    Makes machines for the calls of a record; use it as a context.

    The engine runs `build` where one is given, what that lacks is ours.
    """

    def __init__(self, engine_name: str, build: Build | None = None) -> None:
        self.engine_name = engine_name
        self._build = build
        self._engine: Engine | None = None
        self._deployed: tuple[Deployment, Any] | None = None

    def model(self, record: Record) -> ModelOnly:
        """Return the model alone, at its start."""
        return ModelOnly(World(record.deployment, record.is_valid_proof))

    def lockstep(self, record: Record) -> Lockstep:
        """Return model and engine, both at their start; ends whatever ran on the engine before."""
        engine = self._at_start(record.deployment)
        return Lockstep(World(record.deployment, record.is_valid_proof), engine)

    def close(self) -> None:
        """Let the engine go."""
        if self._engine is not None:
            self._engine.close()
        self._engine = self._deployed = None

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _at_start(self, deployment: Deployment) -> Engine:
        if self._engine is None or self._deployed is None or self._deployed[0] != deployment:
            self.close()
            self._engine = open_engine(self.engine_name)
            self._engine.deploy(deployment, blueprints(deployment, self._build))
            self._deployed = (deployment, self._engine.snapshot())
        self._engine.revert(self._deployed[1])
        return self._engine
