"""Licences, registry, lineage and pricing in lockstep, under calls that nobody chose."""

import numpy as np
import pytest

from protocol.licences import ALL_CLASSES, Terms
from protocol.lineage import Parent
from protocol.model_registry_terms import Registration
from protocol.money import WAD
from protocol.parameters import DAY
from protocol.pricing import Tariff, Usage
from protocol.types import ZERO_ADDRESS, Address
from sim.lockstep import Lockstep
from sim.streams import stream

OWNERS = tuple(Address("0x" + f"{number:02x}" * 20) for number in (0xC1, 0xC2, 0xC3))
LARGEST = 2**256 - 1
PRICES = (0, 1, WAD // 7, WAD, 2**128 - 1)
COUNTS = (0, 1, 3, 1_000, 2**64 - 1)


class Walk:
    """Random calls: mostly sensible, so that many are carried out, at times extreme."""

    def __init__(self, machine, rng: np.random.Generator, meters) -> None:
        self.machine = machine
        self.world = machine.executor.world
        self.rng = rng
        self.meters = meters
        self.carried_out: dict[str, int] = {}
        self.refusals: set[str] = set()

    def one(self, choices):
        return choices[int(self.rng.integers(len(choices)))]

    def mostly(self, usual, strange):
        return self.one(usual if self.rng.random() < 0.95 else strange)

    def model(self):
        return self.mostly(range(1, len(self.world.model_registry._contributors) + 1), (0, LARGEST))

    def owner_of(self, model_id):
        owner = self.world.model_registry._owners.get(model_id, ZERO_ADDRESS)
        return self.mostly((owner,), OWNERS) if owner in OWNERS else self.one(OWNERS)

    def version(self):
        return self.mostly((1, 1, 1, 2), (0, 3, 2**32 - 1))

    def licence(self):
        return self.mostly((1, 1, 2, 2, 3), (0, LARGEST))

    def weights(self):
        return self.rng.integers(256, size=2, dtype=np.uint8).tobytes() * 16

    def account(self):
        return self.mostly(OWNERS, (ZERO_ADDRESS, self.machine.addresses["timelock"]))

    def bps(self):
        return self.mostly((300, 500, 500, 5_000), (0, 5_001, 10_000, 10_001, 65_535))

    def terms(self):
        classes = self.one((0, 1, 1 << 255, ALL_CLASSES))
        derivatives = self.mostly((1, 2), (0, 3, 255))
        return Terms(self.rng.random() < 0.5, derivatives, self.bps(), False, classes, classes)

    def registration(self):
        contributors = self.mostly(
            (OWNERS,), (OWNERS[:1] * 3, (*OWNERS[:2], ZERO_ADDRESS), OWNERS[:2], ())
        )
        return Registration(
            metadata_uri=self.one(("", "a" * 31, "é" * 40)),
            weights_hash=self.weights(),
            storage_uri=self.one(("", "b" * 32)),
            architecture=self.one(("mlp", "c" * 33)),
            parameter_count=self.one(COUNTS),
            licence_id=self.licence(),
            resale_royalty_bps=self.mostly((0, 1_000), (1_001,)),
            contributors=contributors,
            shares_bps=self.mostly(((9_000, 999, 1),), ((10_000, 0, 0), (1, 1, 1))),
        )

    def tariff(self):
        bands = ((1, 2**128 - 1), (WAD // 2, 2 * WAD), (WAD, WAD))
        floor_level, cap_level = self.mostly(bands, ((0, WAD), (1, WAD - 1)))
        host_fee_bps, data_pool_bps = self.mostly(
            ((0, 0), (6_000, 3_000)), ((6_001, 0), (0, 3_001))
        )
        return Tariff(
            self.rng.random() < 0.8,
            *(self.one(PRICES) for _ in range(5)),
            floor_level=floor_level,
            cap_level=cap_level,
            capacity=self.mostly((2, 3, 1_000, 2**64 - 1), (1,)),
            host_fee_bps=host_fee_bps,
            data_pool_bps=data_pool_bps,
        )

    def usage(self):
        return Usage(*(self.one(COUNTS) for _ in range(5)))

    def call(self, contract, function, *arguments, sender):
        receipt = self.machine.call(contract, function, *arguments, sender=sender)
        if receipt.ok:
            self.carried_out[function] = self.carried_out.get(function, 0) + 1
        else:
            self.refusals.add(type(receipt.refusal).__name__)

    def start(self):
        for derivatives in (2, 1, 0):
            terms = Terms(True, derivatives, 300, False, ALL_CLASSES, ALL_CLASSES)
            self.call("licences", "create", terms, sender=OWNERS[0])
        for owner in OWNERS:
            self.call("model_registry", "register", self.registration(), sender=owner)

    def step(self):
        steps = (self.publish, self.fork, self.trade, self.price, self.price, self.look)
        self.one(steps)(self.model())

    def publish(self, model_id):
        version = (self.version(), self.weights(), "u", "a", self.one(COUNTS), self.licence())
        owner = self.owner_of(model_id)
        contract = "model_registry"
        match self.rng.integers(6):
            case 0:
                self.call("licences", "create", self.terms(), sender=owner)
            case 1:
                self.call(contract, "register", self.registration(), sender=owner)
            case 2:
                self.call(contract, "register_for", owner, self.registration(), sender=owner)
            case 3:
                self.call(contract, "deprecate_version", model_id, self.version(), sender=owner)
            case _:
                self.call(contract, "publish_version", model_id, *version, sender=owner)

    def fork(self, model_id):
        if self.rng.random() < 0.3:
            awaiting = self.world.lineage._awaiting.get(model_id, ()) or (model_id,)
            sender = self.owner_of(self.one(awaiting))
            self.call("lineage", "approve_child", model_id, sender=sender)
            return
        if self.rng.random() < 0.5:
            self.merge(model_id)
            return
        parent = Parent(model_id, self.version(), self.bps())
        self.call("lineage", "fork", parent, self.registration(), sender=self.one(OWNERS))

    def merge(self, model_id):
        others = [self.model() for _ in range(self.mostly((1, 1, 2), (0, 7, 8)))]
        royalty_bps = self.mostly((300, 500), (0, 5_000, 10_000))
        latest = self.world.model_registry._latest_versions
        parents = tuple(
            Parent(each, latest.get(each, 1), royalty_bps) for each in (model_id, *others)
        )
        # The third licence forbids derivatives: it allows no more than any other.
        model = self.registration()._replace(licence_id=self.mostly((3,), (1, 2)))
        self.call("lineage", "merge", parents, model, sender=self.one(OWNERS))

    def trade(self, model_id):
        owner = self.owner_of(model_id)
        contract = "model_registry"
        match self.rng.integers(3):
            case 0:
                self.call(contract, "approve", self.account(), model_id, sender=owner)
            case 1:
                arguments = (self.account(), self.rng.random() < 0.5)
                self.call(contract, "set_approval_for_all", *arguments, sender=owner)
            case _:
                arguments = (owner, self.account(), model_id)
                sender = self.mostly((owner,), OWNERS)
                self.call(contract, "transfer_from", *arguments, sender=sender)

    def price(self, model_id):
        owner = self.owner_of(model_id)
        match self.rng.integers(4):
            case 0:
                self.call("pricing", "set_tariff", model_id, self.tariff(), sender=owner)
            case 1:
                self.call("pricing", "poke", model_id, sender=owner)
            case _:
                meter = self.mostly(self.meters, OWNERS)
                calls = self.one(COUNTS)
                self.call("pricing", "record_usage", model_id, calls, sender=meter)

    def look(self, model_id):
        now = self.machine.now // DAY
        epoch = self.mostly((now, now - 1, now - 5), (now + 1, 0, 2**64 - 1))
        self.call("pricing", "quote", model_id, self.usage(), sender=OWNERS[0])
        self.call("pricing", "quote_at", model_id, self.usage(), epoch, sender=OWNERS[0])


@pytest.mark.parametrize("machine", ["model"], indirect=True)
@pytest.mark.parametrize("seed", range(2))
def test_model_and_revm_agree_on_every_call_and_view_of_a_random_walk(
    machine, world, deployed, seed
):
    machine.executor = Lockstep(world, deployed("revm"))
    walk = Walk(machine, stream(seed, "models walk"), OWNERS)
    walk.start()
    for tick in range(40):
        for _ in range(20):
            walk.step()
        machine.executor.end_tick(machine.now, full=tick % 10 == 9)
        machine.wait(walk.one((1, DAY // 2, DAY, DAY, 3 * DAY)))

    assert set(walk.carried_out) == {
        "approve",
        "approve_child",
        "create",
        "deprecate_version",
        "fork",
        "merge",
        "poke",
        "publish_version",
        "quote",
        "quote_at",
        "register",
        "set_approval_for_all",
        "set_tariff",
        "transfer_from",
    }
    assert sum(walk.carried_out.values()) > 300
    assert len(walk.refusals) > 20


def test_model_and_chain_agree_on_levels_that_usage_moves(lockstep):
    # py-evm lets the gateway's address send a transaction, so use needs no session here.
    walk = Walk(lockstep, stream(0, "levels walk"), (lockstep.addresses["gateway"],))
    walk.start()
    for _ in range(10):
        for _ in range(8):
            model_id = walk.model()
            walk.price(model_id)
            walk.look(model_id)
        lockstep.executor.end_tick(lockstep.now)
        lockstep.wait(walk.one((DAY // 2, DAY, DAY, 3 * DAY)))

    assert walk.carried_out["record_usage"] > 20
    assert walk.carried_out["set_tariff"] > 10
