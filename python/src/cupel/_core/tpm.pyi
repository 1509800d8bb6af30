"""
TPM 2.0 quotes and event logs.
"""

from __future__ import annotations
import collections.abc
import cupel._core
import datetime
import typing

class PcrSelection:
    """
    Which registers of a bank.
    """

    __hash__: typing.ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object) -> bool: ...
    def __repr__(self) -> str: ...
    @property
    def bank(self) -> str: ...
    @property
    def indices(self) -> tuple[int, ...]: ...

class ClockInfo:
    """
    TPMS_CLOCK_INFO.
    """
    def __repr__(self) -> str: ...
    @property
    def clock(self) -> int:
        """
        Milliseconds the TPM has been powered.
        """
    @property
    def reset_count(self) -> int: ...
    @property
    def restart_count(self) -> int: ...
    @property
    def safe(self) -> bool: ...

class Attest:
    """
    TPMS_ATTEST of a quote. Parsed, not authentic.
    """
    def __repr__(self) -> str: ...
    @property
    def clock_info(self) -> ClockInfo: ...
    @property
    def extra_data(self) -> bytes:
        """
        The qualifying data given by whoever asked for the quote: the nonce.
        """
    @property
    def firmware_version(self) -> int: ...
    @property
    def pcr_digest(self) -> bytes: ...
    @property
    def pcr_select(self) -> tuple[PcrSelection, ...]: ...
    @property
    def qualified_signer(self) -> bytes: ...

class Signature:
    """
    TPMT_SIGNATURE.
    """
    def __repr__(self) -> str: ...
    @property
    def ecdsa_r(self) -> bytes: ...
    @property
    def ecdsa_s(self) -> bytes: ...
    @property
    def hash(self) -> str: ...
    @property
    def rsa(self) -> bytes: ...
    @property
    def scheme(self) -> str: ...

class PublicArea:
    """
    TPMT_PUBLIC of a signing key.
    """
    def __repr__(self) -> str: ...
    @property
    def name(self) -> bytes:
        """
        nameAlg || H(TPMT_PUBLIC)
        """
    @property
    def name_alg(self) -> str: ...
    @property
    def object_attributes(self) -> int: ...
    @property
    def restricted_signing(self) -> bool:
        """
        Whether the key is restricted, signing, fixed to its TPM, and not for decryption.
        """
    @property
    def spki(self) -> bytes:
        """
        SubjectPublicKeyInfo, DER.
        """

class AttestationKeyCertificate:
    """
    What the certificate of an attestation key says.
    """
    def __repr__(self) -> str: ...
    @property
    def anchor(self) -> str:
        """
        The label of the root the path ends in.
        """
    @property
    def not_after(self) -> datetime.datetime | None: ...
    @property
    def not_before(self) -> datetime.datetime | None: ...
    @property
    def subject(self) -> str: ...

class AttestationKey:
    """
    The key that signed a quote, as the trust that held describes it.
    """
    def __repr__(self) -> str: ...
    @property
    def certificate(self) -> AttestationKeyCertificate | None:
        """
        None for a key that the caller named.
        """
    @property
    def spki_sha256(self) -> bytes:
        """
        Of its SubjectPublicKeyInfo.
        """

class PcrValues:
    """
    PCR values as they came beside a quote.
    """
    def __repr__(self) -> str: ...
    @property
    def claimed(self) -> tuple[PcrSelection, ...] | None:
        """
        The file's own word on which registers these are; compared, never used.
        """
    @property
    def digests(self) -> tuple[bytes, ...]: ...

class Quote:
    """
    A quote: well formed, not authentic.
    """
    def __repr__(self) -> str: ...
    def with_pcrs(self, pcrs: PcrValues) -> Quote:
        """
        The same quote with these PCR values beside it.
        """
    @property
    def ak(self) -> AttestationKey | None:
        """
        Set by verify(); None before.
        """
    @property
    def attest(self) -> Attest: ...
    @property
    def message(self) -> bytes:
        """
        TPMS_ATTEST exactly as received.
        """
    @property
    def pcrs(self) -> PcrValues | None: ...
    @property
    def signature(self) -> Signature: ...
    @property
    def signature_bytes(self) -> bytes: ...

class EventDigest:
    """
    One digest of an event.
    """
    def __repr__(self) -> str: ...
    @property
    def alg(self) -> int:
        """
        TPM_ALG_ID.
        """
    @property
    def digest(self) -> bytes: ...

class Event:
    """
    One record of an event log.
    """
    def __repr__(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def digests(self) -> tuple[EventDigest, ...]: ...
    @property
    def offset(self) -> int:
        """
        Of the record in the log.
        """
    @property
    def pcr(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def type_name(self) -> str: ...

class SpecIdAlg:
    """
    One bank that a log's header announces.
    """
    def __repr__(self) -> str: ...
    @property
    def alg(self) -> int:
        """
        TPM_ALG_ID.
        """
    @property
    def digest_size(self) -> int:
        """
        Bytes.
        """

class EventLog:
    """
    A TCG PC Client event log. Parsed, not authentic.
    """
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    @property
    def algorithms(self) -> tuple[SpecIdAlg, ...]:
        """
        Of a legacy log: SHA-1 alone.
        """
    @property
    def crypto_agile(self) -> bool:
        """
        False: the SHA-1 legacy form.
        """
    @property
    def events(self) -> tuple[Event, ...]: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def replayed_against(self) -> bytes | None:
        """
        SHA-256 of the message of the quote that confirmed the log; None before replay().
        """
    @property
    def startup_locality(self) -> int | None: ...
    @property
    def used(self) -> int:
        """
        Bytes before 0xff padding.
        """

class EventDifference:
    """
    The first event at which two logs differ for a register.
    """
    def __repr__(self) -> str: ...
    @property
    def got(self) -> Event | None: ...
    @property
    def pcr(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def reference(self) -> Event | None: ...
    @property
    def text(self) -> str: ...

class Evidence:
    """
    What one evidence document holds. Not authentic.
    """
    def __repr__(self) -> str: ...
    def to_json(self) -> str:
        """
        A "cupel.tpm/1" bundle with the same parts.
        """
    @property
    def ak_certificates(self) -> tuple[bytes, ...]:
        """
        DER, leaf first, then helpers in any order.
        """
    @property
    def ak_public(self) -> bytes | None: ...
    @property
    def application_disk_roothash(self) -> bytes | None:
        """
        Nothing vouches for it until a replay binds it.
        """
    @property
    def event_log(self) -> EventLog | None: ...
    @property
    def form(self) -> str:
        """
        "blindllama" or "cupel.tpm/1".
        """
    @property
    def quote(self) -> Quote: ...
    @property
    def webserver_rootca(self) -> str | None:
        """
        PEM; nothing vouches for it until a replay binds it.
        """

class AkTrust:
    """
    Why an attestation key is trusted.
    """
    @staticmethod
    def from_chain(ders: collections.abc.Sequence[bytes | bytearray | memoryview]) -> AkTrust:
        """
        A certificate (DER, first) with untrusted helpers in any order.

        Errors: missing_field, bad_certificate at "tpm.ak_certificate".
        """
    @staticmethod
    def from_public_key(name: str, spki: bytes | bytearray | memoryview) -> AkTrust:
        """
        A key the caller names on purpose; the verdict lists it under `assumed`.

        Errors: bad_key at "tpm.ak_public".
        """
    def __repr__(self) -> str: ...

class VerifiedQuote:
    """
    A quote that a trusted TPM key signed.
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

class VerifiedEventLog:
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
    def value(self) -> EventLog: ...

def bare_rsassa_sha256(data: bytes | bytearray | memoryview) -> Signature:
    """
    Takes a bare RSASSA-PKCS1-v1_5 signature with SHA-256, which some producers write.
    """

def claims(quote: VerifiedQuote, log: VerifiedEventLog | None = None) -> cupel._core.Claims:
    """
    The facts a verified quote states, with those of a replayed event log.
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
    parse_evidence, verify, replay and claims in one call.
    """

def event_type_name(type: int) -> str:
    """
    "EV_SEPARATOR", or "0x00008401" for an unknown type.
    """

def first_difference(
    got: EventLog, reference: EventLog, bank: str, pcr: int
) -> EventDifference | None:
    """
    The first event at which two logs differ for a register, or None.
    """

def gce_anchors() -> cupel._core.TrustAnchors:
    """
    Roots of Google Compute Engine's virtual TPMs, by fingerprint. Their certificates do not say what the key is for in the way the TCG asks.
    """

def parse(
    message: bytes | bytearray | memoryview, signature: bytes | bytearray | memoryview
) -> Quote:
    """
    Parses a quote: TPMS_ATTEST and TPMT_SIGNATURE.
    """

def parse_attest(data: bytes | bytearray | memoryview) -> Attest:
    """
    Parses TPMS_ATTEST. Errors: ParseError at "tpm.attest.…".
    """

def parse_event_log(data: bytes | bytearray | memoryview) -> EventLog:
    """
    Parses an event log of at most 1 MiB. Errors: ParseError at "tpm.event_log.…".
    """

def parse_evidence(data: bytes | bytearray | memoryview) -> Evidence:
    """
    Parses an evidence document: BlindLlama's attestation JSON or a "cupel.tpm/1" bundle.

    Errors: ParseError at "tpm.evidence.…" and at the parts' places.
    """

def parse_pcrs_marshaled(data: bytes | bytearray | memoryview) -> PcrValues:
    """
    Parses a PCR file in TPM wire form.
    """

def parse_pcrs_serialized(data: bytes | bytearray | memoryview) -> PcrValues:
    """
    Parses the PCR file of `tpm2_quote -F serialized`.
    """

def parse_pcrs_values(
    data: bytes | bytearray | memoryview, selection: collections.abc.Sequence[PcrSelection]
) -> PcrValues:
    """
    Parses bare digests, by the signed selection.
    """

def parse_public(data: bytes | bytearray | memoryview) -> PublicArea:
    """
    Parses TPMT_PUBLIC or TPM2B_PUBLIC. Errors: ParseError at "tpm.public.…".
    """

def parse_signature(data: bytes | bytearray | memoryview) -> Signature:
    """
    Parses TPMT_SIGNATURE. Errors: ParseError at "tpm.signature.…".
    """

def pcr(quote: VerifiedQuote, bank: str, index: int) -> bytes | None:
    """
    The quoted value of a register, or None when it was not quoted.
    """

def replay(log: EventLog, quote: VerifiedQuote) -> VerifiedEventLog:
    """
    Establishes that the log explains the quoted registers it mentions.

    Errors: VerifyError.
    """

def replay_values(log: EventLog, bank: str) -> dict[int, bytes]:
    """
    What the log's events extend to: register to value.
    """

def vendor_anchors() -> cupel._core.TrustAnchors:
    """
    Roots of Microsoft's virtual TPMs, by fingerprint.
    """

def verify(
    quote: Quote,
    trust: AkTrust,
    *,
    now: int | datetime.datetime,
    anchors: cupel._core.TrustAnchors,
    endorsements: cupel._core.Endorsements | None = None,
    revocation: str = "if_available",
    cache: cupel._core.ChainCache | None = None,
) -> VerifiedQuote:
    """
    Establishes that a trusted TPM key signed the quote, and that the PCR values are the quoted ones.

    Errors: VerifyError, CollateralError.
    """

PCR_COUNT: int = 24
