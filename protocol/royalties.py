"""
Who gets royalties out of what: three rules, and lists of ancestors with shares.

Ancestors stand once each, the youngest first: a model is younger than all that it descends from,
so this order puts each model before its own ancestors.
"""

from typing import NamedTuple

from protocol.money import BPS, mul_div_down

RULES = ("edge", "absolute", "leaf")
"""
The royalty rules by their number on chain.

`edge`: each parent gets its share of all that its child receives, royalties included.
`absolute`: each ancestor gets its share of what the model itself receives, once for every path.
`leaf`: each ancestor, the youngest first, gets its share of what the model has left.
"""
EDGE, ABSOLUTE, LEAF = range(3)


class Ancestor(NamedTuple):
    """A model that another descends from, and the share that it gets under the rule."""

    model_id: int
    share_bps: int


Ancestors = tuple[Ancestor, ...]


def join(one: Ancestors, other: Ancestors, rule: int) -> Ancestors:
    """
    Return two lists as one.

    A model in both has both shares under the absolute rule, which counts paths; else the larger.
    """
    shares = dict(one)
    for model_id, share_bps in other:
        known = shares.get(model_id, 0)
        shares[model_id] = known + share_bps if rule == ABSOLUTE else max(known, share_bps)
    return tuple(Ancestor(model_id, shares[model_id]) for model_id in sorted(shares, reverse=True))


def royalties(amount: int, shares_bps: tuple[int, ...], rule: int) -> list[int]:
    """
    Return what each share gets of an amount, rounded down; together never more than the amount.

    Under the leaf rule a share is one of what those before have left.
    """
    paid: list[int] = []
    for share_bps in shares_bps:
        base = amount - sum(paid) if rule == LEAF else amount
        paid.append(mul_div_down(base, share_bps, BPS))
    return paid
