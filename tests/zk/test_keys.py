"""Keys, their cache, and what is refused before it eats the memory."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest
from eth_hash.auto import keccak

from zk import backend
from zk.cache import Cache
from zk.circuit import CircuitSettings
from zk.errors import ZkError
from zk.inspection import inspect_model
from zk.keys import Keys, estimate_key_bytes, prepare
from zk.proving import Proof, Prover
from zk.workers import Worker

Array = npt.NDArray[Any]


def test_the_weight_point_is_what_proofs_carry(keys: Keys, proof: Proof) -> None:
    assert proof.proof[64:128] == keys.weight_point
    assert keys.key_digest == keccak(b"".join(keys.verifier_words))


def test_models_of_one_shape_share_the_keys_and_differ_in_the_weight_point(
    keys: Keys, sibling_keys: Keys
) -> None:
    assert sibling_keys.proving_key_path == keys.proving_key_path
    assert sibling_keys.settings_hash == keys.settings_hash
    assert sibling_keys.weight_point != keys.weight_point


def test_a_circuit_is_laid_out_the_same_each_time(
    keys: Keys, integer_model: Path, tmp_path: Path
) -> None:
    for _ in range(20):
        backend.write_settings(integer_model, tmp_path / "settings", keys.settings.run_args())
        assert (tmp_path / "settings").read_bytes() == keys.settings_path.read_bytes()


def test_keys_made_afresh_are_the_same(keys: Keys, integer_model: Path, tmp_path: Path) -> None:
    afresh = prepare(integer_model, keys.settings, Cache(tmp_path))

    assert afresh.settings_hash == keys.settings_hash
    assert afresh.verifier_words == keys.verifier_words
    assert afresh.weight_point == keys.weight_point


def test_a_reference_string_made_here_is_the_same_everywhere_and_says_what_it_is(
    keys: Keys,
) -> None:
    assert keys.srs_id == "local-k12-852b66b90ddf1bb0"


def test_the_estimate_is_near_the_real_key(keys: Keys, integer_model: Path) -> None:
    facts = inspect_model(integer_model)
    estimate = estimate_key_bytes(facts, keys.settings, keys.rows, lookups=0)

    assert 0.8 < keys.proving_key_bytes / estimate < 1.2


def test_a_circuit_above_the_memory_cap_is_refused_with_the_estimate(
    integer_model: Path, cache: Cache
) -> None:
    settings = CircuitSettings(logrows=20)

    with pytest.raises(ZkError) as refusal:
        prepare(integer_model, settings, cache, memory_cap_bytes=1_000_000_000)
    assert refusal.value.place == str(integer_model)
    assert "need about 8.91 GB of memory" in refusal.value.problem
    assert refusal.value.allowed == "at most 1.00 GB"


def test_weights_that_take_two_points_are_refused(integer_model: Path, cache: Cache) -> None:
    with pytest.raises(ZkError, match="one point for each input and one for all weights"):
        prepare(integer_model, CircuitSettings(logrows=11, columns=2), cache)


def test_a_key_that_was_damaged_is_made_again(keys: Keys, integer_model: Path) -> None:
    root = keys.proving_key_path.parents[3]
    intact = keys.verifying_key_path.read_bytes()
    keys.verifying_key_path.write_bytes(intact[:-1] + bytes([intact[-1] ^ 1]))

    again = prepare(integer_model, keys.settings, Cache(root))

    assert again == keys
    assert again.verifying_key_path.read_bytes() == intact


def test_two_processes_that_build_the_same_end_with_one_entry(
    sibling_model: Path, tmp_path: Path
) -> None:
    cache = Cache(tmp_path)
    settings = CircuitSettings(logrows=12, decomposition_base=64, ignore_range_check=True)
    with Prover(workers=2) as pool:
        first = pool.submit_prepare(sibling_model, settings, cache)
        second = pool.submit_prepare(sibling_model, settings, Cache(tmp_path))
        assert first.result() == second.result()
    assert len(list(tmp_path.rglob("proving_key"))) == 1
    assert not [path for path in tmp_path.rglob(".*") if path != tmp_path]


def test_a_cache_that_cannot_be_written_is_one_clear_error(
    integer_model: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")

    with pytest.raises(ZkError, match="cache cannot be written"):
        Cache(blocked).make("kind", "00key", lambda _: {})
    assert blocked.read_text() == "a file where the folder should be"
    assert integer_model.exists()


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> dict[str, Any]:
        (folder / "half").write_text("half")
        raise ZkError("place", "problem", "allowed")

    with pytest.raises(ZkError, match="place: problem; allowed: allowed"):
        Cache(tmp_path).make("kind", "00key", fail)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_where_rust_panics_there_is_one_error_and_no_half_entry(
    integer_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(ZkError) as refusal:
        prepare(integer_model, CircuitSettings(logrows=12, columns=0), Cache(tmp_path))
    assert str(refusal.value) == (
        f"{integer_model}: ezkl panicked: attempt to calculate the remainder with a divisor of "
        "zero; allowed: a model that ezkl can lay out"
    )
    assert list(tmp_path.iterdir()) == []


class RustPanic(BaseException):
    """Stands for pyo3's PanicException, which is no Exception either."""


def test_a_panic_becomes_an_error_with_a_place() -> None:
    def panic() -> None:
        raise RustPanic("called `Option::unwrap()`\non a `None` value")

    with pytest.raises(ZkError) as refusal:
        backend.guarded("set-up", "another circuit", panic)
    assert str(refusal.value) == (
        "set-up: ezkl panicked: called `Option::unwrap()` on a `None` value; "
        "allowed: another circuit"
    )


def test_ctrl_c_is_not_mistaken_for_a_panic() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backend.guarded("set-up", "another circuit", interrupt)


def test_a_process_that_dies_is_an_error_and_the_next_job_gets_a_new_one() -> None:
    with Worker() as worker:
        with pytest.raises(ZkError, match="ended with code -6"):
            worker.call(os.kill, worker.call(os.getpid), signal.SIGABRT)
        assert worker.call(abs, -3) == 3


def test_a_job_that_takes_too_long_is_stopped() -> None:
    expected = pytest.raises(ZkError, match="took longer than 2 s and was stopped")
    with Worker(timeout_seconds=2) as worker, expected:
        worker.call(time.sleep, 60)


def test_a_job_above_the_memory_cap_is_an_error() -> None:
    expected = pytest.raises(ZkError, match="out of memory")
    with Worker(memory_bytes=500_000_000) as worker, expected:
        worker.call(bytes, 2_000_000_000)
