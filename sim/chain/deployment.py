"""What an engine needs to create the contracts and to read what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import contracts
from protocol.contract import Contract
from protocol.deployment import ORDER, Deployment
from protocol.types import Address, Event, ProtocolError
from sim.chain.abi import ArgumentError, compile_list


@dataclass(frozen=True)
class Blueprint:
    """One contract to create: the model's name, the address it must get, ABI, creation code."""

    name: str
    address: Address
    abi: tuple[Mapping[str, Any], ...]
    code: bytes
    events: tuple[type[Event], ...]
    errors: tuple[type[ProtocolError], ...]


def contract_class(name: str) -> type[Contract]:
    """Return the model's class of a contract by the model's name."""
    module = import_module(f"protocol.{name}")
    found: type[Contract] = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    return found


def blueprints(
    deployment: Deployment, build: Mapping[str, contracts.Artifact] | None = None
) -> tuple[Blueprint, ...]:
    """
    Return every contract of a deployment, in the order of creation.

    `build` has artifacts by Solidity name that take the place of ours.

    Raises:
        ArgumentError: A constructor does not take what the model's `constructor_arguments` gives.
        contracts.ArtifactError: A contract is not compiled.
    """
    return tuple(_blueprint(contract_class(name), deployment, build or {}) for name in ORDER)


def _blueprint(
    model: type[Contract], deployment: Deployment, build: Mapping[str, contracts.Artifact]
) -> Blueprint:
    artifact = build.get(model.SOLIDITY) or contracts.load(model.SOLIDITY)
    inputs = next((entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), ())
    try:
        encoded = compile_list(inputs).encode(model.constructor_arguments(deployment))
    except ArgumentError as error:
        raise error.inside(f"{model.SOLIDITY} constructor") from None
    return Blueprint(
        name=model.NAME,
        address=deployment.addresses[model.NAME],
        abi=artifact.abi,
        code=artifact.bytecode + encoded,
        events=model.EVENTS,
        errors=model.ERRORS,
    )
