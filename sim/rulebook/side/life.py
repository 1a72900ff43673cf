"""Everything that is done after the recorded economy, one thing after the other."""

from protocol.types import Call
from protocol.world import World
from sim.rulebook.side.currencies import currencies
from sim.rulebook.side.customers import customers
from sim.rulebook.side.payments import payments
from sim.rulebook.side.politics import politics
from sim.rulebook.side.releases import releases
from sim.rulebook.side.shares import shares
from sim.rulebook.side.stage import Stage
from sim.rulebook.side.works import works


def side_life(world: World, now: int) -> list[Call]:
    """Let everything happen that agents do not do, from a time on; return the calls."""
    stage = Stage(world, now)
    for act in (politics, works, shares, releases, customers, payments, currencies):
        act(stage)
    return stage.calls
