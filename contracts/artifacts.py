"""The compiled contracts, as committed: loaded and checked without a compiler."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent
FOLDER = HOME / "artifacts"
SIZES = "sizes"
"""The snapshot of code sizes: it lies among the artifacts and is none."""


class ArtifactError(Exception):
    """An artifact is missing or cannot be read; the text says which, and what to do."""


@dataclass(frozen=True)
class Artifact:
    """
    One compiled contract.

    `sources` maps each source that took part (ours begin with `src/`) to its SHA-256.
    `parameters` has what the NatSpec says of each argument, by the function's signature.
    """

    name: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    deployed_bytecode: bytes
    compiler: str
    settings: Mapping[str, Any]
    sources: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, str]]

    @cached_property
    def source_hash(self) -> str:
        """One SHA-256 over the names and hashes of all sources."""
        lines = (f"{path} {digest}\n" for path, digest in sorted(self.sources.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def stale_sources(self) -> list[str]:
        """Return the paths of our own sources that are not those the artifact was built from."""
        return [
            path
            for path, digest in self.sources.items()
            if path.startswith("src/") and _digest(HOME / path) != digest
        ]


def names() -> list[str]:
    """Return the names of all artifacts, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != SIZES)


def load(name: str) -> Artifact:
    """
    Return a contract's artifact by its Solidity name.

    Raises:
        ArtifactError: There is none, or it is not one.
    """
    path = FOLDER / f"{name}.json"
    if name not in names():
        known = ", ".join(names()) or "none"
        raise ArtifactError(
            f"no artifact of {name!r} in contracts/artifacts (there are: {known}); "
            "`make contracts` builds them"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Artifact(
            name=content["name"],
            abi=tuple(content["abi"]),
            bytecode=bytes.fromhex(content["bytecode"][2:]),
            deployed_bytecode=bytes.fromhex(content["deployedBytecode"][2:]),
            compiler=content["compiler"],
            settings=content["settings"],
            sources=content["sources"],
            parameters=content["parameters"],
        )
    except (KeyError, ValueError) as error:
        raise ArtifactError(
            f"contracts/artifacts/{name}.json is damaged ({error!r}); `make contracts` rebuilds it"
        ) from error


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
