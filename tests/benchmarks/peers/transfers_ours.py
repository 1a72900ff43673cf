"""The market on our engines: typed calls, decoded receipts, gas; a block per step."""

import sys
from collections.abc import Sequence
from pathlib import Path

import eth_abi
from market import (
    ADMIN,
    AGENTS,
    BLOCK_SECONDS,
    GENESIS,
    STEPS,
    SUPPLY,
    Transfer,
    address,
    expected,
    play_on,
    token,
)
from rounds import Outcome, serve

sys.path.insert(0, str(Path(__file__).parents[3]))

from protocol.contract import Observation
from protocol.deployment import Deployment
from protocol.hashing import create_address
from protocol.openzeppelin import erc20, errors
from protocol.parameters import resolve
from protocol.types import Address, Call
from sim.chain import open_engine
from sim.chain.deployment import Blueprint

DEPLOYMENT = Deployment(values=resolve({}), genesis_timestamp=GENESIS)
ADMINISTRATOR = Address(address(ADMIN))
AGENT_ADDRESSES = [Address(address(agent)) for agent in range(AGENTS)]
OURS = (errors.ERC20InsufficientBalance, errors.ERC20InvalidReceiver, errors.ERC20InvalidSender)


class Chain:
    def __init__(self, engine: str, balances: Sequence[int]) -> None:
        entries, code = token()
        blueprint = Blueprint(
            name="token",
            address=create_address(DEPLOYMENT.deployer, 0),
            abi=tuple(entries),
            code=code + eth_abi.encode(["address", "uint256"], [ADMINISTRATOR, SUPPLY]),
            events=(erc20.Approval, erc20.Transfer),
            errors=OURS,
        )
        self.engine = open_engine(engine)
        self.engine.deploy(DEPLOYMENT, [blueprint])
        self.now, self.gas = GENESIS, 0
        for agent, balance in enumerate(balances):
            if balance:
                arguments = (AGENT_ADDRESSES[agent], balance)
                call = Call("token", "transfer", arguments, ADMINISTRATOR, GENESIS)
                assert self.engine.execute(call).ok

    def balance(self, agent: int) -> int:
        asked = Observation("token", "balance_of", (AGENT_ADDRESSES[agent],))
        balance: int = self.engine.view(asked, self.now).value
        return balance

    def block(self, transfers: Sequence[Transfer]) -> None:
        self.now += BLOCK_SECONDS
        for sender, receiver, amount in transfers:
            arguments = (AGENT_ADDRESSES[receiver], amount)
            call = Call("token", "transfer", arguments, AGENT_ADDRESSES[sender], self.now)
            receipt = self.engine.execute(call)
            assert receipt.value is True
            ((_, event),) = receipt.events
            assert event.value == amount
            self.gas += receipt.gas or 0


def play(engine: str, first: int) -> Outcome:
    balances, _ = expected(first)
    chain = Chain(engine, balances)
    outcome = play_on(chain, first)
    return {**outcome, "gas": chain.gas}


if __name__ == "__main__":
    engine_name, last_steps = sys.argv[1], int(sys.argv[2])
    serve(lambda: play(engine_name, STEPS - last_steps))
