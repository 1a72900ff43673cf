"""`mnft shrink` and `mnft check --corpus` as somebody types them who has a trace that fails."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protocol.hashing import keccak
from protocol.staking import Staking
from sim.cli import main
from sim.invariants import INVARIANTS
from sim.trace import TraceWriter, open_trace
from tests.lockstep.test_mutants import FAULTS, plant
from tests.regressions.attacks import Recorder, double_settlement, forced_close
from tests.sim.experiments.small import SCENARIO
from tests.sim.shrinking.planted import market_life, trace

ROOT = Path(__file__).parents[2]
UNCOUNTED = (Staking, "stake", [("self._total_staked.value = total_staked", "pass")])
OTHER_ORDER = FAULTS["events in another order"][:3]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mnft(place, capsys):
    """Return a function that types a command there: exit code, standard output, standard error."""

    def typed(*arguments):
        code = main([*arguments, *([] if "--corpus" in arguments else ["--progress", "none"])])
        return code, *capsys.readouterr()

    return typed


@pytest.fixture(scope="module")
def walked():
    return trace(market_life, seed=1)


def written(path, record):
    """Write a record's calls as a trace, as the model alone ends them."""
    recorder = Recorder()
    with TraceWriter(path, record.deployment) as writer:
        for call in record.calls:
            writer.write(call, recorder.execute(call))
    return path


def test_what_a_figure_shows_is_shrunk_and_kept_as_a_case(mnft, place, walked):
    written(place / "walk.trace", walked)

    code, out, _ = mnft(
        *("shrink", "walk.trace", "--kpi", "slashed_amount > 0 MNFT", "--story", "Somebody fell."),
        *("--out", "mine"),
    )

    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("300 calls shrunk to 4 in ")
    assert lines[0].endswith("replays: slashed > 0 MNFT")
    calls = [line.split()[2:] for line in lines[2:6]]
    assert sorted(calls[:2]) == [
        *(["settlement_token.approve", "ok"], ["settlement_token.transfer", "ok"]),
    ]
    assert calls[2:] == [["staking.stake", "ok"], ["staking.slash", "ok"]]
    assert lines[2].split()[1] == "deployer"
    assert lines[5].split()[1] == "verification"
    assert lines[-1] == "again   mnft check --corpus mine"
    assert len(list(open_trace(place / "mine/trace.jsonl").entries())) == 4
    case = json.loads((place / "mine/case.json").read_text())
    assert case["expected"]["outcomes"] == ["ok"] * 4
    assert case["of_calls"] == 300
    story = (place / "mine/story.md").read_text()
    assert story.startswith("Somebody fell. It takes 4 calls of 3 accounts (deployer, 0x")
    assert story.count("\n") == 1
    assert mnft("check", "--corpus", "mine")[0] == 0


def test_a_divergence_is_a_case_until_it_is_mended(mnft, place, walked, monkeypatch):
    written(place / "walk.trace", walked)
    with monkeypatch.context() as patch:
        plant(patch, *OTHER_ORDER)
        code, out, _ = mnft("shrink", "walk.trace", "--json")
        document = json.loads(out)
        assert code == 0
        assert document["case"] == "corpus/divergence-staking-stake"
        assert document["predicate"]["differs"] == ["events"]
        *before, last = (row["function"].split(".")[1] for row in document["calls"])
        # Which of the two comes first is the walk's affair.
        assert (sorted(before), last) == (["approve", "transfer"], "stake")

        code, out, _ = mnft("check", "--corpus", "--junit", "results/corpus.xml")
        assert code == 3
        assert "CRITICAL  divergence-staking-stake, case: invariant 11" in out
        assert "DIVERGENCE" in out
        assert "again   mnft check --corpus corpus/divergence-staking-stake --engine" in out
        root = ElementTree.parse(place / "results/corpus.xml").getroot()
        assert (root.get("failures"), root.get("errors")) == ("1", "0")

    code, out, _ = mnft("check", "--corpus", "--json")
    assert code == 0
    (run,) = json.loads(out)["runs"]
    assert (run["scenario"], run["seed"], run["broken"]) == ("divergence-staking-stake", None, [])
    assert len(run["invariants"]) == len(INVARIANTS) + 1


def test_a_faulty_build_is_found_by_the_corpus_and_shrinks(mnft, place):
    # Gateway refuses an early close with another error than the rules say.
    build = shutil.copytree(ROOT / "contracts/artifacts", place / "build")
    artifact = json.loads((build / "Gateway.json").read_text())
    selector = keccak(b"CloseTooEarly(bytes32,uint64)")[:4].hex()
    assert selector in artifact["bytecode"]
    artifact["bytecode"] = artifact["bytecode"].replace(selector, "deadbeef")
    (build / "Gateway.json").write_text(json.dumps(artifact))

    cases = [str(ROOT / "corpus" / name) for name in ("double-settlement", "forced-close")]
    code, out, _ = mnft("check", "--corpus", *cases, "--contracts", "build")
    assert code == 3
    assert "CRITICAL  forced-close, case: invariant 11, model and contracts agree" in out
    assert out.rstrip().endswith("2 cases on revm: 1 with something broken")

    machine = Recorder()
    forced_close(machine)
    written(place / "played.trace", machine.record())
    code, out, _ = mnft("shrink", "played.trace", "--contracts", "build", "--divergence")
    assert code == 0
    # Neither a notice nor a settlement is needed to be too early.
    assert out.startswith("13 calls shrunk to 11 in ")
    assert "the model says CloseTooEarly, the contract UnknownRefusal" in out


def test_a_case_that_ends_otherwise_than_recorded_is_found(mnft, place):
    shutil.copytree(ROOT / "corpus/double-settlement", place / "mine")
    lines = (place / "mine/trace.jsonl").read_text().splitlines(keepends=True)
    assert lines[-1].count('"ReceiptReplayed"') == 1
    lines[-1] = lines[-1].replace("ReceiptReplayed", "SequenceGap")
    (place / "mine/trace.jsonl").write_text("".join(lines))

    code, _, err = mnft("check", "--corpus", "mine")
    assert code == 2
    assert "the trace is not the one that the case was made of" in err

    shutil.copytree(place / "mine", place / "unfinished.partial")
    code, _, err = mnft("check", "--corpus", ".")
    assert (code, "unfinished" in err) == (2, False)

    case = json.loads((place / "mine/case.json").read_text())
    case["expected"]["digest"] = open_trace(place / "mine/trace.jsonl").digest()
    case["expected"]["outcomes"][-1] = "SequenceGap"
    (place / "mine/case.json").write_text(json.dumps(case))
    code, out, _ = mnft("check", "--corpus", "mine")
    assert code == 3
    assert "call 12, gateway.settle: ended in SequenceGap, now in ReceiptReplayed" in out

    case["expected"]["outcomes"].pop()
    (place / "mine/case.json").write_text(json.dumps(case))
    code, _, err = mnft("check", "--corpus", "mine")
    assert code == 2
    assert "11 outcomes of 12 calls" in err


def test_runs_that_fail_name_the_shrinker_which_takes_their_folder(
    mnft, place, walked, monkeypatch
):
    (place / "mine.yaml").write_text(SCENARIO)
    with monkeypatch.context() as patch:
        plant(patch, *UNCOUNTED)
        code, _, err = mnft("run", "mine.yaml", "--engine", "none", "--out", "violated")
        assert code == 4
        assert "next: mnft shrink violated" in err
        code, out, _ = mnft("shrink", "violated")
        assert code == 0
        assert "invariant 7 is violated" in out.splitlines()[0]
        assert out.splitlines()[4].split()[1:3] == ["host-1", "staking.stake"]
        case = json.loads((place / "corpus/invariant-7/case.json").read_text())
        assert case["expected"]["outcomes"] == [None, None, None]

    with monkeypatch.context() as patch:
        plant(patch, *OTHER_ORDER)
        # What a run leaves that a divergence ended.
        (place / "diverged.partial").mkdir()
        written(place / "diverged.partial/divergence.trace", walked)
        assert "300 calls shrunk to 3 in" in mnft("shrink", "diverged")[1]

        code, out, _ = mnft("fuzz", "violated", "--calls", "300", "--out", "walks")
        assert code == 3
        assert "next    mnft shrink walks/walk-1.trace" in out
        assert mnft("shrink", "walks/walk-1.trace")[0] == 0
    assert mnft("check", "--corpus")[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "nothing fails in 13 calls on the model and"),
        (("--divergence",), "nothing fails in 13 calls"),
        (("--invariant", "2"), "nothing fails in 13 calls on the model"),
        (("--invariant", "99"), "1 (value is conserved), 2 (contracts are solvent)"),
        (("--kpi", "forks >= 1"), "does not show this: forks >= 1 models"),
        (("--kpi", "forks >= 0"), "no call is needed for this"),
        (("--kpi", "latency_p50 > 5 ms"), "does not follow from the calls of a trace"),
        (("--kpi", "slashs > 5"), "did you mean `slashes`?"),
        (("--kpi", "slashes"), "no figure with a threshold"),
        (("--kpi", "slashed_amount > 5 kg"), "kg"),
        (("--refusal", "gateway.settel:SequenceGap"), "did you mean gateway.settle?"),
        (("--refusal", "gateway.settle:Gap"), "ReceiptReplayed"),
        (("--divergence", "--invariant", "2"), "more than one kind of failure"),
        (("--contracts", "nowhere"), "there is no contract here"),
    ],
)
def test_what_cannot_be_shrunk_is_one_clear_error(mnft, place, options, said):
    machine = Recorder()
    double_settlement(machine)
    written(place / "played.trace", machine.record())

    code, _, err = mnft("shrink", "played.trace", *options)

    assert code == 2
    assert said in " ".join(err.split())
    assert not (place / "corpus").exists()


def test_a_folder_that_is_no_case_stays_as_it_is(mnft, place):
    machine = Recorder()
    double_settlement(machine)
    written(place / "played.trace", machine.record())
    (place / "mine").mkdir()
    (place / "mine/notes.txt").write_text("mine")
    settled = ("shrink", "played.trace", "--refusal", "gateway.settle:ReceiptReplayed")

    code, _, err = mnft(*settled, "--out", "mine")
    assert code == 2
    assert "holds no case" in err
    assert [path.name for path in (place / "mine").iterdir()] == ["notes.txt"]

    for name in (
        "refusal-gateway-settle-receiptreplayed",
        "refusal-gateway-settle-receiptreplayed-2",
    ):
        assert f"case    corpus/{name}\n" in mnft(*settled)[1]
    assert mnft("check", "--corpus", "mine")[0] == 2
    assert mnft("check", "--corpus", "--seeds", "3")[0] == 2
    assert mnft("check", "--corpus", "--set", "ticks=3")[0] == 2
