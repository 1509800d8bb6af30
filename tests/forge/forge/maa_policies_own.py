"""Policies of our own form for tokens."""

from __future__ import annotations

from .maa import (
    CERTIFICATE_HASH,
    HOSTDATA,
    ISSUER,
    LAUNCH,
    OTHER_ISSUER,
    MaaCase,
    aci,
    azurevm,
    changed,
    digest,
    sgx,
    token,
)
from .maa_policy import (
    NONCE,
    bad,
    ok,
    own,
    refused,
)


def cases() -> list[MaaCase]:
    """Our own form."""
    nested = "maa.x-ms-isolation-tee."
    cvm = own(
        require={
            "maa.iss": {"one_of": [ISSUER, OTHER_ISSUER]},
            nested + "x-ms-sevsnpvm-launchmeasurement": {"equals": LAUNCH},
            nested + "x-ms-sevsnpvm-microcode-svn": [{"at_least": 100}, {"none_of": [114, 116]}],
            "maa.secureboot": {"equals": True},
        },
        bind=None,
    )
    enclave = {
        "require": {
            "maa.iss": {"equals": ISSUER},
            "maa.x-ms-sgx-mrenclave": {"equals": digest("enclave")},
        },
        "bind": {"tls_key": {"claim": "maa.runtime_key.0", "form": "spki_sha256"}},
    }
    young = own(bind=None)
    young["accept"][0]["require"]["maa.iat"] = {"max_age_s": 3600}
    hasty = own(bind=None)
    hasty["accept"][0]["require"]["maa.iat"] = {"max_age_s": 3599}
    trusted = {"policy.json": own()}
    return [
        ok(
            "policy_with_key_and_nonce",
            "Certificate and nonce of the runtime data are bound.",
            trusted,
            nonce=NONCE,
        ),
        ok(
            "policy_for_a_virtual_machine",
            "Claims below x-ms-isolation-tee.",
            {"policy.json": cvm},
            token(azurevm()),
        ),
        ok(
            "policy_with_a_runtime_key",
            "The TLS key stands in the runtime data itself.",
            {"policy.json": own(**enclave)},
            token(sgx()),
        ),
        ok("policy_with_an_age", "Made exactly an hour ago.", {"policy.json": young}),
        refused(
            "too_old",
            "Made an hour ago, a second too long.",
            {"policy.json": hasty},
            claims=["maa.iat"],
        ),
        refused(
            "other_nonce",
            "The nonce of another request.",
            trusted,
            nonce=bytes(32),
            failed=["policy-06"],
        ),
        refused(
            "no_nonce_in_the_token",
            "The guest put none into its runtime data.",
            trusted,
            changed(x_ms_runtime={"certificate_hash": CERTIFICATE_HASH}),
            nonce=NONCE,
            failed=["policy-06"],
        ),
        refused(
            "no_certificate_in_the_token",
            "The token names no TLS certificate.",
            trusted,
            changed(x_ms_runtime={"nonce": NONCE.hex()}),
            nonce=NONCE,
            failed=["policy-08"],
        ),
        refused(
            "certificate_of_zeros",
            "A field that nobody filled.",
            trusted,
            changed(x_ms_runtime={"nonce": NONCE.hex(), "certificate_hash": "0" * 64}),
            nonce=NONCE,
            failed=["policy-08"],
        ),
        refused(
            "default_vmpl",
            "A policy that says nothing of the privilege level accepts 0 alone.",
            {"policy.json": own(bind=None)},
            changed(x_ms_sevsnpvm_vmpl=1),
            claims=["maa.x-ms-sevsnpvm-vmpl"],
        ),
        refused(
            "default_migration",
            "A policy that says nothing of migration agents.",
            {"policy.json": own(bind=None)},
            changed(x_ms_sevsnpvm_migration_allowed=True),
            claims=["maa.x-ms-sevsnpvm-migration-allowed"],
        ),
        bad(
            "registers_without_mrtd",
            "Any firmware can extend these as it likes.",
            "policy.json: accept[0].require",
            {
                "policy.json": own(
                    bind=None,
                    require={
                        "maa.iss": {"equals": ISSUER},
                        "maa.tdx_rtmr1": {"equals": "11" * 48},
                    },
                )
            },
        ),
        bad(
            "tls_key_of_the_host",
            "The host chooses the host data.",
            "policy.json: accept[0].bind.tls_key.claim",
            {
                "policy.json": own(
                    bind={"tls_key": {"form": "spki_sha256", "claim": "maa.x-ms-sevsnpvm-hostdata"}}
                )
            },
        ),
        refused(
            "debug_guest",
            "The host may debug it.",
            {"policy.json": own(bind=None)},
            changed(x_ms_sevsnpvm_is_debuggable=True),
            failed=["policy-05"],
            claims=["common.debug"],
        ),
        refused(
            "debug_not_said",
            "The flag is not there.",
            {"policy.json": own(bind=None)},
            changed(x_ms_sevsnpvm_is_debuggable=None),
            failed=["policy-05"],
            claims=["common.debug"],
        ),
        refused(
            "isolation_removed",
            "The subtree that the policy speaks of is not there.",
            {"policy.json": cvm},
            token({k: v for k, v in azurevm().items() if k != "x-ms-isolation-tee"}),
        ),
        refused(
            "isolation_at_the_top",
            "The same claims in another place.",
            {"policy.json": cvm},
            token(aci()),
        ),
        refused(
            "isolation_open_to_debugging",
            "The inner flag says so.",
            {"policy.json": cvm},
            token(azurevm(**{"x-ms-sevsnpvm-is-debuggable": True})),
            failed=["policy-05"],
        ),
        refused(
            "isolation_debug_not_said",
            "The inner flag is missing, the outer ones are not.",
            {"policy.json": cvm},
            token(azurevm(**{"x-ms-sevsnpvm-is-debuggable": None})),
            failed=["policy-05"],
        ),
        refused(
            "other_family",
            "A policy for quotes of a TPM.",
            {
                "policy.json": {
                    "version": 1,
                    "accept": [
                        {"family": "tpm", "require": {"tpm.pcr.sha256.4": {"equals": "11" * 32}}}
                    ],
                }
            },
            failed=["policy-01"],
        ),
        bad(
            "believes_anybody",
            "No issuer is named.",
            "policy.json: accept[0].require",
            {
                "policy.json": own(
                    require={"maa.x-ms-sgx-mrenclave": {"equals": digest("enclave")}}, bind=None
                )
            },
        ),
        bad(
            "issuer_merely_present",
            "Any issuer would do.",
            "policy.json: accept[0].require",
            {
                "policy.json": own(
                    require={
                        "maa.iss": {"present": True},
                        "maa.x-ms-sgx-mrenclave": {"equals": digest("enclave")},
                    },
                    bind=None,
                )
            },
        ),
        bad(
            "host_data_alone",
            "Nothing says what enforces it.",
            "policy.json: accept[0].require",
            {
                "policy.json": own(
                    require={
                        "maa.iss": {"equals": ISSUER},
                        "maa.x-ms-sevsnpvm-hostdata": {"equals": HOSTDATA},
                    },
                    bind=None,
                )
            },
        ),
        bad(
            "signer_alone",
            "MRSIGNER says who, not what.",
            "policy.json: accept[0].require",
            {
                "policy.json": own(
                    require={
                        "maa.iss": {"equals": ISSUER},
                        "maa.x-ms-sgx-mrsigner": {"equals": digest("signer")},
                    },
                    bind=None,
                )
            },
        ),
        bad(
            "nothing_but_an_issuer",
            "Any software would do.",
            "policy.json: accept[0].require",
            {"policy.json": own(require={"maa.iss": {"equals": ISSUER}}, bind=None)},
        ),
        bad(
            "key_in_a_vendor_claim",
            "The signing key is not the service's.",
            "policy.json: accept[0].bind.tls_key.claim",
            {
                "policy.json": own(
                    bind={"tls_key": {"claim": "maa.signer.spki_sha256", "form": "spki_sha256"}}
                )
            },
        ),
    ]
