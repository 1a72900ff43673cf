"""Pricing: quotes, fixed or moving by the epoch."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.contract import Contract, Observed
from protocol.deployment import Deployment
from protocol.errors import NotModelOwner, OnlyGateway
from protocol.money import BPS, WAD, mul_div_down
from protocol.openzeppelin.arithmetic import mul_div
from protocol.parameters import BY_NAME, PPM
from protocol.payment_channels_errors import UnknownCurrency
from protocol.types import ZERO_ADDRESS, Address, Context, Event, ProtocolError

if TYPE_CHECKING:
    from protocol.world import World

MAXIMUM_HOST_FEE_BPS = 6_000
MAXIMUM_DATA_POOL_BPS = 3_000
MAXIMUM_UINT64 = 2**64 - 1
PRICE_STEP = BY_NAME["priceStepBps"].key
MINIMUM_HOST_FEE = BY_NAME["minimumHostFeeBps"].key


class Usage(NamedTuple):
    """What one or more calls used; megapixels count in millionths."""

    calls: int
    input_tokens: int
    output_tokens: int
    micro_megapixels: int
    steps: int


class Tariff(NamedTuple):
    """
    A model's prices, and the shares of a payment that it leaves to host and data providers.

    Prices are in the smallest unit of the model's currency.
    A dynamic tariff moves its level between floor and cap (WAD = 1), so that half of its capacity
    (calls per epoch) is used.
    """

    dynamic: bool
    per_call: int
    per_input_token: int
    per_output_token: int
    per_megapixel: int
    per_step: int
    floor_level: int
    cap_level: int
    capacity: int
    host_fee_bps: int
    data_pool_bps: int


@dataclass(eq=False)
class CurrencyIsFixed(ProtocolError):
    """The model has a tariff, or grants or sells access: its currency never changes any more."""

    model_id: int


@dataclass(eq=False)
class DataPoolTooHigh(ProtocolError):
    """The data pool exceeds what the protocol allows."""

    bps: int
    maximum: int


@dataclass(eq=False)
class EpochNotQuotable(ProtocolError):
    """The epoch is in the future, or before the model's first tariff."""

    model_id: int
    epoch: int


@dataclass(eq=False)
class HostFeeTooHigh(ProtocolError):
    """The host fee exceeds what the protocol allows."""

    bps: int
    maximum: int


@dataclass(eq=False)
class HostFeeTooLow(ProtocolError):
    """The host fee is below what governance asks for."""

    bps: int
    minimum: int


@dataclass(eq=False)
class InvalidBand(ProtocolError):
    """A dynamic tariff needs 0 < floor <= 1 <= cap (in WAD) and a capacity of at least 2."""

    floor_level: int
    cap_level: int
    capacity: int


@dataclass(eq=False)
class NoTariff(ProtocolError):
    """The model has no tariff."""

    model_id: int


@dataclass(frozen=True, slots=True)
class CurrencySet(Event):
    """A model's prices are in another currency."""

    model_id: int
    currency: Address


@dataclass(frozen=True, slots=True)
class PriceLevelSet(Event):
    """A model's price level for an epoch, after the calls settled in the epoch before."""

    model_id: int
    epoch: int
    level: int
    used: int


@dataclass(frozen=True, slots=True)
class TariffSet(Event):
    """A model's tariff from an epoch on."""

    model_id: int
    from_epoch: int
    tariff: Tariff


class Pricing(Contract):
    """
    What a call costs, at any epoch since a model's first tariff.

    Tariffs and levels are kept by the epoch in which they began: a price never changes under a
    call already made.
    """

    NAME = "pricing"
    SOLIDITY = "Pricing"
    EVENTS = (CurrencySet, PriceLevelSet, TariffSet)
    ERRORS = (
        CurrencyIsFixed,
        DataPoolTooHigh,
        EpochNotQuotable,
        HostFeeTooHigh,
        HostFeeTooLow,
        InvalidBand,
        NoTariff,
        NotModelOwner,
        OnlyGateway,
        UnknownCurrency,
    )
    OBSERVED = (
        Observed("currency_of", "_currencies"),
        Observed("level_of", "_tariff_epochs", timed=True),
        Observed("tariff_of", "_tariff_epochs", timed=True),
    )

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self._epoch_seconds = world.deployment.values["epochSeconds"]
        self._currencies = self.table()
        self._tariff_epochs = self.table()
        self._tariffs = self.table()
        self._level_epochs = self.table()
        self._levels = self.table()

    @classmethod
    def constructor_arguments(cls, deployment: Deployment) -> tuple[Any, ...]:
        """Return MNFT, the contracts that Pricing asks or obeys, and `epochSeconds`."""
        names = ("settlement_token", "parameter_store", "model_registry", "gateway", "access")
        addresses = (deployment.addresses[name] for name in names)
        return (*addresses, deployment.values["epochSeconds"])

    def set_currency(self, ctx: Context, model_id: int, currency: Address) -> None:
        """
        Choose what a model is paid with, in place of MNFT, before its first tariff.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model.
            CurrencyIsFixed: It has a tariff, or grants or sells access.
            UnknownCurrency: No model may be priced in the currency.
        """
        own, world = self.as_caller(ctx), self._world
        if world.model_registry.owner_of(own, model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        # Whoever has access that was granted or paid ahead got it in MNFT.
        if self._tariff_epochs.get(model_id) or world.access.is_managed(own, model_id):
            raise CurrencyIsFixed(model_id)
        if world.gateway.revenue_of(own, currency) == ZERO_ADDRESS:
            raise UnknownCurrency(currency)

        self._currencies[model_id] = currency
        self.emit(CurrencySet(model_id, currency))

    def set_tariff(self, ctx: Context, model_id: int, tariff: Tariff) -> None:
        """
        Give a model prices: the first at once, later ones from the next epoch on.

        Where the tariff until now is dynamic, the level stays, within the new band; else it is 1.

        Raises:
            ERC721NonexistentToken: There is no such model.
            NotModelOwner: The caller does not own the model.
            HostFeeTooHigh: The host fee exceeds 6,000 basis points.
            HostFeeTooLow: The host fee is below what governance asks for.
            DataPoolTooHigh: The data pool exceeds 3,000 basis points.
            InvalidBand: The tariff is dynamic and its band or capacity makes no sense.
        """
        tariff = Tariff(*tariff)
        if self._world.model_registry.owner_of(self.as_caller(ctx), model_id) != ctx.sender:
            raise NotModelOwner(model_id, ctx.sender)
        self._require_valid(ctx, tariff)

        epoch = self._epoch(ctx)
        current = self._tariff_at(model_id, epoch)
        from_epoch = epoch if current is None else epoch + 1
        self._start(self._tariff_epochs, model_id, from_epoch)
        self._tariffs[model_id, from_epoch] = tariff
        if tariff.dynamic and (current is None or not current.dynamic):
            self._start(self._level_epochs, model_id, from_epoch)
            self._levels[model_id, from_epoch] = (WAD, 0, self._step_bps(ctx))
        self.emit(TariffSet(model_id, from_epoch, tariff))

    def poke(self, ctx: Context, model_id: int) -> None:
        """
        Fix a dynamic tariff's level for the current epoch, if nobody has yet.

        Raises:
            NoTariff: The model has no tariff.
        """
        epoch = self._epoch(ctx)
        tariff = self._require_tariff_at(model_id, epoch)
        if tariff.dynamic:
            self._poke(ctx, model_id, tariff, epoch)

    def quote(self, ctx: Context, model_id: int, usage: Usage) -> int:
        """
        Return the price of a usage now, rounded up: nobody pays zero for a positive price.

        Raises:
            NoTariff: The model has no tariff.
            Panic: The price exceeds 256 bits.
        """
        epoch = self._epoch(ctx)
        tariff = self._require_tariff_at(model_id, epoch)
        return _price(tariff, self._level_at(model_id, tariff, epoch), Usage(*usage))

    def quote_at(self, ctx: Context, model_id: int, usage: Usage, epoch: int) -> int:
        """
        Return the price that `quote` gave in an epoch.

        Raises:
            EpochNotQuotable: The epoch is in the future, or before the model's first tariff.
            Panic: The price exceeds 256 bits.
        """
        tariff = self._tariff_at(model_id, epoch)
        if tariff is None or epoch > self._epoch(ctx):
            raise EpochNotQuotable(model_id, epoch)
        return _price(tariff, self._level_at(model_id, tariff, epoch), Usage(*usage))

    def record_usage(self, ctx: Context, model_id: int, calls: int) -> None:
        """
        Count calls that settled in the current epoch towards the next one's level.

        Raises:
            OnlyGateway: The caller is not the gateway.
            NoTariff: The model has no tariff.
        """
        if ctx.sender != self._world.addresses["gateway"]:
            raise OnlyGateway(ctx.sender)
        epoch = self._epoch(ctx)
        tariff = self._require_tariff_at(model_id, epoch)
        if not tariff.dynamic:
            return

        self._poke(ctx, model_id, tariff, epoch)
        level, used, step_bps = self._levels[model_id, epoch]
        # Use beyond the capacity moves the level no further: the count may stop at its type's end.
        self._levels[model_id, epoch] = (level, min(used + calls, MAXIMUM_UINT64), step_bps)

    def currency_of(self, ctx: Context, model_id: int) -> Address:
        """Return what a model is, or will be, priced in: MNFT, unless its owner chose another."""
        del ctx
        return self._currency_of(model_id)

    def fixed_currency_of(self, ctx: Context, model_id: int) -> Address:
        """
        Return what a model's calls are paid with: fixed, as the model has a tariff.

        Raises:
            NoTariff: The model has no tariff.
        """
        del ctx
        if not self._tariff_epochs.get(model_id):
            raise NoTariff(model_id)
        return self._currency_of(model_id)

    def tariff_of(self, ctx: Context, model_id: int) -> Tariff:
        """
        Return a model's tariff in the current epoch.

        Raises:
            NoTariff: The model has no tariff.
        """
        return self._require_tariff_at(model_id, self._epoch(ctx))

    def level_of(self, ctx: Context, model_id: int) -> int:
        """
        Return a model's price level in the current epoch, as `poke` would set it (WAD = 1).

        Raises:
            NoTariff: The model has no tariff.
        """
        epoch = self._epoch(ctx)
        tariff = self._require_tariff_at(model_id, epoch)
        return self._level_at(model_id, tariff, epoch)

    def _currency_of(self, model_id: int) -> Address:
        token = self._world.addresses["settlement_token"]
        currency: Address = self._currencies.get(model_id, token)
        return currency

    def _poke(self, ctx: Context, model_id: int, tariff: Tariff, epoch: int) -> None:
        if self._level_epochs[model_id][-1] == epoch:
            return
        _, used, _ = self._levels.get((model_id, epoch - 1), (0, 0, 0))
        level = self._level_at(model_id, tariff, epoch)
        self._start(self._level_epochs, model_id, epoch)
        self._levels[model_id, epoch] = (level, 0, self._step_bps(ctx))
        self.emit(PriceLevelSet(model_id, epoch, level, used))

    def _level_at(self, model_id: int, tariff: Tariff, epoch: int) -> int:
        if not tariff.dynamic:
            return WAD
        begun = _last_until(self._level_epochs[model_id], epoch)
        level: int
        # The step is governance's when the level was fixed, so no epoch is priced anew.
        level, used, step_bps = self._levels[model_id, begun]
        if begun == epoch:
            return level
        # Only the last closed epoch moves the level: one that nobody poked counts as unused.
        closed = self._require_tariff_at(model_id, epoch - 1)
        moved = next_level(level, used if begun == epoch - 1 else 0, closed.capacity, step_bps)
        return min(max(moved, tariff.floor_level), tariff.cap_level)

    def _tariff_at(self, model_id: int, epoch: int) -> Tariff | None:
        begun = _last_until(self._tariff_epochs.get(model_id, ()), epoch)
        return self._tariffs.get((model_id, begun))

    def _require_tariff_at(self, model_id: int, epoch: int) -> Tariff:
        tariff = self._tariff_at(model_id, epoch)
        if tariff is None:
            raise NoTariff(model_id)
        return tariff

    def _require_valid(self, ctx: Context, tariff: Tariff) -> None:
        if tariff.host_fee_bps > MAXIMUM_HOST_FEE_BPS:
            raise HostFeeTooHigh(tariff.host_fee_bps, MAXIMUM_HOST_FEE_BPS)
        minimum = self._world.parameter_store.get(self.as_caller(ctx), MINIMUM_HOST_FEE)
        if tariff.host_fee_bps < minimum:
            raise HostFeeTooLow(tariff.host_fee_bps, minimum)
        if tariff.data_pool_bps > MAXIMUM_DATA_POOL_BPS:
            raise DataPoolTooHigh(tariff.data_pool_bps, MAXIMUM_DATA_POOL_BPS)
        band_holds = 0 < tariff.floor_level <= WAD <= tariff.cap_level and tariff.capacity >= 2
        if tariff.dynamic and not band_holds:
            raise InvalidBand(tariff.floor_level, tariff.cap_level, tariff.capacity)

    def _step_bps(self, ctx: Context) -> int:
        return self._world.parameter_store.get(self.as_caller(ctx), PRICE_STEP)

    def _start(self, epochs: Any, model_id: int, epoch: int) -> None:
        begun: tuple[int, ...] = epochs.get(model_id, ())
        if epoch not in begun[-1:]:
            epochs[model_id] = (*begun, epoch)

    def _epoch(self, ctx: Context) -> int:
        return ctx.timestamp // self._epoch_seconds


def _last_until(epochs: tuple[int, ...], epoch: int) -> int | None:
    position = bisect_right(epochs, epoch)
    return epochs[position - 1] if position else None


def next_level(level: int, used: int, capacity: int, step_bps: int) -> int:
    """
    Return the level after an epoch in which `used` calls settled.

    EIP-1559's rule with half of the capacity as target; the move rounds down, so a small level
    may stay.
    """
    target = capacity // 2
    largest_move = mul_div_down(level, step_bps, BPS)
    move = mul_div_down(largest_move, min(abs(used - target), target), target)
    return level + move if used > target else level - move


def _price(tariff: Tariff, level: int, usage: Usage) -> int:
    millionths = (
        tariff.per_call * usage.calls
        + tariff.per_input_token * usage.input_tokens
        + tariff.per_output_token * usage.output_tokens
        + tariff.per_step * usage.steps
    ) * PPM + tariff.per_megapixel * usage.micro_megapixels
    # Rounded once, and up: the buyer pays the odd unit, and never zero for a positive price.
    return mul_div(millionths, level, WAD * PPM, round_up=True)
