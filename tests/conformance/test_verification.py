"""Verification on every machine: the same checks, the same refusals, with no proof at hand."""

from typing import Any

import pytest

from protocol.circuits import INPUT_OPENED, Check
from protocol.errors import (
    BatchReleased,
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    NotModelOwner,
    ProofTooShort,
    UnknownVersion,
)
from protocol.gateway_events import ReceiptRefunded
from protocol.hashing import keccak, words
from protocol.parameters import BY_NAME
from protocol.settlement_token import Transfer
from protocol.staking import Slashed
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Log, Receipt
from protocol.verification_errors import (
    AlreadyChecked,
    AlreadyCommitted,
    AnswerStillPossible,
    AnswerTooLate,
    BeaconNotFinal,
    CheckClosed,
    CheckWindowOver,
    CircuitInvalid,
    CircuitKnown,
    NoCircuit,
    NotActiveValidator,
    NotPicked,
    OutputMismatch,
    ProofRejected,
    ReceiptNotInBatch,
    UnknownCheck,
    WeightMismatch,
    WrongEpoch,
    WrongSecret,
)
from protocol.verification_events import CheckFailed, CheckOpened, CircuitRegistered
from tests.checked_market import CHECKER, CREATOR, PRICE, SERVER, STAKE, CheckedMarket, StandIn

ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].default
CHALLENGE_WINDOW = BY_NAME["challengeWindowSeconds"].default


@pytest.fixture
def market(machine: Any) -> CheckedMarket:
    opened = CheckedMarket(machine)
    opened.open()
    return opened


def attempt(machine: Any, function: str, *arguments: Any, sender: str = CHECKER) -> Receipt:
    receipt: Receipt = machine.call("verification", function, *arguments, sender=sender)
    return receipt


def test_circuits_are_stated_alike(machine: Any, market: CheckedMarket, intruder: str) -> None:
    circuit = StandIn().circuit._replace(srs_id='local "k11", ünïcode')

    def register(stated: Any, version: int = 1, sender: str = CREATOR) -> Receipt:
        return attempt(machine, "register_circuit", 1, version, stated, sender=sender)

    assert register(circuit, sender=intruder).refusal == NotModelOwner(1, intruder)
    assert register(circuit, version=0).refusal == UnknownVersion(1, 0)
    assert register(circuit, version=2).refusal == UnknownVersion(1, 2)
    for change in (
        {"key_digest": ZERO_HASH},
        {"output_length": 0},
        {"input_mode": 2},
        {"input_mode": INPUT_OPENED, "input_length": 0},
    ):
        assert register(circuit._replace(**change)).refusal == CircuitInvalid()
    event = CircuitRegistered(1, 1, circuit.key_digest, circuit.settings_hash, 0)
    assert register(circuit) == Receipt(events=(Log("verification", event),))
    assert register(circuit).refusal == CircuitKnown(1, 1)
    assert machine.view("verification", "circuit_of", 1, 1) == circuit
    assert machine.view("verification", "circuit_of", 1, 2) == NoCircuit(1, 2)


def test_the_beacon_is_made_alike(machine: Any, market: CheckedMarket) -> None:
    epoch, secret = market.epoch + 1, keccak(b"secret")
    commitment = keccak(words(CHECKER, secret))

    idle = attempt(machine, "commit_secret", epoch, commitment, sender=SERVER)
    wrong = attempt(machine, "commit_secret", epoch - 1, commitment)
    far = attempt(machine, "commit_secret", 2**64 - 1, commitment)
    assert attempt(machine, "commit_secret", epoch, commitment).ok
    twice = attempt(machine, "commit_secret", epoch, commitment)
    early = attempt(machine, "reveal_secret", epoch, secret)
    machine.wait(market.epoch_seconds)
    other = attempt(machine, "reveal_secret", epoch, commitment)
    assert attempt(machine, "reveal_secret", epoch, secret).ok
    again = attempt(machine, "reveal_secret", epoch, secret)

    assert idle.refusal == NotActiveValidator(SERVER)
    assert wrong.refusal == WrongEpoch(epoch - 1, epoch - 1)
    assert far.refusal == WrongEpoch(2**64 - 1, epoch - 1)
    assert twice.refusal == AlreadyCommitted(epoch, CHECKER)
    assert early.refusal == WrongEpoch(epoch, epoch - 1)
    assert other.refusal == WrongSecret(epoch, CHECKER)
    assert again.refusal == WrongSecret(epoch, CHECKER)
    assert machine.view("verification", "beacon_of", epoch) == keccak(words(epoch, secret))


def test_checks_are_opened_alike(machine: Any, market: CheckedMarket, intruder: str) -> None:
    first, second = (market.receipt(number, ZERO_HASH, ZERO_HASH) for number in (1, 2))
    leaf, sibling = market.leaf(first), (market.leaf(second),)
    batch_id = market.settle(first, second)
    settled_at, beacon_epoch = machine.now, market.epoch + 1

    def open_check(sender: str = CHECKER, receipt: Any = first, proof: Any = sibling) -> Receipt:
        return attempt(machine, "open_check", batch_id, receipt, proof, sender=sender)

    assert open_check(sender=intruder).refusal == NotActiveValidator(intruder)
    assert open_check().refusal == BeaconNotFinal(beacon_epoch)
    market.reveal(market.secret_that_picks(leaf))
    unknown = first._replace(session_id=keccak(b"no session"))
    assert open_check(receipt=unknown).refusal == ReceiptNotInBatch(batch_id, market.leaf(unknown))
    assert open_check(proof=()).refusal == ReceiptNotInBatch(batch_id, leaf)
    assert open_check().refusal == NoCircuit(1, 1)
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    assert machine.view("verification", "is_picked", batch_id, leaf) is True
    deadline = machine.now + ANSWER_WINDOW
    event = CheckOpened(1, batch_id, SERVER, CHECKER, leaf, deadline)
    assert open_check() == Receipt(value=1, events=(Log("verification", event),))
    assert machine.view("verification", "check_of", 1) == Check(
        batch_id=batch_id,
        session_id=market.session_id,
        leaf=leaf,
        input_commitment=ZERO_HASH,
        output_hash=ZERO_HASH,
        model_id=1,
        refund=PRICE,
        host=SERVER,
        deadline=deadline,
        version=1,
        validator=CHECKER,
        closed=False,
    )
    assert open_check().refusal == AlreadyChecked(leaf)
    machine.wait(settled_at + CHALLENGE_WINDOW - machine.now)
    other_leaf = market.leaf(second)
    picked = machine.view("verification", "is_picked", batch_id, other_leaf)
    assert picked is False
    late = attempt(machine, "open_check", batch_id, second, (leaf,))
    assert late.refusal == NotPicked(batch_id, other_leaf)


def test_a_check_comes_too_late_alike(machine: Any, market: CheckedMarket) -> None:
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    until = machine.now + CHALLENGE_WINDOW
    batch_id = market.settle_and_pick(receipt)
    machine.wait(until + 1 - machine.now)

    late = attempt(machine, "open_check", batch_id, receipt, ())
    market.do("gateway", "release", (batch_id,), sender=SERVER)
    released = attempt(machine, "open_check", batch_id, receipt, ())

    assert late.refusal == CheckWindowOver(batch_id, until)
    assert released.refusal == BatchReleased(batch_id)


@pytest.mark.parametrize("input_mode", [0, 1])
def test_wrong_answers_are_refused_alike(
    machine: Any, market: CheckedMarket, input_mode: int, intruder: str
) -> None:
    made = StandIn(input_mode)
    market.do("verification", "register_circuit", 1, 1, made.circuit, sender=CREATOR)
    receipt = market.receipt(1, made.input_commitment, made.output_hash)
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    deadline = machine.now + ANSWER_WINDOW
    right = (made.proof, made.instances, made.vka)
    needed = len(made.proof) - 32

    def answer(proof: bytes = b"", instances: Any = None, vka: Any = None) -> Any:
        given = (proof or right[0], right[1] if instances is None else instances, vka or right[2])
        return attempt(machine, "answer_check", check_id, *given, sender=intruder).refusal

    short = made.proof[: needed - 1]
    assert answer(proof=short) == ProofTooShort(needed - 1)
    other_key = (*made.vka, ZERO_HASH)
    digest = keccak(b"".join(other_key))
    assert answer(vka=other_key) == KeyMismatch(made.circuit.key_digest, digest)
    assert answer(instances=()) == InstancesInvalid(0)
    foreign = keccak(b"another") + made.proof[32:]
    if input_mode == INPUT_OPENED:
        inputs = (made.inputs[0] ^ 1, *made.inputs[1:])
        assert answer(instances=(*inputs, *made.outputs)) == InputMismatch(
            made.input_commitment, keccak(words(*inputs))
        )
        assert answer(proof=foreign) == WeightMismatch(1, 1)
    else:
        other = keccak(foreign[:64])
        assert answer(proof=foreign) == InputMismatch(made.input_commitment, other)
    other_weights = made.proof[: needed - 1] + b"\0" + made.proof[needed:]
    assert answer(proof=other_weights) == WeightMismatch(1, 1)
    largest = (*made.inputs, *(2**256 - 1 for _ in made.outputs))
    assert answer(instances=largest) == OutputMismatch(
        made.output_hash, keccak(b"\xff" * 32 * len(made.outputs))
    )
    assert answer() == ProofRejected(check_id)
    machine.wait(ANSWER_WINDOW + 1)
    assert answer() == AnswerTooLate(check_id, deadline)
    assert attempt(machine, "answer_check", 2, *right).refusal == UnknownCheck(2)


def test_an_unanswered_check_ends_alike(machine: Any, market: CheckedMarket) -> None:
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle_and_pick(receipt)
    check_id = market.open_check(batch_id, receipt)
    deadline = machine.now + ANSWER_WINDOW

    machine.wait(ANSWER_WINDOW)
    early = attempt(machine, "expire_check", check_id)
    machine.wait(1)
    expired = attempt(machine, "expire_check", check_id)

    penalty = STAKE // 5
    burned = penalty - penalty // 2
    staking = machine.addresses["staking"]
    assert early.refusal == AnswerStillPossible(check_id, deadline)
    assert expired == Receipt(
        events=(
            Log("staking", Slashed(SERVER, 0, CHECKER, penalty, penalty // 2, burned)),
            Log("settlement_token", Transfer(staking, ZERO_ADDRESS, burned)),
            Log("gateway", ReceiptRefunded(batch_id, market.session_id, PRICE)),
            Log("verification", CheckFailed(check_id, SERVER, penalty, PRICE)),
        )
    )
    assert attempt(machine, "expire_check", check_id).refusal == CheckClosed(check_id)
    assert attempt(machine, "expire_check", 7).refusal == UnknownCheck(7)


def test_a_key_becomes_known_alike(machine: Any, intruder: str) -> None:
    vka = (keccak(b"a"), keccak(b"b"))

    receipt = machine.call("halo2_verifier", "register_vka", vka, sender=intruder)

    assert receipt.value == keccak(b"".join(vka))
    assert [(log.event.from_, log.event.digest, log.event.vka) for log in receipt.events] == [
        (intruder, receipt.value, receipt.value)
    ]


def test_a_whole_check_runs_in_lockstep(lockstep: Any) -> None:
    market = CheckedMarket(lockstep)
    market.open()
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    for number in (1, 2, 3):
        receipt = market.receipt(number, ZERO_HASH, ZERO_HASH)
        check_id = market.open_check(market.settle_and_pick(receipt), receipt)
        lockstep.executor.end_tick(lockstep.now)
        lockstep.wait(ANSWER_WINDOW + 1)
        market.do("verification", "expire_check", check_id, sender=CHECKER)
        lockstep.executor.end_tick(lockstep.now, full=True)
        assert lockstep.view("staking", "is_active", SERVER, 0) is True

    assert lockstep.executor.counts.views > 0
