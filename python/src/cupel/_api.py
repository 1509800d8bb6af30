"""The pure functions of the package: policies, verification and explanations, in Python's manners.

Nothing here reads a clock or the network. Files are read where a path is given.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from cupel import _core
from cupel._core import (
    ChainCache,
    CheckInfo,
    Claims,
    Endorsements,
    LintFinding,
    Policy,
    TrustAnchors,
    Verdict,
)
from cupel.errors import CupelError

Buffer: TypeAlias = bytes | bytearray | memoryview
Time: TypeAlias = int | datetime
"""Seconds since 1970-01-01T00:00:00Z, or an aware datetime."""
PathLike: TypeAlias = str | os.PathLike[str]
NamedContent: TypeAlias = tuple[str, Buffer]
PolicySource: TypeAlias = PathLike | NamedContent
"""A path, or a policy file's name (for error texts) and its bytes."""
PolicySources: TypeAlias = PolicySource | Sequence[PolicySource]

# A policy file is at most this large; see load_policy() of the core.
_MAX_FILE = 16 << 20


def read_file(path: PathLike, where: str) -> bytes:
    """The bytes of a file. Errors: invalid_argument at `where` when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CupelError("invalid_argument", where, detail=f"{path!s}: {reason}") from error
    if len(content) > _MAX_FILE:
        raise CupelError("invalid_argument", where, detail=f"{path!s}: larger than 16 MiB")
    return content


def _named(source: PolicySource) -> NamedContent:
    if isinstance(source, tuple):
        name, content = source
        return name, content
    return os.fspath(source), read_file(source, "policy")


def _all_named(sources: PolicySources) -> list[NamedContent]:
    if isinstance(sources, (str, os.PathLike)):
        return [_named(sources)]
    if isinstance(sources, tuple) and len(sources) == 2 and not _is_source(sources[1]):
        return [_named(sources)]  # type: ignore[arg-type]
    return [_named(source) for source in sources]  # type: ignore[arg-type]


def _is_source(value: object) -> bool:
    """Whether this is itself a policy source, not the content in a (name, content) pair."""
    return isinstance(value, (str, os.PathLike, tuple))


def load_policy(sources: PolicySources) -> Policy:
    """Reads policy files and turns them into one policy.

    sources: a path, a (name, content) pair, or a list of them. Recognised by content: Cupel's own
        JSON, alone; BlindLlama's measurements_*.json (each an alternative) with application.json
        (added to every alternative); flat files of token claims, together; a key-release policy or
        an importkeyconfig.json, alone.
    Errors: PolicyError at "<file name>: <path>"; too_large; invalid_argument for a file that cannot
        be read.
    """
    return _core.load_policy(_all_named(sources))


def make_policy(sources: PolicySources, *, now: Time) -> str:
    """The files as one policy of Cupel's own form, with comments that say where it came from.

    Errors: as load_policy().
    """
    return _core.make_policy(_all_named(sources), now=now)


def lint(sources: PolicySources, *, now: Time) -> tuple[LintFinding, ...]:
    """What is dangerous or dead in these policy files, at this time.

    A file that does not load is a finding, not an error.
    """
    return _core.lint(_all_named(sources), now=now)


def verify(
    evidence: Buffer,
    policy: Policy,
    *,
    now: Time,
    anchors: TrustAnchors,
    nonce: Buffer | None = None,
    endorsements: Endorsements | None = None,
    revocation: str = "if_available",
    cache: ChainCache | None = None,
    family: str | None = None,
) -> Verdict:
    """Authenticates evidence and judges it: recognise, evaluate and appraise in one call.

    now: the time everything is judged at, seconds since 1970 or an aware datetime.
    anchors: the roots to end at, e.g. vendor_anchors("tpm").
    nonce: the bytes that were sent for this evidence, if any were.
    revocation: "required", "if_available" or "dangerous_ignored".
    family: skips the recognition.

    A refusal is a verdict, not an error: ask `verdict.accepted`.
    Errors: ParseError, VerifyError, CollateralError.
    """
    name = _core.recognise(evidence) if family is None else family
    claims: Claims = _core.evaluate(
        name,
        evidence,
        now=now,
        anchors=anchors,
        endorsements=endorsements,
        revocation=revocation,
        cache=cache,
    )
    return _core.appraise(claims, policy, now=now, nonce=nonce)


def explain(subject: str | CheckInfo | Verdict | Policy | CupelError) -> str:
    """Prose for people: about a check id, a verdict, a policy or an error.

    Errors: invalid_argument at "check" for an id that no check has.
    """
    if isinstance(subject, str):
        found = _core.find_check(subject)
        if found is None:
            raise CupelError("invalid_argument", "check", detail="no check has this id")
        return str(found)
    if isinstance(subject, CupelError) and subject.check:
        found = _core.find_check(subject.check)
        return f"{subject}\n\n{found}" if found is not None else str(subject)
    return str(subject)


def load_anchors(
    anchors: TrustAnchors | PathLike | None, *, families: Iterable[str]
) -> TrustAnchors:
    """Anchors as a client takes them: as they are, from a PEM or DER file, or the vendors' own.

    With None these are the published roots of the families given, those that a policy accepts.
    Errors: invalid_argument, bad_encoding, bad_certificate, missing_field at "anchors".
    """
    if isinstance(anchors, TrustAnchors):
        return anchors
    if anchors is not None:
        return TrustAnchors().with_certificates(os.fspath(anchors), read_file(anchors, "anchors"))
    out = TrustAnchors()
    for family in sorted(set(families)):
        out = out | _core.vendor_anchors(family)
    return out
