"""
The traces of docs/naive-designs.md: made by running the calls, written into the page.

Run it after a change of rules: `python tests/naive/page.py`.
"""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from protocol.deployment import Deployment  # noqa: E402
from protocol.parameters import resolve  # noqa: E402
from protocol.world import World  # noqa: E402
from sim.chain.deployment import blueprints  # noqa: E402
from sim.lockstep import Lockstep  # noqa: E402
from tests.conftest import GENESIS, new_engine  # noqa: E402
from tests.naive import ours, samples  # noqa: E402

PAGE = HOME / "docs/naive-designs.md"
PLACE = re.compile(r"<!-- trace: (\w+)\.(\w+) -->\n```\n(.*?)```\n", re.DOTALL)
NAMES = ("megapixels", "gate", "listing", "lease", "refund", "rewards", "forks")


def sample_engine() -> str:
    """The samples may run on any engine; where there is a fast one, it burns gas sooner."""
    return "revm" if find_spec("pyrevm") is not None else "py-evm"


def main() -> None:
    """Write every trace into its place."""
    deployment = Deployment(resolve({}), GENESIS)
    traces = {}
    for name in NAMES:
        found = samples.Samples(new_engine(sample_engine()), deployment)
        getattr(samples, name)(found)
        traces["samples", name] = found.trace.text()
        engine = new_engine("py-evm")
        engine.deploy(deployment, blueprints(deployment))
        machine = Lockstep(World(deployment, lambda *_: False), engine)
        traces["ours", name] = getattr(ours, name)(machine, deployment)[0].text()
    text = PLACE.sub(
        lambda found: (
            f"<!-- trace: {found[1]}.{found[2]} -->\n```\n{traces[found[1], found[2]]}```\n"
        ),
        PAGE.read_text(encoding="utf-8"),
    )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
