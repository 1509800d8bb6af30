"""What clients are constructed with, checked once and then only stored."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from cupel._api import PolicySources, load_policy
from cupel._attestor import Attestor, OnVerdict
from cupel._core import Policy, SessionOptions
from cupel._options import checked_evidence, checked_freshness, checked_revocation
from cupel._options import refuse as refuse
from cupel._trust import AnchorSource, EndorsementSource, load_anchors, load_endorsements
from cupel.errors import PolicyError
from cupel.tls import Clock

# RFC 9110, 5.6.2 and 5.5: what a field's name and value may hold.
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20\x09\x21-\x7e]*[\x21-\x7e])?")
# Headers the transport answers for.
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})

# Protocols whose servers show evidence over plain HTTP; the core judges by the same rule.
_OVER_HTTP = frozenset({"blindai"})

LONGEST_ATTESTATION = 20.0
LONGEST_CONNECT = 10.0


def _split(
    url: str, where: str, *, query: bool = False, schemes: tuple[str, ...] = ("https",)
) -> SplitResult:
    if not isinstance(url, str) or re.search(r"[\x00-\x20\x7f]", url):
        refuse(where, "not a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        refuse(where, "not a URL")
    if parts.scheme not in schemes:
        refuse(where, "only https:// can be attested; http:// is for evidence of protocol blindai")
    if not parts.hostname or port == 0:
        refuse(where, "names no host")
    if "@" in parts.netloc or "#" in url or ("?" in url and not query):
        refuse(where, "user names, queries and fragments have no place here")
    return parts


def split_url(url: str, where: str) -> tuple[str, str]:
    """Origin and path of an https URL, both without a slash at the end.

    Errors: invalid_argument at `where`.
    """
    parts = _split(url, where)
    return f"https://{parts.netloc.lower()}", parts.path.rstrip("/")


def api_path(path: str) -> str:
    """The path of an OpenAI-compatible API: /v1 where the URL names none."""
    return path or "/v1"


def checked_headers(headers: Mapping[str, str] | None, where: str) -> dict[str, str]:
    """Headers that can be sent as they are. Errors: invalid_argument at `where`."""
    out: dict[str, str] = {}
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            refuse(where, "not the name of a header")
        if name.lower() in _OURS:
            refuse(where, f"{name} is not for callers to set")
        if not isinstance(value, str) or (value and not _HEADER_VALUE.fullmatch(value)):
            refuse(where, f"the value of {name} has characters that no header may have")
        out[name] = value
    return out


def checked_key(api_key: str | None) -> str | None:
    """An API key that can stand in a header. Errors: invalid_argument at "api_key"."""
    if api_key is not None and (
        not isinstance(api_key, str) or not _HEADER_VALUE.fullmatch(api_key)
    ):
        refuse("api_key", "empty, or characters that no header may have")
    return api_key


def checked_timeout(timeout: float) -> float:
    """Seconds. Errors: invalid_argument at "timeout"."""
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not math.isfinite(timeout) or not 0 < timeout <= 86_400:
        refuse("timeout", "seconds, above 0 and at most a day")
    return float(timeout)


def checked_retries(max_retries: int) -> int:
    """A count. Errors: invalid_argument at "max_retries"."""
    if isinstance(max_retries, bool) or not isinstance(max_retries, int):
        refuse("max_retries", "not a whole number")
    if not 0 <= max_retries <= 10:
        refuse("max_retries", "from 0 to 10")
    return max_retries


def make_attestor(
    origin: str,
    *,
    policy: Policy | PolicySources,
    anchors: AnchorSource | None,
    attestation_url: str | None,
    service: str,
    evidence: str,
    endorsements: EndorsementSource | None,
    freshness: str,
    revocation: str,
    timeout: float,
    max_age: float,
    clock: Clock | None,
    on_verdict: OnVerdict | None,
) -> Attestor:
    """The attestor of a client. Reads the files it is given; asks no server.

    Errors: PolicyError, invalid_argument.
    """
    loaded = policy if isinstance(policy, Policy) else load_policy(policy)
    # Said before anything is sent, as the sessions of the core do.
    if not loaded.accept:
        raise PolicyError("bad_policy", "policy.accept", detail="the policy accepts nothing")
    if not all(alternative.binds_tls_key for alternative in loaded.accept):
        raise PolicyError(
            "bad_policy",
            "policy.bind.tls_key",
            detail="an alternative does not say where the evidence names the TLS key",
        )
    evidence = checked_evidence(evidence)
    families = (alternative.family for alternative in loaded.accept)
    if attestation_url is not None:
        schemes = ("https", "http") if evidence in _OVER_HTTP else ("https",)
        _split(attestation_url, "attestation_url", query=True, schemes=schemes)
    options = SessionOptions(
        origin,
        loaded,
        load_anchors(anchors, families=families),
        attestation_url=attestation_url,
        service=service,
        evidence=evidence,
        endorsements=load_endorsements(endorsements),
        freshness=checked_freshness(freshness),
        revocation=checked_revocation(revocation),
        connect_timeout=min(timeout, LONGEST_CONNECT),
        attestation_timeout=min(timeout, LONGEST_ATTESTATION),
        max_age=max_age,
        clock=clock,
    )
    return Attestor(options, clock, on_verdict)
