"""What walks have met, and what they still look for."""

from protocol.errors import AmountIsZero
from protocol.staking import Staked
from protocol.types import Address, Call, Log, Receipt
from sim.rulebook.familiarity import Familiarity
from sim.rulebook.functions import functions

SOMEBODY = Address("0x" + "a1" * 20)
STAKE = Call("staking", "stake", (0, 1), SOMEBODY, 0)
REFUSED = Receipt(refusal=AmountIsZero())


def test_an_ending_is_familiar_by_refusal_or_by_what_was_announced():
    known = Familiarity()
    quiet, loud = Receipt(), Receipt(events=(Log("staking", Staked(SOMEBODY, 0, 1)),))

    for receipt in (REFUSED, REFUSED, loud):
        known.note(STAKE, receipt)

    assert [known.of(STAKE, each) for each in (REFUSED, loud, quiet)] == [2, 1, 0]


def test_functions_are_wanted_more_until_they_have_refused_all_that_their_text_says():
    known = Familiarity()
    name = ("staking", "stake")
    promised = next(
        [error for error, when in each.refusals.items() if when]
        for each in functions()
        if each.key == "staking.stake"
    )
    before = known.wanted().count(name)

    for error in promised:
        refusal = error.__new__(error)
        known.note(STAKE, Receipt(refusal=refusal))

    assert (before, known.wanted().count(name)) == (3, 1)
    assert set(known.wanted()) == {
        (each.contract, each.name) for each in functions() if not each.is_view
    }
    assert not known.is_worth_waiting(name)


def test_nobody_waits_for_ever():
    known = Familiarity()
    name = ("governor", "propose")

    waits = [known.is_worth_waiting(name) for _ in range(100)]

    assert waits == sorted(waits, reverse=True)
    assert waits[0]
    assert not waits[-1]
