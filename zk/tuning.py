"""The cheapest circuit that still decides as the model does."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, log2
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from zk import backend
from zk.circuit import NO_LOOKUPS, CircuitSettings, InputVisibility, logrows_for
from zk.errors import ZkError
from zk.field import from_field, from_little_endian_hex
from zk.inspection import ModelFacts, inspect_model
from zk.keys import estimate_key_bytes
from zk.reference import (
    Sample,
    agreement_of,
    as_samples,
    largest_magnitude,
    reference_outputs,
)
from zk.values import Floats
from zk.workers import Worker

SCALES = (3, 5, 7, 9, 11, 13)
_LEGS = (2, 3, 4)
# More columns only moved cost from rows to keys, proofs and gas, wherever measured.
_COLUMNS = (1, 2)
_SMALLEST_BASE_BITS = 4
_LARGEST_BASE_BITS = 14
# Inputs beyond the calibration set may be larger: room for twice its largest value, then more.
_MARGIN_BITS = (1, 4, 8)
_PROBE_LOGROWS = 18
_PROBE_LOOKUP = 1 << 17
_LOOKUP_MARGIN = 2


@dataclass(frozen=True)
class Try:
    """One circuit that was tried: its rows, its estimated key, how it decided or why it failed."""

    settings: CircuitSettings
    rows: int
    cost_bytes: int
    agreement: float | None
    problem: str

    def __str__(self) -> str:
        """Return the try as one line."""
        settings = self.settings
        outcome = self.problem or f"agreement {self.agreement:.2%}"
        return (
            f"scale {settings.input_scale}, base {settings.decomposition_base} x "
            f"{settings.decomposition_legs}, {settings.columns} columns, "
            f"2^{settings.logrows} rows: {outcome}"
        )


@dataclass(frozen=True)
class Tuning:
    """The settings chosen, what they reach, and every try on the way."""

    settings: CircuitSettings
    agreement: float
    integer_exact: bool
    cost_bytes: int
    samples: int
    tries: tuple[Try, ...]


@dataclass(frozen=True)
class _Task:
    facts: ModelFacts
    samples: list[Sample]
    agreement: float
    input_visibility: InputVisibility
    bounds_enforced: bool


@dataclass(frozen=True)
class _Layout:
    """What ezkl says of a circuit before it is compiled."""

    rows: int
    largest_tensor: int
    lookups: int


@dataclass(frozen=True)
class _Measurement:
    outputs: list[list[Floats]]
    lookup_range: tuple[int, int]


def tune(
    model_path: Path,
    calibration_inputs: Sequence[object],
    agreement: float = 0.99,
    *,
    input_bounds: tuple[int, int] | None = None,
    input_visibility: InputVisibility = "committed",
    bounds_enforced: bool = False,
    worker: Worker | None = None,
) -> Tuning:
    """
    Return the circuit of smallest key, thus proving cost, that decides as onnxruntime does.

    The share of equal decisions on the calibration set must be at least `agreement`.
    With input bounds, an integer-exact model takes scale 0 and must give equal outputs on every
    sample; `bounds_enforced` says that whoever accepts an input checks its bounds, so that
    the circuit need not.
    Raises ZkError with every try where no circuit agrees.
    """
    if not 0 < agreement <= 1:
        raise ZkError("agreement", f"{agreement}", "a share above 0, at most 1")
    facts = inspect_model(model_path, input_bounds)
    samples = as_samples(facts, calibration_inputs)
    task = _Task(facts, samples, agreement, input_visibility, bounds_enforced)
    if worker is not None:
        return worker.call(search, task)
    with Worker() as own_worker:
        return own_worker.call(search, task)


def search(task: _Task) -> Tuning:
    """Search for the circuit; runs in a worker."""
    references = reference_outputs(task.facts, task.samples)
    tries: list[Try] = []
    candidates = (
        _exact_candidates(task)
        if task.facts.integer_exact
        else _scaled_candidates(task, references, tries)
    )
    for candidate, layout in candidates:
        attempt = _attempt(task, candidate, layout, references)
        tries.append(attempt)
        if _is_reached(task, attempt):
            return Tuning(
                settings=attempt.settings,
                agreement=attempt.agreement or 0.0,
                integer_exact=task.facts.integer_exact,
                cost_bytes=attempt.cost_bytes,
                samples=len(task.samples),
                tries=tuple(tries),
            )
    listed = "; ".join(str(attempt) for attempt in tries)
    raise ZkError(
        str(task.facts.path),
        f"no circuit reaches {_required(task):.2%} agreement: {listed}",
        "a model whose decisions survive quantisation, or a lower agreement",
    )


def _required(task: _Task) -> float:
    return 1.0 if task.facts.integer_exact else task.agreement


def _is_reached(task: _Task, attempt: Try) -> bool:
    return attempt.agreement is not None and attempt.agreement >= _required(task)


def _exact_candidates(task: _Task) -> Iterator[tuple[CircuitSettings, _Layout]]:
    """Yield scale-0 circuits, cheapest first; static bounds say how large values become."""
    unchecked = task.bounds_enforced or task.input_visibility == "opened"
    seen = {"Relu"} if unchecked else set(task.facts.operators)
    bounds = [layer.bound for layer in task.facts.layer_bounds if layer.operator in seen]
    bits = max(bounds, default=1).bit_length()
    start = CircuitSettings(
        logrows=_PROBE_LOGROWS,
        input_visibility=task.input_visibility,
        ignore_range_check=unchecked,
    )
    yield from _geometries(task, start, bits)


def _scaled_candidates(
    task: _Task, references: list[list[Floats]], tries: list[Try]
) -> Iterator[tuple[CircuitSettings, _Layout]]:
    """Yield circuits of the coarsest scale that suffices, cheapest first, then finer scales."""
    value_bits = ceil(log2(max(largest_magnitude(task.facts, task.samples), 1.0))) + 1
    for scale in SCALES:
        # Products are at twice the scale until they are rescaled.
        bits = value_bits + 2 * scale
        legs = ceil((bits + _MARGIN_BITS[-1]) / _LARGEST_BASE_BITS)
        probe = CircuitSettings(
            logrows=_PROBE_LOGROWS,
            input_visibility=task.input_visibility,
            input_scale=scale,
            weight_scale=scale,
            decomposition_base=1 << _LARGEST_BASE_BITS,
            decomposition_legs=max(legs, 2),
            lookup_range=(-_PROBE_LOOKUP, _PROBE_LOOKUP),
        )
        attempt = _attempt(task, probe, _lay_out(task, probe), references)
        tries.append(attempt)
        if _is_reached(task, attempt):
            start = attempt.settings
            for margin in _MARGIN_BITS:
                yield from _geometries(task, start, bits + margin)


def _geometries(
    task: _Task, start: CircuitSettings, bits: int
) -> Iterator[tuple[CircuitSettings, _Layout]]:
    """Yield the layouts whose decomposition holds values of so many bits, cheapest first."""
    found = []
    for legs in _LEGS:
        base_bits = max(_SMALLEST_BASE_BITS, ceil(bits / legs))
        if base_bits > _LARGEST_BASE_BITS:
            continue
        for columns in _COLUMNS:
            candidate = replace(
                start, decomposition_base=1 << base_bits, decomposition_legs=legs, columns=columns
            )
            try:
                layout = _lay_out(task, candidate)
            except ZkError:
                continue
            fitted = _fitted(candidate, layout)
            found.append((_cost(task, fitted, layout), layout.rows, legs, fitted, layout))
    found.sort(key=lambda item: item[:3])
    for _, _, _, candidate, layout in found:
        yield candidate, layout


def _fitted(settings: CircuitSettings, layout: _Layout) -> CircuitSettings:
    """
    Return the settings with the fewest rows that hold everything.

    Each committed tensor must fill one column at most, so that one point binds all of it.
    """
    table = settings.lookup_range[1] - settings.lookup_range[0] if layout.lookups else 0
    rows = max(layout.rows, layout.largest_tensor, settings.decomposition_base, table)
    return replace(settings, logrows=logrows_for(rows))


def _cost(task: _Task, settings: CircuitSettings, layout: _Layout) -> int:
    return estimate_key_bytes(task.facts, settings, layout.rows, layout.lookups)


def _lay_out(task: _Task, settings: CircuitSettings) -> _Layout:
    with TemporaryDirectory() as scratch:
        content = backend.write_settings(
            task.facts.path, Path(scratch) / "settings.json", settings.run_args()
        )
    return _Layout(
        rows=content["num_rows"],
        largest_tensor=max(content["module_sizes"]["polycommit"], default=0),
        lookups=len(content["required_lookups"]),
    )


def _attempt(
    task: _Task, settings: CircuitSettings, layout: _Layout, references: list[list[Floats]]
) -> Try:
    """Return how the circuit's own arithmetic decides on the samples."""
    cost = _cost(task, settings, layout)
    try:
        measured = _measure(task, settings)
    except ZkError as failure:
        return Try(settings, layout.rows, cost, None, failure.problem)
    lookup_range = measured.lookup_range if layout.lookups else NO_LOOKUPS
    settings = _fitted(replace(settings, lookup_range=lookup_range), layout)
    cost = _cost(task, settings, layout)
    if task.facts.integer_exact:
        agreement = _equality(references, measured.outputs)
    else:
        agreement = agreement_of(references, measured.outputs)
    return Try(settings, layout.rows, cost, agreement, "")


def _equality(references: list[list[Floats]], outputs: list[list[Floats]]) -> float:
    same = [
        all(np.array_equal(a.ravel(), b) for a, b in zip(expected, found, strict=True))
        for expected, found in zip(references, outputs, strict=True)
    ]
    return sum(same) / len(same)


def _measure(task: _Task, settings: CircuitSettings) -> _Measurement:
    """Return the witness's outputs, as numbers, and twice the range that lookups saw."""
    outputs = []
    lowest = highest = 1
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        content = backend.write_settings(
            task.facts.path, folder / "settings.json", settings.run_args(committing=False)
        )
        backend.compile_circuit(task.facts.path, folder / "circuit", folder / "settings.json")
        for sample in task.samples:
            (folder / "input.json").write_text(json.dumps({"input_data": sample}))
            witness = backend.write_witness(
                folder / "input.json", folder / "circuit", folder / "witness.json"
            )
            outputs.append(_outputs(witness, content["model_output_scales"]))
            lowest = max(lowest, -int(witness["min_lookup_inputs"]))
            highest = max(highest, int(witness["max_lookup_inputs"]))
    return _Measurement(outputs, (-_LOOKUP_MARGIN * lowest, _LOOKUP_MARGIN * highest))


def _outputs(witness: dict[str, Any], scales: Sequence[int]) -> list[Floats]:
    return [
        np.array([from_field(from_little_endian_hex(text)) / 2.0**scale for text in row])
        for row, scale in zip(witness["outputs"], scales, strict=True)
    ]
