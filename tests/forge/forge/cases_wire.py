"""TPM structures and PCR files that do not have the form their specification gives."""

from __future__ import annotations

import struct
from typing import Any

from . import keys, wire
from .case import Bundle, Case, refused
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


def cases() -> list[Case]:
    """All of them."""
    return [*attest_cases(), *signature_cases(), *pcr_cases()]
