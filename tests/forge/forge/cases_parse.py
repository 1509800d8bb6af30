"""Documents and structures that do not have the form their specification gives."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

from . import ca, eventlog, keys, wire
from .case import Bundle, Case, b64, refused
from .wire import Selection

EIGHT = [Selection("sha256", tuple(range(8)))]


def attest(**more: Any) -> Bundle:
    """A bundle with these fields of TPMS_ATTEST, signed as it stands."""
    return Bundle(attest=dict(more))


def message(data: bytes) -> Bundle:
    """A bundle with these bytes for its message, signed as they stand."""
    return Bundle(message=data)


def attest_cases() -> list[Case]:
    """TPMS_ATTEST (Part 2, 10.12.12)."""
    whole = Bundle().message_bytes()
    certify = wire.tpm2b(b"\0\x0b" + bytes(32)) + wire.tpm2b(b"\0\x0b" + bytes(32))
    creation = wire.tpm2b(b"\0\x0b" + bytes(32)) + wire.tpm2b(bytes(32))
    many = [Selection("sha256", (0,), alg=alg) for alg in range(0x20, 0x31)]
    w = "tpm.attest"
    return [
        refused(
            "bad_magic",
            "not_tpm_generated",
            f"{w}.magic",
            "The key signed what looks like a quote but was made outside the TPM (CVE-2024-29038).",
            attest(magic=0xFF544348),
            check="tpm-01",
        ),
        refused(
            "bad_magic",
            "certify_attestation",
            f"{w}.type",
            "A genuine TPM structure of another type, signed by the same key.",
            attest(type=wire.ST_ATTEST_CERTIFY, attested=certify),
            check="tpm-02",
        ),
        refused(
            "bad_magic",
            "creation_attestation",
            f"{w}.type",
            "Proof of an object's creation is no quote.",
            attest(type=wire.ST_ATTEST_CREATION, attested=creation),
            check="tpm-02",
        ),
        refused(
            "bad_magic",
            "quote_body_under_certify_type",
            f"{w}.type",
            "The body is a quote's, the type is not.",
            attest(type=wire.ST_ATTEST_CERTIFY),
            check="tpm-02",
        ),
        refused("truncated", "empty_message", f"{w}.magic", "No bytes at all.", message(b"")),
        refused(
            "truncated",
            "attest_without_digest",
            f"{w}.pcr_digest",
            "The last byte is missing.",
            message(whole[:-1]),
        ),
        refused(
            "truncated",
            "attest_cut_in_clock",
            f"{w}.clock_info.clock",
            "The message ends within the clock.",
            message(whole[:46]),
        ),
        refused("trailing_bytes", "attest", w, "One byte follows the digest.", attest(tail=b"\0")),
        refused("too_large", "attest", w, "More than any quote holds.", attest(tail=bytes(4096))),
        refused(
            "out_of_range",
            "extra_data_too_long",
            f"{w}.extra_data.size",
            "Qualifying data is as long as the longest digest at most.",
            Bundle(nonce=bytes(65)),
        ),
        refused(
            "truncated",
            "extra_data_beyond_end",
            f"{w}.extra_data",
            "A length that reaches beyond the message.",
            message(whole[:42] + struct.pack(">H", 64) + whole[44:60]),
        ),
        refused(
            "out_of_range",
            "clock_safe_2",
            f"{w}.clock_info.safe",
            "TPMI_YES_NO is 0 or 1.",
            attest(safe=2),
        ),
        refused(
            "unsupported_algorithm",
            "bank_unknown",
            f"{w}.pcr_select.hash",
            "A bank of an algorithm nobody knows.",
            Bundle(selections=[Selection("sha256", (0,), alg=0x0099)]),
        ),
        refused(
            "out_of_range",
            "pcr_24_selected",
            f"{w}.pcr_select.pcr_select",
            "There are 24 registers; this is the 25th.",
            Bundle(selections=[Selection("sha256", (0, 24), size=4)]),
        ),
        refused(
            "out_of_range",
            "selection_size_zero",
            f"{w}.pcr_select.sizeof_select",
            "A bitmap of no bytes.",
            Bundle(selections=[Selection("sha256", (), size=0)]),
        ),
        refused(
            "out_of_range",
            "selection_size_five",
            f"{w}.pcr_select.sizeof_select",
            "A bitmap longer than PCR_SELECT_MAX.",
            Bundle(selections=[Selection("sha256", (0,), size=5)]),
        ),
        refused(
            "duplicate_field",
            "bank_twice",
            f"{w}.pcr_select.hash",
            "One bank in two selections: which register comes when?",
            Bundle(selections=[Selection("sha256", (0,)), Selection("sha256", (1,))]),
        ),
        refused(
            "out_of_range",
            "seventeen_banks",
            f"{w}.pcr_select.count",
            "More selections than a TPM has banks.",
            Bundle(selections=many, pcrs=b"\0"),
        ),
        refused(
            "out_of_range",
            "selection_count_hostile",
            f"{w}.pcr_select.count",
            "Four thousand million selections in forty bytes.",
            attest(selection_count=0xFFFFFFFF),
        ),
        refused(
            "out_of_range",
            "pcr_digest_too_long",
            f"{w}.pcr_digest.size",
            "No digest has 65 bytes.",
            attest(pcr_digest=bytes(65)),
        ),
        refused(
            "out_of_range",
            "qualified_signer_too_long",
            f"{w}.qualified_signer.size",
            "A name is an algorithm and a digest.",
            attest(qualified_signer=bytes(67)),
        ),
    ]


def with_signature(data: bytes) -> Bundle:
    """A bundle with these bytes for its signature."""
    return Bundle(signature=data)


def signature_cases() -> list[Case]:
    """TPMT_SIGNATURE (Part 2, 11.3.4)."""
    good = Bundle().signature_bytes()
    message_bytes = Bundle().message_bytes()
    sha1 = wire.signature_rsa(
        "rsassa", "sha1", keys.raw_rsassa("rsa2048-ak", "sha1", message_bytes)
    )
    weak = Bundle(signature=sha1)
    weak.attest["pcr_digest"] = wire.digest(
        "sha1", b"".join(weak.registers.selected(weak.selections))
    )
    weak.signature = wire.signature_rsa(
        "rsassa", "sha1", keys.raw_rsassa("rsa2048-ak", "sha1", weak.message_bytes())
    )
    w = "tpm.signature"
    head = struct.pack
    return [
        refused(
            "unsupported_algorithm",
            "sha1_signature",
            f"{w}.hash",
            "Everything holds, but SHA-1 collisions can be made.",
            weak,
            check="tpm-03",
            stage="verify",
        ),
        refused(
            "unsupported_algorithm",
            "sm3_signature",
            f"{w}.hash",
            "SM3 can be named; nothing that it alone protects is believed.",
            with_signature(head(">HH", wire.ALG_RSASSA, wire.ALG_SM3_256) + good[4:]),
            check="tpm-03",
            stage="verify",
        ),
        refused(
            "unsupported_algorithm",
            "signature_hash_unknown",
            f"{w}.hash",
            "An algorithm nobody knows.",
            with_signature(head(">HH", wire.ALG_RSASSA, 0x0042) + good[4:]),
        ),
        refused(
            "unsupported_algorithm",
            "hmac_signature",
            f"{w}.sig_alg",
            "TPM_ALG_HMAC is a signature algorithm to a TPM; to us nobody holds the key.",
            with_signature(head(">HH", 0x0005, wire.ALG_SHA256) + bytes(32)),
        ),
        refused(
            "unsupported_algorithm",
            "null_signature",
            f"{w}.sig_alg",
            "TPM_ALG_NULL: not signed.",
            with_signature(head(">H", wire.ALG_NULL)),
        ),
        refused(
            "unsupported_algorithm",
            "sm2_signature",
            f"{w}.sig_alg",
            "TPM_ALG_SM2.",
            with_signature(head(">HH", 0x001B, wire.ALG_SHA256) + good[4:]),
        ),
        refused("truncated", "empty_signature", f"{w}.sig_alg", "No bytes.", with_signature(b"")),
        refused(
            "truncated",
            "signature_cut",
            f"{w}.sig",
            "The last byte is missing.",
            with_signature(good[:-1]),
        ),
        refused(
            "trailing_bytes", "signature", w, "One byte follows.", with_signature(good + b"\0")
        ),
        refused(
            "out_of_range",
            "signature_of_no_bytes",
            f"{w}.sig.size",
            "A signature of length 0.",
            with_signature(good[:4] + b"\0\0"),
        ),
        refused(
            "out_of_range",
            "signature_length_hostile",
            f"{w}.sig.size",
            "A length of 65,535.",
            with_signature(good[:4] + b"\xff\xff" + good[6:]),
        ),
        refused(
            "too_large",
            "signature",
            w,
            "More than any signature.",
            with_signature(good + bytes(2048)),
        ),
        refused(
            "bad_length",
            "bare_signature_with_header",
            w,
            "Called bare, but the TPMT header is there.",
            Bundle(signature_form="rsassa_sha256"),
        ),
        refused(
            "unsupported_algorithm",
            "bare_signature_not_named",
            f"{w}.sig_alg",
            "Bare, but not called so: the form is never guessed.",
            with_signature(keys.raw_rsassa("rsa2048-ak", "sha256", message_bytes)),
        ),
    ]


def pcr_cases() -> list[Case]:
    """The files that tpm2_quote writes beside a quote."""
    bundle = Bundle(selections=[Selection("sha256", tuple(range(9)))])
    good = bundle.pcr_bytes()
    wired = Bundle(selections=bundle.selections, form="marshaled").pcr_bytes()
    plain = Bundle(selections=bundle.selections, form="values").pcr_bytes()

    def serialized(data: bytes) -> Bundle:
        return Bundle(selections=bundle.selections, pcrs=data)

    def marshaled(data: bytes) -> Bundle:
        return Bundle(selections=bundle.selections, form="marshaled", pcrs=data)

    def values(data: bytes) -> Bundle:
        return Bundle(selections=bundle.selections, form="values", pcrs=data)

    def patched(data: bytes, offset: int, new: bytes) -> bytes:
        return data[:offset] + new + data[offset + len(new) :]

    w = "tpm.pcrs"
    twice = wire.pcrs_serialized(
        [Selection("sha256", (0,)), Selection("sha256", (1,))], [bytes(32)]
    )
    return [
        refused(
            "truncated",
            "pcr_file",
            f"{w}.digests.unused",
            "The last byte is missing.",
            serialized(good[:-1]),
        ),
        refused(
            "truncated", "pcr_file_empty", f"{w}.selection.count", "No bytes.", serialized(b"")
        ),
        refused("trailing_bytes", "pcr_file", w, "One byte follows.", serialized(good + b"\0")),
        refused(
            "reserved_not_zero",
            "pcr_file_unused_slot",
            f"{w}.selection.unused",
            "A selection slot beyond the count is not empty.",
            serialized(patched(good, 12, b"\x04")),
        ),
        refused(
            "reserved_not_zero",
            "pcr_file_selection_padding",
            f"{w}.selection.padding",
            "The padding of a selection slot is not zero.",
            serialized(patched(good, 11, b"\x01")),
        ),
        refused(
            "reserved_not_zero",
            "pcr_file_digest_padding",
            f"{w}.digests.padding",
            "Bytes after a digest, where the file keeps room for longer ones.",
            serialized(patched(good, 140 + 2 + 32, b"\x01")),
        ),
        refused(
            "reserved_not_zero",
            "pcr_file_unused_digest",
            f"{w}.digests.unused",
            "A tenth digest in a slot that is said to be unused.",
            serialized(patched(good, 136 + 532 + 4 + 66, b"\x20")),
        ),
        refused(
            "duplicate_field",
            "pcr_file_bank_twice",
            f"{w}.selection.hash",
            "One bank in two selections.",
            serialized(twice),
        ),
        refused(
            "unsupported_algorithm",
            "pcr_file_bank",
            f"{w}.selection.hash",
            "A bank of an algorithm nobody knows.",
            serialized(patched(good, 4, b"\x99")),
        ),
        refused(
            "out_of_range",
            "pcr_file_seventeen_banks",
            f"{w}.selection.count",
            "More selections than there are slots.",
            serialized(patched(good, 0, b"\x11")),
        ),
        refused(
            "out_of_range",
            "pcr_file_digest_count",
            f"{w}.digests.count",
            "Nine digests in a list of eight.",
            serialized(patched(good, 136, b"\x09")),
        ),
        refused(
            "out_of_range",
            "pcr_file_list_count_hostile",
            f"{w}.list_count",
            "Lists without end.",
            serialized(patched(good, 132, b"\xff\xff\xff\xff")),
        ),
        refused(
            "bad_length",
            "pcr_file_digest_size",
            f"{w}.digests.size",
            "A digest of 33 bytes.",
            serialized(patched(good, 140, b"\x21")),
        ),
        refused(
            "truncated",
            "pcrs_marshaled",
            f"{w}.digests.buffer",
            "The last byte is missing.",
            marshaled(wired[:-1]),
        ),
        refused(
            "trailing_bytes", "pcrs_marshaled", w, "One byte follows.", marshaled(wired + b"\0")
        ),
        refused(
            "out_of_range",
            "pcrs_serialized_called_marshaled",
            f"{w}.selection.count",
            "The other form: little-endian numbers read as big-endian.",
            marshaled(good),
        ),
        refused(
            "truncated",
            "pcrs_values",
            f"{w}.sha256.8",
            "The last byte is missing.",
            values(plain[:-1]),
        ),
        refused("trailing_bytes", "pcrs_values", w, "One byte follows.", values(plain + b"\0")),
        refused(
            "trailing_bytes",
            "pcrs_values_of_ten",
            w,
            "Ten values beside a quote of nine.",
            values(plain + bytes(32)),
        ),
    ]


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
            "unsupported_algorithm",
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
            "trailing_bytes",
            "event_log",
            w,
            "A few bytes follow that are neither padding nor an event.",
            with_log(good + b"\0\0\0"),
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
    return [
        *attest_cases(),
        *signature_cases(),
        *pcr_cases(),
        *document_cases(),
        *certificate_cases(),
        *log_cases(),
        *blindllama_cases(),
    ]
