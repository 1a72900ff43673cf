import io
from collections.abc import Mapping

import pytest

from sim.progress import Bar, JsonLines, Lines, Silent, progress
from sim.terminal import ColourChoice, Terminal, terminal_of


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("tty", "environment", "colour", "expected"),
    [
        (True, {}, "auto", True),
        (True, {}, "never", False),
        (True, {"NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": "1"}, "always", False),
        (True, {"NO_COLOR": ""}, "auto", True),
        (True, {"TERM": "dumb"}, "auto", False),
        (True, {"TERM": "dumb"}, "always", False),
        (False, {}, "auto", False),
        (False, {}, "always", True),
    ],
)
def test_colour_follows_the_stream_and_the_environment(
    tty: bool, environment: Mapping[str, str], colour: ColourChoice, expected: bool
) -> None:
    stream = Screen() if tty else io.StringIO()

    assert terminal_of(stream, environment, colour).has_colour is expected


def test_a_pipe_never_redraws_and_a_dumb_terminal_neither() -> None:
    assert not terminal_of(io.StringIO(), {}).redraws
    assert not terminal_of(Screen(), {"TERM": "dumb"}).redraws
    assert not terminal_of(Screen(), {"NO_COLOR": "1"}).redraws
    assert not terminal_of(Screen(), {}, "never").redraws
    assert terminal_of(Screen(), {"TERM": "xterm"}).redraws


def test_the_width_is_what_columns_says_else_eighty() -> None:
    assert terminal_of(io.StringIO(), {"COLUMNS": "120"}).width == 120
    assert terminal_of(io.StringIO(), {"COLUMNS": "wide"}).width == 80
    assert terminal_of(io.StringIO(), {}).width == 80


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no-such-encoding"])
def test_letters_that_the_encoding_lacks_become_ascii(encoding: str) -> None:
    terminal = Terminal(has_colour=False, redraws=False, width=80, encoding=encoding)

    shown = terminal.fit("\u2717 2.0\u202f% \u2265 \u22121 \u4e2d")

    assert shown == "x 2.0 % >= -1 ?"
    assert Terminal(False, False, 80, "utf-8").fit("\u2717") == "\u2717"


def test_plain_progress_says_a_line_every_ten_seconds() -> None:
    out, clock = io.StringIO(), Clock()
    lines = Lines(out, clock)

    for second in range(1, 26):
        clock.now = float(second)
        lines.tick(second, 50, second * 100, second * 99, second)

    assert out.getvalue() == (
        "tick 10 of 50, 1,000 calls, 990 compared, 10 refused, 40 s left\n"
        "tick 20 of 50, 2,000 calls, 1,980 compared, 20 refused, 30 s left\n"
    )


def test_an_alarm_is_said_at_once() -> None:
    out = io.StringIO()

    Lines(out, Clock()).alarm("violation", invariant="I-01", tick=3)

    assert out.getvalue() == "violation: invariant I-01, tick 3\n"


def test_json_progress_is_one_object_per_line() -> None:
    out, clock = io.StringIO(), Clock()
    lines = JsonLines(out, clock)
    clock.now = 2.0

    lines.tick(1, 3, 10, 9, 1)
    lines.alarm("divergence", tick=2, call=11)
    lines.step("prove", 0, 5)
    lines.done()

    assert out.getvalue() == (
        '{"event": "tick", "tick": 1, "ticks": 3, "calls": 10, "calls_per_second": 5.0, '
        '"compared": 9, "refused": 1, "seconds_left": 4.0}\n'
        '{"event": "divergence", "tick": 2, "call": 11}\n'
        '{"event": "step", "step": "prove", "done": 0, "steps": 5}\n'
        '{"event": "done"}\n'
    )


def test_a_bar_appears_only_at_a_terminal_and_is_taken_away() -> None:
    out = Screen()
    bar = progress("auto", is_terminal=True, out=out)
    bar.tick(1, 2, 3, 3, 0)
    bar.alarm("violation", invariant="[bold]I-01")
    bar.done()

    assert isinstance(bar, Bar)
    assert "[bold]I-01" in out.getvalue()
    assert isinstance(progress("auto", is_terminal=False, out=out), Lines)
    assert isinstance(progress("plain", is_terminal=True, out=out), Lines)
    assert isinstance(progress("none", is_terminal=True, out=out), Silent)
