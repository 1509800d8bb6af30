"""
What SGX and TDX quotes share.
"""

from __future__ import annotations
import collections.abc
import cupel._core
import datetime
import typing

class Header:
    """
    The first 48 bytes of every quote.
    """
    def __repr__(self) -> str: ...
    @property
    def attestation_key_type(self) -> int:
        """
        2: ECDSA P-256.
        """
    @property
    def pce_svn(self) -> int:
        """
        Version 3; reserved in 4 and 5.
        """
    @property
    def qe_svn(self) -> int:
        """
        Version 3; reserved in 4 and 5.
        """
    @property
    def qe_vendor_id(self) -> bytes: ...
    @property
    def tee_type(self) -> int:
        """
        0: SGX; 0x81: TDX.
        """
    @property
    def user_data(self) -> bytes: ...
    @property
    def version(self) -> int:
        """
        3 (SGX), 4 and 5 (SGX or TDX).
        """

class SgxReport:
    """
    The report body of an enclave, or of the quoting enclave itself.
    """
    def __repr__(self) -> str: ...
    @property
    def attributes(self) -> bytes:
        """
        Flags, 8 bytes, and XFRM, 8 bytes.
        """
    @property
    def config_id(self) -> bytes: ...
    @property
    def config_svn(self) -> int: ...
    @property
    def cpu_svn(self) -> bytes: ...
    @property
    def isv_ext_prod_id(self) -> bytes: ...
    @property
    def isv_family_id(self) -> bytes: ...
    @property
    def isv_prod_id(self) -> int: ...
    @property
    def isv_svn(self) -> int: ...
    @property
    def misc_select(self) -> int: ...
    @property
    def mrenclave(self) -> bytes: ...
    @property
    def mrsigner(self) -> bytes: ...
    @property
    def report_data(self) -> bytes: ...

class PlatformName:
    """
    The platform as certification data name it. Signed by nothing.
    """
    def __repr__(self) -> str: ...
    @property
    def cpu_svn(self) -> bytes: ...
    @property
    def pce_id(self) -> int | None: ...
    @property
    def pce_svn(self) -> int: ...
    @property
    def ppid(self) -> bytes:
        """
        16 bytes, or the encrypted 256 or 384.
        """

class CertificationData:
    """
    How a quote says which PCK certificate vouches for its QE.
    """
    def __repr__(self) -> str: ...
    @property
    def data(self) -> bytes:
        """
        As it stands.
        """
    @property
    def platform(self) -> PlatformName | None:
        """
        With a PPID only.
        """
    @property
    def type(self) -> str:
        """
        "ppid_clear", "ppid_rsa2048", "ppid_rsa3072", "pck_leaf", "pck_chain" or "platform_manifest".
        """

class SignatureData:
    """
    What follows the signed part of a quote.
    """
    def __repr__(self) -> str: ...
    @property
    def attestation_key(self) -> bytes:
        """
        x || y
        """
    @property
    def certification(self) -> CertificationData: ...
    @property
    def qe_auth_data(self) -> bytes: ...
    @property
    def qe_report(self) -> SgxReport: ...
    @property
    def qe_report_bytes(self) -> bytes: ...
    @property
    def qe_report_signature(self) -> bytes: ...
    @property
    def signature(self) -> bytes:
        """
        r || s over header and body.
        """

class Platform:
    """
    What the verified PCK certificate says about the platform.
    """
    def __repr__(self) -> str: ...
    @property
    def cached_keys(self) -> bool | None: ...
    @property
    def components(self) -> bytes:
        """
        SGX TCB component SVNs, a byte each.
        """
    @property
    def cpu_svn(self) -> bytes: ...
    @property
    def dynamic_platform(self) -> bool | None: ...
    @property
    def fmspc(self) -> bytes: ...
    @property
    def pce_id(self) -> bytes: ...
    @property
    def pce_svn(self) -> int: ...
    @property
    def platform_instance_id(self) -> bytes | None:
        """
        Platform CA only.
        """
    @property
    def ppid(self) -> bytes: ...
    @property
    def sgx_type(self) -> int:
        """
        0: standard, 1: scalable, 2: scalable with integrity.
        """
    @property
    def smt_enabled(self) -> bool | None: ...

class Judgement:
    """
    What Intel's signed collateral says about a platform, at the time that was asked about. A status is Intel's word: "UpToDate", "SWHardeningNeeded", "OutOfDate", "Revoked", …
    """
    def __repr__(self) -> str: ...
    @property
    def advisory_ids(self) -> tuple[str, ...]:
        """
        Sorted; of every level that matched.
        """
    @property
    def evaluation_data_number(self) -> int: ...
    @property
    def issue_date(self) -> datetime.datetime | None: ...
    @property
    def module_id(self) -> str:
        """
        "TDX_01"
        """
    @property
    def module_status(self) -> str | None:
        """
        TDX with a module identity.
        """
    @property
    def module_tcb_date(self) -> datetime.datetime | None: ...
    @property
    def next_update(self) -> datetime.datetime | None: ...
    @property
    def platform_status(self) -> str:
        """
        Of the platform's own level.
        """
    @property
    def qe_evaluation_data_number(self) -> int: ...
    @property
    def qe_issue_date(self) -> datetime.datetime | None: ...
    @property
    def qe_isv_svn(self) -> int: ...
    @property
    def qe_next_update(self) -> datetime.datetime | None: ...
    @property
    def qe_status(self) -> str: ...
    @property
    def qe_tcb_date(self) -> datetime.datetime | None: ...
    @property
    def remarks(self) -> tuple[str, ...]:
        """
        What is behind, by how much, since when, and what can be done. Empty exactly for "UpToDate".
        """
    @property
    def status(self) -> str:
        """
        Of platform, TDX module and QE together.
        """
    @property
    def tcb_date(self) -> datetime.datetime | None:
        """
        Of the platform's level.
        """

class Collateral:
    """
    Intel's signed documents, parsed once and used for any number of quotes. Untrusted until a verification checks them.
    """
    @staticmethod
    def parse(endorsements: cupel._core.Endorsements) -> Collateral:
        """
        Sorts and parses what was brought: certificates, CRLs, TCB info, identities.

        Errors: ParseError, VerifyError at "dcap.tcb_info.…", "dcap.qe_identity.…", "endorsements.…".
        """
    def __repr__(self) -> str: ...

def at_pccs(
    requests: collections.abc.Sequence[cupel._core.CollateralRequest], base: str
) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    The same requests at a PCCS, Intel's caching service, whose address is `base`. Other publishers' requests stay as they are.

    Errors: invalid_argument at "pccs".
    """

def trim_zero_padding(buffer: bytes | bytearray | memoryview) -> bytes:
    """
    The quote in a buffer that its producer filled up with zeros, as some drivers do. A step to take on purpose: parse() refuses every byte after the quote.

    Errors: ParseError at "dcap.quote" (trailing_bytes: something that is not zero) and "dcap.header.…".
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    Intel SGX Root CA, by its key.
    """

MAX_QUOTE_SIZE: int = 32768
