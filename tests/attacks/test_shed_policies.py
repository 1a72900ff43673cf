"""Somebody wants a strict model's users without what its licence asks of them."""

import pytest

from protocol.gateway_errors import PolicyRefused
from protocol.licences import ALL_CLASSES, DERIVATIVES_FREE, Terms
from protocol.lineage import Parent
from protocol.lineage_errors import PolicyLoosened
from protocol.money import WAD
from protocol.policies import BINDS_NOBODY, NO_POLICY, REFUSED_LIMIT
from tests.open_market import OpenMarket

TERMS = Terms(True, DERIVATIVES_FREE, 0, False, ALL_CLASSES, ALL_CLASSES)
LIMITED = NO_POLICY._replace(calls_per_period=2, period_epochs=1, binds_derivatives=True)


class Strict(OpenMarket):
    """A market with a model whose limit binds, and an intruder who would sell it without one."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.limited = self.policed(LIMITED)
        registration = self.with_licence("strict", self.creator, self.limited)
        self.strict_id = self.must("model_registry", "register", registration, sender=self.creator)
        self.open_licence = self.must("licences", "create", TERMS, sender=self.intruder)

    def policed(self, policy):
        return self.must("policies", "create_licence", TERMS, policy, sender=self.intruder)

    def with_licence(self, name, owner, licence_id):
        shares = {owner.address: 10_000}
        return self.registration(name, shares)._replace(licence_id=licence_id)

    def fork(self, name, licence_id, parent_id):
        registration = self.with_licence(name, self.intruder, licence_id)
        parent = Parent(parent_id, 1, 0)
        return self.call("lineage", "fork", parent, registration, sender=self.intruder)


@pytest.fixture
def market(lockstep) -> Strict:
    return Strict(lockstep.executor, lockstep.deployment)


def test_no_chain_of_forks_wears_a_limit_down(market):
    loose = market.policed(LIMITED._replace(binds_derivatives=False))
    refused = market.fork("loose", loose, market.strict_id).refusal
    assert refused == PolicyLoosened(market.strict_id, loose, BINDS_NOBODY)
    # A licence of its own with the same policy binds the next one as well.
    own = market.policed(LIMITED._replace(calls_per_period=1))
    child_id = market.fork("child", own, market.strict_id).value
    for licence_id in (market.open_licence, market.limited):
        refused = market.fork("grandchild", licence_id, child_id).refusal
        assert refused == PolicyLoosened(child_id, licence_id, REFUSED_LIMIT)


def test_a_second_version_does_not_drop_what_the_first_one_asks(market):
    child_id = market.fork("child", market.limited, market.strict_id).value
    version = (child_id, 1, b"\x77" * 32, "u", "a", 1, market.open_licence)
    refused = market.refusal("model_registry", "publish_version", *version, sender=market.intruder)
    assert refused == PolicyLoosened(market.strict_id, market.open_licence, REFUSED_LIMIT)


def test_a_merge_with_a_free_model_of_ones_own_frees_nothing(market):
    registration = market.with_licence("free", market.intruder, market.open_licence)
    free_id = market.must("model_registry", "register", registration, sender=market.intruder)
    registration = market.with_licence("merged", market.intruder, market.open_licence)
    parents = (Parent(free_id, 1, 0), Parent(market.strict_id, 1, 0))
    refused = market.refusal("lineage", "merge", parents, registration, sender=market.intruder)
    assert refused == PolicyLoosened(market.strict_id, market.open_licence, REFUSED_LIMIT)


def test_users_of_a_fork_meet_the_limit_of_its_parent(market):
    child_id = market.fork("child", market.limited, market.strict_id).value
    market.must("pricing", "set_tariff", child_id, market.tariff, sender=market.intruder)
    session_id = market.open(market.session(model_id=child_id, maximum_total=WAD))
    entry = market.entry(session_id, 1, 3)
    settle = ("gateway", "settle", child_id, b"\x11" * 32)
    refused = market.refusal(*settle, (entry,), sender=market.host)
    assert refused == PolicyRefused(child_id, REFUSED_LIMIT)
    assert market.call(*settle, (entry._replace(last_sequence=2),), sender=market.host).ok
