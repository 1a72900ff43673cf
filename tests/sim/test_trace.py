import json

import pytest

from protocol.money import WAD
from protocol.types import Call
from protocol.world import World
from sim.chain.pyevm import PyEvmEngine
from sim.chain.revm import RevmEngine
from sim.errors import UserError
from sim.lockstep import Lockstep, ModelOnly
from sim.trace import TraceWriter, explain, open_trace, replay
from tests.open_market import OpenMarket

TOKEN = "settlement_token"


@pytest.fixture
def recorded(tmp_path, deployment, is_valid_proof):
    """A short market's trace, recorded on the model alone: its path, its calls, its digest."""
    path, calls = tmp_path / "trace.jsonl", []
    with TraceWriter(path, deployment) as writer:
        machine = ModelOnly(World(deployment, is_valid_proof), writer)
        execute = machine.execute
        machine.execute = lambda call: calls.append(call) or execute(call)
        market = OpenMarket(machine, deployment)
        market.settle(market.entry(market.open()))
        market.refusal("gateway", "withdraw", 2**256 - 1, sender=market.user)
        text = '"quoted", it\'s ✓ \n'
        market.refusal("model_registry", "publish_version", 1, 9, bytes(32), text, text, 1, 1,
                       sender=market.creator)  # fmt: skip
        machine.end_tick(market.now)
        digest = writer.digest()
    return path, calls, digest


def test_calls_come_back_from_a_trace_as_they_went_in(recorded, deployment):
    path, calls, digest = recorded
    trace = open_trace(path)
    assert trace.deployment == deployment
    assert [entry.call for entry in trace.entries()] == calls
    assert [entry.number for entry in trace.entries()] == list(range(1, len(calls) + 1))
    assert trace.digest() == digest


def test_every_engine_replays_a_trace_to_its_digest(recorded, world):
    path, _, digest = recorded
    for machine in (PyEvmEngine(), RevmEngine(), world):
        assert replay(path, machine) == digest


def test_the_digest_is_the_same_in_lockstep_and_knows_no_gas(
    recorded, tmp_path, world, deployed, deployment
):
    _, calls, digest = recorded
    with TraceWriter(tmp_path / "again.jsonl", deployment) as writer:
        machine = Lockstep(world, deployed("py-evm"), writer)
        for call in calls:
            assert machine.execute(call).gas > 21_000
        assert writer.digest() == digest
    last = list(open_trace(tmp_path / "again.jsonl").entries())[-1]
    assert last.gas > 21_000


def test_the_digest_changes_with_any_call(recorded, tmp_path, world, deployment):
    _, calls, digest = recorded
    with TraceWriter(tmp_path / "shorter.jsonl", deployment) as writer:
        machine = ModelOnly(world, writer)
        for call in calls[:-1]:
            machine.execute(call)
        assert writer.digest() != digest


def test_a_trace_from_before_a_parameter_has_its_default(recorded, deployment):
    path, _, digest = recorded
    header, *lines = path.read_text().splitlines(keepends=True)
    older = json.loads(header)
    del older["values"]["reporterShareBps"]
    path.write_text(json.dumps(older) + "\n" + "".join(lines))

    assert open_trace(path).deployment == deployment
    assert replay(path, RevmEngine()) == digest


def test_a_call_is_explained_with_its_receipt_then_and_now(recorded):
    path, calls, _ = recorded
    number = next(n for n, call in enumerate(calls, start=1) if call.function == "settle")
    said = explain(path, number, RevmEngine())
    assert said.startswith(f"call {number}: gateway.settle\n")
    for part in ("argument   entries = ", "event      gateway BatchSettled", "not known"):
        assert part in said
    assert said.endswith("replayed on revm: the same")


def test_a_call_that_is_not_there_cannot_be_explained(recorded):
    path, calls, _ = recorded
    with pytest.raises(UserError, match=f"allowed: 1 to {len(calls)}"):
        explain(path, len(calls) + 1, RevmEngine())


@pytest.mark.parametrize("content", ["", "{}", '{"schema":"mnft.trace/9"}', "no json", "[1]"])
def test_a_file_that_is_no_trace_is_one_clear_error(content, tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text(content)
    with pytest.raises(UserError, match=r"other\.jsonl"):
        open_trace(path)
    with pytest.raises(UserError, match=r"missing\.jsonl"):
        open_trace(tmp_path / "missing.jsonl")


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line[:40],
        lambda line: "",
        lambda line: line.replace("settlement_token", "token"),
        lambda line: line.replace('"arguments":[', '"arguments":[1,'),
    ],
)
def test_a_damaged_line_is_named(damage, recorded):
    path, _, _ = recorded
    lines = path.read_text().splitlines()
    number = next(n for n, line in enumerate(lines) if '"contract":"settlement_token"' in line)
    lines[number] = damage(lines[number])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError) as refused:
        list(open_trace(path).entries())
    assert refused.value.place == f"{path}:{number + 1}"


def test_a_trace_holds_what_the_abi_holds_and_nothing_else(tmp_path, deployment, world):
    with TraceWriter(tmp_path / "trace.jsonl", deployment) as writer:
        call = Call(TOKEN, "transfer", (object(),), deployment.deployer, 0)
        with pytest.raises(TypeError, match="a trace holds"):
            writer.write(call, world.execute(Call(TOKEN, "name", (), deployment.deployer, 0)))


def test_a_line_is_json_with_exact_numbers(tmp_path, deployment, world):
    path = tmp_path / "trace.jsonl"
    with TraceWriter(path, deployment) as writer:
        call = Call(TOKEN, "transfer", ("0x" + "01" * 20, 2**256 - 1), deployment.deployer, 5)
        writer.write(call, world.execute(call))
    line = json.loads(path.read_text().splitlines()[1])
    assert line["call"]["arguments"] == ["0x" + "01" * 20, 2**256 - 1]
    name, (sender, balance, needed) = line["receipt"]["refusal"]
    assert name == "ERC20InsufficientBalance"
    assert (sender, balance, needed) == (deployment.deployer, 10_000_000 * WAD, 2**256 - 1)
    assert line["gas"] is None
