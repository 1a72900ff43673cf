"""The economy as a loop over a list: what the arithmetic alone takes."""

from economy import genesis, payments, step
from rounds import Outcome, serve, timed


def play() -> Outcome:
    balances, wanted, refused = genesis(), payments(), []
    collected = []

    def run() -> None:
        for each in wanted:
            refused.append(step(balances, each))
            collected.append(balances[-1])

    seconds = timed(run)
    return {"seconds": seconds, "balances": balances, "refused": sum(refused)}


if __name__ == "__main__":
    serve(play)
