"""
AWS Nitro attestation documents.
"""

from __future__ import annotations
import cupel._core
import datetime
import typing

class Signer:
    """
    The certificate under which a document was signed.
    """
    def __repr__(self) -> str: ...
    @property
    def anchor(self) -> str:
        """
        The label of the root that its path ends in.
        """
    @property
    def not_after(self) -> datetime.datetime | None: ...
    @property
    def not_before(self) -> datetime.datetime | None: ...
    @property
    def subject(self) -> str: ...

class Document:
    """
    An attestation document: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def cabundle(self) -> tuple[bytes, ...]:
        """
        DER; as a rule the root first.
        """
    @property
    def certificate(self) -> bytes:
        """
        DER.
        """
    @property
    def kind(self) -> str:
        """
        Who speaks: "enclave", or "nitro_tpm" for an instance.
        """
    @property
    def module_id(self) -> str: ...
    @property
    def nonce(self) -> bytes | None: ...
    @property
    def pcrs(self) -> dict[int, bytes]:
        """
        Register to value.
        """
    @property
    def public_key(self) -> bytes | None: ...
    @property
    def raw(self) -> bytes:
        """
        COSE_Sign1 exactly as received.
        """
    @property
    def signer(self) -> Signer | None:
        """
        Set by verify().
        """
    @property
    def timestamp_ms(self) -> int:
        """
        The hypervisor's clock when it signed, milliseconds since 1970.
        """
    @property
    def user_data(self) -> bytes | None: ...

class VerifiedDocument:
    """
    A document that a Nitro hypervisor signed.
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
    def value(self) -> Document: ...

def claims(document: VerifiedDocument) -> cupel._core.Claims:
    """
    The facts a verified document states.
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
    parse, verify and claims in one call.
    """

def needed(document: Document) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    What a verification would like to have besides the document.
    """

def parse(data: bytes | bytearray | memoryview) -> Document:
    """
    Parses a COSE_Sign1 message with a Nitro payload, every byte of it.

    Errors: ParseError at "nitro.cose.…" and "nitro.payload.…".
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    The root of the Nitro attestation PKI, by fingerprint.
    """

def verify(
    document: Document,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    endorsements: cupel._core.Endorsements | None = None,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedDocument:
    """
    Establishes that the Nitro hypervisor signed the document.

    Errors: VerifyError, CollateralError.
    """

MAX_DOCUMENT_SIZE: int = 32768
PCR_COUNT: int = 32
TPM_PCR_COUNT: int = 24
