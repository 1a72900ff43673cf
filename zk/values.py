"""Numbers as they come in, made flat tensors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zk.errors import ZkError

Floats = npt.NDArray[np.float64]


def flat_tensors(place: str, values: Any, lengths: Sequence[int]) -> list[Floats]:
    """
    Return the values input by input, flat.

    For one input the values may have any shape; for several they are one item each.
    Raises ZkError where something is no finite number, or the lengths are others.
    """
    items = [values] if len(lengths) == 1 else list(values)
    tensors = []
    for item in items:
        try:
            tensor = np.asarray(item, dtype=np.float64).ravel()
        except (TypeError, ValueError):
            raise ZkError(place, "is not made of numbers", "finite numbers") from None
        if not np.isfinite(tensor).all():
            raise ZkError(place, "has a value that is NaN or infinite", "finite numbers")
        tensors.append(tensor)
    found = [tensor.size for tensor in tensors]
    if found != list(lengths):
        raise ZkError(place, f"values per input: {found}", f"exactly {list(lengths)}")
    return tensors
