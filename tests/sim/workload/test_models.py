import os
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest

from sim.streams import stream
from sim.workload.errors import WorkloadError
from sim.workload.models import fine_tune, train

FINGERPRINT = """
from hashlib import sha256
from sim.streams import stream
from sim.workload.models import train
from sim.workload.tasks import base_domain
network = train(base_domain(), 32, stream(1, "creator/train"))
print(sha256(network.hidden_weights.tobytes() + network.output_weights.tobytes()).hexdigest())
"""


def accuracy(network, domain) -> float:
    return float(np.mean(network.classes(domain.held_out_inputs) == domain.held_out_labels))


def fingerprint(network) -> str:
    weights = network.hidden_weights.tobytes() + network.output_weights.tobytes()
    return sha256(weights).hexdigest()


@pytest.mark.parametrize("hidden_units", [16, 24, 32])
def test_training_reads_more_than_95_percent_of_digits_never_seen(digits, hidden_units):
    trained = train(digits, hidden_units, stream(2, "creator/train"))

    assert trained.hidden_units == hidden_units
    assert accuracy(trained, digits) > 0.95


def test_fine_tuning_wins_back_most_of_what_a_shift_costs(network, digits, turned):
    child = fine_tune(network, turned, stream(1, "fine-tuner/train"))

    at_home, before, after = (
        accuracy(network, digits),
        accuracy(network, turned),
        accuracy(child, turned),
    )
    assert before < at_home - 0.2
    assert after - before > 0.7 * (at_home - before)


def test_fine_tuning_starts_from_the_parents_weights(network, turned):
    child = fine_tune(network, turned, stream(1, "fine-tuner/train"), epochs=1)
    stranger = train(turned, 32, stream(1, "fine-tuner/train"), epochs=1)

    to_parent = np.abs(child.hidden_weights - network.hidden_weights).mean()
    to_stranger = np.abs(child.hidden_weights - stranger.hidden_weights).mean()
    assert to_parent < 0.5 * to_stranger
    assert accuracy(child, turned) > accuracy(stranger, turned)


def test_fine_tuning_leaves_the_parent_as_it_was(network, turned):
    before = fingerprint(network)

    fine_tune(network, turned, stream(1, "fine-tuner/train"), epochs=1)

    assert fingerprint(network) == before


@pytest.mark.parametrize(("kernel", "threads"), [("Prescott", "1"), ("Nehalem", "2")])
def test_training_gives_the_same_bits_on_other_processors_kernels(network, kernel, threads):
    environment = os.environ | {
        "OPENBLAS_CORETYPE": kernel,
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    elsewhere = subprocess.run(
        [sys.executable, "-c", FINGERPRINT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert elsewhere.stdout.strip() == fingerprint(network)


@pytest.mark.parametrize(
    ("hidden_units", "epochs", "message"),
    [
        (0, 1, "hidden units: 0 is out of range; allowed: 1 to 256"),
        (257, 1, "hidden units: 257 is out of range; allowed: 1 to 256"),
        (16, 0, "training: 0 epochs change nothing; allowed: at least 1 epoch"),
    ],
)
def test_training_that_cannot_be_is_refused(digits, rng, hidden_units, epochs, message):
    with pytest.raises(WorkloadError) as refusal:
        train(digits, hidden_units, rng, epochs)

    assert str(refusal.value) == message
