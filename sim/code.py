"""Which code made a run: one digest over everything of ours that can change a result."""

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("protocol", "contracts", "zk", "sim")
_KINDS = ("*.py", "artifacts/*.json")
# They start runs and show them, and change none.
_SHOWING = (
    "sim/cli.py",
    "sim/commands/",
    "sim/console.py",
    "sim/experiments/",
    "sim/progress.py",
    "sim/rulebook/",
    "sim/shrinking/",
    "sim/summary.py",
    "sim/terminal.py",
)


@cache
def code_digest() -> str:
    """Return the SHA-256 over the names and contents of our sources and artifacts."""
    whole = sha256()
    for package in _PACKAGES:
        spec = find_spec(package)
        home = Path(str(spec.origin)).parent if spec else Path(package)
        for path in sorted({found for kind in _KINDS for found in home.rglob(kind)}):
            name = f"{package}/{path.relative_to(home).as_posix()}"
            if not name.startswith(_SHOWING):
                content = sha256(path.read_bytes()).hexdigest()
                whole.update(f"{name} {content}\n".encode())
    return whole.hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over the JSON files of a folder, in the order of their names."""
    whole = sha256()
    for path in sorted(folder.glob("*.json")):
        whole.update(f"{path.name} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
