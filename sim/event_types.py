"""The ABI types of every event of the compiled contracts, for the run folder's tables."""

from collections.abc import Mapping

import contracts
from protocol.deployment import ORDER
from sim.chain.deployment import contract_class


def event_types() -> Mapping[str, tuple[str, ...]]:
    """Return the types of each event's fields, in order, by `contract.Event`."""
    types: dict[str, tuple[str, ...]] = {}
    for name in ORDER:
        for entry in contracts.load(contract_class(name).SOLIDITY).abi:
            if entry["type"] == "event":
                inputs = tuple(str(each["type"]) for each in entry["inputs"])
                types[f"{name}.{entry['name']}"] = inputs
    return types
