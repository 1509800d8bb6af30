"""The pages in docs/: links lead somewhere, and code is code that runs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from where import ROOT, Command

PAGES = sorted((ROOT / "docs").glob("*.md"))
VECTORS = ROOT / "tests" / "vectors"
SERVICES = (ROOT / "docs" / "services.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def headings(path: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in headings(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_source_that_are_named_exist(page: Path) -> None:
    named = r"\b(?:lib|examples|tests|share|python)/[\w/.]*\w"
    for name in re.findall(named, page.read_text()):
        assert (ROOT / name).exists(), name


def test_readme_names_every_page() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in PAGES:
        assert f"(docs/{page.name})" in readme


# ---- docs/services.md ---------------------------------------------------------------------------


def run(block: str, monkeypatch: pytest.MonkeyPatch, anchors: Any) -> None:
    """Runs a block with a demo's roots in the place of the vendors', which clients fall back to."""
    cupel = pytest.importorskip("cupel")
    from cupel import _settings

    own = _settings.load_anchors
    monkeypatch.setattr(
        _settings,
        "load_anchors",
        lambda given, *, families: own(anchors if given is None else given, families=families),
    )
    names: dict[str, Any] = {"cupel": cupel}
    exec(compile(block, "services.md", "exec"), names)


def only(fragment: str) -> str:
    """The one Python block that has this in it."""
    [block] = [block for block in blocks(SERVICES, "python") if fragment in block]
    return block


def test_there_is_a_block_for_each_system() -> None:
    assert len(blocks(SERVICES, "python")) == 5


def test_blindllama_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    testing = pytest.importorskip("cupel.testing")
    if missing := testing.missing_programs():
        pytest.skip(f"{missing} not installed")
    with testing.AttestedService(attestation_port=0, static_only=True) as service:
        service.measurements_files(tmp_path)
        monkeypatch.chdir(tmp_path)
        block = only("blindllama").replace("https://api.cloud.localhost", service.base_url)
        url = "https://attestation-endpoint.api.localhost"
        block = block.replace(url, service.attestation_url)
        run(block, monkeypatch, service.root_ca_file)
        assert service.prompt_bytes_received > 0
    said = capsys.readouterr().out
    assert "ACCEPTED" in said
    assert "fresh" in said  # not proved, as the page says


@pytest.mark.parametrize(
    ("kind", "fragment", "url"),
    [
        ("maa", 'evidence="maa"', "https://llm.example"),
        ("snp", 'evidence="aci"', "https://nlp.example"),
        ("nitro", 'evidence="nitro"', "https://enclave.example"),
    ],
)
def test_block_of_the_kind_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, fragment: str, url: str
) -> None:
    testing = pytest.importorskip("cupel.testing")
    with testing.load(kind).make() as service:
        policy = json.loads(Path(service.policy_file).read_text())
        (tmp_path / "policy.json").write_text(json.dumps(policy))
        block = only(fragment).replace(url, service.base_url)
        if kind == "nitro":
            values = policy["accept"][0]["require"]
            registers = {f"PCR{n}": values[f"nitro.pcr.{n}"]["equals"] for n in (0, 1, 2)}
            (tmp_path / "build.json").write_text(json.dumps({"Measurements": registers}))
        if kind == "maa":
            [(issuer, keys)] = service.trust.issuer_keys.items()
            (tmp_path / "jwks.json").write_bytes(keys.read_bytes())
            block = block.replace("https://mine.weu.attest.azure.net", issuer)
        monkeypatch.chdir(tmp_path)
        run(block, monkeypatch, service.trust.anchors)
        assert service.prompt_bytes_received > 0


def test_blindai_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("numpy")
    cupel = pytest.importorskip("cupel")
    from cupel.testing.kinds.sgx import BlindAiService

    with BlindAiService(attestation_port=0, management_port=0, evidence_over_http=True) as service:
        service.write_manifest(tmp_path / "manifest.toml")
        monkeypatch.chdir(tmp_path)
        ports = {
            "unattested_server_port": urlsplit(service.attestation_url).port,
            "attested_server_port": urlsplit(service.base_url).port,
            "model_management_port": urlsplit(service.management_url).port,
        }
        options: dict[str, Any] = {"http_on_unattested_port": True, "policy": "manifest.toml"}
        anchors = service.trust.anchors
        with cupel.blindai.connect("localhost", anchors=anchors, **options, **ports) as client:
            uploaded = client.upload(b"a model", name="m")
        words = ", ".join(f"{name}={port}" for name, port in ports.items())
        block = only("blindai.connect").replace('"enclave.example",', f'"localhost", {words},')
        block = block.replace("6f0c…", uploaded.model_hash)
        run(block, monkeypatch, anchors)
        assert service.server.runs == 1
    assert "(1, 3, 224, 224)" in capsys.readouterr().out


def test_token_is_judged_by_the_templates(cupel: Command, tmp_path: Path) -> None:
    folder = VECTORS / "maa" / "ok--container_group"
    claims = json.loads((folder / "case.json").read_text())["expect"]["claims"]
    [(issuer, keys)] = json.loads((folder / "case.json").read_text())["issuer_keys"].items()
    (tmp_path / "token.jwt").write_bytes((folder / "token.jwt").read_bytes())
    (tmp_path / "jwks.json").write_bytes((folder / keys).read_bytes())
    template = {
        name: claims[f"maa.{name}"]
        for name in (
            "x-ms-attestation-type",
            "x-ms-compliance-status",
            "x-ms-sevsnpvm-hostdata",
            "x-ms-sevsnpvm-is-debuggable",
        )
    }
    (tmp_path / "attestation-policy.json").write_text(json.dumps(template))
    (tmp_path / "issuer.json").write_text(json.dumps({"iss": issuer}))
    [script] = blocks(SERVICES, "sh")
    script = script.replace("https://mine.weu.attest.azure.net", issuer)
    script = script.replace("token.jwt ", "token.jwt --at 2024-06-15T12:00:00Z ", 1)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": f"{cupel.path.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "ACCEPTED" in ran.stdout


def test_rollover_is_a_policy_with_two_alternatives(cupel: Command, tmp_path: Path) -> None:
    [text] = blocks(SERVICES, "json")
    policy = tmp_path / "policy.json"
    policy.write_text(text)
    for at, found in (
        ("2026-12-01T00:00:00Z", set()),
        ("2027-02-01T00:00:00Z", {"lint-expired"}),
    ):
        ran = cupel("policy", "lint", policy, "--at", at, "--json")
        assert ran.code == 0, ran.out + ran.err
        assert {one["id"] for one in json.loads(ran.out)["findings"]} == found


def test_what_is_not_offered_is_not_there(cupel: Command) -> None:
    """Should one of these come, the page must say so."""
    package = pytest.importorskip("cupel")
    commands = cupel("--help").out
    for word in ("proxy", "seal", "kms", "sign"):
        assert not re.search(rf"^  {word}\b", commands, re.MULTILINE)
    assert set(package.services()) == {"blindllama", "openai"}
    assert set(package.evidence_protocols()) == {"document", "nitro", "aci", "maa", "blindai"}
