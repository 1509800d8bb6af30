"""Genuine signatures by keys that nobody should trust, or no longer."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from . import ca, keys, wire
from .case import Bundle, Case, b64
from .case import refused as refused_
from .wire import Selection

EIGHT = [Selection("sha256", tuple(range(8)))]


CHAIN = "tpm.ak_certificate"


def refused(*args: Any, **more: Any) -> Case:
    """A case that fails in verify."""
    return refused_(*args, stage="verify", **more)


def trust() -> list[Case]:
    """tpm-04, tpm-05, tpm-06, tpm-12: whose key it is."""
    root = ca.root()
    first = ca.intermediate(root)
    leaf = ca.ak(first)
    evil = ca.root("Test TPM Root", "rsa2048-evil")
    own = ca.root("Attacker's Root", "rsa2048-evil")
    own_first = ca.intermediate(own, key_name="rsa2048-evilca")
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
            "A complete chain, of the attacker's making, that brings its own root.",
            [ca.ak(own_first), own_first, own],
        ),
        chain(
            "untrusted_chain",
            "self_signed_root_of_the_right_name",
            "The same, with a root that is called like the one the caller trusts.",
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
            "bad_certificate",
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
            "bad_signature",
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
            "bad_certificate",
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
            )
        )
    ed25519 = Bundle(certificates=[ca.ak(first, "ed25519-ak"), first, root])
    cases.append(refused("bad_key", "ed25519", CHAIN, "No TPM signs quotes with it.", ed25519))
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
            check="tpm-06",
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
            "expired",
            "list",
            "The list's next update is past.",
            "if_available",
            ca=ca.crl(first, next_update="2024-06-10"),
        ),
        case(
            "not_yet_valid",
            "list",
            "The list is from tomorrow.",
            "if_available",
            ca=ca.crl(first, this_update="2024-06-16"),
        ),
        case(
            "bad_signature",
            "list_signed_by_other_key",
            "Whoever signed the list, it was not the authority.",
            "if_available",
            ca=ca.crl(first, signing_key="rsa2048-evilca"),
        ),
        case(
            "bad_certificate",
            "list_signed_with_sha1",
            "A forged list could have it.",
            "if_available",
            ca=ca.crl(first, hash_name="sha1"),
        ),
        refused_(
            "bad_encoding",
            "delta_list",
            "endorsement",
            "A delta lists changes only.",
            Bundle(certificates=list(chain)),
            endorsements={"ca.crl": ca.crl(first, extensions=delta)},
        ),
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*trust(), *revocation()]
