"""Windows, delays and ticks that do not fit each other, and votes that come too late."""

from collections.abc import Iterator

from sim.scenario.finding import Finding
from sim.scenario.schema import Scenario
from sim.scenario.units import DURATION


def check_times(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is wrong or doubtful about times."""
    yield from _time(scenario)
    yield from _proposals(scenario)


def _time(scenario: Scenario) -> Iterator[Finding]:
    protocol = scenario.protocol
    window = protocol.epoch * protocol.settlement_window
    settles_every = scenario.population.hosts.settle_every * scenario.tick
    if settles_every > window:
        yield Finding(
            "E116",
            "population.hosts.settle_every",
            f"hosts settle every {DURATION.show(settles_every)}, receipts lapse after "
            f"{DURATION.show(window)}",
            "every receipt would be void",
            (f"at most {DURATION.show(window)}",),
            (
                "population.hosts.settle_every",
                "tick",
                "protocol.epoch",
                "protocol.settlement_window",
            ),
        )
    beacon_final = 2 * protocol.epoch
    if protocol.spot_check_rate and protocol.challenge_window < beacon_final:
        yield Finding(
            "E116",
            "protocol.challenge_window",
            f"the challenge window is {DURATION.show(protocol.challenge_window)}, the beacon is "
            f"final up to {DURATION.show(beacon_final)} after a settlement",
            "late batches could never be checked",
            (f"at least {DURATION.show(beacon_final)}",),
            ("protocol.challenge_window", "protocol.epoch"),
        )
    slashed_after = protocol.challenge_window + protocol.answer_window
    if protocol.spot_check_rate and slashed_after >= protocol.unbonding:
        yield Finding(
            "W204",
            "protocol.unbonding",
            f"a check may fail {DURATION.show(slashed_after)} after a settlement, stake is free "
            f"{DURATION.show(protocol.unbonding)} after notice",
            "a host that cheats and leaves escapes the slash",
            (),
            ("protocol.unbonding", "protocol.challenge_window", "protocol.answer_window"),
        )
    holders = scenario.population.holders
    if holders.cliff > holders.vesting:
        yield Finding(
            "E116",
            "population.holders.cliff",
            f"the cliff is {DURATION.show(holders.cliff)}, all is streamed after "
            f"{DURATION.show(holders.vesting)}",
            "the cliff would come after the end",
            (f"at most {DURATION.show(holders.vesting)}",),
            ("population.holders.cliff", "population.holders.vesting"),
        )
    if scenario.tick > protocol.epoch:
        yield Finding(
            "E116",
            "tick",
            f"a tick is {DURATION.show(scenario.tick)}, an epoch {DURATION.show(protocol.epoch)}",
            "validators would miss epochs of the beacon",
            (f"at most {DURATION.show(protocol.epoch)}",),
            ("tick", "protocol.epoch"),
        )


def _proposals(scenario: Scenario) -> Iterator[Finding]:
    protocol = scenario.protocol
    takes = protocol.voting_delay + protocol.voting_period + protocol.timelock
    for position, proposal in enumerate(scenario.governance.proposals):
        path = f"governance.proposals[{position}]"
        if proposal.tick > scenario.ticks:
            yield Finding(
                "E115",
                f"{path}.tick",
                f"proposed at tick {proposal.tick}, the run has {scenario.ticks}",
                "it would never be made",
                (f"1 to {scenario.ticks}",),
                (f"{path}.tick", "ticks"),
            )
        elif proposal.tick * scenario.tick + takes > scenario.ticks * scenario.tick:
            yield Finding(
                "W202",
                f"{path}.tick",
                f"a vote and its delays take {DURATION.show(takes)}, the run ends before that",
                "it cannot take effect within the run",
                (),
                (f"{path}.tick", "ticks", "tick", "protocol."),
            )
        if getattr(protocol, proposal.parameter) == proposal.value:
            yield Finding(
                "W203",
                f"{path}.value",
                f"`{proposal.parameter}` has this value already",
                "the proposal changes nothing",
                (),
                (f"{path}.value", f"protocol.{proposal.parameter}"),
            )
