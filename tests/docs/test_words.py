"""What is committed names no machine, no download address, and speaks of the project alone."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.conftest import PAGES, ROOT

# An identifier of a vocabulary, and an address that answers nobody.
NO_DOWNLOADS = ("https://json-schema.org/draft/2020-12/schema", "http://127.0.0.1:9")
ADDRESS = re.compile(r"(?:https?|ftp|git|ssh)://[^\s\"'`)\]}]+")
REGISTRY = re.compile(r"--(?:extra-)?index-url|--registry\b|\"resolved\":")
# Folders of a person's or a build machine, not of a system: those may be anywhere.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|Users|tmp|private)/\w|\b[A-Z]:\\\\?\w")
ABOUT_OTHERS = re.compile(r"\b(?:helpers?|assistants?|issues?)\b", re.IGNORECASE)
OF_OTHERS = ("contracts/src/ezkl/", "contracts/artifacts/", "tests/docs/test_words.py")


def committed() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def texts() -> dict[str, str]:
    found = {}
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        # Another working copy may have deleted a file that it has not committed yet.
        if name.startswith(OF_OTHERS) or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            found[name] = content.decode("utf-8")
    return found


def test_no_download_address_is_committed() -> None:
    offences = [
        (name, address)
        for name, text in texts().items()
        for address in [*ADDRESS.findall(text), *REGISTRY.findall(text)]
        if address not in NO_DOWNLOADS
    ]

    assert offences == []


def test_no_path_of_a_machine_is_committed() -> None:
    offences = [
        (name, found) for name, text in texts().items() for found in MACHINE_PATH.findall(text)
    ]

    assert offences == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_speaks_of_the_project_alone(page: Path) -> None:
    assert ABOUT_OTHERS.findall(page.read_text(encoding="utf-8")) == []
