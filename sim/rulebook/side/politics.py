"""Proposals with every end, and stake that leaves."""

from typing import Any

from protocol.governor import SET_SELECTOR, Governor
from protocol.governor_terms import VoteType
from protocol.hashing import keccak, words
from protocol.money import MAX_UINT256, WAD
from protocol.parameters import BY_NAME
from protocol.settlement_token import SettlementToken
from protocol.staking import VALIDATOR, Staking
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person

_SPEAKER, _STAKER = person("speaker"), person("staker")
_KNOWN, _UNKNOWN = BY_NAME["protocolFeeBps"].key, b"noSuchParameter".ljust(32, b"\0")
_IMPOSSIBLE = {
    "out of bounds": words(_KNOWN, MAX_UINT256),
    "of no parameter": words(_UNKNOWN, 1),
    "half a call": _KNOWN,
}
"""What a vote may decide, and nobody can carry out."""


def politics(stage: Stage) -> None:
    """Propose, vote and unbond; leave a vote open, decisions waiting, and stake on its way."""
    values = stage.deployment.values
    stage.fund(_SPEAKER, 500_000 * WAD)
    stage.do(call(SettlementToken.delegate, _SPEAKER.address), _SPEAKER)
    stage.wait(1)
    _stake(stage)
    for title, arguments in _IMPOSSIBLE.items():
        _propose(stage, title, arguments)
    _propose(stage, "not meant", words(_KNOWN, 300))
    stage.do(call(Governor.cancel, *_decision(stage, "not meant", words(_KNOWN, 300))), _SPEAKER)
    stage.wait(values["votingDelaySeconds"] + 1)
    for title, arguments in _IMPOSSIBLE.items():
        voted = (_proposal_id(stage, title, arguments), VoteType.FOR.value, "why not")
        stage.do(call(Governor.cast_vote_with_reason, *voted), _SPEAKER)
    stage.wait(values["votingPeriodSeconds"])
    for title, arguments in _IMPOSSIBLE.items():
        stage.do(call(Governor.queue, *_decision(stage, title, arguments)), _SPEAKER)
    mine = f"mine alone#proposer={_SPEAKER.address}"
    _propose(stage, mine, words(_KNOWN, 200))
    stage.wait(max(values["votingDelaySeconds"], values["timelockSeconds"]) + 1)
    stage.do(call(Staking.withdraw, VALIDATOR), _STAKER)
    stage.do(call(Staking.unbond, VALIDATOR, 1), _STAKER)


def _stake(stage: Stage) -> None:
    minimum = stage.deployment.values["minimumValidatorStake"]
    stage.fund(_STAKER, 3 * minimum, "staking")
    stage.do(call(Staking.stake, VALIDATOR, 2 * minimum), _STAKER)
    stage.do(call(Staking.unbond, VALIDATOR, 1), _STAKER)
    stage.wait(stage.deployment.values["unbondingSeconds"])


def _propose(stage: Stage, title: str, arguments: bytes) -> None:
    targets, values, calldatas, _ = _decision(stage, title, arguments)
    stage.do(call(Governor.propose, targets, values, calldatas, title), _SPEAKER)


def _decision(stage: Stage, title: str, arguments: bytes) -> tuple[Any, ...]:
    """Return what a proposal is known by: its calls, and the hash of its title."""
    target = stage.address("parameter_store")
    return (target,), (0,), (SET_SELECTOR + arguments,), keccak(title.encode())


def _proposal_id(stage: Stage, title: str, arguments: bytes) -> int:
    decision = _decision(stage, title, arguments)
    return stage.ask(call(Governor.hash_proposal, *decision))  # type: ignore[no-any-return]
