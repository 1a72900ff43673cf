"""
The alternatives, measured beside us in one run: `make bench-peers`.

    python tests/benchmarks/peers/bench_peers.py [--only a b c d] [--rounds 3] [--json FILE]

(a) a market of random ERC-20 transfers, (b) an economy in Python, (c) gas per inference,
(d) proofs. Each peer has an environment of its own below ~/.cache/mnft-peers, made from pinned
requirements. All contenders of a comparison play in turn, the best round of each counts, in
processor time: ratios hold on a busy machine, seconds do not.
Prints a table per comparison, and writes all figures as JSON.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from environments import cache_folder, peers, versions_of
from gas import settlement
from proofs import proving
from speed import economies, transfers

Comparison = Callable[[int], tuple[str, dict[str, Any]]]
COMPARISONS: dict[str, tuple[str, Comparison]] = {
    "a": ("ERC-20 market, 100 agents and 1,000 steps", transfers),
    "b": ("Economy in Python, 100 agents and 1,000 steps", economies),
    "c": ("Gas per inference", settlement),
    "d": ("Proofs: ezkl's default / ours", proving),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare with the alternatives.")
    parser.add_argument("--only", nargs="+", choices=COMPARISONS, default=list(COMPARISONS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, default=cache_folder() / "figures.json")
    wanted = parser.parse_args()
    document: dict[str, Any] = {
        "schema": "mnft.bench-peers/1",
        "python": platform.python_version(),
        "versions": {peer: versions_of(peer) for peer in peers()},
    }
    for letter in wanted.only:
        title, comparison = COMPARISONS[letter]
        print(f"({letter}) {title}\n", flush=True)
        text, figures = comparison(wanted.rounds)
        document[letter] = {"title": title, "table": text, "figures": figures}
        print(text + "\n", flush=True)
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"figures: {wanted.json}")


if __name__ == "__main__":
    main()
