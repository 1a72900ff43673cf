"""From a user's own model and input files to a verified proof, with what each step cost."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from zk.cache import Cache
from zk.circuit import InputVisibility
from zk.errors import ZkError
from zk.inspection import ModelFacts, inspect_model
from zk.keys import Keys, prepare
from zk.proving import Proof, binds, prove, verify
from zk.tuning import Tuning, tune
from zk.workers import DEFAULT_MEMORY_BYTES, DEFAULT_TIMEOUT_SECONDS, Worker

Result = TypeVar("Result")
STEPS = ("inspect", "tune", "prepare", "prove", "verify")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ProofReport:
    """
    A proof of a user's model, and its price.

    `seconds` has the wall time of each step; `bound` says that the head of the proof is the
    input's and the weights' commitment.
    """

    facts: ModelFacts
    tuning: Tuning
    keys: Keys
    proof: Proof
    verified: bool
    bound: bool
    output_values: tuple[float, ...]
    seconds: dict[str, float]
    peak_memory_bytes: int

    def rows(self) -> list[tuple[str, str]]:
        """Return label and value of each figure, in reading order."""
        keys, settings = self.keys, self.keys.settings
        return [
            ("multiply-accumulates", f"{self.facts.multiply_accumulates:,}"),
            ("weights", f"{self.facts.weight_count:,}"),
            ("integer-exact", "yes" if self.tuning.integer_exact else "no"),
            ("agreement", f"{self.tuning.agreement:.2%} of {self.tuning.samples} samples"),
            ("circuits tried", str(len(self.tuning.tries))),
            ("rows", f"{keys.rows:,} of 2^{keys.logrows}"),
            ("scale", f"2^{settings.input_scale}"),
            (
                "decomposition",
                f"{settings.decomposition_base} x {settings.decomposition_legs}",
            ),
            ("proving key", f"{keys.proving_key_bytes / 1e6:.1f} MB"),
            ("verifying key", f"{keys.verifying_key_bytes:,} B"),
            ("proof", f"{len(self.proof.proof):,} B"),
            ("public values", str(len(self.proof.instances))),
            *((f"time to {step}", f"{self.seconds[step]:.2f} s") for step in STEPS),
            ("peak memory", f"{self.peak_memory_bytes / 1e6:.0f} MB"),
            ("reference string", f"{keys.srs_id} (made locally, not by a ceremony: insecure)"),
            ("verified locally", "yes" if self.verified else "no"),
        ]


def read_input(path: Path) -> list[list[Any]]:
    """
    Return the tensors of an input file in ezkl's format, {"input_data": [[...], ...]}.

    Raises ZkError for anything else.
    """
    allowed = '{"input_data": [[numbers], ...]}, one list per input of the model'
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as failure:
        raise ZkError(str(path), failure.strerror or "cannot be read", allowed) from None
    except RecursionError:
        raise ZkError(str(path), "lists are nested too deeply", allowed) from None
    except ValueError as failure:
        raise ZkError(str(path), f"is not JSON: {failure}", allowed) from None
    tensors = content.get("input_data") if isinstance(content, dict) else None
    if not isinstance(tensors, list) or not all(isinstance(item, list) for item in tensors):
        raise ZkError(str(path), "has no list of lists under input_data", allowed)
    return tensors


def prove_file(
    model_path: Path,
    input_json: Path,
    cache_root: Path,
    progress: Progress,
    *,
    calibration_json: Path | None = None,
    agreement: float = 0.99,
    input_bounds: tuple[int, int] | None = None,
    input_visibility: InputVisibility = "committed",
    memory_cap_bytes: int = DEFAULT_MEMORY_BYTES,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> ProofReport:
    """
    Return the report of a proof of the model's output for the input.

    The calibration set is the input itself and, from the other file, further samples: each list
    under its input_data is one sample of the model's only input.
    `progress(step, done, total)` is called before each step, and once after the last.
    Raises ZkError for a file, model or circuit that cannot be used.
    """
    seconds: dict[str, float] = {}

    def timed(step: str, action: Callable[[], Result]) -> Result:
        progress(step, STEPS.index(step), len(STEPS))
        started = perf_counter()
        result = action()
        seconds[step] = perf_counter() - started
        return result

    cache = Cache(cache_root)
    tensors = read_input(input_json)
    facts = timed("inspect", lambda: inspect_model(model_path, input_bounds))
    samples = _samples(facts, tensors, calibration_json)
    with Worker(memory_cap_bytes, timeout_seconds) as worker:
        tuning = timed(
            "tune",
            lambda: tune(
                model_path,
                samples,
                agreement,
                input_bounds=input_bounds,
                input_visibility=input_visibility,
                worker=worker,
            ),
        )
        keys = timed(
            "prepare",
            lambda: prepare(
                model_path,
                tuning.settings,
                cache,
                memory_cap_bytes=memory_cap_bytes,
                worker=worker,
            ),
        )
        proof = timed("prove", lambda: worker.call(prove, keys, tensors))
        peak_memory_bytes = worker.peak_memory_bytes
    verified = timed("verify", lambda: verify(keys, proof.proof, proof.instances))
    progress("verify", len(STEPS), len(STEPS))
    scales = [
        scale
        for scale, length in zip(keys.output_scales, keys.output_lengths, strict=True)
        for _ in range(length)
    ]
    return ProofReport(
        facts=facts,
        tuning=tuning,
        keys=keys,
        proof=proof,
        verified=verified,
        bound=binds(proof.proof, proof.input_point, keys.weight_point),
        output_values=tuple(
            value / 2.0**scale for value, scale in zip(proof.outputs, scales, strict=True)
        ),
        seconds=seconds,
        peak_memory_bytes=peak_memory_bytes,
    )


def _samples(
    facts: ModelFacts, tensors: list[list[Any]], calibration_json: Path | None
) -> list[object]:
    single = len(facts.input_shapes) == 1
    samples: list[object] = [tensors[0] if single and len(tensors) == 1 else tensors]
    if calibration_json is not None:
        if not single:
            raise ZkError(
                str(calibration_json), "the model has several inputs", "a model with one input"
            )
        samples += read_input(calibration_json)
    return samples
