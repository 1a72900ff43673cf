"""What a section of the page is: a question, a state, one finding, figures and tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reports.figures import Drawing
from reports.run_view import RunView
from reports.sentence import Sentence
from reports.tables import Table
from sim.claims import State


@dataclass(frozen=True)
class Content:
    """
    What a section found.

    `how` says how it was computed: definitions, estimators, files and columns.
    """

    state: State
    finding: Sentence
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Sentence, ...] = ()
    how: tuple[Sentence, ...] = ()
    commands: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = field(default=())


View = TypeVar("View")


@dataclass(frozen=True)
class Chapter(Generic[View]):
    """
    A section's place on the page, and the function that writes it for a run or a comparison.

    A section about a `table` is left out where the run has none.
    """

    slug: str
    title: str
    question: str
    build: Callable[[View], Content]
    table: str = ""


_RANK: tuple[State, ...] = (
    "INVALID", "red", "error", "amber", "not exercised", "held", "green", "not assessed",
    "not asked",
)  # fmt: skip


def worst(*states: State) -> State:
    """Return the state that a reader must see first."""
    return min(states, key=_RANK.index, default="not asked")


def on_one_path(state: State) -> State:
    """Return a state as one path may claim it: what held there is not confirmed."""
    return "held" if state == "green" else state


def asked_of(view: RunView, *kpis: str) -> State:
    """Return the worst state of the claims about some KPIs."""
    return worst(*(judged.state for judged in view.claims if judged.claim.kpi in kpis))
