from protocol.gateway_events import ReceiptsSettled, SessionClosedAndRefunded, SessionOpened
from protocol.types import Call, Log, Receipt
from sim.ledger import Ledger

SESSION = bytes(31) + b"\1"


def noted(*events):
    """Return a ledger after one call that announced some events."""
    ledger = Ledger()
    call = Call("gateway", "settle", (), "0x", 0)
    logs = tuple(Log("gateway", event) for event in events)
    ledger.on_call(0, "host-1", call, Receipt(events=logs))
    return ledger


def test_a_session_is_kept_while_it_is_open():
    opened = SessionOpened(SESSION, "0x", "0x", 1, 100)
    settled = ReceiptsSettled(SESSION, 1, 2, 2, 40)

    assert noted(opened, settled).sessions[SESSION].spent == 40
    closed = noted(opened, settled, SessionClosedAndRefunded(SESSION, 60))
    assert closed.sessions == {}
    assert closed.faults == []


def test_what_settles_after_a_session_was_closed_is_a_fault():
    ledger = noted(
        SessionOpened(SESSION, "0x", "0x", 1, 100),
        SessionClosedAndRefunded(SESSION, 100),
        ReceiptsSettled(SESSION, 1, 2, 2, 40),
    )

    assert ledger.faults == [f"I-06 session {SESSION.hex()[:8]} settled without being opened"]
