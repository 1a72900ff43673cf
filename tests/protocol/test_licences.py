import pytest

from protocol.errors import UnknownLicence
from protocol.licences import (
    ALL_CLASSES,
    ALLOWED,
    REFUSED_COMMERCIAL_USE,
    REFUSED_TERRITORY,
    REFUSED_USE_CASE,
    InvalidDerivatives,
    LicenceCreated,
    RoyaltyAboveWhole,
    Terms,
)
from protocol.types import Log, Receipt

pytestmark = pytest.mark.parametrize("machine", ["model"], indirect=True)

OPEN = Terms(
    commercial_use=True,
    derivatives=2,
    minimum_royalty_bps=0,
    attribution=False,
    territories=ALL_CLASSES,
    use_cases=ALL_CLASSES,
)


def create(machine, creator, **changes):
    return machine.call("licences", "create", OPEN._replace(**changes), sender=creator)


def test_licences_are_numbered_from_one_and_announce_their_terms(machine, creator):
    strict = OPEN._replace(commercial_use=False, minimum_royalty_bps=500)

    first = create(machine, creator)
    second = machine.call("licences", "create", strict, sender=creator)

    assert first == Receipt(value=1, events=(Log("licences", LicenceCreated(1, creator, OPEN)),))
    assert second == Receipt(value=2, events=(Log("licences", LicenceCreated(2, creator, strict)),))
    assert machine.view("licences", "count") == 2
    assert machine.view("licences", "terms_of", 1) == OPEN
    assert machine.view("licences", "terms_of", 2) == strict


def test_derivatives_are_none_approved_or_free(machine, creator):
    assert create(machine, creator, derivatives=2).ok
    assert create(machine, creator, derivatives=3).refusal == InvalidDerivatives(3)


def test_a_royalty_may_be_the_whole_and_no_more(machine, creator):
    assert create(machine, creator, minimum_royalty_bps=10_000).ok
    refusal = create(machine, creator, minimum_royalty_bps=10_001).refusal
    assert refusal == RoyaltyAboveWhole(10_001)


def test_derivatives_are_checked_before_the_royalty(machine, creator):
    refusal = create(machine, creator, derivatives=255, minimum_royalty_bps=65_535).refusal
    assert refusal == InvalidDerivatives(255)


@pytest.mark.parametrize("licence_id", [0, 2, 2**256 - 1])
def test_an_unknown_licence_has_no_terms_and_allows_nothing(machine, creator, licence_id):
    create(machine, creator)

    unknown = UnknownLicence(licence_id)
    assert machine.view("licences", "terms_of", licence_id) == unknown
    assert machine.view("licences", "check", licence_id, False, 0, 0) == unknown


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ((False, 0, 255), ALLOWED),
        ((True, 0, 255), REFUSED_COMMERCIAL_USE),
        ((True, 1, 254), REFUSED_COMMERCIAL_USE),
        ((False, 1, 255), REFUSED_TERRITORY),
        ((False, 255, 254), REFUSED_TERRITORY),
        ((False, 0, 254), REFUSED_USE_CASE),
        ((False, 0, 0), REFUSED_USE_CASE),
    ],
)
def test_a_check_names_what_is_refused_first(machine, creator, use, reason):
    create(machine, creator, commercial_use=False, territories=1, use_cases=1 << 255)

    assert machine.view("licences", "check", 1, *use) == reason
