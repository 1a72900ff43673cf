from dataclasses import replace

import pytest

from protocol.money import WAD
from protocol.settlement_token import SettlementToken
from protocol.types import Call
from sim.chain.abi import ArgumentError
from sim.chain.pyevm import PyEvmEngine
from sim.divergence import Divergence
from sim.lockstep import Lockstep
from sim.trace import TraceWriter, open_trace, replay

TOKEN = "settlement_token"


@pytest.fixture
def recording(tmp_path, world, deployed, deployment):
    with TraceWriter(tmp_path / "trace.jsonl", deployment) as writer:
        yield Lockstep(world, deployed("py-evm"), writer)


def transfer(deployment, recipient, amount):
    now = deployment.genesis_timestamp
    return Call(TOKEN, "transfer", (recipient, amount), deployment.deployer, now)


def test_a_divergence_at_a_call_shows_both_sides_and_a_trace_that_replays(
    recording, deployment, user, monkeypatch
):
    recording.execute(transfer(deployment, user, 5))
    recording.end_tick(deployment.genesis_timestamp)
    monkeypatch.setattr(SettlementToken, "transfer", lambda self, ctx, to, value: False)
    call = transfer(deployment, user, 4 * WAD)

    with pytest.raises(Divergence) as stopped:
        recording.execute(call)

    found = stopped.value
    assert (found.tick, found.number, found.at, found.engine_name) == (2, 2, call, "py-evm")
    assert (found.model.value, found.engine.value) == (False, True)
    lines = str(found).splitlines()
    head = "DIVERGENCE  tick 2, call 2 of settlement_token.transfer: model and contract disagree"
    assert lines[0] == head
    assert lines[1].split() == ["model", "py-evm"]
    assert lines[2].split() == ["outcome", "ok", "ok"]
    assert lines[3].split() == ["value", "False", "True"]
    assert lines[4].startswith("  events    none ")
    assert "settlement_token Transfer(from_='0xdede" in lines[4]
    assert lines[5] == f"  sender    {deployment.deployer}, value 0, time {call.timestamp}"
    assert lines[6] == f"  arguments '{user}', {4 * WAD}"
    assert lines[7] == "Nothing after this call can be trusted; no report was made."
    assert lines[8] == f"  trace     {found.trace} (2 calls)"
    assert lines[9] == f"  next      mnft shrink {found.trace}"
    assert [entry.call for entry in open_trace(found.trace).entries()][-1] == call
    monkeypatch.undo()
    assert replay(found.trace, PyEvmEngine()) != open_trace(found.trace).digest()


def test_a_divergence_at_a_view_names_the_view(recording, deployment, user, monkeypatch):
    recording.execute(transfer(deployment, user, 5))
    monkeypatch.setattr(SettlementToken, "balance_of", lambda self, ctx, account: 6)
    with pytest.raises(Divergence) as stopped:
        recording.end_tick(deployment.genesis_timestamp)
    found = stopped.value
    first = str(found).splitlines()[0]
    assert first.startswith(
        "DIVERGENCE  tick 1, after call 1, view settlement_token.balance_of('0x"
    )
    assert len(list(open_trace(found.trace).entries())) == 1


def test_a_balance_that_only_the_chain_changed_is_found(recording, deployment, user):
    recording.execute(transfer(deployment, user, 5))
    recording.end_tick(deployment.genesis_timestamp)
    behind_the_back = transfer(deployment, user, 1)
    recording.engine.execute(behind_the_back)
    with pytest.raises(Divergence) as stopped:
        recording.end_tick(deployment.genesis_timestamp)
    assert stopped.value.name == "settlement_token.balance_of"


def test_a_model_that_fails_is_a_divergence_and_says_why(recording, deployment, user, monkeypatch):
    def fail(self, ctx, to, value):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(SettlementToken, "transfer", fail)
    with pytest.raises(Divergence) as stopped:
        recording.execute(transfer(deployment, user, 5))
    assert "FAILED ZeroDivisionError('division by zero')" in str(stopped.value)
    assert isinstance(stopped.value.__cause__, ZeroDivisionError)


def test_an_argument_that_does_not_fit_reaches_neither_side(recording, deployment, user):
    before = recording.world.digest()
    call = transfer(deployment, user, 2**256)
    with pytest.raises(ArgumentError):
        recording.execute(call)
    assert recording.world.digest() == before
    assert recording.counts.calls == 0
    assert recording.execute(replace(call, arguments=(user, 1))).ok


def test_a_receipt_has_the_models_value_and_the_engines_gas(recording, deployment, user):
    receipt = recording.execute(transfer(deployment, user, 5))
    assert receipt.value is True
    assert receipt.gas == recording.counts.gas > 50_000
