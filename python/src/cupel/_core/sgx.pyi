"""
Quotes of SGX enclaves.
"""

from __future__ import annotations
import cupel._core
import cupel._core.dcap
import datetime
import typing

class Quote:
    """
    A quote of version 3, 4 or 5 with an SGX report: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def header(self) -> cupel._core.dcap.Header: ...
    @property
    def platform(self) -> cupel._core.dcap.Platform | None:
        """
        Set by verify().
        """
    @property
    def raw(self) -> bytes:
        """
        Exactly as received.
        """
    @property
    def report(self) -> cupel._core.dcap.SgxReport: ...
    @property
    def signature(self) -> cupel._core.dcap.SignatureData: ...
    @property
    def tcb(self) -> cupel._core.dcap.Judgement | None:
        """
        Set by verify().
        """

class VerifiedQuote:
    """
    A quote of an enclave on a genuine Intel processor.
    """
    def __repr__(self) -> str: ...
    @property
    def assumed(self) -> tuple[str, ...]: ...
    @property
    def not_proved(self) -> tuple[str, ...]: ...
    @property
    def proved(self) -> tuple[str, ...]: ...
    @property
    def valid_until(self) -> datetime.datetime | None: ...
    @property
    def value(self) -> Quote: ...

def claims(quote: VerifiedQuote) -> cupel._core.Claims:
    """
    The facts a verified quote states.
    """

def evaluate(
    evidence: bytes | bytearray | memoryview,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    endorsements: cupel._core.Endorsements | None = None,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> cupel._core.Claims:
    """
    A quote, or an X.509 certificate with one inside (RA-TLS), to claims in one call.
    """

def needed(evidence: bytes | bytearray | memoryview) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    What Intel's PCS serves about this quote's platform. Errors: those of parse(), and of the PCK certificate.
    """

def parse(data: bytes | bytearray | memoryview) -> Quote:
    """
    Parses a quote; every byte is consumed.

    Errors: ParseError at "dcap.header.…", "dcap.signature.…", "dcap.qe_report.…", "sgx.report.…"; bad_magic for a TDX quote.
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    Intel SGX Root CA, by its key.
    """

def verify(
    quote: Quote,
    collateral: cupel._core.dcap.Collateral,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedQuote:
    """
    Establishes that a genuine Intel processor runs the enclave, and judges its patch level.

    Errors: VerifyError, CollateralError.
    """
