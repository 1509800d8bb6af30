"""Errors. Every failure of the package is a CupelError; its children say what to do about it.

==================  ======================================================================
ParseError          the evidence does not have the structure its specification gives
VerifyError         the evidence is not authentic: signature, chain, time, revocation, key
CollateralError     something is missing to decide: nothing is proved
PolicyError         the policy file is wrong
SessionError        the connection or the server's answer failed
RejectedError       the facts are established and the policy says no; holds the verdict
==================  ======================================================================

What errors carry, and no more:

==================  ======================================================================
code                what kind of failure; a closed list, with an `outcome` for each
where               the field or step it was found at, "" where there is none
offset              the byte of the input, or None
detail              one sentence for people
check               the id of the check that failed, for explain(); "" where there is none
outcome             "refused", "usage", "not_authentic", "malformed", "undecided", "internal"
remedy              what to do about it; "" where nobody knows
verdict             RejectedError: the whole judgement; None in a copy from another process
expected, actual    RejectedError: what the first failed check wanted and found
status_code, body   StatusError: the server's answer
==================  ======================================================================

`code` and `where` are contract, `detail` and `remedy` are for people and may change. No error holds
a prompt, an API key or a whole input.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from cupel import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cupel._core import Verdict

_OUTCOMES = _core.outcomes()


class CupelError(Exception):
    """What went wrong, and where."""

    def __init__(
        self,
        code: str,
        where: str = "",
        offset: int | None = None,
        detail: str = "",
        check: str = "",
    ) -> None:
        self.code = code
        self.where = where
        self.offset = offset
        self.detail = detail
        self.check = check
        self._advice = ""
        super().__init__(self._text())

    def _text(self) -> str:
        """One line, in the form the core and the command print."""
        text = self.code
        if self.where:
            text += f" at {self.where}"
        if self.offset is not None:
            text += f" (offset {self.offset})"
        if self.detail:
            text += f": {self.detail}"
        if self._advice:
            text += f"; {self._advice}"
        if self.check:
            text += f" [{self.check}]"
        return text

    def advise(self, advice: str) -> None:
        """Sets the remedy of an error that comes from how something was asked, not from a check."""
        self._advice = advice

    @property
    def outcome(self) -> str:
        """What the error means: "malformed", "not_authentic", "undecided", "usage", …"""
        return _OUTCOMES.get(self.code, "internal")

    @property
    def remedy(self) -> str:
        """What to do about it: the page of the check that failed, or what fits the options.

        Empty when nobody knows.
        """
        if self._advice:
            return self._advice
        info = _core.find_check(self.check) if self.check else None
        return info.remedy if info is not None else ""

    def __str__(self) -> str:
        return self._text()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._text()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.code, self.where, self.offset, self.detail, self.check)
        return (type(self), arguments, {"_advice": self._advice})


class ParseError(CupelError):
    """The evidence does not have the structure its specification gives."""


class VerifyError(CupelError):
    """The evidence is not authentic."""


class CollateralError(CupelError):
    """Certificates, revocation lists or other collateral are missing or do not fit."""


class PolicyError(CupelError):
    """The policy file is wrong, or does not do what it is used for."""


class SessionError(CupelError):
    """The connection failed, or the server's answer is not one."""


class PinError(SessionError, ssl.SSLError):
    """The server's TLS key is not the attested one, or the attestation has expired.

    Raised inside the handshake: no byte of the request was sent. It is an ssl.SSLError too, so that
    every HTTP library takes the connection down as it does for any other failed handshake.
    """


class StatusError(SessionError):
    """The server answered with an error status. Its text is in `body`, and in nothing printed."""

    def __init__(self, status_code: int, body: bytes = b"") -> None:
        self.status_code = status_code
        self.body = body
        super().__init__("bad_response", "service.status", None, f"status {status_code}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.status_code, self.body))


class RejectedError(CupelError):
    """The policy does not accept this service. Only evidence was asked for; no request was sent.

    verdict: the judgement with all of its checks. check, expected, actual: of the first that
    failed, as the verdict's `checks` have them; empty where no check did, or without a verdict.
    """

    def __init__(self, verdict: Verdict | None, detail: str = "") -> None:
        self.verdict = verdict
        self.expected = ""
        self.actual = ""
        failed = [] if verdict is None else [c for c in verdict.checks if not c.passed]
        if not detail and failed:
            first = failed[0]
            detail = f"{first.claim or first.rule}: expected {first.expected}, got {first.actual}"
            if len(failed) > 1:
                detail += f"; and {len(failed) - 1} more"
        if failed:
            self.expected, self.actual = failed[0].expected, failed[0].actual
        super().__init__("refused", "session.verdict", None, detail, failed[0].id if failed else "")

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {"check": self.check, "expected": self.expected, "actual": self.actual}
        return (type(self), (None, self.detail), kept)


_SESSION = frozenset({"pin_mismatch", "connection_failed", "bad_response"})
_COLLATERAL = frozenset(
    {
        "collateral_missing",
        "collateral_mismatch",
        "collateral_unavailable",
        "revocation_unknown",
    }
)


def _class_for(code: str) -> type[CupelError]:
    if code in _SESSION:
        return SessionError
    if code in _COLLATERAL:
        return CollateralError
    if code == "bad_policy":
        return PolicyError
    outcome = _OUTCOMES.get(code)
    if outcome == "malformed":
        return ParseError
    return VerifyError if outcome == "not_authentic" else CupelError


def error_for(
    code: str,
    where: str = "",
    offset: int | None = None,
    detail: str = "",
    check: str = "",
) -> CupelError:
    """The error of the right class. The core makes all of its errors here."""
    if code == "refused":
        return RejectedError(None, detail)
    return _class_for(code)(code, where, offset, detail, check)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what its raisers say it comes from: `raise … from …`, or as a value in it.

    Not its context: that is whatever was being handled when it was raised, and so may be an older
    failure, of another service, that the caller's `except` is dealing with.
    """
    seen: set[int] = set()
    pending = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        pending.append(one.__cause__)
        # urllib3 and requests keep the reason as a value instead of a cause.
        pending.extend(arg for arg in one.args if isinstance(arg, BaseException))
        reason = getattr(one, "reason", None)
        pending.append(reason if isinstance(reason, BaseException) else None)


def find_error(error: BaseException | None) -> CupelError | None:
    """The CupelError behind another library's exception, or None.

    HTTP libraries wrap what happens in a handshake: requests.exceptions.SSLError,
    aiohttp.ClientConnectorSSLError, httpx.ConnectError, openai.APIConnectionError.
    """
    return next((one for one in causes(error) if isinstance(one, CupelError)), None)
