import numpy as np
import pytest

from sim.agents.choice import draw, inclusive_value, logit


def test_shares_invert_to_the_utilities_they_came_from():
    utilities = np.array([[1.5, -0.3, 0.2], [0.0, 2.0, -4.0]])

    shares = logit(utilities)

    # Berry 1994: ln s_j - ln s_0 = delta_j.
    assert np.log(shares[:, :3]) - np.log(shares[:, 3:]) == pytest.approx(utilities)
    assert shares.sum(axis=1) == pytest.approx(1)


def test_an_option_that_cannot_be_had_has_no_share():
    shares = logit(np.array([[-np.inf, 0.0]]))

    assert shares[0].tolist() == [0.0, 0.5, 0.5]


def test_the_elasticity_to_the_log_of_a_price_is_minus_alpha_times_one_minus_share():
    alpha, step = 0.5, 1e-6
    base = np.array([[1.0, 0.4]])
    share = logit(base)[0, 0]
    dearer = logit(base - np.array([[alpha * step, 0.0]]))[0, 0]

    assert (np.log(dearer) - np.log(share)) / step == pytest.approx(-alpha * (1 - share), rel=1e-4)


def test_a_nest_of_equal_hosts_is_worth_their_value_and_the_variety():
    value = inclusive_value(np.array([[1.0, 1.0, 1.0]]), 0.5)

    assert value == pytest.approx([1.0 + 0.5 * np.log(3)])


def test_an_empty_nest_and_one_without_hosts_to_be_had_are_worth_nothing():
    assert inclusive_value(np.empty((1, 0)), 0.5).tolist() == [-np.inf]
    assert inclusive_value(np.full((1, 2), -np.inf), 0.5).tolist() == [-np.inf]


def test_a_draw_falls_on_the_option_whose_cumulated_share_it_meets():
    shares = np.array([[0.2, 0.3, 0.5]] * 3)

    assert draw(shares, np.array([0.1, 0.3, 0.9])).tolist() == [0, 1, 2]
