"""Where cheating stops: the deterrence D at which half of the calls are cheated."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

DECIMALS = 6
"""Decimals of D beyond which two stakes deter alike."""


class Response(NamedTuple):
    """What a host that would cheat did while its deterrence was D: calls served, and cheated."""

    deterrence: float
    served: int
    cheated: int


class Responses:
    """A host's responses, added up by D: one per D, however long the run."""

    def __init__(self) -> None:
        self._by_deterrence: dict[float, Response] = {}

    def add(self, response: Response) -> None:
        """Add what a host did in a tick."""
        at = round(response.deterrence, DECIMALS)
        known = self._by_deterrence.get(at, Response(at, 0, 0))
        self._by_deterrence[at] = Response(
            at, known.served + response.served, known.cheated + response.cheated
        )

    def __iter__(self) -> Iterator[Response]:
        return iter(self._by_deterrence.values())


def threshold(responses: Iterable[Response]) -> float | None:
    """
    Return the D at which half of the calls were cheated; None where the responses do not span it.

    D = p s S / ((1 - p) G): p share of receipts checked, s share of the stake lost, S stake, G
    gain of an undetected cheat. A logistic answer to (1 - p) G - p s S = (1 - p) G (1 - D) cheats
    on half of the calls at D = 1 (T4), whatever its slope.
    Calls are pooled by D; shares that rise with D are merged, as the true share can only fall
    (isotonic regression by pool adjacent violators: Barlow, Bartholomew, Bremner, Brunk 1972).
    Between the two neighbours of one half the line is straight.
    """
    for below, above in pairwise(_falling(_pooled(responses))):
        high, low = _cheated_share(below), _cheated_share(above)
        if high >= 0.5 > low:
            way = (high - 0.5) / (high - low)
            return below.deterrence + way * (above.deterrence - below.deterrence)
    return None


def _pooled(responses: Iterable[Response]) -> list[Response]:
    """Return one response per D at which something was served, least D first."""
    rounded = sorted(
        Response(round(each.deterrence, DECIMALS), each.served, each.cheated)
        for each in responses
        if each.served
    )
    groups = [list(group) for _, group in groupby(rounded, attrgetter("deterrence"))]
    return [
        Response(
            group[0].deterrence,
            sum(each.served for each in group),
            sum(each.cheated for each in group),
        )
        for group in groups
    ]


def _falling(levels: Iterable[Response]) -> list[Response]:
    fitted: list[Response] = []
    for each in levels:
        level = each
        while fitted and _cheated_share(fitted[-1]) < _cheated_share(level):
            level = _merged(fitted.pop(), level)
        fitted.append(level)
    return fitted


def _merged(one: Response, other: Response) -> Response:
    served = one.served + other.served
    middle = (one.deterrence * one.served + other.deterrence * other.served) / served
    return Response(middle, served, one.cheated + other.cheated)


def _cheated_share(level: Response) -> float:
    return level.cheated / level.served
