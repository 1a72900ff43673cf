"""What a user did wrong: one clear error with its place, its problem and what is allowed."""

from dataclasses import dataclass, field
from typing import Any

EXIT_CODE = 2


@dataclass(frozen=True, slots=True)
class Location:
    """A span of a text file: line and column count from 1, `text` is the user's own line."""

    file: str
    line: int
    column: int
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong, or doubtful where `code` starts with W.

    `note` stands beside the caret; `allowed` lists what could be there instead.
    """

    code: str
    problem: str
    place: str
    note: str = ""
    allowed: tuple[str, ...] = ()
    allowed_label: str = "allowed"
    location: Location | None = field(default=None)

    @property
    def is_warning(self) -> bool:
        """Whether nothing has to be changed."""
        return self.code.startswith("W")


class UserError(Exception):
    """
    Something that the user gave cannot be used; the command line shows it and exits with 2.

    `code` is explained by `mnft explain`; `place` is a file, a key or an option.
    """

    exit_code = EXIT_CODE

    def __init__(self, place: str, problem: str, allowed: str, code: str = "E100") -> None:
        super().__init__(place, problem, allowed, code)
        self.place = place
        self.problem = problem
        self.allowed = allowed
        self.code = code

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; allowed: {self.allowed}"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, in the order of the file."""
        allowed = (self.allowed,) if self.allowed else ()
        return (Problem(self.code, self.problem, self.place, allowed=allowed),)


class ScenarioError(UserError):
    """A scenario file has errors: all of them at once, in file order, with the warnings."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = next(problem for problem in problems if not problem.is_warning)
        super().__init__(first.place, first.problem, ", ".join(first.allowed), first.code)
        self._problems = problems

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would rebuild from the four texts; a worker must hand over all problems.
        return type(self), (self._problems,)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, in the order of the file."""
        return self._problems


def nearest(word: str, candidates: tuple[str, ...]) -> str | None:
    """
    Return the candidate that a misspelt word most likely means, or None.

    The only one that begins so, or one at most two edits away (a third of the word's length
    where that is more).
    """
    beginning = [candidate for candidate in candidates if word and candidate.startswith(word)]
    if len(beginning) == 1:
        return beginning[0]
    if not any(letter.isalnum() for letter in word):
        return None
    reach = max(2, len(word) // 3)
    ranked = sorted(
        # Of two equally near, the one with the same ending: `tics` means `ticks`, not `tick`.
        (edit_distance(word.lower(), candidate.lower()), candidate[-1:] != word[-1:], candidate)
        for candidate in candidates
    )
    if not ranked or ranked[0][0] > reach or ranked[0][0] >= len(ranked[0][2]):
        return None
    return ranked[0][2]


def edit_distance(first: str, second: str) -> int:
    """Return how many characters to insert, delete or replace to turn one word into the other."""
    row = list(range(len(second) + 1))
    for position, letter in enumerate(first, start=1):
        diagonal, row[0] = row[0], position
        for column, other in enumerate(second, start=1):
            replaced = diagonal + (letter != other)
            diagonal = row[column]
            row[column] = min(replaced, diagonal + 1, row[column - 1] + 1)
    return row[-1]
