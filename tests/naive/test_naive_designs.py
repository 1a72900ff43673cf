"""What breaks in the sample contracts when they are taken literally, and what refuses it here."""

import hashlib
import json

import pytest

from protocol.access_errors import AccessRefused
from protocol.access_terms import REFUSED, TOKEN_GATE, USED_UP
from protocol.errors import NotModelOwner, OnlyVerification
from protocol.gateway_errors import (
    CloseTooEarly,
    NotSessionUser,
)
from protocol.lineage import RoyaltyBelowMinimum
from protocol.marketplace import ListingExpired, ListingStale, NotListed, PriceChanged
from protocol.model_registry_terms import WeightsTaken
from protocol.money import WAD
from protocol.openzeppelin.errors import EmptyRevert, Halted
from protocol.verification_errors import AlreadyChecked, NotActiveValidator
from sim.lockstep import Lockstep
from tests.conftest import new_engine
from tests.naive import ours, samples
from tests.naive.page import NAMES, PAGE, PLACE, sample_engine
from tests.naive.samples import COIN, Samples

TRACES = {(who, name): trace for who, name, trace in PLACE.findall(PAGE.read_text("utf-8"))}


@pytest.fixture(scope="module")
def sample_chain(deployment):
    """The samples deployed once; each test begins where they were created."""
    engine = new_engine(sample_engine())
    deployed = Samples(engine, deployment)
    start = engine.snapshot()
    yield lambda: (engine.revert(start), deployed.begin(deployment))[1]
    engine.close()


@pytest.fixture
def machine(world, deployed):
    return Lockstep(world, deployed("py-evm"))


@pytest.fixture
def exploit(sample_chain):
    """Run what somebody does to a sample; the page has the same trace."""

    def run(name):
        chain = sample_chain()
        found = getattr(samples, name)(chain)
        assert chain.trace.text() == TRACES["samples", name], "python tests/naive/page.py"
        return found, chain.trace.address

    return run


@pytest.fixture
def refused(machine, deployment):
    """Attempt the same here; the page has the same trace."""

    def run(name):
        trace, found = getattr(ours, name)(machine, deployment)
        machine.end_tick(trace.now, full=True)
        assert trace.text() == TRACES["ours", name], "python tests/naive/page.py"
        return found, trace.address

    return run


def test_the_page_has_a_trace_of_each_exploit_and_of_each_refusal():
    assert set(TRACES) == {(who, name) for who in ("samples", "ours") for name in NAMES}


@pytest.mark.parametrize("path", sorted(samples.HERE.glob("*.sol")), ids=lambda path: path.stem)
def test_a_samples_artifact_was_built_from_its_source(path):
    built = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    (digest,) = (built["sources"][each] for each in built["sources"] if each.endswith(path.name))

    assert digest == hashlib.sha256(path.read_bytes()).hexdigest(), (
        "cd contracts && node build.mjs --in ../tests/naive"
    )


def test_images_below_a_megapixel_are_free_in_the_sample(exploit):
    found, _ = exploit("megapixels")
    assert found == [COIN // 100, 0, COIN // 100]


def test_here_every_pixel_has_its_price(refused):
    found, _ = refused("megapixels")
    assert found == [WAD // 100, WAD * 999 // 100_000, WAD * 1_999 // 100_000, WAD // 10**8]


def test_one_token_calls_without_end_in_the_sample(exploit):
    found, _ = exploit("gate")
    assert found == [2] * 5


def test_here_a_gate_counts_what_settles_and_the_count_stays_with_the_token(refused):
    (at_first, settled, beyond, handed_on), roles = refused("gate")

    assert at_first == (TOKEN_GATE, 2)
    assert settled is None
    assert beyond == AccessRefused(1, roles["bob"], 1)
    assert handed_on == (REFUSED, USED_UP)


def test_an_old_listing_sells_a_model_again_in_the_sample(exploit):
    found, roles = exploit("listing")
    assert found == {"owner": roles["mallory"], "paid": COIN}


def test_here_a_listing_ends_with_its_sale_any_other_transfer_and_its_last_day(refused):
    found, _ = refused("listing")

    assert found[:3] == [NotListed(1), ListingStale(1, 2, 3), ListingStale(1, 2, 4)]
    assert isinstance(found[3], ListingExpired)


def test_a_second_lease_replaces_the_first_in_the_sample_and_nobody_is_paid(exploit):
    found, roles = exploit("lease")
    assert found == {"lessee": roles["mallory"], "kept": 30_001 * COIN // 1_000, "got": 0}


def test_here_only_its_user_gives_notice_and_what_is_left_comes_back(refused):
    (notice, closing, refunded), _ = refused("lease")

    assert isinstance(notice, NotSessionUser)
    assert isinstance(closing, CloseTooEarly)
    assert refunded == 29 * WAD


def test_what_was_sent_is_what_was_paid_in_the_sample(exploit):
    found, _ = exploit("refund")
    assert found == {"got": 5 * COIN, "kept": COIN}


def test_here_the_tariff_is_paid_and_coin_refused(refused):
    found, _ = refused("refund")
    assert found == [EmptyRevert(), WAD // 10, PriceChanged(1, 500 * WAD, 100 * WAD)]


def test_one_proof_of_quality_empties_the_samples_fund(exploit):
    found, _ = exploit("rewards")
    assert found == {"taken": 99 * COIN // 10_000, "left": COIN // 10_000, "is_alice_paid": False}


def test_here_a_reward_takes_a_stake_a_draw_and_a_receipt_that_nobody_checked(refused):
    (pool, stranger, first, again), roles = refused("rewards")

    assert pool == OnlyVerification(roles["mallory"])
    assert stranger == NotActiveValidator(roles["mallory"])
    assert first is None
    assert isinstance(again, AlreadyChecked)


def test_a_fork_pays_nothing_a_copy_takes_all_and_a_circle_stops_all_in_the_sample(exploit):
    found, _ = exploit("forks")
    assert found == {"alice": 0, "mallory": COIN, "refusal": Halted("out of gas")}


def test_here_licence_owner_and_birth_decide_about_a_fork(refused):
    (cheap, copied, waits, approved_by_another, approved, ancestors), roles = refused("forks")

    assert cheap == RoyaltyBelowMinimum(2, 0, 1_000)
    assert isinstance(copied, WeightsTaken)
    assert (copied.model_id, copied.version) == (2, 1)
    assert waits is False
    assert approved_by_another == NotModelOwner(2, roles["mallory"])
    assert approved is None
    assert ancestors == (2,)
