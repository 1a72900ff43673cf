"""ConsentLog: the same on the model and on every engine."""

from protocol.consent_log import ConsentGiven, ConsentKnown, ConsentWithdrawn, NoConsent
from protocol.spans import ENDLESS
from protocol.types import Log, Receipt
from tests.conftest import GENESIS

PURPOSE = b"\x0e" * 32


def test_a_consent_is_given_withdrawn_and_given_again(machine, user):
    consent = (user, PURPOSE, 7)

    given = machine.call("consent_log", "give", PURPOSE, 7, sender=user)
    assert given == Receipt(events=(Log("consent_log", ConsentGiven(*consent)),))
    again = machine.call("consent_log", "give", PURPOSE, 7, sender=user)
    assert again == Receipt(refusal=ConsentKnown(*consent))
    assert machine.view("consent_log", "consent_of", *consent) == (GENESIS, ENDLESS)

    machine.wait(100)
    withdrawn = machine.call("consent_log", "withdraw", PURPOSE, 7, sender=user)
    assert withdrawn == Receipt(events=(Log("consent_log", ConsentWithdrawn(*consent)),))
    again = machine.call("consent_log", "withdraw", PURPOSE, 7, sender=user)
    assert again == Receipt(refusal=NoConsent(*consent))
    assert machine.view("consent_log", "consent_of", *consent) == (GENESIS + 100, GENESIS + 100)

    machine.wait(100)
    assert machine.call("consent_log", "give", PURPOSE, 7, sender=user).ok


def test_the_past_stays_as_it_was(machine, user):
    consent = (user, PURPOSE, 7)
    for function in ("give", "withdraw", "give"):
        machine.call("consent_log", function, PURPOSE, 7, sender=user)
        machine.wait(100)

    def is_given(second):
        return machine.view("consent_log", "is_given", *consent, GENESIS + second)

    def was_given(first, last):
        first, last = GENESIS + first, GENESIS + last
        return machine.view("consent_log", "was_given", *consent, first, last)

    assert [is_given(second) for second in (-1, 0, 99, 100, 199, 200)] == [
        False,
        True,
        True,
        False,
        False,
        True,
    ]
    assert is_given(10**9)
    assert not machine.view("consent_log", "is_given", *consent, 2**64 - 1)
    assert not was_given(-50, -1)
    assert was_given(-50, 0)
    assert was_given(50, 150)
    # What was agreed to until the very second in which a time begins may have been used in it.
    assert was_given(100, 150)
    assert not was_given(101, 199)
    assert was_given(101, 200)


def test_a_consent_is_one_persons_for_one_purpose_and_model(machine, user, host):
    machine.call("consent_log", "give", PURPOSE, 7, sender=user)

    for other in ((host, PURPOSE, 7), (user, bytes(32), 7), (user, PURPOSE, 8)):
        assert machine.view("consent_log", "consent_of", *other) == (0, 0)
        assert not machine.view("consent_log", "is_given", *other, machine.now)
