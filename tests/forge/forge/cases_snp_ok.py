"""SEV-SNP reports that are authentic, in every version, product and form."""

from __future__ import annotations

import base64
import hashlib
import json

from . import snp_wire as wire
from .case import b64
from .snp_case import Case, Document, accepted, judged
from .snp_wire import Report, Tcb

TURIN = Tcb(fmc=1, boot_loader=2, tee=3, snp=4, microcode=81)
VLEK = 1 << 2


def policy(require: dict[str, object], **more: object) -> dict[str, object]:
    """A policy with one alternative."""
    return {"version": 1, "accept": [{"family": "snp", "require": require, **more}]}


def versions() -> list[Case]:
    """Versions and products."""
    out = [
        accepted(
            f"milan_v{version}_vcek",
            f"Version {version}, Milan, the chip's own key.",
            Document(Report(version=version)),
            claims={
                "snp.version": version,
                "snp.product": "Milan",
                "snp.signing_key": "vcek",
                "snp.tcb.reported.microcode": 219,
                "snp.tcb.reported.snp": 24,
                "common.debug": False,
                "common.tee_class": "confidential_vm",
            },
        )
        for version in (2, 3, 4, 5)
    ]
    out += [
        accepted(
            "genoa_v2_vcek",
            "Genoa writes version 2 too; the certificate says which product it is.",
            Document(Report(product="genoa", version=2)),
            claims={"snp.product": "Genoa", "snp.vek.product_name": "Genoa"},
        ),
        accepted(
            "genoa_v3_model_a0",
            "Bergamo and Siena are endorsed as Genoa.",
            Document(Report(product="genoa", cpuid=(0x19, 0xA0, 2))),
            claims={"snp.product": "Genoa", "snp.cpuid.model": 0xA0},
        ),
        accepted(
            "turin_v5_vcek",
            "Turin puts the parts of a patch level elsewhere, and its chip number has 8 bytes.",
            Document(Report(product="turin", version=5, reported=TURIN)),
            claims={
                "snp.product": "Turin",
                "snp.tcb.reported.fmc": 1,
                "snp.tcb.reported.boot_loader": 2,
                "snp.tcb.reported.tee": 3,
                "snp.tcb.reported.snp": 4,
                "snp.tcb.reported.microcode": 81,
                "snp.vek.hwid": wire.CHIP[:8].hex(),
            },
        ),
        accepted(
            "turin_v2_vcek",
            "A Turin report that names no processor.",
            Document(Report(product="turin", version=2, reported=TURIN)),
            claims={"snp.product": "Turin"},
        ),
    ]
    for product, tcb in (("milan", Tcb()), ("genoa", Tcb()), ("turin", TURIN)):
        report = Report(product=product, reported=tcb, key_info=VLEK, chip_id=bytes(64))
        out.append(
            accepted(
                f"{product}_v3_vlek",
                "A key that AMD lent to the provider; the chip number is masked.",
                Document(report),
                claims={"snp.signing_key": "vlek", "snp.vek.csp_id": wire.CSP},
            )
        )
    out.append(
        accepted(
            "vlek_masked_chip_key",
            "A provider may mask the chip's key when it has another.",
            Document(Report(key_info=VLEK | 2, chip_id=bytes(64))),
            claims={"snp.mask_chip_key": True},
        )
    )
    return out


def fields() -> list[Case]:
    """Values that real reports have, or may have."""
    older = Tcb(microcode=115)
    debug = Document(Report(policy=0x3001F | 1 << 19))
    unknown = Document(Report(product="turin", version=5, reported=TURIN, platform_info=0x67))
    return [
        accepted(
            "author_key",
            "An author key signed the ID key.",
            Document(
                Report(key_info=1, author_key_digest=hashlib.sha384(b"an author key").digest())
            ),
            claims={"snp.author_key_en": True},
        ),
        accepted(
            "debug_policy",
            "Authentic all the same: whether debugging is acceptable is for the policy.",
            debug,
            claims={"common.debug": True, "snp.policy.debug": True},
        ),
        accepted(
            "platform_bit_without_a_name",
            "Turin sets bit 6 of PLATFORM_INFO, which no document names.",
            unknown,
            claims={"snp.platform_info": 0x67, "snp.platform_info.ecc_en": True},
        ),
        accepted(
            "levels_apart",
            "The host reports an older level than it committed, and runs a newer one.",
            Document(
                Report(reported=older, committed=Tcb(microcode=206), current=Tcb(), launch=older)
            ),
            claims={
                "snp.tcb.reported.microcode": 115,
                "snp.tcb.committed.microcode": 206,
                "snp.tcb.current.microcode": 219,
            },
        ),
        accepted(
            "high_s",
            "AMD does not choose the smaller S.",
            Document(Report(high_s=True)),
            checks=["snp-12"],
        ),
        accepted(
            "hwid_wrapped",
            "The chip number inside an OCTET STRING of its own.",
            Document(
                certificates=[wire.vek(hwid=b"\x04\x40" + wire.CHIP), wire.ask()],
            ),
            claims={"snp.vek.hwid": wire.CHIP.hex()},
        ),
        accepted(
            "small_levels",
            "Levels of one byte, and 128: the first that needs two in DER.",
            Document(Report(reported=Tcb(boot_loader=0, tee=1, snp=127, microcode=128))),
            claims={"snp.tcb.reported.snp": 127, "snp.tcb.reported.microcode": 128},
        ),
        accepted(
            "vmpl_3",
            "The least privileged level may ask too.",
            Document(Report(vmpl=3)),
            claims={"snp.vmpl": 3},
        ),
        accepted(
            "lists_current",
            "The root's list names no authority of this path.",
            Document(crls=[wire.crl(wire.ark(), (0x10002,))]),
            revocation="required",
            checks=["snp-07"],
        ),
        accepted(
            "other_key_certificates_beside",
            "Certificates of another chip and another level do not get in the way.",
            Document(
                certificates=[
                    wire.vek(hwid=hashlib.sha512(b"other").digest(), key_name="p384-ak"),
                    wire.vek(tcb=Tcb(microcode=220), key_name="p384-ak"),
                    wire.vek(),
                    wire.ask(),
                ]
            ),
            excused=[
                {"part": f"certificates[{i}]", "reason": "another key's: it is not used"}
                for i in (0, 1)
            ],
        ),
    ]


def forms() -> list[Case]:
    """The forms in which reports travel."""
    report = Report(version=5).wire()
    vek, ask, ark = wire.vek(), wire.ask(), wire.ark()
    files = {"vcek.crt": vek.der, "chain.pem": (ask.pem + ark.pem).encode()}
    der_table = wire.table([("vcek", vek.der), ("ask", ask.der), ("ark", ark.der)], 8192)
    pem_table = wire.table([("ark", ark.pem.encode()), ("ask", ask.pem.encode()),
                            ("vcek", vek.pem.encode())])  # fmt: skip
    thim = {
        "vcekCert": vek.pem,
        "tcbm": Tcb().wire("milan")[::-1].hex(),
        "certificateChain": ask.pem + ark.pem,
        "cacheControl": "86400",
    }
    combined = {
        "evidence": b64(report),
        "endorsements": b64((vek.pem + ask.pem + ark.pem).encode()),
        "endorsed_tcb": thim["tcbm"],
    }
    runtime = b'{"keys":[]}'
    bound = Report(report_data=hashlib.sha256(runtime).digest() + bytes(32))
    named = json.dumps({"certificate_hash": "c7" * 32, "nonce": "5e" * 32}).encode()
    relayed = combined | {
        "evidence": b64(Report(report_data=hashlib.sha256(named).digest() + bytes(32)).wire()),
        "runtime_data": b64(named),
    }
    claims = {"snp.version": 5, "snp.product": "Milan"}
    excused = [
        {
            "part": "evidence",
            "from": 0x4A0,
            "to": 1 << 20,
            "reason": "the table is a bag: each certificate is judged by its own signature, some "
            "are not needed, and zeros behind them say nothing",
        }
    ]
    lists = wire.table([("vcek", vek.der), ("ask", ask.der), ("crl", wire.crl(ark)),
                        ("other", b"whatever")])  # fmt: skip
    return [
        accepted("raw", "The bytes as firmware returned them.", report, claims=claims,
                 endorsements=files),
        accepted("hex", "As hexadecimal text.", report.hex().encode() + b"\n", claims=claims,
                 endorsements=files),
        accepted("base64", "As base64.", b64(report).encode(), claims=claims, endorsements=files),
        accepted("extended_der", "A certificate table in DER behind it, padded with zeros.",
                 report + der_table, claims=claims, excused=excused),
        accepted("extended_pem", "The same in PEM, in another order.", report + pem_table,
                 claims=claims, excused=excused),
        accepted("extended_base64", "The first as base64.", b64(report + der_table).encode(),
                 claims=claims),
        accepted("extended_with_list", "A list, and an entry that nobody knows.", report + lists,
                 revocation="required", claims=claims, excused=excused),
        accepted("thim", "Certificates as Azure's host cache gives them.", report, claims=claims,
                 endorsements={"thim.json": json.dumps(thim).encode()}),
        accepted("sidecar_raw", "What /attest/raw of the sidecar answers.",
                 json.dumps({"report": report.hex()}).encode(), claims=claims,
                 endorsements=files),
        accepted("sidecar_combined", "What /attest/combined answers.",
                 json.dumps(combined).encode(), claims=claims),
        accepted("sidecar_combined_thim", "The same with the host cache's own JSON.",
                 json.dumps(combined | {"endorsements": b64(json.dumps(thim).encode())}).encode(),
                 claims=claims),
        accepted("sidecar_relayed", "The same, relayed by a service with the runtime data it made.",
                 json.dumps(relayed).encode(), checks=["snp-14"],
                 claims={"snp.runtime.certificate_hash": "c7" * 32, "snp.runtime.nonce": "5e" * 32,
                         "common.bound_data": "5e" * 32}),
        accepted("runtime_data", "Data whose hash the guest put into REPORT_DATA.",
                 Document(bound, runtime_data=runtime), checks=["snp-14"],
                 claims={"snp.runtime_data": runtime.hex()}),
    ]  # fmt: skip


def no_policy(name: str, comment: str, where: str, main: dict[str, object]) -> Case:
    """A policy that is refused whatever the evidence."""
    expect = {"stage": "policy", "code": "bad_policy", "where": f"policy.json: accept[0].{where}"}
    return Case(f"snp/bad_policy--{name}", comment, Document(Report()).bytes(), expect, [],
                policy=main)  # fmt: skip


def policies() -> list[Case]:
    """What a policy says about them."""
    good = Report(report_data=b"n" * 32 + bytes(32))
    measured = {"snp.measurement": {"equals": good.measurement.hex()}}
    nonce = {"nonce": {"claim": "snp.report_data"}}
    key = {"form": "spki_sha256"}
    floor = {"snp.tcb.reported.microcode": {"at_least": 219}}
    return [
        judged("policy_measurement", "Measurement, level floor, privilege and nonce.",
               Document(good), policy(measured | floor | {"snp.vmpl": {"equals": 0}},
                                      bind=nonce), [], nonce=b"n" * 32),
        judged("policy_other_measurement", "Another guest.",
               Document(good.but(measurement=bytes(47) + b"\x01")), policy(measured),
               ["policy-03"]),
        judged("policy_debug", "The host may look into the guest.",
               Document(good.but(policy=0x3001F | 1 << 19)), policy(measured), ["policy-05"]),
        judged("policy_old_microcode", "One below the floor.",
               Document(good.but(reported=Tcb(microcode=218))), policy(measured | floor),
               ["policy-03"]),
        judged("policy_vmpl", "Asked for by the least privileged level.",
               Document(good.but(vmpl=3)), policy(measured | {"snp.vmpl": {"equals": 0}}),
               ["policy-03"]),
        judged("policy_nonce", "Somebody else's nonce.", Document(good),
               policy(measured, bind=nonce), ["policy-06"], nonce=b"m" * 32),
        judged("policy_migration", "A migration agent could move the guest.",
               Document(good.but(policy=0x3001F | 1 << 18)),
               policy(measured | {"snp.policy.migrate_ma": {"equals": False}}), ["policy-03"]),
        judged("policy_default_vmpl", "A policy that says nothing of the level accepts 0 alone.",
               Document(good.but(vmpl=3)), policy(measured), ["policy-03"]),
        judged("policy_vmpl_3", "The least privileged level is what the policy asks for.",
               Document(good.but(vmpl=3)), policy(measured | {"snp.vmpl": {"equals": 3}}), []),
        judged("policy_default_migration", "A policy that says nothing of migration agents.",
               Document(good.but(policy=0x3001F | 1 << 18)), policy(measured), ["policy-03"]),
        judged("policy_migration_allowed", "A migration agent is what the policy allows.",
               Document(good.but(policy=0x3001F | 1 << 18)),
               policy(measured | {"snp.policy.migrate_ma": {"equals": True}}), []),
        no_policy("feed_alone", "A utility VM runs anybody's containers.", "require",
                  policy({"snp.uvm.feed": {"equals": "ContainerPlat-AMD-UVM"}})),
        no_policy("tls_key_of_the_host", "The host chooses it at launch.", "bind.tls_key.claim",
                  policy(measured, bind={"tls_key": key | {"claim": "snp.host_data"}})),
        no_policy("tls_key_offset", "32 bytes from there end beyond REPORT_DATA.",
                  "bind.tls_key.offset",
                  policy(measured, bind={"tls_key": key | {"claim": "snp.report_data",
                                                           "offset": 33}})),
        no_policy("nonce_of_the_host", "So it does this.", "bind.nonce.claim",
                  policy(measured, bind={"nonce": {"claim": "snp.id_key_digest"}})),
        judged("policy_aliases_unchecked", "The memory's addresses were not checked.",
               Document(good.but(platform_info=0x5)),
               policy(measured | {"snp.platform_info.alias_check_complete": {"equals": True}}),
               ["policy-03"]),
    ]  # fmt: skip


REGO = b"""# what may run
package policy

api_version := "0.10.0"
containers := [{"command": ["python3", "serve.py"]}]
"""


def template(*values: str) -> bytes:
    """An ARM template with container groups."""
    groups = [
        {
            "type": "Microsoft.ContainerInstance/containerGroups",
            "properties": {"confidentialComputeProperties": {"ccePolicy": value}},
        }
        for value in values
    ]
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return json.dumps({"$schema": schema, "resources": groups}).encode()


def container_policies() -> list[Case]:
    """A container policy beside the policy."""
    good = Report(host_data=hashlib.sha256(REGO).digest())
    measured = policy({"snp.measurement": {"equals": good.measurement.hex()}})
    text = base64.b64encode(REGO).decode()
    other = base64.b64encode(REGO + b"\n").decode()

    def case(name: str, comment: str, files: dict[str, bytes], failed: list[str] | None = None,
             report: Report = good) -> Case:  # fmt: skip
        return judged(f"container_{name}", comment, Document(report), measured, failed or [],
                      policy_files=files)  # fmt: skip

    def broken(name: str, where: str, comment: str, files: dict[str, bytes],
               main: dict[str, object] | None = measured) -> Case:  # fmt: skip
        expect = {"stage": "policy", "code": "bad_policy", "where": where}
        return Case(f"snp/bad_policy--container_{name}", comment, Document(good).bytes(), expect,
                    [], policy=main, policy_files=files)  # fmt: skip

    arm = "template.json"
    place = "resources[0].properties.confidentialComputeProperties.ccePolicy"
    empty = {"version": 1, "accept": [{"family": "tpm", "require": {
        "tpm.pcr.sha256.4": {"equals": "11" * 32}}}]}  # fmt: skip
    return [
        case("rego", "The policy's text.", {"container.rego": REGO}),
        case("base64", "As the deployment carries it.", {"container.b64": text.encode() + b"\n"}),
        case("template", "The deployment itself.", {arm: template(text)}),
        case("template_of_two", "A deployment of two groups: either will do.",
             {arm: template(other, text)}),
        case("other", "One line more than was launched with.", {"container.rego": REGO + b"\n"},
             ["policy-03"]),
        case("template_other", "A deployment with another policy.", {arm: template(other)},
             ["policy-03"]),
        case("no_host_data", "The host stated nothing.", {"container.rego": REGO}, ["policy-03"],
             good.but(host_data=bytes(32))),
        broken("alone", "container.rego", "Host data alone measure nothing.",
               {"container.rego": REGO}, None),
        broken("template_empty", f"{arm}: {place}", "Nobody generated a policy yet.",
               {arm: template("")}),
        broken("template_expression", f"{arm}: {place}", "A parameter in place of the policy.",
               {arm: template("[parameters('ccePolicy')]")}),
        broken("template_not_rego", f"{arm}: {place}", "Something else in base64.",
               {arm: template("AAAA")}),
        broken("template_without", arm, "A deployment of something else.", {arm: template()}),
        broken("for_a_tpm", "container.rego, policy.json", "A TPM quote has no host data.",
               {"container.rego": REGO}, empty),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return [*versions(), *fields(), *forms(), *policies(), *container_policies()]
