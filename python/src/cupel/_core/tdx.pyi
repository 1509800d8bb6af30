"""
Quotes of TDX trust domains.
"""

from __future__ import annotations
import cupel._core
import cupel._core.dcap
import datetime
import typing

class TdReport10:
    """
    A TD report of TDX 1.0.
    """
    def __repr__(self) -> str: ...
    @property
    def mrconfigid(self) -> bytes: ...
    @property
    def mrowner(self) -> bytes: ...
    @property
    def mrownerconfig(self) -> bytes: ...
    @property
    def mrseam(self) -> bytes: ...
    @property
    def mrsignerseam(self) -> bytes:
        """
        Zeros: Intel.
        """
    @property
    def mrtd(self) -> bytes: ...
    @property
    def report_data(self) -> bytes: ...
    @property
    def rtmr(self) -> tuple[bytes, ...]:
        """
        RTMR 0 to 3.
        """
    @property
    def seam_attributes(self) -> bytes: ...
    @property
    def td_attributes(self) -> bytes:
        """
        Little-endian.
        """
    @property
    def tee_tcb_svn(self) -> bytes: ...
    @property
    def xfam(self) -> bytes:
        """
        Little-endian.
        """

class TdReport15:
    """
    A TD report of TDX 1.5: 1.0, and what an update without restart adds.
    """
    def __repr__(self) -> str: ...
    @property
    def base(self) -> TdReport10: ...
    @property
    def mrservicetd(self) -> bytes: ...
    @property
    def tee_tcb_svn_2(self) -> bytes:
        """
        Of the module that runs now.
        """

class Quote:
    """
    A quote of version 4 or 5 with a TD report: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> TdReport10:
        """
        The fields that both kinds of report have.
        """
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
    def report(self) -> TdReport10 | TdReport15: ...
    @property
    def signature(self) -> cupel._core.dcap.SignatureData: ...
    @property
    def tcb(self) -> cupel._core.dcap.Judgement | None:
        """
        Set by verify().
        """

class VerifiedQuote:
    """
    A quote of a TD on a genuine Intel processor with a genuine TDX module.
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

class BootEvent:
    """
    A digest that a register was extended with.
    """
    def __repr__(self) -> str: ...
    @property
    def digest(self) -> bytes:
        """
        SHA-384.
        """
    @property
    def rtmr(self) -> int: ...

class BootLog:
    """
    What an event log says about quoted registers. Types and data of events are covered by nothing and are not here.
    """
    def __repr__(self) -> str: ...
    @property
    def events(self) -> tuple[BootEvent, ...]:
        """
        In the order they were extended.
        """
    @property
    def explained(self) -> tuple[int, ...]:
        """
        The registers that the log explains, ascending.
        """

class VerifiedBootLog:
    """
    An event log that explains the quoted registers it mentions.
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
    def value(self) -> BootLog: ...

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
    A quote, a "cupel.tdx/1" document (quote and event log), or an X.509 certificate with a quote inside (RA-TLS), to claims in one call.
    """

def needed(evidence: bytes | bytearray | memoryview) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    What Intel's PCS serves about this quote's platform. Errors: those of parse(), and of the PCK certificate.
    """

def parse(data: bytes | bytearray | memoryview) -> Quote:
    """
    Parses a quote; every byte is consumed.

    Errors: ParseError at "dcap.header.…", "dcap.signature.…", "dcap.qe_report.…", "tdx.report.…"; bad_magic for an SGX quote.
    """

def replay(log: bytes | bytearray | memoryview, quote: VerifiedQuote) -> VerifiedBootLog:
    """
    Establishes that a CC event log (ACPI CCEL) explains the quoted registers it mentions.

    Errors: ParseError at "tpm.event_log.…", "tdx.event_log…"; VerifyError at "tdx.event_log.rtmr.<i>".
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
    Establishes that a genuine Intel processor with a genuine TDX module runs the TD, and judges their patch level.

    Errors: VerifyError, CollateralError.
    """
