"""The attestation in force: made when it is first needed, renewed when it ends or when the server's
key has changed. Shared by threads; the network and the judgement are the core's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cupel import _core
from cupel._advice import advise
from cupel._core import Attestation, SessionOptions, TlsPin, Verdict
from cupel.errors import CupelError, PolicyError, RejectedError, SessionError
from cupel.tls import AttestedSSLContext, Clock

OnVerdict = Callable[[Verdict], None]


@dataclass(frozen=True)
class Grant:
    """One accepted attestation, and the TLS context that lets its key through and no other."""

    number: int
    verdict: Verdict
    pin: TlsPin
    valid_until: datetime | None
    context: AttestedSSLContext

    def in_force(self, now: int) -> bool:
        """Whether nothing that the verdict rests on has expired, and the clock was not set back."""
        began = self.verdict.appraised_at
        end = self.valid_until
        return (began is None or now >= began.timestamp()) and (
            end is None or now < end.timestamp()
        )


class Attestor:
    """Attests on demand. Errors of both functions: RejectedError, PolicyError, and attest()'s."""

    def __init__(
        self, options: SessionOptions, clock: Clock | None, on_verdict: OnVerdict | None
    ) -> None:
        self.options = options
        self._clock = clock or _core.system_now
        self._on_verdict = on_verdict
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._count = 0

    def peek(self) -> Grant | None:
        """The grant in force, if there is one; asks nobody."""
        grant = self._grant
        return grant if grant is not None and grant.in_force(self._clock()) else None

    def current(self) -> Grant:
        """The grant in force; attests when there is none."""
        return self.peek() or self.renew(None)

    def renew(self, stale: Grant | None) -> Grant:
        """A grant newer than `stale`; attests unless another thread has just done so."""
        with self._lock:
            grant = self.peek()
            if grant is not None and grant is not stale:
                return grant
            self._grant = None
            try:
                attestation = _core.attest(self.options)
            except CupelError as error:
                advise(error, self.options)
                raise
            judged = self._judged(attestation)
            if isinstance(judged, Grant):
                self._grant = judged
        # Told without the lock: what is told may use the client, or wait for a thread that does.
        self._tell(attestation.verdict, judged)
        if isinstance(judged, CupelError):
            raise judged
        return judged

    def _tell(self, verdict: Verdict, judged: Grant | CupelError) -> None:
        if self._on_verdict is None:
            return
        try:
            self._on_verdict(verdict)
        except BaseException:
            # Its error ends this request; the next one attests, and tells, again.
            with self._lock:
                if self._grant is judged:
                    self._grant = None
            raise

    def _judged(self, attestation: Attestation) -> Grant | CupelError:
        verdict = attestation.verdict
        if verdict.accepted is None:
            return RejectedError(verdict)
        if attestation.pin is None:
            return PolicyError(
                "bad_policy",
                "policy.bind.tls_key",
                detail="the policy binds no TLS key, so no connection can be told from another",
            )
        self._count += 1
        context = AttestedSSLContext(attestation.pin, clock=self._clock)
        grant = Grant(self._count, verdict, attestation.pin, attestation.valid_until, context)
        if not grant.in_force(self._clock()):
            return SessionError(
                "expired",
                "session.valid_until",
                detail="the new attestation is no longer good",
                check="tls-10",
            )
        return grant
