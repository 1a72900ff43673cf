"""Prices under usage, tariffs and times that nobody chose."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.licences import ALL_CLASSES, Terms
from protocol.model_registry_terms import Registration
from protocol.money import BPS, WAD
from protocol.parameters import DAY
from protocol.pricing import Tariff, Usage, next_level
from protocol.types import Address, Call, Context
from protocol.world import World

OWNER = Address("0x" + "c1" * 20)
INTRUDER = Address("0x" + "e1" * 20)
MODEL = 1
PRICES = st.integers(0, 10**24)
AMOUNTS = st.integers(0, 10**9)
USAGES = st.builds(Usage, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
TARIFFS = st.builds(
    Tariff,
    dynamic=st.booleans(),
    per_call=PRICES,
    per_input_token=PRICES,
    per_output_token=PRICES,
    per_megapixel=PRICES,
    per_step=PRICES,
    floor_level=st.sampled_from([1, WAD // 2, WAD]),
    cap_level=st.sampled_from([WAD, WAD + 1, 2 * WAD, 2**128 - 1]),
    capacity=st.sampled_from([2, 3, 1_000, 2**64 - 1]),
    host_fee_bps=st.just(0),
    data_pool_bps=st.just(0),
)
ANY_TARIFFS = st.builds(
    Tariff,
    st.booleans(),
    *(st.sampled_from([0, 1, WAD - 1, WAD, WAD + 1, 2**128 - 1]) for _ in range(7)),
    st.sampled_from([0, 1, 2, 2**64 - 1]),
    st.sampled_from([0, 6_000, 6_001]),
    st.sampled_from([0, 3_000, 3_001]),
)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, DAY // 2, DAY, 2 * DAY, 9 * DAY])),
    st.tuples(st.just("set_tariff"), TARIFFS),
    st.tuples(st.just("poke"), st.none()),
    st.tuples(st.just("record_usage"), st.sampled_from([0, 1, 500, 1_000, 2**64 - 1])),
)


class Market:
    """A world with one model."""

    def __init__(self, deployment, is_valid_proof):
        self.world = World(deployment, is_valid_proof)
        self.gateway = deployment.addresses["gateway"]
        self.now = deployment.genesis_timestamp
        terms = Terms(True, 2, 0, False, ALL_CLASSES, ALL_CLASSES)
        model = Registration("m", b"\x01" * 32, "u", "a", 1, 1, 0, (OWNER,), (BPS,))
        assert self.execute("licences", "create", terms).ok
        assert self.execute("model_registry", "register", model).ok

    def execute(self, contract, function, *arguments, sender=OWNER):
        return self.world.execute(Call(contract, function, arguments, sender, self.now))

    def quote(self, usage):
        return self.world.pricing.quote(Context(OWNER, 0, self.now), MODEL, usage)

    def quote_at(self, usage, epoch):
        return self.world.pricing.quote_at(Context(OWNER, 0, self.now), MODEL, usage, epoch)

    def follow(self, step, argument):
        if step == "wait":
            self.now += argument
        elif step == "set_tariff":
            assert self.execute("pricing", "set_tariff", MODEL, argument).ok
        elif step == "poke":
            assert self.execute("pricing", "poke", MODEL).ok
        else:
            assert self.execute("pricing", step, MODEL, argument, sender=self.gateway).ok


@given(tariff=TARIFFS, first=USAGES, second=USAGES)
def test_a_price_is_linear_up_to_the_unit_that_rounding_costs(
    deployment, is_valid_proof, tariff, first, second
):
    market = Market(deployment, is_valid_proof)
    market.follow("set_tariff", tariff)
    together = Usage(*(one + other for one, other in zip(first, second, strict=True)))

    apart = market.quote(first) + market.quote(second)

    assert apart - 1 <= market.quote(together) <= apart


@given(tariff=TARIFFS, usage=USAGES)
def test_a_price_is_zero_only_where_nothing_that_was_used_has_a_price(
    deployment, is_valid_proof, tariff, usage
):
    market = Market(deployment, is_valid_proof)
    market.follow("set_tariff", tariff)
    market.follow("wait", DAY)
    # In the order of Usage.
    prices = (
        tariff.per_call,
        tariff.per_input_token,
        tariff.per_output_token,
        tariff.per_megapixel,
        tariff.per_step,
    )

    is_free = all(price * used == 0 for price, used in zip(prices, usage, strict=True))

    assert (market.quote(usage) == 0) is is_free


@given(first=TARIFFS, steps=st.lists(STEPS, max_size=25), usage=USAGES)
def test_whatever_happens_later_an_epoch_keeps_the_price_that_it_quoted(
    deployment, is_valid_proof, first, steps, usage
):
    market = Market(deployment, is_valid_proof)
    market.follow("set_tariff", first)
    quoted = {}

    for step, argument in steps:
        market.follow(step, argument)
        epoch = market.now // DAY
        assert quoted.setdefault(epoch, market.quote(usage)) == market.quote(usage)
        assert {past: market.quote_at(usage, past) for past in quoted} == quoted


@given(
    level=st.integers(0, 2**128 - 1),
    used=st.integers(0, 2**64 - 1),
    capacity=st.integers(2, 2**64 - 1),
    step_bps=st.integers(0, BPS),
)
def test_a_step_goes_towards_the_target_and_never_beyond_its_share(level, used, capacity, step_bps):
    moved = next_level(level, used, capacity, step_bps)

    assert abs(moved - level) <= level * step_bps // BPS
    assert moved <= level or used > capacity // 2
    assert moved >= level or used < capacity // 2


@given(
    calls=st.lists(
        st.one_of(
            st.tuples(st.just("set_tariff"), ANY_TARIFFS),
            st.tuples(st.just("record_usage"), st.sampled_from([0, 2**64 - 1])),
        ),
        max_size=12,
    ),
    model_id=st.sampled_from([0, 1, 2, 2**256 - 1]),
    sender=st.sampled_from([OWNER, INTRUDER]),
)
def test_a_refused_call_changes_nothing(deployment, is_valid_proof, calls, model_id, sender):
    market = Market(deployment, is_valid_proof)

    for function, argument in calls:
        market.follow("wait", DAY // 2)
        before = market.world.digest()
        receipt = market.execute("pricing", function, model_id, argument, sender=sender)
        assert receipt.ok or (market.world.digest() == before and receipt.events == ())
