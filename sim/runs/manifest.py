"""What a run folder says of itself; the same on every machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST = "manifest.json"
UNDIGESTED = frozenset({MANIFEST, "timing.json", "report.html"})
"""Files that say how a run was made or shown, not what happened in it."""

State = Literal[
    "INVALID",
    "red",
    "amber",
    "green",
    "held",
    "not asked",
    "not exercised",
    "not assessed",
    "error",
]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ScenarioName(_Part):
    """The scenario's name (its file's stem) and question."""

    name: str
    question: str


class Digests(_Part):
    """SHA-256 of the trace (calls and receipts without gas), the final state, the scenario."""

    trace: str
    state: str
    scenario: str


class Counts(_Part):
    """What was counted over the whole run."""

    calls_compared: int = 0
    views_compared: int = 0
    divergences: int = 0
    refused: int = 0
    proofs_verified_on_chain: int = 0
    proofs_refused: int = 0
    receipts: int = 0


class Invariants(_Part):
    """How many invariants held, were violated, or had nothing to judge."""

    held: int = 0
    violated: int = 0
    not_exercised: int = 0


class ClaimResult(_Part):
    """A claim judged on this path; `call` is where it was first violated, if one call did it."""

    kpi: str
    quantifier: str
    comparison: str
    threshold: float
    tolerance: float
    state: State
    observed: float | None = None
    margin: float | None = None
    tick: int | None = None
    call: int | None = None
    why: str = ""
    seeds: int = 1
    failing: int = 0
    seeds_needed: int | None = None


class Refusal(_Part):
    """How often one reason refused something; `expected` where a strategy provoked it."""

    reason: str
    place: str
    count: int
    expected: bool = False


class FileDigest(_Part):
    """A file of the folder as it must be found again."""

    sha256: str
    size: int


class Manifest(_Part):
    """
    A complete run: who, what came out, and the digest of every file.

    `kpis` has the figure of the whole run by KPI name, None where it was not computed.
    """

    schema_: Literal["mnft.run/1"] = Field(default="mnft.run/1", alias="schema")
    scenario: ScenarioName
    arm: str = ""
    replica: int = 0
    seed: int
    engine: str
    ticks: int
    ticks_asked: int
    tick_seconds: int
    state: State
    verdict: str = ""
    digests: Digests
    counts: Counts = Counts()
    invariants: Invariants = Invariants()
    claims: tuple[ClaimResult, ...] = ()
    kpis: dict[str, float | None] = {}
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    srs: str = ""
    files: dict[str, FileDigest] = {}

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values."""
        return self.model_dump(mode="json", by_alias=True)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run hands back: its manifest, its folder, and the wall time that no digest covers."""

    manifest: Manifest
    folder: Path
    wall_seconds: float
    report: Path | None = None
