"""Tokens by signature and by allowance, streams with every end, channels in every currency."""

from protocol.money import MAX_UINT256
from protocol.parameters import DAY
from protocol.payment_channels import COIN, PaymentChannels
from protocol.settlement_token import SettlementToken
from protocol.stable_token import StableToken
from protocol.streams import Streams
from protocol.taxed_token import TaxedToken
from sim.rulebook.calling import Unsent, call
from sim.rulebook.side.stage import Stage, person

_PAYER, _PAYEE = person("payer"), person("payee")
_SOME = 1_000


def payments(stage: Stage) -> None:
    """Pay in all the ways that agents do not."""
    stage.fund(_PAYER, 100 * _SOME)
    _sign_for_tokens(stage)
    _allow(stage)
    _stream(stage)
    _open_channels(stage)


def _sign_for_tokens(stage: Stage) -> None:
    until, unsigned = stage.now + 90 * DAY, (0, bytes(32), bytes(32))
    spender = stage.address("streams")
    permit = (_PAYER.address, spender, MAX_UINT256, until, *unsigned)
    stage.do(call(SettlementToken.permit, *permit), _PAYEE)
    delegation = (_PAYEE.address, 1, until, *unsigned)
    stage.do(call(SettlementToken.delegate_by_sig, *delegation), _PAYER)


def _allow(stage: Stage) -> None:
    for token in (SettlementToken, StableToken, TaxedToken):
        if token is not SettlementToken:
            stage.do(call(token.transfer, _PAYER.address, 10 * _SOME), stage.deployment.deployer)
        stage.do(call(token.approve, stage.address("payment_channels"), MAX_UINT256), _PAYER)
        stage.do(call(token.approve, _PAYEE.address, 2 * _SOME), _PAYER)
        stage.do(call(token.transfer_from, _PAYER.address, _PAYEE.address, 100), _PAYEE)
        stage.do(call(token.burn_from, _PAYER.address, 10), _PAYEE)
        stage.do(call(token.burn, 10), _PAYER)
        stage.do(call(token.approve, _PAYEE.address, MAX_UINT256), _PAYER)


def _stream(stage: Stage) -> None:
    now, until = stage.now, stage.now + 60 * DAY
    times = (now - DAY, now, until)
    for cancelable in (True, True, False):
        stream_id = stage.do(
            call(Streams.create, _PAYEE.address, _SOME, *times, cancelable), _PAYER
        )
        stage.do(call(Streams.withdraw, stream_id), _PAYEE)
    stage.do(call(Streams.cancel, stream_id - 2), _PAYER)


def _open_channels(stage: Stage) -> None:
    """Open a channel in each currency that gives what it takes; one stays open, one is expired."""
    currencies = (COIN, stage.address("settlement_token"), stage.address("stable_token"))
    for currency in currencies:
        coin = _SOME if currency == COIN else 0
        until = stage.now + 30 * DAY
        opening = call(PaymentChannels.open, _PAYEE.address, currency, _SOME, until)
        channel_id = stage.do(opening, _PAYER, coin)
        stage.do(call(PaymentChannels.add_funds, channel_id, _SOME), _PAYER, coin)
        stage.do(call(PaymentChannels.extend, channel_id, until + DAY), _PAYER)
        stage.do(_claim(channel_id, _SOME, close=False), _PAYEE)
        stage.do(call(PaymentChannels.withdraw, currency, _PAYEE.address), _PAYER)
    stage.do(call(PaymentChannels.held_of, stage.address("taxed_token")), _PAYER)
    stage.do(_claim(channel_id, _SOME + 1, close=True), _PAYEE)
    stage.do(call(PaymentChannels.withdraw, currency, _PAYER.address), _PAYER)


def _claim(channel_id: bytes, amount: int, *, close: bool) -> Unsent:
    return call(PaymentChannels.claim, channel_id, amount, b"", close)
