"""The pure functions of the package: policies, verification and explanations, in Python's manners.

Nothing here reads a clock or the network. Files are read where a path is given.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from cupel import _core
from cupel._core import (
    ChainCache,
    CheckInfo,
    Claims,
    LintFinding,
    Policy,
    Verdict,
)
from cupel._files import Buffer as Buffer
from cupel._files import PathLike as PathLike
from cupel._files import read_file
from cupel._options import Revocation, checked_revocation
from cupel._trust import AnchorSource, EndorsementSource, load_anchors, load_endorsements
from cupel.errors import CupelError, PolicyError

Time: TypeAlias = int | datetime
"""Seconds since 1970-01-01T00:00:00Z, or an aware datetime."""
NamedContent: TypeAlias = tuple[str, Buffer]
PolicySource: TypeAlias = PathLike | NamedContent | Mapping[str, Any]
"""A path; a policy file's name (for error texts) and its bytes; or what a JSON file would hold."""
PolicySources: TypeAlias = PolicySource | Sequence[PolicySource]


def _named(source: PolicySource) -> NamedContent:
    if isinstance(source, tuple):
        name, content = source
        return name, content
    if isinstance(source, Mapping):
        return "policy", _as_json(source)
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source), read_file(source, "policy")
    raise TypeError(
        "a policy is a path, a (name, bytes) pair, a dict, or a list of these; "
        f"not {type(source).__name__}"
    )


def _as_json(source: Mapping[str, Any]) -> bytes:
    """Errors: bad_policy for what JSON cannot hold; TypeError likewise, by Python's rules."""
    try:
        return json.dumps(dict(source), allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise PolicyError("bad_policy", "policy", detail="not what JSON can hold") from None


def _all_named(sources: PolicySources) -> list[NamedContent]:
    if isinstance(sources, (str, os.PathLike, Mapping)):
        return [_named(sources)]
    if isinstance(sources, tuple) and len(sources) == 2 and not _is_source(sources[1]):
        return [_named(sources)]  # type: ignore[arg-type]
    if isinstance(sources, Iterable) and not isinstance(sources, (bytes, bytearray, memoryview)):
        return [_named(source) for source in sources]  # type: ignore[arg-type]
    return [_named(sources)]  # type: ignore[arg-type]  # says what is taken


def _is_source(value: object) -> bool:
    """Whether this is itself a policy source, not the content in a (name, content) pair."""
    return isinstance(value, (str, os.PathLike, tuple, Mapping))


def load_policy(sources: PolicySources) -> Policy:
    """Reads policy files and turns them into one policy.

    sources: a path, a (name, bytes) pair, a dict (what a JSON file would hold), or a list of
        these. Recognised by content: Cupel's own
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


def evaluate(
    family: str,
    evidence: Buffer,
    *,
    now: Time,
    anchors: AnchorSource,
    endorsements: EndorsementSource | None = None,
    revocation: Revocation = "if_available",
    cache: ChainCache | None = None,
) -> Claims:
    """Parses and verifies evidence, and returns what it claims.

    now: seconds since 1970 or an aware datetime.
    anchors: the roots to end at, or files of them.
    endorsements: what the evidence does not bring, or files and folders of it.
    revocation: "required", "if_available" or "dangerous_ignored".
    Errors: ParseError, VerifyError, CollateralError.
    """
    return _core.evaluate(
        family,
        evidence,
        now=now,
        anchors=load_anchors(anchors),
        endorsements=load_endorsements(endorsements),
        revocation=checked_revocation(revocation),
        cache=cache,
    )


def verify(
    evidence: Buffer,
    policy: Policy | PolicySources,
    *,
    now: Time,
    anchors: AnchorSource,
    nonce: Buffer | None = None,
    endorsements: EndorsementSource | None = None,
    revocation: Revocation = "if_available",
    cache: ChainCache | None = None,
    family: str | None = None,
) -> Verdict:
    """Authenticates evidence and judges it: recognise, evaluate and appraise in one call.

    policy: a Policy, or what load_policy() takes.
    now: the time everything is judged at, seconds since 1970 or an aware datetime.
    anchors: the roots to end at, e.g. vendor_anchors("tpm"), or files of them.
    endorsements: what the evidence does not bring, or files and folders of it.
    nonce: the bytes that were sent for this evidence, if any were.
    revocation: "required", "if_available" or "dangerous_ignored".
    family: skips the recognition.

    A refusal is a verdict, not an error: ask `verdict.accepted`.
    Errors: ParseError, VerifyError, CollateralError.
    """
    name = _core.recognise(evidence) if family is None else family
    loaded = policy if isinstance(policy, Policy) else load_policy(policy)
    claims = evaluate(
        name,
        evidence,
        now=now,
        anchors=anchors,
        endorsements=endorsements,
        revocation=revocation,
        cache=cache,
    )
    return _core.appraise(claims, loaded, now=now, nonce=nonce)


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
