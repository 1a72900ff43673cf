"""scenarios/wrapped-sales.yaml: what accounts of tokens do to an enforced royalty."""

from tests.scenarios.conftest import Play

NAME = "wrapped-sales"
SMALL = {"ticks": "40", "protocol.spot_check_rate": "0%", "population.users.activity": "0.5"}
SEED = 2


def test_royalties_are_avoided_and_only_careless_buyers_are_cheated(play: Play):
    plain, careless, careful = (
        play(NAME, SEED, {**SMALL, **changes}).figures
        for changes in (
            {"population.collectors.wrapping": "never"},
            {},
            {"population.collectors.names_state": "always"},
        )
    )

    assert plain["sales_inside"] == plain["royalties_avoided"] == 0
    assert plain["resale_royalties"] > 0
    for figures in (careless, careful):
        assert figures["sales_inside"] > 0
        assert figures["royalties_avoided"] > 0
        assert figures["resale_royalties"] < plain["resale_royalties"] / 2
    assert careless["paid_for_nothing"] > 0
    assert careful["paid_for_nothing"] == 0
