"""scenarios/wrapped-sales.yaml: what accounts of tokens do to an enforced royalty, over seeds."""

import pytest

from tests.scenarios.conftest import Play

NAME = "wrapped-sales"
SMALL = {"ticks": "30", "protocol.spot_check_rate": "0%"}
CAREFUL = {"population.collectors.names_state": "always"}


@pytest.mark.parametrize("seed", [1, 2])
def test_royalties_are_avoided_and_only_careless_buyers_are_cheated(play: Play, seed: int):
    careless, careful = (
        play(NAME, seed, {**SMALL, **changes}).figures for changes in ({}, CAREFUL)
    )

    for figures in (careless, careful):
        assert figures["sales_inside"] > 0
        assert figures["royalties_avoided"] > 2 * figures["resale_royalties"]
    assert careless["paid_for_nothing"] > 0
    assert careful["paid_for_nothing"] == 0
