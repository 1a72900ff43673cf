"""Batches that may be challenged, the receipts that a beacon picks, and the checks of them."""

from typing import TYPE_CHECKING

from protocol.types import ZERO_HASH
from protocol.verification import picks
from sim.catalogue import Listing
from sim.service import CheckRecord, OpenCheck, SettledBatch

if TYPE_CHECKING:
    from sim.agents.host import Host
    from sim.agents.validator import Validator
    from sim.market import Market


class Challenges:
    """What is still open to doubt, and what became of each check."""

    def __init__(self, market: "Market") -> None:
        self._market = market
        self._batches: dict[int, SettledBatch] = {}
        self._checks: dict[int, OpenCheck] = {}
        self.records: dict[int, CheckRecord] = {}
        self.proofs_accepted: dict[int, tuple[Listing, int]] = {}
        self.sampled = self.picked = 0
        self.honest_slashes = 0

    def begin_tick(self) -> None:
        """Start a tick's counts at zero."""
        self.honest_slashes = 0

    def settled(self, batch: SettledBatch) -> None:
        """Publish a batch's receipts."""
        self._batches[batch.batch_id] = batch

    def released(self, batches: list[SettledBatch]) -> None:
        """Forget batches whose money has moved on."""
        for batch in batches:
            del self._batches[batch.batch_id]

    def newly_picked(self) -> list[SettledBatch]:
        """Return the batches whose beacon became final, with the receipts that it picks."""
        market = self._market
        length = market.scenario.protocol.epoch
        rate = market.parameter("spotCheckRatePpm")
        final = [
            batch
            for batch in self._batches.values()
            if not batch.is_sampled and batch.settled_at // length + 1 < market.epoch
        ]
        for batch in final:
            batch.is_sampled = True
            beacon = market.view("verification", "beacon_of", batch.settled_at // length + 1)
            if beacon == ZERO_HASH:
                # Nobody revealed a secret for that epoch: the batch is beyond checking.
                continue
            batch.picked = [
                place for place, call in enumerate(batch.calls) if picks(beacon, call.leaf, rate)
            ]
        self.sampled = sum(len(batch.calls) for batch in final)
        self.picked = sum(len(batch.picked) for batch in final)
        return [batch for batch in final if batch.picked]

    def opened(
        self, check_id: int, validator: "Validator", batch: SettledBatch, place: int
    ) -> None:
        """Note a check, and let a worker start on the proof if the host has an answer to give."""
        market = self._market
        deadline = market.now + market.parameter("answerWindowSeconds")
        self._checks[check_id] = OpenCheck(
            check_id, validator.name, batch, place, market.tick, deadline
        )
        batch.open_checks += 1
        served = batch.calls[place]
        listing = served.listing
        self.records[check_id] = CheckRecord(
            batch.host,
            validator.name,
            listing.model_id,
            listing.version,
            market.tick,
            -1,
            "open",
            served.is_honest,
        )
        if served.is_honest:
            market.workshop.proof(listing, served.row)

    def to_answer(self, host: "Host") -> list[OpenCheck]:
        """Return a host's checks opened before this tick and still in time."""
        market = self._market
        return [
            check
            for check in self._checks.values()
            if check.batch.host == host.name
            and check.opened_at < market.tick
            and market.now <= check.deadline
        ]

    def expired(self, validator: "Validator") -> list[OpenCheck]:
        """Return the checks that a validator opened and nobody answered in time."""
        return [
            check
            for check in self._checks.values()
            if check.validator == validator.name and self._market.now > check.deadline
        ]

    def failed(self, check: OpenCheck) -> None:
        """Note a check that nobody answered in time."""
        self.honest_slashes += check.batch.calls[check.place].is_honest
        self._close(check, "failed")

    def passed(self, check: OpenCheck, proof_bytes: int) -> None:
        """Note a check that a proof answered."""
        listing = check.batch.calls[check.place].listing
        self.proofs_accepted[check.check_id] = (listing, proof_bytes)
        self._close(check, "passed")

    def _close(self, check: OpenCheck, outcome: str) -> None:
        record = self.records[check.check_id]
        self.records[check.check_id] = record._replace(
            closed_tick=self._market.tick, outcome=outcome
        )
        del self._checks[check.check_id]
        check.batch.open_checks -= 1
