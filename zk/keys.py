"""A model's circuit made ready: compiled, with keys and what a chain registers of it."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
from eth_hash.auto import keccak

from zk import backend
from zk.cache import Cache, key_of
from zk.circuit import CircuitSettings, settings_hash
from zk.errors import ZkError
from zk.exactness import EXACT_OPERATORS
from zk.inspection import ModelFacts, inspect_model
from zk.points import point_from_coordinates
from zk.srs import local_srs
from zk.workers import DEFAULT_MEMORY_BYTES, Worker

# Measured on 19 circuits of one to four columns and 2^10 to 2^16 rows: the proving key has about
# this many polynomials of 2^k elements, twice as many where other operators than layers of
# products and ReLU raise the degree, and proving needs up to this many times the key.
_FIXED_POLYNOMIALS = 60
_POLYNOMIALS_PER_COLUMN = 45
_POLYNOMIALS_PER_LOOKUP = 15
_OTHER_OPERATORS_FACTOR = 2
_ELEMENT_BYTES = 32
_MEMORY_PER_KEY_BYTE = 2.5
_BASE_MEMORY_BYTES = 100_000_000


@dataclass(frozen=True)
class Keys:
    """
    All that proves and verifies one model in one circuit.

    `key_digest` is what the reusable verifier computes of `verifier_words`; with committed
    weights it is the same for every model of one shape, so `weight_point` (64 big-endian bytes,
    x then y) must be compared too.
    `srs_id` says that the reference string was made locally: whoever knows its secret can forge.
    """

    model_digest: str
    settings: CircuitSettings
    settings_hash: bytes
    key_digest: bytes
    verifier_words: tuple[bytes, ...] = field(repr=False)
    weight_point: bytes
    srs_id: str
    input_shapes: tuple[tuple[int, ...], ...]
    input_scales: tuple[int, ...]
    output_lengths: tuple[int, ...]
    output_scales: tuple[int, ...]
    rows: int
    circuit_path: Path
    settings_path: Path
    verifying_key_path: Path
    proving_key_path: Path
    srs_path: Path

    @property
    def logrows(self) -> int:
        """The circuit has 2 ** logrows rows."""
        return self.settings.logrows

    @property
    def input_lengths(self) -> tuple[int, ...]:
        """The number of values of each input."""
        return tuple(prod(shape) for shape in self.input_shapes)

    @property
    def proving_key_bytes(self) -> int:
        """Size of the proving key."""
        return self.proving_key_path.stat().st_size

    @property
    def verifying_key_bytes(self) -> int:
        """Size of the verifying key."""
        return self.verifying_key_path.stat().st_size


def column_blocks(settings: CircuitSettings, rows: int) -> int:
    """Return how many columns the rows fill: more rows than fit start another block."""
    return settings.columns * -(-rows // settings.usable_rows)


def estimate_key_bytes(
    facts: ModelFacts, settings: CircuitSettings, rows: int, lookups: int
) -> int:
    """Return the proving key's likely size: 2^k x columns x 32 B x a measured factor."""
    polynomials = (
        _FIXED_POLYNOMIALS
        + _POLYNOMIALS_PER_COLUMN * column_blocks(settings, rows)
        + _POLYNOMIALS_PER_LOOKUP * lookups
    )
    factor = 1 if set(facts.operators) <= EXACT_OPERATORS else _OTHER_OPERATORS_FACTOR
    return (1 << settings.logrows) * polynomials * factor * _ELEMENT_BYTES


def estimate_memory_bytes(key_bytes: int) -> int:
    """Return the memory that set-up and proving are likely to need for a key of this size."""
    return _BASE_MEMORY_BYTES + int(_MEMORY_PER_KEY_BYTE * key_bytes)


def prepare(
    model_path: Path,
    settings: CircuitSettings,
    cache: Cache,
    *,
    memory_cap_bytes: int = DEFAULT_MEMORY_BYTES,
    worker: Worker | None = None,
) -> Keys:
    """
    Return the keys of a model, from the cache where they are.

    Models of one shape share the keys and differ in the weight point.
    Raises ZkError for a model that inspection refuses, for a circuit whose estimated memory is
    above the cap, and for weights or inputs that need more than one commitment point each.
    """
    facts = inspect_model(model_path)
    keys = _find(facts, settings, cache)
    if keys is not None:
        return keys
    if worker is not None:
        worker.call(build, facts, settings, cache, memory_cap_bytes)
    else:
        with Worker(memory_bytes=memory_cap_bytes) as own_worker:
            own_worker.call(build, facts, settings, cache, memory_cap_bytes)
    keys = _find(facts, settings, cache)
    if keys is None:
        raise ZkError(str(cache.root), "loses entries while they are read", "a folder left alone")
    return keys


def build(
    facts: ModelFacts, settings: CircuitSettings, cache: Cache, memory_cap_bytes: int
) -> None:
    """Put a model's reference string, keys and circuit into the cache; runs in a worker."""
    with TemporaryDirectory() as scratch:
        laid_out = backend.write_settings(
            facts.path, Path(scratch) / "settings.json", settings.run_args()
        )
    _check_fits(facts, settings, laid_out)
    _check_memory(facts, settings, laid_out, memory_cap_bytes)

    def build_circuit(folder: Path) -> dict[str, Any]:
        return _build_circuit(folder, facts, settings, cache)

    cache.make("circuits", _circuit_key(facts, settings), build_circuit)


def _circuit_key(facts: ModelFacts, settings: CircuitSettings) -> str:
    return key_of("circuit 1", facts.digest, settings.digest(), backend.version())


def _srs_key(logrows: int) -> str:
    return key_of("local srs 1", str(logrows))


def _make_srs(cache: Cache, logrows: int) -> tuple[Path, str]:
    """Return the path and the hash of the local reference string."""

    def build_srs(folder: Path) -> dict[str, Any]:
        content = local_srs(logrows)
        (folder / "srs").write_bytes(content)
        return {"sha256": sha256(content).hexdigest()}

    folder, stored = cache.make("srs", _srs_key(logrows), build_srs)
    return folder / "srs", stored["sha256"]


def _build_circuit(
    folder: Path, facts: ModelFacts, settings: CircuitSettings, cache: Cache
) -> dict[str, Any]:
    srs_path, srs_digest = _make_srs(cache, settings.logrows)
    settings_path, circuit_path = folder / "settings.json", folder / "circuit"
    laid_out = backend.write_settings(facts.path, settings_path, settings.run_args())
    backend.compile_circuit(facts.path, circuit_path, settings_path)

    def build_keys(keys_folder: Path) -> dict[str, Any]:
        return _build_keys(keys_folder, circuit_path, settings_path, srs_path)

    registered_hash = settings_hash(laid_out)
    keys_key = key_of("keys 1", structure_digest(facts), registered_hash, srs_digest)
    keys_folder, _ = cache.make("keys", keys_key, build_keys)
    return {
        "keys": keys_key,
        "settings_hash": registered_hash.hex(),
        "rows": laid_out["num_rows"],
        "input_scales": laid_out["model_input_scales"],
        "output_scales": laid_out["model_output_scales"],
        "output_lengths": [prod(shape) for shape in laid_out["model_instance_shapes"]][
            -len(facts.output_shapes) :
        ],
        "weight_point": _weight_point(facts, circuit_path, keys_folder, srs_path).hex(),
    }


def _build_keys(
    folder: Path, circuit_path: Path, settings_path: Path, srs_path: Path
) -> dict[str, Any]:
    verifying_key = folder / "verifying_key"
    backend.setup(circuit_path, verifying_key, folder / "proving_key", srs_path)
    words = backend.write_verifier_artifact(
        verifying_key, settings_path, folder / "verifier_words", srs_path
    )
    return {"verifier_words": [word.hex() for word in words]}


def _weight_point(
    facts: ModelFacts, circuit_path: Path, keys_folder: Path, srs_path: Path
) -> bytes:
    """Return the commitment to the weights, which does not depend on the input."""
    with TemporaryDirectory() as scratch:
        values = Path(scratch) / "input.json"
        blank = [[0.0] * prod(shape) for shape in facts.input_shapes]
        values.write_text(json.dumps({"input_data": blank}))
        witness = backend.write_witness(
            values,
            circuit_path,
            Path(scratch) / "witness.json",
            keys_folder / "verifying_key",
            srs_path,
        )
    committed = (witness["processed_params"] or {}).get("polycommit") or []
    points = [point_from_coordinates(point.x, point.y) for tensor in committed for point in tensor]
    if len(points) != 1:
        raise _too_few_rows(facts, f"the weights take {len(points)} commitment points")
    return points[0]


def _check_fits(facts: ModelFacts, settings: CircuitSettings, laid_out: dict[str, Any]) -> None:
    """Refuse what would need several points: whoever compares only the first leaves the rest."""
    sizes: list[int] = laid_out["module_sizes"]["polycommit"]
    if not sizes or max(sizes) > settings.usable_rows:
        raise _too_few_rows(facts, f"tensors of {sizes} values to commit to")


def _too_few_rows(facts: ModelFacts, problem: str) -> ZkError:
    return ZkError(
        str(facts.path), problem, "one point for each input and one for all weights: raise logrows"
    )


def _check_memory(
    facts: ModelFacts, settings: CircuitSettings, laid_out: dict[str, Any], cap_bytes: int
) -> None:
    lookups = len(laid_out["required_lookups"])
    key_bytes = estimate_key_bytes(facts, settings, laid_out["num_rows"], lookups)
    estimate = estimate_memory_bytes(key_bytes)
    if estimate > cap_bytes:
        raise ZkError(
            str(facts.path),
            f"2^{settings.logrows} rows and {column_blocks(settings, laid_out['num_rows'])} "
            f"columns need about {estimate / 1e9:.2f} GB of memory",
            f"at most {cap_bytes / 1e9:.2f} GB",
        )


def structure_digest(facts: ModelFacts) -> str:
    """
    Return the hash of all of a model that its keys depend on.

    Committed weights are no part of the keys, so models of one shape share them; this is claimed
    only for graphs of operators that use constants as nothing but weights.
    """
    if not set(facts.operators) <= EXACT_OPERATORS:
        return facts.digest
    model = onnx.load(facts.path)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            blank = onnx.helper.make_tensor(
                tensor.name, tensor.data_type, tensor.dims, bytes(4 * prod(tensor.dims)), raw=True
            )
            tensor.CopyFrom(blank)
    return sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()


def _find(facts: ModelFacts, settings: CircuitSettings, cache: Cache) -> Keys | None:
    circuit = cache.find("circuits", _circuit_key(facts, settings))
    srs = cache.find("srs", _srs_key(settings.logrows))
    if circuit is None or srs is None:
        return None
    folder, facts_stored = circuit
    keys = cache.find("keys", facts_stored["keys"])
    if keys is None:
        # The circuit is useless without its keys; whoever builds next makes both.
        cache.discard("circuits", _circuit_key(facts, settings))
        return None
    keys_folder, keys_stored = keys
    words = tuple(bytes.fromhex(word) for word in keys_stored["verifier_words"])
    return Keys(
        model_digest=facts.digest,
        settings=settings,
        settings_hash=bytes.fromhex(facts_stored["settings_hash"]),
        key_digest=keccak(b"".join(words)),
        verifier_words=words,
        weight_point=bytes.fromhex(facts_stored["weight_point"]),
        srs_id=f"local-k{settings.logrows}-{srs[1]['sha256'][:16]}",
        input_shapes=facts.input_shapes,
        input_scales=tuple(facts_stored["input_scales"]),
        output_lengths=tuple(facts_stored["output_lengths"]),
        output_scales=tuple(facts_stored["output_scales"]),
        rows=facts_stored["rows"],
        circuit_path=folder / "circuit",
        settings_path=folder / "settings.json",
        verifying_key_path=keys_folder / "verifying_key",
        proving_key_path=keys_folder / "proving_key",
        srs_path=srs[0] / "srs",
    )
