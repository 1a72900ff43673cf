"""Writes every case of `corpus/` and of `tests/regressions` again: `make corpus`."""

import sys
from pathlib import Path

import pytest

from sim.progress import Silent
from sim.shrinking.bench import Bench, fastest_engine
from sim.shrinking.case import Case
from sim.shrinking.minimum import Wanted, keep, minimum
from tests.lockstep.test_mutants import plant
from tests.regressions.attacks import ATTACKS, NAMES, Attack, Recorder
from tests.sim.shrinking.planted import PLANTED, trace

HOME = Path(__file__).parent
CORPUS = HOME.parents[1] / "corpus"
FAULTS = {
    "price-level": "a price level that stays",
    "slash-reward": "a reward rounded up",
    "unbonding-deadline": "a deadline that is one second late",
    "wrong-error-argument": "a wrong argument of an error",
}
"""Faults once planted in the model whose shrunk traces are kept, by the names of their folders."""


def write_attack(attack: Attack, folder: Path, bench: Bench) -> Case:
    """Play an attack, shrink its trace, and write what is left as a case."""
    machine = Recorder()
    wanted = Wanted(attack.play(machine))
    found = minimum(bench, machine.record(), wanted, Silent(), attack.name)
    return keep(folder / attack.name, machine.record(), found, NAMES, attack.told)


def write_fault(name: str, folder: Path, bench: Bench) -> Case:
    """Plant a fault in the model, shrink a trace that shows it, and write what is left."""
    fault = PLANTED[FAULTS[name]]
    record = trace(fault.life, fault.seed)
    with pytest.MonkeyPatch.context() as patch:
        plant(patch, *fault.model)
        found = minimum(bench, record, Wanted(rules=frozenset()), Silent(), name)
    told = f"A fault was planted in the model: {FAULTS[name]}. Lockstep stopped at it."
    return keep(folder / name, record, found, NAMES, told)


if __name__ == "__main__":
    with Bench(fastest_engine()) as opened:
        for each in ATTACKS:
            sys.stdout.write(f"{write_attack(each, CORPUS, opened).folder.name}\n")
        for each in FAULTS:
            sys.stdout.write(f"{write_fault(each, HOME, opened).folder.name}\n")
