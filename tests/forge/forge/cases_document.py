"""Documents, certificates and logs that do not have the form they should."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import ca, eventlog, keys, wire
from .case import Bundle, Case, b64, refused
from .wire import Selection

EIGHT = [Selection("sha256", tuple(range(8)))]


Edit = Callable[[dict[str, Any]], None]


def edited(change: Edit) -> str:
    """A good document after an edit of its Python form."""
    document = Bundle().document()
    change(document)
    return json.dumps(document, indent=1) + "\n"


def without(*path: str) -> Edit:
    """An edit that removes a member."""

    def change(document: dict[str, Any]) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return change


def put(value: object, *path: str) -> Edit:
    """An edit that sets a member."""

    def change(document: dict[str, Any]) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


def document_cases() -> list[Case]:
    """The JSON around it all."""
    good = Bundle().text()
    message_line = next(line for line in good.splitlines() if '"message"' in line)
    kind_line = ' "kind": "cupel.tpm/1",'
    w = "tpm.evidence"
    return [
        refused(
            "duplicate_field",
            "message_twice",
            f"{w}",
            "One key twice in an object.",
            good.replace(message_line, message_line + "\n" + message_line),
        ),
        refused(
            "duplicate_field",
            "kind_twice",
            f"{w}",
            "One key twice at the top.",
            good.replace(kind_line, kind_line + "\n" + kind_line),
        ),
        refused(
            "unknown_field",
            "top_level",
            f"{w}.comment",
            "A member nobody knows.",
            edited(put("hello", "comment")),
        ),
        refused(
            "unknown_field",
            "in_quote",
            f"{w}.quote.nonce",
            "A nonce where none is read.",
            edited(put("00", "quote", "nonce")),
        ),
        refused(
            "unknown_field",
            "in_ak",
            f"{w}.ak.certificate",
            "A typing error.",
            edited(put([], "ak", "certificate")),
        ),
        refused(
            "unknown_field",
            "in_supplied",
            f"{w}.supplied.webserver_root_ca",
            "A typing error.",
            edited(put({"webserver_root_ca": ""}, "supplied")),
        ),
        refused("missing_field", "quote", f"{w}.quote", "No quote.", edited(without("quote"))),
        refused(
            "missing_field",
            "message",
            f"{w}.quote.message",
            "A quote without a message.",
            edited(without("quote", "message")),
        ),
        refused(
            "missing_field",
            "signature",
            f"{w}.quote.signature",
            "Nothing is signed.",
            edited(without("quote", "signature")),
        ),
        refused(
            "missing_field",
            "ak",
            f"{w}.ak",
            "Nothing says whose quote it is.",
            edited(without("ak")),
        ),
        refused(
            "missing_field",
            "ak_empty",
            f"{w}.ak",
            "Neither a certificate nor a key.",
            edited(put({}, "ak")),
        ),
        refused(
            "missing_field",
            "no_certificate_in_list",
            f"{w}.ak.certificates",
            "A list of certificates with none in it.",
            edited(put([], "ak", "certificates")),
        ),
        refused(
            "missing_field",
            "pcr_form",
            f"{w}.pcrs.form",
            "The form of the file is not said.",
            edited(without("pcrs", "form")),
        ),
        refused(
            "unsupported_version",
            "kind",
            f"{w}.kind",
            "A version that is not written yet.",
            edited(put("cupel.tpm/2", "kind")),
        ),
        refused(
            "unsupported_version",
            "pcr_form",
            f"{w}.pcrs.form",
            "A form nobody knows.",
            edited(put("yaml", "pcrs", "form")),
        ),
        refused(
            "unsupported_version",
            "signature_form",
            f"{w}.quote.signature_form",
            "A form nobody knows.",
            edited(put("openssl", "quote", "signature_form")),
        ),
        refused("bad_encoding", "not_json", f"{w}", "Text, but no JSON.", "quote: none\n"),
        refused("bad_encoding", "array_at_top", f"{w}", "JSON, but no object.", "[]\n"),
        refused("truncated", "empty_document", f"{w}", "No bytes.", ""),
        refused(
            "truncated", "document_cut", f"{w}", "The document ends within.", good[: len(good) // 2]
        ),
        refused(
            "trailing_bytes",
            "after_the_document",
            f"{w}",
            "A second document follows.",
            good + "{}",
        ),
        refused(
            "bad_encoding",
            "message_is_a_number",
            f"{w}.quote.message",
            "A number, not text.",
            edited(put(7, "quote", "message")),
        ),
        refused(
            "bad_encoding",
            "certificates_is_text",
            f"{w}.ak.certificates",
            "One text instead of a list.",
            edited(put("PEM", "ak", "certificates")),
        ),
        refused(
            "bad_encoding",
            "message_null",
            f"{w}.quote.message",
            "null, not text.",
            edited(put(None, "quote", "message")),
        ),
        refused(
            "bad_encoding",
            "message_base64url",
            f"{w}.quote.message",
            "The alphabet of URLs is another encoding.",
            edited(
                put(
                    b64(Bundle().message_bytes()).replace("/", "_").replace("+", "-").rstrip("=")
                    + "-_",
                    "quote",
                    "message",
                )
            ),
        ),
        refused(
            "bad_encoding",
            "message_base64_with_newline",
            f"{w}.quote.message",
            "White space within base64.",
            edited(
                put(
                    b64(Bundle().message_bytes())[:40] + "\n" + b64(Bundle().message_bytes())[40:],
                    "quote",
                    "message",
                )
            ),
        ),
        refused(
            "bad_encoding",
            "roothash_not_hex",
            f"{w}.supplied.application_disk_roothash",
            "No hexadecimal digits.",
            edited(put({"application_disk_roothash": "zz" * 32}, "supplied")),
        ),
        refused(
            "bad_length",
            "roothash_of_31_bytes",
            f"{w}.supplied.application_disk_roothash",
            "A byte is missing.",
            edited(put({"application_disk_roothash": "ab" * 31}, "supplied")),
        ),
    ]


def certificate_cases() -> list[Case]:
    """Certificates and keys that cannot be read."""
    leaf = ca.ak(ca.intermediate(ca.root()))

    def pem(der: bytes) -> str:
        body = b64(der)
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])

    def chain(*pems: str) -> str:
        return edited(put(list(pems), "ak", "certificates"))

    area = keys.public_area("rsa2048-ak")

    def public(data: bytes) -> str:
        return Bundle(certificates=[], public=b64(data)).text()

    named = {"anchors": "none", "keys": {"ak.pem": keys.spki_pem("rsa2048-ak")}}
    w = "tpm.evidence.ak"
    p = "tpm.public"
    return [
        refused(
            "bad_encoding",
            "certificate_is_no_pem",
            f"{w}.certificates[0]",
            "Not PEM.",
            chain("hello"),
        ),
        refused(
            "bad_encoding",
            "certificate_is_a_key",
            f"{w}.certificates[0]",
            "A PEM block of another kind.",
            chain(keys.spki_pem("rsa2048-ak").decode()),
        ),
        refused(
            "bad_certificate",
            "der_trailing_byte",
            "tpm.ak_certificate",
            "A byte follows the certificate.",
            chain(pem(leaf.der + b"\0")),
            stage="verify",
        ),
        refused(
            "bad_certificate",
            "der_cut",
            "tpm.ak_certificate",
            "The last byte is missing.",
            chain(pem(leaf.der[:-1])),
            stage="verify",
        ),
        refused(
            "reserved_not_zero",
            "public_area_attributes",
            f"{p}.object_attributes",
            "Reserved attribute bits are set.",
            public(keys.public_area("rsa2048-ak", wire.RESTRICTED_SIGNING | 1 << 31)),
            **named,
        ),
        refused(
            "unsupported_algorithm",
            "public_area_keyed_hash",
            f"{p}.type",
            "TPM_ALG_KEYEDHASH is no signing key that others can check.",
            public(b"\0\x08" + area[2:]),
            **named,
        ),
        refused(
            "unsupported_algorithm",
            "public_area_name_alg",
            f"{p}.name_alg",
            "The name is made with an algorithm nobody knows.",
            public(area[:2] + b"\0\x77" + area[4:]),
            **named,
        ),
        refused(
            "trailing_bytes", "public_area", p, "One byte follows.", public(area + b"\0"), **named
        ),
        refused(
            "truncated",
            "public_area",
            f"{p}.unique",
            "The last byte is missing.",
            public(area[:-1]),
            **named,
        ),
        refused(
            "bad_length",
            "public_area_short_modulus",
            f"{p}.unique.size",
            "The modulus is a byte shorter than key_bits says.",
            public(area[:-258] + b"\0\xff" + area[-255:]),
            **named,
        ),
    ]


def log_cases() -> list[Case]:
    """TCG event logs (PC Client Platform Firmware Profile, 10.2)."""
    log = eventlog.boot_log(["sha1", "sha256"])
    good = log.wire()
    header = len(log.header())

    def with_log(data: bytes) -> Bundle:
        bundle = Bundle(selections=EIGHT).use_log(log)
        bundle.log = data
        return bundle

    def patched(offset: int, new: bytes) -> Bundle:
        return with_log(good[:offset] + new + good[offset + len(new) :])

    w = "tpm.event_log"
    first_algorithm = 32 + 16 + 12
    return [
        refused(
            "truncated",
            "event_log",
            f"{w}.event.event",
            "The last byte is missing.",
            with_log(good[:-1]),
        ),
        refused(
            "truncated",
            "event_log_stray_bytes",
            f"{w}.event.pcr_index",
            "A few bytes follow that are neither padding nor an event.",
            with_log(good + b"\0\0\0"),
        ),
        refused(
            "out_of_range",
            "event_log_header_register",
            f"{w}.spec_id.pcr_index",
            "The header is of register 0 or 1.",
            patched(0, b"\x02"),
        ),
        refused(
            "out_of_range",
            "event_log_pcr_24",
            f"{w}.event.pcr_index",
            "There are 24 registers.",
            patched(header, b"\x18"),
        ),
        refused(
            "out_of_range",
            "event_log_digest_count",
            f"{w}.event.digest_count",
            "More digests than the header lists.",
            patched(header + 8, b"\x03"),
        ),
        refused(
            "out_of_range",
            "event_log_digest_count_zero",
            f"{w}.event.digest_count",
            "An event without digests.",
            patched(header + 8, b"\x00"),
        ),
        refused(
            "unsupported_algorithm",
            "event_log_digest_not_in_header",
            f"{w}.event.alg",
            "A digest of a bank that the header does not list.",
            patched(header + 12, b"\x0c"),
        ),
        refused(
            "duplicate_field",
            "event_log_digest_twice",
            f"{w}.event.alg",
            "Two digests of one bank.",
            patched(header + 12 + 22, b"\x04"),
        ),
        refused(
            "out_of_range",
            "event_log_event_size_hostile",
            f"{w}.event.event_size",
            "An event of four gigabytes.",
            patched(header + 12 + 22 + 34, b"\xff\xff\xff\xff"),
        ),
        refused(
            "bad_length",
            "event_log_algorithm_size",
            f"{w}.spec_id.digest_size",
            "The header says that SHA-1 has 21 bytes.",
            patched(first_algorithm + 2, b"\x15"),
        ),
        refused(
            "duplicate_field",
            "event_log_algorithm_twice",
            f"{w}.spec_id.algorithm_id",
            "The header lists one bank twice.",
            patched(first_algorithm + 4, b"\x04"),
        ),
        refused(
            "out_of_range",
            "event_log_algorithm_count_hostile",
            f"{w}.spec_id.number_of_algorithms",
            "Algorithms without end.",
            patched(first_algorithm - 4, b"\xff\xff\xff\xff"),
        ),
    ]


def blindllama_cases() -> list[Case]:
    """BlindLlama's document."""
    rootca = ca.root("Caddy Local Authority", "p256-caddy").pem
    roothash = wire.digest("sha256", b"application disk").hex()

    def changed(change: Edit) -> str:
        document = Bundle().blindllama(rootca, roothash)
        change(document)
        return json.dumps(document) + "\n"

    w = "tpm.evidence"
    return [
        refused(
            "missing_field",
            "blindllama_chain",
            f"{w}.cert_chain",
            "No certificates.",
            changed(without("cert_chain")),
        ),
        refused(
            "missing_field",
            "blindllama_chain_empty",
            f"{w}.cert_chain",
            "A list of certificates with none in it.",
            changed(put([], "cert_chain")),
        ),
        refused(
            "missing_field",
            "blindllama_pcr",
            f"{w}.quote.pcr",
            "No register values.",
            changed(without("quote", "pcr")),
        ),
        refused(
            "missing_field",
            "blindllama_rootca",
            f"{w}.webserver_rootca",
            "No CA.",
            changed(without("webserver_rootca")),
        ),
        refused(
            "missing_field",
            "blindllama_roothash",
            f"{w}.application_disk_roothash",
            "No root hash.",
            changed(without("application_disk_roothash")),
        ),
        refused(
            "unknown_field",
            "blindllama_kind",
            f"{w}.debug",
            "A member nobody knows.",
            changed(put(False, "debug")),
        ),
        refused(
            "bad_length",
            "blindllama_roothash",
            f"{w}.application_disk_roothash",
            "A byte too many.",
            changed(put("ab" * 33, "application_disk_roothash")),
        ),
        refused(
            "bad_encoding",
            "blindllama_rootca_is_null",
            f"{w}.webserver_rootca",
            "null, not text.",
            changed(put(None, "webserver_rootca")),
        ),
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*document_cases(), *certificate_cases(), *log_cases(), *blindllama_cases()]
