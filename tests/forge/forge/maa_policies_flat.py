"""Flat files of claims."""

from __future__ import annotations

import hashlib
import json

from .maa import (
    CERTIFICATE_HASH,
    HOSTDATA,
    ISSUER,
    OTHER_ISSUER,
    MaaCase,
    aci,
    b64url,
    certificate,
    changed,
    token,
    x5c,
)
from .maa_policy import (
    NONCE,
    bad,
    flat,
    ok,
    own,
    refused,
    signer_shapes,
)


def cases() -> list[MaaCase]:
    """Flat files."""
    without = {k: v for k, v in flat().items() if k != "iss"}
    runtime = {"certificate_hash": CERTIFICATE_HASH, "nonce": NONCE.hex()}
    policy_hash = b64url(hashlib.sha256(b"policy").digest())
    out = [
        ok("claim_file", "Every member is equal.", {"claims.json": flat()}),
        ok(
            "claim_files_of_two",
            "The issuer in a file of its own.",
            {"claims.json": without, "issuer.json": {"iss": ISSUER}},
        ),
        ok(
            "claim_file_with_an_object",
            "Equal as a whole.",
            {"claims.json": flat(x_ms_runtime=runtime)},
        ),
        ok(
            "claim_file_with_policy_hash",
            "As the service writes it.",
            {"claims.json": flat(x_ms_policy_hash=policy_hash)},
        ),
        ok(
            "claim_file_in_capitals",
            "Hexadecimal digits in the other case are the same bytes.",
            {"claims.json": flat(x_ms_sevsnpvm_hostdata=HOSTDATA.upper())},
        ),
        refused(
            "claim_file_other_host_data",
            "One digit.",
            {
                "claims.json": flat(
                    x_ms_sevsnpvm_hostdata="0" + HOSTDATA[1:]
                    if HOSTDATA[0] != "0"
                    else "1" + HOSTDATA[1:]
                )
            },
            claims=["maa.x-ms-sevsnpvm-hostdata"],
        ),
        refused(
            "claim_file_other_issuer",
            "Another instance.",
            {"claims.json": flat(iss=OTHER_ISSUER)},
            claims=["maa.iss"],
        ),
        refused(
            "claim_file_other_status",
            "Not the container platform.",
            {"claims.json": flat()},
            changed(x_ms_compliance_status="azure-compliant-cvm"),
            claims=["maa.x-ms-compliance-status"],
        ),
        refused(
            "claim_file_status_missing",
            "The service does not say.",
            {"claims.json": flat()},
            changed(x_ms_compliance_status=None),
            claims=["maa.x-ms-compliance-status"],
        ),
        refused(
            "claim_file_object_with_less",
            "A member of the object is missing in the file.",
            {"claims.json": flat(x_ms_runtime={"nonce": NONCE.hex()})},
            claims=["maa.x-ms-runtime{}"],
        ),
        refused(
            "claim_file_object_with_more",
            "A member of the object is missing in the token.",
            {"claims.json": flat(x_ms_runtime=runtime | {"x": 1})},
            claims=["maa.x-ms-runtime{}", "maa.x-ms-runtime.x"],
        ),
        refused(
            "claim_file_number_as_text",
            "Types matter.",
            {"claims.json": flat(custom="5")},
            token(aci() | {"custom": 5}),
            claims=["maa.custom"],
        ),
        refused(
            "claim_file_other_policy_hash",
            "Another policy.",
            {"claims.json": flat(x_ms_policy_hash=policy_hash)},
            changed(x_ms_policy_hash=b64url(hashlib.sha256(b"other").digest())),
            claims=["maa.x-ms-policy-hash"],
        ),
        bad(
            "claim_file_without_issuer",
            "It would believe any instance.",
            "claims.json: accept[0].require",
            {"claims.json": without},
        ),
        bad(
            "claim_file_debug_as_text",
            "The flag is no text.",
            "claims.json: x-ms-sevsnpvm-is-debuggable",
            {"claims.json": flat(x_ms_sevsnpvm_is_debuggable="false")},
        ),
        bad(
            "claim_file_host_data_cut",
            "63 digits.",
            "claims.json: x-ms-sevsnpvm-hostdata",
            {"claims.json": flat(x_ms_sevsnpvm_hostdata=HOSTDATA[:-1])},
        ),
        bad(
            "claim_file_twice",
            "A member twice.",
            "claims.json",
            {"claims.json": json.dumps(flat())[:-1].encode() + b', "iss": "https://evil.example"}'},
        ),
        bad(
            "claim_file_and_our_own",
            "No plain meaning together.",
            "policy.json",
            {"claims.json": flat(), "policy.json": own()},
        ),
    ]
    signer = signer_shapes()
    for here, there in (
        ("numbers", "jwk_certificate"),
        ("certificate", "numbers"),
        ("jwk_numbers", "certificate"),
        ("jwk_certificate", "jwk_numbers"),
    ):
        out.append(
            ok(
                f"policy_signer_{here}_{there}",
                "One key, whichever shape file and token have.",
                {"claims.json": flat(x_ms_policy_signer=signer[here], x_ms_sevsnpvm_hostdata=None)},
                changed(x_ms_policy_signer=signer[there]),
            )
        )
    other = {"kty": "RSA", "x5c": x5c(certificate("rsa2048-other", "Auditor"))}
    wanted = {"claims.json": flat(x_ms_policy_signer=signer["certificate"])}
    place = ["maa.policy_signer.spki_sha256"]
    mixed = signer["numbers"] | {"x5c": other["x5c"]}
    out += [
        refused(
            "policy_signer_of_one_name",
            "Another key under a certificate of the same name.",
            wanted,
            changed(x_ms_policy_signer=other),
            claims=place,
        ),
        refused(
            "policy_signer_missing", "The instance's policy is not signed.", wanted, claims=place
        ),
        refused(
            "policy_signer_of_two_keys",
            "Numbers of the one, certificate of the other.",
            wanted,
            changed(x_ms_policy_signer=mixed),
            claims=place,
        ),
        refused(
            "policy_signer_is_a_text",
            "No key.",
            wanted,
            changed(x_ms_policy_signer="auditor"),
            claims=place,
        ),
        bad(
            "policy_signer_is_no_key",
            "Three bytes.",
            "claims.json: x-ms-policy-signer",
            {"claims.json": flat(x_ms_policy_signer={"kty": "RSA", "x5c": ["AQID"]})},
        ),
        bad(
            "policy_signer_of_two_keys",
            "Which of them?",
            "claims.json: x-ms-policy-signer",
            {"claims.json": flat(x_ms_policy_signer=mixed)},
        ),
    ]
    return out
