"""
The economy in radCAD: one policy that lets everybody pay, one update per state variable.

With the word `bare` states are not copied deeply and substeps are dropped; the policy then copies
the balances itself.
"""

import sys
from typing import Any

from economy import genesis, payments, step
from radcad import Backend, Engine, Experiment, Model, Simulation
from rounds import Outcome, serve, timed

State = dict[str, Any]
WANTED = payments()


def pay(params: Any, substep: int, history: Any, previous: State) -> State:
    balances = list(previous["balances"])
    refused = step(balances, WANTED[previous["timestep"]])
    return {"balances": balances, "refused": refused}


def new_balances(params: Any, substep: int, history: Any, previous: State, signal: State) -> Any:
    return "balances", signal["balances"]


def new_refused(params: Any, substep: int, history: Any, previous: State, signal: State) -> Any:
    return "refused", previous["refused"] + signal["refused"]


def play(bare: bool) -> Outcome:
    block = {
        "policies": {"pay": pay},
        "variables": {"balances": new_balances, "refused": new_refused},
    }
    model = Model({"balances": genesis(), "refused": 0}, [block], {})
    experiment = Experiment([Simulation(model=model, timesteps=len(WANTED), runs=1)])
    # In this process: another one would not count in its processor time.
    experiment.engine = Engine(
        backend=Backend.SINGLE_PROCESS, deepcopy=not bare, drop_substeps=bare
    )
    results: list[State] = []
    seconds = timed(lambda: results.extend(experiment.run()))
    return {
        "seconds": seconds,
        "balances": results[-1]["balances"],
        "refused": results[-1]["refused"],
    }


if __name__ == "__main__":
    serve(lambda: play("bare" in sys.argv))
