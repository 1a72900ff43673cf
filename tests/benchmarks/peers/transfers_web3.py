"""
The market in web3.py on eth-tester: a signed transaction and a block per transfer, decoded
receipts. A block per step takes twice as long there. The market's last steps alone are played, from
the balances that it has then.
"""

import sys
from collections.abc import Sequence
from typing import Any

import eth_abi
from eth_tester import EthereumTester, PyEVMBackend
from market import AGENTS, STEPS, SUPPLY, Transfer, expected, play_on, token
from rounds import Outcome, serve
from web3 import EthereumTesterProvider, Web3

GAS = 200_000
COIN = 10**24


class Chain:
    def __init__(self, balances: Sequence[int]) -> None:
        entries, code = token()
        mnemonic = "test test test test test test test test test test test junk"
        backend = PyEVMBackend.from_mnemonic(
            mnemonic, genesis_state_overrides={"balance": COIN}, num_accounts=AGENTS + 1
        )
        self.w3 = Web3(EthereumTesterProvider(EthereumTester(backend)))
        *self.agents, admin = self.w3.eth.accounts
        constructor = eth_abi.encode(["address", "uint256"], [admin, SUPPLY])
        creation = {"from": admin, "data": "0x" + (code + constructor).hex(), "gas": 3_000_000}
        created = self.w3.eth.send_transaction(creation)
        where = self.w3.eth.get_transaction_receipt(created)["contractAddress"]
        self.token: Any = self.w3.eth.contract(address=where, abi=entries)
        for agent, balance in enumerate(balances):
            if balance:
                grant = self.token.functions.transfer(self.agents[agent], balance)
                grant.transact({"from": admin, "gas": GAS})
        self.gas = 0

    def balance(self, agent: int) -> int:
        balance: int = self.token.functions.balanceOf(self.agents[agent]).call()
        return balance

    def block(self, transfers: Sequence[Transfer]) -> None:
        sent = [
            self.token.functions.transfer(self.agents[receiver], amount).transact(
                {"from": self.agents[sender], "gas": GAS}
            )
            for sender, receiver, amount in transfers
        ]
        for each, (_, _, amount) in zip(sent, transfers, strict=True):
            receipt = self.w3.eth.get_transaction_receipt(each)
            assert receipt["status"] == 1
            (event,) = self.token.events.Transfer().process_receipt(receipt)
            assert event["args"]["value"] == amount
            self.gas += receipt["gasUsed"]


def play(first: int) -> Outcome:
    balances, _ = expected(first)
    chain = Chain(balances)
    outcome = play_on(chain, first)
    return {**outcome, "gas": chain.gas}


if __name__ == "__main__":
    last_steps = int(sys.argv[1])
    serve(lambda: play(STEPS - last_steps))
