"""What the workload refuses; each refusal has a place, a problem and what is allowed."""

from typing import Any

from sim.errors import UserError


class WorkloadError(UserError):
    """Something given to the workload cannot be used."""


class ExactnessError(WorkloadError):
    """A layer's sums could reach the size at which float32 begins to round integers."""

    def __init__(self, layer: str, bound: int, limit: int) -> None:
        super().__init__(
            f"layer '{layer}'",
            f"its sums can reach {bound:,}, where float32 rounds integers",
            f"less than {limit:,}",
        )
        self.layer = layer
        self.bound = bound
        self.limit = limit

    def __reduce__(self) -> tuple[Any, ...]:
        # The default rebuilds from the three texts; a worker process must hand over the figures.
        return type(self), (self.layer, self.bound, self.limit)


class NonFiniteWeightsError(WorkloadError):
    """A layer has a weight that is NaN or infinite; every output would be worthless."""

    def __init__(self, layer: str, count: int) -> None:
        super().__init__(
            f"layer '{layer}'", f"{count} of its weights are NaN or infinite", "finite weights"
        )
        self.layer = layer
        self.count = count

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.layer, self.count)


class StoreError(WorkloadError):
    """
    A stored file is missing, or is not what its name says.

    `found` is the content's real name, or None where there is no file.
    """

    def __init__(self, file: str, expected: str, found: str | None) -> None:
        problem = "no such file" if found is None else f"its content is {found}"
        super().__init__(file, problem, f"content whose CID is {expected}")
        self.file = file
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file, self.expected, self.found)
