"""Azure confidential VMs: hardware report, runtime data, quote."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from . import ca
from . import snp_wire as wire
from .case import Bundle
from .hcl_wire import Container, Machine, jwk, runtime
from .snp_case import Case
from .snp_wire import Report, Tcb

H = "hcl.report."
D = "hcl.runtime_data"
GENOA = Report(product="genoa")
PADDING = {
    "part": "hcl_report",
    "from": 2100,
    "to": 1 << 20,
    "reason": "padding: it may be shorter or longer",
}
HEADER = [
    {"part": "hcl_report", "from": first, "to": first + 4,
     "reason": "nobody signs the version and the request type"}
    for first in (4, 12)
]  # fmt: skip
EXCUSED = [*HEADER, PADDING]


def accepted(name: str, comment: str, machine: Machine | bytes, **more: Any) -> Case:
    """A machine that is authentic."""
    claims = more.pop("claims", {})
    checks = more.pop("checks", [])
    excused = [*EXCUSED, *more.pop("excused", [])]
    if isinstance(machine, Machine):
        more.setdefault("product", machine.container.report.product)
        machine = machine.bytes()
    expect = {"stage": "verify", "verdict": "accepted", "claims": claims}
    return Case(f"hcl/ok--{name}", comment, machine, expect, checks, excused=excused, **more)


def refused(code: str, reason: str, where: str, comment: str, machine: Machine | bytes,
            check: str = "", stage: str = "verify", **more: Any) -> Case:  # fmt: skip
    """A machine that must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    if isinstance(machine, Machine):
        more.setdefault("product", machine.container.report.product)
        machine = machine.bytes()
    checks = [check] if check else []
    return Case(f"hcl/{code}--{reason}", comment, machine, expect, checks, **more)


def judged(name: str, comment: str, machine: Machine, require: dict[str, Any],
           failed: list[str], **more: Any) -> Case:  # fmt: skip
    """A machine that a policy judges."""
    bind = more.pop("bind", None)
    alternative: dict[str, Any] = {"family": "hcl", "require": require}
    if bind:
        alternative["bind"] = bind
    expect: dict[str, Any] = {"stage": "appraise", "verdict": "refused" if failed else "accepted"}
    if failed:
        expect["failed_checks"] = failed
    title = "refused" if failed else "ok"
    if not failed:
        more["excused"] = EXCUSED
    return Case(f"hcl/{title}--{name}", comment, machine.bytes(), expect, [],
                policy={"version": 1, "accept": [alternative]}, **more)  # fmt: skip


def good() -> list[Case]:
    """What is accepted."""
    plain = Machine()
    endorsed = {"vcek.crt": wire.vek().der, "ask.crt": wire.ask().der}
    issuing = ca.intermediate(ca.root())
    ak = [ca.ak(issuing).pem, issuing.pem]
    registers = Bundle(nonce=b"n" * 32)
    unknown = runtime() | {"current-time": 1, "vm-configuration": {"vmUniqueId": "X", "new": [1]}}
    bare = {k: v for k, v in runtime().items() if k != "user-data"}
    raw_excuses = [
        {"part": "evidence", "from": 4, "to": 8, "reason": HEADER[0]["reason"]},
        {"part": "evidence", "from": 12, "to": 16, "reason": HEADER[0]["reason"]},
        {"part": "evidence", "from": 2100, "to": 1 << 20, "reason": PADDING["reason"]},
    ]
    out = [
        accepted("milan_quote", "Milan, with a quote of the virtual TPM.", plain,
                 claims={"snp.product": "Milan", "hcl.hardware": "snp",
                         "hcl.vm_configuration.secure_boot": True, "common.debug": False,
                         "common.tee_class": "confidential_vm",
                         "hcl.user_data": "00" * 63 + "07"}),
        accepted("genoa_version_2", "Genoa writes version 2.",
                 Machine(Container(report=GENOA, version=2)), claims={"snp.product": "Genoa"}),
        accepted("no_quote", "The hardware's word alone.", Machine(quote=None),
                 claims={"hcl.vm_configuration.tpm_enabled": True}),
        accepted("raw", "The blob as it is read from the NV index.", Container().wire(),
                 endorsements=endorsed, excused=raw_excuses),
        accepted("without_padding", "Older blobs end where their content ends.",
                 Machine(Container(total=0)), excused=[]),
        accepted("ak_certificate", "The certificate of the same key beside it.",
                 Machine(ak_certificates=ak), checks=["hcl-08"],
                 excused=[{"part": f"ak_certificates[{i}]",
                           "reason": "only its key is compared"} for i in (0, 1)]),
        accepted("unknown_members", "The paravisor may say more than is known here.",
                 Machine(Container(runtime=unknown)),
                 claims={"hcl.vm_configuration.vm_unique_id": "X"}),
        accepted("no_user_data", "The guest wrote nothing.", Machine(Container(runtime=bare))),
        accepted("spaces", "Spacing is whatever was hashed.",
                 Machine(Container(runtime=json.dumps(runtime(), indent=1).encode(),
                                   total=3000))),
        accepted("debug_policy", "Authentic; whether debugging is acceptable is for the policy.",
                 Machine(Container(report=Report(policy=0x3001F | 1 << 19))),
                 claims={"common.debug": True}),
        judged("policy_of_three_parts", "Hardware, paravisor and quote in one policy.",
               Machine(quote=registers),
               {"snp.measurement": {"equals": Report().measurement.hex()},
                "hcl.vm_configuration.secure_boot": {"equals": True},
                "tpm.pcr.sha256.4": {"equals": registers.registers.selected(
                    registers.selections)[4].hex()}}, [],
               bind={"nonce": {"claim": "tpm.extra_data"}}, nonce=b"n" * 32),
    ]  # fmt: skip
    return out


def container() -> list[Case]:
    """hcl-01 to hcl-03."""

    def parse(code: str, reason: str, where: str, comment: str, check: str,
              **changes: Any) -> Case:  # fmt: skip
        return refused(code, reason, H + where, comment, Machine(Container(**changes)), check,
                       stage="parse")  # fmt: skip

    blob = Container().wire()
    short = Container(total=0).wire()
    tail = {"hardware": bytes(128) + bytes(64) + bytes(832) + b"\x01"}
    return [
        refused("bad_magic", "magic", H + "signature", "Another blob.",
                Machine(quote=None, blob=b"HCLB" + blob[4:]), "hcl-01", stage="parse"),
        parse("unsupported_version", "version_0", "version", "No such version.", "hcl-01",
              version=0),
        parse("unsupported_version", "version_3", "version", "A newer one.", "hcl-01", version=3),
        parse("out_of_range", "status", "status", "The paravisor failed.", "hcl-01", status=1),
        parse("reserved_not_zero", "header", "reserved", "A reserved byte.", "hcl-01",
              reserved=bytes(11) + b"\x01"),
        parse("bad_length", "report_size", "report_size", "The whole is said to be longer.",
              "hcl-02", size_error=1),
        parse("bad_length", "data_size", "data_size", "Two sizes of one text.", "hcl-02",
              data_size_error=-1),
        refused("truncated", "in_runtime_data", H + "runtime_data", "The text is cut.",
                Machine(quote=None, blob=short[:-1]), "hcl-02", stage="parse"),
        refused("truncated", "header_only", H + "hardware_report", "Only the header.",
                Machine(quote=None, blob=blob[:32]), "hcl-02", stage="parse"),
        refused("reserved_not_zero", "padding", H + "padding", "Something behind the end.",
                Machine(quote=None, blob=blob[:-1] + b"\x01"), "hcl-02", stage="parse"),
        parse("reserved_not_zero", "behind_td_report", "hardware_report",
              "Something behind the TDREPORT.", "hcl-02", report_type=4, **tail),
        parse("unsupported_version", "trusted_vm", "report_type",
              "No hardware vouches for a trusted VM.", "hcl-03", report_type=3),
        parse("unsupported_version", "unknown_hardware", "report_type", "Unknown hardware.",
              "hcl-03", report_type=5),
        parse("unsupported_version", "data_version", "data_version", "A newer data header.",
              "hcl-03", data_version=2),
        parse("unsupported_algorithm", "sha512", "hash_type", "Another hash than SHA-256.",
              "hcl-03", hash_type=3),
    ]  # fmt: skip


def binding() -> list[Case]:
    """hcl-04, hcl-05, hcl-08, hcl-09, and the parts of other families."""
    text = Container().json()
    digest = hashlib.sha256(text).digest()
    other = json.dumps(runtime(keys=[jwk("rsa2048-evil", "HCLAkPub")])).encode()
    issuing = ca.intermediate(ca.root())

    def data(reason: str, comment: str, container: Container) -> Case:
        return refused("digest_mismatch", reason, D, comment, Machine(container), "hcl-05")

    evil = Bundle(signing_key="rsa2048-evil")
    td = bytes(128) + digest + bytes(32) + bytes(832)
    wrong = bytes(1024)
    return [
        refused("out_of_range", "guest_asked", "snp.report.vmpl",
                "The guest's own system had this report made, for a key of its own.",
                Machine(Container(report=Report(vmpl=2))), "hcl-04"),
        data("runtime_data_of_another_key", "The attacker's key, the machine's report.",
             Container(runtime=other, report_data=digest + bytes(32))),
        data("runtime_data_space", "One space more than was hashed.",
             Container(runtime=text + b" ", report_data=digest + bytes(32))),
        data("second_half", "Behind the hash there are zeros.",
             Container(report_data=digest + bytes(31) + b"\x01")),
        data("sha512", "Another hash.", Container(report_data=hashlib.sha512(text).digest())),
        data("zeros", "A report that names nothing.", Container(report_data=bytes(64))),
        refused("key_mismatch", "ak_certificate_of_other_machine", "hcl.ak_certificate",
                "The certificate of another virtual TPM.",
                Machine(ak_certificates=[ca.ak(issuing, "rsa2048-other").pem]), "hcl-08"),
        refused("collateral_missing", "td_report_alone", H + "hardware_report",
                "A TDREPORT that binds the runtime data is no evidence yet.",
                Machine(Container(report_type=4, version=2, hardware=td), certificates=[]),
                "hcl-09"),
        refused("digest_mismatch", "td_report_of_other_data", D,
                "A TDREPORT that does not even bind them.",
                Machine(Container(report_type=4, version=2, hardware=wrong), certificates=[]),
                "hcl-05"),
        refused("bad_signature", "hardware_report_changed", "snp.report.signature",
                "The measurement was changed.",
                Machine(Container(report=Report(late={0x90: b"\xee"}))), "snp-12"),
        refused("key_mismatch", "vcek_of_other_chip", "snp.report.chip_id",
                "The certificate of another chip.",
                Machine(certificates=[wire.vek(hwid=hashlib.sha512(b"other").digest()),
                                      wire.ask()]), "snp-10"),
        refused("untrusted_chain", "unknown_root", "snp.vek", "A test root is not AMD's.",
                Machine(), "snp-07", anchors="vendor"),
        refused("bad_signature", "quote_by_another_key", "tpm.signature",
                "The quote is signed by a key that the runtime data do not name.",
                Machine(quote=evil), "tpm-07"),
        refused("digest_mismatch", "pcr_value_changed", "tpm.attest.pcr_digest",
                "Another register value than was quoted.",
                Machine(quote=Bundle(values=[b"\x01" * 32] * 16)), "tpm-10"),
        refused("key_mismatch", "old_certificate", "snp.report.reported_tcb.microcode",
                "The host's certificate is of before its patch.",
                Machine(certificates=[wire.vek(tcb=Tcb(microcode=218)), wire.ask()]), "snp-11"),
    ]  # fmt: skip


def runtime_data() -> list[Case]:
    """hcl-06."""

    def content(code: str, reason: str, where: str, data: Any, quote: bool = False) -> Case:
        machine = Machine(Container(runtime=data, total=0))
        if not quote:
            machine.quote = None
        return refused(code, reason, f"{D}{where}", "Runtime data that name no one key.", machine,
                       "hcl-06")  # fmt: skip

    ak, ek = jwk("rsa2048-ak", "HCLAkPub"), jwk("rsa2048-other", "HCLEkPub")
    doubled = json.dumps(runtime()).encode()[:-1] + b',"keys":[]}'
    return [
        content("missing_field", "keys", ".keys", {"vm-configuration": {}}),
        content("missing_field", "no_ak", ".keys", runtime(keys=[ek])),
        content("missing_field", "transfer_key_only", ".keys",
                runtime(keys=[jwk("rsa2048-ak", "HCLTransferKey", "encrypt")])),
        content("duplicate_field", "two_aks", ".keys[1]",
                runtime(keys=[ak, jwk("rsa2048-evil", "HCLAkPub")])),
        content("duplicate_field", "keys_twice", "", doubled),
        content("missing_field", "kid", ".keys[0].kid", runtime(keys=[{"kty": "RSA"}])),
        content("bad_encoding", "kid_number", ".keys[0].kid", runtime(keys=[ak | {"kid": 7}])),
        content("bad_key", "ec", ".keys[0].kty", runtime(keys=[ak | {"kty": "EC"}])),
        content("bad_encoding", "modulus", ".keys[0].n", runtime(keys=[ak | {"n": "%%"}])),
        content("bad_key", "modulus_short", ".keys[0]", runtime(keys=[ak | {"n": "AQAB"}])),
        content("bad_encoding", "secure_boot_text", ".vm-configuration.secure-boot",
                runtime(**{"vm-configuration": {"secure-boot": "true"}})),
        content("bad_encoding", "configuration_list", ".vm-configuration",
                runtime(**{"vm-configuration": []})),
        content("bad_length", "user_data", ".user-data", runtime(**{"user-data": "00"})),
        content("bad_encoding", "user_data_number", ".user-data", runtime(**{"user-data": 0})),
        content("bad_encoding", "list", "", []),
        content("truncated", "json", "", b'{"keys":['),
    ]  # fmt: skip


def documents() -> list[Case]:
    """The form around the blob."""
    e = "hcl.evidence"
    good = Machine().document()

    def text(code: str, reason: str, where: str, comment: str, document: Any) -> Case:
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        return refused(code, reason, where, comment, raw, stage="parse")

    return [
        text("unsupported_version", "bundle_kind", f"{e}.kind", "A bundle of the future.",
             good | {"kind": "cupel.hcl/2"}),
        text("unknown_field", "bundle", f"{e}.ak", "A key that nobody needs to be told.",
             good | {"ak": {"public": "x"}}),
        text("missing_field", "blob", f"{e}.hcl_report", "No blob.", {"kind": "cupel.hcl/1"}),
        text("missing_field", "pcrs_without_quote", "tpm.evidence.quote", "Values of no quote.",
             {k: v for k, v in good.items() if k != "quote"}),
        text("bad_length", "no_certificates", f"{e}.certificates", "An empty list.",
             good | {"certificates": []}),
        text("duplicate_field", "blob_twice", e, "Two blobs: which one counts?",
             json.dumps(good)[:-1].encode() + b', "hcl_report": "AAAA"}'),
    ]  # fmt: skip


def policies() -> list[Case]:
    """What a policy refuses."""
    measured = {"snp.measurement": {"equals": Report().measurement.hex()}}
    nonce = {"nonce": {"claim": "tpm.extra_data"}}
    boot = runtime()
    boot["vm-configuration"]["secure-boot"] = False
    return [
        judged("policy_debug", "The quote says nothing of debugging; the hardware does.",
               Machine(Container(report=Report(policy=0x3001F | 1 << 19))), measured,
               ["policy-05"]),
        judged("policy_secure_boot", "Secure Boot is off.", Machine(Container(runtime=boot)),
               measured | {"hcl.vm_configuration.secure_boot": {"equals": True}}, ["policy-03"]),
        judged("policy_nonce", "Somebody else's nonce.", Machine(quote=Bundle(nonce=b"m" * 32)),
               measured, ["policy-06"], bind=nonce, nonce=b"n" * 32),
        judged("policy_no_quote", "A nonce can only be in a quote.", Machine(quote=None),
               measured, ["policy-06"], bind=nonce, nonce=b"n" * 32),
        judged("policy_other_measurement", "Another paravisor.",
               Machine(Container(report=Report(measurement=bytes(48)))), measured,
               ["policy-03"]),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return [*good(), *container(), *binding(), *runtime_data(), *documents(), *policies()]
