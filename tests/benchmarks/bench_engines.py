"""
Compare the engines with the plain use of their libraries, on ERC-20 transfers and on a pairing.

Run it with the project's Python: `python tests/benchmarks/bench_engines.py`.
All contenders of a comparison run in turn, several rounds, and the best round of each counts:
the ratios hold on a busy machine, the absolute figures do not.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import eth_abi
import pyrevm
from eth.vm.spoof import SpoofTransaction
from eth_tester import EthereumTester, PyEVMBackend
from web3 import Web3
from web3.providers.eth_tester import EthereumTesterProvider

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

import contracts  # noqa: E402
from protocol.deployment import Deployment  # noqa: E402
from protocol.hashing import create_address  # noqa: E402
from protocol.openzeppelin.erc20 import Approval, Transfer  # noqa: E402
from protocol.openzeppelin.errors import ERC20InsufficientBalance  # noqa: E402
from protocol.parameters import resolve  # noqa: E402
from protocol.types import Address, Call  # noqa: E402
from sim.chain.deployment import Blueprint  # noqa: E402
from sim.chain.engine import Engine  # noqa: E402
from sim.chain.pyevm import PyEvmEngine  # noqa: E402
from sim.chain.revm import RevmEngine  # noqa: E402

ROUNDS = 7
DEPLOYMENT = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
HOLDER = Address("0x" + "11" * 20)
RECIPIENTS = [Address("0x" + f"{number:02x}" * 20) for number in range(0x20, 0x60)]
TOKEN = contracts.load("SettlementToken")
CONSTRUCTOR = eth_abi.encode(["address", "uint256"], [HOLDER, 10**30])
SELECTOR = bytes.fromhex("a9059cbb")
GAS = 30_000_000

Contender = Callable[[], int]
"""Does some transfers (or checks) and returns how many."""


def token_blueprint() -> Blueprint:
    return Blueprint(
        name="token",
        address=create_address(DEPLOYMENT.deployer, 0),
        abi=TOKEN.abi,
        code=TOKEN.bytecode + CONSTRUCTOR,
        events=(Approval, Transfer),
        errors=(ERC20InsufficientBalance,),
    )


def engine_transfers(engine: Engine, count: int) -> Contender:
    engine.deploy(DEPLOYMENT, [token_blueprint()])

    def run() -> int:
        for number in range(count):
            arguments = (RECIPIENTS[number % len(RECIPIENTS)], 1)
            call = Call("token", "transfer", arguments, HOLDER, DEPLOYMENT.genesis_timestamp)
            assert engine.execute(call).ok
        return count

    return run


def web3_transfers(count: int) -> Contender:
    """Return web3.py on eth-tester as it comes: signed, one block for each transfer."""
    w3 = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
    sender = w3.eth.accounts[0]
    code = (TOKEN.bytecode + eth_abi.encode(["address", "uint256"], [sender, 10**30])).hex()
    created = w3.eth.send_transaction({"from": sender, "data": "0x" + code, "gas": 10_000_000})
    address = w3.eth.get_transaction_receipt(created)["contractAddress"]
    token = w3.eth.contract(address=address, abi=TOKEN.abi)
    recipients = [w3.to_checksum_address(each) for each in RECIPIENTS]

    def run() -> int:
        for number in range(count):
            transfer = token.functions.transfer(recipients[number % len(recipients)], 1)
            sent = transfer.transact({"from": sender, "gas": 200_000})
            assert w3.eth.get_transaction_receipt(sent)["status"] == 1
        return count

    return run


def bare_pyevm_transfers(count: int) -> Contender:
    """Return py-evm's `apply_transaction` on its own: ready calldata, no signatures, no blocks."""
    backend = PyEVMBackend()
    chain: Any = backend.chain
    state = chain.get_vm().state
    holder = bytes.fromhex(HOLDER[2:])
    state.set_balance(holder, 10**30)
    base_fee = state.base_fee
    nonce = 0

    def apply(to: bytes, content: bytes) -> Any:
        nonlocal nonce
        unsigned = chain.create_unsigned_transaction(
            nonce=nonce, gas_price=base_fee, gas=GAS // 10, to=to, value=0, data=content
        )
        nonce += 1
        computation = state.apply_transaction(SpoofTransaction(unsigned, from_=holder))
        computation.raise_if_error()
        state.lock_changes()
        return computation

    token = apply(b"", TOKEN.bytecode + CONSTRUCTOR).msg.storage_address
    ready = [SELECTOR + eth_abi.encode(["address", "uint256"], [each, 1]) for each in RECIPIENTS]

    def run() -> int:
        for number in range(count):
            apply(token, ready[number % len(ready)])
        return count

    return run


def bare_revm_transfers(count: int, reads: str) -> Contender:
    """Return a pyrevm loop that encodes with eth-abi; all calls share one open transaction."""
    evm = pyrevm.EVM(gas_limit=2**50, spec_id="PRAGUE")
    token = evm.deploy(DEPLOYMENT.deployer, TOKEN.bytecode + CONSTRUCTOR, gas=GAS)

    def run() -> int:
        for number in range(count):
            arguments = [RECIPIENTS[number % len(RECIPIENTS)], 1]
            content = SELECTOR + eth_abi.encode(["address", "uint256"], arguments)
            output = evm.message_call(HOLDER, token, calldata=content)
            if reads == "nothing":
                continue
            result = evm.result
            assert result.gas_used
            assert eth_abi.decode(["bool"], output) == (True,)
            for log in result.logs:
                topics, data = log.data
                eth_abi.decode(["address"], topics[1])
                eth_abi.decode(["address"], topics[2])
                eth_abi.decode(["uint256"], data)
        return count

    return run


def pairing(accelerated: bool) -> Contender:
    """Return a check of e(-P, Q) e(P, Q) = 1 by a contract in py-evm."""
    compiled = json.loads((HOME / "tests/sim/chain/fixtures/Probe.json").read_text())
    engine = PyEvmEngine()
    if not accelerated:
        stock = engine._state_class.__mro__[1].computation_class
        engine._state_class.computation_class = stock
    blueprint = Blueprint(
        name="probe",
        address=create_address(DEPLOYMENT.deployer, 0),
        abi=tuple(compiled["abi"]),
        code=bytes.fromhex(compiled["bytecode"][2:])
        + eth_abi.encode(["string", "uint256"], ["", 1]),
        events=(),
        errors=(),
    )
    engine.deploy(DEPLOYMENT, [blueprint])
    arguments = ("0x" + "00" * 19 + "08", PAIRING_INPUT, 2_000_000)
    call = Call("probe", "precompile", arguments, HOLDER, DEPLOYMENT.genesis_timestamp)

    def run() -> int:
        done, output, _ = engine.execute(call).value
        assert done
        assert int.from_bytes(output, "big") == 1
        return 1

    return run


PAIRING_INPUT = b"".join(
    word.to_bytes(32, "big")
    for sign in (1, -1)
    for word in (
        1,
        2 * sign % 21888242871839275222246405745257275088696311157297823662689037894645226208583,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
    )
)
"""The generators of both groups, and the first one's negative: two pairs."""


def compare(title: str, contenders: dict[str, Contender]) -> dict[str, float]:
    """Print and return the best rate of each contender, per second."""
    best = dict.fromkeys(contenders, 0.0)
    for run in contenders.values():
        run()
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            start = time.process_time()
            done = run()
            best[name] = max(best[name], done / (time.process_time() - start))
    print(title)
    for name, rate in best.items():
        print(f"  {name:<58}{rate:>12,.1f} per second")
    return best


def ratio(label: str, value: float, wanted: float) -> None:
    verdict = "reached" if value >= wanted else "NOT REACHED"
    print(f"  {label:<58}{value:>12.2f} times, wanted {wanted}: {verdict}")


def main() -> None:
    """Print all comparisons."""
    rates = compare(
        "ERC-20 transfers in py-evm (SettlementToken, with votes)",
        {
            "web3 + eth-tester": web3_transfers(10),
            "bare apply_transaction": bare_pyevm_transfers(100),
            "py-evm engine": engine_transfers(PyEvmEngine(), 100),
        },
    )
    ours = rates["py-evm engine"]
    ratio("py-evm engine / web3 + eth-tester", ours / rates["web3 + eth-tester"], 15)
    ratio("py-evm engine / bare apply_transaction", ours / rates["bare apply_transaction"], 0.7)

    rates = compare(
        "ERC-20 transfers in revm (SettlementToken, with votes)",
        {
            "pyrevm, eth-abi encodes": bare_revm_transfers(1_000, "nothing"),
            "pyrevm, eth-abi encodes and decodes receipts": bare_revm_transfers(1_000, "receipts"),
            "revm engine": engine_transfers(RevmEngine(), 1_000),
        },
    )
    ours = rates["revm engine"]
    ratio("revm engine / pyrevm, encoding only", ours / rates["pyrevm, eth-abi encodes"], 1.5)
    same_work = rates["pyrevm, eth-abi encodes and decodes receipts"]
    ratio("revm engine / pyrevm, typed call to decoded receipt", ours / same_work, 1.5)

    rates = compare(
        "A pairing check by a contract in py-evm",
        {"py-evm's own pairing": pairing(False), "through pyrevm": pairing(True)},
    )
    gained = rates["through pyrevm"] / rates["py-evm's own pairing"]
    ratio("through pyrevm / py-evm's own", gained, 5)


if __name__ == "__main__":
    main()
