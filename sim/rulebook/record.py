"""A small economy in which everything happens, recorded: where walks begin."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from protocol.deployment import Deployment
from protocol.types import Call
from protocol.world import World
from sim.progress import Silent
from sim.scenario.loading import parse_scenario
from sim.trace import Entry, open_trace

_PROVING = (("verification", "answer_check"), ("attestations", "prove"))

SCENARIO = """
question: What do people do in some weeks?
ticks: 18
chain: {engine: none}
protocol:
  spot_check_rate: 10%
  wrong_output_slash: 50%
  minimum_host_stake: 100 MNFT
  minimum_host_fee: 1%
  unbonding: 7d
  voting_delay: 1d
  voting_period: 3d
  timelock: 1d
workload: {hidden_units: [8], request_pool: 3}
population:
  creators:
    {count: 2, capacity: 5, owner_share: 40%,
     subscription: {calls: 5, discount: 50%, period: 5d},
     credits: {valid: 9d, discount: 40%, kept: by anyone},
     rights: {revenue_units: 3000, review: 100%}}
  fine_tuners:
    {count: 2, review: 100%, fork_cost: 3 MNFT, fork_cost_sigma: 0.1, forks_each: 4, horizon: 365d,
     merging: 100%, merge_cost: 0.1 MNFT}
  hosts: {count: 5, stake: 200 MNFT, cheating: {share: 40%, gain: 1000 MNFT}}
  validators: {count: 2}
  users: {count: 16, activity: 1, budget: 1000 MNFT, churn: 60%, handing_on: 100%}
  holders: {count: 4, delegated: 60%, turnout: 100%, vesting: 3d}
  collectors: {count: 3, discount_change: 30%, review: 100%}
  investors: {count: 2, review: 100%}
licensing:
  {strict: 50%, regulated: 30%, sensitive: 50%, reluctance: 0, calls_per_period: 5,
   attested_by: proof}
governance:
  proposals:
    - {tick: 1, parameter: protocol_fee, value: 5%}
    - {tick: 3, parameter: protocol_fee, value: 1%}
"""


class Record(NamedTuple):
    """The calls of a run, the deployment that they are for, and the proofs that were accepted."""

    deployment: Deployment
    calls: Sequence[Call]
    accepted: frozenset[tuple[bytes, tuple[int, ...]]]

    def is_valid_proof(
        self, proof: bytes, instances: tuple[int, ...], words: tuple[bytes, ...]
    ) -> bool:
        """
        Return whether a proof is one that the verifier accepted, whole words after it or not.

        Of the verifying key's words nothing is asked: the model has checked that they are the
        version's before it asks.
        """
        del words
        return any(
            instances == proven and proof.startswith(known) and len(proof[len(known) :]) % 32 == 0
            for known, proven in self.accepted
        )


def record(folder: Path) -> Record:
    """
    Run the economy, and return what it did, and what else was done after it; the run's folder
    stays below `folder`.
    """
    from sim.rulebook.side.life import side_life  # noqa: PLC0415 - neural networks, too
    from sim.run import run  # noqa: PLC0415 - engines and agents take seconds to import

    loaded = parse_scenario(SCENARIO, "record", "record")
    run(loaded, loaded.scenario.seed, folder / "run", "none", Silent())
    done = read(folder / "run/trace.jsonl")
    world = World(done.deployment, done.is_valid_proof)
    for call in done.calls:
        world.execute(call)
    return done._replace(calls=[*done.calls, *side_life(world, done.calls[-1].timestamp)])


def read(trace: Path) -> Record:
    """
    Return what a trace says.

    Raises:
        UserError: The file is no trace.
    """
    opened = open_trace(trace)
    entries = list(opened.entries())
    accepted = frozenset(_proof(entry) for entry in entries if _is_accepted_answer(entry))
    return Record(opened.deployment, [entry.call for entry in entries], accepted)


def _is_accepted_answer(entry: Entry) -> bool:
    name = (entry.call.contract, entry.call.function)
    return name in _PROVING and not entry.receipt["refusal"]


def _proof(entry: Entry) -> tuple[bytes, tuple[int, ...]]:
    *_, proof, instances, _ = entry.call.arguments
    return proof, tuple(instances)
