"""What `cupel policy make` writes accepts what it was made for, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from where import ROOT, Command

VECTORS = ROOT / "tests" / "vectors"
ISSUER = "https://testmaa.eus.attest.azure.net"
AT = ("--at", "2024-06-15T12:00:00Z")
REGO = b"package policy\n"


def token_case(name: str) -> tuple[Path, list[str]]:
    """A forged token, and how to trust its key."""
    folder = VECTORS / "maa" / name
    return folder / "token.jwt", ["--issuer-keys", f"{ISSUER}={folder / 'keys-0.json'}", *AT]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """An ARM template with one container group."""
    group = {
        "type": "Microsoft.ContainerInstance/containerGroups",
        "name": "chat",
        "properties": {
            "confidentialComputeProperties": {"ccePolicy": base64.b64encode(REGO).decode()}
        },
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"parameters": {}, "resources": [group]}))
    return path


@pytest.mark.parametrize(
    ("form", "extra"),
    [
        ("cupel", []),
        ("claims", []),
        ("key-release", []),
        ("importkeyconfig", ["--kid", "k", "--vault", "v.managedhsm.azure.net"]),
    ],
)
def test_makes_each_form_from_a_template(
    cupel: Command, template: Path, tmp_path: Path, form: str, extra: list[str]
) -> None:
    made = tmp_path / "made.json"
    arguments = ["--arm", template, "--issuer", "A.attest.azure.net", "--to", form, *extra]
    ran = cupel("policy", "make", *arguments, *AT, "-o", made)
    assert ran.code == 0, ran.err
    shown = cupel("policy", "show", made, "--json")
    assert shown.code == 0, shown.err
    require = json.loads(shown.out)["policy"]["accept"][0]["require"]
    digest = hashlib.sha256(REGO).hexdigest()
    assert require["maa.x-ms-sevsnpvm-hostdata"] == {"equals": digest}
    assert require["maa.iss"] == {"equals": "https://a.attest.azure.net"}
    assert require["maa.x-ms-sevsnpvm-is-debuggable"] == {"equals": False}


def test_a_policy_from_evidence_accepts_it_and_nothing_else(cupel: Command, tmp_path: Path) -> None:
    token, trust = token_case("ok--container_group")
    policy = tmp_path / "policy.json"
    ran = cupel("policy", "make", "--from-evidence", token, *trust, "-o", policy)
    assert ran.code == 0, ran.err
    assert "TRUST ON FIRST USE" in ran.err
    assert "TRUST ON FIRST USE" in json.loads(policy.read_text())["comment"]
    assert cupel("verify", token, *trust, "--policy", policy).code == 0
    for other in ("ok--virtual_machine", "ok--enclave", "ok--trust_domain"):
        evidence, its_trust = token_case(other)
        assert cupel("show", evidence, *its_trust).code == 0
        assert cupel("verify", evidence, *its_trust, "--policy", policy).code == 1


def test_a_policy_from_a_quote_pins_its_registers(cupel: Command, tmp_path: Path) -> None:
    folder = VECTORS / "tpm"
    policy = tmp_path / "policy.json"
    trust = ["--anchors", folder / "ok--rsassa_sha256" / "anchors.pem", *AT]
    quote = folder / "ok--rsassa_sha256" / "evidence.json"
    ran = cupel("policy", "make", "--from-evidence", quote, *trust, "-o", policy)
    assert ran.code == 0, ran.err
    assert cupel("verify", quote, *trust, "--policy", policy).code == 0
    rules = json.loads(policy.read_text())["accept"][0]["require"]
    for name in rules:
        changed = json.loads(policy.read_text())
        changed["accept"][0]["require"][name] = {"equals": "11" * 32}
        other = tmp_path / "other.json"
        other.write_text(json.dumps(changed))
        assert cupel("verify", quote, *trust, "--policy", other).code == 1, name


def test_nothing_is_made_from_evidence_that_is_not_authentic(
    cupel: Command, tmp_path: Path
) -> None:
    token, trust = token_case("ok--container_group")
    made = tmp_path / "made.json"
    refused = [
        (token, [*AT], 3),  # nobody is trusted
        (VECTORS / "maa/bad_signature--other_key/token.jwt", trust, 3),
        (VECTORS / "maa/expired--at_exp/token.jwt", trust, 3),
        (token_case("ok--virtual_machine_open_to_debugging")[0], trust, 2),
    ]
    for evidence, options, code in refused:
        ran = cupel("policy", "make", "--from-evidence", evidence, *options, "-o", made)
        assert ran.code == code, ran.err
        assert not made.exists()


def test_says_what_it_wants(cupel: Command, template: Path, tmp_path: Path) -> None:
    token, trust = token_case("ok--container_group")
    for arguments in (
        [],
        ["--arm", template],
        ["--arm", template, "--issuer", "http://a.b"],
        ["--arm", template, "--issuer", "a.b", "--to", "kms"],
        ["--arm", template, "--issuer", "a.b", "--to", "importkeyconfig"],
        ["--arm", template, "--from-evidence", token, *trust],
        ["--from-evidence", token, *trust, "--to", "claims"],
        [template],
        [template, "--to", "claims"],
        ["--arm", tmp_path / "absent.json", "--issuer", "a.b"],
    ):
        ran = cupel("policy", "make", *arguments)
        assert ran.code == 2, f"{arguments}: {ran.err}"
        assert ran.out == ""


def test_overwrites_nothing_unless_told(cupel: Command, template: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    made.write_text("mine")
    arguments = ["policy", "make", "--arm", template, "--issuer", "a.b", "-o", made, *AT]
    assert cupel(*arguments).code != 0
    assert made.read_text() == "mine"
    assert cupel(*arguments, "--force").code == 0


def test_rewrites_blindllamas_files(cupel: Command, blindllama: Path, tmp_path: Path) -> None:
    files = [blindllama / "measurements_azure.json", blindllama / "application.json"]
    made = tmp_path / "made.json"
    assert cupel("policy", "make", *files, *AT, "-o", made).code == 0
    same = [
        json.loads(cupel("policy", "show", *f, "--json").out)["policy"] for f in (files, [made])
    ]
    assert same[0] == same[1]
    assert "SHA-256" in json.loads(made.read_text())["comment"]


@pytest.mark.parametrize("form", ["cupel", "claims", "key-release", "importkeyconfig"])
def test_an_issuer_that_is_missing_is_asked_for(
    cupel: Command, template: Path, form: str
) -> None:
    ran = cupel("policy", "make", "--arm", template, "--to", form, *AT, "--json")
    assert ran.code == 2
    error = json.loads(ran.out)["error"]
    assert error["where"] == "--issuer"
    assert "host-data" in error["detail"]
    assert cupel("policy", "make", "--arm", template, "--to", "host-data", *AT).code == 0
    assert cupel("policy", "make", "--arm", template, "--to", "host_data", *AT).code == 0
