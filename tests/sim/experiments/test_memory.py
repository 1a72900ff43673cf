"""One worker, many replicas: what a run took is given back."""

import gc
from dataclasses import replace

import psutil

from sim.experiments.design import replica_seeds
from sim.experiments.replica import Replica, carry_out
from tests.sim.experiments.small import SCENARIO

WARM, ALL = 2, 5
MOST_GROWTH_BYTES = 12 * 2**20
"""Of three runs of some 40 MiB each; a hundred of them grew by 7 MiB when it was measured."""


def test_runs_in_one_process_do_not_grow_its_memory(tmp_path):
    first = Replica(
        SCENARIO, "mine.yaml", "mine", "all", {}, 0, 1, tmp_path / "0", tmp_path / "cache"
    )
    resident = []
    for number, seed in enumerate(replica_seeds(1, ALL)):
        one = replace(first, replica=number, seed=seed, folder=tmp_path / str(number))
        assert carry_out(one).state == "done"
        gc.collect()
        resident.append(psutil.Process().memory_info().rss)

    assert resident[-1] - resident[WARM - 1] < MOST_GROWTH_BYTES
