"""The one error of this package."""


class ZkError(Exception):
    """A circuit, key or proof cannot be made; says where, what is wrong and what is allowed."""

    def __init__(self, place: str, problem: str, allowed: str) -> None:
        super().__init__(place, problem, allowed)
        self.place = place
        self.problem = problem
        self.allowed = allowed

    def __str__(self) -> str:
        """Return the error as one line."""
        line = f"{self.place}: {self.problem}; allowed: {self.allowed}"
        return " ".join(line.split())
