"""Well-formed quotes that are not authentic, or are about other registers than they say."""

from __future__ import annotations

from typing import Any

from . import eventlog, keys, wire
from .case import Bundle, Case
from .case import refused as refused_
from .wire import Selection

EIGHT = [Selection("sha256", tuple(range(8)))]


SIGNATURE = "tpm.signature"


def refused(*args: Any, **more: Any) -> Case:
    """A case that fails in verify."""
    return refused_(*args, stage="verify", **more)


def signatures() -> list[Case]:
    """tpm-07 and what stands around it."""
    good = Bundle()
    flipped = bytearray(good.signature_bytes())
    flipped[100] ^= 1
    other_message = bytearray(good.message_bytes())
    other_message[50] ^= 1  # in the clock
    pss_as_pkcs1 = bytearray(keys.sign("rsa2048-ak", "rsapss", "sha256", good.message_bytes()))
    pss_as_pkcs1[1] = wire.ALG_RSASSA
    sha256_as_384 = bytearray(good.signature_bytes())
    sha256_as_384[3] = wire.ALG_SHA384
    elliptic = Bundle(ak="p256-ak", scheme="ecdsa")
    r, s = keys.raw_ecdsa("p256-ak", "sha256", elliptic.message_bytes())
    swapped = wire.signature_ecdsa("sha256", s.to_bytes(32, "big"), r.to_bytes(32, "big"))
    zero = wire.signature_ecdsa("sha256", bytes(32), s.to_bytes(32, "big"))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    large = wire.signature_ecdsa("sha256", order.to_bytes(32, "big"), s.to_bytes(32, "big"))
    digest384 = Bundle(hash_name="sha384")
    sig384 = wire.signature_rsa(
        "rsassa", "sha256", keys.raw_rsassa("rsa2048-ak", "sha256", digest384.message_bytes())
    )

    def bad(reason: str, comment: str, bundle: Bundle, **more: Any) -> Case:
        return refused("bad_signature", reason, SIGNATURE, comment, bundle, check="tpm-07", **more)

    return [
        bad("flipped_bit", "One bit of the signature.", Bundle(signature=bytes(flipped))),
        bad(
            "other_key",
            "Signed by another key than the certificate's.",
            Bundle(signing_key="rsa2048-other"),
        ),
        bad(
            "message_changed",
            "One bit of the signed message.",
            Bundle(message=bytes(other_message), signature=good.signature_bytes()),
        ),
        bad(
            "other_quote",
            "The signature belongs to another quote of the same key.",
            Bundle(nonce=b"nonce", signature=good.signature_bytes()),
        ),
        bad(
            "pss_called_pkcs1",
            "The padding is not the one that is named.",
            Bundle(signature=bytes(pss_as_pkcs1)),
        ),
        bad(
            "sha256_called_sha384",
            "The hash is not the one that is named.",
            Bundle(signature=bytes(sha256_as_384)),
        ),
        bad(
            "signature_of_one_byte",
            "Shorter than the modulus.",
            Bundle(signature=wire.signature_rsa("rsassa", "sha256", b"\x01")),
        ),
        bad(
            "ecdsa_r_and_s_swapped",
            "The two numbers in the other order.",
            Bundle(ak="p256-ak", scheme="ecdsa", signature=swapped),
        ),
        bad(
            "ecdsa_r_zero",
            "r = 0 (CVE-2022-21449).",
            Bundle(ak="p256-ak", scheme="ecdsa", signature=zero),
        ),
        bad(
            "ecdsa_r_is_the_order", "r = n.", Bundle(ak="p256-ak", scheme="ecdsa", signature=large)
        ),
        bad(
            "named_key_signed_by_other",
            "The named key did not sign.",
            Bundle(
                certificates=[],
                public=keys.spki_pem("rsa2048-ak").decode(),
                signing_key="rsa2048-other",
            ),
            anchors="none",
            keys={"ak.pem": keys.spki_pem("rsa2048-ak")},
        ),
        refused(
            "bad_key",
            "ecdsa_signature_rsa_key",
            SIGNATURE,
            "The certificate's key cannot have made such a signature.",
            Bundle(signing_key="p256-ak", scheme="ecdsa"),
            check="tpm-07",
        ),
        refused(
            "bad_key",
            "rsa_signature_ec_key",
            SIGNATURE,
            "The certificate's key cannot have made such a signature.",
            Bundle(ak="p256-ak", signing_key="rsa2048-ak"),
            check="tpm-07",
        ),
        refused(
            "bad_length",
            "pcr_digest_of_other_hash",
            "tpm.attest.pcr_digest",
            "pcrDigest is made with the signing scheme's hash, whatever else fits.",
            Bundle(message=digest384.message_bytes(), signature=sig384),
            check="tpm-10",
        ),
    ]


def registers() -> list[Case]:
    """tpm-08, tpm-09, tpm-10: the values beside the quote."""
    changed = Bundle().registers.selected(Bundle().selections)
    changed[4] = bytes(32)
    swapped = Bundle().registers.selected(Bundle().selections)
    swapped[4], swapped[7] = swapped[7], swapped[4]
    bank384 = Bundle(selections=EIGHT)
    long_values = [wire.digest("sha384", value) for value in bank384.registers.selected(EIGHT)]
    relabelled = [Selection("sha256", (*range(15), 16))]
    w = "tpm.pcrs"
    return [
        refused(
            "digest_mismatch",
            "claimed_selection_differs",
            f"{w}.selection",
            "The file says that the sixteenth value is PCR 16's; the quote says PCR 15's "
            "(CVE-2024-29039).",
            Bundle(claimed=relabelled),
            check="tpm-08",
        ),
        refused(
            "digest_mismatch",
            "claimed_bank_differs",
            f"{w}.selection",
            "The file says SHA-1, the quote says SHA-256.",
            Bundle(claimed=[Selection("sha1", tuple(range(16)))]),
            check="tpm-08",
        ),
        refused(
            "digest_mismatch",
            "claimed_selection_larger",
            f"{w}.selection",
            "The file claims a register that was not quoted.",
            Bundle(
                selections=EIGHT,
                claimed=[Selection("sha256", tuple(range(9)))],
                values=Bundle().registers.selected([Selection("sha256", tuple(range(9)))]),
            ),
            check="tpm-08",
        ),
        refused(
            "missing_field",
            "empty_selection",
            "tpm.attest.pcr_select",
            "A quote of no register: its digest is that of nothing.",
            Bundle(selections=[], pcrs=b"", form="values"),
            check="tpm-08",
        ),
        refused(
            "missing_field",
            "selection_of_no_register",
            "tpm.attest.pcr_select",
            "A bank, but none of its registers.",
            Bundle(selections=[Selection("sha256", ())], form="values", pcrs=b""),
            check="tpm-08",
        ),
        refused(
            "bad_length",
            "pcr_count",
            w,
            "Fifteen values beside a quote of sixteen.",
            Bundle(values=Bundle().registers.selected(Bundle().selections)[:-1]),
            check="tpm-08",
        ),
        refused(
            "bad_length",
            "pcr_count_one_more",
            w,
            "Seventeen values beside a quote of sixteen.",
            Bundle(values=[*Bundle().registers.selected(Bundle().selections), bytes(32)]),
            check="tpm-08",
        ),
        refused(
            "bad_length",
            "pcr_value_of_other_bank",
            f"{w}.sha256.0",
            "48-byte values for registers of the SHA-256 bank.",
            Bundle(selections=EIGHT, values=long_values),
            check="tpm-09",
        ),
        refused(
            "digest_mismatch",
            "pcr_value_changed",
            "tpm.attest.pcr_digest",
            "One register's value is another.",
            Bundle(values=changed),
            check="tpm-10",
        ),
        refused(
            "digest_mismatch",
            "pcr_values_swapped",
            "tpm.attest.pcr_digest",
            "Two registers' values changed places.",
            Bundle(values=swapped),
            check="tpm-10",
        ),
        refused(
            "bad_length",
            "pcr_digest_empty",
            "tpm.attest.pcr_digest",
            "A signed digest of no bytes.",
            Bundle(attest={"pcr_digest": b""}),
            check="tpm-10",
        ),
        refused(
            "bad_length",
            "pcr_digest_cut",
            "tpm.attest.pcr_digest",
            "A signed digest of the right first 31 bytes.",
            Bundle(attest={"pcr_digest": _digest()[:-1]}),
            check="tpm-10",
        ),
    ]


def _digest() -> bytes:
    bundle = Bundle()
    return wire.digest("sha256", b"".join(bundle.registers.selected(bundle.selections)))


def event_logs() -> list[Case]:
    """tpm-11: the log and the registers."""
    log = eventlog.boot_log(["sha1", "sha256"])

    def told(
        events: list[eventlog.Event], banks: list[str] | None = None, locality: int | None = None
    ) -> Bundle:
        bundle = Bundle(selections=EIGHT).use_log(log)
        bundle.log = eventlog.Log(banks or log.banks, events, locality).wire()
        return bundle

    other = list(log.events)
    other[1] = eventlog.Event(0, eventlog.EV_POST_CODE, b"POST CODE", measured=b"other firmware")
    swapped = list(log.events)
    swapped[0], swapped[1] = swapped[1], swapped[0]
    silenced = list(log.events)
    silenced[1] = eventlog.Event(
        0, eventlog.EV_NO_ACTION, b"POST CODE", measured=b"firmware volume bytes"
    )
    legacy = Bundle(selections=EIGHT).use_log(log)
    legacy.log = eventlog.legacy_log(log)
    w = "tpm.event_log"

    def bad(reason: str, comment: str, bundle: Bundle, pcr: int) -> Case:
        return refused(
            "digest_mismatch", reason, f"{w}.pcr.sha256.{pcr}", comment, bundle, check="tpm-11"
        )

    return [
        bad("log_does_not_replay", "One event is told differently.", told(other), 0),
        bad("log_event_removed", "The last event of PCR 5 is missing.", told(log.events[:-1]), 5),
        bad(
            "log_event_added",
            "An event that was never extended.",
            told([*log.events, eventlog.Event(7, eventlog.EV_IPL, b"more")]),
            7,
        ),
        bad("log_events_swapped", "Two events of PCR 0 in the other order.", told(swapped), 0),
        bad(
            "log_event_called_no_action",
            "An extended event under the type that is never extended.",
            told(silenced),
            0,
        ),
        bad("log_locality", "A start-up locality that was not.", told(log.events, locality=3), 0),
        refused(
            "unsupported_algorithm",
            "log_without_bank",
            w,
            "The log holds no digests of the quoted bank.",
            told(log.events, ["sha1"]),
            check="tpm-11",
        ),
        refused(
            "unsupported_algorithm",
            "log_of_the_sha1_form",
            w,
            "The old form of log holds SHA-1 digests only.",
            legacy,
            check="tpm-11",
        ),
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*signatures(), *registers(), *event_logs()]
