"""Authentic evidence that a policy refuses, each by its check."""

from __future__ import annotations

from . import ca, wire
from .case import Bundle, Case
from .policies import (
    CA_PEM,
    DISK,
    NONCE,
    PCR15,
    ROOTHASH,
    ZEROS,
    alternative,
    blindllama_files,
    boot,
    caddy,
    extended,
    pcr15,
    policy,
    refused,
    service,
)
from .wire import Selection


def cases() -> list[Case]:
    """What is refused, each by its check."""
    crlf = caddy().replace("\n", "\r\n")
    other_ca = caddy("p256-other")
    hashed_ca = wire.digest("sha256", caddy().encode())
    good = policy(alternative())
    only_registers = policy(alternative(replay=None, bind=None, require=boot()))
    eight = Bundle(selections=[Selection("sha256", tuple(range(8)))])
    ended_ca = caddy(not_after="2024-06-01")
    leaf_pem = ca.issue("Caddy Local Authority", "p256-caddy", not_after="2034-01-01").pem
    sha1 = Bundle(selections=[Selection("sha1", tuple(range(16)))])
    late = "2024-06-15T12:00:01Z"
    both_tls = ["policy-03", "policy-04", "policy-08"]
    return [
        refused(
            "other_register_value",
            "PCR 4 holds another kernel.",
            ["policy-03"],
            policy(alternative(require=boot(pcr4=b"\x11" * 32))),
            failed_claims=["tpm.pcr.sha256.4"],
        ),
        refused(
            "register_not_quoted",
            "The policy looks at PCR 12, which was not quoted.",
            ["policy-03"],
            only_registers,
            eight,
            failed_claims=["tpm.pcr.sha256.12", "tpm.pcr.sha256.13"],
        ),
        refused(
            "register_of_other_bank",
            "Only SHA-1 registers were quoted.",
            ["policy-03"],
            only_registers,
            sha1,
        ),
        refused(
            "no_register_values",
            "The values did not come with the quote.",
            ["policy-03"],
            only_registers,
            Bundle(with_pcrs=False),
        ),
        refused(
            "counter_below",
            "The machine was reset less often than the policy says.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.reset_count": {"at_least": 3}})),
            failed_claims=["tpm.reset_count"],
        ),
        refused(
            "counter_above",
            "The machine was suspended.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.restart_count": {"at_most": 0}})),
            service(attest={"restart_count": 1}),
            failed_claims=["tpm.restart_count"],
        ),
        refused(
            "firmware_version",
            "Another firmware of the TPM.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.firmware_version": {"equals": 1}})),
            failed_claims=["tpm.firmware_version"],
        ),
        refused(
            "clock_not_safe",
            "The clock may have gone back.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.clock_safe": {"equals": True}})),
            service(attest={"safe": 0}),
            failed_claims=["tpm.clock_safe"],
        ),
        refused(
            "no_event_log",
            "The policy wants to know what a log would say; there is none.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.event_log.secure_boot": {"equals": True}})),
            failed_claims=["tpm.event_log.secure_boot"],
        ),
        refused(
            "other_key",
            "The policy names one attestation key.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.ak.spki_sha256": {"equals": "33" * 32}})),
            failed_claims=["tpm.ak.spki_sha256"],
        ),
        refused(
            "certificate_too_old",
            "The AK's certificate began more than a day ago.",
            ["policy-03"],
            policy(alternative(require=boot() | {"tpm.ak.not_before": {"max_age_s": 86400}})),
            failed_claims=["tpm.ak.not_before"],
        ),
        # T15: the chain of PCR 15.
        refused(
            "pcr15_order_swapped",
            "CA first, disk last.",
            both_tls,
            good,
            service(register=extended(hashed_ca, ZEROS, ROOTHASH)),
            failed_claims=[DISK, PCR15, CA_PEM],
        ),
        refused(
            "pcr15_sentinel_omitted",
            "Disk and CA with nothing between.",
            both_tls,
            good,
            service(register=extended(ROOTHASH, hashed_ca)),
        ),
        refused(
            "pcr15_ca_never_extended",
            "The quote was made before the CA existed.",
            both_tls,
            good,
            service(register=extended(ROOTHASH, ZEROS)),
        ),
        refused(
            "pcr15_extended_once_more",
            "Something more was extended.",
            both_tls,
            good,
            service(register=extended(ROOTHASH, ZEROS, hashed_ca, ZEROS)),
        ),
        refused("pcr15_zero", "Nothing was extended.", both_tls, good, service(register=ZEROS)),
        refused(
            "pcr15_ca_unhashed_text",
            "The text was extended as if it were a digest.",
            both_tls,
            good,
            service(register=extended(ROOTHASH, ZEROS, caddy().encode()[:32])),
        ),
        refused(
            "root_ca_with_crlf",
            "The CA's line ends were changed on the way.",
            both_tls,
            good,
            service(rootca=crlf, register=pcr15(caddy())),
        ),
        refused(
            "root_ca_without_last_newline",
            "The last line end was lost on the way.",
            both_tls,
            good,
            service(rootca=caddy().rstrip("\n"), register=pcr15(caddy())),
        ),
        refused(
            "root_ca_of_another",
            "The CA of another deployment.",
            both_tls,
            good,
            service(rootca=other_ca, register=pcr15(caddy())),
        ),
        refused(
            "root_ca_missing",
            "No CA came along.",
            both_tls,
            good,
            service(supplied={"application_disk_roothash": ROOTHASH.hex()}),
        ),
        refused(
            "roothash_missing",
            "No root hash came along.",
            both_tls,
            good,
            service(supplied={"webserver_rootca": caddy()}),
        ),
        refused(
            "roothash_of_another",
            "Another application disk, honestly told.",
            ["policy-03"],
            good,
            service(roothash=b"\x44" * 32, register=pcr15(caddy(), b"\x44" * 32)),
            failed_claims=[DISK],
        ),
        refused(
            "roothash_lied_about",
            "Another application disk, told to be ours.",
            both_tls,
            good,
            service(register=pcr15(caddy(), b"\x44" * 32)),
        ),
        refused(
            "pcr15_in_a_shorter_quote",
            "PCR 15 was not quoted.",
            both_tls,
            good,
            service(selections=[Selection("sha256", tuple(range(15)))]),
        ),
        refused(
            "root_ca_ended",
            "The CA that the register binds has ended.",
            ["policy-08"],
            good,
            service(rootca=ended_ca),
            failed_claims=[CA_PEM],
        ),
        refused(
            "root_ca_is_no_ca",
            "The register binds a certificate that is no CA's.",
            ["policy-08"],
            good,
            service(rootca=leaf_pem),
            failed_claims=[CA_PEM],
        ),
        refused(
            "root_ca_is_two",
            "The register binds a text with two CAs.",
            ["policy-08"],
            good,
            service(rootca=caddy() + other_ca),
            failed_claims=[CA_PEM],
        ),
        refused(
            "root_ca_is_text",
            "The register binds a text that is no PEM.",
            ["policy-08"],
            good,
            service(rootca="trust me\n"),
            failed_claims=[CA_PEM],
        ),
        refused(
            "nonce_other",
            "Evidence made for another nonce.",
            ["policy-06"],
            good,
            service(nonce=bytes(32)),
            nonce=NONCE,
        ),
        refused(
            "nonce_missing_in_evidence",
            "A nonce was sent; the evidence has none.",
            ["policy-06"],
            good,
            nonce=NONCE,
        ),
        refused(
            "nonce_not_sent",
            "The policy demands a nonce; none was sent.",
            ["policy-06"],
            policy(alternative(bind={"nonce": {"claim": "tpm.extra_data"}})),
            service(nonce=NONCE),
        ),
        refused(
            "nonce_prefix",
            "The nonce and more behind it.",
            ["policy-06"],
            good,
            service(nonce=NONCE + b"\0"),
            nonce=NONCE,
        ),
        refused(
            "nonce_cut",
            "The nonce's first bytes.",
            ["policy-06"],
            good,
            service(nonce=NONCE[:16]),
            nonce=NONCE,
        ),
        refused(
            "policy_expired",
            "The alternative ended a second ago.",
            ["policy-02"],
            policy(alternative(expires="2024-06-15T12:00:00Z")),
            now=late,
        ),
        refused(
            "sha1_registers_only",
            "BlindLlama's files, and registers of the SHA-1 bank only.",
            both_tls,
            blindllama_files(),
            service(selections=[Selection("sha1", tuple(range(16)))]),
        ),
        refused(
            "blindllama_pcr_0",
            "BlindLlama's files: PCR 0 is another firmware.",
            ["policy-03"],
            blindllama_files(pcr0="55" * 32),
            failed_claims=["tpm.pcr.sha256.0"],
        ),
        refused(
            "blindllama_roothash",
            "BlindLlama's files: another application disk.",
            ["policy-03"],
            blindllama_files(b"\x66" * 32),
            failed_claims=[DISK],
        ),
        refused(
            "both_alternatives",
            "Two alternatives, neither holds; the closer one is reported.",
            ["policy-03"],
            policy(
                alternative(label="far", require=boot(pcr0=ZEROS, pcr4=ZEROS[:-1] + b"\1")),
                alternative(label="near", require=boot(pcr4=ZEROS[:-1] + b"\1")),
            ),
            failed_claims=["tpm.pcr.sha256.4"],
        ),
    ]
