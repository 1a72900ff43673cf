"""The peers' environments: one each, below a cache folder, from pinned requirements."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
_LAST_LINES = 5


class PeerError(Exception):
    """A peer's environment cannot be made; the text ends with what the installer said."""


def cache_folder() -> Path:
    """Return where environments live: below XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "mnft-peers"


def peers() -> list[str]:
    """Return the names of all peers with requirements."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def folder_of(peer: str) -> Path:
    """Return a peer's environment; other requirements, or another Python, make another one."""
    wanted = (REQUIREMENTS / f"{peer}.txt").read_bytes() + sys.version.encode()
    return cache_folder() / f"{peer}-{hashlib.sha256(wanted).hexdigest()[:12]}"


def python_of(peer: str) -> Path:
    """
    Return the interpreter of a peer's environment, which is made where there is none.

    Raises:
        PeerError: It cannot be installed.
    """
    folder = folder_of(peer)
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run(peer, [sys.executable, "-m", "venv", str(folder)])
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(peer, [*install, "--requirement", str(REQUIREMENTS / f"{peer}.txt")])
    (folder / "complete").touch()
    return python


def versions_of(peer: str) -> dict[str, str]:
    """Return what is compared, the pins above a file's first comment, and its versions."""
    compared = (REQUIREMENTS / f"{peer}.txt").read_text(encoding="utf-8").split("#")[0]
    pins = [line.split("==") for line in compared.splitlines()]
    return {name.split("[")[0]: version for name, version in pins}


def _run(peer: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise PeerError(f"{peer}: " + " / ".join(said[-_LAST_LINES:]))
