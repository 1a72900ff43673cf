"""What README and docs tell a reader to type works, and what they link to exists."""

import json
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from sim import console, errors
from sim.cli import app, main
from sim.commands.running import run_document
from sim.runs import RunSummary, open_run
from sim.scenario.loading import parse_scenario
from tests.docs.conftest import BLOCKS, PAGES, ROOT, Block, blocks

COMMANDS = typer.main.get_group(app).commands
LARGEST_PICTURE_BYTES = 300_000


def typed(block: Block) -> list[list[str]]:
    return [shlex.split(line[2:]) for line in block.text.splitlines() if line.startswith("$ ")]


def test_every_code_block_is_of_a_language_that_is_checked_here() -> None:
    # A block without a language is a picture in letters.
    assert {block.language for block in BLOCKS} <= {"", "console", "python", "yaml"}


@pytest.mark.parametrize("block", blocks("yaml"))
def test_scenarios_are_valid_and_say_nothing_doubtful(block: Block) -> None:
    assert parse_scenario(block.text, block.page, "example").warnings == ()


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_do_what_the_page_says(
    block: Block, at_workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    lines = typed(block)

    assert lines
    for program, *arguments in lines:
        match Path(program).name:
            case "make":
                assert set(arguments) <= set(targets)
            case "python":
                assert arguments[:2] == ["-m", "pytest"]
                assert (ROOT / arguments[2]).is_dir()
            case "mnft":
                assert main(arguments) == 0, capsys.readouterr()
            case unknown:
                pytest.fail(f"{block.page} types {unknown}, which no test knows")


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: Block, at_workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block.text, block.page, "exec"), {"__name__": "example"})

    assert capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_named_in_a_text_exist_with_their_options(page: Path) -> None:
    for _, text in re.findall(r"(`+)(mnft [^`\n]+)\1", page.read_text(encoding="utf-8")):
        name, *words = text.removeprefix("mnft ").split()
        if name == "COMMAND":
            continue
        assert name in COMMANDS, text
        known = {option for each in COMMANDS[name].params for option in each.opts}
        used = {word.strip("[]") for word in words if word.startswith("--")} - {"--help"}
        assert used <= known, text


def test_the_page_of_commands_lists_every_command_and_its_own_options() -> None:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `mnft (\w+)[^`]*` \| (.*) \|$", page, re.MULTILINE))

    assert set(rows) == set(COMMANDS)
    for name, row in rows.items():
        known = {option for each in COMMANDS[name].params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", row)) <= known, name


def test_the_page_of_commands_lists_every_exit_code() -> None:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    codes = {
        *(0, errors.EXIT_CODE, console.FAILED_ON_REQUEST, console.DIVERGED, console.VIOLATED),
        *(console.INCOMPLETE, console.PROOF_REFUSED, console.OUR_BUG, console.INTERRUPTED),
    }

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == codes


def documented_fields(command: str) -> set[str]:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| `{command}` \| `[^`]+` \| (.*) \|$", page, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", row))


def test_the_fields_of_a_runs_document_are_those_of_the_page(
    at_workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "tiny.yaml", "--engine", "none", "--out", "documented"]
    assert main([*arguments, "--json", "--progress", "none"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert set(document) == documented_fields("run --json") | {"schema"}
    finished = open_run("documented")
    rebuilt = run_document(RunSummary(finished.manifest, finished.folder, 0.0))
    assert rebuilt["digest"] == document["digest"]


@pytest.mark.parametrize(
    ("command", "rows"), [("defaults", "parameters"), ("kpis", "kpis"), ("validate", None)]
)
def test_the_fields_of_other_documents_are_those_of_the_page(
    command: str, rows: str | None, at_workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ["tiny.yaml"] if command == "validate" else []
    assert main([command, *file, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    found = set(document) - {"schema"}
    if rows:
        found |= set(document[rows][0])
    assert found <= documented_fields(f"{command} --json") <= found | {"parameters"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        assert "://" not in target
        linked = page.parent / name if name else page
        assert linked.is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, target


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_a_text_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = r"`((?:protocol|contracts|zk|sim|reports|scenarios|tests|docs)/[\w./-]*)"
    for place in re.findall(named, text):
        assert (ROOT / place).exists(), place


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs").glob("*.png"):
        assert picture.stat().st_size < LARGEST_PICTURE_BYTES


def test_the_table_of_keys_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defaults", "--markdown"]) == 0

    page = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    assert page.endswith("\n\n" + capsys.readouterr().out)


def test_the_shipped_scenarios_are_listed() -> None:
    page = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    shipped = {path.name for path in (ROOT / "scenarios").glob("*.yaml")}

    assert set(re.findall(r"^\| `scenarios/([^`]+)`", page, re.MULTILINE)) == shipped


def test_the_page_of_invariants_lists_those_that_are_judged() -> None:
    from sim.invariants import INVARIANTS  # noqa: PLC0415 - of this test alone

    page = (ROOT / "docs/invariants.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| ([^|]+) \| (critical|error) \|", page, re.MULTILINE)

    # The run itself judges the two last.
    judged = [(each.number, each.name, each.severity) for each in INVARIANTS]
    assert [row for row in listed if row[0] not in ("11", "12")] == judged
    assert [row[0] for row in listed[-2:]] == ["11", "12"]


def test_the_public_names_are_those_of_the_page() -> None:
    import mnft  # noqa: PLC0415 - of this test alone

    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| name \| is \|\n(.*)", page, re.DOTALL | re.MULTILINE)

    assert set(re.findall(r"`mnft\.(\w+)", table)) == set(mnft.__all__)
