"""
A folder of results that are dear to make, named by the content that they follow from.

An entry is a folder of files and a manifest with their sizes and hashes. It appears whole, by a
rename, or not at all, so any number of processes may share the folder; one that does not match
its manifest is thrown away and made again.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from zk.errors import ZkError

_MANIFEST = "manifest.json"


def key_of(*parts: str | bytes) -> str:
    """Return the name of what follows from the parts, in hex; their order counts."""
    digest = sha256()
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


@dataclass(frozen=True)
class Cache:
    """The folder; what was checked once by this object is not hashed again."""

    root: Path
    _checked: dict[Path, dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    _values: dict[tuple[str, str], bytes] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs: the folder; it checks for itself."""
        return {"root": self.root, "_checked": {}, "_values": {}}

    def folder(self, kind: str, key: str) -> Path:
        """Return where an entry is, or would be."""
        return self.root / kind / key[:2] / key

    def find(self, kind: str, key: str) -> tuple[Path, dict[str, Any]] | None:
        """Return an entry's folder and facts, or None where there is none that is intact."""
        folder = self.folder(kind, key)
        if folder in self._checked:
            return folder, self._checked[folder]
        facts = _intact(folder)
        if facts is None:
            return None
        self._checked[folder] = facts
        return folder, facts

    def make(
        self, kind: str, key: str, build: Callable[[Path], dict[str, Any]]
    ) -> tuple[Path, dict[str, Any]]:
        """
        Return an entry's folder and facts, building it where it is missing or damaged.

        `build` writes files into the folder that it is given and returns facts for the manifest.
        Raises ZkError where the folder cannot be written; a failed build leaves nothing.
        """
        found = self.find(kind, key)
        if found is not None:
            return found
        target = self.folder(kind, key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            workspace = Path(tempfile.mkdtemp(prefix=f".{key[:8]}-", dir=target.parent))
        except OSError as failure:
            raise _unwritable(self.root, failure) from None
        try:
            facts = build(workspace)
            _write_manifest(workspace, facts)
            _publish(workspace, target)
        except OSError as failure:
            raise _unwritable(self.root, failure) from None
        finally:
            shutil.rmtree(workspace, ignore_errors=True)
        found = self.find(kind, key)
        if found is None:
            raise ZkError(str(target), "changes while it is written", "one writer of its content")
        return found

    def remember(self, kind: str, key: str, length: int, build: Callable[[], bytes]) -> bytes:
        """
        Return a short value of known length, building it where it is missing or damaged.

        Raises ZkError where the folder cannot be written.
        """
        known = self._values.get((kind, key))
        if known is not None:
            return known
        path = self.folder(kind, key)
        value = _read_value(path, length)
        if value is None:
            value = build()
            try:
                _write_value(path, value)
            except OSError as failure:
                raise _unwritable(self.root, failure) from None
        self._values[kind, key] = value
        return value

    def discard(self, kind: str, key: str) -> None:
        """Delete an entry, so that it is made again."""
        folder = self.folder(kind, key)
        self._checked.pop(folder, None)
        if folder.exists():
            _discard(folder)


def _read_value(path: Path, length: int) -> bytes | None:
    """Return a value whose checksum, which follows it, is right."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    value, checksum = content[:length], content[length:]
    return value if checksum == sha256(value).digest() else None


def _write_value(path: Path, value: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as stream:
        workspace = Path(stream.name)
        try:
            stream.write(value + sha256(value).digest())
            stream.flush()
            workspace.rename(path)
        except OSError:
            workspace.unlink(missing_ok=True)
            raise


def _unwritable(root: Path, failure: OSError) -> ZkError:
    reason = failure.strerror or str(failure)
    return ZkError(str(root), f"cache cannot be written: {reason}", "a folder with free space")


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        digest = sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": _hash_file(path)}
        for path in sorted(folder.iterdir())
    }
    text = json.dumps({"facts": facts, "files": files}, indent=1, sort_keys=True)
    (folder / _MANIFEST).write_text(json.dumps({"sha256": key_of(text), "content": text}))


def _intact(folder: Path) -> dict[str, Any] | None:
    """Return the facts of an entry whose files are what its manifest says."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        if key_of(manifest["content"]) != manifest["sha256"]:
            return None
        content: dict[str, Any] = json.loads(manifest["content"])
        for name, expected in content["files"].items():
            path = folder / name
            if path.stat().st_size != expected["bytes"]:
                return None
            if _hash_file(path) != expected["sha256"]:
                return None
        facts: dict[str, Any] = content["facts"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return facts


def _publish(workspace: Path, target: Path) -> None:
    """Put the finished folder in its place; where another process was first, its result stays."""
    while True:
        try:
            workspace.rename(target)
        except OSError:
            if not target.exists():
                raise
            if _intact(target) is not None:
                return
            _discard(target)
        else:
            return


def _discard(damaged: Path) -> None:
    """Move a damaged entry aside before deleting it, so that nobody reads half of it."""
    aside = Path(tempfile.mkdtemp(prefix=".damaged-", dir=damaged.parent))
    try:
        damaged.rename(aside / damaged.name)
    except FileNotFoundError:
        pass
    finally:
        shutil.rmtree(aside, ignore_errors=True)
