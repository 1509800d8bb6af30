"""
Tokens of Azure Attestation.
"""

from __future__ import annotations
import cupel._core
import datetime
import typing

class SigningKey:
    """
    The key that signed a token, and why it is trusted.
    """
    def __repr__(self) -> str: ...
    @property
    def anchor(self) -> str:
        """
        The issuer of the key set, the key's name, or the root's label.
        """
    @property
    def certificate(self) -> bytes:
        """
        DER; empty where none is known.
        """
    @property
    def evidence(self) -> str | None:
        """
        Kind of the evidence in that certificate, if there is any.
        """
    @property
    def spki_sha256(self) -> bytes: ...
    @property
    def subject(self) -> str | None:
        """
        Of its certificate, where one is known.
        """
    @property
    def trust(self) -> str:
        """
        "issuer_keys" (a key set that the caller vouches for), "named_key" (the caller named the key) or "certificate" (it leads to a trusted root).
        """

class SignerEvidence:
    """
    A quote or report of the machine that holds the signing key. Not verified, but its report data name this very key.
    """
    def __repr__(self) -> str: ...
    @property
    def certificates(self) -> bytes:
        """
        snp: PEM of VCEK, ASK and ARK.
        """
    @property
    def endorsements(self) -> bytes:
        """
        snp: the JSON document with UVM endorsements; may be empty.
        """
    @property
    def evidence(self) -> bytes:
        """
        The quote, or the report.
        """
    @property
    def kind(self) -> str:
        """
        "sgx" or "snp".
        """

class Token:
    """
    A token: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def attestation_type(self) -> str:
        """
        "sevsnpvm", "sgx", "azurevm", …
        """
    @property
    def claims(self) -> dict[str, bool | int | bytes | str | datetime.datetime | None]:
        """
        Every claim of the payload by its path below "maa.", with its type.
        """
    @property
    def expires(self) -> datetime.datetime | None:
        """
        `exp`
        """
    @property
    def issued_at(self) -> datetime.datetime | None:
        """
        `iat`
        """
    @property
    def issuer(self) -> str:
        """
        `iss`, a canonical https URL.
        """
    @property
    def key(self) -> SigningKey | None:
        """
        Set by verify().
        """
    @property
    def kid(self) -> str: ...
    @property
    def left_out(self) -> tuple[str, ...]:
        """
        Paths of members that no claim can hold.
        """
    @property
    def not_before(self) -> datetime.datetime | None:
        """
        `nbf`
        """
    @property
    def payload(self) -> str:
        """
        The JSON text as it was signed.
        """

class VerifiedToken:
    """
    A token that a trusted key of its issuer signed.
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
    def value(self) -> Token: ...

def claims(token: VerifiedToken) -> cupel._core.Claims:
    """
    The facts a verified token states.
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
    parse_evidence, verify and claims in one call.
    """

def needed(evidence: bytes | bytearray | memoryview) -> tuple[cupel._core.CollateralRequest, ...]:
    """
    Where the issuer publishes its keys, if it is one of Microsoft's.
    """

def parse(compact: str) -> Token:
    """
    Parses a token in compact form, and nothing else.

    Errors: ParseError, VerifyError (key_mismatch) at "maa.token", "maa.header…", "maa.payload…", "maa.signature".
    """

def parse_evidence(evidence: bytes | bytearray | memoryview) -> Token:
    """
    Parses what services hand out: the bare token, or {"token": "…"}.
    """

def signer_evidence(token: VerifiedToken) -> SignerEvidence | None:
    """
    The evidence in the signing key's certificate, for the family that can verify it; None when there is none.
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    None: the service's certificates are self-issued, and its keys change. Whom to trust is the caller's act: TrustAnchors.with_issuer_keys().
    """

def verify(
    token: Token,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    endorsements: cupel._core.Endorsements | None = None,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedToken:
    """
    Establishes that a trusted key of the token's issuer signed it, and that it is valid now.

    Errors: VerifyError, CollateralError.
    """

CLOCK_SKEW_S: int = 60
