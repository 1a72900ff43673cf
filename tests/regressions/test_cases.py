"""The corpus and the regressions: each case still holds, and is what shrinking leaves."""

import pytest

from sim.invariants import INVARIANTS
from sim.shrinking.bench import Bench, fastest_engine
from sim.shrinking.case import STORY, case_folders, open_case
from sim.shrinking.corpus import check_case
from tests.conftest import new_engine
from tests.regressions.attacks import ATTACKS
from tests.regressions.cases import CORPUS, FAULTS, HOME, write_attack, write_fault

FOLDERS = {f"{folder.parent.name}/{folder.name}": folder for folder in case_folders([CORPUS, HOME])}


@pytest.fixture(scope="module")
def bench():
    opened = {}

    def of(engine):
        if engine not in opened:
            new_engine(engine).close()
            opened[engine] = Bench(engine)
        return opened[engine]

    yield of
    for each in opened.values():
        each.close()


ON_PY_EVM = ("corpus/escaping-a-slash", "corpus/mirrored-signature", "regressions/price-level")
"""Seconds each: the conformance suite has them on every engine call by call."""


@pytest.mark.parametrize(
    ("name", "engine"),
    [*((name, "revm") for name in FOLDERS), *((name, "py-evm") for name in ON_PY_EVM)],
)
def test_a_case_ends_as_recorded(name, engine, bench):
    checked = check_case(open_case(FOLDERS[name]), bench(engine), "")

    assert (checked.error, checked.broken) == ("", ())
    assert checked.scenario == FOLDERS[name].name
    assert len(checked.invariants) == len(INVARIANTS) + 1


def same(written, kept):
    """Whether two cases are equal, numbers of the deployment aside: they may be younger."""
    return (written.file, read_story(written)) == (
        open_case(kept).file,
        read_story(open_case(kept)),
    )


def read_story(case):
    return (case.folder / STORY).read_text(encoding="utf-8")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_case_of_the_corpus_is_what_shrinking_its_attack_leaves(attack, bench, tmp_path):
    written = write_attack(attack, tmp_path, bench(fastest_engine()))

    assert same(written, CORPUS / attack.name), "write it again: make corpus"


@pytest.mark.planted
@pytest.mark.parametrize("name", FAULTS)
def test_a_regression_is_what_shrinking_its_fault_leaves(name, bench, tmp_path):
    written = write_fault(name, tmp_path, bench(fastest_engine()))

    assert same(written, HOME / name), "write it again: make corpus"


def test_there_are_no_other_cases_than_those_that_are_written():
    wanted = {f"corpus/{attack.name}" for attack in ATTACKS}
    wanted |= {f"regressions/{name}" for name in FAULTS}

    assert set(FOLDERS) == wanted
