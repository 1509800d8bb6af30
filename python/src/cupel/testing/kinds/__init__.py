"""The kinds of hardware that a local service can pretend to be.

A kind is a module here with one constant, KIND, and its name in KINDS below. It is imported when
it is asked for, so that nobody needs what only another kind needs.
"""

from __future__ import annotations

import importlib
from typing import Any

from cupel.testing.errors import ServiceError
from cupel.testing.kinds.kind import Kind

KINDS = ("tpm", "nitro", "snp", "maa", "hcl", "sgx", "tdx")


def load(name: str) -> Kind[Any]:
    """The kind of this name. Errors: ServiceError when there is none, or something is missing."""
    if name not in KINDS:
        raise ServiceError(f"unknown kind {name!r}: choose from {', '.join(KINDS)}")
    try:
        found = importlib.import_module(f"{__name__}.{name}").KIND
    except ModuleNotFoundError as error:
        raise ServiceError(
            f"{error.name} is not installed: pip install 'cupel[testing]'"
        ) from error
    if not isinstance(found, Kind):
        raise TypeError(f"{name}.KIND is no Kind")
    return found
