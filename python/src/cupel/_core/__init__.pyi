"""
The core of cupel: parse, verify, appraise. Values are immutable.
"""

from __future__ import annotations
import collections.abc
import datetime
import typing
from . import tpm
from . import dcap
from . import sgx
from . import tdx
from . import uvm
from . import snp
from . import nitro
from . import maa
from . import hcl
from . import measure
from . import blindai

class Anchor:
    """
    A vendor root, named by fingerprint.
    """
    def __repr__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def not_after(self) -> datetime.datetime | None:
        """
        When the root expires; for reports, the certificate's own date rules.
        """
    @property
    def of(self) -> str:
        """
        What was hashed: "certificate" or "spki" (each as DER).
        """
    @property
    def sha256(self) -> bytes:
        """
        32 bytes.
        """
    @property
    def source(self) -> str: ...

class NamedDer:
    """
    A root certificate or a bare key, with a label.
    """
    def __repr__(self) -> str: ...
    @property
    def der(self) -> bytes: ...
    @property
    def name(self) -> str: ...

class TrustAnchors:
    """
    The roots and keys a verification may end at. Immutable; an empty set trusts nothing.
    """
    def __bool__(self) -> bool: ...
    def __init__(self) -> None: ...
    def __or__(self, other: TrustAnchors) -> TrustAnchors: ...
    def __repr__(self) -> str: ...
    def with_certificates(
        self, name: str, pem_or_der: bytes | bytearray | memoryview
    ) -> TrustAnchors:
        """
        These anchors and the root certificates of a PEM file, or one DER certificate.

        Errors: bad_encoding, bad_certificate, missing_field at "anchors".
        """
    def with_issuer_keys(self, issuer: str, jwks: bytes | bytearray | memoryview) -> TrustAnchors:
        """
        These anchors and the keys (a JWKS document) that sign tokens of this issuer, and of no other. Verdicts list it under `assumed`.

        Errors: invalid_argument at "anchors.issuer"; those of a key set at "anchors.jwks".
        """
    def with_key(self, name: str, pem_or_der: bytes | bytearray | memoryview) -> TrustAnchors:
        """
        These anchors and one attestation key (SubjectPublicKeyInfo, PEM or DER) that is trusted without a certificate. Verdicts list it under `assumed`.

        Errors: bad_encoding, bad_key at "anchors.key".
        """
    @property
    def certificates(self) -> tuple[NamedDer, ...]: ...
    @property
    def fingerprints(self) -> tuple[Anchor, ...]: ...
    @property
    def keys(self) -> tuple[NamedDer, ...]: ...

class Endorsements:
    """
    Certificates, CRLs and other vendor documents brought to a verification. Untrusted until checked. Immutable.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __init__(
        self, files: collections.abc.Sequence[bytes | bytearray | memoryview] = ()
    ) -> None:
        """
        Sorts the contents of files by what they hold: PEM, DER certificate, DER CRL.

        Errors: bad_encoding, too_large, duplicate_field at "endorsement".
        """
    def __repr__(self) -> str: ...
    @property
    def certificates(self) -> tuple[bytes, ...]: ...
    @property
    def crls(self) -> tuple[bytes, ...]: ...
    @property
    def items(self) -> dict[str, bytes]: ...

class CollateralRequest:
    """
    A document that a verification would like to have.
    """
    def __repr__(self) -> str: ...
    @property
    def cache_key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def url(self) -> str: ...

class ChainCache:
    """
    Remembers "this certificate was signed by that key" between verifications, and nothing else. Thread-safe and bounded.
    """
    def __init__(self, capacity: int = 4096) -> None: ...
    def __len__(self) -> int: ...

class Claims:
    """
    Named, typed facts that a verification established: a read-only mapping from name to bool, int, bytes, str or datetime.
    """
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> bool | int | bytes | str | datetime.datetime | None: ...
    def __iter__(self) -> collections.abc.Iterator[str]: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def get(self, name: str) -> bool | int | bytes | str | datetime.datetime | None:
        """
        The value, or None.
        """
    def provenance(self, name: str) -> str:
        """
        Who vouches for the claim: "evidence", "endorsement", "configuration", or "unauthenticated" when nothing does.
        """
    def to_dict(self) -> dict[str, bool | int | bytes | str | datetime.datetime | None]:
        """
        Name to value, sorted by name.
        """
    @property
    def assumed(self) -> tuple[str, ...]: ...
    @property
    def family(self) -> str: ...
    @property
    def not_proved(self) -> tuple[str, ...]: ...
    @property
    def proved(self) -> tuple[str, ...]: ...
    @property
    def valid_until(self) -> datetime.datetime | None: ...

class ClaimDef:
    """
    One row of a family's claim table.
    """
    def __repr__(self) -> str: ...
    @property
    def indices(self) -> int:
        """
        n > 0: the claims are name + "." + 0 … n-1.
        """
    @property
    def meaning(self) -> str: ...
    @property
    def measurement(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def provenance(self) -> str: ...
    @property
    def size(self) -> int:
        """
        Exact size in bytes of a bytes claim; 0: any.
        """
    @property
    def source(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def unit(self) -> str: ...

class Alternative:
    """
    One acceptable kind of service.
    """
    def __repr__(self) -> str: ...
    @property
    def binds_nonce(self) -> bool:
        """
        Whether a fresh nonce is demanded.
        """
    @property
    def binds_tls_key(self) -> bool:
        """
        Whether an acceptance pins a TLS key. A session needs that.
        """
    @property
    def dangerous_allow_debug(self) -> bool: ...
    @property
    def dangerous_any_measurement(self) -> bool: ...
    @property
    def expires(self) -> datetime.datetime | None: ...
    @property
    def family(self) -> str: ...
    @property
    def label(self) -> str: ...

class Policy:
    """
    Which evidence is accepted. Made by load_policy(); immutable. Policy() accepts nothing.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __init__(self) -> None: ...
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
    def explain(self) -> str:
        """
        What the policy means, for people.
        """
    def to_json(self) -> str:
        """
        Cupel's JSON form; load_policy() of it gives the same policy back.
        """
    @property
    def accept(self) -> tuple[Alternative, ...]: ...
    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...

class LintFinding:
    """
    Something dangerous or dead in a policy file.
    """
    def __repr__(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def where(self) -> str: ...

class TlsPin:
    """
    Which TLS key a connection must have. Only an acceptance makes one.
    """
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __repr__(self) -> str: ...
    def check(
        self,
        chain: collections.abc.Sequence[bytes | bytearray | memoryview],
        host: str,
        now: int | datetime.datetime,
    ) -> None:
        """
        Checks what a server presented: certificates as DER, leaf first.

        Errors: pin_mismatch, expired, bad_certificate at "tls.…".
        """
    @property
    def kind(self) -> str:
        """
        "spki_sha256", "certificate_sha256" or "root_ca".
        """
    @property
    def root_ca(self) -> bytes:
        """
        For root_ca: the CA certificate, DER. Empty otherwise.
        """
    @property
    def sha256(self) -> bytes:
        """
        The pinned digest, 32 bytes; for root_ca that of the CA certificate's DER.
        """
    @property
    def valid_until(self) -> datetime.datetime | None: ...

class Acceptance:
    """
    Proof that a policy accepted a set of claims.
    """
    def __repr__(self) -> str: ...
    def pin(self) -> TlsPin:
        """
        The TLS pin that the accepting alternative binds.

        Errors: bad_policy at "policy.bind.tls_key" when the policy binds no key.
        """
    @property
    def label(self) -> str: ...
    @property
    def valid_until(self) -> datetime.datetime | None: ...

class Check:
    """
    One policy check, passed or not.
    """
    def __repr__(self) -> str: ...
    @property
    def actual(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def expected(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def rule(self) -> str: ...

class Verdict:
    """
    The judgement with its reasons. It has no truth value: ask `accepted`.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object) -> bool: ...
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
    def explain(self, *, color: bool = False, unicode: bool = False, full: bool = False) -> str:
        """
        The report for people.
        """
    def to_dict(self) -> dict[str, typing.Any]:
        """
        The same report as a dictionary.
        """
    def to_json(self) -> str:
        """
        The report for machines; schema "cupel.verdict/1".
        """
    @property
    def accepted(self) -> Acceptance | None:
        """
        The acceptance, or None.
        """
    @property
    def alternative(self) -> str: ...
    @property
    def appraised_at(self) -> datetime.datetime | None: ...
    @property
    def assumed(self) -> tuple[str, ...]: ...
    @property
    def checks(self) -> tuple[Check, ...]:
        """
        The checks of the alternative that accepted; of the closest one, if none did.
        """
    @property
    def claims(self) -> Claims: ...
    @property
    def family(self) -> str: ...
    @property
    def not_proved(self) -> tuple[str, ...]: ...
    @property
    def proved(self) -> tuple[str, ...]: ...
    @property
    def valid_until(self) -> datetime.datetime | None: ...

class CheckInfo:
    """
    The page of one check.
    """
    def __repr__(self) -> str: ...
    def __str__(self) -> str: ...
    @property
    def causes(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def not_proved(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def why(self) -> str: ...

class SessionOptions:
    """
    What an attestation needs to know. Immutable.
    """
    def __init__(
        self,
        api_url: str,
        policy: Policy,
        anchors: TrustAnchors,
        *,
        attestation_url: str | None = None,
        service: str = "blindllama",
        evidence: str = "document",
        endorsements: Endorsements | None = None,
        revocation: str = "if_available",
        freshness: str = "if_supported",
        connect_timeout: float = 10.0,
        attestation_timeout: float = 20.0,
        max_age: float = 3600.0,
        clock: collections.abc.Callable[[], int | datetime.datetime] | None = None,
    ) -> None:
        """
        api_url: "https://host[:port]", where requests will go. attestation_url: where evidence is served, the same place when left out; http:// for the evidence "blindai" alone. service: see services(). evidence: see evidence_protocols(). freshness: "required" or "if_supported". Timeouts in seconds. max_age: seconds after which an attestation is made again, at least 1. clock: seconds since 1970 or an aware datetime; the system's when left out.
        """
    def __repr__(self) -> str: ...
    @property
    def api_url(self) -> str: ...
    @property
    def attestation_url(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def service(self) -> str: ...

class Attestation:
    """
    Evidence fetched and judged; no API request has been made.
    """
    def __repr__(self) -> str: ...
    @property
    def evidence(self) -> bytes:
        """
        As received.
        """
    @property
    def pin(self) -> TlsPin | None:
        """
        Set exactly when accepted and the policy binds a TLS key.
        """
    @property
    def valid_until(self) -> datetime.datetime | None:
        """
        The earliest of the verdict's end, the pin's, and max_age.
        """
    @property
    def verdict(self) -> Verdict: ...

def all_checks() -> tuple[CheckInfo, ...]:
    """
    All checks of all families, of appraisal and of the session, sorted by id.
    """

def appraise(
    claims: Claims,
    policy: Policy,
    *,
    now: int | datetime.datetime,
    nonce: bytes | bytearray | memoryview | None = None,
) -> Verdict:
    """
    Judges claims by a policy. Never stops at the first mismatch, cannot fail.

    now: seconds since 1970 or an aware datetime. nonce: the bytes that were sent for this evidence, if any were.
    """

def attest(options: SessionOptions) -> Attestation:
    """
    Fetches evidence from the service and judges it. A verdict that refuses is a value, not an error.

    Errors: connection_failed, bad_response, too_large, and whatever parse and verify give.
    """

def check_table(family: str) -> tuple[CheckInfo, ...]:
    """
    The checks of a family's verification; empty for an unknown family.
    """

def claim_table(family: str) -> tuple[ClaimDef, ...]:
    """
    The claims a family can make; empty for an unknown family.
    """

def describe(family: str, evidence: bytes | bytearray | memoryview) -> str:
    """
    The parsed fields as JSON text. Structure only: nothing in it is authentic.
    """

def evaluate(
    family: str,
    evidence: bytes | bytearray | memoryview,
    *,
    now: int | datetime.datetime,
    anchors: TrustAnchors,
    endorsements: Endorsements | None = None,
    revocation: str = "if_available",
    cache: ChainCache | None = None,
) -> Claims:
    """
    Parses and verifies evidence, and returns what it claims.

    now: seconds since 1970 or an aware datetime. revocation: "required", "if_available" or "dangerous_ignored".
    Errors: ParseError, VerifyError, CollateralError.
    """

def evidence_protocols() -> tuple[str, ...]:
    """
    Ways of asking for evidence.
    """

def families() -> tuple[str, ...]:
    """
    The ids of the evidence families this build knows.
    """

def find_check(id: str) -> CheckInfo | None:
    """
    The page of one check, or None.
    """

def lint(
    files: collections.abc.Sequence[tuple[str, bytes | bytearray | memoryview]],
    *,
    now: int | datetime.datetime,
) -> tuple[LintFinding, ...]:
    """
    What is dangerous or dead in these files, at this time. A file that does not load is a finding, not an error.
    """

def load_policy(
    files: collections.abc.Sequence[tuple[str, bytes | bytearray | memoryview]],
) -> Policy:
    """
    Reads policy files, each a (name, content) pair, and turns them into one policy.

    Errors: bad_policy at "<file name>: <path>"; too_large.
    """

def make_policy(
    files: collections.abc.Sequence[tuple[str, bytes | bytearray | memoryview]],
    *,
    now: int | datetime.datetime,
) -> str:
    """
    The files as one policy of Cupel's own form, with comments that say where it came from.

    Errors: as load_policy().
    """

def make_policy_from_evidence(
    claims: Claims,
    evidence: tuple[str, bytes | bytearray | memoryview],
    *,
    now: int | datetime.datetime,
) -> str:
    """
    Trust on first use: a policy that demands what this evidence, a (name, content) pair, was found to say. Nobody compared these values with what they should be, and its comment says so.

    Errors: invalid_argument at "evidence".
    """

def needed(family: str, evidence: bytes | bytearray | memoryview) -> tuple[CollateralRequest, ...]:
    """
    What more a verification of this evidence would like to have.
    """

def outcomes() -> dict[str, str]:
    """
    Every error code, and the outcome it leads to.
    """

def random_nonce() -> bytes:
    """
    32 random bytes from the system.
    """

def recognise(evidence: bytes | bytearray | memoryview) -> str:
    """
    Which family this looks like. A hint, never trusted: parsing decides.

    Errors: bad_encoding at "evidence".
    """

def services() -> tuple[str, ...]:
    """
    The service protocols this build can talk to.
    """

def system_now() -> int:
    """
    The system clock, in seconds since 1970.
    """

def vendor_anchors(family: str) -> TrustAnchors:
    """
    The vendor's published roots for a family.

    Errors: invalid_argument at "family".
    """

MAX_EVIDENCE_SIZE: int = 1048576
__version__: str
