"""Policies made from what operators have: they accept what they were made for, and no neighbour."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from where import ROOT, VECTORS, Command

FORGED = ROOT / "tests" / "vectors"
AT = ("--at", "2024-06-15T12:00:00Z")
ROLE = "arn:aws:iam::123456789012:role/serving"


@dataclass(frozen=True)
class Machine:
    """Forged evidence that is authentic, and how to trust it."""

    case: str
    family: str
    others: tuple[str, ...] = ()  # cases of other software, under the same trust
    measured: tuple[str, ...] = field(default=())  # claims that a policy made from it must name

    def arguments(self, case: str | None = None) -> list[str | Path]:
        """Evidence and trust, as the command takes them."""
        folder = FORGED / self.family / (case or self.case)
        out: list[str | Path] = [next(folder.glob("evidence.*")), *AT]
        out += ["--anchors", folder / "anchors.pem", "--family", self.family]
        if (folder / "endorsements").is_dir():
            out += ["--endorse", folder / "endorsements"]
        return out


MACHINES = [
    Machine("ok--as_newer_hypervisors", "nitro", ("ok--one_register",),
            ("nitro.pcr.0", "nitro.pcr.1", "nitro.pcr.2")),
    Machine("ok--nitro_tpm", "nitro", (), ("nitro.tpm_pcr.4",)),
    Machine("ok--milan_v3_vcek", "snp", ("ok--vmpl_3",),
            ("snp.measurement", "snp.host_data", "snp.policy", "snp.vmpl", "snp.id_key_digest")),
    Machine("ok--genoa_v3_vlek", "snp", (), ("snp.measurement",)),
    Machine("ok--milan_quote", "hcl", ("ok--tdx_quote", "ok--no_quote"),
            ("snp.measurement", "tpm.pcr.sha256.4")),
    Machine("ok--tdx_quote", "hcl", ("ok--milan_quote", "ok--tdx_no_tpm_quote", "ok--tdx_debug",
                                     "ok--tdx_out_of_date"),
            ("tdx.mrtd", "tpm.pcr.sha256.4")),
    Machine("ok--v3", "sgx", (), ("sgx.mrenclave",)),
    Machine("ok--v4", "tdx", ("ok--attribute_bits",),
            ("tdx.mrtd", "tdx.rtmr.0", "tdx.td_attributes", "tdx.mrconfigid")),
    Machine("ok--v5_td_15", "tdx", (), ("tdx.mrtd", "tdx.mrservicetd")),
    Machine("ok--rsassa_sha256", "tpm", (), ("tpm.pcr.sha256.4",)),
]  # fmt: skip


def changed_values(rule: dict[str, Any]) -> Any:
    """A value of the same type and size, and another."""
    value = rule["equals"]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value and set(value) <= set("0123456789abcdef"):
        return ("0" if value[0] != "0" else "1") + value[1:]
    return str(value) + "x"


def neighbours(policy: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The policy with one value changed, for every rule of every alternative."""
    for number, alternative in enumerate(policy["accept"]):
        for name, rule in alternative["require"].items():
            other = copy.deepcopy(policy)
            other["accept"] = [other["accept"][number]]
            other["accept"][0]["require"][name] = {"equals": changed_values(rule)}
            yield name, other


def expect_narrow(
    cupel: Command, made: Path, arguments: list[str | Path], folder: Path
) -> list[str]:
    """Accepts the evidence; refuses it under every neighbour. The names of the rules."""
    assert cupel("verify", *arguments, "--policy", made).code == 0
    names = []
    for name, other in neighbours(json.loads(made.read_text())):
        path = folder / "neighbour.json"
        path.write_text(json.dumps(other))
        ran = cupel("verify", *arguments, "--policy", path)
        assert ran.code == 1, f"{name}: {ran.out}{ran.err}"
        names.append(name)
    return names


# ---- from evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.family}-{m.case[4:]}")
def test_a_policy_from_evidence_of_each_family_is_narrow(
    cupel: Command, tmp_path: Path, machine: Machine
) -> None:
    made = tmp_path / "made.json"
    evidence, *trust = machine.arguments()
    ran = cupel("policy", "make", "--from-evidence", evidence, *trust, "-o", made)
    assert ran.code == 0, ran.err
    assert "TRUST ON FIRST USE" in ran.err
    assert "TRUST ON FIRST USE" in json.loads(made.read_text())["comment"]
    names = expect_narrow(cupel, made, [evidence, *trust], tmp_path)
    for measured in machine.measured:
        assert measured in names
    for other in machine.others:
        shown = cupel("show", *machine.arguments(other))
        assert shown.code == 0, f"{other}: {shown.err}"
        ran = cupel("verify", *machine.arguments(other), "--policy", made)
        assert ran.code == 1, f"{other}: {ran.out}"


@pytest.mark.parametrize(
    ("family", "case"),
    [("nitro", "ok--debug"), ("snp", "ok--debug_policy"), ("hcl", "ok--debug_policy"),
     ("hcl", "ok--tdx_debug")],
)  # fmt: skip
def test_nothing_is_made_from_evidence_open_to_debugging(
    cupel: Command, tmp_path: Path, family: str, case: str
) -> None:
    evidence, *trust = Machine(case, family).arguments()
    made = tmp_path / "made.json"
    assert cupel("show", evidence, *trust).code == 0
    ran = cupel("policy", "make", "--from-evidence", evidence, *trust, "-o", made)
    assert ran.code == 2, ran.out + ran.err
    assert not made.exists()


def test_nothing_is_made_from_a_platform_that_its_own_policy_refuses(
    cupel: Command, tmp_path: Path
) -> None:
    evidence, *trust = Machine("ok--tdx_out_of_date", "hcl").arguments()
    made = tmp_path / "made.json"
    ran = cupel("policy", "make", "--from-evidence", evidence, *trust, "-o", made)
    assert ran.code == 2, ran.out + ran.err
    assert not made.exists()


# ---- from a Nitro build output ------------------------------------------------------------------

NITRO = Machine("ok--build_output", "nitro")


def build_output(folder: Path, name: str = "build.json", **changes: str) -> Path:
    """What `nitro-cli build-enclave` printed for the image of NITRO, with changes."""
    document = json.loads((FORGED / "nitro" / NITRO.case / "build.json").read_text())
    document["Measurements"].update(changes)
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def test_a_build_output_becomes_a_policy_for_its_image(cupel: Command, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    assert cupel("policy", "make", build_output(tmp_path), *AT, "-o", made).code == 0
    names = expect_narrow(cupel, made, NITRO.arguments(), tmp_path)
    assert sorted(names) == ["nitro.pcr.0", "nitro.pcr.1", "nitro.pcr.2"]
    for register in ("PCR0", "PCR1", "PCR2"):
        other = build_output(tmp_path, f"{register}.json", **{register: "b7" * 48})
        theirs = tmp_path / f"{register}-made.json"
        assert cupel("policy", "make", other, *AT, "-o", theirs).code == 0
        assert cupel("verify", *NITRO.arguments(), "--policy", theirs).code == 1
    debug = Machine("ok--debug", "nitro").arguments()
    assert cupel("verify", *debug, "--policy", made).code == 1


def key_policy(cupel: Command, source: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """A KMS key policy with the statement that is made from a file."""
    ran = cupel("policy", "make", source, "--to", "kms", "--principal", ROLE, *AT)
    assert ran.code == 0, ran.err
    statement = json.loads(ran.out)
    path = folder / "key_policy.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Id": "key", "Statement": [statement]}))
    return path, statement


def test_a_build_output_becomes_a_key_statement_for_its_image(
    cupel: Command, tmp_path: Path
) -> None:
    path, statement = key_policy(cupel, build_output(tmp_path), tmp_path)
    assert cupel("verify", *NITRO.arguments(), "--policy", path).code == 0
    conditions = statement["Condition"]["StringEqualsIgnoreCase"]
    assert len(conditions) == 3
    for name, value in conditions.items():
        other = copy.deepcopy(statement)
        first = "0" if value[0] != "0" else "1"
        other["Condition"]["StringEqualsIgnoreCase"][name] = first + value[1:]
        path.write_text(json.dumps({"Version": "2012-10-17", "Id": "k", "Statement": [other]}))
        assert cupel("verify", *NITRO.arguments(), "--policy", path).code == 1, name
    # Letters may be large or small, as the condition says.
    for name, value in conditions.items():
        conditions[name] = value.upper()
    path.write_text(json.dumps({"Version": "2012-10-17", "Id": "k", "Statement": [statement]}))
    assert cupel("verify", *NITRO.arguments(), "--policy", path).code == 0


def test_a_key_statement_and_a_policy_say_the_same(cupel: Command, tmp_path: Path) -> None:
    build = build_output(tmp_path)
    path, _ = key_policy(cupel, build, tmp_path)
    rules = []
    for source in (build, path):
        shown = json.loads(cupel("policy", "show", source, "--json").out)
        rules.append(shown["policy"]["accept"][0]["require"])
    assert rules[0] == rules[1]


def test_no_key_statement_is_made_from_a_debug_build(cupel: Command, tmp_path: Path) -> None:
    build = build_output(tmp_path, PCR0="00" * 48)
    ran = cupel("policy", "make", build, "--to", "kms", "--principal", ROLE, *AT)
    assert ran.code == 2
    assert ran.out == ""


# ---- from an ARM template -----------------------------------------------------------------------


def template(folder: Path, *policies: bytes) -> Path:
    """An ARM template with a container group for each policy."""
    groups = [
        {
            "type": "Microsoft.ContainerInstance/containerGroups",
            "name": f"group{number}",
            "properties": {
                "confidentialComputeProperties": {"ccePolicy": base64.b64encode(rego).decode()}
            },
        }
        for number, rego in enumerate(policies)
    ]
    path = folder / "template.json"
    path.write_text(
        json.dumps(
            {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/"
                "deploymentTemplate.json#",
                "resources": groups,
            }
        )
    )
    return path


def test_a_template_stands_beside_a_policy_for_reports(cupel: Command, tmp_path: Path) -> None:
    folder = FORGED / "snp" / "ok--container_rego"
    rego = (folder / "container.rego").read_bytes()
    arguments = Machine("ok--container_rego", "snp").arguments()
    ours = ["--policy", folder / "policy.json"]
    for policies, code in (
        ((rego,), 0),
        ((b"package other\n", rego), 0),
        ((b"package other\n",), 1),
        ((rego + b"\n",), 1),
        ((rego.replace(b"\n", b"\r\n"),), 1),
    ):
        ran = cupel("verify", *arguments, *ours, "--policy", template(tmp_path, *policies))
        assert ran.code == code, ran.out + ran.err


CONTAINER_GROUPS = ["aci-milan-v2-sidecar", "aci-milan-v3-cleanroom-1"]


@pytest.mark.parametrize("name", CONTAINER_GROUPS)
def test_a_host_data_policy_accepts_its_container_group(
    cupel: Command, tmp_path: Path, name: str
) -> None:
    folder = VECTORS / "azure" / name
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    case = json.loads((folder / "case.json").read_text())
    rego = (folder / "security_policy.rego").read_bytes()
    chain = [
        block + "-----END CERTIFICATE-----\n"
        for block in (folder / "platform_certificates.pem")
        .read_text()
        .split("-----END CERTIFICATE-----")
        if "BEGIN" in block
    ]
    evidence = tmp_path / "evidence.json"
    evidence.write_text(
        json.dumps(
            {
                "kind": "cupel.snp/1",
                "report": base64.b64encode((folder / "report.bin").read_bytes()).decode(),
                "certificates": [block.strip() + "\n" for block in chain],
                "uvm_endorsements": base64.b64encode(
                    (folder / "uvm_endorsements.cose").read_bytes()
                ).decode(),
            }
        )
    )
    at = ("--at", case["verify_at"])
    made = tmp_path / "made.json"
    ran = cupel("policy", "make", "--arm", template(tmp_path, rego), "--to", "host-data", *at,
                "-o", made)  # fmt: skip
    assert ran.code == 0, ran.err
    require = json.loads(made.read_text())["accept"][0]["require"]
    assert require["snp.host_data"] == {"equals": hashlib.sha256(rego).hexdigest()}
    names = expect_narrow(cupel, made, [evidence, *at], tmp_path)
    assert "snp.host_data" in names
    assert "snp.uvm.feed" in names
    other = tmp_path / "other.json"
    ran = cupel("policy", "make", "--arm", template(tmp_path, rego + b"\n"), "--to", "host-data",
                *at, "-o", other)  # fmt: skip
    assert ran.code == 0, ran.err
    assert cupel("verify", evidence, *at, "--policy", other).code == 1
    # Together with what somebody measured himself, in a policy of our own form.
    own = tmp_path / "own.json"
    shown = json.loads(cupel("show", evidence, *at, "--json").out)
    measurement = shown["claims"]["snp.measurement"]["value"]
    rule = {"family": "snp", "require": {"snp.measurement": {"equals": measurement}}}
    own.write_text(json.dumps({"version": 1, "accept": [rule]}))
    both = ["--policy", own, "--policy", template(tmp_path, rego)]
    assert cupel("verify", evidence, *at, *both).code == 0
    both[-1] = template(tmp_path, b"package other\n")
    assert cupel("verify", evidence, *at, *both).code == 1
