"""Requests for the key of a sealed model, for walks to stray from: one has a wrong answer."""

from protocol.deployment import Deployment
from protocol.hashing import keccak
from protocol.model_registry import Registration
from protocol.money import BPS, MAX_UINT256
from protocol.parameters import DAY
from protocol.types import Address, Call
from sim.accounts import account
from sim.streams import stream
from sim.workload.key_wrapping import draw_pair, wrap
from sim.workload.sealing import draw_key

_OWNER, _ASKER = account(0, "sealer"), account(0, "asker")
_FEE = 1_000
_LICENCE = 1


def requests(deployment: Deployment, now: int, model_id: int) -> list[Call]:
    """
    Return calls that all succeed, if they come one after the other at a time and the next model to
    be registered has this number.
    """
    owner, asker = _OWNER.address, _ASKER.address
    key, reader = draw_key(stream(0, "sealer/key")), draw_pair(stream(0, "asker/pair"))
    contract = deployment.addresses["key_releases"]
    calls: list[Call] = []

    def add(
        contract: str, function: str, *arguments: object, by: Address = owner, at: int = now
    ) -> None:
        calls.append(Call(contract, function, arguments, by, at))

    add("settlement_token", "transfer", asker, 10 * _FEE, by=deployment.deployer)
    add("settlement_token", "approve", contract, MAX_UINT256, by=asker)
    registration = Registration("", keccak(b"sealed"), "", "", 1, _LICENCE, 0, (owner,), (BPS,))
    add("model_registry", "register", registration)
    add("key_releases", "seal", model_id, 1, key.commitment, owner, False, _FEE)
    add("key_releases", "set_terms", model_id, 1, owner, False, _FEE)
    for number, data_key in ((1, keccak(b"another key")), (2, key.key)):
        add("key_releases", "request", model_id, 1, reader.public, _FEE, by=asker)
        answerer = draw_pair(stream(0, f"sealer/answer-{number}"))
        wrapped = wrap(data_key, contract, number, reader.public, answerer)
        add("key_releases", "answer", number, *wrapped)
    add("key_releases", "complain", 1, reader.private, by=asker)
    add("key_releases", "close", 2, at=now + 30 * DAY)
    return calls
