from collections import Counter

from protocol.gateway_events import BatchSettled
from protocol.money import WAD
from protocol.parameters import DAY
from sim.scenario.loading import parse_scenario
from sim.tally import Tally

SCENARIO = """
question: What adds up?
population: {creators: {capacity_review: 3d}}
"""


def settled(model, calls, amount):
    return BatchSettled(1, "0x", model, b"", calls, amount)


def days(count):
    """Return a tally of days, in each of which model 7 settled as many calls as the day has."""
    tally = Tally(parse_scenario(SCENARIO, "here", "here").scenario)
    for day in range(1, count + 1):
        tally.begin_tick(day * DAY)
        tally.note(settled(7, day, day * WAD))
    return tally


def test_use_is_known_as_far_back_as_owners_look_and_kept_no_longer():
    tally = days(40)

    # Two reviews of three days, and the running epoch.
    assert [tally.calls_in_epoch(7, 40 - back) for back in range(8)] == [
        *range(40, 33, -1),
        0,
    ]
    assert tally.calls_in_epoch(8, 40) == 0


def test_recent_figures_go_back_thirty_days_and_totals_to_the_beginning():
    tally = days(40)

    assert tally.recent_days() == 30
    assert tally.recent_volume() == sum(range(11, 41)) * WAD
    assert tally.recent_revenue_of({7}) == tally.recent_volume()
    assert tally.recent_revenue_of({8}) == 0
    assert tally.paid_by_model == Counter({7: sum(range(41)) * WAD})
    assert tally.recent_calls() == sum(range(41)) * 30 / 40


def test_a_young_market_has_recent_figures_of_its_few_days():
    assert days(4).recent_days() == 4
    assert days(4).recent_volume() == sum(range(5)) * WAD
