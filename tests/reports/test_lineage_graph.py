"""The lineage on the page: every model below all its parents, and a line to each of them."""

import pandas as pd

from reports.lineage_graph import draw_lineage, lineage_rows

NOBODY = 0


def models(*parents):
    """Models 1, 2, ... with their first parents, as the table has them."""
    depth = {NOBODY: -1}
    for model, parent in enumerate(parents, start=1):
        depth[model] = depth.get(parent, 0) + 1
    return pd.DataFrame(
        {
            "model_id": range(1, len(parents) + 1),
            "version": 1,
            "name": [f"model-{number}" for number in range(1, len(parents) + 1)],
            "parent_id": parents,
            "depth": [depth[number] for number in range(1, len(parents) + 1)],
            "royalty_bps": [1_000 if parent else 0 for parent in parents],
        }
    )


def money(count):
    amounts = dict.fromkeys(("paid_by_users", "royalties_received", "royalties_paid"), "0")
    return pd.DataFrame(
        [{"model_id": number, **amounts, "kept": str(count - number)} for number in range(1, count)]
    )


def merges(*pairs):
    return pd.DataFrame(pairs, columns=["model_id", "parent_id"])


def test_a_tree_is_read_from_its_roots_down():
    rows = lineage_rows(models(0, 1, 1, 2, 0), money(5), merges())

    assert [row["model_id"] for row in rows] == [1, 2, 4, 3, 5]
    assert [row["parent"] for row in rows] == ["", "model-1", "model-2", "model-1", ""]
    assert [row["royalty"] for row in rows] == [None, 0.1, 0.1, 0.1, None]


def test_a_merged_model_stands_once_below_all_its_parents():
    # 4 is merged from 2 and 3, of two roots; 5 from 4 and its own ancestor 1.
    every = models(0, 1, 0, 2, 4)
    rows = lineage_rows(every, money(5), merges((4, 2), (4, 3), (5, 4), (5, 1)))

    assert [row["model_id"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[3]["parent_ids"] == (2, 3)
    assert rows[3]["parent"] == "model-2, model-3"
    assert rows[4]["parent_ids"] == (4, 1)


def test_each_parent_has_a_line_and_the_first_a_whole_one():
    rows = lineage_rows(models(0, 1, 1, 2), money(4), merges((4, 2), (4, 3)))

    figure = draw_lineage(rows)

    lines = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
    assert len(lines) == 4
    assert sorted(line.get_linestyle() for line in lines) == ["-", "-", "-", "--"]


def test_with_the_merges_that_a_page_leaves_out_nothing_breaks():
    # A parent that is not among the models, a model that is not either.
    rows = lineage_rows(models(0, 9), money(2), merges((2, 9), (2, 1), (7, 1)))

    assert [row["model_id"] for row in rows] == [1, 2]
    assert rows[1]["parent"] == "model-1"
    assert draw_lineage(rows).axes
