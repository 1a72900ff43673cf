"""How to get the same run again."""

from pathlib import PurePosixPath

from reports.run_view import RunView
from reports.section import Chapter, Content
from reports.sentence import Name, count, say
from reports.tables import Column, table


def _build(view: RunView) -> Content:
    manifest = view.manifest
    finding = say(
        "Seed {seed} on {engine}, {calls}: replayed, the trace must have the digest below.",
        seed=count(manifest.seed, "1"),
        engine=Name(manifest.engine),
        calls=count(manifest.counts.calls_compared, "calls"),
    )
    columns = (Column("what", "what"), Column("version", "version", "code"))
    versions = [{"what": name, "version": each} for name, each in sorted(manifest.versions.items())]
    files = table(
        "Files of the run",
        (Column("file", "file", "code"), Column("size", "size", "count", "bytes"),
         Column("sha256", "SHA-256", "code")),
        [
            {"file": name, "size": each.size, "sha256": each.sha256}
            for name, each in sorted(manifest.files.items())
        ],
    )  # fmt: skip
    return Content(
        "not asked",
        finding,
        tables=(*((table("Versions", columns, versions),) if versions else ()), files),
        notes=(say("Both commands run in the folder that holds this page."),),
        commands=(
            f"mnft replay {view.place}",
            f"mnft run {_inside(view.place, 'scenario.yaml')} --seed {manifest.seed}",
        ),
        digests=(
            ("trace", manifest.digests.trace),
            ("final state", manifest.digests.state),
            ("scenario", manifest.digests.scenario),
        ),
    )


def _inside(place: str, name: str) -> str:
    return (PurePosixPath(place) / name).as_posix()


CHAPTER = Chapter("reproduce", "Reproduce", "How do I get the same run?", _build)
