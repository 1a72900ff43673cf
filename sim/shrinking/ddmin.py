"""
Delta debugging: the parts of a failing whole that it needs, none of which can be left out.

Source: Zeller and Hildebrandt 2002, Simplifying and Isolating Failure-Inducing Input (ddmin).
"""

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import TypeVar

Item = TypeVar("Item")


def ddmin(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """
    Return items that still fail, in their order, such that without any one of them they do not.

    `fails` says whether a selection of the items fails as the whole does; the whole does.
    """
    chosen, parts = list(items), 2
    while len(chosen) >= 2:
        chunks = _split(chosen, parts)
        alone = next((chunk for chunk in chunks if fails(chunk)), None)
        if alone is not None:
            chosen, parts = alone, 2
            continue
        kept = _needed(chunks, fails)
        chosen = [item for chunk in kept for item in chunk]
        if len(kept) < len(chunks):
            parts = max(len(kept), 2)
        elif parts < len(chosen):
            parts = min(2 * parts, len(chosen))
        else:
            break
    return one_by_one(chosen, fails)


def ddmin_of_groups(
    items: Sequence[Item],
    group_of: Callable[[Item], Hashable],
    fails: Callable[[Sequence[Item]], bool],
) -> list[Item]:
    """Return the items of as few groups as still fail: whole groups are kept or left out."""
    groups = list(dict.fromkeys(group_of(item) for item in items))

    def of(kept: Sequence[Hashable]) -> list[Item]:
        known = frozenset(kept)
        return [item for item in items if group_of(item) in known]

    return of(ddmin(groups, lambda kept: fails(of(kept))))


def one_by_one(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """Leave out single items, the last first, until none can be: the result is 1-minimal."""
    chosen, place, kept = list(items), len(items) - 1, 0
    # As many in a row as are left, each needed by the same rest, prove it.
    while kept < len(chosen):
        place = place if place >= 0 else len(chosen) - 1
        fewer = chosen[:place] + chosen[place + 1 :]
        if fails(fewer):
            chosen, kept = fewer, 0
        else:
            kept += 1
        place -= 1
    return chosen


def _split(items: Sequence[Item], parts: int) -> list[list[Item]]:
    edges = [len(items) * part // parts for part in range(parts + 1)]
    return [list(items[low:high]) for low, high in pairwise(edges)]


def _needed(
    chunks: Sequence[list[Item]], fails: Callable[[Sequence[Item]], bool]
) -> list[list[Item]]:
    """Leave out chunk after chunk, where the rest still fails, in one pass from the end."""
    # What depends on others goes before what others depend on.
    kept = list(chunks)
    for place in reversed(range(len(chunks))):
        rest = kept[:place] + kept[place + 1 :]
        if rest and fails([item for chunk in rest for item in chunk]):
            kept = rest
    return kept
