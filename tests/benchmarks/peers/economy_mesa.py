"""The economy in plain Mesa: an agent per payer, a data collector for treasury and refusals."""

import mesa
from economy import ENDOWMENT, FEE, Payment, payments
from rounds import Outcome, serve, timed


class Payer(mesa.Agent):
    def __init__(self, model: "Economy", wanted: list[Payment]) -> None:
        super().__init__(model)
        self.balance = ENDOWMENT
        self.wanted = iter(wanted)

    def step(self) -> None:
        receiver, amount = next(self.wanted)
        if self.balance < FEE:
            self.model.refused += 1
            return
        self.balance -= FEE
        self.model.treasury += FEE
        if self.balance < amount:
            self.model.refused += 1
            return
        self.balance -= amount
        self.model.payers[receiver].balance += amount


class Economy(mesa.Model):
    def __init__(self) -> None:
        super().__init__(seed=7)
        self.treasury = self.refused = 0
        self.payers = [Payer(self, list(wanted)) for wanted in zip(*payments(), strict=True)]
        self.datacollector = mesa.DataCollector(
            model_reporters={"treasury": "treasury", "refused": "refused"}
        )

    def step(self) -> None:
        self.agents.do("step")
        self.datacollector.collect(self)


def play() -> Outcome:
    economy = Economy()
    steps = len(payments())

    def run() -> None:
        for _ in range(steps):
            economy.step()

    seconds = timed(run)
    balances = [payer.balance for payer in economy.payers]
    return {
        "seconds": seconds,
        "balances": [*balances, economy.treasury],
        "refused": economy.refused,
    }


if __name__ == "__main__":
    serve(play)
