"""Who calls much joins; owners ask the fee that pays; members are listed, then struck off."""

import numpy as np
import pytest

from protocol.access_events import AllowlistSet
from protocol.revenue_events import ModelPaid
from sim.agents.clubs import (
    NO_CLUB,
    Club,
    Prospects,
    candidates,
    expected_calls,
    income,
    member_ratio,
    share,
)

KEPT = 0.4
PEOPLE = Prospects(
    calls_per_day=np.array([0.02, 0.5, 1.0, 6.0]),
    weight=np.ones(4),
    rest=np.full(4, 2.0),
    price_coefficient=1.0,
    choosing=0.2,
    leaving=0.002,
    trust=1.0,
    days=30.0,
)
CLUB = Club(fee=4.0, discount=0.5)
SCENARIO = """
question: Who joins?
ticks: 40
chain: {engine: none}
protocol: {spot_check_rate: 0%}
workload:
  domains: [{name: digits, demand: 100%}]
  hidden_units: [8]
  request_pool: 3
  input_commitment: hash
population:
  creators:
    count: 2
    price_sigma: 0
    dynamic_pricing: 0%
    price_review: 0%
    new_version: 0%
    club: {owners: 1, period: 10d, review: 100%}
  fine_tuners: {count: 0}
  hosts: {count: 1, settle_every: 3, outage: 0%, cheating: {share: 0%}}
  validators: {count: 1}
  users:
    count: 16
    activity: 1
    activity_sigma: 1
    budget: 600 MNFT
    budget_sigma: 0.3
    price_coefficient: 1
    outside_utility: 9
    rechoice: 50%
    churn: 40%
  holders: {count: 1}
"""


def test_who_expects_more_calls_joins_and_who_calls_rarely_does_not():
    ratio = member_ratio(PEOPLE, CLUB)

    assert ratio[0] == 1
    assert (np.diff(ratio) <= 0).all()
    assert 1 - CLUB.discount < ratio[-1] < 0.55
    assert (member_ratio(PEOPLE._replace(trust=0.1), CLUB)[:3] == 1).all()


def test_a_member_comes_back_more_often_so_it_expects_more_calls():
    few, more, most = (expected_calls(PEOPLE, discount) for discount in (0.0, 0.5, 0.9))

    assert (few < more).all()
    assert (more < most).all()
    assert (most < 30 * PEOPLE.calls_per_day).all()
    # Who chooses every day calls in its logit's share, but for the first day.
    daily = PEOPLE._replace(choosing=1.0, leaving=0.0)
    by_share = PEOPLE.calls_per_day * (1 + 29 * share(daily, 1.0))
    assert expected_calls(daily, 0.0) == pytest.approx(by_share)


def test_no_club_earns_the_share_of_all_calls_that_a_price_has():
    single = KEPT * (PEOPLE.calls_per_day / 3).sum()

    assert income(PEOPLE, NO_CLUB, KEPT) == pytest.approx(single)
    # A fee that nobody would pay changes nothing.
    assert income(PEOPLE, Club(1e6, 0.5), KEPT) == pytest.approx(single)


def test_the_best_club_earns_more_than_a_price_and_more_the_less_of_a_call_is_kept():
    offered = list(candidates(PEOPLE, [0.1, 0.3, 0.5]))
    gains = [
        max(income(PEOPLE, club, kept) for club in offered) / income(PEOPLE, NO_CLUB, kept)
        for kept in (0.2, 0.4, 0.8)
    ]

    assert gains[2] > 1
    assert gains[0] > gains[1] > gains[2]


class Noted:
    """The fees and the changes of allowlists, in their order."""

    def __init__(self, market):
        self.events, note = [], market.tally.note

        def noted(event):
            if isinstance(event, AllowlistSet | ModelPaid):
                self.events.append(event)
            note(event)

        market.tally.note = noted


@pytest.fixture(scope="module")
def played(open_market):
    market = open_market(SCENARIO)
    noted = Noted(market)
    for _ in range(market.scenario.ticks):
        market.step()
    return market, noted.events


def test_whoever_pays_is_listed_at_once_and_struck_off_unless_it_pays_again(played):
    market, events = played
    model_id = market.creators[0].offers[0].listing.model_id
    listed, paid = set(), []
    for event in events:
        assert event.model_id == model_id
        if isinstance(event, ModelPaid):
            paid.append(event.payer)
        elif event.allowed:
            assert paid[-1] == event.account
            listed.add(event.account)
        else:
            listed.remove(event.account)

    assert len(paid) == len(market.clubs.joined) > len(set(paid)) > 3
    assert market.recorder.access.listed == {(model_id, account) for account in listed}
    here = {user.address for user in market.users if market.population.is_here[user.row]}
    recent = {each.user for each in market.clubs.joined if each.tick > market.tick - 10}
    assert {user.name for user in market.users if user.address in listed} <= recent
    assert listed & here


def test_members_pay_less_and_the_books_agree(played):
    market, _ = played
    book = market.recorder
    assert book.total["calls_by_allowlist"] > 0
    assert book.total["paid_directly"] == sum(each.fee for each in market.clubs.joined)
    assert not book.faults
    (first, *later) = market.gating.granted
    assert first.right == "allowlist"
    assert first.expected > 1
    assert all(each.discount >= first.discount for each in later)
    least = market.creators[0].offers[0].price * (1 - first.discount)
    assert market.creators[0].least_price() <= least


def test_without_trust_nobody_joins(open_market):
    market = open_market(SCENARIO.replace("churn: 40%", "trust: 0%"))
    for _ in range(5):
        market.step()

    assert market.clubs.joined == []
    assert market.gating.granted == []
    assert market.recorder.total["calls_settled"] > 0
