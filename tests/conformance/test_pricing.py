import pytest

from protocol.errors import NotModelOwner
from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.money import WAD
from protocol.parameters import BY_NAME, DAY
from protocol.pricing import (
    MINIMUM_HOST_FEE,
    EpochNotQuotable,
    HostFeeTooLow,
    NoTariff,
    PriceLevelSet,
    Tariff,
    TariffSet,
    Usage,
)
from protocol.types import Log, Receipt

MODEL = 1
LARGEST = 2**128 - 1
USAGE = Usage(3, 7, 11, 1_234_567, 13)
TARIFF = Tariff(
    dynamic=True,
    per_call=WAD // 3,
    per_input_token=10**12 + 1,
    per_output_token=10**13 + 7,
    per_megapixel=10**15 + 3,
    per_step=17,
    floor_level=WAD * 9 // 10,
    cap_level=LARGEST,
    capacity=1_000,
    host_fee_bps=6_000,
    data_pool_bps=3_000,
)


@pytest.fixture(autouse=True)
def model(machine, creator):
    terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
    assert machine.call("licences", "create", terms, sender=creator).ok
    registration = Registration("m", b"\x01" * 32, "u", "a", 1, 1, 0, (creator,), (10_000,))
    assert machine.call("model_registry", "register", registration, sender=creator).ok


def set_tariff(machine, sender, tariff):
    return machine.call("pricing", "set_tariff", MODEL, tariff, sender=sender)


def price(tariff, level):
    """The exact price of USAGE in units of 1e-24, rounded up to whole ones."""
    millionths = 10**6 * (
        USAGE.calls * tariff.per_call
        + USAGE.input_tokens * tariff.per_input_token
        + USAGE.output_tokens * tariff.per_output_token
        + USAGE.steps * tariff.per_step
    )
    millionths += USAGE.micro_megapixels * tariff.per_megapixel
    return -(-millionths * level // 10**24)


def test_an_idle_model_becomes_cheaper_alike_on_every_machine(machine, creator, intruder):
    first = machine.now // DAY
    assert machine.view("pricing", "quote", MODEL, USAGE) == NoTariff(MODEL)
    assert set_tariff(machine, intruder, TARIFF).refusal == NotModelOwner(MODEL, intruder)
    assert set_tariff(machine, creator, TARIFF) == Receipt(
        events=(Log("pricing", TariffSet(MODEL, first, TARIFF)),)
    )
    assert machine.view("pricing", "tariff_of", MODEL) == TARIFF
    assert machine.view("pricing", "quote", MODEL, USAGE) == price(TARIFF, WAD)

    machine.wait(DAY)
    # An eighth down would be 0.875, below the floor.
    cheaper = TARIFF.floor_level
    receipt = machine.call("pricing", "poke", MODEL, sender=intruder)

    event = PriceLevelSet(MODEL, first + 1, cheaper, 0)
    assert receipt == Receipt(events=(Log("pricing", event),))
    assert machine.view("pricing", "level_of", MODEL) == cheaper
    assert machine.view("pricing", "quote", MODEL, USAGE) == price(TARIFF, cheaper)
    assert machine.view("pricing", "quote_at", MODEL, USAGE, first) == price(TARIFF, WAD)
    assert machine.view("pricing", "quote_at", MODEL, USAGE, first + 2) == EpochNotQuotable(
        MODEL, first + 2
    )


def test_a_tariff_waits_for_the_next_epoch_on_every_machine(machine, creator):
    set_tariff(machine, creator, TARIFF)
    for _ in range(3):
        machine.wait(DAY)
        set_tariff(machine, creator, TARIFF._replace(dynamic=False, per_call=5))
        set_tariff(machine, creator, TARIFF._replace(per_call=7))
    first = machine.now // DAY - 3

    def per_call_at(epoch):
        return machine.view("pricing", "quote_at", MODEL, Usage(1, 0, 0, 0, 0), epoch)

    assert per_call_at(first) == WAD // 3
    assert per_call_at(first + 1) == -(-(WAD // 3) * 9 // 10)
    assert per_call_at(first + 2) == per_call_at(first + 3) == 7


def test_a_governed_step_moves_no_epoch_that_is_over_on_every_machine(machine, creator, intruder):
    set_tariff(machine, creator, TARIFF._replace(floor_level=WAD // 100))
    first = machine.now // DAY
    machine.wait(2 * DAY)
    timelock = machine.addresses["timelock"]

    def level_in(epoch):
        quoted = machine.view("pricing", "quote_at", MODEL, USAGE, epoch)
        return next(each for each in levels if price(TARIFF, each) == quoted)

    levels = (WAD, WAD * 7 // 8, WAD * 7 // 16)
    assert [level_in(first + 1), level_in(first + 2)] == [WAD * 7 // 8] * 2
    half = (BY_NAME["priceStepBps"].key, 5_000)
    assert machine.call("parameter_store", "set", *half, sender=timelock).ok
    assert [level_in(first + 1), level_in(first + 2)] == [WAD * 7 // 8] * 2

    # The level that is fixed now is the first that the new step moves.
    assert machine.call("pricing", "poke", MODEL, sender=intruder).ok
    assert level_in(first + 2) == WAD * 7 // 8
    machine.wait(DAY)
    assert level_in(first + 3) == WAD * 7 // 16
    assert level_in(first + 1) == WAD * 7 // 8


def test_extremes_panic_or_round_alike_on_every_machine(machine, creator):
    extreme = TARIFF._replace(
        dynamic=False,
        per_call=LARGEST,
        per_input_token=LARGEST,
        per_output_token=LARGEST,
        per_megapixel=LARGEST,
        per_step=LARGEST,
    )
    assert set_tariff(machine, creator, extreme).ok
    most = 2**64 - 1
    everything = Usage(most, most, most, most, most)

    exact = LARGEST * most * 4 * 10**6 + LARGEST * most
    assert machine.view("pricing", "quote", MODEL, everything) == -(-exact // 10**6)
    assert machine.view("pricing", "quote", MODEL, Usage(0, 0, 0, 0, 0)) == 0
    assert machine.view("pricing", "quote_at", 2**256 - 1, everything, most) == EpochNotQuotable(
        2**256 - 1, most
    )


def test_governance_sets_the_least_share_of_hosts_and_earlier_tariffs_stay(machine, creator):
    assert set_tariff(machine, creator, TARIFF._replace(host_fee_bps=2_999)).ok
    timelock = machine.addresses["timelock"]
    assert machine.call("parameter_store", "set", MINIMUM_HOST_FEE, 3_000, sender=timelock).ok

    refused = set_tariff(machine, creator, TARIFF._replace(host_fee_bps=2_999, data_pool_bps=3_001))

    assert refused == Receipt(refusal=HostFeeTooLow(2_999, 3_000))
    assert set_tariff(machine, creator, TARIFF._replace(host_fee_bps=3_000)).ok
    assert machine.view("pricing", "tariff_of", MODEL) == TARIFF._replace(host_fee_bps=2_999)
