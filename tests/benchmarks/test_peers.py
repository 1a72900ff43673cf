"""What stands around the comparisons with other tools: the same play for all, right arithmetic."""

import hashlib
import json
import random
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from protocol.parameters import DAY
from zk import inspect_model

PEERS = Path(__file__).parent / "peers"
CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a script of the folder by its name, as the other scripts see it."""
    monkeypatch.syspath_prepend(str(PEERS))
    before = set(sys.modules)

    def script(name: str) -> ModuleType:
        return import_module(name)

    yield script
    for name in set(sys.modules) - before:
        if (PEERS / f"{name}.py").exists():
            del sys.modules[name]


def test_the_market_moves_tokens_and_makes_none(peers: Any) -> None:
    market = peers("market")
    balances, count = market.expected(50)
    assert sum(balances) == market.SUPPLY
    assert min(balances) >= 0
    assert count == sum(
        len(market.decisions(market.expected(step)[0], drawn))
        for step, drawn in enumerate(market.receivers(50))
    )


def test_balances_after_a_step_do_not_depend_on_the_order_within_it(peers: Any) -> None:
    market = peers("market")
    balances = [market.SUPPLY] + [0] * (market.AGENTS - 1)
    shuffled = random.Random(1)
    for drawn in market.receivers(30):
        transfers = market.decisions(balances, drawn)
        shuffled.shuffle(transfers)
        for sender, receiver, amount in transfers:
            assert 0 < amount <= min(balances[sender], market.MOST)
            balances[sender] -= amount
            balances[receiver] += amount
    assert balances == market.expected(30)[0]


def test_both_engines_play_the_market_for_the_same_gas(peers: Any) -> None:
    market, ours = peers("market"), peers("transfers_ours")
    outcomes = [ours.play(engine, market.STEPS - 2) for engine in ("revm", "py-evm")]
    assert {outcome["gas"] for outcome in outcomes} == {outcomes[0]["gas"]}
    for outcome in outcomes:
        assert outcome["balances"] == market.expected(market.STEPS)[0]
        assert outcome["transfers"] * 29_000 < outcome["gas"] < outcome["transfers"] * 52_000


def test_an_unaffordable_payment_is_refused_and_its_fee_stays_paid(peers: Any) -> None:
    economy = peers("economy")
    fee = economy.FEE
    balances = [fee - 1, fee + 5, fee + 5, 0]
    assert economy.step(balances, [(1, 1), (0, 6), (0, 5)]) == 2
    assert balances == [fee + 4, 5, 0, 2 * fee]


@pytest.mark.parametrize("contender", ["economy_bare", "economy_mesa"])
def test_every_form_of_the_economy_ends_with_the_same_balances(
    peers: Any, contender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    economy, script = peers("economy"), peers(contender)
    wanted = economy.payments(40)
    monkeypatch.setattr(script, "payments", lambda: wanted)
    assert played(script.play()) == by_arithmetic(economy, wanted)


@pytest.mark.parametrize("engine", ["none", "revm"])
def test_the_reference_model_ends_with_the_balances_of_the_arithmetic(
    peers: Any, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    economy, script = peers("economy"), peers("economy_ours")
    wanted = [[(receiver, 60_000) for receiver, _ in row] for row in economy.payments(8)]
    monkeypatch.setattr(script, "payments", lambda: wanted)
    balances, refused = by_arithmetic(economy, wanted)
    assert refused > 0
    assert played(script.play(engine)) == (balances, refused)


def by_arithmetic(economy: Any, wanted: Any) -> tuple[list[int], int]:
    balances = economy.genesis()
    return balances, sum(economy.step(balances, row) for row in wanted)


def played(outcome: dict[str, Any]) -> tuple[list[int], int]:
    return outcome["balances"], outcome["refused"]


@pytest.fixture
def payments(peers: Any) -> Any:
    return peers("settlement_gas").Payments(3)


def held(payments: Any, address: str) -> int:
    return payments.market.view("settlement_token", "balance_of", address)


def test_a_claim_pays_what_is_new_in_it_and_nothing_twice(payments: Any) -> None:
    market, (user, other, _) = payments.market, payments.users
    before = held(payments, market.host.address)
    payments.claim([user], 4)
    payments.claim_many([user, other], 3)
    assert held(payments, market.host.address) - before == (4 + 3 + 3) * 10**17
    user.claimed = 0
    with pytest.raises(AssertionError, match="ClaimInvalid"):
        payments.claim([user], 1)


def test_a_claim_that_somebody_else_signed_pays_nothing(payments: Any) -> None:
    user, other, _ = payments.users
    user.customer = other.customer
    before = held(payments, payments.market.host.address)
    with pytest.raises(AssertionError, match="ClaimInvalid"):
        payments.claim([user], 1)
    assert held(payments, payments.market.host.address) == before


def test_an_expired_channel_gives_back_what_was_never_claimed(payments: Any) -> None:
    user = payments.users[0]
    close = ("channel_book", "close", user.channel_id)
    early = payments.market.call(*close, sender=user.account)
    assert not early.ok
    payments.market.wait(301 * DAY)
    before = held(payments, user.account.address)
    assert payments.market.call(*close, sender=user.account).ok
    returned = held(payments, user.account.address) - before
    assert returned + user.claimed == 1_000 * 10**18


def test_gas_per_inference_falls_with_the_batch_and_not_with_transfers(peers: Any) -> None:
    script = peers("settlement_gas")
    payments = script.Payments(10)
    one, ten = payments.users[:1], payments.users
    settle = payments.settle_and_release
    assert settle(ten, 1) / 10 < settle(one, 1) / 2
    assert payments.transfers(one, 3) == 3 * payments.transfers(one, 1)
    assert payments.claim_many(ten, 1) < payments.claim(ten, 1)


def test_the_fixtures_are_compiled_from_the_sources_beside_them() -> None:
    for path in sorted((PEERS / "fixtures").glob("*.json")):
        artifact = json.loads(path.read_text(encoding="utf-8"))
        ours = {name: digest for name, digest in artifact["sources"].items() if name[0] == "."}
        assert [Path(name).stem for name in ours] == [path.stem]
        for name, digest in ours.items():
            assert hashlib.sha256((CONTRACTS / name).read_bytes()).hexdigest() == digest


def test_whole_layers_are_integer_exact_and_read_back_as_they_were(
    peers: Any, tmp_path: Path
) -> None:
    script = peers("prove_ours")
    drawn = np.random.default_rng(3)
    layers = [
        (drawn.normal(size=(6, 5)), drawn.normal(size=5)),
        (drawn.normal(size=(5, 3)), drawn.normal(size=3)),
    ]
    whole = script.whole(layers, 16)
    path = script.save(whole, tmp_path / "exact.onnx")
    assert inspect_model(path, (0, 16)).integer_exact
    read = script.dense_layers(script.onnx.load(path))
    assert read is not None
    for (weights, biases), (found, shift) in zip(whole, read, strict=True):
        assert np.array_equal(weights, found.T)
        assert np.array_equal(biases, shift)
    rows = drawn.integers(0, 17, size=(50, 6))
    floats = np.maximum(rows / 16 @ layers[0][0] + layers[0][1], 0) @ layers[1][0] + layers[1][1]
    same = np.mean(np.argmax(floats, axis=1) == script.decisions(path, rows))
    assert same >= 0.96


def test_the_best_round_counts_and_rounds_must_agree(peers: Any) -> None:
    contenders = peers("contenders")
    rounds = [{"seconds": 2.0, "gas": 7}, {"seconds": 1.0, "gas": 7}]
    assert contenders.best(rounds) == {"seconds": 1.0, "gas": 7}
    with pytest.raises(ValueError, match="differ in gas"):
        contenders.best([*rounds, {"seconds": 0.5, "gas": 8}])


def test_a_part_of_the_market_is_scaled_by_its_transfers(peers: Any) -> None:
    speed, contenders = peers("speed"), peers("contenders")
    assert speed.whole_market({"seconds": 2.0, "transfers": 50}, 1_000) == 40.0
    assert (contenders.ratio(3, 2), contenders.ratio(5_000, 2)) == ("1.50", "2,500")


def test_other_balances_end_a_comparison(peers: Any) -> None:
    speed = peers("speed")
    speed.check({"broken": {"error": "no"}, "right": {"balances": [1, 2]}}, [1, 2])
    with pytest.raises(SystemExit, match="wrong ends with other balances"):
        speed.check({"wrong": {"balances": [2, 1]}}, [1, 2])


def test_a_contender_that_breaks_is_shown_with_its_last_words(peers: Any) -> None:
    contenders = peers("contenders")
    broken = contenders.Contender("broken", None, "prove_ours.py", ("/nowhere",))
    fine = contenders.Contender("fine", None, "economy_bare.py")
    outcomes = contenders.compete([broken, fine], 2)
    assert "No such file or directory" in outcomes["broken"]["error"]
    assert outcomes["fine"]["seconds"] > 0


def test_a_refused_model_stands_in_the_table_without_ratios(peers: Any) -> None:
    proofs = peers("proofs")
    theirs = {"seconds": 8.0, "k": 15, "key_bytes": 2e6, "agreement": 0.5, "gas": 1_000}
    ours = {**theirs, "seconds": 4.0, "how": "tuned", "agreement": 1.0}
    assert proofs.row("m", theirs, ours) == [
        *("m", "tuned", "15 / 15", "8.00 s / 4.00 s", "2.00", "2.0 MB / 2.0 MB", "1.00"),
        *("50% / 100%", "1,000 / 1,000"),
    ]
    assert proofs.row("m", theirs, {"refused": "no circuit"})[1:5] == [
        *("refused: no circuit", "15 / none", "8.00 s / none", ""),
    ]


def test_requirements_are_pins_and_nothing_else(peers: Any) -> None:
    environments = peers("environments")
    assert environments.peers() == [
        *("ezkl", "hummingbird", "mesa", "radcad", "simular", "verbs", "web3"),
    ]
    for peer in environments.peers():
        assert environments.versions_of(peer)
        for line in (PEERS / "requirements" / f"{peer}.txt").read_text().splitlines():
            assert line.startswith("#") or (line.count("==") == 1 and "/" not in line), line
