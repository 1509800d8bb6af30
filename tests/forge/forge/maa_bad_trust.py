"""Tokens of the wrong key, at the wrong time, or with evidence of another key beside theirs."""

from __future__ import annotations

import base64
import json
from typing import Any

from . import ca, keys
from .maa import (
    ISSUER,
    KID,
    NOW_S,
    OTHER,
    OTHER_ISSUER,
    SGX_OID,
    SIGNER,
    SNP_OID,
    MaaCase,
    aci,
    b64url,
    certificate,
    changed,
    compact_json,
    ec_jwk,
    header,
    jwk,
    key_set,
    refused,
    sgx_evidence,
    sign,
    snp_evidence,
    token,
    with_claims,
    x5c,
)

GOOD = token()
PARTS = GOOD.split(".")
EVIL = "rsa2048-evil"


def _signature() -> bytes:
    return base64.urlsafe_b64decode(PARTS[2] + "==")


def trust() -> list[MaaCase]:
    """Keys."""
    root = ca.root("Test Attestation Root")
    evil_root = ca.root("Test Attestation Root", "rsa2048-evilca")

    def bad(
        code: str,
        reason: str,
        where: str,
        check: str,
        comment: str,
        evidence: str = GOOD,
        **more: Any,
    ) -> MaaCase:
        return refused(code, reason, where, check, comment, evidence, stage="verify", **more)

    def brought(*certificates: ca.Cert, **more: Any) -> dict[str, Any]:
        entry = {"kid": KID, "kty": "RSA", "x5c": x5c(*certificates)}
        return {"issuer_keys": {}, "jwks": key_set(entry), **more}

    forged = token(key_name=EVIL)
    kid, own = "maa.header.kid", "maa.signer.certificate"
    return [
        bad(
            "untrusted_chain",
            "nobody_is_trusted",
            kid,
            "maa-06",
            "No key set at all.",
            issuer_keys={},
        ),
        bad(
            "untrusted_chain",
            "unknown_kid",
            kid,
            "maa-06",
            "The set has other keys.",
            issuer_keys={ISSUER: key_set(jwk(SIGNER, kid="another"))},
        ),
        bad(
            "untrusted_chain",
            "kid_in_another_case",
            kid,
            "maa-06",
            "Names are compared byte by byte.",
            token(head=header(kid=KID.lower())),
        ),
        bad(
            "untrusted_chain",
            "kid_with_a_space",
            kid,
            "maa-06",
            "The same.",
            token(head=header(kid=KID + " ")),
        ),
        bad(
            "untrusted_chain",
            "kid_without_padding",
            kid,
            "maa-06",
            "A kid is not decoded.",
            token(head=header(kid=KID.rstrip("="))),
        ),
        bad(
            "untrusted_chain",
            "key_set_of_another_issuer",
            kid,
            "maa-06",
            "Its keys speak for that one alone.",
            issuer_keys={OTHER_ISSUER: key_set()},
        ),
        bad(
            "untrusted_chain",
            "token_of_another_tenant",
            kid,
            "maa-06",
            "Signed by the region's key, for an instance with a policy of its own.",
            token(with_claims(aci(), iss=OTHER_ISSUER), header(jku=OTHER_ISSUER + "/certs")),
        ),
        bad(
            "untrusted_chain",
            "issuer_below_another_domain",
            kid,
            "maa-06",
            "The trusted name with something after it.",
            token(with_claims(aci(), iss=ISSUER + ".evil.example"), header(jku=None), EVIL),
        ),
        bad(
            "untrusted_chain",
            "key_set_came_along",
            own,
            "maa-07",
            "A key set beside the evidence is as hostile as the evidence.",
            forged,
            **brought(certificate(EVIL)),
        ),
        bad(
            "untrusted_chain",
            "key_set_of_numbers_came_along",
            kid,
            "maa-06",
            "The same without a certificate.",
            forged,
            issuer_keys={},
            jwks=key_set(jwk(EVIL, kid=KID)),
        ),
        bad(
            "untrusted_chain",
            "root_came_along",
            own,
            "maa-07",
            "The chain brings its own root.",
            forged,
            **brought(ca.issue(ISSUER, EVIL, evil_root), evil_root, anchors=root.pem.encode()),
        ),
        bad(
            "key_mismatch",
            "certificate_of_another_issuer",
            own,
            "maa-07",
            "The root signs for many; this one is not the token's issuer.",
            **brought(ca.issue(OTHER_ISSUER, SIGNER, root), anchors=root.pem.encode()),
        ),
        bad(
            "expired",
            "certificate_one_second_late",
            own,
            "maa-07",
            "The certificate ended.",
            **brought(
                ca.issue(ISSUER, SIGNER, root, not_after="2024-06-15T11:59:59Z"),
                anchors=root.pem.encode(),
            ),
        ),
        bad(
            "not_yet_valid",
            "certificate_one_second_early",
            own,
            "maa-07",
            "The certificate is not valid yet.",
            **brought(
                ca.issue(ISSUER, SIGNER, root, not_before="2024-06-15T12:00:01Z"),
                anchors=root.pem.encode(),
            ),
        ),
        bad(
            "revoked",
            "certificate",
            own,
            "maa-07",
            "The root revoked it.",
            **brought(
                ca.issue(ISSUER, SIGNER, root),
                anchors=root.pem.encode(),
                endorsements={"root.crl": ca.crl(root, (ca.issue(ISSUER, SIGNER, root),))},
            ),
        ),
        bad(
            "revocation_unknown",
            "no_list",
            own,
            "maa-07",
            "A list is demanded and none is there.",
            **brought(
                ca.issue(ISSUER, SIGNER, root), anchors=root.pem.encode(), revocation="required"
            ),
        ),
        bad(
            "bad_certificate",
            "key_on_a_curve",
            own,
            "maa-07",
            "The service's keys are RSA.",
            **(
                brought()
                | {
                    "jwks": key_set(
                        {"kid": KID, "kty": "EC", "x5c": x5c(ca.issue(ISSUER, "p256-ak", root))}
                    ),
                    "anchors": root.pem.encode(),
                }
            ),
        ),
        bad(
            "bad_certificate",
            "entry_is_no_certificate",
            "endorsements.jwks.keys[0].x5c[0]",
            "",
            "Three bytes.",
            issuer_keys={},
            jwks=key_set({"kid": KID, "kty": "RSA", "x5c": ["AQID"]}),
        ),
        bad(
            "key_mismatch",
            "numbers_of_another_key",
            "endorsements.jwks.keys[0].x5c",
            "",
            "A good certificate beside an attacker's numbers.",
            forged,
            issuer_keys={},
            anchors=certificate().pem.encode(),
            jwks=key_set(jwk(EVIL, kid=KID, x5c=x5c(certificate()))),
        ),
        bad(
            "duplicate_field",
            "kid_twice_in_the_key_set",
            "endorsements.jwks.keys[1].kid",
            "",
            "Two keys of one name.",
            forged,
            issuer_keys={},
            anchors=certificate().pem.encode(),
            jwks=key_set({"kid": KID, "kty": "RSA", "x5c": x5c(certificate())}, jwk(EVIL, kid=KID)),
        ),
        bad(
            "unknown_field",
            "private_key_in_the_key_set",
            "endorsements.jwks.keys[0].d",
            "",
            "Somebody published a private key.",
            issuer_keys={},
            jwks=key_set(jwk(SIGNER, kid=KID, d="AQ")),
        ),
        bad(
            "untrusted_chain",
            "key_of_1024_bits",
            kid,
            "maa-06",
            "A key that can be broken is not in the set, whatever the set says.",
            issuer_keys={ISSUER: key_set(jwk("rsa1024-ak", kid=KID), jwk(OTHER, kid="other"))},
        ),
        bad(
            "bad_signature",
            "other_key",
            "maa.signature",
            "maa-08",
            "The name of a good key, the signature of another.",
            forged,
        ),
        bad(
            "bad_signature",
            "named_key_signed_by_other",
            "maa.signature",
            "maa-08",
            "None of the named keys signed.",
            forged,
            issuer_keys={},
            named_keys={"signer.pem": keys.spki_pem(SIGNER)},
        ),
        bad(
            "bad_key",
            "key_set_with_a_curve",
            "maa.signature",
            "maa-08",
            "The kid names a key that cannot make RS256.",
            issuer_keys={ISSUER: key_set(ec_jwk("p256-ak") | {"kid": KID})},
        ),
        bad(
            "bad_signature",
            "other_kid_of_the_set",
            "maa.signature",
            "maa-08",
            "A key of the set, but not the one that signed.",
            token(head=header(kid="other")),
            issuer_keys={ISSUER: key_set(jwk(SIGNER, kid=KID), jwk(OTHER, kid="other"))},
        ),
        bad(
            "bad_signature",
            "payload_of_another_token",
            "maa.signature",
            "maa-08",
            "Claims of one token, signature of another.",
            f"{PARTS[0]}.{changed(jti='other').split('.')[1]}.{PARTS[2]}",
        ),
        bad(
            "bad_signature",
            "header_of_another_token",
            "maa.signature",
            "maa-08",
            "The header is signed too.",
            f"{b64url(compact_json(header(typ=None)))}.{PARTS[1]}.{PARTS[2]}",
        ),
        bad(
            "bad_signature",
            "payload_written_anew",
            "maa.signature",
            "maa-08",
            "The same values with other white space.",
            f"{PARTS[0]}.{b64url(json.dumps(aci(), indent=1).encode())}.{PARTS[2]}",
        ),
        bad(
            "bad_signature",
            "signature_of_one_byte",
            "maa.signature",
            "maa-08",
            "Too short.",
            f"{PARTS[0]}.{PARTS[1]}.AA",
        ),
        bad(
            "bad_signature",
            "signature_with_a_zero_in_front",
            "maa.signature",
            "maa-08",
            "257 bytes.",
            f"{PARTS[0]}.{PARTS[1]}.{b64url(bytes(1) + _signature())}",
        ),
        bad(
            "bad_signature",
            "sha384_called_rs256",
            "maa.signature",
            "maa-08",
            "Another hash than the header says.",
            sign(f"{PARTS[0]}.{PARTS[1]}", hash_name="sha384"),
        ),
    ]


def times() -> list[MaaCase]:
    """Valid from, valid until."""

    def bad(code: str, reason: str, name: str, check: str, comment: str, evidence: str) -> MaaCase:
        return refused(
            code, reason, f"maa.payload.{name}", check, comment, evidence, stage="verify"
        )

    return [
        bad(
            "expired",
            "at_exp",
            "exp",
            "maa-09",
            "On or after exp: the second itself.",
            changed(exp=NOW_S),
        ),
        bad(
            "expired",
            "one_second_late",
            "exp",
            "maa-09",
            "No skew is granted.",
            changed(exp=NOW_S - 1),
        ),
        bad("expired", "in_1970", "exp", "maa-09", "exp is 0.", changed(exp=0)),
        bad(
            "not_yet_valid",
            "nbf_beyond_the_skew",
            "nbf",
            "maa-10",
            "61 seconds ahead.",
            changed(nbf=NOW_S + 61),
        ),
        bad(
            "not_yet_valid",
            "iat_beyond_the_skew",
            "iat",
            "maa-10",
            "Made in the future.",
            changed(iat=NOW_S + 61),
        ),
        bad(
            "not_yet_valid",
            "nbf_in_9999",
            "nbf",
            "maa-10",
            "The last second there is.",
            changed(nbf=253402300799),
        ),
    ]


def signers() -> list[MaaCase]:
    """Evidence in the signing certificate."""

    def bad(code: str, reason: str, comment: str, oid: str, value: bytes) -> MaaCase:
        entry = {"kid": KID, "kty": "RSA", "x5c": x5c(certificate(extension=(oid, value)))}
        return refused(
            code,
            reason,
            "maa.signer.evidence",
            "maa-11",
            comment,
            GOOD,
            stage="verify",
            issuer_keys={ISSUER: key_set(entry)},
        )

    return [
        bad(
            "digest_mismatch",
            "quote_of_another_key",
            "The enclave held another key.",
            SGX_OID,
            sgx_evidence(OTHER),
        ),
        bad(
            "digest_mismatch",
            "report_of_another_key",
            "So did the virtual machine.",
            SNP_OID,
            snp_evidence(OTHER),
        ),
        bad(
            "digest_mismatch",
            "report_data_with_a_tail",
            "More than the key's hash.",
            SNP_OID,
            snp_evidence(tail=b"\1" * 32),
        ),
        bad(
            "unsupported_version",
            "evidence_of_type_3",
            "Not a remote report.",
            SGX_OID,
            sgx_evidence(type=3),
        ),
        bad(
            "unsupported_version",
            "quote_of_version_4",
            "Another layout.",
            SGX_OID,
            sgx_evidence(version=4),
        ),
        bad(
            "bad_length",
            "quote_longer_than_said",
            "A byte too many.",
            SGX_OID,
            sgx_evidence() + b"\0",
        ),
        bad(
            "bad_length",
            "quote_cut",
            "It ends before the report data does.",
            SGX_OID,
            sgx_evidence(cut=70),
        ),
        bad("truncated", "evidence_header_cut", "Seven bytes.", SGX_OID, sgx_evidence()[:7]),
        bad(
            "bad_length", "report_of_1183_bytes", "A byte short.", SNP_OID, snp_evidence(size=1183)
        ),
        bad(
            "bad_encoding",
            "report_in_another_string_type",
            "Not a UTF8String.",
            SNP_OID,
            b"\x04" + snp_evidence()[1:],
        ),
    ]


def cases() -> list[MaaCase]:
    """What is refused."""
    return trust() + times() + signers()
