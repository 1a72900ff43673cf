"""
A run's folder as one self-contained HTML page.

The page is a function of the folder alone: no clock, no path, no network.
"""

from collections.abc import Sequence
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from reports import theme
from reports.figures import Drawing, drawing_style
from reports.run_view import NotExercised, RunView
from reports.section import Chapter, Content, View
from reports.sections import CHAPTERS
from reports.sections.verdict import verdict_of
from reports.sentence import Name, say, shortened
from reports.tables import state_class, state_mark
from sim.runs import open_run

PAGE = "report.html"
OPEN_ROWS = 12
"""Tables with more rows are closed until asked for."""

Figures = tuple[tuple[Drawing, Markup], ...]

_TEMPLATES = Path(__file__).parent / "templates"


def render(run_folder: Path | str) -> Path:
    """
    Write a run's report.html into its folder and return its path.

    Raises UserError where the folder holds no complete run.
    A section that cannot be made says so; the others stand.
    """
    run = open_run(run_folder)
    page = page_of(RunView(run))
    path = run.folder / PAGE
    path.write_bytes(page.encode("utf-8", errors="replace"))
    return path


def render_seeds(run_folders: Sequence[Path], folder: Path) -> Path:
    """
    Write a page about several seeds of one scenario into a folder and return its path.

    Figures show the first run; its claims are judged over all seeds.
    Raises UserError where a folder holds no complete run.
    """
    first, *others = (open_run(each) for each in run_folders)
    place = first.folder.relative_to(folder).as_posix()
    path = folder / PAGE
    page = page_of(RunView(first, others, place))
    path.write_bytes(page.encode("utf-8", errors="replace"))
    return path


def page_of(view: RunView, chapters: tuple[Chapter[RunView], ...] = CHAPTERS) -> str:
    """Return the page of a run."""
    chapters = tuple(each for each in chapters if not each.table or view.has(each.table))
    with drawing_style(), np.errstate(all="ignore"):
        contents = {chapter.slug: written(chapter, view) for chapter in chapters}
        verdict = verdict_of(view, {slug: content for slug, (content, _) in contents.items()})
        return (
            environment()
            .get_template("page.html.j2")
            .render(
                view=view,
                manifest=view.manifest,
                title=shortened(view.manifest.scenario.question, 300),
                scenario=Name(view.manifest.scenario.name),
                verdict=verdict,
                chapters=[(chapter, *contents[chapter.slug]) for chapter in chapters],
            )
        )


def written(chapter: Chapter[View], view: View) -> tuple[Content, Figures]:
    """Return a section and its drawings; one that cannot be made says so."""
    try:
        content = chapter.build(view)
        svgs = [drawing.svg(content.finding) for drawing in content.drawings]
        return content, tuple(zip(content.drawings, svgs, strict=True))
    except NotExercised as nothing:
        return Content("not exercised", nothing.sentence), ()
    except Exception as error:  # one bad table must not cost the reader the page
        sentence = say(
            "This section could not be made: {kind}, {message}. Its rows are in {folder}.",
            kind=Name(type(error).__name__, code=True),
            message=Name(str(error)),
            folder=Name("tables/", code=True),
        )
        return Content("error", sentence), ()


def environment() -> jinja2.Environment:
    """Return the templates, with the colours, styles and script of every page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        state_mark=state_mark,
        state_class=state_class,
        open_rows=OPEN_ROWS,
        light=Markup(theme.variables(theme.LIGHT)),
        dark=Markup(theme.variables(theme.DARK)),
        style=_verbatim("style.css"),
        script=_verbatim("script.js"),
    )
    return environment


def _verbatim(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))
