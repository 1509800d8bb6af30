"""Azure confidential VMs on Intel TDX: TD quote, TDREPORT, runtime data, quote of the TPM."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from . import ca, dcap, snp_wire
from .case import Bundle, b64
from .cases_hcl import EXCUSED
from .dcap import Service, TdReport
from .dcap_case import excused as excused_of_quote
from .hcl_tdx_wire import FIELDS, NEWER, TCB_HASH, TdMachine
from .hcl_wire import Machine, jwk, runtime
from .snp_case import Case

R = "hcl.td_report."
ROOT = dcap.root().pem.encode()
MRTD = {"tdx.mrtd": {"equals": TdReport().mrtd.hex()}}
UNREPEATED = [
    {"part": "hcl_report", "from": first, "to": last, "reason": reason}
    for first, last, reason in (
        (34, 35, "the version of the TDREPORT's type: both are read alike"),
        (48, 64, "the processor's SVNs, which the quote does not repeat; no claim is made of them"),
        (256, 288, "the MAC, which means something on its own machine only"),
    )
]


def excuses(machine: TdMachine) -> list[dict[str, Any]]:
    """What nothing speaks of."""
    quote = [
        {**one, "part": "td_quote"} for one in excused_of_quote(machine.service, machine.td_quote())
    ]
    return [*EXCUSED, *UNREPEATED, *quote]


def case(folder: str, comment: str, machine: TdMachine | bytes, expect: dict[str, Any],
         checks: list[str], **more: Any) -> Case:  # fmt: skip
    """A folder with Intel's collateral beside the document."""
    if isinstance(machine, TdMachine):
        more.setdefault("endorsements", machine.service.endorsements())
        machine = (json.dumps(machine.document(), indent=1) + "\n").encode()
    more.setdefault("anchors", ROOT)
    return Case(f"hcl/{folder}", comment, machine, expect, checks, **more)


def accepted(name: str, comment: str, machine: TdMachine, checks: list[str] | None = None,
             claims: dict[str, Any] | None = None, **more: Any) -> Case:  # fmt: skip
    """A machine that is authentic."""
    expect = {
        "stage": "verify",
        "verdict": "accepted",
        "claims": {"hcl.hardware": "tdx", "common.tee_class": "confidential_vm", **(claims or {})},
    }
    extra = more.pop("excused", [])
    return case(f"ok--tdx_{name}", comment, machine, expect, checks or [],
                excused=[*excuses(machine), *extra], **more)  # fmt: skip


def refused(code: str, reason: str, where: str, comment: str, machine: TdMachine | bytes,
            check: str = "", stage: str = "verify", **more: Any) -> Case:  # fmt: skip
    """A machine that must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    return case(f"{code}--tdx_{reason}", comment, machine, expect, [check] if check else [], **more)


def judged(name: str, comment: str, machine: TdMachine, require: dict[str, Any],
           failed: list[str], **more: Any) -> Case:  # fmt: skip
    """A machine that a policy judges."""
    bind = more.pop("bind", None)
    alternative: dict[str, Any] = {"family": "hcl", "require": require}
    if bind:
        alternative["bind"] = bind
    expect: dict[str, Any] = {"stage": "appraise", "verdict": "refused" if failed else "accepted"}
    if failed:
        expect["failed_checks"] = failed
    else:
        more["excused"] = excuses(machine)
    return case(f"{'refused' if failed else 'ok'}--tdx_{name}", comment, machine, expect, [],
                policy={"version": 1, "accept": [alternative]}, **more)  # fmt: skip


def behind() -> Service:
    """A platform that is a level behind."""
    return Service(
        tdx=True,
        platform=dcap.Platform(components=[4, 4, 2, 2, 255, 255, *[0] * 10], pce_svn=11),
    )


def good() -> list[Case]:
    """What is accepted."""
    issuing = ca.intermediate(ca.root())
    ak = [ca.ak(issuing).pem, issuing.pem]
    newer = Service(tdx=True, version=5)
    plain = Service(tdx=True)
    beside = plain.endorsements()
    inside = {
        "certificates": [beside["signer.pem"].decode()],
        "crls": [snp_wire.pem("X509 CRL", beside[name]) for name in ("pck.crl", "root.crl")],
    }
    documents = {name: beside[name] for name in ("tcb_info.json", "qe_identity.json")}
    registers = Bundle(nonce=b"n" * 32)
    return [
        accepted("quote", "A TDX machine with a quote of its virtual TPM.", TdMachine(),
                 claims={"dcap.tcb.status": "UpToDate", "common.tcb_status": "UpToDate",
                         "common.debug": False, "tdx.mrtd": TdReport().mrtd.hex(),
                         "hcl.vm_configuration.secure_boot": True}),
        accepted("newer_quote", "A quote of version 5 with a TDX 1.5 body.",
                 TdMachine(service=newer), claims={"dcap.quote.version": 5}),
        accepted("no_tpm_quote", "The hardware's word alone.",
                 TdMachine(machine=Machine(certificates=[], quote=None))),
        accepted("collateral_inside", "CRLs and issuer certificate in the document itself.",
                 TdMachine(members=inside), endorsements=documents),
        accepted("ak_certificate", "The certificate of the same key beside it.",
                 TdMachine(machine=Machine(certificates=[], ak_certificates=ak)),
                 checks=["hcl-08"],
                 excused=[{"part": f"ak_certificates[{i}]",
                           "reason": "only its key is compared"} for i in (0, 1)]),
        accepted("out_of_date", "Authentic; whether that will do is for the policy.",
                 TdMachine(service=behind(), body=replace(TdReport(), tee_tcb_svn=bytes(
                     [5, 1, 5, *[0] * 13]))),
                 claims={"dcap.tcb.status": "OutOfDate",
                         "dcap.tcb.advisory_ids": "INTEL-SA-00615,INTEL-SA-00828"}),
        accepted("debug", "Authentic; whether debugging is acceptable is for the policy.",
                 TdMachine(body=TdReport(td_attributes=bytes([1, 0, 0, 0x10, 0, 0, 0, 0]))),
                 claims={"common.debug": True}),
        judged("policy_of_four_parts", "Intel's word, hardware, paravisor and quote in one policy.",
               TdMachine(machine=Machine(certificates=[], quote=registers)),
               {**MRTD, "dcap.tcb.evaluation_data_number": {"at_least": 17},
                "hcl.vm_configuration.secure_boot": {"equals": True},
                "tpm.pcr.sha256.4": {"equals": registers.registers.selected(
                    registers.selections)[4].hex()}}, [],
               bind={"nonce": {"claim": "tpm.extra_data"}}, nonce=b"n" * 32),
        judged("policy_status_named", "A policy that names the status it accepts.",
               TdMachine(service=behind(), body=replace(TdReport(), tee_tcb_svn=bytes(
                   [5, 1, 5, *[0] * 13]))),
               {**MRTD, "dcap.tcb.status": {"one_of": ["UpToDate", "OutOfDate"]}}, []),
    ]  # fmt: skip


def other_quotes() -> list[Case]:
    """hcl-07: TDREPORT and quote of two machines."""
    out = []
    for name, (_, _, size) in FIELDS.items():
        changed = {name: b"\xa5" * size}
        out.append(
            refused("digest_mismatch", f"report_of_other_{name}", R + name,
                    "The quote is of another machine than the TDREPORT.",
                    TdMachine(report={"changes": changed}), "hcl-07")
        )  # fmt: skip
    for name, (_, _, size) in NEWER.items():
        out.append(
            refused("digest_mismatch", f"report_of_other_{name}", R + name,
                    "They differ in what only TDX 1.5 has.",
                    TdMachine(service=Service(tdx=True, version=5),
                              report={"changes": {name: b"\xa5" * size}}), "hcl-07")
        )  # fmt: skip
    return out


def reports() -> list[Case]:
    """hcl-10: what is no TDREPORT."""

    def wrong(code: str, reason: str, field: str, comment: str, **report: Any) -> Case:
        return refused(code, reason, R + field, comment, TdMachine(report=report), "hcl-10")

    beside_snp = Machine().document() | {"td_quote": b64(Service(tdx=True).quote())}
    return [
        wrong("bad_magic", "report_type_sgx", "report_type", "The type of an SGX report.",
              kind=b"\0\0\0\0"),
        wrong("bad_magic", "report_subtype", "report_type", "A subtype that there is not.",
              kind=b"\x81\x01\0\0"),
        wrong("bad_magic", "report_type_reserved", "report_type", "A reserved byte of the type.",
              kind=b"\x81\0\0\x01"),
        wrong("unsupported_version", "report_version", "report_type", "A newer one.",
              kind=b"\x81\0\x02\0"),
        *(wrong("reserved_not_zero", f"report_{offset:x}", f"reserved_0x{field}",
                "A reserved byte.", early={offset: 1})
          for offset, field in ((0x04, "04"), (0xDF, "c0"), (0x190, "190"), (0x1FF, "1ef"),
                                (0x3FF, "3c0"))),
        wrong("digest_mismatch", "tcb_hash", "tee_tcb_hash",
              "A bit of what only a digest covers: which of the module's fields are valid.",
              late={0x100: 0}),
        wrong("digest_mismatch", "tcb_hash_itself", "tee_tcb_hash", "The digest was changed.",
              late={TCB_HASH: 0}),
        wrong("digest_mismatch", "info_hash", "td_info_hash",
              "The service TDs' digest, which a quote of TDX 1.0 does not repeat.",
              late={0x390: 1}),
        refused("collateral_mismatch", "quote_beside_snp", "hcl.evidence.td_quote",
                "A TD quote that nothing would look at.", json.dumps(beside_snp).encode(),
                "hcl-10", stage="parse"),
    ]  # fmt: skip


def binding() -> list[Case]:
    """hcl-05 to hcl-09, and the parts of other families."""
    digest = TdMachine().body.report_data[:32]
    other = json.dumps(runtime(keys=[jwk("rsa2048-evil", "HCLAkPub")])).encode()
    swapped = TdMachine(runtime=other, report_data=TdMachine().body.report_data)
    issuing = ca.intermediate(ca.root())
    padded = Service(tdx=True, body=TdMachine().body).quote() + bytes(70)
    stale = {"now": "2024-07-01T12:00:00Z"}
    sgx = Service()
    no_info = Service(tdx=True, replace={"tcb_info.json": None})
    sgx_info = Service(tdx=True, info_tdx=False)
    late = dict.fromkeys(("root.crl",))
    return [
        refused("digest_mismatch", "runtime_data_of_another_key", "hcl.runtime_data",
                "The attacker's key, the machine's report and quote.", swapped, "hcl-05"),
        refused("digest_mismatch", "second_half", "hcl.runtime_data",
                "Something behind the digest.",
                TdMachine(report_data=digest + bytes(31) + b"\x01"), "hcl-05"),
        refused("missing_field", "no_ak", "hcl.runtime_data.keys", "No key of that name.",
                TdMachine(machine=Machine(certificates=[], quote=None),
                          runtime=runtime(keys=[jwk("rsa2048-other", "HCLEkPub")])), "hcl-06"),
        refused("key_mismatch", "ak_certificate_of_other_machine", "hcl.ak_certificate",
                "The certificate of another machine's key.",
                TdMachine(machine=Machine(certificates=[], ak_certificates=[
                    ca.ak(issuing, "rsa2048-other").pem])), "hcl-08"),
        refused("collateral_missing", "no_quote", "hcl.report.hardware_report",
                "A whole TDREPORT, and no quote.", TdMachine(with_quote=False), "hcl-09"),
        refused("bad_signature", "td_quote_changed", "dcap.signature",
                "The quote was not made by the key that the quoting enclave vouches for.",
                TdMachine(service=Service(tdx=True, signing_key="p256-other")), "dcap-07"),
        refused("untrusted_chain", "unknown_root", "dcap.pck_certificate",
                "A test root is not Intel's.", TdMachine(), "dcap-03", anchors="vendor"),
        refused("collateral_missing", "no_tcb_info", "dcap.tcb_info", "No TCB info.",
                TdMachine(service=no_info), "dcap-08"),
        refused("collateral_mismatch", "sgx_tcb_info", "dcap.tcb_info.id",
                "The TCB info of SGX quotes.", TdMachine(service=sgx_info), "dcap-08"),
        refused("revocation_unknown", "no_root_crl", "dcap.pck_certificate",
                "Intel's collateral always has its CRLs.",
                TdMachine(service=Service(tdx=True, replace=late)), "dcap-03"),
        refused("expired", "collateral", "dcap.pck_certificate", "Collateral of last month.",
                TdMachine(), "dcap-03", **stale),
        refused("trailing_bytes", "quote_padding", "dcap.header",
                "The zeros behind the quote that IMDS sends along are cut before, on purpose.",
                TdMachine(quote=padded), stage="parse"),
        refused("bad_magic", "sgx_quote", "dcap.header.tee_type", "The quote of an enclave.",
                TdMachine(quote=replace(sgx, version=4).quote()), "tdx-01", stage="parse"),
        refused("bad_signature", "quote_by_another_key", "tpm.signature",
                "The quote is signed by a key that the runtime data do not name.",
                TdMachine(machine=Machine(certificates=[], quote=Bundle(
                    signing_key="rsa2048-evil"))), "tpm-07"),
    ]  # fmt: skip


def policies() -> list[Case]:
    """What a policy refuses."""
    older = replace(TdReport(), tee_tcb_svn=bytes([5, 1, 5, *[0] * 13]))
    debug = TdReport(td_attributes=bytes([1, 0, 0, 0x10, 0, 0, 0, 0]))
    register = {"tpm.pcr.sha256.4": {"equals": "00" * 32}}
    paravisor = {"policy": {"version": 1, "accept": [{"family": "hcl", "require": register}]}}
    replayed = {"tpm.pcr.sha256.12": [{"digest": "11" * 32}]}
    replay = {"policy": {"version": 1, "accept": [{"family": "hcl", "replay": replayed}]}}
    rtmr = {"tdx.rtmr.0": {"equals": "00" * 48}}
    own = {"policy": {"version": 1, "accept": [{"family": "hcl", "require": rtmr}]}}
    expect = {"stage": "policy", "code": "bad_policy", "where": "policy.json: accept[0].require"}
    return [
        judged("policy_out_of_date", "A policy that says nothing of the patch level accepts only "
               "UpToDate.", TdMachine(service=behind(), body=older), MRTD, ["policy-03"]),
        judged("policy_debug", "The quote says nothing of debugging; the hardware does.",
               TdMachine(body=debug), MRTD, ["policy-05"]),
        judged("policy_other_mrtd", "Another paravisor.",
               TdMachine(body=TdReport(mrtd=b"\x07" * 48)), MRTD, ["policy-03"]),
        judged("policy_of_snp", "A policy for SEV-SNP machines.", TdMachine(),
               {"snp.measurement": {"equals": "11" * 48}}, ["policy-03"]),
        judged("policy_nonce", "Somebody else's nonce.",
               TdMachine(machine=Machine(certificates=[], quote=Bundle(nonce=b"m" * 32))), MRTD,
               ["policy-06"], bind={"nonce": {"claim": "tpm.extra_data"}}, nonce=b"n" * 32),
        case("bad_policy--registers_without_paravisor",
             "Registers alone: any machine's own software can name a key that quotes these.",
             TdMachine(), expect, [], **paravisor),
        case("bad_policy--td_registers_without_paravisor",
             "A TD's own registers, which its software extends as it likes.", TdMachine(), expect,
             [], **own),
        case("bad_policy--replay_without_paravisor", "The same for a replay.", TdMachine(),
             expect, [], **replay),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return [*good(), *other_quotes(), *reports(), *binding(), *policies()]
