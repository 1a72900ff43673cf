"""Circuits, keys and proofs of ONNX models; nothing about markets."""

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
