"""The pages of the documentation, their code blocks, and a folder to run them in."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sim.workload.exact import ExactWeights
from sim.workload.graph import to_onnx

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str


BLOCKS = tuple(
    Block(page.relative_to(ROOT).as_posix(), *found)
    for page in PAGES
    for found in _BLOCK.findall(page.read_text(encoding="utf-8"))
)


def blocks(language: str) -> list[object]:
    """Return the blocks of a language as parameters of a test, named by their page."""
    chosen = [block for block in BLOCKS if block.language == language]
    return [pytest.param(block, id=f"{block.page}-{n}") for n, block in enumerate(chosen)]


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's folder: the README's scenario, with fewer of everything, a model, an input."""
    folder = tmp_path_factory.mktemp("reader")
    (scenario,) = (b.text for b in BLOCKS if (b.page, b.language) == ("README.md", "yaml"))
    small = scenario.replace("ticks: 30\n", "ticks: 4\n").replace("population:\n", _FEW_PEOPLE)
    (folder / "tiny.yaml").write_text(small, encoding="utf-8")
    (folder / "searching.yaml").write_text(_few_runs("docs/searching.md", 1), encoding="utf-8")
    (folder / "sweeps.yaml").write_text(_few_runs("docs/sweeps.md", 3), encoding="utf-8")
    shutil.copytree(ROOT / "contracts/artifacts", folder / "build")
    for case in ("escaping-a-slash", "forged-session"):
        shutil.copytree(ROOT / "corpus" / case, folder / "corpus" / case)
    rng = np.random.default_rng(5)
    model = ExactWeights(
        rng.integers(-9, 9, (64, 4)),
        rng.integers(-9, 9, 4),
        rng.integers(-9, 9, (4, 10)),
        rng.integers(-9, 9, 10),
        hidden_bits=3,
        output_bits=3,
    )
    (folder / "model.onnx").write_bytes(to_onnx(model))
    image = rng.integers(0, 17, 64).tolist()
    (folder / "input.json").write_text(json.dumps({"input_data": [image]}), encoding="utf-8")
    return folder


_FEW_PEOPLE = """\
workload: {hidden_units: [8], request_pool: 4}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  users: {count: 40}
"""
_FEWER = (
    ("ticks: 30", "ticks: 2"),
    ("replicas: 10", "replicas: 2"),
    ("samples: 8", "samples: 2"),
    ("samples: 60", "samples: 10"),
    ("trials: 32", "trials: 3"),
    ("request_pool: 20", "request_pool: 3"),
)


def _few_runs(page: str, left_as_they_are: int) -> str:
    """Return the scenario of a page about many runs, with as few and as short ones as do."""
    (text,) = (b.text for b in BLOCKS if (b.page, b.language) == (page, "yaml"))
    missing = [written for written, _ in _FEWER if written not in text]
    assert len(missing) == left_as_they_are, missing
    for written, few in _FEWER:
        text = text.replace(written, few)
    return text


@pytest.fixture
def at_workplace(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, and the process in it, on a machine of one processor."""
    monkeypatch.chdir(workplace)
    # Workers would take longer to start than these few short runs take.
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    return workplace
