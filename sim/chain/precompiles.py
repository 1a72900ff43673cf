"""BN254 precompiles for py-evm, native where pyrevm is installed: same gas, same bytes."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from eth.exceptions import VMError

Precompile = Callable[[Any], Any]

_ECADD = bytes(19) + b"\x06"
_ECMUL = bytes(19) + b"\x07"
_ECPAIRING = bytes(19) + b"\x08"
# EIP-1108.
_ECADD_GAS = 150
_ECMUL_GAS = 6_000
_PAIRING_BASE_GAS = 45_000
_PAIRING_GAS_PER_PAIR = 34_000
_PAIR_SIZE = 192
_CALLER = "0x" + "00" * 19 + "ff"
_MACHINE_GAS = 2**40


def accelerated(precompiles: Mapping[Any, Precompile]) -> dict[Any, Precompile]:
    """Return a copy of a fork's precompiles, those of BN254 computed natively where possible."""
    own = dict(precompiles)
    if find_spec("pyrevm") is None:
        return own
    compute = _machine()

    def fixed(address: bytes, gas: int) -> Precompile:
        def precompile(computation: Any) -> Any:
            computation.consume_gas(gas, reason="BN254")
            computation.output = compute(address, computation.msg.data_as_bytes)
            return computation

        return precompile

    def pairing(computation: Any) -> Any:
        content = computation.msg.data_as_bytes
        if len(content) % _PAIR_SIZE:
            raise VMError("a pairing takes whole pairs")
        gas = _PAIRING_BASE_GAS + len(content) // _PAIR_SIZE * _PAIRING_GAS_PER_PAIR
        computation.consume_gas(gas, reason="BN254")
        computation.output = compute(_ECPAIRING, content)
        return computation

    own.update(
        {_ECADD: fixed(_ECADD, _ECADD_GAS), _ECMUL: fixed(_ECMUL, _ECMUL_GAS), _ECPAIRING: pairing}
    )
    return own


def _machine() -> Callable[[bytes, bytes], bytes]:
    from pyrevm import EVM  # noqa: PLC0415 - optional: only where it is installed

    machine = EVM(spec_id="CANCUN", gas_limit=_MACHINE_GAS)

    def compute(address: bytes, content: bytes) -> bytes:
        start = machine.snapshot()
        try:
            output: bytes = machine.message_call(_CALLER, "0x" + address.hex(), calldata=content)
        except RuntimeError as error:
            raise VMError(f"not on the curve: {error}") from error
        finally:
            machine.revert(start)
        return output

    return compute
