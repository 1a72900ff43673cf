"""One trained model and one fine-tuned child, shared by the workload's tests."""

import numpy as np
import pytest

from sim.streams import stream
from sim.workload.exact import ExactWeights, quantise
from sim.workload.models import Network, train
from sim.workload.store import ContentStore
from sim.workload.tasks import Domain, Shift, base_domain, shifted_domain


@pytest.fixture(scope="session")
def digits() -> Domain:
    return base_domain()


@pytest.fixture(scope="session")
def turned(digits) -> Domain:
    shift = Shift(rotation_degrees=25.0, noise=2)
    return shifted_domain("turned", digits, shift, stream(1, "domain/turned"))


@pytest.fixture(scope="session")
def network(digits) -> Network:
    return train(digits, 32, stream(1, "creator/train"))


@pytest.fixture(scope="session")
def exact(network) -> ExactWeights:
    return quantise(network)


@pytest.fixture
def store(tmp_path) -> ContentStore:
    return ContentStore(tmp_path / "store")


@pytest.fixture
def rng() -> np.random.Generator:
    return stream(1, "test")
