from protocol.errors import UnknownLicence
from protocol.licences import (
    REFUSED_COMMERCIAL_USE,
    REFUSED_TERRITORY,
    REFUSED_USE_CASE,
    LicenceCreated,
    RoyaltyAboveWhole,
    Terms,
)
from protocol.types import Log, Receipt

FIRST_AND_LAST = 1 | 1 << 255


def test_terms_are_the_same_on_every_machine(machine, creator):
    terms = Terms(False, 1, 10_000, True, FIRST_AND_LAST, 2**256 - 1)

    receipt = machine.call("licences", "create", terms, sender=creator)

    created = LicenceCreated(1, creator, terms)
    assert receipt == Receipt(value=1, events=(Log("licences", created),))
    assert machine.view("licences", "terms_of", 1) == terms
    assert machine.view("licences", "terms_of", 2) == UnknownLicence(2)


def test_checks_give_the_same_reason_on_every_machine(machine, creator):
    terms = Terms(False, 0, 0, False, FIRST_AND_LAST, FIRST_AND_LAST)
    machine.call("licences", "create", terms, sender=creator)

    def check(*use):
        return machine.view("licences", "check", 1, *use)

    assert check(True, 1, 1) == REFUSED_COMMERCIAL_USE
    assert check(False, 254, 1) == REFUSED_TERRITORY
    assert check(False, 255, 1) == REFUSED_USE_CASE
    assert check(False, 0, 255) == 0


def test_a_refused_licence_is_refused_alike_on_every_machine(machine, creator):
    receipt = machine.call("licences", "create", Terms(True, 0, 10_001, True, 0, 0), sender=creator)

    assert receipt == Receipt(refusal=RoyaltyAboveWhole(10_001))
    assert machine.view("licences", "count") == 0
