"""The same attempts on our contracts, model and EVM in lockstep: what refuses them."""

from typing import Any

from protocol.access_terms import FREE, NO_CLAIM, NO_GRANTS
from protocol.deployment import Deployment
from protocol.hashing import keccak
from protocol.licences import ALL_CLASSES, DERIVATIVES_WITH_APPROVAL, Terms
from protocol.lineage import Parent
from protocol.money import BPS, WAD
from protocol.parameters import DAY
from protocol.pricing import Usage
from sim.lockstep import Lockstep
from tests.checked_market import CHECKER, CREATOR, SERVER, USER, CheckedMarket, StandIn
from tests.conftest import Machine
from tests.naive.recorder import Recorder
from tests.open_market import CALL_PRICE, ROOT, TARIFF, OpenMarket

MALLORY = "0x" + "e1" * 20
PRICE = 100 * WAD


class Ours:
    """Our contracts with one model on sale: alice's, served by server, called by bob."""

    def __init__(self, machine: Lockstep, deployment: Deployment, **tariff: int) -> None:
        self.market = OpenMarket(machine, deployment, tariff=TARIFF._replace(**tariff))
        roles = {
            "alice": self.market.creator.address,
            "server": self.market.host.address,
            "bob": self.market.user.address,
            "mallory": self.market.intruder.address,
        }
        contracts = {name.title().replace("_", ""): at for name, at in deployment.addresses.items()}
        self.trace = Recorder(machine, roles | contracts, self.market.now)
        self.call = self.trace.call

    @property
    def epoch(self) -> int:
        """The epoch now."""
        return self.trace.now // self.market.deployment.values["epochSeconds"]

    def in_days(self, days: int) -> int:
        """Return the time in so many days."""
        return self.trace.now + days * DAY

    def wait(self, seconds: int) -> None:
        """Let time pass for all who keep it."""
        self.trace.wait(seconds)
        self.market.wait(seconds)


def megapixels(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """Pricing counts millionths of a megapixel and rounds up."""
    ours = Ours(machine, deployment, per_call=0, per_megapixel=WAD // 100)
    sizes = (1_000_000, 999_000, 1_999_000, 1)
    return ours.trace, [
        ours.call("mallory", "Pricing", "quote", 1, Usage(1, 0, 0, size, 0)).value for size in sizes
    ]


def gate(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """A gate's calls are counted when they settle, and the count belongs to the token."""
    ours = Ours(machine, deployment)
    market = ours.market
    bob, mallory, registry = (ours.trace.address[x] for x in ("bob", "mallory", "ModelRegistry"))
    token = market.register("key", {bob: 10_000})
    ours.trace.quietly("alice", "ModelRegistry", "transferFrom", market.creator.address, bob, token)
    grants = NO_GRANTS._replace(
        is_closed=True, gate_discount_bps=FREE, collection=registry, gate_calls=2,
        first_token_id=token, last_token_id=token,
    )  # fmt: skip
    signed = market.session(maximum_total=CALL_PRICE)
    opened = ours.trace.quietly("server", "Gateway", "openSession", signed, market.sign(signed))
    ours.call("alice", "Access", "setGrants", 1, grants)
    found: list[Any] = []
    for caller in ("bob", "mallory"):
        who = ours.trace.address[caller]
        ours.call(caller, "Access", "present", 1, NO_CLAIM._replace(gate_token_id=token))
        found.append(ours.call(caller, "Access", "authorize", 1, 1, who, ours.epoch).value)
        if caller == "bob":
            for first, last in ((1, 2), (3, 3)):
                entry = market.entry(opened, first, last)
                settled = ours.call("server", "Gateway", "settle", 1, ROOT, (entry,))
                found.append(settled.refusal)
            ours.call("bob", "ModelRegistry", "transferFrom", bob, mallory, token)
    return ours.trace, found


def listing(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """A listing ends with its sale, with any other transfer, and with its last day."""
    ours = Ours(machine, deployment)
    alice, bob, market = (ours.trace.address[x] for x in ("alice", "bob", "Marketplace"))
    found: list[Any] = []

    def offer() -> None:
        ours.call("alice", "Marketplace", "list", 1, PRICE, BPS, ours.in_days(30))

    def attempt() -> None:
        found.append(ours.call("mallory", "Marketplace", "buy", 1, PRICE).refusal)

    for buyer in (ours.market.user, ours.market.intruder):
        ours.market.fund(buyer, "marketplace", PRICE)
    ours.call("alice", "ModelRegistry", "setApprovalForAll", market, True)
    offer()
    ours.call("bob", "Marketplace", "buy", 1, PRICE)
    ours.wait(400 * DAY)
    ours.call("bob", "ModelRegistry", "transferFrom", bob, alice, 1)
    attempt()
    offer()
    ours.call("alice", "ModelRegistry", "transferFrom", alice, bob, 1)
    attempt()
    ours.call("bob", "ModelRegistry", "transferFrom", bob, alice, 1)
    attempt()
    offer()
    ours.wait(31 * DAY)
    attempt()
    return ours.trace, found


def lease(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """A session is between a user and a host: nobody else ends it, and the rest comes back."""
    ours = Ours(machine, deployment)
    market = ours.market
    signed = market.session(maximum_total=30 * WAD)
    opened = ours.call("server", "Gateway", "openSession", signed, market.sign(signed)).value
    entry = market.entry(opened, 1, 10)
    ours.call("server", "Gateway", "settle", 1, ROOT, (entry,))
    found: list[Any] = [ours.call("mallory", "Gateway", "requestClose", opened).refusal]
    found.append(ours.call("mallory", "Gateway", "closeSession", opened).refusal)
    ours.call("bob", "Gateway", "requestClose", opened)
    ours.wait(7 * DAY)
    closed = ours.call("bob", "Gateway", "closeSession", opened)
    (event,) = market.events(closed)
    found.append(ours.trace.say("refunded to bob", event.refunded))
    return ours.trace, found


def refund(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """Coin is refused, a price is pulled and not sent, and it is what the tariff says."""
    ours = Ours(machine, deployment)
    market = ours.market
    coin = ours.call("bob", "Gateway", "deposit", WAD, value=5 * WAD)
    signed = market.session(maximum_price=50 * CALL_PRICE, maximum_total=50 * CALL_PRICE)
    opened = ours.call("server", "Gateway", "openSession", signed, market.sign(signed)).value
    settled = ours.call("server", "Gateway", "settle", 1, ROOT, (market.entry(opened),))
    price = market.events(settled)[0].price
    ours.trace.say("paid for one call", price)
    ours.call("alice", "ModelRegistry", "approve", ours.trace.address["Marketplace"], 1)
    ours.call("alice", "Marketplace", "list", 1, PRICE, BPS, ours.in_days(30))
    generous = ours.call("bob", "Marketplace", "buy", 1, 5 * PRICE)
    return ours.trace, [coin.refusal, price, generous.refusal]


def rewards(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """A reward is for a check that a beacon picked, once, of a validator with stake."""
    checked = CheckedMarket(Machine("lockstep", deployment, machine))
    checked.open()
    circuit = StandIn().circuit
    checked.do("verification", "register_circuit", 1, 1, circuit, sender=CREATOR)
    receipt = checked.receipt(1, keccak(b"input"), keccak(b"output"))
    batch = checked.settle_and_pick(receipt)
    roles = {"alice": CREATOR, "server": SERVER, "bob": USER, "checker": CHECKER}
    trace = Recorder(machine, {**roles, "mallory": MALLORY}, checked.machine.now)
    reward = deployment.values["checkReward"]
    return trace, [
        trace.call("mallory", "Revenue", "payChecker", MALLORY, reward).refusal,
        trace.call("mallory", "Verification", "openCheck", batch, receipt, ()).refusal,
        trace.call("checker", "Verification", "openCheck", batch, receipt, ()).refusal,
        trace.call("checker", "Verification", "openCheck", batch, receipt, ()).refusal,
    ]


def forks(machine: Lockstep, deployment: Deployment) -> tuple[Recorder, list[Any]]:
    """A licence sets the least royalty, an owner approves, and parents never change."""
    ours = Ours(machine, deployment)
    market = ours.market
    terms = Terms(True, DERIVATIVES_WITH_APPROVAL, 1_000, False, ALL_CLASSES, ALL_CLASSES)
    alice, bob = ours.trace.address["alice"], ours.trace.address["bob"]
    licensed = market.registration("licensed", {alice: 10_000}, terms)
    parent = ours.trace.quietly("alice", "ModelRegistry", "register", licensed)
    child = market.registration("child", {bob: 10_000})
    found: list[Any] = [
        ours.call("bob", "Lineage", "fork", Parent(parent, 1, 0), child).refusal,
        ours.call("mallory", "ModelRegistry", "register", licensed).refusal,
    ]
    forked = ours.call("bob", "Lineage", "fork", Parent(parent, 1, 1_000), child).value
    found.append(ours.call("bob", "Lineage", "isActive", forked).value)
    found.append(ours.call("mallory", "Lineage", "approveChild", forked).refusal)
    found.append(ours.call("alice", "Lineage", "approveChild", forked).refusal)
    found.append(ours.call("bob", "Lineage", "ancestorsOf", forked).value)
    return ours.trace, found
