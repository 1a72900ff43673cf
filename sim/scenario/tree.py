"""A scenario's text as a tree of YAML nodes that know their lines and columns."""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from sim.errors import Location, Problem, ScenarioError, UserError

_MOST_BYTES = 1_000_000


def read_text(path: Path) -> str:
    """Return a scenario file's text; raises UserError where it cannot be read as UTF-8."""
    place = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(place, "no such file", "a scenario file (YAML)", "E112") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(place, f"cannot be read: {reason}", "a readable file", "E112") from error
    if len(content) > _MOST_BYTES:
        problem = f"{len(content):,} bytes are too many for a scenario"
        raise UserError(place, problem, f"at most {_MOST_BYTES:,} bytes", "E112")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        shown = content.splitlines()[line - 1].decode("utf-8", errors="replace")
        raise ScenarioError(
            (
                Problem(
                    "E110",
                    f"byte 0x{content[error.start]:02x} is not UTF-8",
                    f"{place}:{line}:{column}",
                    "not UTF-8",
                    ("text in UTF-8",),
                    location=Location(place, line, min(column, len(shown)), 1, shown),
                ),
            )
        ) from error


class Source:
    """A scenario's text and the place of each part of it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines() or [""]

    def span(self, line: int, column: int, length: int) -> Location:
        """Return a location from counts that begin at 0, cut to the line."""
        line = min(line, len(self.lines) - 1)
        text = self.lines[line]
        column = min(column, len(text))
        return Location(
            self.file, line + 1, column + 1, max(1, min(length, len(text) - column)), text
        )

    def of_node(self, node: Node) -> Location:
        """Return where a node stands: its first line, without blanks at the end."""
        start, end = node.start_mark, node.end_mark
        if end.line == start.line:
            return self.span(start.line, start.column, end.column - start.column)
        length = len(self.lines[start.line].rstrip()) - start.column
        return self.span(start.line, start.column, length)

    def within_scalar(self, node: ScalarNode, start: int, length: int) -> Location:
        """Return where a part of a scalar's value stands."""
        whole = self.of_node(node)
        quote = 1 if node.style in ("'", '"') else 0
        if whole.text[whole.column - 1 + quote :].startswith(node.value):
            return self.span(whole.line - 1, whole.column - 1 + quote + start, length)
        return whole


def parse_tree(source: Source, text: str) -> MappingNode:
    """Return the mapping that a text holds; raises ScenarioError for anything else."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except ReaderError as error:
        raise _syntax_error(source, _position(text, error), "unacceptable character") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line, mark.column) if isinstance(mark, StringMark) else (0, 0)
        raise _syntax_error(source, position, str(error.problem or error.context)) from error
    except RecursionError as error:
        raise _syntax_error(source, (0, 0), "sections or lists are nested too deeply") from error
    except (YAMLError, ValueError) as error:
        raise _syntax_error(source, (0, 0), f"not YAML: {type(error).__name__}") from error
    if root is None:
        raise UserError(
            source.file, "the file is empty", "at least `question: ...`; see `mnft schema`", "E109"
        )
    if not isinstance(root, MappingNode):
        location = source.of_node(root)
        raise ScenarioError(
            (
                Problem(
                    "E104",
                    "a scenario is keys and values",
                    _place(location),
                    "not a key",
                    ("`key: value` on each line",),
                    location=location,
                ),
            )
        )
    return root


def _syntax_error(source: Source, position: tuple[int, int], problem: str) -> ScenarioError:
    location = source.span(position[0], position[1], 1)
    allowed = ("YAML 1.2",)
    if location.text.lstrip().partition(":")[2].strip().startswith((">", "|", "=", "*", "&", "%")):
        allowed = ("text in quotes, such as '>='",)
    return ScenarioError(
        (Problem("E111", problem, _place(location), "here", allowed, location=location),)
    )


def _position(text: str, error: ReaderError) -> tuple[int, int]:
    before = text[: error.position]
    return before.count("\n"), len(before) - before.rfind("\n") - 1


def _place(location: Location) -> str:
    return f"{location.file}:{location.line}:{location.column}"
