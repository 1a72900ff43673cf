"""
A sweep's folder as one self-contained HTML page that compares its arms.

The page is a function of the folder alone: no clock, no path, no network.
"""

from pathlib import Path

import numpy as np

from reports.comparison_sections import CHAPTERS
from reports.comparison_sections.verdict import verdict_of
from reports.comparison_view import ComparisonView
from reports.figures import drawing_style
from reports.page import environment, render_seeds, written
from reports.section import Chapter
from reports.sentence import Name, shortened
from sim.experiments.compared import open_compared

PAGE = "report.html"


def render(folder: Path) -> Path:
    """
    Write the page of a sweep into its folder and return its path.

    Several arms are compared; one arm gets the page of its first run, its claims judged over all
    its seeds. Raises UserError where the folder holds no sweep with a complete replica.
    """
    compared = open_compared(folder)
    if len(compared.runs) > 1:
        return write_page(ComparisonView(compared))
    (runs,) = compared.runs.values()
    return render_seeds([folder / each.place for each in runs], folder)


def write_page(view: ComparisonView) -> Path:
    """Write a comparison's page into its folder and return its path."""
    path = view.folder / PAGE
    path.write_bytes(page_of(view).encode("utf-8", errors="replace"))
    return path


def page_of(view: ComparisonView, chapters: tuple[Chapter[ComparisonView], ...] = CHAPTERS) -> str:
    """Return the page of a comparison; a section that cannot be made says so."""
    with drawing_style(), np.errstate(all="ignore"):
        contents = {chapter.slug: written(chapter, view) for chapter in chapters}
        verdict = verdict_of(view, {slug: content for slug, (content, _) in contents.items()})
        return (
            environment()
            .get_template("comparison.html.j2")
            .render(
                view=view,
                title=shortened(view.manifest.scenario.question, 300),
                scenario=Name(view.manifest.scenario.name),
                verdict=verdict,
                chapters=[(chapter, *contents[chapter.slug]) for chapter in chapters],
            )
        )
