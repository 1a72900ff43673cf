"""What a host that cheats returns in place of a model's output."""

import numpy as np

from sim.workload.tasks import Integers


def corrupt(logits: Integers, rng: np.random.Generator) -> Integers:
    """
    Return plausible wrong logits: the model's own, with the best swapped for another.

    One row per row given; each differs from the true one, and none gives the same class.
    The values are the row's own except where all ten are equal; there, one is raised.
    """
    wrong = logits.copy()
    for row in wrong:
        best = int(row.argmax())
        others = np.flatnonzero(row != row[best])
        if others.size == 0:
            row[(best + 1) % len(row)] += 1
            continue
        chosen = int(rng.choice(others))
        row[best], row[chosen] = row[chosen], row[best]
    return wrong
