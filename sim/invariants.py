"""
The protocol's invariants, judged after every tick on the model's whole state; numbers as in
docs/invariants.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from protocol.access_terms import Lock
from protocol.contract import Contract
from protocol.journal import Table
from protocol.key_releases_terms import OVER
from protocol.lineage import MAXIMUM_ANCESTORS, MAXIMUM_DEPTH, MOST_MERGED, Parent
from protocol.money import BPS, WAD
from protocol.parameters import BY_NAME
from protocol.revenue import Revenue
from protocol.royalties import ABSOLUTE, EDGE
from protocol.types import Address
from protocol.world import World
from sim.currency_book import STABLE
from sim.ledger import Ledger

Severity = Literal["critical", "error"]
State = Literal["held", "violated", "not_exercised"]


class Finding(NamedTuple):
    """What one invariant says of one tick."""

    state: State
    detail: str = ""


@dataclass(frozen=True)
class Invariant:
    """A rule about the whole state."""

    number: str
    name: str
    severity: Severity
    judge: Callable[[World, Ledger], Finding]
    contract: str


class Violation(NamedTuple):
    """
    An invariant that broke: when, how, and the calls that last touched the contract it is about.
    """

    invariant: Invariant
    tick: int
    call: int
    detail: str
    last_calls: tuple[tuple[int, str, str], ...]

    def text(self) -> str:
        """Return the amounts, and the calls that last touched the contract, in one line."""
        calls = ", ".join(f"{number:,} {name} ({who})" for number, name, who in self.last_calls)
        return f"{self.detail}; after call {self.call:,}; last calls that touched it: {calls}"


def judge_all(world: World, ledger: Ledger) -> list[tuple[Invariant, Finding]]:
    """Judge every invariant now."""
    return [(invariant, invariant.judge(world, ledger)) for invariant in INVARIANTS]


def violation(invariant: Invariant, finding: Finding, tick: int, ledger: Ledger) -> Violation:
    """Return a violation with the calls that may have caused it."""
    calls = tuple(ledger.recent[invariant.contract])
    return Violation(
        invariant, tick, calls[-1][0] if calls else ledger.number, finding.detail, calls
    )


def mnft(amount: int) -> str:
    """Return an amount exactly, in MNFT."""
    whole, rest = divmod(abs(amount), WAD)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}.{rest:018d} MNFT" if rest else f"{sign}{whole:,} MNFT"


def _table(contract: Contract, name: str) -> Table[Any, Any]:
    return dict(contract.tables())[name]


def _balance(world: World, contract: str) -> int:
    held: int = _table(world.settlement_token, "_balances").get(world.addresses[contract], 0)
    return held


def conservation(world: World, ledger: Ledger) -> Finding:
    """All balances sum to the supply, and the supply is what was minted less what was burned."""
    held = sum(_table(world.settlement_token, "_balances").values())
    supply = _table(world.settlement_token, "_total_supply")["value"]
    minted = world.deployment.values["initialSupply"]
    if held != supply:
        return Finding("violated", f"accounts hold {mnft(held)}, the supply is {mnft(supply)}")
    if supply != minted - ledger.total["burned"]:
        burned = mnft(ledger.total["burned"])
        return Finding("violated", f"{mnft(minted)} minted, {burned} burned, supply {mnft(supply)}")
    return Finding("held")


def solvency(world: World, ledger: Ledger) -> Finding:
    """
    Every contract that holds tokens holds exactly what it owes, and what was given to it unasked.
    """
    for contract, owed in (
        ("gateway", _gateway_owes(world, world.settlement_token.address)),
        ("revenue", _revenue_owes(world.revenue)),
        ("staking", _staking_owes(world)),
        ("marketplace", sum(_table(world.marketplace, "_owed").values())),
        ("credits", _prepaid_owes(world.credits)),
        ("subscriptions", _prepaid_owes(world.subscriptions)),
        ("access", sum(each.locked + each.leaving for each in _locks(world))),
        ("streams", _streams_owe(world)),
        ("payment_channels", _channels_hold(world, "settlement_token")),
        ("rights", _rights_owe(world, world.settlement_token.address)),
        ("key_releases", _key_releases_owe(world)),
    ):
        held = _balance(world, contract)
        surplus = held - owed
        given = ledger.donated[world.addresses[contract]]
        if surplus != given:
            short = f"off by {mnft(surplus - given)}"
            return Finding("violated", f"{contract} holds {mnft(held)}, owes {mnft(owed)}: {short}")
    channels = world.addresses["payment_channels"]
    # Of coin the model has no balances; tests on the engines compare them.
    for token in (world.stable_token, world.taxed_token):
        held, owed = _table(token, "_balances").get(channels, 0), _channels_hold(world, token.NAME)
        if held < owed:
            return Finding("violated", f"payment_channels holds {held}, owes {owed} {token.NAME}")
    return Finding("held")


def currencies(world: World, ledger: Ledger) -> Finding:
    """
    What was paid in a currency stays in it: Gateway, Revenue and Rights hold exactly what they owe
    in it, and by a book kept from events alone escrows and held batches are what was paid in less
    what was taken out and released, and what was released was credited.
    """
    book = ledger.currencies
    for token in (world.stable_token, world.taxed_token):
        name, address, balances = token.NAME, token.address, _table(token, "_balances")
        gateway = _gateway_owes(world, address)
        for contract, owed in (
            ("gateway", gateway),
            ("stable_revenue", _revenue_owes(world.stable_revenue) if name == STABLE else 0),
            ("rights", _rights_owe(world, address)),
        ):
            held = balances.get(world.addresses[contract], 0)
            given = book.donated[name, world.addresses[contract]]
            if held < owed or (name == STABLE and held != owed + given):
                return Finding("violated", f"{contract} holds {held}, owes {owed} {name}")
        flows = {each: book.total[name, each] for each in _FLOWS}
        left = flows["deposited"] - flows["withdrawn"] - flows["released"]
        if left != gateway:
            return Finding("violated", f"gateway owes {gateway}, {left} {name} were left in it")
        credited = sum(flows[each] for each in _CREDITED)
        if credited != flows["released"]:
            released = flows["released"]
            return Finding("violated", f"{released} {name} were released, {credited} credited")
    if not book.total[STABLE, "deposited"]:
        return Finding("not_exercised", "nobody paid another currency than MNFT into escrow")
    return Finding("held")


_CREDITED = ("protocol_fee", "host_fee", "data_pool", "accrued")
_FLOWS = ("deposited", "withdrawn", "released", *_CREDITED)


def _channels_hold(world: World, currency: str) -> int:
    held: int = _table(world.payment_channels, "_held").get(world.addresses[currency], 0)
    return held


def _rights_owe(world: World, currency: Address) -> int:
    rights = world.rights
    owed: int = sum(each for key, each in _table(rights, "_owed_in").items() if key[0] == currency)
    if currency == world.settlement_token.address:
        owed += sum(_table(rights, "_owed").values())
    remainders = _table(rights, "_remainders").items()
    waiting: int = sum(each for key, each in remainders if key[0] == currency)
    per_unit, settled = (_table(rights, name) for name in ("_per_unit", "_settled"))
    earned: int = sum(
        units
        * (per_unit.get((currency, right_id), 0) - settled.get((currency, right_id, holder), 0))
        for (holder, right_id), units in _table(rights, "_balances").items()
    )
    return owed + waiting + earned


def _gateway_owes(world: World, currency: Address) -> int:
    others = _table(world.gateway, "_escrows_in").items()
    escrows = [each for key, each in others if key[1] == currency]
    if currency == world.settlement_token.address:
        escrows = list(_table(world.gateway, "_escrows").values())
    batches, paid_in = (_table(world.gateway, name) for name in ("_batches", "_batches_in"))
    held: int = sum(batch.held for number, batch in batches.items() if paid_in[number] == currency)
    return sum(map(sum, escrows)) + held


def _revenue_owes(revenue: Revenue) -> int:
    accrued = sum(accrual[0] for accrual in _table(revenue, "_accruals").values())
    owed: int = sum(_table(revenue, "_owed").values())
    pool: int = _table(revenue, "_pool")["value"]
    return int(accrued) + owed + pool


def _staking_owes(world: World) -> int:
    positions = _table(world.staking, "_positions").values()
    staked = sum(position.bonded + position.unbonding for position in positions)
    rewards: int = sum(_table(world.staking, "_rewards").values())
    return int(staked) + rewards


def _prepaid_owes(contract: Contract) -> int:
    tokens = _table(contract, "_prepaid").values()
    return sum(prepaid.calls_left * prepaid.call_price for prepaid in tokens)


def _locks(world: World) -> list[Lock]:
    return list(_table(world.access, "_locks").values())


def access(world: World, ledger: Ledger) -> Finding:
    """
    Whoever paid nothing was granted every call; prepaid calls that are left are those sold less
    those used, lapsed and paid back; nothing is below zero.
    """
    finding = _no_fault("I-15", "granted_calls")(world, ledger)
    if finding.state == "violated":
        return finding
    collections = (world.credits, world.subscriptions)
    left = [each.calls_left for one in collections for each in _table(one, "_prepaid").values()]
    if sum(left) != ledger.access.calls_left:
        return Finding("violated", f"{sum(left)} calls left, expected {ledger.access.calls_left}")
    meters = _table(world.access, "_meters").values()
    counts = [count for meter in meters for count in meter]
    stakes = [amount for stake in _locks(world) for amount in stake]
    if min(left + counts + stakes, default=0) < 0:
        return Finding("violated", "credits, a gate or a stake is below zero")
    return Finding("held") if left else finding


def _key_releases_owe(world: World) -> int:
    requests = _table(world.key_releases, "_requests").values()
    return sum(request.fee for request in requests if request.status != OVER)


def _streams_owe(world: World) -> int:
    return sum(each.deposit - each.withdrawn for each in _table(world.streams, "_streams").values())


def streams(world: World, ledger: Ledger) -> Finding:
    """What streams took in is what they paid, gave back and still hold; none paid too much."""
    if not ledger.total["streamed_in"]:
        return Finding("not_exercised", "nobody was paid by a stream")
    for stream_id, stream in _table(world.streams, "_streams").items():
        if stream.withdrawn > stream.deposit:
            paid = f"paid {mnft(stream.withdrawn)} of {mnft(stream.deposit)}"
            return Finding("violated", f"stream {stream_id} {paid}")
    left = (
        ledger.total["streamed_in"] - ledger.total["streamed_out"] - ledger.total["streamed_back"]
    )
    if left != _streams_owe(world):
        held = mnft(_streams_owe(world))
        return Finding("violated", f"{mnft(left)} should be left in streams, there is {held}")
    return Finding("held")


def channels(world: World, ledger: Ledger) -> Finding:
    """
    Every open channel holds what its events say, a closed one nothing, and everybody is owed what
    was claimed or returned and not yet paid.
    """
    book = ledger.channels
    if not book.opened:
        return Finding("not_exercised", "nobody opened a payment channel")
    for channel_id, channel in _table(world.payment_channels, "_channels").items():
        held, expected = channel.deposit - channel.claimed, book.left[channel_id]
        if held != expected or expected < 0:
            name = channel_id.hex()[:8]
            return Finding("violated", f"channel {name} holds {held}, expected {expected}")
    for key, owed in _table(world.payment_channels, "_owed").items():
        if owed != book.owed[key] or owed < 0:
            return Finding("violated", f"{key[1]} is owed {owed}, expected {book.owed[key]}")
    return Finding("held")


def splits(world: World, ledger: Ledger) -> Finding:
    """
    Payments are split without loss: what was released was credited, what was accrued is paid on
    or still there.
    """
    del world
    if not ledger.total["released"]:
        return Finding("not_exercised", "nothing was released to Revenue")
    names = ("protocol_fee", "verification_pool", "host_fee", "data_pool", "accrued")
    credited = sum(ledger.total[name] for name in names)
    if credited != ledger.total["released"]:
        return Finding(
            "violated", f"{mnft(ledger.total['released'])} released, {mnft(credited)} credited"
        )
    return Finding("held")


def lineage(world: World, ledger: Ledger) -> Finding:
    """
    Parents are older than their children, none twice; depth, parents, ancestors and royalties
    keep their limits; no path pays a model twice for one amount.
    """
    finding = _no_fault("I-04", "births")(world, ledger)
    if finding.state != "held":
        return finding
    problem = next(_misborn(world), None) or next(_overpaid(world, ledger), None)
    return Finding("violated", problem) if problem else finding


def _misborn(world: World) -> Iterator[str]:
    depths, ancestors = (_table(world.lineage, name) for name in ("_depths", "_ancestors"))
    most, rule = BY_NAME["maximumRoyaltySumBps"].upper, world.deployment.values["royaltyRule"]
    for child, parents in _table(world.lineage, "_parents").items():
        named = [parent.model_id for parent in parents]
        if max(named) >= child:
            yield f"model {child} has the younger parent {max(named)}"
        if len(set(named)) < len(named) or len(named) > MOST_MERGED:
            yield f"model {child} has the parents {named}"
        if sum(parent.royalty_bps for parent in parents) > most:
            yield f"model {child} owes its parents more than {most} bps"
        depth = 1 + max(depths.get(each, 0) for each in named)
        if depths[child] != depth or depth > MAXIMUM_DEPTH:
            yield f"model {child} has depth {depths[child]}"
        expected = _all_above(parents, ancestors)
        if [each for each, _ in ancestors[child]] != expected or len(expected) > MAXIMUM_ANCESTORS:
            yield f"model {child} descends from {expected}, and says {ancestors[child]}"
        if rule == ABSOLUTE and sum(share for _, share in ancestors[child]) > BPS:
            yield f"model {child} owes its ancestors more than all"


def _all_above(parents: tuple[Parent, ...], ancestors: Table[Any, Any]) -> list[int]:
    found = {parent.model_id for parent in parents}
    for parent in parents:
        found.update(each for each, _ in ancestors.get(parent.model_id, ()))
    return sorted(found, reverse=True)


def _overpaid(world: World, ledger: Ledger) -> Iterator[str]:
    # Edge by edge a royalty that was received is revenue; under the other rules it is not.
    is_edge = world.deployment.values["royaltyRule"] == EDGE
    for model, paid in ledger.royalties_paid.items():
        received = ledger.royalties_received[model] if is_edge else 0
        if paid > ledger.model_accrued[model] + received:
            yield f"model {model} paid {mnft(paid)} of royalties, more than it may owe any on"


def _no_fault(number: str, exercised: str) -> Callable[[World, Ledger], Finding]:
    def judge(world: World, ledger: Ledger) -> Finding:
        del world
        found = [fault for fault in ledger.faults if fault.startswith(number)]
        if found:
            return Finding("violated", found[0].removeprefix(f"{number} "))
        if not ledger.total[exercised]:
            return Finding("not_exercised", f"no {exercised.replace('_', ' ')}")
        return Finding("held")

    return judge


def authorisation(world: World, ledger: Ledger) -> Finding:
    """Whatever settled was opened by its user's signature, and no escrow is below zero."""
    finding = _no_fault("I-06", "receipts_settled")(world, ledger)
    if finding.state == "held":
        escrows = {**_table(world.gateway, "_escrows"), **_table(world.gateway, "_escrows_in")}
        for user, (available, locked) in escrows.items():
            if available < 0 or locked < 0:
                return Finding("violated", f"{user} has {available} available and {locked} locked")
    return finding


def stake(world: World, ledger: Ledger) -> Finding:
    """Bonded and unbonding stake sum to the total, none is below zero, and slashes add up."""
    finding = _no_fault("I-07", "slashes")(world, ledger)
    if finding.state == "violated":
        return finding
    positions = list(_table(world.staking, "_positions").values())
    if any(position.bonded < 0 or position.unbonding < 0 for position in positions):
        return Finding("violated", "a position is below zero")
    held = sum(position.bonded + position.unbonding for position in positions)
    total = _table(world.staking, "_total_staked")["value"]
    if held != total:
        return Finding("violated", f"positions hold {mnft(held)}, the total says {mnft(total)}")
    return Finding("held") if positions else Finding("not_exercised", "nobody staked")


def held_back(world: World, ledger: Ledger) -> Finding:
    """What a batch holds back is what it settled less its refunds, and is released once."""
    finding = _no_fault("I-09", "calls_settled")(world, ledger)
    if finding.state != "held":
        return finding
    batches = _table(world.gateway, "_batches")
    for batch_id, money in ledger.batches.items():
        batch = batches[batch_id]
        expected = money.settled - money.refunded
        if batch.held != expected:
            return Finding(
                "violated", f"batch {batch_id} holds {mnft(batch.held)}, expected {mnft(expected)}"
            )
    return finding


def policies(world: World, ledger: Ledger) -> Finding:
    """What settled under a policy kept it, by the ledger's own book of policies."""
    broken = ledger.policies.judge(world.deployment.values["epochSeconds"])
    if broken:
        return Finding("violated", broken[0])
    if not ledger.policies.total["policed_calls"]:
        return Finding("not_exercised", "no calls settled under a policy")
    return Finding("held")


def rights(world: World, ledger: Ledger) -> Finding:
    """Units of rights are those issued less those used up, within the terms, and somebody's."""
    if not ledger.total["right_units_issued"]:
        return Finding("not_exercised", "nobody issued a right")
    supplies, balances = (_table(world.rights, name) for name in ("_supplies", "_balances"))
    problem = ledger.rights.judge(supplies, balances)
    return Finding("violated", problem) if problem else Finding("held")


INVARIANTS = (
    Invariant("1", "value is conserved", "critical", conservation, "settlement_token"),
    Invariant("2", "contracts are solvent", "critical", solvency, "revenue"),
    Invariant("3", "splits lose nothing", "critical", splits, "revenue"),
    Invariant("4", "lineage is acyclic and within its limits", "error", lineage, "lineage"),
    Invariant(
        "5",
        "a receipt settles at most once",
        "critical",
        _no_fault("I-05", "receipts_settled"),
        "gateway",
    ),
    Invariant("6", "nothing settles without authorisation", "critical", authorisation, "gateway"),
    Invariant("7", "stake is bonded or unbonding, slashes add up", "critical", stake, "staking"),
    Invariant("9", "held-back amounts move exactly once", "critical", held_back, "gateway"),
    Invariant(
        "13",
        "a sale pays no more than its price and its royalty",
        "critical",
        _no_fault("I-13", "resales"),
        "marketplace",
    ),
    Invariant("14", "a stream pays what it took in, once", "critical", streams, "streams"),
    Invariant(
        "18", "a channel pays what it took in, once", "critical", channels, "payment_channels"
    ),
    Invariant("15", "nobody calls for free without a right", "critical", access, "access"),
    Invariant("16", "no settled call breaks its policy", "critical", policies, "policies"),
    Invariant("17", "rights are as many as were issued", "critical", rights, "rights"),
    Invariant("19", "what is paid in a currency stays in it", "critical", currencies, "gateway"),
)
"""
Those that look at the state; 11 (model and chain agree) and 12 (determinism) are judged by the
run itself.
"""
