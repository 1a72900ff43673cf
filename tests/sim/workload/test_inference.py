import numpy as np
import pytest

from sim.streams import stream
from sim.workload.cheating import corrupt
from sim.workload.errors import StoreError, WorkloadError
from sim.workload.exact import evaluate, quantise
from sim.workload.graph import to_onnx
from sim.workload.inference import InferenceEngine, InputTable
from sim.workload.models import fine_tune
from sim.workload.store import cid_of
from sim.workload.tasks import Domain
from zk.field import input_hash, output_hash


@pytest.fixture
def table(digits, turned) -> InputTable:
    return InputTable([digits, turned])


@pytest.fixture
def engine(store, table) -> InferenceEngine:
    return InferenceEngine(store, table)


@pytest.fixture
def cid(store, exact):
    return store.put(to_onnx(exact))


def test_the_table_numbers_the_held_out_images_domain_by_domain(table, digits, turned):
    assert len(table) == 900
    assert np.array_equal(table.inputs[table.rows("digits")], digits.held_out_inputs)
    assert np.array_equal(table.inputs[table.rows("turned")], turned.held_out_inputs)
    assert np.array_equal(table.labels[table.rows("turned")], turned.held_out_labels)
    assert table.input_hash(450) == input_hash(turned.held_out_inputs[0].tolist())


def test_every_answer_of_onnxruntime_is_that_of_64_bit_integers(engine, cid, exact, table):
    rows = np.arange(len(table))

    assert np.array_equal(engine.logits(cid, rows), evaluate(exact, table.inputs))


def test_repeated_calls_get_the_same_output_in_their_own_order(engine, cid, exact, table):
    rows = np.array([7, 3, 7, 890, 3])
    outputs = engine.run(cid, rows)

    logits = evaluate(exact, table.inputs[rows])
    assert np.array_equal(outputs.classes, logits.argmax(axis=1))
    assert outputs.hashes == [output_hash(each) for each in logits.tolist()]


def test_another_model_has_answers_of_its_own(engine, store, cid, network, turned):
    child = fine_tune(network, turned, stream(1, "fine-tuner/train"), epochs=1)
    child_cid = store.put(to_onnx(quantise(child)))
    rows = np.arange(100)

    parents, childrens = engine.run(cid, rows), engine.run(child_cid, rows)

    assert parents.hashes != childrens.hashes


def test_each_pair_of_model_and_input_is_computed_once(engine, cid, monkeypatch):
    computed = []
    monkeypatch.setattr(
        "sim.workload.inference.output_hash",
        lambda logits: computed.append(logits) or output_hash(logits),
    )
    rows = stream(1, "calls").integers(0, 300, size=10_000)

    engine.run(cid, rows)
    engine.run(cid, rows)

    assert len(computed) == len(np.unique(rows)) == 300


def test_accuracy_is_the_share_of_right_labels_in_the_domain(engine, cid, exact, turned):
    right = evaluate(exact, turned.held_out_inputs).argmax(axis=1) == turned.held_out_labels

    assert engine.accuracy(cid, "turned") == right.sum() / 450


def test_a_model_altered_in_the_store_is_not_run(engine, store, cid):
    path = store.folder / cid
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(StoreError) as refusal:
        engine.run(cid, np.array([0]))

    assert refusal.value.found == cid_of(path.read_bytes())


def test_an_image_out_of_range_is_refused_by_domain_and_row(digits):
    inputs = digits.held_out_inputs.copy()
    inputs[5, 9] = 17
    bright = Domain(
        "bright",
        digits.shift,
        digits.train_inputs,
        digits.train_labels,
        inputs,
        digits.held_out_labels,
    )

    with pytest.raises(WorkloadError) as refusal:
        InputTable([digits, bright])

    assert str(refusal.value) == (
        "domain 'bright', held-out image 5: a grey level is 17; allowed: integers from 0 to 16"
    )


def test_two_domains_of_one_name_are_refused(digits):
    with pytest.raises(WorkloadError) as refusal:
        InputTable([digits, digits])

    assert refusal.value.place == "domain 'digits'"
    assert refusal.value.problem == "two domains have this name"


def test_a_cheating_hosts_output_is_wrong_on_every_image(exact, table, rng):
    logits = evaluate(exact, table.inputs)
    wrong = corrupt(logits, rng)

    assert (wrong.argmax(axis=1) != logits.argmax(axis=1)).all()
    assert np.array_equal(np.sort(wrong, axis=1), np.sort(logits, axis=1))


@pytest.mark.parametrize("row", [[5] * 10, [9, 9] + [1] * 8, [0] * 9 + [3]])
def test_a_cheating_hosts_output_is_wrong_also_where_logits_tie(row, rng):
    logits = np.array([row] * 50)
    wrong = corrupt(logits, rng)

    assert (wrong != logits).any(axis=1).all()
    assert (wrong.argmax(axis=1) != logits.argmax(axis=1)).all()
