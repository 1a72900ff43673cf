"""What a long command says while it works, on standard error; never part of a result."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, Protocol, TextIO

Style = Literal["auto", "plain", "json", "none"]

SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """Told about each tick and about what must be known at once."""

    def tick(self, done: int, ticks: int, calls: int, compared: int, refused: int) -> None:
        """A tick is over; the counts are of the run so far."""

    def step(self, name: str, done: int, steps: int) -> None:
        """A step of another kind of work begins."""

    def replica(self, over: "Replicas", **last: str | int | float) -> None:
        """A run of many is over; `last` says which and how it ended."""

    def alarm(self, kind: Literal["violation", "divergence"], **facts: str | int) -> None:
        """Something is wrong with the rules or with the contracts."""

    def done(self) -> None:
        """Nothing more will come."""


class Replicas(NamedTuple):
    """How far a sweep is; `left` is in seconds, None before anything is known."""

    done: int
    skipped: int
    failed: int
    running: int
    total: int
    left: float | None

    def __str__(self) -> str:
        left = "" if self.left is None else f", {_duration(self.left)} left"
        return (
            f"{self.done} done, {self.running} running, {self.failed} failed, "
            f"{self.skipped} skipped of {self.total}{left}"
        )


class Silent:
    """Says nothing."""

    def tick(self, done: int, ticks: int, calls: int, compared: int, refused: int) -> None:
        """Say nothing."""

    def step(self, name: str, done: int, steps: int) -> None:
        """Say nothing."""

    def replica(self, over: Replicas, **last: str | int | float) -> None:
        """Say nothing."""

    def alarm(self, kind: Literal["violation", "divergence"], **facts: str | int) -> None:
        """Say nothing; the error that follows is shown anyway."""

    def done(self) -> None:
        """Say nothing."""


class Lines:
    """Plain lines, at most one every ten seconds: for logs and pipes."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._started = self._shown = clock()

    def tick(self, done: int, ticks: int, calls: int, compared: int, refused: int) -> None:
        """Print a line if the last one is old enough."""
        now = self._clock()
        if now - self._shown < SECONDS_BETWEEN_LINES:
            return
        self._shown = now
        left = (now - self._started) / done * (ticks - done) if done else 0.0
        self._say(
            f"tick {done} of {ticks}, {calls:,} calls, {compared:,} compared, "
            f"{refused:,} refused, {left:.0f} s left"
        )

    def step(self, name: str, done: int, steps: int) -> None:
        """Print the step that begins."""
        if done < steps:
            self._say(f"{name} ({done + 1} of {steps})")

    def replica(self, over: Replicas, **last: str | int | float) -> None:
        """Print a failed one at once, else a line if the last one is old enough."""
        now = self._clock()
        if last.get("state") == "failed":
            self._say(f"failed: {last['arm']}, seed {last['seed']}: {last['error']}")
        if now - self._shown >= SECONDS_BETWEEN_LINES:
            self._shown = now
            self._say(str(over))

    def alarm(self, kind: Literal["violation", "divergence"], **facts: str | int) -> None:
        """Print it at once."""
        self._say(f"{kind}: " + ", ".join(f"{name} {value}" for name, value in facts.items()))

    def done(self) -> None:
        """Say nothing more."""

    def _say(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


class JsonLines:
    """One JSON object per line, for programs."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._started = clock()

    def tick(self, done: int, ticks: int, calls: int, compared: int, refused: int) -> None:
        """Write a `tick` event with the rate so far and the time left, seconds."""
        elapsed = max(self._clock() - self._started, 1e-9)
        self._write(
            event="tick",
            tick=done,
            ticks=ticks,
            calls=calls,
            calls_per_second=round(calls / elapsed, 1),
            compared=compared,
            refused=refused,
            seconds_left=round(elapsed / done * (ticks - done), 1) if done else None,
        )

    def step(self, name: str, done: int, steps: int) -> None:
        """Write a `step` event."""
        self._write(event="step", step=name, done=done, steps=steps)

    def replica(self, over: Replicas, **last: str | int | float) -> None:
        """Write a `replica` event."""
        self._write(event="replica", **over._asdict(), last=last)

    def alarm(self, kind: Literal["violation", "divergence"], **facts: str | int) -> None:
        """Write it at once."""
        self._write(event=kind, **facts)

    def done(self) -> None:
        """Write the last event."""
        self._write(event="done")

    def _write(self, **event: Any) -> None:
        self._out.write(json.dumps(event) + "\n")
        self._out.flush()


class Bar:
    """A bar that redraws itself, for people at a terminal."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
        from rich.progress import Progress as RichProgress  # noqa: PLC0415

        console = Console(file=out, highlight=False)
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._bar.start()

    def tick(self, done: int, ticks: int, calls: int, compared: int, refused: int) -> None:
        """Move the bar."""
        description = (
            f"tick {done}/{ticks}  {calls:,} calls  {compared:,} equal  {refused:,} refused"
        )
        self._bar.update(self._task, completed=done, total=ticks, description=description)

    def step(self, name: str, done: int, steps: int) -> None:
        """Name the step."""
        self._bar.update(self._task, completed=done, total=steps, description=name)

    def replica(self, over: Replicas, **last: str | int | float) -> None:
        """Move the bar; a failed one stands above it."""
        if last.get("state") == "failed":
            line = f"failed: {last['arm']}, seed {last['seed']}: {last['error']}"
            self._bar.console.print(line, markup=False, soft_wrap=True)
        finished = over.done + over.skipped + over.failed
        self._bar.update(self._task, completed=finished, total=over.total, description=str(over))

    def alarm(self, kind: Literal["violation", "divergence"], **facts: str | int) -> None:
        """Print a line above the bar."""
        line = f"{kind}: " + ", ".join(f"{name} {value}" for name, value in facts.items())
        self._bar.console.print(line, markup=False, soft_wrap=True)

    def done(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3_600 else f"{seconds / 3_600:.1f} h"


def progress(style: Style, *, is_terminal: bool, out: TextIO | None = None) -> Progress:
    """Return who shows progress: a bar only where `auto` meets a terminal that can redraw."""
    stream = out or sys.stderr
    match style:
        case "none":
            return Silent()
        case "json":
            return JsonLines(stream)
        case "auto" if is_terminal:
            return Bar(stream)
        case _:
            return Lines(stream)


@contextmanager
def showing(style: Style, *, is_terminal: bool) -> Iterator[Progress]:
    """Show progress while the body runs, and take the bar away however it ends."""
    shown = progress(style, is_terminal=is_terminal)
    try:
        yield shown
    finally:
        shown.done()
