"""
A small economy in integers, of equal size for every contender: agents pay each other for a fee.

In a step each agent, in order, pays a fee to the treasury and then an amount to another agent. What
it cannot afford is refused and counted; a fee that was paid stays paid. Receivers and amounts are
drawn beforehand.
"""

import random
from collections.abc import Sequence

AGENTS = 100
STEPS = 1_000
ENDOWMENT = 200_000
FEE = 50
MOST = 20_000
SEED = 7

Payment = tuple[int, int]
"""Receiver (an agent's number) and amount."""


def payments(steps: int = STEPS, agents: int = AGENTS) -> list[list[Payment]]:
    """Return what each agent wants to pay, step by step."""
    source = random.Random(SEED)
    return [
        [(source.randrange(agents), source.randrange(1, MOST)) for _ in range(agents)]
        for _ in range(steps)
    ]


def genesis(agents: int = AGENTS) -> list[int]:
    """Return what everyone has at first; the treasury is the last."""
    return [ENDOWMENT] * agents + [0]


def step(balances: list[int], wanted: Sequence[Payment]) -> int:
    """Let every agent pay; change the balances, and return how many payments were refused."""
    refused = 0
    for agent, (receiver, amount) in enumerate(wanted):
        if balances[agent] < FEE:
            refused += 1
            continue
        balances[agent] -= FEE
        balances[-1] += FEE
        if balances[agent] < amount:
            refused += 1
            continue
        balances[agent] -= amount
        balances[receiver] += amount
    return refused
