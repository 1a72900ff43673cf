"""Requests for the key of a sealed model: answered, answered wrongly, and left open."""

from protocol.hashing import keccak
from protocol.key_releases import KeyReleases
from protocol.licences import Licences
from protocol.money import WAD
from protocol.parameters import DAY
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person
from sim.rulebook.side.works import MAKER, OPEN_TERMS, register
from sim.streams import stream
from sim.workload.key_wrapping import draw_pair, wrap
from sim.workload.sealing import draw_key

_ASKER = person("asker")
_FEE = WAD


def releases(stage: Stage) -> None:
    """Sell the key of a model to one asker, whose requests end in every way."""
    stage.fund(_ASKER, 10 * _FEE, "key_releases")
    key, reader = draw_key(stream(0, "maker/key")), draw_pair(stream(0, "asker/pair"))
    licence_id = stage.do(call(Licences.create, OPEN_TERMS), MAKER)
    model_id = register(stage, "sealed", licence_id)
    terms = (MAKER.address, False, _FEE)
    stage.do(call(KeyReleases.seal, model_id, 1, key.commitment, *terms), MAKER)
    stage.do(call(KeyReleases.set_terms, model_id, 1, *terms), MAKER)
    answers = (keccak(b"another key"), key.key, None)
    requests = []
    for data_key in answers:
        asked = call(KeyReleases.request, model_id, 1, reader.public, _FEE)
        request_id = stage.do(asked, _ASKER)
        requests.append(request_id)
        if data_key is not None:
            own = draw_pair(stream(0, f"maker/answer-{request_id}"))
            wrapped = wrap(data_key, stage.address("key_releases"), request_id, reader.public, own)
            stage.do(call(KeyReleases.answer, request_id, *wrapped), MAKER)
    stage.do(call(KeyReleases.complain, requests[0], reader.private), _ASKER)
    stage.wait(30 * DAY)
    stage.do(call(KeyReleases.close, requests[1]), _ASKER)
