"""
The random-transfer market of the documentation of verbs, in integers: what every contender plays.

In a step each agent that held tokens when the step began sends up to a limit to an agent drawn at
random. Receivers are drawn beforehand, so that all play the same market; as nobody receives before
everybody has decided, balances after a step do not depend on the order within it.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rounds import Outcome, timed

AGENTS = 100
STEPS = 1_000
SUPPLY = 10**19
MOST = 100_000
SEED = 101
FIRST_ADDRESS = 100
ADMIN = 99_999_999
GENESIS = 1_700_006_400
BLOCK_SECONDS = 15

Transfer = tuple[int, int, int]
"""Sender, receiver, amount."""


class Chain(Protocol):
    """What a market is played on; agents are named by their number."""

    def balance(self, agent: int) -> int:
        """Return what an agent holds now, read from the contract."""

    def block(self, transfers: Sequence[Transfer]) -> None:
        """Carry transfers out in a new block."""


def receivers(steps: int, agents: int = AGENTS) -> list[list[int]]:
    """Return whom each agent draws, step by step."""
    source = random.Random(SEED)
    return [[source.randrange(agents) for _ in range(agents)] for _ in range(steps)]


def decisions(balances: Sequence[int], drawn: Sequence[int]) -> list[Transfer]:
    """Return what agents with these balances send."""
    return [
        (agent, drawn[agent], min(balance, MOST))
        for agent, balance in enumerate(balances)
        if balance > 0
    ]


def expected(steps: int, agents: int = AGENTS) -> tuple[list[int], int]:
    """Return the balances after so many steps, and how many transfers it took."""
    balances, count = [SUPPLY] + [0] * (agents - 1), 0
    for drawn in receivers(steps, agents):
        transfers = decisions(balances, drawn)
        count += len(transfers)
        for sender, receiver, amount in transfers:
            balances[sender] -= amount
            balances[receiver] += amount
    return balances, count


def address(agent: int) -> str:
    """Return an agent's address, or the administrator's: its number, as in the documentation."""
    return f"0x{(agent if agent == ADMIN else agent + FIRST_ADDRESS):040x}"


def token() -> tuple[list[dict[str, Any]], bytes]:
    """Return ABI and creation code of the token, without its constructor's arguments."""
    path = Path(__file__).parent / "fixtures/PlainToken.json"
    artifact = json.loads(path.read_text(encoding="utf-8"))
    return artifact["abi"], bytes.fromhex(artifact["bytecode"][2:])


def play_on(chain: Chain, first: int) -> Outcome:
    """Play the market from a step on, to the end, on a chain that holds that step's balances."""
    _, before = expected(first)
    _, all_transfers = expected(STEPS)
    rows = receivers(STEPS)[first:]

    def run() -> None:
        for drawn in rows:
            balances = [chain.balance(agent) for agent in range(AGENTS)]
            chain.block(decisions(balances, drawn))

    seconds = timed(run)
    return {
        "seconds": seconds,
        "transfers": all_transfers - before,
        "steps": STEPS - first,
        "balances": [chain.balance(agent) for agent in range(AGENTS)],
    }
