"""Quotes inside certificates (RA-TLS), and TDX quotes with an event log beside them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from . import ca, keys
from .dcap import Service, SgxReport, TdReport, der, point
from .dcap_case import QuoteCase, accepted, refused
from .eventlog import (
    EV_EFI_ACTION,
    EV_EFI_BOOT_SERVICES_APPLICATION,
    EV_IPL,
    EV_SEPARATOR,
    Event,
    Log,
)

TAGGED = "2.23.133.5.4.9"
GRAMINE = "0.6.9.42.840.113741.1337.6"
OPEN_ENCLAVE = "1.2.840.113556.10.1.1"
DSTACK = "1.3.6.1.4.1.62397.1.1"
TLS_KEY = "p256-caddy"


# ---- certificates --------------------------------------------------------------------------------


def head(major: int, value: int) -> bytes:
    """A CBOR head, as short as it can be."""
    if value < 24:
        return bytes([major << 5 | value])
    for size, extra in ((1, 24), (2, 25), (4, 26)):
        if value < 1 << (8 * size):
            return bytes([major << 5 | extra]) + value.to_bytes(size, "big")
    raise ValueError(value)


def bstr(data: bytes) -> bytes:
    """A CBOR byte string."""
    return head(2, len(data)) + data


def claims(key_name: str = TLS_KEY, algorithm: int = 1, name: str = "pubkey-hash") -> bytes:
    """The claims that name a key, and one of the application."""
    digest = hashlib.sha256(keys.spki_der(key_name)).digest()
    pubkey = head(4, 2) + head(0, algorithm) + bstr(digest)
    out = head(5, 2) + head(3, len(name)) + name.encode() + bstr(pubkey)
    return out + head(3, 7) + b"purpose" + bstr(b"test")


def tagged(quote: bytes, buffer: bytes, tag: int = 60000) -> bytes:
    """Tagged evidence."""
    return head(6, tag) + head(4, 2) + bstr(quote) + bstr(buffer)


def open_enclave(quote: bytes, version: int = 1, kind: int = 2, size: int | None = None) -> bytes:
    """Open Enclave's header and the quote."""
    length = len(quote) if size is None else size
    return (
        version.to_bytes(4, "little")
        + kind.to_bytes(4, "little")
        + length.to_bytes(8, "little")
        + quote
    )


def dstack(quote: bytes, padding: bytes = bytes(70)) -> bytes:
    """dstack's extension: an OCTET STRING with the driver's buffer."""
    return der(4, quote + padding)


def dstack_binding(key_name: str = TLS_KEY) -> bytes:
    """SHA-512 of the uncompressed point."""
    return hashlib.sha512(b"\x04" + point(key_name)).digest()


def service(report_data: bytes, tdx: bool = False, **more: Any) -> Service:
    """A service whose report data is this, with zeros behind."""
    padded = report_data + bytes(64 - len(report_data))
    body = TdReport(report_data=padded) if tdx else SgxReport(report_data=padded)
    return Service(tdx=tdx, body=body, **more)


def certificate(*extensions: tuple[str, bytes], key_name: str = TLS_KEY) -> bytes:
    """A self-signed certificate with these extensions, PEM."""
    return ca.issue(
        "service.example",
        key_name,
        extensions=tuple(
            (x509.UnrecognizedExtension(ObjectIdentifier(name), value), False)
            for name, value in extensions
        ),
    ).pem.encode()


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def ratls() -> list[QuoteCase]:
    """dcap-18: the quote binds the certificate's key."""
    spki = sha256(keys.spki_der(TLS_KEY))
    other = sha256(keys.spki_der("p256-other"))
    good_claims = claims()
    by_claims = service(sha256(good_claims))
    by_key = service(spki)
    by_point = service(dstack_binding())
    td_by_point = service(dstack_binding(), tdx=True)
    by_pem = service(sha256(keys.spki_pem(TLS_KEY) + b"\0"))
    td = service(sha256(good_claims), tdx=True)
    shown = {"dcap.ratls.spki_sha256": spki.hex()}
    in_der = ca.issue(
        "service.example",
        TLS_KEY,
        extensions=(
            (x509.UnrecognizedExtension(ObjectIdentifier(GRAMINE), by_key.quote()), False),
        ),
    )

    def good(name: str, comment: str, made: Service, evidence: bytes) -> QuoteCase:
        free = [
            {
                "part": "evidence",
                "from": 0,
                "to": len(evidence),
                "reason": "names, dates and signature of the certificate are not judged, and PEM "
                "is text; tests/unit/dcap flips the parts that count",
            }
        ]
        return accepted(
            f"ratls_{name}",
            comment,
            made,
            ["dcap-18"],
            claims=shown,
            evidence=evidence,
            excused=free,
        )

    def bad(
        code: str,
        reason: str,
        where: str,
        comment: str,
        made: Service,
        evidence: bytes,
        check: str = "",
        stage: str = "verify",
    ) -> QuoteCase:
        return refused(
            code,
            f"ratls_{reason}",
            where,
            comment,
            made,
            check=check,
            stage=stage,
            evidence=evidence,
            endorsements={} if stage == "parse" else None,
        )

    pubkey_only = head(5, 1) + head(3, 7) + b"purpose" + bstr(b"test")
    tail = service(spki + b"\x01")
    cases = [
        good(
            "tagged",
            "Tagged evidence, SGX.",
            by_claims,
            certificate((TAGGED, tagged(by_claims.quote(), good_claims))),
        ),
        good(
            "tagged_tdx",
            "Tagged evidence, TDX.",
            td,
            certificate((TAGGED, tagged(td.quote(), good_claims))),
        ),
        good("gramine", "Gramine's extension.", by_key, certificate((GRAMINE, by_key.quote()))),
        good(
            "open_enclave",
            "Open Enclave's extension.",
            by_pem,
            certificate((OPEN_ENCLAVE, open_enclave(by_pem.quote()))),
        ),
        good("der", "A certificate in DER.", by_key, in_der.der),
        good(
            "dstack",
            "dstack's extension, with the zeros that its driver leaves behind the quote.",
            by_point,
            certificate((DSTACK, dstack(by_point.quote()))),
        ),
        good(
            "dstack_tdx",
            "The same of a TDX machine, without padding.",
            td_by_point,
            certificate((DSTACK, dstack(td_by_point.quote(), b""))),
        ),
        bad(
            "digest_mismatch",
            "dstack_other_key",
            "dcap.ratls.report_data",
            "A genuine quote in somebody else's certificate.",
            by_point,
            certificate((DSTACK, dstack(by_point.quote())), key_name="p256-other"),
            "dcap-18",
        ),
        bad(
            "digest_mismatch",
            "dstack_half",
            "dcap.ratls.report_data",
            "Half of the digest, then zeros.",
            service(dstack_binding()[:32]),
            certificate((DSTACK, dstack(service(dstack_binding()[:32]).quote()))),
            "dcap-18",
        ),
        bad(
            "bad_key",
            "dstack_rsa_key",
            "dcap.ratls.certificate",
            "A key that has no point.",
            by_point,
            certificate((DSTACK, dstack(by_point.quote())), key_name="rsa2048-other"),
        ),
        bad(
            "bad_encoding",
            "dstack_not_octets",
            "dcap.ratls.evidence",
            "The bare quote where an OCTET STRING is expected.",
            by_point,
            certificate((DSTACK, by_point.quote())),
            stage="parse",
        ),
        bad(
            "trailing_bytes",
            "dstack_padding",
            "dcap.quote",
            "Something else than zeros behind the quote.",
            by_point,
            certificate((DSTACK, dstack(by_point.quote(), bytes(69) + b"\x01"))),
            stage="parse",
        ),
        good(
            "both_forms",
            "Tagged evidence counts, what stands beside it does not.",
            by_claims,
            certificate(
                (TAGGED, tagged(by_claims.quote(), good_claims)), (GRAMINE, Service().quote())
            ),
        ),
        bad(
            "digest_mismatch",
            "gramine_other_key",
            "dcap.ratls.report_data",
            "A genuine quote in somebody else's certificate.",
            by_key,
            certificate((GRAMINE, by_key.quote()), key_name="p256-other"),
            "dcap-18",
        ),
        bad(
            "digest_mismatch",
            "gramine_tail",
            "dcap.ratls.report_data",
            "Something stands behind the hash.",
            tail,
            certificate((GRAMINE, tail.quote())),
            "dcap-18",
        ),
        bad(
            "digest_mismatch",
            "open_enclave_other_key",
            "dcap.ratls.report_data",
            "A genuine quote in somebody else's certificate.",
            by_pem,
            certificate((OPEN_ENCLAVE, open_enclave(by_pem.quote())), key_name="p256-other"),
            "dcap-18",
        ),
        bad(
            "key_mismatch",
            "tagged_other_key",
            "dcap.ratls.pubkey_hash",
            "The claims name the genuine key, the certificate has another.",
            by_claims,
            certificate((TAGGED, tagged(by_claims.quote(), good_claims)), key_name="p256-other"),
            "dcap-18",
        ),
        bad(
            "digest_mismatch",
            "tagged_other_claims",
            "dcap.ratls.report_data",
            "Claims for the attacker's key, which the quote does not know.",
            by_claims,
            certificate(
                (TAGGED, tagged(by_claims.quote(), claims("p256-other"))), key_name="p256-other"
            ),
            "dcap-18",
        ),
        bad(
            "missing_field",
            "no_pubkey_hash",
            "dcap.ratls.claims.pubkey-hash",
            "Bound claims that name no key.",
            service(sha256(pubkey_only)),
            certificate((TAGGED, tagged(service(sha256(pubkey_only)).quote(), pubkey_only))),
        ),
        bad(
            "unsupported_algorithm",
            "pubkey_hash_sha384",
            "dcap.ratls.claims.pubkey-hash",
            "Another hash.",
            service(sha256(claims(algorithm=7))),
            certificate(
                (TAGGED, tagged(service(sha256(claims(algorithm=7))).quote(), claims(algorithm=7)))
            ),
        ),
        bad(
            "unsupported_version",
            "other_tag",
            "dcap.ratls.evidence",
            "Another CBOR tag.",
            by_claims,
            certificate((TAGGED, tagged(by_claims.quote(), good_claims, 60001))),
            stage="parse",
        ),
        bad(
            "trailing_bytes",
            "tagged",
            "dcap.ratls.evidence",
            "A byte after the evidence.",
            by_claims,
            certificate((TAGGED, tagged(by_claims.quote(), good_claims) + b"\0")),
            stage="parse",
        ),
        bad(
            "truncated",
            "malformed_beside_good",
            "dcap.ratls.evidence",
            "Malformed tagged evidence is not passed over for Gramine's.",
            by_key,
            certificate(
                (TAGGED, tagged(by_key.quote(), good_claims)[:-1]), (GRAMINE, by_key.quote())
            ),
            stage="parse",
        ),
        bad(
            "missing_field",
            "no_quote",
            "dcap.ratls.evidence",
            "A certificate and nothing more.",
            by_key,
            certificate(),
            stage="parse",
        ),
        bad(
            "duplicate_field",
            "two_certificates",
            "dcap.ratls.certificate",
            "Which key?",
            by_key,
            certificate((GRAMINE, by_key.quote())) + ca.root("x", "p256-other").pem.encode(),
            stage="parse",
        ),
        bad(
            "unsupported_version",
            "open_enclave_header",
            "dcap.ratls.evidence",
            "Version 2.",
            by_pem,
            certificate((OPEN_ENCLAVE, open_enclave(by_pem.quote(), version=2))),
            stage="parse",
        ),
        bad(
            "truncated",
            "open_enclave_size",
            "dcap.ratls.evidence.quote",
            "More bytes are promised than there are.",
            by_pem,
            certificate((OPEN_ENCLAVE, open_enclave(by_pem.quote(), size=1 << 40))),
            stage="parse",
        ),
        bad(
            "trailing_bytes",
            "open_enclave",
            "dcap.ratls.evidence",
            "A byte after the quote.",
            by_pem,
            certificate((OPEN_ENCLAVE, open_enclave(by_pem.quote()) + b"\0")),
            stage="parse",
        ),
    ]
    assert other != spki
    return cases


# ---- event logs ----------------------------------------------------------------------------------


def boot() -> Log:
    """A CC event log: registers 1 to 3 stand for RTMR 0 to 2."""
    return Log(
        ["sha384"],
        [
            Event(1, EV_EFI_ACTION, b"firmware configuration"),
            Event(1, EV_SEPARATOR, bytes(4)),
            Event(2, EV_EFI_BOOT_SERVICES_APPLICATION, b"device path", measured=b"boot loader"),
            Event(2, EV_SEPARATOR, bytes(4)),
            Event(3, EV_IPL, b"kernel command line"),
        ],
    )


def rtmrs(log: Log) -> tuple[bytes, bytes, bytes, bytes]:
    """What RTMR 0 to 3 hold after the log."""
    values = log.registers().values
    first, second, third, fourth = (
        values.get(("sha384", number), bytes(48)) for number in range(1, 5)
    )
    return first, second, third, fourth


def free_ranges(log: Log) -> list[dict[str, Any]]:
    """Bytes of a log that no digest covers: its header, types and data of events."""
    why = "no digest covers it, and no claim rests on it"
    at = len(log.header())
    out = [{"part": "event_log", "from": 0, "to": at, "reason": why}]
    for event in log.all_events():
        size = len(log.record(event))
        out.append({"part": "event_log", "from": at + 4, "to": at + 8, "reason": why})
        out.append(
            {
                "part": "event_log",
                "from": at + size - len(event.data),
                "to": at + size,
                "reason": why,
            }
        )
        at += size
    return out


def document(raw_quote: bytes, log: bytes | None, **more: Any) -> bytes:
    """A cupel.tdx/1 document."""
    out: dict[str, Any] = {
        "kind": "cupel.tdx/1",
        "quote": base64.b64encode(raw_quote).decode(),
        **({"event_log": base64.b64encode(log).decode()} if log is not None else {}),
        **more,
    }
    return (json.dumps({k: v for k, v in out.items() if v is not None}, indent=1) + "\n").encode()


def logs() -> list[QuoteCase]:
    """tdx-02: the log replays to the quoted registers."""
    log = boot()
    machine = Service(tdx=True, body=TdReport(rtmr=rtmrs(log)))
    quote = machine.quote()

    def bad(
        code: str,
        reason: str,
        where: str,
        comment: str,
        evidence: bytes,
        check: str = "tdx-02",
        stage: str = "verify",
    ) -> QuoteCase:
        return refused(
            code,
            reason,
            where,
            comment,
            machine,
            check=check,
            stage=stage,
            evidence=evidence,
            endorsements={} if stage == "parse" else None,
        )

    def changed(*events: Event) -> bytes:
        return Log(["sha384"], list(events)).wire()

    events = log.events
    longer = Service(tdx=True, body=TdReport(rtmr=(*rtmrs(log)[:3], sha256(b"x") + bytes(16))))
    return [
        accepted(
            "event_log",
            "Quote and log.",
            machine,
            ["tdx-02"],
            evidence=document(quote, log.wire()),
            excused=free_ranges(log),
            claims={"tdx.event_log.explained": "0,1,2", "tdx.event_log.events": 5},
        ),
        accepted(
            "event_log_with_padding",
            "A CCEL area is filled up with ff.",
            machine,
            ["tdx-02"],
            evidence=document(quote, log.wire() + b"\xff" * 64),
            excused=[
                *free_ranges(log),
                {
                    "part": "event_log",
                    "from": len(log.wire()) - len(log.events[-1].data) - 4,
                    "to": len(log.wire()) - len(log.events[-1].data),
                    "reason": "a longer last event takes padding for its data",
                },
                {
                    "part": "event_log",
                    "from": len(log.wire()),
                    "to": len(log.wire()) + 64,
                    "reason": "padding",
                },
            ],
            claims={"tdx.event_log.explained": "0,1,2"},
        ),
        accepted(
            "event_log_silent_about_rtmr_3",
            "The workload extended RTMR 3 on its own.",
            longer,
            ["tdx-02"],
            evidence=document(longer.quote(), log.wire()),
            excused=free_ranges(log),
            claims={"tdx.event_log.explained": "0,1,2"},
        ),
        accepted(
            "document_without_log",
            "The document with nothing but a quote.",
            machine,
            evidence=document(quote, None),
        ),
        bad(
            "digest_mismatch",
            "log_event_changed",
            "tdx.event_log.rtmr.1",
            "Another boot loader.",
            document(quote, changed(*events[:2], Event(2, EV_IPL, b"other"), *events[3:])),
        ),
        bad(
            "digest_mismatch",
            "log_event_removed",
            "tdx.event_log.rtmr.0",
            "An event is missing.",
            document(quote, changed(*events[1:])),
        ),
        bad(
            "digest_mismatch",
            "log_events_swapped",
            "tdx.event_log.rtmr.0",
            "In another order.",
            document(quote, changed(events[1], events[0], *events[2:])),
        ),
        bad(
            "digest_mismatch",
            "log_event_added",
            "tdx.event_log.rtmr.2",
            "An event too many.",
            document(quote, changed(*events, Event(3, EV_IPL, b"more"))),
        ),
        bad(
            "digest_mismatch",
            "log_of_rtmr_3",
            "tdx.event_log.rtmr.3",
            "An event for a register that was never extended.",
            document(quote, changed(*events, Event(4, EV_IPL, b"more"))),
        ),
        bad(
            "out_of_range",
            "log_of_a_tpm",
            "tdx.event_log.register",
            "Register 7 is a TPM's.",
            document(quote, changed(*events, Event(7, EV_IPL, b"x"))),
        ),
        bad(
            "out_of_range",
            "log_extends_mrtd",
            "tdx.event_log.register",
            "Register 0 stands for MRTD, which nothing extends.",
            document(quote, changed(Event(0, EV_IPL, b"x"), *events)),
        ),
        bad(
            "unsupported_algorithm",
            "log_of_sha256",
            "tdx.event_log",
            "A log of another bank.",
            document(quote, Log(["sha256"], events).wire()),
        ),
        bad(
            "missing_field",
            "log_without_events",
            "tdx.event_log",
            "A log that explains nothing.",
            document(quote, Log(["sha384"], []).wire()),
        ),
        bad(
            "truncated",
            "log_cut",
            "tpm.event_log.event.event",
            "The log ends inside an event.",
            document(quote, log.wire()[:-1]),
            check="",
        ),
        bad(
            "unsupported_version",
            "document_kind",
            "tdx.evidence.kind",
            "Another version, which stands in a remark as well.",
            document(quote, None, kind="cupel.tdx/2", source="cupel.tdx/1"),
            check="",
            stage="parse",
        ),
        bad(
            "unknown_field",
            "document",
            "tdx.evidence.colour",
            "A member that nobody knows.",
            document(quote, None, colour=7),
            check="",
            stage="parse",
        ),
        bad(
            "missing_field",
            "document_without_quote",
            "tdx.evidence.quote",
            "No quote.",
            document(quote, None, quote=None),
            check="",
            stage="parse",
        ),
        bad(
            "bad_encoding",
            "document_quote",
            "tdx.evidence.quote",
            "Base64 with a line feed.",
            document(quote, None, quote="AAAA\nAAAA"),
            check="",
            stage="parse",
        ),
        bad(
            "bad_encoding",
            "document_created",
            "tdx.evidence.created",
            "No date.",
            document(quote, None, created="yesterday"),
            check="",
            stage="parse",
        ),
    ]


def cases() -> list[QuoteCase]:
    """All of this file."""
    return [*ratls(), *logs()]
