"""
The market in verbs: its own simulation loop, queue and blocks, as its documentation has it.

With the word `receipts` each transfer is executed directly instead, which returns gas and the data
of logs, and these are decoded. Indexed fields (who, to whom) are not to be had from verbs.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import verbs
from market import (
    ADMIN,
    AGENTS,
    MOST,
    STEPS,
    SUPPLY,
    Transfer,
    address,
    expected,
    play_on,
    receivers,
    token,
)
from rounds import Outcome, serve, timed

AGENT_ADDRESSES = [bytes.fromhex(address(agent)[2:]) for agent in range(AGENTS)]


def deployed() -> tuple[Any, Any, bytes]:
    """Return environment, ABI and token, all of which the first agent holds."""
    entries, code = token()
    env = verbs.envs.EmptyEnvRandom(1234)
    admin = bytes.fromhex(address(ADMIN)[2:])
    env.create_account(admin, SUPPLY)
    abi = verbs.abi.get_abi("PlainToken", entries)
    created = abi.constructor.deploy(env, admin, code.hex(), ["0x" + admin.hex(), SUPPLY])
    abi.transfer.execute(env, admin, created, [AGENT_ADDRESSES[0], SUPPLY])
    return env, abi, created


class Agent:
    """An agent of the documentation's example; its receivers are drawn beforehand."""

    def __init__(self, number: int, created: bytes, abi: Any, drawn: list[list[int]]) -> None:
        self.address = AGENT_ADDRESSES[number]
        self.token, self.abi = created, abi
        self.receivers = iter([AGENT_ADDRESSES[row[number]] for row in drawn])
        self.balance = 0

    def update(self, rng: np.random.Generator, env: Any) -> list[Any]:
        self.balance = self.abi.balanceOf.call(env, self.address, self.token, [self.address])[0][0]
        receiver = next(self.receivers)
        if self.balance > 0:
            amount = min(self.balance, MOST)
            return [self.abi.transfer.transaction(self.address, self.token, [receiver, amount])]
        return []

    def record(self, env: Any) -> int:
        return self.balance


def play_queue() -> Outcome:
    env, abi, created = deployed()
    drawn = receivers(STEPS)
    agents = [Agent(number, created, abi, drawn) for number in range(AGENTS)]
    runner = verbs.sim.Sim(101, env, agents)
    seconds = timed(lambda: runner.run(STEPS, show_progress=False))
    return {
        "seconds": seconds,
        "transfers": expected(STEPS)[1],
        "steps": STEPS,
        "balances": [
            abi.balanceOf.call(env, each, created, [each])[0][0] for each in AGENT_ADDRESSES
        ],
    }


class Chain:
    """Direct execution, with gas and decoded events."""

    def __init__(self) -> None:
        self.env, self.abi, self.token = deployed()
        self.gas = 0

    def balance(self, agent: int) -> int:
        who = AGENT_ADDRESSES[agent]
        balance: int = self.abi.balanceOf.call(self.env, who, self.token, [who])[0][0]
        return balance

    def block(self, transfers: Sequence[Transfer]) -> None:
        for sender, receiver, amount in transfers:
            done, logs, gas = self.abi.transfer.execute(
                self.env,
                AGENT_ADDRESSES[sender],
                self.token,
                [AGENT_ADDRESSES[receiver], amount],
            )
            assert done == (True,)
            ((_, data),) = logs
            assert self.abi.Transfer.decode(data) == (amount,)
            self.gas += gas
        self.env.process_block()


def play_receipts() -> Outcome:
    chain = Chain()
    outcome = play_on(chain, 0)
    return {**outcome, "gas": chain.gas}


if __name__ == "__main__":
    serve(play_receipts if "receipts" in sys.argv else play_queue)
