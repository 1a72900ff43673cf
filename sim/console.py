"""Where commands print: result to standard output, everything else to standard error."""

import os
import platform
import shlex
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sim.errors import Problem, UserError
from sim.terminal import ColourChoice, Terminal, terminal_of

FAILED_ON_REQUEST = 1
DIVERGED = 3
VIOLATED = 4
INCOMPLETE = 5
PROOF_REFUSED = 6
OUR_BUG = 70
INTERRUPTED = 130


class ReaderGone(Exception):
    """Whoever reads standard output has seen enough: no error, but no reason to go on."""


@dataclass(frozen=True, slots=True)
class Console:
    """The two streams of a command, and whether its result is one JSON document."""

    colour: ColourChoice = "auto"
    as_json: bool = False

    @property
    def out(self) -> Terminal:
        """What standard output can show."""
        return terminal_of(sys.stdout, os.environ, self.colour)

    @property
    def err(self) -> Terminal:
        """What standard error can show."""
        return terminal_of(sys.stderr, os.environ, self.colour)

    def result(self, text: str) -> None:
        """Print a result."""
        try:
            sys.stdout.write(self.out.fit(text) + "\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            # Nothing may be written to the pipe when Python ends either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise ReaderGone from error

    def document(self, document: Any) -> None:
        """Print the one JSON document of a command."""
        from sim.error_text import dump_json  # noqa: PLC0415 - `--help` needs none of it

        self.result(dump_json(document))

    def note(self, text: str) -> None:
        """Print something that is not the result."""
        sys.stderr.write(self.err.fit(text) + "\n")

    def warnings(self, problems: Sequence[Problem]) -> None:
        """Print warnings."""
        from sim.error_text import problem_text  # noqa: PLC0415

        for problem in problems:
            self.note(problem_text(problem))

    def error(self, error: UserError) -> None:
        """Print an error: as JSON on standard output where the result would be JSON."""
        from sim.error_text import error_json, error_text  # noqa: PLC0415

        if self.as_json:
            self.document(error_json(error))
        else:
            self.note(error_text(error))

    def interrupted(self, arguments: Sequence[str]) -> None:
        """Say what an interruption left, and how to go on."""
        command = shlex.join(["mnft", *arguments])
        message = "interrupted; nothing unfinished stands under a final name"
        if self.as_json:
            self.document({"schema": "mnft.error/1", "code": "interrupted", "next": command})
        else:
            self.note(f"{message}.  Again: {command}")

    def bug(self, error: Exception, arguments: Sequence[str]) -> None:
        """Say that we made a mistake, and where its details are."""
        try:
            details = str(_crash_file(error, arguments))
        except OSError:
            # The place for temporary files may be what failed.
            details = f"{type(error).__name__}: {error}"
        if self.as_json:
            self.document({"schema": "mnft.error/1", "code": "bug", "crash": details})
        else:
            self.note(f"this is a bug of mnft, not of your input; details: {details}")


def _crash_file(error: Exception, arguments: Sequence[str]) -> Path:
    """Write what is needed to find a bug into a new file, and return its path."""
    with NamedTemporaryFile(
        "w", prefix="mnft-crash-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"command: {shlex.join(['mnft', *arguments])}\n")
        file.write(f"python: {platform.python_version()} on {platform.system()}\n\n")
        file.writelines(traceback.format_exception(error))
    return Path(file.name)
