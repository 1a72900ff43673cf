import math

from sim.metrics import Series


def test_figures_come_back_as_rows_ordered_by_tick_and_none_as_nan():
    series = Series()
    series.add({"models": 3, "treasury": None})
    series.add({"models": 4.5, "treasury": 2})

    table = series.table(seed=9)

    assert table[["replica", "seed", "tick", "kpi"]].to_numpy().tolist() == [
        [0, 9, 0, "models"],
        [0, 9, 0, "treasury"],
        [0, 9, 1, "models"],
        [0, 9, 1, "treasury"],
    ]
    assert table["value"].tolist()[0::2] == [3.0, 4.5]
    assert math.isnan(table["value"][1])
    assert table["value"][3] == 2.0
