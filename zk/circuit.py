"""The knobs of a circuit, each explicit: ezkl's defaults have changed between versions."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from zk import backend
from zk.errors import ZkError

InputVisibility = Literal["committed", "opened"]
_EZKL_VISIBILITY = {"committed": "polycommit", "opened": "public"}
# Rows that halo2 keeps for blinding, with the one that ends the usable part.
RESERVED_ROWS = 8
NO_LOOKUPS = (-2, 2)
SMALLEST_LOGROWS = 6
LARGEST_LOGROWS = 26


@dataclass(frozen=True)
class CircuitSettings:
    """
    How a model becomes a circuit.

    A committed input is bound by the proof's first point, an opened one by the first instances.
    Weights are always committed: with any other choice but `fixed` nothing binds them, and
    `fixed` needs a new key for each fine-tuned version.
    Every value that a comparison or a rescaling sees must stay below base ** legs.
    `ignore_range_check` leaves inputs and outputs unchecked: sound only where whoever accepts
    the input knows that it lies in its bounds.
    """

    logrows: int
    input_visibility: InputVisibility = "committed"
    weight_visibility: Literal["committed"] = "committed"
    input_scale: int = 0
    weight_scale: int = 0
    rebase_multiplier: int = 1
    decomposition_base: int = 512
    decomposition_legs: int = 3
    columns: int = 1
    lookup_range: tuple[int, int] = NO_LOOKUPS
    ignore_range_check: bool = False

    def __post_init__(self) -> None:
        if not SMALLEST_LOGROWS <= self.logrows <= LARGEST_LOGROWS:
            raise ZkError(
                "circuit settings",
                f"logrows {self.logrows}",
                f"{SMALLEST_LOGROWS} to {LARGEST_LOGROWS}",
            )
        if self.input_visibility not in _EZKL_VISIBILITY:
            raise ZkError(
                "circuit settings",
                f"input visibility {self.input_visibility}",
                "committed or opened",
            )

    @property
    def usable_rows(self) -> int:
        """Rows that hold values."""
        return usable_rows(self.logrows)

    def run_args(self, committing: bool = True) -> Any:
        """
        Return ezkl's arguments, every visibility and size explicit.

        Without commitments the arithmetic is the same, and a witness needs no keys.
        """
        return backend.run_args(
            input_visibility=_EZKL_VISIBILITY[self.input_visibility] if committing else "public",
            param_visibility=_EZKL_VISIBILITY[self.weight_visibility] if committing else "private",
            output_visibility="public",
            logrows=self.logrows,
            input_scale=self.input_scale,
            param_scale=self.weight_scale,
            scale_rebase_multiplier=self.rebase_multiplier,
            decomp_base=self.decomposition_base,
            decomp_legs=self.decomposition_legs,
            num_inner_cols=self.columns,
            lookup_range=self.lookup_range,
            ignore_range_check_inputs_outputs=self.ignore_range_check,
            check_mode="unsafe",
        )

    def digest(self) -> str:
        """Return the hash of the knobs, in hex."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def usable_rows(logrows: int) -> int:
    """Return how many rows of 2 ** logrows hold values."""
    return (1 << logrows) - RESERVED_ROWS


def logrows_for(rows: int) -> int:
    """Return the smallest logrows whose usable rows suffice."""
    logrows = SMALLEST_LOGROWS
    while usable_rows(logrows) < rows:
        logrows += 1
    return logrows


def settings_hash(ezkl_settings: dict[str, Any]) -> bytes:
    """Return the hash of an ezkl settings file: what a registry stores."""
    text = json.dumps(ezkl_settings, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()
