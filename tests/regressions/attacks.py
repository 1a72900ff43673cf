"""
The attacks whose shrunk traces are the corpus: each is played on the model, and recorded.

`make corpus` writes them anew; `tests/regressions/test_cases.py` holds that they are these.
"""

from collections.abc import Callable
from dataclasses import dataclass

from protocol.deployment import Deployment
from protocol.gateway_errors import ReceiptReplayed, WrongSigner
from protocol.money import WAD
from protocol.parameters import BY_NAME, DAY, resolve
from protocol.sessions import session_id_of
from protocol.staking import HOST
from protocol.types import ZERO_ADDRESS, ZERO_HASH
from protocol.world import World
from sim.claims import Claim
from sim.lockstep import ModelOnly
from sim.rulebook.record import Record
from sim.shrinking.predicates import Every, Predicate, Reached, Refused
from sim.workload.receipts import MerkleTree
from tests.checked_market import CHECKER, CREATOR, SERVER, STAKE, USER, CheckedMarket, StandIn
from tests.conftest import GENESIS, Machine
from tests.open_market import CALL_PRICE, DEPOSIT, OpenMarket, role

ANSWER_WINDOW = BY_NAME["answerWindowSeconds"].default
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NAMES = {
    **{role(name).address: name for name in ("creator", "host", "validator", "user", "intruder")},
    CREATOR: "creator",
    SERVER: "host",
    CHECKER: "validator",
    USER: "user",
}


class Recorder(ModelOnly):
    """The model, and the calls that were made."""

    def __init__(self) -> None:
        deployment = Deployment(values=resolve({}), genesis_timestamp=GENESIS)
        super().__init__(World(deployment, lambda *_: False))
        self.calls = []

    def execute(self, call):
        self.calls.append(call)
        return super().execute(call)

    def record(self) -> Record:
        """Return what was called; no proof was accepted."""
        return Record(self.world.deployment, self.calls, frozenset())


def double_settlement(machine: Recorder) -> Predicate:
    """
    A host hands in the same three receipts twice, hoping to be paid twice for one piece of work.
    The Gateway keeps the last sequence that each session settled, and ReceiptReplayed stops it.
    """
    market = OpenMarket(machine, machine.world.deployment)
    entry = market.entry(market.open(), 1, 3)
    market.settle(entry)
    refusal = market.refused_settle(entry)
    assert isinstance(refusal, ReceiptReplayed)
    market.settle(market.entry(entry.session_id, 4, 5))
    return Refused("gateway.settle", "ReceiptReplayed", refusal.arguments())


def reopened_session(machine: Recorder) -> Predicate:
    """
    A host closes a session that it has settled, and opens it again from the same signature: its
    count of receipts would start anew, and all of them could be settled once more. A session's id
    stays known after it is closed, and SessionKnown stops it.
    """
    market = OpenMarket(machine, machine.world.deployment)
    session = market.session()
    opened = market.open(session)
    market.settle(market.entry(opened, 1, 3))
    market.must("gateway", "close_session", opened, sender=market.host)
    again = ("gateway", "open_session", session, market.sign(session))
    assert not market.call(*again, sender=market.host).ok
    closed = Refused("gateway.close_session", "SessionClosed", (opened,))
    assert not market.call("gateway", "close_session", opened, sender=market.host).ok
    known = Refused("gateway.open_session", "SessionKnown", (session_id_of(session),))
    return Every((Reached(Claim("calls_settled", "at_end", ">=", 3)), closed, known))


def batch_named_twice(machine: Recorder) -> Predicate:
    """
    Somebody names one batch twice in a single release, to have its money moved to Revenue twice,
    out of what other users have in escrow. A batch is marked as released before the next one is
    looked at, and BatchReleased stops the whole call.
    """
    market = OpenMarket(machine, machine.world.deployment)
    opened = market.open()
    first = market.settle(market.entry(opened, 1, 1))
    market.settle(market.entry(opened, 2, 2))
    market.wait_for_release()
    assert not market.call("gateway", "release", (first, first), sender=market.intruder).ok
    return Refused("gateway.release", "BatchReleased", (first,))


def forged_session(machine: Recorder) -> Predicate:
    """
    An intruder signs a session in a user's name, to spend what that user has deposited. The
    signature is recovered over the session's EIP-712 digest, and WrongSigner names who really
    signed.
    """
    market = OpenMarket(machine, machine.world.deployment)
    session = market.session()
    forged = market.sign(session, market.intruder)
    refusal = market.refusal("gateway", "open_session", session, forged, sender=market.intruder)
    assert refusal == WrongSigner(market.user.address, market.intruder.address)
    return Refused("gateway.open_session", "WrongSigner", refusal.arguments())


def raised_price(machine: Recorder) -> Predicate:
    """
    A host takes the session that a user signed and raises the price per call tenfold. The digest
    covers every field, so the signature then belongs to an address that nobody has, and
    WrongSigner stops it.
    """
    market = OpenMarket(machine, machine.world.deployment)
    session = market.session()
    raised = session._replace(maximum_price=10 * session.maximum_price)
    call = ("gateway", "open_session", raised, market.sign(session))
    refusal = market.refusal(*call, sender=market.host)
    assert isinstance(refusal, WrongSigner)
    return Refused("gateway.open_session", "WrongSigner", refusal.arguments())


def mirrored_signature(machine: Recorder) -> Predicate:
    """
    From one signature anybody can compute another that the curve accepts too: s mirrored at the
    curve's order, v flipped. Only the lower half of s counts, on the model and in OpenZeppelin's
    ECDSA alike, so the mirrored one is nobody's and WrongSigner names the zero address.
    """
    market = OpenMarket(machine, machine.world.deployment)
    session = market.session()
    signature = market.sign(session)
    mirrored = (CURVE_ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    malleable = signature[:32] + mirrored + bytes([55 - signature[64]])
    refusal = market.refusal("gateway", "open_session", session, malleable, sender=market.host)
    assert refusal == WrongSigner(market.user.address, ZERO_ADDRESS)
    return Refused("gateway.open_session", "WrongSigner", refusal.arguments())


def locked_escrow(machine: Recorder) -> Predicate:
    """
    A user opens a session, lets the host serve, and tries to withdraw the whole deposit before
    the host settles. What a session may cost is locked when it is opened, and InsufficientEscrow
    stops it.
    """
    market = OpenMarket(machine, machine.world.deployment)
    market.open()
    refusal = market.refusal("gateway", "withdraw", DEPOSIT, sender=market.user)
    assert refusal is not None
    return Refused("gateway.withdraw", "InsufficientEscrow", refusal.arguments())


def forced_close(machine: Recorder) -> Predicate:
    """
    A user gives notice and closes the session at once, so that the host could no longer settle
    what it has served. A close against the host's will takes a delay, CloseTooEarly stops it, and
    the receipts settle in between.
    """
    market = OpenMarket(machine, machine.world.deployment)
    opened = market.open()
    market.must("gateway", "request_close", opened, sender=market.user)
    market.wait(DAY)
    refusal = market.refusal("gateway", "close_session", opened, sender=market.user)
    assert refusal is not None
    market.settle(market.entry(opened, 1, 5))
    early = Refused("gateway.close_session", "CloseTooEarly", refusal.arguments())
    return Every((early, Reached(Claim("calls_settled", "at_end", ">=", 5))))


def overdrawn_session(machine: Recorder) -> Predicate:
    """
    A host settles more calls than the session's maximum pays for, and would take the rest out of
    the user's other escrow. SessionMaximumExceeded stops it, whatever else the user has deposited.
    """
    market = OpenMarket(machine, machine.world.deployment)
    opened = market.open(market.session(maximum_total=CALL_PRICE, maximum_price=WAD))
    market.settle(market.entry(opened))
    refusal = market.refused_settle(market.entry(opened, 2, 2))
    assert refusal is not None
    return Refused("gateway.settle", "SessionMaximumExceeded", refusal.arguments())


def checked(machine: Recorder) -> CheckedMarket:
    """Return a market with a circuit, so that receipts can be checked."""
    market = CheckedMarket(Machine("recorder", machine.world.deployment, machine))
    market.open()
    market.do("verification", "register_circuit", 1, 1, StandIn().circuit, sender=CREATOR)
    return market


def escaping_a_slash(machine: Recorder) -> Predicate:
    """
    A host that cheated asks for its stake back as soon as its receipt is checked, and tries to be
    gone before the check fails. Unbonding takes longer than a check can, StillUnbonding stops the
    withdrawal, and the slash reaches stake that is on its way out.
    """
    market = checked(machine)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    market.do("staking", "unbond", HOST, STAKE, sender=SERVER)
    market.machine.now += ANSWER_WINDOW + 1
    refusal = market.machine.call("staking", "withdraw", HOST, sender=SERVER).refusal
    assert refusal is not None
    market.do("verification", "expire_check", check_id, sender=CHECKER)
    fled = Refused("staking.withdraw", "StillUnbonding", refusal.arguments())
    return Every((fled, Reached(Claim("slashed_amount", "at_end", ">", 0))))


def impossible_time(machine: Recorder) -> Predicate:
    """
    A host signs a receipt that was served at second 0, hoping that no price can be found for that
    time and the check comes to nothing. What a receipt refunds is its session's mean price,
    whatever the receipt says of itself: the check expires, the host is slashed, and the user is
    refunded.
    """
    market = checked(machine)
    receipt = market.receipt(1, ZERO_HASH, ZERO_HASH)._replace(served_at=0)
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    market.machine.now += ANSWER_WINDOW + 1
    market.do("verification", "expire_check", check_id, sender=CHECKER)
    return Reached(Claim("checks_failed", "at_end", ">=", 1))


def planted_receipt(machine: Recorder) -> Predicate:
    """
    A host hides a leaf of its own making in the tree of a batch: a receipt of a sequence that was
    never settled, to have a check of it drain what the batch holds. A receipt counts only within
    what its session settled in that batch, and ReceiptNotInBatch stops it.
    """
    market = checked(machine)
    honest = market.receipt(1, ZERO_HASH, ZERO_HASH)
    planted = honest._replace(sequence=2)
    tree = MerkleTree([market.leaf(honest), market.leaf(planted)])
    batch_id = market.settle_root(tree.root)
    market.reveal(market.secret_that_picks(market.leaf(planted)))
    call = ("verification", "open_check", batch_id, planted, tree.proof(1))
    refusal = market.machine.call(*call, sender=CHECKER).refusal
    assert refusal is not None
    return Refused("verification.open_check", "ReceiptNotInBatch", refusal.arguments())


def foreign_model(machine: Recorder) -> Predicate:
    """
    A host answers a check with a proof of a cheaper model of the same shape. With committed
    weights the verifying key accepts it: the key knows the circuit, not the weights. The contract
    compares the proof's weight commitment with the version's own, and WeightMismatch stops it.
    """
    market = checked(machine)
    ours = StandIn()
    receipt = market.receipt(1, ours.input_commitment, ours.output_hash)
    check_id = market.open_check(market.settle_and_pick(receipt), receipt)
    foreign = ours.input_point + bytes(64) + ours.proof[128:]
    call = ("verification", "answer_check", check_id, foreign, ours.instances, ours.vka)
    refusal = market.machine.call(*call, sender=SERVER).refusal
    assert refusal is not None
    return Refused("verification.answer_check", "WeightMismatch", refusal.arguments())


@dataclass(frozen=True)
class Attack:
    """A case of the corpus: its name, its story, and who plays it."""

    name: str
    told: str
    play: Callable[[Recorder], Predicate]


PLAYS = (
    double_settlement,
    reopened_session,
    batch_named_twice,
    forged_session,
    raised_price,
    mirrored_signature,
    locked_escrow,
    forced_close,
    overdrawn_session,
    escaping_a_slash,
    impossible_time,
    planted_receipt,
    foreign_model,
)
ATTACKS = tuple(
    Attack(play.__name__.replace("_", "-"), " ".join((play.__doc__ or "").split()), play)
    for play in PLAYS
)
