"""What is wrong or doubtful (codes W...) about how keys fit together."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A problem at a key, and the keys that it follows from."""

    code: str
    path: str
    problem: str
    note: str
    allowed: tuple[str, ...]
    involved: tuple[str, ...]
