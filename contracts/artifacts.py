"""The compiled contracts, as committed: loaded and checked without a compiler."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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


def load_build(folder: Path) -> dict[str, Artifact]:
    """
    Return somebody's own build of our contracts, by Solidity name: one JSON file per contract.

    A file is an artifact of ours, or any object with `abi` and `bytecode` (text, or an object with
    `object`), as Hardhat and Foundry write them; its name is the contract's. What the folder lacks
    is ours.

    Raises:
        ArtifactError: There is no contract, or one that is not ours, or an ABI that is not ours.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    found = [path for path in files if path.stem != SIZES]
    if not found:
        raise ArtifactError(f"{folder}: there is no contract here; wanted: NAME.json for a NAME of "
                            f"{', '.join(names())}")  # fmt: skip
    return {path.stem: _built(path) for path in found}


def _built(path: Path) -> Artifact:
    if path.stem not in names():
        raise ArtifactError(f"{path}: we have no such contract; there are: {', '.join(names())}")
    ours = load(path.stem)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        abi, code = tuple(content["abi"]), content["bytecode"]
        code = code["object"] if isinstance(code, dict) else code
        bytecode = bytes.fromhex(code.removeprefix("0x"))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(f"{path}: no compiled contract ({error!r})") from error
    theirs, wanted = _interface(abi), _interface(ours.abi)
    for entry in (*sorted(wanted - theirs), *sorted(theirs - wanted)):
        side = "is missing" if entry in wanted else "is not in ours"
        raise ArtifactError(f"{path}: another ABI: {entry} {side}")
    if not bytecode:
        raise ArtifactError(f"{path}: there is no code: an interface, or unlinked")
    return replace(ours, abi=abi, bytecode=bytecode, deployed_bytecode=b"", sources={})


def _interface(abi: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return every entry as text: what calls and logs depend on, and no names of arguments."""
    found = set()
    for entry in abi:
        inputs = ",".join(
            f"{_type(each)}{' indexed' if each.get('indexed') else ''}"
            for each in entry.get("inputs", ())
        )
        outputs = ",".join(_type(each) for each in entry.get("outputs", ()))
        returns = f" returns ({outputs})" if outputs else ""
        mutability = entry.get("stateMutability", "")
        payable = f" {mutability}" if mutability in ("payable", "view", "pure") else ""
        found.add(f"{entry['type']} {entry.get('name', '')}({inputs}){payable}{returns}")
    return found


def _type(entry: Mapping[str, Any]) -> str:
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return kind
    members = ",".join(_type(each) for each in entry["components"])
    return f"({members}){kind.removeprefix('tuple')}"


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
