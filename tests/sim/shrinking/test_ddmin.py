"""Delta debugging leaves what a failure needs, and asks few questions for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.shrinking.ddmin import ddmin, ddmin_of_groups, one_by_one


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_exactly_what_is_needed_is_left(drawn):
    count, needed = drawn

    assert ddmin(range(count), lambda chosen: needed <= set(chosen)) == sorted(needed)


@given(st.sets(st.frozensets(st.integers(0, 14), min_size=1), min_size=1, max_size=4))
def test_of_several_causes_one_is_left_whole_and_without_anything_else(causes):
    def fails(chosen):
        return any(cause <= set(chosen) for cause in causes)

    left = ddmin(range(15), fails)

    assert fails(left)
    assert not any(fails([other for other in left if other != each]) for each in left)


def test_single_items_are_left_out_until_none_can_be():
    # One falls out only once another has: a pass from the end is not enough.
    def fails(chosen):
        return 2 in chosen and (3 in chosen or 0 not in chosen)

    assert one_by_one(range(4), fails) in ([2], [2, 3])
    assert one_by_one([0, 2, 3], fails) == [2]


def test_groups_are_kept_or_left_out_as_a_whole():
    asked = []

    def fails(chosen):
        asked.append(tuple(chosen))
        return {4, 7} <= set(chosen)

    assert ddmin_of_groups(range(9), lambda item: item % 3, fails) == [1, 4, 7]
    assert all(len(each) % 3 == 0 for each in asked)


@pytest.mark.parametrize("place", [0, 150, 299])
def test_one_of_three_hundred_takes_few_questions(place):
    asked = 0

    def fails(chosen):
        nonlocal asked
        asked += 1
        return place in chosen

    assert ddmin(range(300), fails) == [place]
    assert asked < 40
