"""Authentic tokens: every kind of evidence behind them, every way to trust their key."""

from __future__ import annotations

import hashlib
import json

from . import ca, keys
from .maa import (
    CERTIFICATE_HASH,
    HOSTDATA,
    ISSUER,
    KID,
    LAUNCH,
    NOW_S,
    OTHER,
    OTHER_ISSUER,
    SGX_OID,
    SIGNER,
    SNP_OID,
    MaaCase,
    aci,
    azurevm,
    certificate,
    changed,
    digest,
    header,
    jwk,
    key_set,
    ok,
    sgx,
    sgx_evidence,
    snp_evidence,
    tdx,
    token,
    trusted_launch,
    with_claims,
    x5c,
)

SIGNED = [f"maa-{n:02}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10)]
SIGNED_BY_CERTIFICATE = [f"maa-{n:02}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10)]


def spki(key_name: str) -> str:
    """SHA-256 of a key's SubjectPublicKeyInfo."""
    return hashlib.sha256(keys.spki_der(key_name)).hexdigest()


ACI = {
    "maa.iss": ISSUER,
    "maa.x-ms-attestation-type": "sevsnpvm",
    "maa.x-ms-compliance-status": "azure-compliant-uvm",
    "maa.x-ms-sevsnpvm-hostdata": HOSTDATA,
    "maa.x-ms-sevsnpvm-launchmeasurement": LAUNCH,
    "maa.x-ms-sevsnpvm-is-debuggable": False,
    "maa.x-ms-sevsnpvm-microcode-svn": 115,
    "maa.x-ms-runtime.certificate_hash": CERTIFICATE_HASH,
    "maa.x-ms-policy-hash": hashlib.sha256(b"policy").hexdigest(),
    "maa.iat": "2024-06-15T11:00:00Z",
    "maa.exp": "2024-06-15T19:00:00Z",
    "maa.signer.kid": KID,
    "maa.signer.spki_sha256": spki(SIGNER),
    "maa.signer.trust": "issuer_keys",
    "maa.signer.anchor": ISSUER,
    "common.debug": False,
    "common.tee_class": "token",
    "common.bound_data": bytes(range(32)).hex(),
    "common.valid_until": "2024-06-15T18:59:59Z",
}


def kinds() -> list[MaaCase]:
    """What the token is about, and the document it comes in."""
    nested = "maa.x-ms-isolation-tee."
    return [
        ok("container_group", "A confidential container group.", token(), ACI),
        ok(
            "answer_of_the_service",
            "The JSON object in which the service returns the token.",
            json.dumps({"token": token()}) + "\n",
            ACI,
        ),
        ok("line_feed_at_the_end", "A file as most tools write it.", token() + "\n", ACI),
        ok(
            "virtual_machine",
            "A confidential virtual machine: claims below x-ms-isolation-tee.",
            token(azurevm()),
            {
                "maa.secureboot": True,
                f"{nested}x-ms-attestation-type": "sevsnpvm",
                f"{nested}x-ms-sevsnpvm-launchmeasurement": LAUNCH,
                f"{nested}x-ms-sevsnpvm-vmpl": 0,
                f"{nested}x-ms-runtime.vm-configuration.secure-boot": True,
                f"{nested}x-ms-runtime.keys[0].kid": "HCLAkPub",
                "maa.x-ms-azurevm-attested-pcrs[]": 8,
                "maa.x-ms-azurevm-attested-pcrs[7]": 7,
                "maa.runtime_key.0": spki("rsa2048-other"),
                "common.debug": False,
                "common.bound_data": bytes(range(32)).hex(),
            },
        ),
        ok(
            "virtual_machine_open_to_debugging",
            "Authentic, and says that the host may debug it: a policy refuses that.",
            token(azurevm(**{"x-ms-sevsnpvm-is-debuggable": True})),
            {"common.debug": True},
        ),
        ok(
            "trusted_launch",
            "A virtual machine without isolation.",
            token(trusted_launch()),
            {"maa.secureboot": True, "common.debug": False},
        ),
        ok(
            "enclave",
            "An SGX enclave; the key in its runtime data is on P-256.",
            token(sgx()),
            {
                "maa.x-ms-sgx-mrenclave": digest("enclave"),
                "maa.x-ms-sgx-svn": 2,
                "maa.runtime_key.0": spki("p256-ak"),
                "common.debug": False,
            },
        ),
        ok(
            "trust_domain",
            "A TDX virtual machine.",
            token(tdx()),
            {
                "maa.tdx_mrtd": digest("domain", 48),
                "common.debug": False,
                "common.tcb_status": "UpToDate",
            },
        ),
        ok(
            "debug_domain",
            "One of two flags says that the host may debug.",
            token(tdx(dbgstat="enabled")),
            {"common.debug": True},
        ),
    ]


def claims() -> list[MaaCase]:
    """Types and names."""
    custom = {
        "text": "x",
        "number": 18446744073709551615,
        "flag": True,
        "a.b": 1,
        "list": [{"x": []}, "two"],
        "": "empty name",
        "signer": {"kid": "forged"},
        "null": None,
        "negative": -1,
        "fraction": 0.5,
    }
    body = aci() | custom
    jwk_form = {"jwk": jwk("rsa2048-ak", alg="RS256", use="sig")}
    signer = certificate("rsa2048-ak", "Auditor")
    x5c_form = {"kty": "RSA", "x5c": x5c(signer)}
    return [
        ok(
            "claims_of_any_name",
            "Members that nobody documents keep their type and get a name that is theirs alone.",
            token(body),
            {
                "maa.text": "x",
                "maa.number": 18446744073709551615,
                "maa.flag": True,
                "maa.a\\x2eb": 1,
                "maa.list[]": 2,
                "maa.list[0]{}": 1,
                "maa.list[0].x[]": 0,
                "maa.list[1]": "two",
                "maa.\\x": "empty name",
                "maa.\\x73igner.kid": "forged",
                "maa.signer.kid": KID,
            },
        ),
        ok(
            "policy_signer_around_a_jwk",
            "x-ms-policy-signer with a member jwk.",
            changed(x_ms_policy_signer=jwk_form),
            {"maa.policy_signer.spki_sha256": spki("rsa2048-ak")},
        ),
        ok(
            "policy_signer_with_certificate",
            "x-ms-policy-signer that is itself a JWK, with x5c.",
            changed(x_ms_policy_signer=x5c_form),
            {
                "maa.policy_signer.spki_sha256": spki("rsa2048-ak"),
                "maa.policy_signer.certificate_sha256": hashlib.sha256(signer.der).hexdigest(),
            },
        ),
        ok(
            "runtime_data_of_the_guest",
            "What the guest writes in another form is its own business, and no claim of ours.",
            changed(x_ms_runtime={"certificate_hash": "not hex", "nonce": 7, "keys": [7]}),
            {"maa.x-ms-runtime.keys[0]": 7},
        ),
        ok(
            "upper_case_digits",
            "Hexadecimal digits in either case are the same bytes.",
            changed(x_ms_sevsnpvm_hostdata=HOSTDATA.upper()),
            {"maa.x-ms-sevsnpvm-hostdata": HOSTDATA},
        ),
    ]


def trust() -> list[MaaCase]:
    """Why a key is believed."""
    root = ca.root("Test Attestation Root")
    issued = ca.issue(ISSUER, SIGNER, root, not_after="2025-06-01")
    in_set = key_set({"kid": KID, "kty": "RSA", "x5c": x5c(certificate())})
    evidence_sgx = certificate(extension=(SGX_OID, sgx_evidence()))
    evidence_snp = certificate(extension=(SNP_OID, snp_evidence()))
    return [
        ok(
            "key_set_of_numbers",
            "A key set with n and e instead of certificates.",
            token(),
            {"maa.signer.spki_sha256": spki(SIGNER)},
            issuer_keys={ISSUER: key_set(jwk(SIGNER, kid=KID, use="sig", alg="RS256"))},
        ),
        ok(
            "key_set_with_other_keys",
            "The kid picks one of several; keys of other kinds are left out.",
            token(),
            ACI,
            issuer_keys={
                ISSUER: key_set(
                    {"kty": "oct", "kid": "shared", "k": "AQ"},
                    jwk(OTHER, kid="other"),
                    jwk(SIGNER, kid=KID),
                )
            },
        ),
        ok(
            "key_sets_of_two_issuers",
            "Another issuer's set has another key of the same name: it is not asked.",
            token(),
            ACI,
            issuer_keys={
                OTHER_ISSUER: key_set(jwk(OTHER, kid=KID)),
                ISSUER: key_set(),
            },
        ),
        ok(
            "named_key",
            "The caller names the key itself; there is no key set.",
            token(),
            {"maa.signer.trust": "named_key", "maa.signer.anchor": "signer.pem"},
            issuer_keys={},
            named_keys={"other.pem": keys.spki_pem(OTHER), "signer.pem": keys.spki_pem(SIGNER)},
        ),
        ok(
            "named_key_in_a_key_set",
            "The key set came along; the caller named the key that it says.",
            token(),
            {"maa.signer.trust": "named_key"},
            issuer_keys={},
            named_keys={"signer.pem": keys.spki_pem(SIGNER)},
            jwks=in_set,
        ),
        ok(
            "self_issued_certificate_is_the_anchor",
            "The key set came along; the caller trusts the certificate in it.",
            token(),
            {"maa.signer.trust": "certificate"},
            SIGNED_BY_CERTIFICATE,
            issuer_keys={},
            anchors=certificate().pem.encode(),
            jwks=in_set,
        ),
        ok(
            "certificate_under_a_root",
            "The key's certificate leads to a root of the caller's.",
            token(),
            {"maa.signer.trust": "certificate", "common.valid_until": "2024-06-15T18:59:59Z"},
            SIGNED_BY_CERTIFICATE,
            issuer_keys={},
            anchors=root.pem.encode(),
            jwks=key_set({"kid": KID, "kty": "RSA", "x5c": x5c(issued)}),
        ),
        ok(
            "sgx_quote_in_the_certificate",
            "Evidence of the signing enclave names this key.",
            token(),
            {"maa.signer.evidence": "sgx"},
            [*SIGNED, "maa-11"],
            issuer_keys={ISSUER: key_set({"kid": KID, "kty": "RSA", "x5c": x5c(evidence_sgx)})},
        ),
        ok(
            "snp_report_in_the_certificate",
            "The newer form of the same.",
            token(),
            {"maa.signer.evidence": "snp"},
            [*SIGNED, "maa-11"],
            issuer_keys={ISSUER: key_set({"kid": KID, "kty": "RSA", "x5c": x5c(evidence_snp)})},
        ),
    ]


def edges() -> list[MaaCase]:
    """Headers and times that just pass."""
    return [
        ok("without_jku", "The address of the keys may be missing.", token(head=header(jku=None))),
        ok("without_typ", "So may the type.", token(head=header(typ=None))),
        ok(
            "last_second",
            "One second before exp.",
            changed(exp=NOW_S + 1),
            {"common.valid_until": "2024-06-15T12:00:00Z"},
        ),
        ok(
            "clock_a_minute_ahead",
            "The skew that is granted.",
            changed(nbf=NOW_S + 60, iat=NOW_S + 60),
        ),
        ok(
            "kid_is_opaque",
            "A name with dots, slashes and quotes is only a name.",
            token(head=header(kid='../"a\\b" OR 1=1')),
            issuer_keys={ISSUER: key_set(jwk(SIGNER, kid='../"a\\b" OR 1=1'))},
        ),
        ok(
            "white_space_in_the_payload",
            "What is signed is the text, however it is written.",
            token(json.dumps(with_claims(aci()), indent=2).encode()),
            ACI,
        ),
    ]


def cases() -> list[MaaCase]:
    """What is accepted."""
    return kinds() + claims() + trust() + edges()
