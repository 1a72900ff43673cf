"""
Which inputs are best for several figures at once: optuna's samplers, asked and told in batches.

Who asks when does not matter: the points of a batch follow from the seed, the trial's number and
the batches before it, never from the number of workers or from a restart.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.errors import UserError
from sim.experiments.optional import required
from sim.streams import stream

Direction = Literal["maximise", "minimise"]
State = Literal["complete", "pruned", "failed"]
Sampler = Literal["tpe", "nsga2"]

_STUDY = "mnft"
_OPTUNA_DIRECTION: Mapping[Direction, str] = {"maximise": "maximize", "minimise": "minimize"}


class Plan(NamedTuple):
    """
    What is looked for and how.

    `batch` points are chosen at once: NSGA-II's population, and what may run at the same time.
    `pruning` gives a trial up after a replica where its mean is worse than the median of earlier
    trials at the same replica; optuna allows that for one objective alone.
    """

    inputs: tuple[str, ...]
    directions: tuple[Direction, ...]
    trials: int
    replicas: int = 1
    batch: int = 8
    sampler: Sampler = "tpe"
    pruning: bool = False
    seed: int = 1


class Point(NamedTuple):
    """A trial to carry out: its number and its place in the unit cube, by input."""

    number: int
    place: tuple[float, ...]


class Measured(NamedTuple):
    """
    What one replica of a trial showed: objectives in their order, constraints by name.

    A constraint above zero is violated.
    """

    objectives: tuple[float, ...]
    constraints: Mapping[str, float]


Measure = Callable[[Sequence[Point], range], Sequence[Sequence[Measured | None]]]
"""From points and replica numbers to what each replica of each point showed, None if it failed."""


class Trial(NamedTuple):
    """
    A trial that is over; `values` are means over replicas, None where it failed.

    `constraints` has each constraint's worst replica. Only feasible, complete trials can be on the
    front: those that no other such trial beats in one objective without losing in another.
    """

    number: int
    place: tuple[float, ...]
    state: State
    replicas: int
    values: tuple[float, ...] | None
    constraints: Mapping[str, float]
    on_front: bool = False

    @property
    def is_feasible(self) -> bool:
        """Whether it is complete and violates no constraint."""
        return self.state == "complete" and all(each <= 0 for each in self.constraints.values())


def search(plan: Plan, measure: Measure, store: Path) -> tuple[Trial, ...]:
    """
    Return all trials of a plan; finished batches are read from the study in `store`, if any.

    The study is an SQLite file of optuna's, which its own tools open. A killed search that is
    started again ends with the same trials as one that was never killed.

    Raises:
        UserError: optuna is not installed, or the study in `store` is of another search.
    """
    optuna = required("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        directions=[_OPTUNA_DIRECTION[each] for each in plan.directions],
        pruner=optuna.pruners.MedianPruner(n_startup_trials=plan.batch),
    )
    with _Store(optuna, plan, store) as stored:
        finished = min(len(stored.trials), plan.trials)
        whole = finished if finished == plan.trials else finished - finished % plan.batch
        study.add_trials(stored.trials[:whole])
        while len(study.trials) < plan.trials:
            _carry_out_batch(optuna, study, plan, measure)
            stored.keep(study.trials)
    return _results(plan, study)


class _Store:
    """The study on disk: trials are added when their batch is over, each in one transaction."""

    def __init__(self, optuna: Any, plan: Plan, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._storage = optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}")
        self._study = optuna.create_study(
            study_name=_STUDY,
            storage=self._storage,
            directions=[_OPTUNA_DIRECTION[each] for each in plan.directions],
            load_if_exists=True,
        )
        self.trials: list[Any] = self._study.trials

    def __enter__(self) -> "_Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._storage.remove_session()
        self._storage.engine.dispose()

    def keep(self, trials: Sequence[Any]) -> None:
        """Add what is not there yet; a kill between two trials leaves the first ones."""
        for known, trial in zip(self.trials, trials, strict=False):
            if known.params != trial.params:
                raise UserError(
                    str(self._path),
                    f"trial {known.number} is of another search",
                    "another folder, or this one without its study",
                    "E171",
                )
        for trial in trials[len(self.trials) :]:
            self._study.add_trial(trial)
            self.trials.append(trial)


def _carry_out_batch(optuna: Any, study: Any, plan: Plan, measure: Measure) -> None:
    trials = []
    first = len(study.trials)
    for number in range(first, min(first + plan.batch, plan.trials)):
        study.sampler = _sampler(optuna, plan, number)
        asked = study.ask({name: optuna.distributions.FloatDistribution(0, 1)
                           for name in plan.inputs})  # fmt: skip
        trials.append(asked)
    points = {trial.number: _point(plan, trial.number, trial.params) for trial in trials}
    seen: dict[int, list[Measured | None]] = {trial.number: [] for trial in trials}
    given_up: set[int] = set()
    for replicas in _rounds(plan):
        going = [trial for trial in trials if trial.number not in given_up]
        shown = measure([points[trial.number] for trial in going], replicas)
        for trial, measured in zip(going, shown, strict=True):
            seen[trial.number].extend(measured)
            if _is_hopeless(plan, trial, seen[trial.number]):
                given_up.add(trial.number)
    for trial in trials:
        _tell(optuna, study, trial, seen[trial.number], trial.number in given_up)


def _rounds(plan: Plan) -> list[range]:
    """Return which replicas are carried out together: one by one where a trial may be given up."""
    if plan.pruning:
        return [range(replica, replica + 1) for replica in range(plan.replicas)]
    return [range(plan.replicas)]


def _is_hopeless(plan: Plan, trial: Any, seen: Sequence[Measured | None]) -> bool:
    """Report a trial's mean so far; whether the pruner gives it up before its last replica."""
    values = _complete(seen)
    if not plan.pruning or values is None:
        return False
    trial.report(_means(values)[0], step=len(seen) - 1)
    return len(seen) < plan.replicas and bool(trial.should_prune())


def _tell(
    optuna: Any, study: Any, trial: Any, seen: Sequence[Measured | None], given_up: bool
) -> None:
    state = optuna.trial.TrialState
    trial.set_user_attr("replicas", len(seen))
    values = _complete(seen)
    if values is None:
        study.tell(trial, state=state.FAIL)
        return
    for name in values[0].constraints:
        trial.set_constraint(name, max(each.constraints[name] for each in values))
    if given_up:
        study.tell(trial, state=state.PRUNED)
    else:
        study.tell(trial, list(_means(values)))


def _complete(seen: Sequence[Measured | None]) -> list[Measured] | None:
    values = [each for each in seen if each is not None]
    return values if values and len(values) == len(seen) else None


def _means(values: Sequence[Measured]) -> tuple[float, ...]:
    columns = zip(*(each.objectives for each in values), strict=True)
    return tuple(float(np.mean(column)) for column in columns)


def _sampler(optuna: Any, plan: Plan, number: int) -> Any:
    """Return a new sampler whose draws follow from the seed and the trial's number."""
    seed = int(stream(plan.seed, f"optimise/{number}").integers(2**31))
    if plan.sampler == "nsga2":
        return optuna.samplers.NSGAIISampler(population_size=plan.batch, seed=seed)
    # Trials of the same batch count as bad ones, so that its points keep apart.
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)


def _point(plan: Plan, number: int, params: Mapping[str, float]) -> Point:
    return Point(number, tuple(params[name] for name in plan.inputs))


def _results(plan: Plan, study: Any) -> tuple[Trial, ...]:
    names: Mapping[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned"}
    trials = [
        Trial(
            number=each.number,
            place=_point(plan, each.number, each.params).place,
            state=names.get(each.state.name, "failed"),
            replicas=int(each.user_attrs["replicas"]),
            values=None if each.values is None else tuple(each.values),
            constraints=dict(each.constraints),
        )
        for each in study.trials
    ]
    if not any(each.is_feasible for each in trials):
        return tuple(trials)
    best = {each.number for each in study.best_trials}
    return tuple(
        each._replace(on_front=each.is_feasible and each.number in best) for each in trials
    )
