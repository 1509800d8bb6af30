"""Authentic evidence before a policy: what is accepted, what is refused, and bad policies."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from . import ca, eventlog, wire
from .case import Bundle, Case
from .wire import Selection

ROOTHASH = wire.digest("sha256", b"application disk")
DISK = "tpm.supplied.application_disk_roothash"
CA_PEM = "tpm.supplied.webserver_rootca"
PCR15 = "tpm.pcr.sha256.15"
NONCE = bytes(range(32))
ZEROS = bytes(32)
EVIDENCE_CHECKS = ["tpm-04", "tpm-07", "tpm-10"]


def caddy(key_name: str = "p256-caddy", **more: Any) -> str:
    """The PEM of the CA that a service made for itself."""
    options: dict[str, Any] = {"not_before": "2024-01-01", "not_after": "2034-01-01", **more}
    return ca.root("Caddy Local Authority", key_name, **options).pem


def extended(*steps: bytes, bank: str = "sha256") -> bytes:
    """A register after these extends."""
    value = bytes(wire.digest_size(bank))
    for step in steps:
        value = wire.extend(bank, value, step)
    return value


def pcr15(rootca: str, roothash: bytes = ROOTHASH) -> bytes:
    """PCR 15 as a BlindLlama server leaves it: disk, sentinel, CA."""
    return extended(roothash, ZEROS, wire.digest("sha256", rootca.encode()))


def service(
    rootca: str | None = None,
    register: bytes | None = None,
    roothash: bytes = ROOTHASH,
    supplied: dict[str, str] | None = None,
    **more: Any,
) -> Bundle:
    """A BlindLlama-like service: boot registers, PCR 15, and what came along."""
    rootca = caddy() if rootca is None else rootca
    bundle = Bundle(**{"form": "marshaled", **more})
    for index in (12, 13):
        bundle.registers.set("sha256", index, ZEROS)
    bundle.registers.set("sha256", 15, pcr15(rootca) if register is None else register)
    bundle.supplied = (
        {"webserver_rootca": rootca, "application_disk_roothash": roothash.hex()}
        if supplied is None
        else supplied
    )
    return bundle


def boot(**changes: bytes) -> dict[str, Any]:
    """Requirements on the boot registers, as they are unless changed ("pcr4=…")."""
    registers = service().registers
    return {
        f"tpm.pcr.sha256.{i}": {"equals": changes.get(f"pcr{i}", registers.get("sha256", i)).hex()}
        for i in (0, 1, 2, 3, 4, 12, 13)
    }


def replay(*steps: dict[str, str]) -> dict[str, Any]:
    """A replay of PCR 15; BlindLlama's unless steps are given."""
    usual = ({"claim": DISK}, {"digest": ZEROS.hex()}, {"digest_of": CA_PEM})
    return {PCR15: list(steps or usual)}


def alternative(**changes: Any) -> dict[str, Any]:
    """A good alternative, with members changed, or removed by None."""
    out: dict[str, Any] = {
        "family": "tpm",
        "label": "test release",
        "require": boot() | {DISK: {"equals": ROOTHASH.hex()}},
        "replay": replay(),
        "bind": {"tls_key": {"claim": CA_PEM, "form": "root_ca_pem"}},
    }
    out.update(changes)
    return {key: value for key, value in out.items() if value is not None}


def policy(*alternatives: dict[str, Any], **changes: Any) -> bytes:
    """A policy file."""
    document: dict[str, Any] = {"version": 1, "accept": list(alternatives), **changes}
    return (json.dumps(document, indent=1) + "\n").encode()


ALWAYS = ["policy-01", "policy-03", "policy-05", "policy-07", "policy-09"]


def ok(
    name: str,
    comment: str,
    files: dict[str, bytes] | bytes,
    bundle: Bundle | None = None,
    checks: list[str] | None = None,
    **more: Any,
) -> Case:
    """Evidence that the policy accepts."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    expect = {"stage": "appraise", "verdict": "accepted", "claims": more.pop("claims", {})}
    text = more.pop("evidence", None) or (bundle or service()).text()
    return Case(
        f"policy/ok--{name}",
        comment,
        text,
        expect,
        [*ALWAYS, *(checks or [])],
        policy=named,
        **more,
    )


def refused(
    name: str,
    comment: str,
    failed: list[str],
    files: dict[str, bytes] | bytes,
    bundle: Bundle | None = None,
    **more: Any,
) -> Case:
    """Evidence that the policy refuses, by exactly these checks."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    expect = {"stage": "appraise", "verdict": "refused", "failed_checks": failed}
    if "failed_claims" in more:
        expect["failed_claims"] = more.pop("failed_claims")
    text = more.pop("evidence", None) or (bundle or service()).text()
    return Case(f"policy/refused--{name}", comment, text, expect, failed, policy=named, **more)


@cache
def small_evidence() -> str:
    """Good evidence that is short: these policies are refused before anybody looks at it."""
    root = ca.root("Test EC Root", "p384-root")
    return Bundle(
        ak="p256-ak",
        scheme="ecdsa",
        certificates=[ca.ak(root, "p256-ak")],
        form="values",
        selections=[Selection("sha256", (0, 1))],
    ).text()


def bad(
    name: str, comment: str, path: str, files: dict[str, bytes] | bytes, where: str = ""
) -> Case:
    """A policy that does not load."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    if not where:
        where = f"{', '.join(named)}: {path}" if path else ", ".join(named)
    expect = {"stage": "policy", "code": "bad_policy", "where": where}
    return Case(
        f"policy/bad_policy--{name}",
        comment,
        small_evidence(),
        expect,
        [],
        policy=named,
        anchors=ca.root("Test EC Root", "p384-root").pem.encode(),
    )


BLINDLLAMA_MEASUREMENTS = {
    str(i): boot()[f"tpm.pcr.sha256.{i}"]["equals"] for i in (0, 1, 2, 3, 4, 12, 13)
}


def blindllama_files(roothash: bytes = ROOTHASH, **measurements: str) -> dict[str, bytes]:
    """measurements_azure.json and application.json."""
    table = BLINDLLAMA_MEASUREMENTS | {
        key.removeprefix("pcr"): v for key, v in measurements.items()
    }
    return {
        "measurements_azure.json": json.dumps({"measurements": table}, indent=4).encode(),
        "application.json": json.dumps(
            {"application_disk_roothash": roothash.hex()}, indent=4
        ).encode(),
    }


def accepted_cases() -> list[Case]:
    """What is accepted."""
    other_release = alternative(label="older", require=boot(pcr4=b"\x11" * 32))
    register_only = alternative(replay=None, bind=None, require=boot())
    log = eventlog.boot_log(["sha256"])
    logged = Bundle(selections=[Selection("sha256", tuple(range(8)))]).use_log(log)
    seven = {
        f"tpm.pcr.sha256.{i}": {"equals": logged.registers.get("sha256", i).hex()} for i in range(8)
    }
    long = Bundle(selections=[Selection("sha384", (0, 4, 7))])
    bank384 = {
        f"tpm.pcr.sha384.{i}": {"equals": long.registers.get("sha384", i).hex()} for i in (0, 4, 7)
    }
    document = json.dumps(service(form="serialized").blindllama(caddy(), ROOTHASH.hex())) + "\n"
    return [
        ok(
            "own_form",
            "Registers, replay and TLS key, in our own form.",
            policy(alternative()),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "blindllama_files",
            "The files BlindLlama's client ships.",
            blindllama_files(),
            evidence=document,
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "registers_only",
            "No replay, no key: enough to verify, not to open a session.",
            policy(register_only),
        ),
        ok(
            "second_alternative",
            "The first alternative does not hold, the second does.",
            policy(other_release, alternative()),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "one_of_two_values",
            "A register may have one of two values.",
            policy(
                alternative(
                    require=boot()
                    | {
                        "tpm.pcr.sha256.4": {
                            "one_of": ["22" * 32, service().registers.get("sha256", 4).hex()]
                        }
                    }
                )
            ),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "nonce",
            "The nonce that was sent stands in the evidence.",
            policy(alternative()),
            service(nonce=NONCE),
            ["policy-04", "policy-06", "policy-08"],
            nonce=NONCE,
            claims={"common.bound_data": NONCE.hex()},
        ),
        ok(
            "nonce_bound_by_policy",
            "The policy says where the nonce stands.",
            policy(alternative(bind={"nonce": {"claim": "tpm.extra_data"}})),
            service(nonce=NONCE),
            ["policy-04", "policy-06"],
            nonce=NONCE,
        ),
        ok(
            "expires_this_second",
            "An alternative holds through its last second.",
            policy(alternative(expires="2024-06-15T12:00:00Z")),
            checks=["policy-02", "policy-04", "policy-08"],
        ),
        ok(
            "numbers",
            "Bounds for counters.",
            policy(
                alternative(
                    require=boot()
                    | {
                        "tpm.reset_count": {"at_least": 2},
                        "tpm.restart_count": {"at_most": 0},
                        "tpm.firmware_version": {"equals": 0x2020031200120003},
                    }
                )
            ),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "with_event_log",
            "All of the firmware's registers, and a log that explains them.",
            policy(alternative(require=seven, replay=None, bind=None)),
            logged,
        ),
        ok(
            "sha384_bank",
            "Registers of 48 bytes.",
            policy(alternative(require=bank384, replay=None, bind=None)),
            long,
        ),
        ok(
            "any_measurement",
            "Whoever writes it down may accept any software.",
            policy(alternative(require={}, replay=None, bind=None, dangerous_any_measurement=True)),
        ),
        ok(
            "root_ca_with_crlf",
            "PEM with CRLF, extended as it stands.",
            policy(alternative()),
            service(rootca=caddy().replace("\n", "\r\n")),
            ["policy-04", "policy-08"],
        ),
    ]


def refused_cases() -> list[Case]:
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


def bad_cases() -> list[Case]:
    """Policies that do not load."""
    one = "accept[0]"
    good = alternative()

    def required(**rules: Any) -> bytes:
        named = {key.replace("__", "."): rule for key, rule in rules.items()}
        return policy(alternative(require=boot() | named))

    return [
        bad("empty_object", "An empty policy.", "", b"{}\n"),
        bad("empty_accept", "No alternative.", "accept", policy()),
        bad("no_accept", "A version, and nothing else.", "accept", b'{"version": 1}\n'),
        bad(
            "no_version", "No version.", "version", (json.dumps({"accept": [good]}) + "\n").encode()
        ),
        bad("version_2", "A version that is not written yet.", "version", policy(good, version=2)),
        bad("version_as_text", '"1" is no number.', "version", policy(good, version="1")),
        bad("typo_at_top", "A typing error in a key.", "acept", policy(good, acept=[])),
        bad(
            "typo_in_alternative",
            "A typing error in a key.",
            f"{one}.requires",
            policy(alternative(requires={})),
        ),
        bad(
            "typo_in_claim",
            "A typing error in a claim's name.",
            f"{one}.require.tpm.prc.sha256.0",
            required(tpm__prc__sha256__0={"equals": "00" * 32}),
        ),
        bad(
            "claim_index_24",
            "There are 24 registers.",
            f"{one}.require.tpm.pcr.sha256.24",
            required(tpm__pcr__sha256__24={"equals": "00" * 32}),
        ),
        bad(
            "claim_index_with_zero",
            'PCR "07".',
            f"{one}.require.tpm.pcr.sha256.07",
            required(tpm__pcr__sha256__07={"equals": "00" * 32}),
        ),
        bad(
            "unknown_family",
            "Evidence nobody knows.",
            f"{one}.family",
            policy(alternative(family="tpn")),
        ),
        bad(
            "no_family", "Evidence of any kind?", f"{one}.family", policy(alternative(family=None))
        ),
        bad(
            "no_require",
            "No requirement at all.",
            f"{one}.require",
            policy(alternative(require=None)),
        ),
        bad(
            "duplicate_key",
            "A register twice; which one counts?",
            "",
            policy(good).replace(b'"tpm.pcr.sha256.1"', b'"tpm.pcr.sha256.0"'),
        ),
        bad("not_json", "No JSON.", "", b"accept everything\n"),
        bad("cut", "The file ends within.", "", policy(good)[:200]),
        bad("two_documents", "A second document follows.", "", policy(good) + b"{}"),
        bad(
            "no_measurement",
            "Nothing says which software is accepted.",
            f"{one}.require",
            policy(
                alternative(require={"tpm.reset_count": {"at_least": 1}}, replay=None, bind=None)
            ),
        ),
        bad(
            "empty_require",
            "Nothing is required.",
            f"{one}.require",
            policy(alternative(require={}, replay=None, bind=None)),
        ),
        bad(
            "any_measurement_false",
            "A switch that only exists to be on.",
            f"{one}.dangerous_any_measurement",
            policy(alternative(dangerous_any_measurement=False)),
        ),
        bad(
            "measurement_present",
            "Any value at all is no measurement.",
            f"{one}.require",
            policy(
                alternative(require={"tpm.pcr.sha256.4": {"present": True}}, replay=None, bind=None)
            ),
        ),
        bad(
            "resettable_measurement",
            "PCR 16 can be reset by any software.",
            f"{one}.require",
            policy(
                alternative(
                    require={"tpm.pcr.sha256.16": {"equals": "11" * 32}}, replay=None, bind=None
                )
            ),
        ),
        bad(
            "sha1_bank",
            "SHA-1 registers never satisfy a policy.",
            f"{one}.require.tpm.pcr.sha1.0",
            required(tpm__pcr__sha1__0={"equals": "00" * 20}),
        ),
        bad(
            "short_hex",
            "A byte is missing.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "00" * 31}),
        ),
        bad(
            "odd_hex",
            "Half a byte.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "0" * 63}),
        ),
        bad(
            "hex_with_prefix",
            "0x is no hexadecimal digit.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "0x" + "0" * 62}),
        ),
        bad(
            "number_as_text",
            '"2" is no number.',
            f"{one}.require.tpm.reset_count.at_least",
            required(tpm__reset_count={"at_least": "2"}),
        ),
        bad(
            "negative_number",
            "No counter is negative.",
            f"{one}.require.tpm.reset_count.at_least",
            required(tpm__reset_count={"at_least": -1}),
        ),
        bad(
            "boolean_as_text",
            '"true" is no boolean.',
            f"{one}.require.tpm.clock_safe.equals",
            required(tpm__clock_safe={"equals": "true"}),
        ),
        bad(
            "two_rules",
            "Two rules for one claim.",
            f"{one}.require.tpm.reset_count",
            required(tpm__reset_count={"at_least": 1, "at_most": 9}),
        ),
        bad(
            "no_rule",
            "A claim without a rule.",
            f"{one}.require.tpm.reset_count",
            required(tpm__reset_count={}),
        ),
        bad(
            "rule_typo",
            "A rule nobody knows.",
            f"{one}.require.tpm.reset_count.atleast",
            required(tpm__reset_count={"atleast": 1}),
        ),
        bad(
            "empty_one_of",
            "One of nothing.",
            f"{one}.require.tpm.pcr.sha256.7.one_of",
            required(tpm__pcr__sha256__7={"one_of": []}),
        ),
        bad(
            "at_least_of_bytes",
            "Digests have no order.",
            f"{one}.require.tpm.pcr.sha256.7.at_least",
            required(tpm__pcr__sha256__7={"at_least": "00" * 32}),
        ),
        bad(
            "max_age_of_a_number",
            "A counter has no age.",
            f"{one}.require.tpm.reset_count.max_age_s",
            required(tpm__reset_count={"max_age_s": 1}),
        ),
        bad(
            "unbound_claim",
            "What merely came along, with no replay to bind it.",
            f"{one}.require.{DISK}",
            policy(alternative(replay=None, bind=None)),
        ),
        bad(
            "unbound_tls_key",
            "A TLS key that merely came along.",
            f"{one}.bind.tls_key.claim",
            policy(alternative(replay=None, require=boot())),
        ),
        bad(
            "tls_key_form",
            "A form nobody knows.",
            f"{one}.bind.tls_key.form",
            policy(alternative(bind={"tls_key": {"claim": CA_PEM, "form": "pem"}})),
        ),
        bad(
            "tls_key_claim_type",
            "A register's name where text is needed.",
            f"{one}.bind.tls_key.claim",
            policy(alternative(bind={"tls_key": {"claim": PCR15, "form": "root_ca_pem"}})),
        ),
        bad(
            "tls_key_offset",
            "32 bytes from there end beyond the register.",
            f"{one}.bind.tls_key.offset",
            policy(
                alternative(bind={"tls_key": {"claim": PCR15, "form": "spki_sha256", "offset": 1}})
            ),
        ),
        bad(
            "empty_replay",
            "A replay of no step.",
            f"{one}.replay.{PCR15}",
            policy(alternative(replay={PCR15: []}, require=boot(), bind=None)),
        ),
        bad(
            "replay_of_a_counter",
            "Nothing is extended into a counter.",
            f"{one}.replay.tpm.reset_count",
            policy(
                alternative(
                    replay={"tpm.reset_count": [{"digest": "00" * 32}]}, require=boot(), bind=None
                )
            ),
        ),
        bad(
            "replay_digest_size",
            "A step of another bank's size.",
            f"{one}.replay.{PCR15}[0].digest",
            policy(alternative(replay=replay({"digest": "00" * 48}), require=boot(), bind=None)),
        ),
        bad(
            "replay_two_kinds",
            "A step that is two things.",
            f"{one}.replay.{PCR15}[0]",
            policy(
                alternative(
                    replay=replay({"digest": "00" * 32, "claim": DISK}), require=boot(), bind=None
                )
            ),
        ),
        bad(
            "replay_of_resettable",
            "PCR 23 can be reset by any software.",
            f"{one}.replay.tpm.pcr.sha256.23",
            policy(
                alternative(
                    replay={"tpm.pcr.sha256.23": [{"digest": "11" * 32}]}, require=boot(), bind=None
                )
            ),
        ),
        bad(
            "expires_is_no_time",
            "Tomorrow is no date.",
            f"{one}.expires",
            policy(alternative(expires="tomorrow")),
        ),
        bad(
            "two_own_files",
            "Two policies of our own form.",
            "",
            {"a.json": policy(good), "b.json": policy(good)},
            where="a.json",
        ),
        bad(
            "two_applications",
            "Two application.json.",
            "",
            {
                "application.json": blindllama_files()["application.json"],
                "application_2.json": blindllama_files()["application.json"],
            },
            where="application_2.json",
        ),
        bad(
            "blindllama_no_measurements",
            "A table with no register.",
            "measurements",
            {"measurements.json": b'{"measurements": {}}\n'},
        ),
        bad(
            "blindllama_register_24",
            "There are 24 registers.",
            "measurements.24",
            {"measurements.json": (json.dumps({"measurements": {"24": "00" * 32}})).encode()},
        ),
        bad(
            "blindllama_register_name",
            '"PCR0" is no number.',
            "measurements.PCR0",
            {"measurements.json": (json.dumps({"measurements": {"PCR0": "00" * 32}})).encode()},
        ),
        bad(
            "blindllama_unknown_key",
            "A member nobody knows.",
            "platform",
            {
                "measurements.json": (
                    json.dumps({"measurements": BLINDLLAMA_MEASUREMENTS, "platform": "Azure"})
                ).encode()
            },
        ),
        bad("nothing_known", "A JSON object of another kind.", "", b'{"hello": "world"}\n'),
    ]


def cases() -> list[Case]:
    """All of them."""
    return [*accepted_cases(), *refused_cases(), *bad_cases()]
