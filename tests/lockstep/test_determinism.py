"""The same run has the same digest: in every process, and on every engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.world import World
from sim.lockstep import Lockstep, ModelOnly
from sim.trace import TraceWriter
from tests.lockstep.test_mutants import story

HOME = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from protocol.deployment import Deployment
from protocol.parameters import resolve
from protocol.world import World
from sim.lockstep import ModelOnly
from sim.trace import TraceWriter
from tests.lockstep.test_mutants import story

deployment = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
world = World(deployment, lambda *_: False)
with TraceWriter(Path(sys.argv[1]), deployment) as writer:
    story(ModelOnly(world, writer), deployment)
    print(writer.digest(), world.digest())
"""


@pytest.fixture
def expected(tmp_path, deployment, is_valid_proof):
    world = World(deployment, is_valid_proof)
    with TraceWriter(tmp_path / "model.jsonl", deployment) as writer:
        story(ModelOnly(world, writer), deployment)
        return [writer.digest(), world.digest()]


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_a_run_has_the_same_digest_in_every_process(hash_seed, expected, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(HOME)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / f"{hash_seed}.jsonl")]
    ran = subprocess.run(
        command, env=environment, cwd=HOME, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == expected


@pytest.mark.parametrize("engine", ["py-evm", "revm"])
def test_a_run_has_the_same_digest_on_every_engine(engine, expected, tmp_path, world, deployed):
    with TraceWriter(tmp_path / "lockstep.jsonl", world.deployment) as writer:
        story(Lockstep(world, deployed(engine), writer), world.deployment)
        assert [writer.digest(), world.digest()] == expected
