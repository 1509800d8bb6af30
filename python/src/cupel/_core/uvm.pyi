"""
Endorsements of launch measurements.
"""

from __future__ import annotations
import cupel._core
import datetime
import typing

class Endorsement:
    """
    An endorsement of a launch measurement. Parsed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def certificates(self) -> tuple[bytes, ...]:
        """
        x5chain, DER, the signer's first.
        """
    @property
    def feed(self) -> str:
        """
        What the measurement is of: "ContainerPlat-AMD-UVM".
        """
    @property
    def form(self) -> str:
        """
        "json" (the payload is JSON) or "hash_envelope" (the payload is the measurement).
        """
    @property
    def issuer(self) -> str:
        """
        did:x509:…: who signed, by the fingerprint of the authority that certified the signer.
        """
    @property
    def launch_measurement(self) -> bytes:
        """
        48 bytes.
        """
    @property
    def raw(self) -> bytes:
        """
        COSE_Sign1 exactly as received.
        """
    @property
    def signed_at(self) -> datetime.datetime | None:
        """
        The signer's own word.
        """
    @property
    def svn(self) -> int | None:
        """
        The release's security version. None when the signer stated none.
        """

class VerifiedEndorsement:
    """
    An endorsement that the trusted issuer signed: every field is part of what was signed. It says what a measurement is, not that any machine runs it. `valid_until` is None: an old endorsement stays genuine for ever.
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
    def value(self) -> Endorsement: ...

class Trust:
    """
    Whose word about what is taken. Immutable.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __init__(self, issuer: str, feed: str) -> None:
        """
        The issuer's did:x509, letter for letter: it names the authority by fingerprint; and the feed.
        """
    def __repr__(self) -> str: ...
    @property
    def feed(self) -> str: ...
    @property
    def issuer(self) -> str: ...

def container_platform() -> Trust:
    """
    Microsoft, for the utility VM of confidential containers on AMD SEV-SNP.
    """

def looks_like(data: bytes | bytearray | memoryview) -> bool:
    """
    Whether this is a COSE_Sign1 with an issuer and a feed. A hint, never trusted.
    """

def parse(data: bytes | bytearray | memoryview) -> Endorsement:
    """
    Parses an endorsement: COSE_Sign1 with PS384, in either of its two forms. Structure only.

    Source: RFC 9052, RFC 9360, RFC 9597, draft-ietf-cose-hash-envelope.
    Errors: ParseError at "uvm.…"; digest_mismatch at "uvm.x5t".
    """

def verify(
    endorsement: Endorsement,
    trust: Trust,
    *,
    now: int | datetime.datetime,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedEndorsement:
    """
    Establishes that the trusted issuer signed the endorsement. There are no anchors to give: the issuer's name says which authority must have certified the signer.

    Source: did:x509 method specification, version 0; RFC 9052, section 4.4; RFC 8230.
    Errors: VerifyError at "uvm.iss", "uvm.feed", "uvm.signed_at", "uvm.x5chain" and "uvm.cose.signature"; CollateralError when revocation is "required", for CRLs are not looked at.
    Not done: receipts of transparency ledgers and timestamps. Whether the version is recent, and whose measurement it is, is the caller's question.
    """

MAX_ENDORSEMENT_SIZE: int = 65536
