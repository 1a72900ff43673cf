"""Circuits, keys and proofs of ONNX models; nothing about markets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zk.cache import Cache
    from zk.circuit import CircuitSettings
    from zk.errors import ZkError
    from zk.inspection import ModelFacts, inspect_model, require_integer_exact
    from zk.keys import Keys, prepare
    from zk.proving import Proof, Prover, binds, commit_input, prove, verify
    from zk.tuning import Tuning, tune

__all__ = [
    "Cache",
    "CircuitSettings",
    "Keys",
    "ModelFacts",
    "Proof",
    "Prover",
    "Tuning",
    "ZkError",
    "binds",
    "commit_input",
    "inspect_model",
    "prepare",
    "prove",
    "require_integer_exact",
    "tune",
    "verify",
]

_MODULES = ("errors", "cache", "circuit", "inspection", "keys", "tuning", "proving")


def __getattr__(name: str) -> Any:
    """Return a public name, imported on first use: onnx and onnxruntime take long to load."""
    if name in __all__:
        for module_name in _MODULES:
            module = import_module(f"zk.{module_name}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(name)
