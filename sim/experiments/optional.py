"""Packages of the extra `search`, imported when a study begins."""

import warnings
from importlib import import_module
from typing import Any

from sim.errors import UserError


def required(module: str) -> Any:
    """
    Return a module of an optional package.

    Raises UserError that names the extra where the package is not installed.
    """
    try:
        with warnings.catch_warnings():
            # EMAworkbench says at import which of its own optional packages are not there.
            warnings.simplefilter("ignore")
            return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise UserError(
            package, "the package is not installed", "pip install 'mnft[search]'", "E170"
        ) from error
