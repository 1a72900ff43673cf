"""Errors as people and as programs read them: the user's own line with a caret, or JSON."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from sim.errors import Location, Problem, UserError

SCHEMA = "mnft.error/1"
_MOST_INLINE = 60
_MOST_LISTED = 12
_LONGEST_PROBLEM = 300
_LONGEST_LINE = 160
_BEFORE_CARET = 60
"""Letters of a long line that are shown before what is wrong."""


def error_text(error: UserError) -> str:
    """Return every problem of an error with its place, and how to have one explained."""
    problems = error.problems
    errors = sum(not problem.is_warning for problem in problems)
    warnings = len(problems) - errors
    if all(problem.location is None for problem in problems):
        return "\n".join([*map(problem_text, problems), f"Explain it: mnft explain {error.code}"])
    last = next(problem for problem in reversed(problems) if not problem.is_warning)
    counted = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    summary = f"{counted}; nothing was run.  Explain one: mnft explain {last.code}"
    return "\n".join([*map(problem_text, problems), summary])


def problem_text(problem: Problem) -> str:
    """Return a problem as a block: what, where, the line, a caret, what is allowed."""
    word = "warning" if problem.is_warning else "error"
    said = _printable(problem.problem)
    if len(said) > _LONGEST_PROBLEM:
        said = f"{said[:_LONGEST_PROBLEM]}…"
    lines = [f"{word}[{problem.code}]: {said}", f"  --> {problem.place}"]
    listed = _listed(problem.allowed)
    inline = problem.allowed_label == "allowed" and len(listed) <= _MOST_INLINE
    beside = [f"allowed: {listed}"] if listed and inline else []
    beside += [problem.note] if problem.note else []
    if problem.location:
        lines += _line_with_caret(problem.location, "; ".join(beside))
        margin = " " * len(str(problem.location.line))
    else:
        lines += [f"   = {each}" for each in beside]
        margin = " "
    if listed and not inline:
        lines.append(f"{margin} = {problem.allowed_label}: {listed}")
    return "\n".join(lines)


def error_json(error: UserError) -> dict[str, Any]:
    """Return an error as one document: the first problem on top, all of them in `errors`."""
    problems = [_problem_json(problem) for problem in error.problems]
    errors = [each for each in problems if each["code"].startswith("E")]
    warnings = [each for each in problems if each["code"].startswith("W")]
    return {"schema": SCHEMA, **errors[0], "errors": errors, "warnings": warnings}


def dump_json(document: Any) -> str:
    """Return a document as one line of JSON that any terminal's encoding can show."""
    return json.dumps(document, ensure_ascii=True, sort_keys=False)


def _problem_json(problem: Problem) -> dict[str, Any]:
    location = problem.location
    return {
        "code": problem.code,
        "file": location.file if location else problem.place,
        "line": location.line if location else None,
        "column": location.column if location else None,
        "problem": problem.problem,
        "note": problem.note,
        "allowed": list(problem.allowed),
    }


def _listed(allowed: Sequence[str]) -> str:
    rest = len(allowed) - _MOST_LISTED
    return ", ".join(allowed[:_MOST_LISTED]) + (f", and {rest} more" if rest > 0 else "")


def _line_with_caret(location: Location, note: str) -> list[str]:
    number = str(location.line)
    text, start = _printable(location.text), location.column - 1
    if len(text) > _LONGEST_LINE:
        first = max(0, start - _BEFORE_CARET)
        last = first + _LONGEST_LINE
        text = ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
        start -= first - 1 if first else 0
    before, marked = text[:start], text[start : start + location.length]
    blank = "".join("\t" if letter == "\t" else " " * _width(letter) for letter in before)
    caret = "^" * max(1, sum(map(_width, marked)))
    return [
        f"{number} | {text}",
        f"{' ' * len(number)} | {blank}{caret} {note}".rstrip(),
    ]


def _printable(text: str) -> str:
    """Return a text whose control letters a terminal does not obey."""
    return "".join(
        "\ufffd" if unicodedata.category(letter).startswith("C") and letter != "\t" else letter
        for letter in text
    )


def _width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
