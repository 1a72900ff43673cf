"""Strict licences: who is asked for what, what it costs their models, and that all of it holds."""

from functools import cache

import numpy as np
import pytest

from protocol.gateway_errors import PolicyRefused
from protocol.licences import REFUSED_TERRITORY
from protocol.policies import REASONS, Policies, Use
from sim.agents.population import Conditions
from sim.invariants import INVARIANTS
from sim.ledger import reason_of
from sim.licensing import EXCLUDED, REGULATED, SENSITIVE

TICKS = 12
NOTHING = "regulated: 0%, excluded: 0%, sensitive: 0%"
ALL = (
    "regulated: 40%, excluded: 15%, sensitive: 50%, reluctance: 0.3, withdrawal: 95%, "
    "evasion: 50%, "
    "calls_per_period: 10, period: 7, attestation_validity: 6d"
)
SCENARIO = """
question: What does a strict licence cost its model?
ticks: {ticks}
chain: {{engine: none}}
protocol: {{spot_check_rate: 0%}}
workload:
  domains: [{{name: digits, demand: 100%}}]
  hidden_units: [16]
  request_pool: 3
population:
  creators: {{count: 2, price_sigma: 0, dynamic_pricing: 0%, price_review: 0%, new_version: 0%}}
  fine_tuners: {{count: 0}}
  hosts: {{count: 2, outage: 0%, settle_every: 3, cheating: {{share: 0%}}}}
  validators: {{count: 0}}
  users: {{count: 50, activity: 1, activity_sigma: 1, budget: 900 MNFT, malformed: 0%}}
  holders: {{count: 0}}
licensing: {{strict: 50%, {asked}}}
"""


@pytest.fixture(scope="module")
def lived(open_market):
    """Return a function: from what licences ask and a seed to a market after its run."""

    @cache
    def live(asked, seed):
        market = open_market(SCENARIO.format(ticks=TICKS, asked=asked), seed)
        for _ in range(TICKS):
            market.step()
        return market

    return live


def revenue(market):
    """Return what the strict model was paid, and what all were."""
    ledger = market.recorder
    policed = sum(
        paid for model, paid in ledger.model_paid.items() if ledger.policies.is_policed(model)
    )
    return policed, ledger.model_paid.total()


def refused(market):
    return {(each.function, each.reason) for each in market.recorder.refusals}


def refusing(market):
    return {(each.contract, each.function) for each in market.recorder.refusals}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_strict_licence_costs_its_model_revenue_and_the_market_hardly_any(lived, seed):
    free, strict = lived(NOTHING, seed), lived(ALL, seed)

    (policed, paid), (policed_before, paid_before) = revenue(strict), revenue(free)
    models_loss, markets_loss = 1 - policed / policed_before, 1 - paid / paid_before
    assert models_loss > 0.2
    assert markets_loss < models_loss / 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_settled_kept_its_policy_and_hosts_lost_nothing(lived, seed):
    market = lived(ALL, seed)
    ledger = market.recorder

    (rule,) = [each for each in INVARIANTS if each.contract == "policies"]
    assert rule.judge(market.world, ledger).state == "held"
    assert ledger.policies.total["policed_calls"] > 0
    assert {function for function, _ in refused(market)} == {"open_session"}


def test_who_lacks_something_gets_it_or_goes_elsewhere(lived):
    market = lived(ALL, 1)
    licensing, book = market.licensing, market.recorder.policies
    traits = licensing.traits
    paid = np.array([book.paid_by(user.address) > 0 for user in market.users])

    assert not paid[traits.territory == EXCLUDED].any()
    assert (licensing.attested_until[paid & (traits.territory == REGULATED)] > 0).all()
    assert (paid & (traits.territory == REGULATED)).any()
    assert book.logged.total() > 0
    assert book.withdrawn.total() > 0
    attester = market.attester.address
    fees = market.view("settlement_token", "balance_of", attester)
    fee = market.scenario.licensing.attestation_fee
    assert fees == fee * book.total["attestations"] > 0


def test_users_prove_that_they_are_old_enough_and_show_nobody_their_age(open_market):
    asked = "regulated: 40%, sensitive: 0%, attested_by: proof"
    market = open_market(SCENARIO.format(ticks=4, asked=asked).replace("count: 50", "count: 12"))
    for _ in range(3):
        market.step()

    calls, book = market.recorder.calls, market.recorder.policies
    assert calls["attestations", "prove"] == calls["attestations", "commit_data"] > 0
    assert calls["attestations", "prove"] == book.total["attestations"]
    assert not calls["attestations", "attest"]
    assert not {contract for contract, _ in refusing(market)} & {"attestations"}


def test_refusals_are_told_apart_by_their_reason(lived):
    reasons = {reason for _, reason in refused(lived(ALL, 1)) | refused(lived(ALL, 2))}

    assert reasons == {"PolicyRefused: no attestation", "PolicyRefused: no consent"}


def test_a_refusal_is_named_by_its_reason_in_words(lived):
    market = lived(ALL, 1)
    user = next(each for each in market.users if market.licensing.use_of(each.row)[0] == EXCLUDED)
    licence_id = market.creators[0].licence_id
    reason = market.view("policies", "check", Use(licence_id, 1, user.address, False, EXCLUDED, 0))

    assert reason == REFUSED_TERRITORY
    assert reason_of(PolicyRefused(1, reason)) == "PolicyRefused: territory"
    assert reason_of(PolicyRefused(1, 99)) == "PolicyRefused: 99"
    assert sorted(REASONS) == list(range(1, 8))


def test_calls_that_break_their_policy_are_found(open_market, monkeypatch):
    monkeypatch.setattr(Policies, "record", lambda *_: 0)
    monkeypatch.setattr("sim.licensing.Licensing.room", lambda *_: None)
    monkeypatch.setattr("sim.licensing.Licensing.admits", lambda *_: True)
    market = open_market(SCENARIO.format(ticks=TICKS, asked=ALL), 1)
    for _ in range(TICKS):
        market.step()

    broken = market.recorder.policies.judge(market.scenario.protocol.epoch)

    assert {each.rpartition(" settled ")[2] for each in broken} == {
        "above the limit of 10",
        "without attestation",
        "without consent",
    }


def test_without_strict_licences_nobody_is_asked_anything(open_market):
    market = open_market(SCENARIO.format(ticks=2, asked=ALL).replace("strict: 50%", "strict: 0%"))
    market.step()

    assert market.licensing.conditions(market.catalogue.newest()) is None
    assert {market.licensing.use_of(user.row) for user in market.users} == {(0, 0)}
    assert not market.recorder.calls["policies", "create_licence"]
    assert not market.recorder.calls["attestations", "create_kind"]


def test_a_part_of_the_calls_is_worth_a_part_of_the_utility():
    users = np.array([0, 1, 2, 3])
    conditions = Conditions(
        surcharge=np.zeros((4, 1)),
        reluctance=np.array([[0.0], [1.0], [0.0], [0.0]]),
        served=np.array([[0.5], [1.0], [0.5], [1.0]]),
        is_barred=np.array([[False], [False], [False], [True]]),
    )

    judged = conditions.judged(np.array([4.0, 4.0, -4.0, 4.0]), users, 0)

    # A model that is worth less than nothing is worth no more for being limited.
    assert judged.tolist() == [2.0, 3.0, -4.0, -np.inf]


def test_a_share_of_users_is_who_they_are_whatever_their_number(open_market):
    few = open_market(SCENARIO.format(ticks=1, asked=ALL))
    more = open_market(SCENARIO.format(ticks=1, asked=ALL).replace("count: 50", "count: 55"))

    assert more.licensing.traits.territory[:50].tolist() == few.licensing.traits.territory.tolist()
    assert SENSITIVE in few.licensing.traits.use_case
