"""The names that options have. Either spelling is taken, that of Python or that of the command."""

from __future__ import annotations

from typing import Literal, NoReturn, TypeAlias, get_args

from cupel import _core
from cupel.errors import CupelError

EvidenceProtocol: TypeAlias = Literal["document", "nitro", "aci", "maa", "blindai"]
"""How a service is asked for evidence; evidence_protocols() of this build."""
Freshness: TypeAlias = Literal["required", "if_supported", "if-supported"]
Revocation: TypeAlias = Literal[
    "required", "if_available", "if-available", "dangerous_ignored", "dangerous-ignored"
]

DEFAULT_TIMEOUT = 60.0
"""Seconds for each step of a request, for every client of the package."""
DEFAULT_MAX_AGE = 3600.0
"""Seconds after which an attestation is made again."""


def refuse(where: str, detail: str) -> NoReturn:
    """Raises invalid_argument at `where`. The value itself is never told: it may be a secret."""
    raise CupelError("invalid_argument", where, detail=detail)


def _one_of(value: object, where: str, known: tuple[str, ...]) -> str:
    name = value.replace("-", "_") if isinstance(value, str) else ""
    if name not in known:
        refuse(where, f"not one of {', '.join(known)}")
    return name


def checked_evidence(evidence: str) -> str:
    """A way of asking. Errors: invalid_argument at "evidence"."""
    return _one_of(evidence, "evidence", _core.evidence_protocols())


def checked_freshness(freshness: str) -> str:
    """As the core spells it. Errors: invalid_argument at "freshness"."""
    return _one_of(freshness, "freshness", _plain(get_args(Freshness)))


def checked_revocation(revocation: str) -> str:
    """As the core spells it. Errors: invalid_argument at "revocation"."""
    return _one_of(revocation, "revocation", _plain(get_args(Revocation)))


def _plain(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if "-" not in name)
