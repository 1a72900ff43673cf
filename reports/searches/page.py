"""
A search's folder as one self-contained HTML page, made of the parts that runs' pages are made of.

The page is a function of the folder: its `search.json` and its tables.
"""

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from reports.figures import drawing_style
from reports.page import environment
from reports.section import Content
from reports.sentence import Name, shortened

PAGE = "report.html"
DOCUMENT = "search.json"


_MODULES = {
    "sensitivity": "sensitivity",
    "discover": "discovery",
    "optimise": "optimisation",
}


class Search(NamedTuple):
    """A finished search: its document, and where its tables are."""

    folder: Path
    document: Mapping[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the folder."""
        return pd.read_parquet(self.folder / f"{name}.parquet")


class Section(NamedTuple):
    """A section of the page, with what it found."""

    slug: str
    title: str
    question: str
    content: Content


Sections = Callable[[Search], tuple[Section, ...]]


def render(folder: Path, command: str) -> Path:
    """Write the page of a finished search into its folder and return its path."""
    sections: Sections = import_module(f"reports.searches.{_MODULES[command]}").sections
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    path = folder / PAGE
    path.write_text(page_of(Search(folder, document), sections), encoding="utf-8")
    return path


def page_of(search: Search, sections: Sections) -> str:
    """Return the page of a search."""
    with drawing_style(), np.errstate(all="ignore"):
        written = [
            (section, section.content, [(each, each.svg(section.content.finding))
                                        for each in section.content.drawings])
            for section in sections(search)
        ]  # fmt: skip
        document = search.document
        return (
            environment()
            .get_template("search.html.j2")
            .render(
                document=document,
                title=shortened(str(document["question"]), 300),
                scenario=Name(str(document["scenario"])),
                sections=written,
            )
        )


def short_names(paths: list[str]) -> dict[str, str]:
    """Return the last key of each path, with the key before it where two would be called alike."""
    names: dict[str, str] = {}
    for path in paths:
        keys = path.split(".")
        alike = sum(other.split(".")[-1] == keys[-1] for other in paths)
        names[path] = ".".join(keys[-2:]) if alike > 1 else keys[-1]
    return names
