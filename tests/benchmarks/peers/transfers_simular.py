"""The market in simular: a transaction per transfer, gas and events in its result."""

import json
from collections.abc import Sequence

from market import (
    ADMIN,
    AGENTS,
    BLOCK_SECONDS,
    SUPPLY,
    Transfer,
    address,
    play_on,
    token,
)
from rounds import Outcome, serve
from simular import Contract, PyAbi, PyEvm

AGENT_ADDRESSES = [address(agent) for agent in range(AGENTS)]


class Chain:
    def __init__(self) -> None:
        entries, code = token()
        self.evm = PyEvm()
        admin = address(ADMIN)
        for who in (admin, *AGENT_ADDRESSES):
            self.evm.create_account(who, 0)
        self.token = Contract(self.evm, PyAbi.from_abi_bytecode(json.dumps(entries), code))
        self.token.deploy(admin, SUPPLY, caller=admin)
        self.token.transfer.transact(AGENT_ADDRESSES[0], SUPPLY, caller=admin)
        self.gas = 0

    def balance(self, agent: int) -> int:
        balance: int = self.token.balanceOf.call(AGENT_ADDRESSES[agent])
        return balance

    def block(self, transfers: Sequence[Transfer]) -> None:
        for sender, receiver, amount in transfers:
            result = self.token.transfer.transact(
                AGENT_ADDRESSES[receiver], amount, caller=AGENT_ADDRESSES[sender]
            )
            assert result.output is True
            assert result.event["Transfer"][2] == amount
            self.gas += result.gas_used
        self.evm.advance_block(BLOCK_SECONDS)


def play() -> Outcome:
    chain = Chain()
    outcome = play_on(chain, 0)
    return {**outcome, "gas": chain.gas}


if __name__ == "__main__":
    serve(play)
