"""
A model with a moving price, and people with uniform valuations who call it where it is worth it.

The economy of T1 (`tests/vectors/theory.json`): valuations are uniform on [m, m + w], and who
values a call at the price or more makes one per epoch. `load` is the number of people over the
target, so b* = F^-1(1 - 1 / load) is the price at which the target is met.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.money import BPS, WAD
from protocol.pricing import Tariff, Usage
from protocol.types import Address, Call
from sim.streams import stream

OWNER = Address("0x" + "c1" * 20)
MODEL = 1
UNIT = 10**12
"""Base units per unit of T1's valuations: what rounding costs a price is nothing beside it."""
ONE_CALL = Usage(1, 0, 0, 0, 0)


class Uniform(NamedTuple):
    """T1's parameters: least valuation m, width w, people over the target, largest step d."""

    m: float
    w: float
    load: float
    d: float

    @property
    def fixed_point(self) -> float:
        """b* = F^-1(1 - 1 / load)."""
        return self.m + self.w * (1 - 1 / self.load)

    @property
    def steepness(self) -> float:
        """d load f(b*) b*: the price's slope at b* is 1 less this, so it is stable below 2."""
        return self.d * self.load / self.w * self.fixed_point

    @property
    def step_bps(self) -> int:
        """The governed price step."""
        return round(self.d * BPS)

    def people(self, target: int) -> list[int]:
        """Return everybody's valuation in base units, evenly spread, the least first."""
        count = round(self.load * target)
        return [round(UNIT * (self.m + self.w * (n + 0.5) / count)) for n in range(count)]

    def drawn(self, target: int, seed: int) -> list[int]:
        """Return the valuations of people who were drawn, the least first."""
        draws = stream(seed, "valuations").random(round(self.load * target))
        return sorted(round(UNIT * (self.m + self.w * each)) for each in draws.tolist())


def demand(people: Sequence[int], price: int) -> int:
    """Return how many value a call at its price or more."""
    return len(people) - bisect_left(people, price)


class PricedModel:
    """A model on sale with a dynamic tariff, on any machine that executes calls."""

    def __init__(
        self, machine: Any, deployment: Deployment, price: float, capacity: int, band: int = 1_000
    ) -> None:
        self._machine = machine
        self._gateway = deployment.addresses["gateway"]
        self._epoch_seconds = deployment.values["epochSeconds"]
        self.now = deployment.genesis_timestamp
        terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
        self._must("licences", "create", terms)
        model = Registration("m", b"\x01" * 32, "u", "a", 1, 1, 0, (OWNER,), (BPS,))
        self._must("model_registry", "register", model)
        self.tariff = Tariff(
            dynamic=True,
            per_call=round(price * UNIT),
            per_input_token=0,
            per_output_token=0,
            per_megapixel=0,
            per_step=0,
            floor_level=WAD // band,
            cap_level=band * WAD,
            capacity=capacity,
            host_fee_bps=0,
            data_pool_bps=0,
        )
        self._must("pricing", "set_tariff", MODEL, self.tariff)

    def price(self) -> int:
        """Return what a call costs in this epoch."""
        epoch = self.now // self._epoch_seconds
        receipt = self._machine.view(
            Observation("pricing", "quote_at", (MODEL, ONE_CALL, epoch)), self.now
        )
        price: int = receipt.value
        return price

    def close_epoch(self, calls: int) -> None:
        """Report the epoch's calls as the gateway does, and go on to the next epoch."""
        self._must("pricing", "record_usage", MODEL, calls, sender=self._gateway)
        self.now += self._epoch_seconds

    def prices(self, people: Sequence[int], epochs: int) -> list[float]:
        """Let people call for some epochs; return the price of each in units of valuations."""
        found = []
        for _ in range(epochs):
            price = self.price()
            found.append(price / UNIT)
            self.close_epoch(demand(people, price))
        return found

    def _must(self, contract: str, function: str, *arguments: Any, sender: str = OWNER) -> None:
        call = Call(contract, function, arguments, Address(sender), self.now)
        receipt = self._machine.execute(call)
        assert receipt.ok, receipt.refusal
