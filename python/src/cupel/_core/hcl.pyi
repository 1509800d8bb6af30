"""
Azure confidential VMs.
"""

from __future__ import annotations
import cupel._core
import cupel._core.snp
import cupel._core.tdx
import cupel._core.tpm
import datetime
import typing

class Report:
    """
    The blob of NV index 0x01400001: well formed, not authentic. Nothing signs its header.
    """
    def __repr__(self) -> str: ...
    @property
    def hardware_report(self) -> bytes:
        """
        An SNP report, or a TDREPORT.
        """
    @property
    def hardware_type(self) -> str:
        """
        "snp" or "tdx".
        """
    @property
    def raw(self) -> bytes:
        """
        As received, padding included.
        """
    @property
    def request_type(self) -> int: ...
    @property
    def runtime_data(self) -> bytes:
        """
        JSON, exactly as it is hashed.
        """
    @property
    def version(self) -> int: ...

class VmConfiguration:
    """
    What the paravisor says about the machine it runs.
    """
    def __repr__(self) -> str: ...
    @property
    def console_enabled(self) -> bool | None: ...
    @property
    def root_cert_thumbprint(self) -> str | None: ...
    @property
    def secure_boot(self) -> bool | None: ...
    @property
    def tpm_enabled(self) -> bool | None: ...
    @property
    def tpm_persisted(self) -> bool | None: ...
    @property
    def vm_unique_id(self) -> str | None: ...

class RuntimeData:
    """
    The runtime data as structure.
    """
    def __repr__(self) -> str: ...
    @property
    def ak_public(self) -> bytes:
        """
        HCLAkPub as DER SubjectPublicKeyInfo.
        """
    @property
    def ek_public(self) -> bytes | None:
        """
        HCLEkPub.
        """
    @property
    def hardware_type(self) -> str:
        """
        "snp" or "tdx".
        """
    @property
    def json(self) -> bytes:
        """
        As hashed.
        """
    @property
    def user_data(self) -> bytes | None:
        """
        64 bytes that the guest wrote before.
        """
    @property
    def vm_configuration(self) -> VmConfiguration: ...

class VerifiedRuntimeData:
    """
    Runtime data that the hardware vouches for.
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
    def value(self) -> RuntimeData: ...

class Evidence:
    """
    One document with all parts. Not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def ak_certificates(self) -> tuple[bytes, ...]:
        """
        Of the attestation key, leaf first; may be empty.
        """
    @property
    def certificates(self) -> tuple[bytes, ...]:
        """
        Of the hardware's key, DER, any order.
        """
    @property
    def crls(self) -> tuple[bytes, ...]:
        """
        DER.
        """
    @property
    def form(self) -> str:
        """
        "raw" or "cupel.hcl/1".
        """
    @property
    def report(self) -> Report: ...
    @property
    def td_quote(self) -> bytes | None:
        """
        Over the report, for a TDX machine.
        """
    @property
    def tpm(self) -> cupel._core.tpm.Evidence | None:
        """
        Quote, values and log of the virtual TPM.
        """

def ak_trust(runtime_data: VerifiedRuntimeData) -> cupel._core.tpm.AkTrust:
    """
    The attestation key that the runtime data name, as trust for a TPM's quote.
    """

def binds(report: Report, report_data: bytes | bytearray | memoryview) -> None:
    """
    Returns if hardware that signed these 64 bytes of report data vouches for the report's runtime data.

    Errors: digest_mismatch at "hcl.runtime_data".
    """

@typing.overload
def claims(
    hardware: cupel._core.snp.VerifiedReport,
    runtime_data: VerifiedRuntimeData,
    quote: cupel._core.tpm.VerifiedQuote | None = None,
) -> cupel._core.Claims:
    """
    The facts of all that was verified.
    """

@typing.overload
def claims(
    hardware: cupel._core.tdx.VerifiedQuote,
    runtime_data: VerifiedRuntimeData,
    quote: cupel._core.tpm.VerifiedQuote | None = None,
) -> cupel._core.Claims:
    """
    The facts of all that was verified.
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
    parse_evidence, the three verifications and claims in one call.
    """

def parse(data: bytes | bytearray | memoryview) -> Report:
    """
    Parses the paravisor's report, at most 16 KiB.

    Errors: ParseError at "hcl.report.…".
    """

def parse_evidence(data: bytes | bytearray | memoryview) -> Evidence:
    """
    Parses the blob alone, or a "cupel.hcl/1" bundle.
    """

def parse_runtime_data(json: bytes | bytearray | memoryview) -> RuntimeData:
    """
    Parses runtime data. Errors: ParseError, VerifyError (bad_key) at "hcl.runtime_data.…".
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    AMD's roots and Intel's.
    """

@typing.overload
def verify(report: Report, hardware: cupel._core.snp.VerifiedReport) -> VerifiedRuntimeData:
    """
    Establishes that the hardware vouches for the runtime data: the report holds exactly the SNP report that was verified, at VMPL 0, and that names the hash of the runtime data.

    Errors: ParseError, VerifyError.
    """

@typing.overload
def verify(report: Report, hardware: cupel._core.tdx.VerifiedQuote) -> VerifiedRuntimeData:
    """
    Establishes that the TD whose quote was verified vouches for the runtime data.

    Errors: ParseError, VerifyError.
    """
