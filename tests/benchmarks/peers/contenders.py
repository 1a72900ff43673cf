"""Contenders: processes that play rounds in turn, and what is made of their times."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from environments import PeerError, python_of, versions_of

HERE = Path(__file__).parent
_LAST_LINES = 3


@dataclass(frozen=True)
class Contender:
    """
    Who takes part in a comparison.

    `peer` names its environment; None is this project's own. `work` says in words what it does,
    one word per column of the table. `rounds` limits how often something slow is played.
    """

    name: str
    peer: str | None
    script: str
    arguments: tuple[str, ...] = ()
    work: Mapping[str, str] = field(default_factory=dict)
    rounds: int = 99

    @property
    def version(self) -> str:
        """The version of what is compared, or `this one`."""
        if self.peer is None:
            return "this one"
        return ", ".join(versions_of(self.peer).values())

    def command(self) -> list[str]:
        """Return what starts it; raises PeerError where its environment cannot be made."""
        python = sys.executable if self.peer is None else str(python_of(self.peer))
        return [python, str(HERE / self.script), *self.arguments]


class Process:
    """A contender's process: each `play` is a round, and answers with its outcome."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self._process = subprocess.Popen(
            contender.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()

    def play(self) -> dict[str, Any]:
        """
        Return the outcome of one more round.

        Raises:
            PeerError: The process ended instead; its last words are in the text.
        """
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            _, said = self._process.communicate()
            last = " / ".join(said.strip().splitlines()[-_LAST_LINES:])
            raise PeerError(f"{self.contender.name}: {last}")
        outcome: dict[str, Any] = json.loads(line)
        return outcome


def best(outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the round that took the least time; all of them must have come to the same."""
    first = outcomes[0]
    for each in outcomes[1:]:
        for name in ("balances", "refused", "gas", "decisions"):
            if each.get(name) != first.get(name):
                raise ValueError(f"two rounds differ in {name}")
    return min(outcomes, key=lambda outcome: float(outcome.get("seconds", 0.0)))


def compete(contenders: Sequence[Contender], rounds: int) -> dict[str, dict[str, Any]]:
    """
    Return the best round of each contender by name, played in turns.

    One that cannot be installed, or breaks, has an `error` instead.
    """
    played: dict[str, list[dict[str, Any]]] = {each.name: [] for each in contenders}
    errors: dict[str, dict[str, Any]] = {}
    processes: list[Process] = []
    for contender in contenders:
        try:
            processes.append(Process(contender))
        except PeerError as error:
            errors[contender.name] = {"error": str(error)}
    try:
        for turn in range(rounds):
            for process in processes:
                name = process.contender.name
                if name in errors or turn >= process.contender.rounds:
                    continue
                try:
                    played[name].append(process.play())
                except PeerError as error:
                    errors[name] = {"error": str(error)}
    finally:
        for process in processes:
            process.__exit__(*sys.exc_info())
    return {
        name: errors[name] if name in errors else best(outcomes)
        for name, outcomes in played.items()
    }


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratio(first: float, second: float) -> str:
    """Return how many times the second the first is."""
    value = first / second
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"
