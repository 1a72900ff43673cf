"""Verification.sol's model: the beacon, the checks, and every way in which a proof can be wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from protocol.circuits import INPUT_COMMITTED, INPUT_OPENED, Check, Circuit
from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.errors import (
    BatchReleased,
    InputMismatch,
    InstancesInvalid,
    KeyMismatch,
    NotModelOwner,
    ProofTooShort,
    UnknownBatch,
    UnknownVersion,
)
from protocol.gateway_events import ReceiptRefunded
from protocol.halo2_verifier import Halo2Verifier, VkaRegistered
from protocol.hashing import keccak, words
from protocol.money import WAD
from protocol.openzeppelin.errors import ERC721NonexistentToken, SafeCastOverflowedUintDowncast
from protocol.parameters import BY_NAME, PPM, resolve
from protocol.revenue_events import CheckerPaid
from protocol.sessions import InferenceReceipt
from protocol.settlement_token import Transfer
from protocol.staking import VALIDATOR, Slashed
from protocol.types import ZERO_ADDRESS, ZERO_HASH, Address, Call, Log, Receipt
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
from protocol.verification_events import (
    CheckFailed,
    CheckOpened,
    CheckPassed,
    CircuitRegistered,
    SecretCommitted,
    SecretRevealed,
)
from protocol.world import World
from tests.checked_market import (
    CHECKER,
    CREATOR,
    PRICE,
    SERVER,
    STAKE,
    USER,
    CheckedMarket,
    StandIn,
)

GENESIS = 1_700_006_400
ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].default
CHALLENGE_WINDOW = BY_NAME["challengeWindowSeconds"].default
INTRUDER = Address("0x" + "e1" * 20)


@dataclass
class Model:
    """The model alone; its oracle calls the proofs valid that a test has put there."""

    overrides: dict[str, int] = field(default_factory=dict)
    now: int = GENESIS

    def __post_init__(self) -> None:
        self.deployment = Deployment(resolve(self.overrides), GENESIS)
        self.valid: set[tuple[Any, ...]] = set()
        self.world = World(self.deployment, lambda *proof: proof in self.valid)

    def call(self, contract: str, function: str, *arguments: Any, sender: Address) -> Receipt:
        return self.world.execute(Call(contract, function, arguments, sender, self.now))

    def fund(self, account: Address, amount: int = WAD) -> None:
        sender = self.deployment.deployer
        assert self.call("settlement_token", "transfer", account, amount, sender=sender).ok

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        receipt = self.world.view(Observation(contract, function, arguments), self.now)
        return receipt.value if receipt.ok else receipt.refusal

    def verify(self, function: str, *arguments: Any, sender: Address = CHECKER) -> Receipt:
        """Call Verification; a refusal must leave no trace."""
        before = self.world.digest()
        receipt = self.call("verification", function, *arguments, sender=sender)
        assert receipt.ok or self.world.digest() == before
        return receipt


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def market(model: Model) -> CheckedMarket:
    opened = CheckedMarket(model)
    opened.open()
    return opened


@dataclass
class OpenCheck:
    """A market with one picked receipt, whose check is open."""

    model: Model
    market: CheckedMarket
    stand_in: StandIn
    receipt: InferenceReceipt
    batch_id: int
    check_id: int

    @property
    def deadline(self) -> int:
        return self.model.now + ANSWER_WINDOW

    def answer(self, **changed: Any) -> Receipt:
        """Answer with the stand-in's proof, or what is changed of it."""
        parts = {name: getattr(self.stand_in, name) for name in ("proof", "instances", "vka")}
        parts |= changed
        return self.model.verify("answer_check", self.check_id, *parts.values(), sender=INTRUDER)

    def accept(self, **changed: Any) -> None:
        """Make the model's oracle call the answer valid."""
        parts = {name: getattr(self.stand_in, name) for name in ("proof", "instances", "vka")}
        self.model.valid.add(tuple((parts | changed).values()))


@pytest.fixture
def open_check(market: CheckedMarket, model: Model) -> Callable[[int], OpenCheck]:
    def opened(input_mode: int = INPUT_COMMITTED) -> OpenCheck:
        stand_in = StandIn(input_mode)
        market.do("verification", "register_circuit", 1, 1, stand_in.circuit, sender=CREATOR)
        receipt = market.receipt(1, stand_in.input_commitment, stand_in.output_hash)
        batch_id = market.settle_and_pick(receipt)
        check_id = market.open_check(batch_id, receipt)
        return OpenCheck(model, market, stand_in, receipt, batch_id, check_id)

    return opened


@pytest.fixture
def check(open_check: Callable[[int], OpenCheck]) -> OpenCheck:
    return open_check(INPUT_COMMITTED)


def log(event: Any) -> Log:
    return Log("verification", event)


# --- circuits


def test_a_circuit_is_stated_once_by_the_owner(model: Model, market: CheckedMarket) -> None:
    circuit = StandIn().circuit

    first = model.verify("register_circuit", 1, 1, circuit, sender=CREATOR)
    again = model.verify("register_circuit", 1, 1, circuit, sender=CREATOR)

    event = CircuitRegistered(1, 1, circuit.key_digest, circuit.settings_hash, INPUT_COMMITTED)
    assert first == Receipt(events=(log(event),))
    assert again.refusal == CircuitKnown(1, 1)
    assert model.view("verification", "circuit_of", 1, 1) == circuit


def test_only_the_owner_states_a_circuit(model: Model, market: CheckedMarket) -> None:
    circuit = StandIn().circuit

    foreign = model.verify("register_circuit", 1, 1, circuit, sender=INTRUDER)
    nobodys = model.verify("register_circuit", 2, 1, circuit, sender=CREATOR)

    assert foreign.refusal == NotModelOwner(1, INTRUDER)
    assert nobodys.refusal == ERC721NonexistentToken(2)


@pytest.mark.parametrize("version", [0, 2, 2**32 - 1])
def test_a_circuit_needs_its_version(model: Model, market: CheckedMarket, version: int) -> None:
    receipt = model.verify("register_circuit", 1, version, StandIn().circuit, sender=CREATOR)

    assert receipt.refusal == UnknownVersion(1, version)


@pytest.mark.parametrize(
    "change",
    [
        {"key_digest": ZERO_HASH},
        {"output_length": 0},
        {"input_mode": 2},
        {"input_mode": INPUT_OPENED, "input_length": 0},
    ],
)
def test_a_circuit_that_nothing_could_prove_is_refused(
    model: Model, market: CheckedMarket, change: dict[str, Any]
) -> None:
    circuit = StandIn().circuit._replace(**change)

    receipt = model.verify("register_circuit", 1, 1, circuit, sender=CREATOR)

    assert receipt.refusal == CircuitInvalid()


def test_a_committed_input_needs_no_length(model: Model, market: CheckedMarket) -> None:
    circuit = StandIn().circuit._replace(input_length=0)

    assert model.verify("register_circuit", 1, 1, circuit, sender=CREATOR).ok


def test_views_refuse_what_is_not_there(model: Model) -> None:
    assert model.view("verification", "circuit_of", 7, 3) == NoCircuit(7, 3)
    assert model.view("verification", "check_of", 0) == UnknownCheck(0)
    assert model.view("verification", "is_picked", 9, ZERO_HASH) == UnknownBatch(9)
    assert model.view("verification", "beacon_of", 5) == ZERO_HASH


# --- the beacon


def test_a_secret_is_committed_before_and_revealed_in_its_epoch(
    model: Model, market: CheckedMarket
) -> None:
    epoch, secret = market.epoch + 1, keccak(b"secret")
    commitment = keccak(words(CHECKER, secret))

    committed = model.verify("commit_secret", epoch, commitment)
    early = model.verify("reveal_secret", epoch, secret)
    model.now = epoch * market.epoch_seconds
    revealed = model.verify("reveal_secret", epoch, secret)

    assert committed == Receipt(events=(log(SecretCommitted(epoch, CHECKER)),))
    assert early.refusal == WrongEpoch(epoch, epoch - 1)
    assert revealed == Receipt(events=(log(SecretRevealed(epoch, CHECKER, secret)),))
    assert model.view("verification", "beacon_of", epoch) == keccak(words(epoch, secret))


@pytest.mark.parametrize("distance", [-1, 0, 2])
def test_a_secret_is_for_the_next_epoch(model: Model, market: CheckedMarket, distance: int) -> None:
    epoch = market.epoch + distance

    receipt = model.verify("commit_secret", epoch, keccak(b"secret"))

    assert receipt.refusal == WrongEpoch(epoch, market.epoch)


def test_a_secret_is_late_with_the_epochs_end(model: Model, market: CheckedMarket) -> None:
    epoch, secret = market.epoch + 1, keccak(b"secret")
    model.verify("commit_secret", epoch, keccak(words(CHECKER, secret)))

    model.now = (epoch + 1) * market.epoch_seconds
    late = model.verify("reveal_secret", epoch, secret)

    assert late.refusal == WrongEpoch(epoch, epoch + 1)


def test_a_validator_has_one_secret_per_epoch(model: Model, market: CheckedMarket) -> None:
    epoch = market.epoch + 1
    model.verify("commit_secret", epoch, keccak(b"first"))

    second = model.verify("commit_secret", epoch, keccak(b"second"))

    assert second.refusal == AlreadyCommitted(epoch, CHECKER)


def test_without_validators_stake_nobody_takes_part(model: Model, market: CheckedMarket) -> None:
    epoch = market.epoch + 1

    receipt = model.verify("commit_secret", epoch, keccak(b"secret"), sender=SERVER)

    assert receipt.refusal == NotActiveValidator(SERVER)


def test_a_secret_counts_for_its_owner_and_once(model: Model, market: CheckedMarket) -> None:
    epoch, secret = market.epoch + 1, keccak(b"secret")
    model.verify("commit_secret", epoch, keccak(words(CHECKER, secret)))
    model.now += market.epoch_seconds

    copied = model.verify("reveal_secret", epoch, secret, sender=INTRUDER)
    wrong = model.verify("reveal_secret", epoch, keccak(b"another"))
    assert model.verify("reveal_secret", epoch, secret).ok
    twice = model.verify("reveal_secret", epoch, secret)

    assert copied.refusal == WrongSecret(epoch, INTRUDER)
    assert wrong.refusal == WrongSecret(epoch, CHECKER)
    assert twice.refusal == WrongSecret(epoch, CHECKER)


def test_an_epoch_past_the_number_type_is_refused(model: Model, market: CheckedMarket) -> None:
    model.now = 2**64 * market.epoch_seconds

    receipt = model.verify("commit_secret", 0, keccak(b"secret"))

    assert receipt.refusal == SafeCastOverflowedUintDowncast(64, 2**64)


@settings(max_examples=10)
@given(
    secrets=strategies.lists(strategies.binary(min_size=32, max_size=32), min_size=3, max_size=3)
)
def test_the_beacon_does_not_depend_on_the_order_of_secrets(secrets: list[bytes]) -> None:
    validators = [Address("0x" + f"{number:02x}" * 20) for number in (1, 2, 3)]
    beacons = set()
    for order in permutations(range(3)):
        model = Model({"minimumValidatorStake": 0})
        market = CheckedMarket(model)
        epoch = market.epoch + 1
        for validator in validators:
            model.fund(validator)
            staking = model.deployment.addresses["staking"]
            market.do("settlement_token", "approve", staking, WAD, sender=validator)
            market.do("staking", "stake", VALIDATOR, WAD, sender=validator)
        market.reveal(
            *(secrets[place] for place in order),
            validators=[validators[place] for place in order],
        )
        beacons.add(model.view("verification", "beacon_of", epoch))

    shares = [int.from_bytes(keccak(words(epoch, secret)), "big") for secret in secrets]
    expected = reduce(lambda left, right: left ^ right, shares)
    assert beacons == {expected.to_bytes(32, "big")}


# --- opening a check


def test_a_picked_receipt_is_checked(check: OpenCheck) -> None:
    model, receipt, stand_in = check.model, check.receipt, check.stand_in
    leaf = check.market.leaf(receipt)

    assert check.check_id == 1
    assert model.view("verification", "check_of", 1) == Check(
        batch_id=check.batch_id,
        session_id=check.market.session_id,
        leaf=leaf,
        input_commitment=stand_in.input_commitment,
        output_hash=stand_in.output_hash,
        model_id=1,
        refund=PRICE,
        host=SERVER,
        deadline=check.deadline,
        version=1,
        validator=CHECKER,
        closed=False,
    )
    assert model.view("gateway", "batch_of", check.batch_id).open_checks == 1


def test_opening_a_check_announces_it(model: Model, market: CheckedMarket) -> None:
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle_and_pick(receipt)

    opened = model.verify("open_check", batch_id, receipt, ())

    leaf = market.leaf(receipt)
    deadline = model.now + ANSWER_WINDOW
    event = CheckOpened(1, batch_id, SERVER, CHECKER, leaf, deadline)
    assert opened == Receipt(value=1, events=(log(event),))
    assert model.verify("open_check", batch_id, receipt, ()).refusal == AlreadyChecked(leaf)


def test_refusals_to_open_a_check_come_in_order(model: Model, market: CheckedMarket) -> None:
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    leaf = market.leaf(receipt)
    batch_id = market.settle(receipt)
    settled_at, beacon_epoch = model.now, market.epoch + 1

    def attempt(sender: Address = CHECKER, **changed: Any) -> Any:
        asked = {"batch_id": batch_id, "receipt": receipt, "proof": ()} | changed
        return model.verify("open_check", *asked.values(), sender=sender).refusal

    assert attempt(INTRUDER, batch_id=9) == NotActiveValidator(INTRUDER)
    assert attempt(batch_id=9) == UnknownBatch(9)
    assert attempt() == BeaconNotFinal(beacon_epoch)
    market.reveal(market.secret_that_picks(leaf))
    end = model.now
    model.now = end - 1
    assert attempt() == BeaconNotFinal(beacon_epoch)
    model.now = end
    other = receipt._replace(sequence=2)
    assert attempt(receipt=other) == ReceiptNotInBatch(batch_id, market.leaf(other))
    assert attempt(proof=(leaf,)) == ReceiptNotInBatch(batch_id, leaf)
    assert attempt() == NoCircuit(1, 1)
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    until = settled_at + CHALLENGE_WINDOW
    model.now = until + 1
    assert attempt() == CheckWindowOver(batch_id, until)
    model.now = until
    assert attempt() is None


def test_a_released_batch_is_not_checked(model: Model, market: CheckedMarket) -> None:
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle(receipt)
    model.now += CHALLENGE_WINDOW + 1
    market.do("gateway", "release", (batch_id,), sender=INTRUDER)

    assert model.verify("open_check", batch_id, receipt, ()).refusal == BatchReleased(batch_id)


def test_without_any_secret_nothing_is_picked(model: Model, market: CheckedMarket) -> None:
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    batch_id = market.settle(receipt)
    epoch = market.epoch + 1
    model.now += 2 * market.epoch_seconds

    assert model.verify("open_check", batch_id, receipt, ()).refusal == BeaconNotFinal(epoch)
    assert model.view("verification", "is_picked", batch_id, ZERO_HASH) == BeaconNotFinal(epoch)


def test_a_receipt_that_the_beacon_passes_over_is_not_checked(
    model: Model, market: CheckedMarket
) -> None:
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    leaf = market.leaf(receipt)
    batch_id = market.settle(receipt)
    market.reveal(market.secret_that_picks(leaf, picked=False))

    assert model.view("verification", "is_picked", batch_id, leaf) is False
    assert model.verify("open_check", batch_id, receipt, ()).refusal == NotPicked(batch_id, leaf)


@pytest.mark.parametrize(("rate", "picked"), [(0, False), (PPM, True)])
def test_the_rate_reaches_from_nothing_to_all(rate: int, picked: bool) -> None:
    model = Model({"spotCheckRatePpm": rate})
    market = CheckedMarket(model)
    market.open()
    batch_id = market.settle(market.receipt(1, ZERO_HASH, ZERO_HASH))
    market.reveal(keccak(b"any secret"))

    for number in range(20):
        leaf = keccak(words(number))
        assert model.view("verification", "is_picked", batch_id, leaf) is picked


def test_a_receipt_of_several_is_checked_by_its_siblings(
    model: Model, market: CheckedMarket
) -> None:
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    first, second = (market.receipt(number, ZERO_HASH, ZERO_HASH) for number in (1, 2))
    batch_id = market.settle(first, second)
    market.reveal(market.secret_that_picks(market.leaf(second)))

    assert model.verify("open_check", batch_id, second, (market.leaf(first),)).ok


# --- answering a check


def test_a_valid_proof_pays_the_validator_and_frees_the_batch(check: OpenCheck) -> None:
    check.accept()

    receipt = check.answer()

    digest = check.stand_in.circuit.key_digest
    verification = check.model.world.verification.address
    assert receipt == Receipt(
        events=(
            Log("halo2_verifier", VkaRegistered(verification, digest, digest)),
            Log("revenue", CheckerPaid(CHECKER, 0)),
            log(CheckPassed(check.check_id, SERVER, 0)),
        )
    )
    assert check.model.view("verification", "check_of", 1).closed is True
    batch = check.model.view("gateway", "batch_of", check.batch_id)
    assert (batch.open_checks, batch.held) == (0, PRICE)


def test_the_validator_is_paid_what_the_pool_has(check: OpenCheck) -> None:
    check.accept()
    second = check.market.receipt(2, check.stand_in.input_commitment, check.stand_in.output_hash)
    paying = check.market.settle(second)
    until = check.model.now + CHALLENGE_WINDOW
    deadline = check.deadline
    check.model.now = deadline
    assert check.answer().ok
    check.model.now = until + 1
    check.market.do("gateway", "release", (check.batch_id, paying), sender=INTRUDER)
    third = check.market.receipt(3, check.stand_in.input_commitment, check.stand_in.output_hash)
    check.batch_id = check.market.settle_and_pick(third)
    check.check_id = check.market.open_check(check.batch_id, third)
    pool = check.model.view("revenue", "pool")

    receipt = check.answer()

    reward = min(pool, BY_NAME["checkReward"].default)
    assert reward > 0
    assert receipt == Receipt(
        events=(
            Log("revenue", CheckerPaid(CHECKER, reward)),
            log(CheckPassed(2, SERVER, reward)),
        )
    )


def test_an_answer_is_in_time_until_the_deadline(check: OpenCheck) -> None:
    check.accept()
    deadline = check.deadline

    check.model.now = deadline + 1
    late = check.answer()
    check.model.now = deadline
    timely = check.answer()

    assert late.refusal == AnswerTooLate(1, deadline)
    assert timely.ok


def test_a_check_is_answered_once(check: OpenCheck) -> None:
    check.accept()
    check.answer()

    assert check.answer().refusal == CheckClosed(1)
    assert check.model.verify("expire_check", 1).refusal == CheckClosed(1)


@pytest.mark.parametrize("function", ["expire_check", "check_of"])
def test_an_unknown_check_is_named(check: OpenCheck, function: str) -> None:
    assert check.model.verify(function, 2).refusal == UnknownCheck(2)


def test_an_answer_to_an_unknown_check_is_refused(check: OpenCheck) -> None:
    check.check_id = 0

    assert check.answer().refusal == UnknownCheck(0)


@pytest.mark.parametrize(("input_mode", "needed"), [(INPUT_COMMITTED, 128), (INPUT_OPENED, 64)])
def test_a_proof_holds_its_commitments(
    open_check: Callable[[int], OpenCheck], input_mode: int, needed: int
) -> None:
    check = open_check(input_mode)
    shortest, too_short = check.stand_in.proof[:needed], check.stand_in.proof[: needed - 1]
    check.accept(proof=shortest)

    assert check.answer(proof=too_short).refusal == ProofTooShort(needed - 1)
    assert check.answer(proof=shortest).ok


@pytest.mark.parametrize("input_mode", [INPUT_COMMITTED, INPUT_OPENED])
def test_each_part_of_an_answer_is_bound(
    open_check: Callable[[int], OpenCheck], input_mode: int
) -> None:
    check = open_check(input_mode)
    stand_in, proof, instances = check.stand_in, check.stand_in.proof, check.stand_in.instances
    weights_at = 0 if input_mode else 64
    other_key = (*stand_in.vka, ZERO_HASH)
    more, fewer = (*instances, 0), instances[:-1]
    other_weights = proof[: weights_at + 63] + b"\0" + proof[weights_at + 64 :]
    other_output = (*instances[:-1], instances[-1] + 1)
    digest = keccak(b"".join(other_key))

    assert check.answer(vka=other_key).refusal == KeyMismatch(stand_in.circuit.key_digest, digest)
    assert check.answer(vka=()).refusal == KeyMismatch(stand_in.circuit.key_digest, keccak(b""))
    assert check.answer(instances=more).refusal == InstancesInvalid(len(more))
    assert check.answer(instances=fewer).refusal == InstancesInvalid(len(fewer))
    assert check.answer(proof=other_weights).refusal == WeightMismatch(1, 1)
    assert check.answer(instances=other_output).refusal == OutputMismatch(
        stand_in.output_hash, keccak(words(*other_output[-len(stand_in.outputs) :]))
    )
    assert check.answer().refusal == ProofRejected(1)


def test_another_committed_input_is_refused(check: OpenCheck) -> None:
    other = keccak(b"other x") + check.stand_in.proof[32:]

    refused = check.answer(proof=other)

    assert refused.refusal == InputMismatch(check.stand_in.input_commitment, keccak(other[:64]))


def test_another_opened_input_is_refused(open_check: Callable[[int], OpenCheck]) -> None:
    check = open_check(INPUT_OPENED)
    inputs = (check.stand_in.inputs[0] + 1, *check.stand_in.inputs[1:])

    refused = check.answer(instances=(*inputs, *check.stand_in.outputs))

    expected = check.stand_in.input_commitment
    assert refused.refusal == InputMismatch(expected, keccak(words(*inputs)))


def test_the_largest_instances_are_hashed_as_they_are(check: OpenCheck) -> None:
    largest = (2**256 - 1,) * len(check.stand_in.outputs)

    refused = check.answer(instances=largest)

    assert refused.refusal == OutputMismatch(
        check.stand_in.output_hash, keccak(b"\xff" * 32 * len(largest))
    )


# --- a check that nobody answered


def test_an_unanswered_check_slashes_and_refunds(check: OpenCheck) -> None:
    deadline = check.deadline
    check.model.now = deadline
    early = check.model.verify("expire_check", 1, sender=INTRUDER)
    check.model.now = deadline + 1

    receipt = check.model.verify("expire_check", 1, sender=INTRUDER)

    penalty = STAKE * BY_NAME["wrongOutputSlashBps"].default // 10_000
    rewarded = penalty // 2
    staking = check.model.deployment.addresses["staking"]
    slashed = Slashed(SERVER, 0, CHECKER, penalty, rewarded, penalty - rewarded)
    assert early.refusal == AnswerStillPossible(1, deadline)
    assert receipt == Receipt(
        events=(
            Log("staking", slashed),
            Log("settlement_token", Transfer(staking, ZERO_ADDRESS, penalty - rewarded)),
            Log("gateway", ReceiptRefunded(check.batch_id, check.market.session_id, PRICE)),
            log(CheckFailed(1, SERVER, penalty, PRICE)),
        )
    )
    assert check.model.view("gateway", "escrow_of", USER)[0] == PRICE
    assert check.model.view("gateway", "batch_of", check.batch_id).held == 0
    assert check.model.verify("expire_check", 1).refusal == CheckClosed(1)
    assert check.answer().refusal == CheckClosed(1)


def test_a_check_holds_its_batch_back_until_it_ends(check: OpenCheck) -> None:
    check.model.now = check.deadline + 1
    held = check.model.call("gateway", "release", (check.batch_id,), sender=INTRUDER)
    check.model.verify("expire_check", 1)
    freed = check.model.call("gateway", "release", (check.batch_id,), sender=INTRUDER)

    assert not held.ok
    assert freed.ok


# --- the verifier


def test_anyone_makes_a_key_known(model: Model) -> None:
    vka = (keccak(b"a"), keccak(b"b"))
    digest = keccak(b"".join(vka))

    receipt = model.call("halo2_verifier", "register_vka", vka, sender=INTRUDER)

    event = VkaRegistered(INTRUDER, digest, digest)
    assert receipt == Receipt(value=digest, events=(Log("halo2_verifier", event),))


def test_a_valid_proof_under_an_unknown_key_is_not_accepted(model: Model) -> None:
    vka = (keccak(b"a"),)
    model.valid.add((b"proof", (1,), vka))
    verifier: Halo2Verifier = model.world.halo2_verifier

    before = verifier.is_accepted(b"proof", (1,), vka)
    model.call("halo2_verifier", "register_vka", vka, sender=INTRUDER)

    assert before is False
    assert verifier.is_accepted(b"proof", (1,), vka) is True
    assert verifier.is_accepted(b"other", (1,), vka) is False


def test_structs_may_come_as_plain_tuples(model: Model, market: CheckedMarket) -> None:
    circuit = tuple(StandIn().circuit)

    assert model.verify("register_circuit", 1, 1, circuit, sender=CREATOR).ok
    assert isinstance(model.view("verification", "circuit_of", 1, 1), Circuit)
