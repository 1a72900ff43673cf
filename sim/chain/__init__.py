"""The engines: real EVMs behind one small interface, and their ABI codec."""

from collections.abc import Mapping
from importlib import import_module

from sim.chain.engine import Engine
from sim.errors import UserError

_ENGINES: Mapping[str, tuple[str, str]] = {
    "py-evm": ("sim.chain.pyevm", "PyEvmEngine"),
    "revm": ("sim.chain.revm", "RevmEngine"),
    "eth-tester": ("sim.chain.tester", "EthTesterEngine"),
}


def open_engine(name: str) -> Engine:
    """
    Return an engine by its name in scenario files; its module is imported only now.

    Raises:
        UserError: There is no such engine, or its package is not installed.
    """
    if name not in _ENGINES:
        raise UserError("chain.engine", f"there is no engine '{name}'", ", ".join(_ENGINES))
    module, kind = _ENGINES[name]
    try:
        engine: Engine = getattr(import_module(module), kind)()
    except ImportError as error:
        raise UserError(
            "chain.engine", f"{name} is not installed: {error}", "mnft[fast]"
        ) from error
    return engine
