"""
SEV-SNP attestation reports.
"""

from __future__ import annotations
import cupel._core
import cupel._core.uvm
import datetime
import typing

class LegacyTcb:
    """
    Patch level of a Milan or Genoa processor.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __repr__(self) -> str: ...
    @property
    def boot_loader(self) -> int: ...
    @property
    def microcode(self) -> int: ...
    @property
    def snp(self) -> int: ...
    @property
    def tee(self) -> int: ...

class TurinTcb:
    """
    Patch level of a Turin processor.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __repr__(self) -> str: ...
    @property
    def boot_loader(self) -> int: ...
    @property
    def fmc(self) -> int: ...
    @property
    def microcode(self) -> int: ...
    @property
    def snp(self) -> int: ...
    @property
    def tee(self) -> int: ...

class FirmwareVersion:
    """
    Of the security processor.
    """
    def __repr__(self) -> str: ...
    @property
    def build(self) -> int: ...
    @property
    def major(self) -> int: ...
    @property
    def minor(self) -> int: ...

class CpuId:
    """
    Which processor.
    """
    def __repr__(self) -> str: ...
    @property
    def family(self) -> int: ...
    @property
    def model(self) -> int: ...
    @property
    def stepping(self) -> int: ...

class ReportBody:
    """
    The fields that all versions of a report share. A TCB is 8 bytes as they stand: parse_tcb() names their parts.
    """
    def __repr__(self) -> str: ...
    @property
    def author_key_digest(self) -> bytes: ...
    @property
    def author_key_en(self) -> bool: ...
    @property
    def chip_id(self) -> bytes: ...
    @property
    def committed(self) -> FirmwareVersion: ...
    @property
    def committed_tcb(self) -> bytes: ...
    @property
    def current(self) -> FirmwareVersion: ...
    @property
    def current_tcb(self) -> bytes: ...
    @property
    def family_id(self) -> bytes: ...
    @property
    def guest_svn(self) -> int: ...
    @property
    def host_data(self) -> bytes: ...
    @property
    def id_key_digest(self) -> bytes: ...
    @property
    def image_id(self) -> bytes: ...
    @property
    def launch_tcb(self) -> bytes: ...
    @property
    def mask_chip_key(self) -> bool: ...
    @property
    def measurement(self) -> bytes: ...
    @property
    def platform_info(self) -> int: ...
    @property
    def policy(self) -> int: ...
    @property
    def report_data(self) -> bytes: ...
    @property
    def report_id(self) -> bytes: ...
    @property
    def report_id_ma(self) -> bytes: ...
    @property
    def reported_tcb(self) -> bytes: ...
    @property
    def signature_algo(self) -> int: ...
    @property
    def signature_r(self) -> bytes:
        """
        Big-endian.
        """
    @property
    def signature_s(self) -> bytes:
        """
        Big-endian.
        """
    @property
    def signing_key(self) -> str:
        """
        "vcek", "vlek" or "none".
        """
    @property
    def version(self) -> int: ...
    @property
    def vmpl(self) -> int: ...

class ReportV2:
    """
    Version 2 names no processor.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> ReportBody: ...

class ReportV3:
    """
    Version 3.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> ReportBody: ...
    @property
    def cpuid(self) -> CpuId: ...

class ReportV4:
    """
    The same layout as version 3.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> ReportBody: ...
    @property
    def cpuid(self) -> CpuId: ...

class ReportV5:
    """
    Version 5.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> ReportBody: ...
    @property
    def cpuid(self) -> CpuId: ...
    @property
    def current_mit_vector(self) -> int: ...
    @property
    def launch_mit_vector(self) -> int: ...

class Vek:
    """
    The key that signed a report, as its certificate describes it.
    """
    def __repr__(self) -> str: ...
    @property
    def anchor(self) -> str:
        """
        The label of the root that its path ends in.
        """
    @property
    def csp_id(self) -> str:
        """
        VLEK: the provider it was lent to.
        """
    @property
    def hwid(self) -> bytes:
        """
        VCEK: 64 bytes, Turin 8.
        """
    @property
    def kind(self) -> str:
        """
        "vcek" or "vlek".
        """
    @property
    def not_after(self) -> datetime.datetime | None: ...
    @property
    def not_before(self) -> datetime.datetime | None: ...
    @property
    def product(self) -> str:
        """
        "Milan", "Genoa" or "Turin".
        """
    @property
    def product_name(self) -> str:
        """
        As AMD writes it: "Milan-B0".
        """
    @property
    def spki_sha256(self) -> bytes: ...

class Report:
    """
    A report: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def body(self) -> ReportBody:
        """
        The fields that all versions share.
        """
    @property
    def cpuid(self) -> CpuId | None:
        """
        None in version 2.
        """
    @property
    def fields(self) -> ReportV2 | ReportV3 | ReportV4 | ReportV5: ...
    @property
    def raw(self) -> bytes:
        """
        As received.
        """
    @property
    def vek(self) -> Vek | None:
        """
        Set by verify().
        """

class CertificateTable:
    """
    The certificates behind a report.
    """
    def __repr__(self) -> str: ...
    @property
    def certificates(self) -> tuple[bytes, ...]:
        """
        DER.
        """
    @property
    def crls(self) -> tuple[bytes, ...]:
        """
        DER.
        """

class Evidence:
    """
    A report with what came along. Not authentic.
    """
    def __repr__(self) -> str: ...
    def to_json(self) -> str:
        """
        A "cupel.snp/1" bundle with the same parts.
        """
    @property
    def certificates(self) -> tuple[bytes, ...]:
        """
        DER, any order.
        """
    @property
    def crls(self) -> tuple[bytes, ...]:
        """
        DER.
        """
    @property
    def form(self) -> str:
        """
        "raw", "extended", "sidecar" or "cupel.snp/1".
        """
    @property
    def report(self) -> Report: ...
    @property
    def runtime_data(self) -> bytes | None:
        """
        What REPORT_DATA is the hash of.
        """
    @property
    def uvm_endorsements(self) -> bytes | None:
        """
        COSE_Sign1.
        """

class VerifiedReport:
    """
    A report that a genuine AMD processor signed.
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
    def value(self) -> Report: ...

class VekTrust:
    """
    Certificates and CRLs, parsed once: for many reports of few machines. Untrusted until a verification checks them.
    """
    @staticmethod
    def from_endorsements(endorsements: cupel._core.Endorsements) -> VekTrust:
        """
        VekTrust::from in C++; `from` is a word of Python's own.

        Errors: bad_certificate, bad_key, bad_encoding, too_large at "endorsements.…".
        """
    def __repr__(self) -> str: ...

def binds(report: VerifiedReport, data: bytes | bytearray | memoryview) -> None:
    """
    Returns if REPORT_DATA is the SHA-256 of `data`, followed by 32 zero bytes.

    Errors: digest_mismatch at "snp.report.report_data".
    """

def claims(report: VerifiedReport) -> cupel._core.Claims:
    """
    The facts a verified report states.
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
    parse_evidence, verify, binds, the UVM endorsement (of Microsoft's container platform) and claims in one call.
    """

def needed(report: Report) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    What AMD publishes about the chip and product of this report.

    Errors: unsupported_version when the product is not known.
    """

def parse(data: bytes | bytearray | memoryview) -> Report:
    """
    Parses the 1184 bytes of a report of version 2 to 5.

    Errors: ParseError, VerifyError (bad_key) at "snp.report.…".
    """

def parse_certificate_table(data: bytes | bytearray | memoryview) -> CertificateTable:
    """
    Parses the certificate table behind a report, at most 64 KiB.

    Errors: ParseError at "snp.certificate_table.…".
    """

def parse_evidence(data: bytes | bytearray | memoryview) -> Evidence:
    """
    Parses a report with what came along: raw, extended (with its table), the answer of Azure's sidecar, or a "cupel.snp/1" bundle.

    Errors: those of parse() and parse_certificate_table(); ParseError at "snp.evidence.…".
    """

def parse_tcb(
    product: str, data: bytes | bytearray | memoryview, where: str = "snp.tcb"
) -> LegacyTcb | TurinTcb:
    """
    The parts of a TCB_VERSION, for "Milan", "Genoa" or "Turin".

    Errors: reserved_not_zero at `where`; invalid_argument at "product", or at `where` for anything but 8 bytes.
    """

def parts(tcb: LegacyTcb | TurinTcb) -> dict[str, int]:
    """
    The parts of a patch level by name: "boot_loader", "microcode", …
    """

def product_of(cpuid: CpuId) -> str | None:
    """
    "Milan", "Genoa" or "Turin"; None for a processor not known.
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    AMD's roots (ARK) by fingerprint.
    """

@typing.overload
def verify(
    report: Report,
    trust: VekTrust,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedReport:
    """
    Establishes that a genuine AMD processor signed the report.

    Errors: VerifyError, CollateralError.
    """

@typing.overload
def verify(
    report: Report,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    endorsements: cupel._core.Endorsements | None = None,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedReport:
    """
    The same with certificates and CRLs as they came, in any order.
    """

def verify_uvm(
    report: VerifiedReport,
    endorsement: bytes | bytearray | memoryview,
    trust: cupel._core.uvm.Trust,
    *,
    now: int | datetime.datetime,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> cupel._core.uvm.VerifiedEndorsement:
    """
    Establishes that the endorsement is the trusted issuer's, and of this report's launch measurement. There are no anchors to give, as in cupel.uvm.verify().

    Errors: those of uvm.parse() and uvm.verify(); digest_mismatch at "snp.uvm.launch_measurement".
    """

REPORT_SIZE: int = 1184
SIGNED_SIZE: int = 672
