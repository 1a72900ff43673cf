"""A known front is found, a killed search ends as it would have, and pruning saves replicas."""

import pytest
from optuna.study import Study

from sim.errors import UserError
from sim.experiments.optimisation import Measured, Plan, search

TWO = Plan(("x", "y"), ("minimise", "minimise"), trials=24, batch=8, seed=3)


def schaffer(points, replicas):
    """Schaffer 1985 plus a useless input: the front is x from 0 to 2 with y at 0."""
    shown = []
    for point in points:
        x, y = point.place[0] * 8 - 4, point.place[1]
        shown.append([Measured((x**2 + y, (x - 2) ** 2 + y), {}) for _ in replicas])
    return shown


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_the_front_found_lies_near_the_known_one(sampler, tmp_path):
    plan = TWO._replace(trials=96, sampler=sampler)
    trials = search(plan, schaffer, tmp_path / "study.db")

    front = [trial for trial in trials if trial.on_front]
    assert len(trials) == 96
    assert len(front) >= 8
    # On the known front the roots of the two objectives sum to two.
    distances = [trial.values[0] ** 0.5 + trial.values[1] ** 0.5 - 2 for trial in front]
    assert sum(distances) / len(front) < 0.25
    for trial in trials:
        beaten = any(
            other.values != trial.values
            and all(a <= b for a, b in zip(other.values, trial.values, strict=True))
            for other in trials
        )
        assert trial.on_front == (not beaten)


@pytest.fixture(scope="module")
def wholes(tmp_path_factory):
    """The trials of the search that nobody stopped, by sampler."""
    folder = tmp_path_factory.mktemp("wholes")
    return {
        sampler: search(TWO._replace(sampler=sampler), schaffer, folder / f"{sampler}.db")
        for sampler in ("tpe", "nsga2")
    }


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
@pytest.mark.parametrize("calls", [1, 2])
def test_a_killed_search_ends_with_the_trials_of_one_that_was_not(sampler, calls, wholes, tmp_path):
    plan = TWO._replace(sampler=sampler)
    left = calls

    def dies(points, replicas):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return schaffer(points, replicas)

    with pytest.raises(KeyboardInterrupt):
        search(plan, dies, tmp_path / "killed.db")
    asked = []

    def counts(points, replicas):
        asked.extend(point.number for point in points)
        return schaffer(points, replicas)

    resumed = search(plan, counts, tmp_path / "killed.db")

    assert resumed == wholes[sampler]
    assert asked == list(range(8 * calls, 24))
    assert search(plan, counts, tmp_path / "killed.db") == wholes[sampler]
    assert len(asked) == 24 - 8 * calls


def test_a_kill_between_two_trials_of_a_batch_loses_and_doubles_none(wholes, tmp_path, monkeypatch):
    written = []

    def dies(study, trial, add_trial=Study.add_trial):
        if len(written) == 11:
            raise KeyboardInterrupt
        written.append(trial.number)
        add_trial(study, trial)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Study, "add_trial", dies)
        search(TWO, schaffer, tmp_path / "killed.db")
    assert written == list(range(11))

    assert search(TWO, schaffer, tmp_path / "killed.db") == wholes[TWO.sampler]


def test_more_trials_continue_a_search_that_was_finished(wholes, tmp_path):
    search(TWO._replace(trials=12), schaffer, tmp_path / "study.db")

    longer = search(TWO, schaffer, tmp_path / "study.db")

    assert longer == wholes[TWO.sampler]


def test_a_study_of_another_search_is_refused(tmp_path):
    search(TWO._replace(trials=12), schaffer, tmp_path / "study.db")

    with pytest.raises(UserError, match="of another search"):
        search(TWO._replace(trials=16, seed=4), schaffer, tmp_path / "study.db")


def test_an_infeasible_trial_is_never_on_the_front(tmp_path):
    def limited(points, replicas):
        return [
            [each._replace(constraints={"x": 1 - point.place[0] * 8 + 4}) for each in of_point]
            for point, of_point in zip(points, schaffer(points, replicas), strict=True)
        ]

    trials = search(TWO, limited, tmp_path / "study.db")

    front = [trial for trial in trials if trial.on_front]
    assert front
    # Feasible is x of at least 1: half of the front.
    assert all(trial.place[0] * 8 - 4 >= 1 for trial in front)
    assert all(trial.is_feasible == (trial.place[0] * 8 - 4 >= 1) for trial in trials)


def test_a_hopeless_trial_is_given_up_before_its_last_replica(tmp_path):
    plan = Plan(("x",), ("maximise",), trials=24, replicas=3, batch=4, pruning=True, seed=1)
    carried_out = 0

    def noisy(points, replicas):
        nonlocal carried_out
        carried_out += len(points) * len(replicas)
        return [
            [Measured((point.place[0] + replica / 100,), {}) for replica in replicas]
            for point in points
        ]

    trials = search(plan, noisy, tmp_path / "study.db")

    pruned = [trial for trial in trials if trial.state == "pruned"]
    best = max(trials, key=lambda trial: trial.place[0])
    assert pruned
    assert all(trial.replicas < 3 for trial in pruned)
    assert sum(trial.replicas for trial in trials) == carried_out < 24 * 3
    assert best.on_front
    assert best.values == pytest.approx((best.place[0] + 0.01,))
    assert sum(trial.on_front for trial in trials) == 1


def test_a_trial_of_which_a_replica_failed_has_no_values(tmp_path):
    def fails_at_zero(points, replicas):
        shown = schaffer(points, replicas)
        return [
            [None] * len(replicas) if point.number == 0 else of_point
            for point, of_point in zip(points, shown, strict=True)
        ]

    trials = search(TWO._replace(trials=8), fails_at_zero, tmp_path / "study.db")

    assert (trials[0].state, trials[0].values, trials[0].on_front) == ("failed", None, False)
    assert all(trial.state == "complete" for trial in trials[1:])
