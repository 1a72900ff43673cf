"""Rights of a model as units: fixed, minted, sold, locked and taken back."""

from protocol.access_terms import WINDOW_SECONDS
from protocol.licences import Licences
from protocol.model_registry import ModelRegistry
from protocol.money import BPS, WAD
from protocol.parameters import DAY
from protocol.revenue import Revenue
from protocol.rights import Rights
from protocol.rights_terms import FINE_TUNE, INFERENCE, REVENUE, RightTerms
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person
from sim.rulebook.side.works import MAKER, OPEN_TERMS, registration

_HOLDER = person("holder")
_UNITS = 10


def shares(stage: Stage) -> None:
    """Sell every right of a model, share its revenue, and leave units for sale and locked."""
    stage.fund(_HOLDER, 1_000 * WAD, "rights", "revenue")
    licence_id = stage.do(call(Licences.create, OPEN_TERMS), MAKER)
    # The registry's address stands for whoever owns the model.
    owners = (stage.address("model_registry"), MAKER.address)
    registered = registration("in shares", licence_id)._replace(contributors=owners)
    model_id = stage.do(call(ModelRegistry.register, registered), MAKER)
    for kind in (INFERENCE, REVENUE, FINE_TUNE):
        given = (5, BPS // 2) if kind == INFERENCE else (0, 0)
        terms = RightTerms(2 * _UNITS, *given)
        stage.do(call(Rights.fix_terms, model_id, kind, terms), MAKER)
        stage.do(call(Rights.mint, model_id, kind, _UNITS), MAKER)
        right_id = stage.ask(call(Rights.id_of, model_id, kind))
        stage.do(call(Rights.list, right_id, _UNITS, WAD, stage.now + 90 * DAY), MAKER)
        bought = call(Rights.buy, right_id, MAKER.address, _UNITS // 2, _UNITS * WAD)
        stage.do(bought, _HOLDER)
    stage.do(call(Rights.approve, MAKER.address, right_id, 1), _HOLDER)
    stage.do(call(Rights.transfer_from, _HOLDER.address, MAKER.address, right_id, 1), MAKER)
    stage.do(call(Rights.transfer, _HOLDER.address, right_id, 1), MAKER)
    stage.do(call(Rights.withdraw, MAKER.address), _HOLDER)
    stage.do(call(Rights.lock, model_id, 3), _HOLDER)
    stage.do(call(Rights.unlock, model_id, 1), _HOLDER)
    stage.do(call(Revenue.pay_model, model_id, WAD), _HOLDER)
    stage.do(call(Revenue.distribute, model_id), _HOLDER)
    stage.do(call(Rights.settle, model_id, _HOLDER.address), _HOLDER)
    stage.wait(WINDOW_SECONDS)
    stage.do(call(Rights.reclaim, model_id), _HOLDER)
    stage.do(call(Rights.unlock, model_id, 1), _HOLDER)
