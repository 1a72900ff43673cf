"""A model that is priced in the stable token: called, paid, and its revenue shared."""

from protocol.gateway import Gateway
from protocol.licences import Licences
from protocol.model_registry import ModelRegistry
from protocol.money import BPS, MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.pricing import Pricing, Tariff
from protocol.rights import Rights
from protocol.rights_terms import REVENUE, RightTerms
from protocol.sessions import Entry, Session
from protocol.stable_revenue import StableRevenue
from protocol.stable_token import UNIT, StableToken
from protocol.staking import HOST, Staking
from protocol.taxed_token import TaxedToken
from protocol.types import ZERO_HASH
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person
from sim.rulebook.side.works import MAKER, OPEN_TERMS, registration

_SERVER, _CLIENT, _HOLDER = map(person, ("server", "client", "holder"))
_PRICE = UNIT // 20
_UNITS = 5


def currencies(stage: Stage) -> None:
    """Pay in another currency than MNFT, and leave some of it everywhere."""
    stable = stage.address("stable_token")
    least = stage.deployment.values["minimumHostStake"]
    stage.fund(_SERVER, least, "staking")
    stage.do(call(Staking.stake, HOST, least), _SERVER)
    model_id = _model(stage)
    for token in (StableToken, TaxedToken):
        given = call(token.transfer, _CLIENT.address, 1_000 * UNIT)
        stage.do(given, stage.deployment.deployer)
        for taker in ("gateway", "stable_revenue"):
            stage.do(call(token.approve, stage.address(taker), MAX_UINT256), _CLIENT)
    stage.do(call(Gateway.deposit_in, stable, 500 * UNIT), _CLIENT)
    stage.do(call(Gateway.withdraw_in, stable, UNIT), _CLIENT)
    _call_and_release(stage, model_id)
    stage.do(call(StableRevenue.pay_model, model_id, UNIT), _CLIENT)
    stage.do(call(StableRevenue.distribute, model_id), _CLIENT)
    stage.do(call(StableRevenue.withdraw, _SERVER.address), _CLIENT)
    stage.do(call(Rights.settle, model_id, _HOLDER.address), _HOLDER)
    stage.do(call(Rights.withdraw_in, stable, _HOLDER.address), _HOLDER)
    stage.do(call(StableRevenue.pay_model, model_id, UNIT), _CLIENT)
    stage.do(call(StableRevenue.distribute, model_id), _CLIENT)
    stage.do(call(Rights.settle, model_id, _HOLDER.address), _HOLDER)
    stage.do(call(StableRevenue.pay_model, model_id, UNIT), _CLIENT)


def _model(stage: Stage) -> int:
    """Put a model on sale whose owner shares what it gets; leave another without a tariff."""
    licence_id = stage.do(call(Licences.create, OPEN_TERMS), MAKER)
    owners = (stage.address("model_registry"), MAKER.address)
    stable, shares = stage.address("stable_token"), (BPS // 2, BPS // 2)
    for name in ("priced in nothing yet", "priced in the stable token"):
        registered = registration(name, licence_id)._replace(contributors=owners, shares_bps=shares)
        model_id: int = stage.do(call(ModelRegistry.register, registered), MAKER)
        stage.do(call(Pricing.set_currency, model_id, stable), MAKER)
    tariff = Tariff(True, _PRICE, 1, 1, 1, 1, WAD // 2, 2 * WAD, 4, 3_000, 500)
    stage.do(call(Pricing.set_tariff, model_id, tariff), MAKER)
    named = ((MAKER.address, _HOLDER.address), shares)
    stage.do(call(StableRevenue.set_data_providers, model_id, *named), MAKER)
    stage.do(call(Rights.fix_terms, model_id, REVENUE, RightTerms(_UNITS, 0, 0)), MAKER)
    stage.do(call(Rights.mint, model_id, REVENUE, _UNITS), MAKER)
    right_id = stage.ask(call(Rights.id_of, model_id, REVENUE))
    stage.do(call(Rights.transfer, _HOLDER.address, right_id, _UNITS), MAKER)
    return model_id


def _call_and_release(stage: Stage, model_id: int) -> None:
    """Settle a batch that is released, and one that is not, of a session that stays open."""
    parties = (_CLIENT.address, _SERVER.address, model_id, 1)
    limits = (10 * _PRICE, 100 * UNIT, stage.now + 60 * DAY, 0)
    session = Session(*parties, *limits, False, 0, 0)
    session_id = stage.do(call(Gateway.open_session, session, b""), _SERVER)
    for number in (1, 2):
        epoch = stage.now // stage.deployment.values["epochSeconds"]
        entry = Entry(session_id, epoch, number, number, 0, 0, 0, 0)
        settled = call(Gateway.settle, model_id, ZERO_HASH, (entry,))
        batch_id = stage.do(settled, _SERVER)
        stage.wait(4 * DAY)
    stage.do(call(Gateway.release, (batch_id - 1,)), _CLIENT)
