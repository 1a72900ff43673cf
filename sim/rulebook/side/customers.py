"""Calls of models with every right, sessions with every end, checks that nobody opens."""

from collections.abc import Sequence

from protocol.access import Access
from protocol.access_terms import FREE, WINDOW_SECONDS, Claim, Grants
from protocol.attestations import Attestations, Kind
from protocol.consent_log import ConsentLog
from protocol.credits import CreditOffer, Credits
from protocol.gateway import Gateway
from protocol.hashing import keccak, words
from protocol.licences import ALL_CLASSES, DERIVATIVES_FREE, Licences, Terms
from protocol.model_registry import ModelRegistry
from protocol.money import BPS, MAX_UINT256, WAD
from protocol.parameters import DAY
from protocol.policies import Policies, Policy
from protocol.pricing import Pricing, Tariff
from protocol.revenue import Revenue
from protocol.sessions import Entry, InferenceReceipt, Session, gateway_separator, receipt_digest
from protocol.staking import HOST, VALIDATOR, Staking
from protocol.subscriptions import SubscriptionOffer, Subscriptions
from protocol.verification import Verification
from sim.accounts import Account
from sim.rulebook.calling import call
from sim.rulebook.side.stage import Stage, person
from sim.rulebook.side.works import MAKER, OPEN_TERMS, publish, register
from sim.workload.receipts import MerkleTree

_SERVER, _CHECKER, _CLIENT, _GUEST = map(person, ("server", "checker", "client", "guest"))
_VISITOR, _ATTESTER = person("visitor"), person("attester")
_PRICE = WAD // 10
_PURPOSE = keccak(b"purpose")
_SENSITIVE = 3
_SERVED = 300
_SECRET = keccak(b"secret")


def customers(stage: Stage) -> None:
    """Sell, grant, attest and serve; leave sessions, credits, passes and locks as they are."""
    _arrive(stage)
    policed, licence_id = _policed_model(stage)
    _consent(stage, policed)
    stage.do(call(Revenue.pay_model, policed, WAD), _CLIENT)
    closed = _closed_model(stage, licence_id)
    late = _prepay(stage, closed, licence_id)
    stage.wait(WINDOW_SECONDS)
    stage.do(call(Credits.lapse, late), _GUEST)
    stage.do(call(Access.withdraw, closed), _GUEST)
    stage.do(call(Access.unlock, closed, WAD), _GUEST)
    stage.do(call(Gateway.withdraw, WAD), _GUEST)
    _open(stage, closed, _VISITOR)
    _settle(stage, closed, _open(stage, closed, _CLIENT), (bytes(32),))
    sensitive = _open(stage, policed, _CLIENT, use_case=_SENSITIVE)
    _settle(stage, policed, sensitive, (bytes(32),))
    _end_sessions(stage, closed)
    _serve(stage)


def _arrive(stage: Stage) -> None:
    values = stage.deployment.values
    for who, role, minimum in (
        (_SERVER, HOST, "minimumHostStake"),
        (_CHECKER, VALIDATOR, "minimumValidatorStake"),
    ):
        stage.fund(who, 2 * values[minimum], "staking")
        stage.do(call(Staking.stake, role, 2 * values[minimum]), who)
    for customer in (_CLIENT, _GUEST, _VISITOR):
        takers = ("gateway", "credits", "subscriptions", "access", "revenue")
        stage.fund(customer, 2_000 * WAD, *takers)
        stage.do(call(Gateway.deposit, 1_000 * WAD), customer)


def _policed_model(stage: Stage) -> tuple[int, int]:
    """Put a model on sale whose licence asks for attestation, consent and few calls."""
    kind = Kind(_ATTESTER.address, keccak(b"statement"))
    kind_id = stage.do(call(Attestations.create_kind, kind), _ATTESTER)
    for customer in (_CLIENT, _GUEST):
        attested = (kind_id, customer.address, stage.now + 200 * DAY)
        stage.do(call(Attestations.attest, *attested), _ATTESTER)
    stage.do(call(Attestations.revoke, kind_id, _GUEST.address), _ATTESTER)
    terms = Terms(False, DERIVATIVES_FREE, 0, True, ALL_CLASSES - 2, ALL_CLASSES - 2)
    policy = Policy(kind_id, 9, 2, True, 1, _PURPOSE, 1 << _SENSITIVE)
    policed = stage.do(call(Policies.create_licence, terms, policy), MAKER)
    plain = stage.do(call(Licences.create, terms), MAKER)
    return _on_sale(stage, "policed", policed), plain


def _on_sale(stage: Stage, name: str, licence_id: int) -> int:
    model_id = register(stage, name, licence_id)
    tariff = Tariff(True, _PRICE, 1, 1, 1, 1, WAD // 2, 2 * WAD, 4, 3_000, 500)
    stage.do(call(Pricing.set_tariff, model_id, tariff), MAKER)
    shares = ((MAKER.address, _GUEST.address), (BPS // 2, BPS // 2))
    stage.do(call(Revenue.set_data_providers, model_id, *shares), MAKER)
    return model_id


def _consent(stage: Stage, model_id: int) -> None:
    for customer in (_CLIENT, _GUEST):
        stage.do(call(ConsentLog.give, _PURPOSE, model_id), customer)
    stage.do(call(ConsentLog.withdraw, _PURPOSE, model_id), _GUEST)


def _closed_model(stage: Stage, licence_id: int) -> int:
    """Put a model on sale that only calls whoever it allows, or has locked enough."""
    model_id = _on_sale(stage, "closed", licence_id)
    collection = stage.address("model_registry")
    grants = Grants(True, FREE, 5_000, 2_000, collection, 1, 2, 3, 4, WAD)
    stage.do(call(Access.set_grants, model_id, grants), MAKER)
    stage.do(call(Access.set_allowed, model_id, (_CLIENT.address,), True), MAKER)
    stage.do(call(Access.lock, model_id, 5 * WAD), _GUEST)
    stage.do(call(Access.unlock, model_id, WAD), _GUEST)
    return model_id


def _prepay(stage: Stage, model_id: int, licence_id: int) -> int:
    """
    Sell credits that may be given away, that may not, and of a version that is withdrawn; return
    others, which are forgotten.
    """
    valid, version = 100 * DAY, publish(stage, model_id, "closed, again", licence_id)
    for offer in (
        CreditOffer(_PRICE, valid, 0, True),
        CreditOffer(_PRICE, valid, 0, False),
        CreditOffer(_PRICE, valid, version, True),
    ):
        stage.do(call(Credits.set_offer, model_id, offer), MAKER)
        credit_id = stage.do(call(Credits.buy, model_id, 5, MAX_UINT256), _CLIENT)
        stage.do(call(Credits.approve, _GUEST.address, credit_id), _CLIENT)
        credit_id = stage.do(call(Credits.buy, model_id, 5, MAX_UINT256), _GUEST)
    stage.do(call(ModelRegistry.deprecate_version, model_id, version), MAKER)
    stage.do(call(Credits.refund, credit_id), _GUEST)
    short = CreditOffer(_PRICE, DAY, 0, True)
    stage.do(call(Credits.set_offer, model_id, short), MAKER)
    late = stage.do(call(Credits.buy, model_id, 5, MAX_UINT256), _CLIENT)
    offered = SubscriptionOffer(_PRICE, 5, 90 * DAY)
    stage.do(call(Subscriptions.set_offer, model_id, offered), MAKER)
    for customer in (_CLIENT, _GUEST):
        pass_id = stage.do(call(Subscriptions.subscribe, model_id, MAX_UINT256), customer)
        stage.do(call(Subscriptions.renew, pass_id, MAX_UINT256), customer)
    stage.do(call(Subscriptions.approve, _CLIENT.address, pass_id), _GUEST)
    let = (pass_id, _CLIENT.address, stage.now + 60 * DAY)
    stage.do(call(Subscriptions.set_user, *let), _GUEST)
    stage.do(call(Access.present, model_id, Claim(pass_id, 0, credit_id)), _CLIENT)
    return late  # type: ignore[no-any-return]


def _open(
    stage: Stage,
    model_id: int,
    customer: Account,
    *,
    nonce: int = 0,
    use_case: int = 0,
    days: int = 60,
) -> bytes:
    parties = (customer.address, _SERVER.address, model_id, 1)
    limits = (10 * _PRICE, 100 * WAD, stage.now + days * DAY, nonce)
    session = Session(*parties, *limits, False, 0, use_case)
    return stage.do(call(Gateway.open_session, session, b""), _SERVER)  # type: ignore[no-any-return]


def _settle(
    stage: Stage,
    model_id: int,
    session_id: bytes,
    leaves: Sequence[bytes],
    served: int | None = None,
) -> int:
    epoch = (served or stage.now) // stage.deployment.values["epochSeconds"]
    entry = Entry(session_id, epoch, 1, len(leaves), 0, 0, 0, 0)
    settled = call(Gateway.settle, model_id, MerkleTree(leaves).root, (entry,))
    return stage.do(settled, _SERVER)  # type: ignore[no-any-return]


def _end_sessions(stage: Stage, model_id: int) -> None:
    """Leave a session whose user has given notice, one that is closed, one that has expired."""
    for nonce in (1, 2):
        session_id = _open(stage, model_id, _CLIENT, nonce=nonce)
        stage.do(call(Gateway.request_close, session_id), _CLIENT)
    stage.do(call(Gateway.close_session, session_id), _SERVER)
    short = _open(stage, model_id, _CLIENT, nonce=3, days=1)
    served = stage.now
    stage.wait(3 * DAY)
    _settle(stage, model_id, short, (bytes(32),), served)


def _serve(stage: Stage) -> None:
    """Settle receipts of a model without a circuit; show one that the beacon picks, and another."""
    licence_id = stage.do(call(Licences.create, OPEN_TERMS), MAKER)
    model_id = _on_sale(stage, "without a circuit", licence_id)
    session_id = _open(stage, model_id, _CLIENT)
    epoch = stage.now // DAY
    word = bytes(32)
    receipts = [
        InferenceReceipt(session_id, number, word, word, 0, 0, 0, 0, stage.now, word)
        for number in range(1, _SERVED + 1)
    ]
    separator = gateway_separator(stage.deployment)
    leaves = [receipt_digest(separator, each) for each in receipts]
    batch_id = _settle(stage, model_id, session_id, leaves)
    commitment = keccak(words(_CHECKER.address, _SECRET))
    stage.do(call(Verification.commit_secret, epoch + 1, commitment), _CHECKER)
    stage.wait(DAY)
    stage.do(call(Verification.reveal_secret, epoch + 1, _SECRET), _CHECKER)
    stage.wait(DAY)
    picked = [stage.ask(call(Verification.is_picked, batch_id, leaf)) for leaf in leaves]
    for place in (picked.index(True), picked.index(False)):
        proof = MerkleTree(leaves).proof(place)
        stage.do(call(Gateway.is_in_batch, batch_id, receipts[place], proof), _CHECKER)
