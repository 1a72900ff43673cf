"""
Measure receipts off the chain, and settlement on the model and in the engines.

Run it with the project's Python: `python tests/benchmarks/bench_settlement.py`.
Times are of this machine, processor time only; gas is the same on every machine.
"""

import sys
import time
from pathlib import Path
from typing import Any

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from protocol.deployment import Deployment  # noqa: E402
from protocol.hashing import keccak  # noqa: E402
from protocol.money import WAD  # noqa: E402
from protocol.parameters import resolve  # noqa: E402
from protocol.world import World  # noqa: E402
from sim.chain.deployment import blueprints  # noqa: E402
from sim.chain.pyevm import PyEvmEngine  # noqa: E402
from sim.chain.revm import RevmEngine  # noqa: E402
from sim.workload.receipts import MerkleTree, ReceiptBuilder  # noqa: E402
from tests.benchmarks.settling import Settling, gas_of, groups  # noqa: E402

DEPLOYMENT = Deployment(values=resolve({}), genesis_timestamp=1_700_006_400)
RECEIPTS = 200_000
BATCH_SIZES = (1, 10, 64)


def receipts() -> None:
    """Time a chain of receipts and the tree over them."""
    hashes = [keccak(number.to_bytes(4, "big")) for number in range(RECEIPTS)]
    started = time.process_time()
    built = ReceiptBuilder(DEPLOYMENT).chain(
        session_id=keccak(b"session"),
        first_sequence=1,
        previous=bytes(32),
        input_commitments=hashes,
        output_hashes=hashes,
        input_tokens=[1] * RECEIPTS,
        output_tokens=[1] * RECEIPTS,
        micro_megapixels=64,
        served_at=DEPLOYMENT.genesis_timestamp,
    )
    chained = time.process_time()
    MerkleTree([leaf for _, leaf in built])
    finished = time.process_time()
    scale = 10**6 / RECEIPTS
    print(f"a million receipts: {(chained - started) * scale:.1f} s")
    print(f"a tree over them:   {(finished - chained) * scale:.1f} s")


def settlement(name: str, executor: Any) -> None:
    """Time and weigh batches of sessions that have settled before."""
    settling = Settling(executor, DEPLOYMENT)
    user = settling.market.user
    customers = [settling.open(user, nonce=n, maximum_total=WAD) for n in range(max(BATCH_SIZES))]
    settling.settle(customers, 1)
    for size in BATCH_SIZES:
        batches = [batch for batch in groups(customers, size) if len(batch) == size]
        started = time.process_time()
        gas = sum(gas_of(settling.settle(batch, 1)) for batch in batches)
        elapsed = time.process_time() - started
        count = len(batches) * size
        line = f"{name:8} batches of {size:2}: {elapsed / count * 1_000:7.3f} ms"
        print(line + (f", {gas // count:7,} gas" if gas else "") + " per session")


def main() -> None:
    receipts()
    settlement("model", World(DEPLOYMENT, lambda *_: False))
    for engine in (PyEvmEngine(), RevmEngine()):
        engine.deploy(DEPLOYMENT, blueprints(DEPLOYMENT))
        settlement(engine.name, engine)


if __name__ == "__main__":
    main()
