"""
The economy on the reference model: the settlement token is the ledger, and Mesa agents of the
market's kind yield typed calls and are sent their receipts.

The first word is `none` (the model alone) or an engine, on which the contracts are run in lockstep.
"""

import sys

from economy import ENDOWMENT, FEE, Payment, payments
from rounds import Outcome, serve, timed

from protocol.contract import Observation
from protocol.deployment import DEPLOYER, Deployment
from protocol.parameters import resolve
from protocol.types import Address, Call, Receipt
from protocol.world import World
from sim.accounts import account
from sim.agents.base import Actions, MarketAgent, MarketModel
from sim.chain import open_engine
from sim.lockstep import Lockstep, ModelOnly

GENESIS = 1_700_006_400
STEP_SECONDS = 86_400
TOKEN = "settlement_token"
SEED = 7
TREASURY = account(SEED, "treasury")


class Payer(MarketAgent):
    """Pays the fee, then another agent."""

    market: "Economy"

    def __init__(self, economy: "Economy", number: int, wanted: list[Payment]) -> None:
        super().__init__(economy, account(SEED, f"payer-{number}"))
        self.wanted = iter(wanted)

    def pay(self) -> Actions:
        receiver, amount = next(self.wanted)
        receipt = yield self.call(TOKEN, "transfer", TREASURY.address, FEE)
        if receipt.ok:
            payee = self.market.payers[receiver].address
            receipt = yield self.call(TOKEN, "transfer", payee, amount)
        self.market.refused += not receipt.ok


class Economy(MarketModel):
    """The market's own way to let agents act, without its phases."""

    def __init__(self, machine: ModelOnly) -> None:
        super().__init__()
        self.machine, self.now, self.refused = machine, GENESIS, 0
        self.payers = [
            Payer(self, number, list(wanted))
            for number, wanted in enumerate(zip(*payments(), strict=True))
        ]
        self.collected: list[int] = []
        for payer in self.payers:
            grant = Call(TOKEN, "transfer", (payer.address, ENDOWMENT), DEPLOYER, self.now)
            assert machine.execute(grant).ok

    def balance(self, who: Address) -> int:
        asked = Observation(TOKEN, "balance_of", (who,))
        balance: int = self.machine.world.view(asked, self.now).value
        return balance

    def perform(self, actions: Actions) -> None:
        try:
            call = next(actions)
            while True:
                receipt: Receipt = self.machine.execute(call)
                call = actions.send(receipt)
        except StopIteration:
            return

    def step(self) -> None:
        self.now += STEP_SECONDS
        for payer in self.payers:
            self.perform(payer.pay())
        self.collected.append(self.balance(TREASURY.address))
        self.machine.end_tick(self.now)


def machine_of(engine_name: str) -> ModelOnly:
    deployment = Deployment(values=resolve({}), genesis_timestamp=GENESIS)
    world = World(deployment, lambda *_: False)
    if engine_name == "none":
        return ModelOnly(world)
    engine = open_engine(engine_name)
    engine.deploy(deployment)
    return Lockstep(world, engine)


def play(engine_name: str) -> Outcome:
    economy = Economy(machine_of(engine_name))
    steps = len(payments())

    def run() -> None:
        for _ in range(steps):
            economy.step()

    seconds = timed(run)
    everyone = [*(payer.address for payer in economy.payers), TREASURY.address]
    outcome = {
        "seconds": seconds,
        "balances": [economy.balance(each) for each in everyone],
        "refused": economy.refused,
    }
    economy.forget()
    return outcome


if __name__ == "__main__":
    serve(lambda: play(sys.argv[1]))
