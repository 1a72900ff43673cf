"""Validators check what pays, each receipt by one of them, and feed the beacon every epoch."""

import pytest

from protocol.hashing import keccak, words
from protocol.money import WAD
from sim.service import ServedCall, SettledBatch
from sim.workload.receipts import MerkleTree

SCENARIO = """
question: Which checks pay?
ticks: 5
chain: {engine: none}
protocol: {minimum_host_stake: 1 MNFT}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1, stake: 100 MNFT, cheating: {share: 0%}}
  validators: {count: 2, uptime: 100%, check_cost: 2 MNFT, checks_per_tick: 3}
  users: {count: 1, activity: 0}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def opened(open_market):
    return open_market(SCENARIO)


@pytest.fixture
def market(opened):
    opened.tick = 1
    opened.tally.checks_passed = opened.tally.checks_failed = 0
    return opened


def batch(*first_bytes):
    """Return a batch of receipts all of which were picked, by their leaves' first bytes."""
    leaves = [bytes([first, place]) + bytes(30) for place, first in enumerate(first_bytes)]
    calls = [ServedCall(None, leaf, 0, True, None) for leaf in leaves]
    picked = list(range(len(leaves)))
    return SettledBatch(1, "host-1", 0, calls, MerkleTree(leaves), True, picked)


def opened_by(validator, batches, turn=0, validators=1):
    """Return the places that a validator wants to check, each of them refused by nobody."""
    actions = validator.check(batches, turn, validators)
    places, receipt = [], None
    try:
        while True:
            call = actions.send(receipt)
            assert (call.contract, call.function) == ("verification", "open_check")
            places.append(call)
            receipt = REFUSED
    except StopIteration:
        return places


class Refused:
    ok = False


REFUSED = Refused()


def test_a_check_is_opened_where_reward_or_report_are_expected_to_cover_its_cost(market):
    (validator, _) = market.validators
    # Nothing is in the pool, so only a report earns: half of 20 % of 100 MNFT, with the chance
    # (failed + 1) / (closed + 2). At a cost of 2 MNFT it takes more than one in five.
    for passed, pays in ((0, True), (2, True), (3, False), (50, False)):
        market.tally.checks_passed = passed
        expected = 10 * 1 / (passed + 2)
        assert (expected > 2) is pays
        assert bool(opened_by(validator, [batch(0)])) is pays

    market.tally.checks_failed = 60
    assert opened_by(validator, [batch(0)])


def test_the_pool_pays_for_checks_that_are_answered(market, monkeypatch):
    (validator, _) = market.validators
    market.tally.checks_passed = 10_000
    view = market.view

    def with_pool(amount):
        def answer(contract, function, *arguments):
            return amount if function == "pool" else view(contract, function, *arguments)

        monkeypatch.setattr(market, "view", answer)

    monkeypatch.setattr(market, "parameter", dict.fromkeys(
        ("checkReward", "wrongOutputSlashBps", "reporterShareBps", "reporterRewardCap"), 3 * WAD
    ).get)  # fmt: skip
    market.tally.checks_failed = 0
    monkeypatch.setattr(market, "bonded", lambda host: 0)
    with_pool(WAD)
    assert not opened_by(validator, [batch(0)])
    with_pool(3 * WAD)
    assert opened_by(validator, [batch(0)])


def test_each_receipt_falls_to_one_validator(market):
    batches = [batch(0, 1, 2, 3)]

    shares = [
        [call.arguments[2] for call in opened_by(validator, batches, turn, 2)]
        for turn, validator in enumerate(market.validators)
    ]

    tree = batches[0].tree
    assert shares == [[tree.proof(0), tree.proof(2)], [tree.proof(1), tree.proof(3)]]


def test_who_is_not_there_checks_nothing_and_feeds_nothing(open_market):
    away = open_market(SCENARIO.replace("uptime: 100%", "uptime: 0%"))
    away.tick = 1

    assert [opened_by(validator, [batch(0)]) for validator in away.validators] == [[], []]
    assert [list(validator.feed_beacon()) for validator in away.validators] == [[], []]


def test_secrets_are_committed_an_epoch_ahead_and_revealed_in_theirs(open_market):
    market = open_market(SCENARIO)
    validator = market.validators[0]
    made = []
    carry_out = market.carry_out
    market.carry_out = lambda actor, call: made.append(call) or carry_out(actor, call)
    for tick in range(3):
        market.tick = tick
        market.everyone([validator], "feed_beacon")

    committed = {call.arguments[0]: call for call in made if call.function == "commit_secret"}
    revealed = {call.arguments[0]: call for call in made if call.function == "reveal_secret"}
    assert sorted(revealed) == sorted(committed)[:2]
    assert sorted(committed) == [market.epoch - 1, market.epoch, market.epoch + 1]
    for epoch, call in revealed.items():
        secret = call.arguments[1]
        assert committed[epoch].arguments[1] == keccak(words(validator.address, secret))
        assert committed[epoch].timestamp < call.timestamp
    assert len({call.arguments[1] for call in revealed.values()}) == 2


def test_no_more_checks_are_opened_in_a_tick_than_a_validator_can(market):
    """Each check that was opened counts; a refused one does not."""
    (validator, _) = market.validators
    actions = validator.check([batch(0, 0, 0, 0, 0)], 0, 1)
    noted = []
    market.challenges.opened = lambda *check: noted.append(check)
    places = 0
    with pytest.raises(StopIteration):
        next(actions)
        while True:
            places += 1
            actions.send(Opened())

    assert places == len(noted) == 3
    del market.challenges.opened


class Opened:
    ok = True
    value = 1
