"""
A pytest plugin: what the worlds of the tests were asked, function by outcome, as JSON.

    python -m pytest -p tests.coverage.recording --outcomes FILE tests/protocol …
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.world import World
from sim.rulebook.coverage import Counting, Tally


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outcomes", type=Path, help="Where the counts are written.")


@pytest.fixture(scope="session", autouse=True)
def _outcomes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Count in every world that is made from now on."""
    tally: Tally = Counter()
    make = World.__init__

    def counted(world, *arguments, **named) -> None:
        make(world, *arguments, **named)
        Counting(world, tally)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "__init__", counted)
        yield
    rows = [[*key, times] for key, times in sorted(tally.items())]
    request.config.getoption("outcomes").write_text(json.dumps(rows), encoding="utf-8")
