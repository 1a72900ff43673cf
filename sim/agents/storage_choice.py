"""In which form a fine-tuner publishes a fork: what storage costs against what accuracy earns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from sim.agents.expectations import TUNED_ACCURACY
from sim.workload.deltas import size_of
from sim.workload.publishing import DeltaTrial, Published

if TYPE_CHECKING:
    from sim.market import Market

TUNED_BY_DELTA = 0.5
"""
Part of the accuracy that fine-tuning gains on a task which a fine-tuner expects a one-bit delta
to keep, before it has measured one: on turned drawings 0.25 to 0.72 were measured.
"""

Worth = Callable[[float], float]
"""What a fork of some accuracy is expected to earn over the horizon, net of fees and royalties."""


class Form(NamedTuple):
    """A way to publish a fork: what it would earn, and what storing it would cost."""

    revenue: float
    storage: int

    @property
    def profit(self) -> float:
        """What is left of the revenue after storage."""
        return self.revenue - self.storage


class StorageChoice:
    """One fine-tuner's choice of form, and what it has learned of deltas."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._tuners = market.scenario.population.fine_tuners
        self._accuracy, self._kept = TUNED_ACCURACY, TUNED_BY_DELTA

    def learn(self, published: Published, before: float) -> None:
        """
        Take in what a new fork measured, and where its parent stood on its task: what was measured
        corrects what is expected of the next one, by half.
        """
        trial = published.delta
        whole = published.accuracy if trial is None else trial.whole_accuracy
        self._accuracy = (self._accuracy + whole) / 2
        if trial is not None and whole > before:
            kept = min(1.0, max(0.0, (trial.accuracy - before) / (whole - before)))
            self._kept = (self._kept + kept) / 2

    def expected(self, parent: Published, before: float, worth: Worth) -> Form:
        """
        Return the form in which a fork of a parent would be published, with what is expected of it;
        `before` is the parent's accuracy on the task.
        """
        accuracy = self._accuracy
        by_delta = before + self._kept * max(0.0, accuracy - before)
        forms = []
        if self._tuners.stored != "delta":
            forms.append(self._form(worth(accuracy), parent.size_bytes))
        if self._tuners.stored != "whole":
            forms.append(self._form(worth(by_delta), size_of(parent.parameter_count)))
        return max(forms, key=lambda form: form.profit)

    def takes_delta(self, trial: DeltaTrial, whole_bytes: int, worth: Worth) -> bool:
        """
        Return whether a fork whose forms were both measured is published as a delta.

        `delta`: where it loses no more accuracy than its maker gives up. `when_it_pays`: where
        R(a_delta) - S(b_delta) >= R(a_whole) - S(b_whole): R is the income over the horizon by the
        users' logit (Berry 1994, `sim.agents.expectations`) at the measured accuracy a, S what
        storing b bytes costs over the same time.
        """
        if self._tuners.stored == "delta":
            return trial.whole_accuracy - trial.accuracy <= self._tuners.delta_loss
        small = self._form(worth(trial.accuracy), trial.size_bytes)
        whole = self._form(worth(trial.whole_accuracy), whole_bytes)
        return small.profit >= whole.profit

    def _form(self, revenue: float, size_bytes: int) -> Form:
        return Form(revenue, self._market.storing.expected_cost(size_bytes))
