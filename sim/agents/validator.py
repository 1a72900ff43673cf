"""Validators: they feed the beacon, and open checks where the reward is worth the cost."""

from typing import TYPE_CHECKING

from protocol.hashing import keccak, words
from protocol.money import BPS
from protocol.types import Call, Receipt
from sim.accounts import Account
from sim.agents.base import Actions, MarketAgent
from sim.service import SettledBatch
from sim.streams import stream

if TYPE_CHECKING:
    from sim.market import Market

_VALIDATOR = 1


class Validator(MarketAgent):
    """
    Stakes, commits and reveals a secret per epoch, opens the checks that fall to it, and closes
    expired ones.
    """

    def __init__(self, market: "Market", account: Account) -> None:
        super().__init__(market, account)
        self._secrets: dict[int, bytes] = {}
        self._secret_stream = stream(market.seed, f"{self.name}/secrets")
        self._uptime = stream(market.seed, f"{self.name}/uptime").random(market.scenario.ticks)
        self.costs = 0

    @property
    def is_up(self) -> bool:
        """Whether the validator is there in this tick."""
        return bool(
            self._uptime[self.market.tick] < self.market.scenario.population.validators.uptime
        )

    def join(self) -> Actions:
        """Stake."""
        staking = self.market.world.addresses["staking"]
        amount = self.market.scenario.population.validators.stake
        yield self.call("settlement_token", "approve", staking, amount)
        yield self.call("staking", "stake", _VALIDATOR, amount)

    def feed_beacon(self) -> Actions:
        """Reveal this epoch's secret and commit to the next one's."""
        if not self.is_up:
            return
        epoch = self.market.epoch
        if epoch in self._secrets:
            yield self.call("verification", "reveal_secret", epoch, self._secrets.pop(epoch))
        if epoch + 1 not in self._secrets:
            secret = self._secret_stream.bytes(32)
            commitment = keccak(words(self.address, secret))
            receipt = yield self.call("verification", "commit_secret", epoch + 1, commitment)
            if receipt.ok:
                self._secrets[epoch + 1] = secret

    def check(self, batches: list[SettledBatch], turn: int, validators: int) -> Actions:
        """
        Open the picked receipts that fall to this validator, as far as a check pays.

        Whose turn it is follows from the receipt, so that no two validators race for one.
        """
        if not self.is_up:
            return
        left = self.market.scenario.population.validators.checks_per_tick
        for batch in batches:
            if not batch.picked or not self._pays(batch):
                continue
            for place in batch.picked:
                if left == 0 or batch.calls[place].leaf[0] % validators != turn:
                    continue
                receipt = yield self._open(batch, place)
                if receipt.ok:
                    left -= 1
                    self.costs += self.market.scenario.population.validators.check_cost
                    self.market.challenges.opened(receipt.value, self, batch, place)

    def _open(self, batch: SettledBatch, place: int) -> Call:
        served = batch.calls[place]
        return self.call(
            "verification", "open_check", batch.batch_id, served.receipt, batch.tree.proof(place)
        )

    def _pays(self, batch: SettledBatch) -> bool:
        """
        Whether a check is expected to earn more than it costs.

        (1 - f) min(reward, pool) + f min(cap, share s S) > cost: an answered check earns the
        reward, an unanswered one the reporter's share of the slash. f is the chance of no answer,
        by the rule of succession from all checks so far (Laplace): (failed + 1) / (closed + 2).
        """
        market = self.market
        tally = market.tally
        failing = (tally.checks_failed + 1) / (tally.checks_passed + tally.checks_failed + 2)
        reward = min(market.parameter("checkReward"), market.view("revenue", "pool"))
        slash = market.bonded(batch.host) * market.parameter("wrongOutputSlashBps") // BPS
        share = slash * market.parameter("reporterShareBps") // BPS
        reported = min(share, market.parameter("reporterRewardCap"))
        expected = (1 - failing) * reward + failing * reported
        return bool(expected > market.scenario.population.validators.check_cost)

    def close_expired(self) -> Actions:
        """
        Report the hosts that did not answer this validator's checks in time, and claim what that
        earned.
        """
        for check in self.market.challenges.expired(self):
            receipt: Receipt = yield self.call("verification", "expire_check", check.check_id)
            if receipt.ok:
                self.market.challenges.failed(check)
        if self.market.view("staking", "reward_of", self.address):
            yield self.call("staking", "claim")

    def collect(self) -> Actions:
        """Withdraw what answered checks earned."""
        yield from self.market.currencies.collect(self)
