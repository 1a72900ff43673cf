"""What walks stray from beside the recorded economy succeeds, on the model and on a chain."""

from dataclasses import replace

import pytest

from protocol.gateway_errors import WrongSigner
from protocol.types import Address
from protocol.world import World
from sim.rulebook.side.life import side_life
from sim.rulebook.side.stage import keys
from sim.rulebook.signing import signed


@pytest.fixture
def calls(deployment):
    world = World(deployment, lambda *_: False)
    return side_life(world, deployment.genesis_timestamp)


def test_everything_that_is_done_beside_the_economy_succeeds_in_lockstep(lockstep, calls):
    receipts = [lockstep.execute(call) for call in calls]

    assert [receipt.refusal for receipt in receipts] == [None] * len(receipts)
    lockstep.executor.end_tick(calls[-1].timestamp, full=True)


def test_a_message_that_is_changed_is_signed_anew_where_its_signer_is_known(world, calls):
    place = next(at for at, call in enumerate(calls) if call.function == "open_session")
    for call in calls[:place]:
        assert world.execute(call).ok
    opening = calls[place]
    session, signature = opening.arguments
    dearer = replace(opening, arguments=(session._replace(maximum_price=1), signature))
    somebody = session._replace(user=Address("0x" + "99" * 20))

    assert isinstance(world.rehearse(dearer).refusal, WrongSigner)
    assert world.rehearse(signed(world, dearer, keys())).ok
    stranger = replace(opening, arguments=(somebody, signature))
    assert signed(world, stranger, keys()) == stranger
    transfer = next(call for call in calls if call.function == "transfer")
    assert signed(world, transfer, keys()) == transfer
