"""Well-formed evidence that is not authentic, out of date, revoked or about something else."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from . import ca, eventlog, keys, wire
from .case import Bundle, Case, b64
from .case import refused as refused_
from .wire import Selection

EIGHT = [Selection("sha256", tuple(range(8)))]
CHAIN = "tpm.ak_certificate"
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
        return refused("digest_mismatch", reason, f"{w}.pcr.{pcr}", comment, bundle, check="tpm-11")

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


def trust() -> list[Case]:
    """tpm-04, tpm-05, tpm-06, tpm-12: whose key it is."""
    root = ca.root()
    first = ca.intermediate(root)
    leaf = ca.ak(first)
    evil = ca.root("Test TPM Root", "rsa2048-evil")
    evil_first = ca.intermediate(evil, key_name="rsa2048-evilca")
    line = [ca.intermediate(root, "Line 1", "p256-line1")]
    for i in range(2, 10):
        line.append(ca.intermediate(line[-1], f"Line {i}", f"p256-line{i}"))
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")

    def chain(
        code: str,
        reason: str,
        comment: str,
        certificates: list[ca.Cert],
        *,
        check: str = "tpm-04",
        **more: Any,
    ) -> Case:
        bundle = more.pop("bundle", None) or Bundle()
        bundle.certificates = certificates
        return refused(code, reason, CHAIN, comment, bundle, check=check, **more)

    not_ca = ca.intermediate(root, ca=False)
    pathlen0 = ca.intermediate(root, path_length=0)
    below = ca.intermediate(pathlen0, "Test TPM CA 02", "p384-intermediate")
    no_sign = ca.intermediate(root, usages=("crl_sign",))
    impostor = ca.issue(
        "Test TPM CA 01",
        "rsa2048-evilca",
        ca=True,
        signing_key="rsa2048-evilca",
        issuer_name="Test TPM Root",
        not_before="2022-01-01",
        not_after="2032-01-01",
    )
    constrained = ca.intermediate(
        root,
        extensions=(
            (x509.NameConstraints([x509.DirectoryName(ca.name("somebody else"))], None), True),
        ),
    )
    cases = [
        chain(
            "untrusted_chain",
            "unknown_root",
            "The root is not one the caller trusts.",
            [leaf, first],
            anchors=ca.root("Another root", "p384-root").pem.encode(),
        ),
        chain(
            "untrusted_chain",
            "self_signed_root_in_evidence",
            "A complete chain, of the attacker's making, with a root of the right name.",
            [ca.ak(evil_first), evil_first, evil],
        ),
        chain(
            "untrusted_chain",
            "self_signed_leaf",
            "The key vouches for itself.",
            [ca.issue("0123456789ab.TestVM", "rsa2048-ak", ekus=(ca.EKU_AK,))],
        ),
        chain(
            "untrusted_chain", "missing_intermediate", "Nothing joins the leaf to the root.", [leaf]
        ),
        chain(
            "untrusted_chain",
            "vendor_anchors",
            "A test root is no vendor's.",
            [leaf, first, root],
            anchors="vendor",
        ),
        chain(
            "untrusted_chain",
            "no_anchors",
            "The caller trusts nothing.",
            [leaf, first, root],
            anchors="none",
        ),
        chain(
            "untrusted_chain",
            "root_key_named_only",
            "The certificate's key is not the key the caller named.",
            [leaf, first, root],
            anchors="none",
            keys={"root.pem": keys.spki_pem("rsa2048-root")},
        ),
        chain(
            "untrusted_chain",
            "nine_intermediates",
            "One more than is followed.",
            [ca.ak(line[-1]), *line],
            bundle=Bundle(selections=EIGHT),
        ),
        chain(
            "untrusted_chain",
            "intermediate_is_no_ca",
            "Whoever holds any certificate would be an authority.",
            [leaf, not_ca, root],
        ),
        chain(
            "untrusted_chain",
            "path_length_exceeded",
            "The issuer may issue leaves only.",
            [ca.ak(below), below, pathlen0, root],
        ),
        chain(
            "untrusted_chain",
            "intermediate_may_not_sign_certificates",
            "Its key usage lacks keyCertSign.",
            [leaf, no_sign, root],
        ),
        chain(
            "untrusted_chain",
            "intermediate_signed_by_other_key",
            "The names fit, the signature is not the root's.",
            [ca.ak(impostor), impostor, root],
        ),
        chain(
            "untrusted_chain",
            "issuer_name_differs",
            "The key fits, the name does not.",
            [
                ca.issue(
                    "0123456789ab.TestVM",
                    "rsa2048-ak",
                    first,
                    ekus=(ca.EKU_AK,),
                    issuer_name="Test TPM CA 99",
                ),
                first,
                root,
            ],
        ),
        chain(
            "untrusted_chain",
            "name_constraints",
            "The issuer may not vouch for this name.",
            [ca.ak(constrained), constrained, root],
        ),
        chain(
            "untrusted_chain",
            "leaf_issued_leaf",
            "An AK certificate issued another.",
            [ca.issue("other", "rsa2048-other", leaf, ekus=(ca.EKU_AK,)), leaf, first, root],
            bundle=Bundle(signing_key="rsa2048-other"),
        ),
        chain(
            "bad_certificate",
            "unknown_critical_extension",
            "It says that it matters, and nobody knows what it says.",
            [ca.ak(first, extensions=((unknown, True),)), first, root],
        ),
        chain(
            "bad_certificate",
            "sha1_signature_on_leaf",
            "A forged certificate could have it.",
            [ca.ak(first, hash_name="sha1"), first, root],
        ),
        chain(
            "bad_certificate",
            "sha1_signature_on_intermediate",
            "The same, one step up.",
            [leaf, ca.intermediate(root, hash_name="sha1"), root],
        ),
        chain(
            "bad_certificate",
            "leaf_is_a_ca",
            "An authority's certificate is no AK's.",
            [ca.ak(first, ca=True, usages=("digital_signature", "key_cert_sign")), first, root],
        ),
        chain(
            "bad_certificate",
            "no_ak_eku",
            "A certificate of the same authority for another use.",
            [ca.ak(first, ekus=()), first, root],
            check="tpm-05",
        ),
        chain(
            "bad_certificate",
            "ek_eku",
            "An endorsement key signs no quotes.",
            [ca.ak(first, ekus=(ca.EKU_EK,)), first, root],
            check="tpm-05",
        ),
        chain(
            "bad_certificate",
            "any_eku",
            "anyExtendedKeyUsage is not the AK's usage.",
            [ca.ak(first, ekus=(ca.EKU_ANY,)), first, root],
            check="tpm-05",
        ),
        chain(
            "expired",
            "one_second_late",
            "notAfter was a second ago.",
            [leaf, first, root],
            now="2025-01-01T00:00:01Z",
        ),
        chain(
            "not_yet_valid",
            "one_second_early",
            "notBefore is a second away.",
            [leaf, first, root],
            now="2023-12-31T23:59:59Z",
        ),
        chain(
            "expired",
            "intermediate",
            "The authority's certificate has ended.",
            [leaf, ca.intermediate(root, not_after="2024-06-01"), root],
        ),
        chain(
            "not_yet_valid",
            "intermediate",
            "The authority's certificate has not begun.",
            [leaf, ca.intermediate(root, not_before="2024-07-01"), root],
        ),
        chain(
            "expired",
            "root",
            "The caller's root has ended: expired, not forged.",
            [leaf, first],
            anchors=ca.root(not_after="2024-06-01").pem.encode(),
        ),
    ]
    for kind, scheme, hash_name, title in (
        ("p224-ak", "ecdsa", "sha256", "P-224"),
        ("rsa1024-ak", "rsassa", "sha256", "RSA of 1,024 bits"),
    ):
        bundle = Bundle(
            ak=kind,
            scheme=scheme,
            hash_name=hash_name,
            certificates=[ca.ak(first, kind), first, root],
        )
        cases.append(
            refused(
                "bad_key",
                kind.split("-")[0],
                CHAIN,
                f"{title} is too weak.",
                bundle,
                check="tpm-04",
            )
        )
    ed25519 = Bundle(certificates=[ca.ak(first, "ed25519-ak"), first, root])
    cases.append(
        refused(
            "bad_key", "ed25519", CHAIN, "No TPM signs quotes with it.", ed25519, check="tpm-04"
        )
    )
    cases += named_keys()
    return cases


def named_keys() -> list[Case]:
    """Keys without certificates."""
    public = keys.spki_pem("rsa2048-ak")
    plain = wire.RESTRICTED_SIGNING & ~(1 << 16)
    named = {"anchors": "none", "keys": {"ak.pem": public}}

    def area(attributes: int) -> Bundle:
        return Bundle(certificates=[], public=b64(keys.public_area("rsa2048-ak", attributes)))

    def bad(reason: str, comment: str, attributes: int) -> Case:
        return refused_(
            "bad_key",
            reason,
            "tpm.public.object_attributes",
            comment,
            area(attributes),
            check="tpm-12",
            **named,
        )

    return [
        refused(
            "untrusted_chain",
            "key_not_named",
            "tpm.ak_public",
            "A key alone, and the caller named another.",
            Bundle(certificates=[], public=public.decode()),
            check="tpm-06",
            anchors="none",
            keys={"other.pem": keys.spki_pem("rsa2048-other")},
        ),
        refused(
            "untrusted_chain",
            "key_alone_beside_anchors",
            "tpm.ak_public",
            "A key alone, and the caller trusts a root only.",
            Bundle(certificates=[], public=public.decode()),
            check="tpm-06",
        ),
        bad(
            "unrestricted_ak", "A key that signs whatever it is given signs made-up quotes.", plain
        ),
        bad(
            "decrypting_ak",
            "A key that also decrypts is no attestation key.",
            wire.RESTRICTED_SIGNING | 1 << 17,
        ),
        bad(
            "ak_that_does_not_sign",
            "A restricted key without the sign attribute.",
            wire.RESTRICTED_SIGNING & ~(1 << 18),
        ),
        bad(
            "ak_that_may_leave_the_tpm",
            "Without fixedTPM the key may exist elsewhere.",
            wire.RESTRICTED_SIGNING & ~(1 << 1),
        ),
        refused(
            "key_mismatch",
            "public_is_not_the_certificates",
            "tpm.ak_public",
            "The document holds a certificate of one key and the public area of another.",
            Bundle(public=b64(keys.public_area("rsa2048-other"))),
        ),
    ]


def revocation() -> list[Case]:
    """Revocation lists, as the caller demands them."""
    root = ca.root()
    first = ca.intermediate(root)
    leaf = ca.ak(first)
    chain = [leaf, first]
    ours, theirs = ca.crl(first), ca.crl(root)

    def case(code: str, reason: str, comment: str, mode: str, **lists: bytes) -> Case:
        named = {f"{name}.crl": data for name, data in lists.items()}
        return refused(
            code,
            reason,
            CHAIN,
            comment,
            Bundle(certificates=list(chain)),
            check="tpm-04",
            revocation=mode,
            endorsements=named,
        )

    delta = ((x509.DeltaCRLIndicator(6), True),)
    return [
        case(
            "revoked",
            "ak_certificate",
            "Its authority took it back.",
            "if_available",
            ca=ca.crl(first, (leaf,)),
        ),
        case(
            "revoked",
            "ak_certificate_required",
            "The same, with complete lists.",
            "required",
            ca=ca.crl(first, (leaf,)),
            root=theirs,
        ),
        case(
            "revoked",
            "intermediate",
            "The root took the authority back.",
            "if_available",
            root=ca.crl(root, (first,)),
        ),
        case("revocation_unknown", "no_list", "Lists are demanded and there is none.", "required"),
        case(
            "revocation_unknown", "no_list_of_the_root", "Half of the lists.", "required", ca=ours
        ),
        case(
            "revocation_unknown",
            "list_expired",
            "The list's next update is past.",
            "if_available",
            ca=ca.crl(first, next_update="2024-06-10"),
        ),
        case(
            "revocation_unknown",
            "list_not_yet_valid",
            "The list is from tomorrow.",
            "if_available",
            ca=ca.crl(first, this_update="2024-06-16"),
        ),
        case(
            "revocation_unknown",
            "list_signed_by_other_key",
            "Whoever signed the list, it was not the authority.",
            "if_available",
            ca=ca.crl(first, signing_key="rsa2048-evilca"),
        ),
        case(
            "revocation_unknown",
            "list_signed_with_sha1",
            "A forged list could have it.",
            "if_available",
            ca=ca.crl(first, hash_name="sha1"),
        ),
        case(
            "revocation_unknown",
            "delta_list",
            "A delta lists changes only.",
            "required",
            ca=ca.crl(first, extensions=delta),
            root=theirs,
        ),
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*signatures(), *registers(), *event_logs(), *trust(), *revocation()]
