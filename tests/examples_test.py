"""The examples run: on forged evidence, and against a service on a software TPM."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from where import ROOT

EXAMPLES = ROOT / "build" / "dev" / "examples"


def example(name: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs one; skips when the development build is not there."""
    program = EXAMPLES / name
    if not program.is_file():
        pytest.skip(f"not built: {program.relative_to(ROOT)} (cmake --preset dev)")
    return subprocess.run(
        [program, *map(str, args)], capture_output=True, text=True, timeout=120, check=False
    )


def test_verify_offline_gives_the_five_outcomes(blindllama: Path, tmp_path: Path) -> None:
    document, at = blindllama / "attestation.json", "2024-01-01T00:00:00Z"
    policy = [blindllama / "measurements_azure.json", blindllama / "application.json"]
    accepted = example("01_verify_offline", document, at, *policy)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert "ACCEPTED" in accepted.stdout

    other = tmp_path / "m.json"
    other.write_text(policy[0].read_text().replace("1ad2c272", "1ad2c273"))
    refused = example("01_verify_offline", document, at, other, policy[1])
    assert refused.returncode == 1
    assert "tpm.pcr.sha256.4" in refused.stdout

    changed = tmp_path / "changed.json"
    text = document.read_text()
    at_message = text.index('"message"') + 80
    letter = "A" if text[at_message] != "A" else "B"
    changed.write_text(text[:at_message] + letter + text[at_message + 1 :])
    assert example("01_verify_offline", changed, at, *policy).returncode == 3

    cut = tmp_path / "cut.json"
    cut.write_text(text[:-40])
    assert example("01_verify_offline", cut, at, *policy).returncode == 4

    expired = example("01_verify_offline", document, "2026-01-01T00:00:00Z", *policy)
    assert expired.returncode == 3
    assert "expired" in expired.stderr


def test_session_examples_against_a_software_tpm(tmp_path: Path) -> None:
    testing = pytest.importorskip("cupel.testing")
    if not (EXAMPLES / "03_attested_session").is_file():
        pytest.skip("the examples are not built (cmake --preset dev)")
    with testing.AttestedService() as service:
        policy = tmp_path / "policy.json"
        service.write_policy(policy)
        ran = example("03_attested_session", service.base_url, policy, service.root_ca_file)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "ACCEPTED" in ran.stdout
        assert "HTTP 200" in ran.stdout
        ran = example("05_completion", service.base_url, policy, service.root_ca_file, "A cupel is")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert len(ran.stdout.split()) > 3


@pytest.mark.parametrize("over_http", [False, True])
def test_blindai_example_against_a_simulated_enclave(tmp_path: Path, over_http: bool) -> None:
    sgx = pytest.importorskip("cupel.testing.kinds.sgx")
    model = tmp_path / "model.onnx"
    model.write_bytes(b"\x08\x07 a model")
    with sgx.BlindAiService(
        attestation_port=0, management_port=0, evidence_over_http=over_http
    ) as service:
        assert service.attestation_url.startswith("http://" if over_http else "https://")
        urls = (service.base_url, service.attestation_url, service.management_url)
        manifest, anchors = service.write_manifest(), service.trust.anchors
        ran = example("06_blindai", *urls, manifest, anchors, model)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        lines = ran.stdout.splitlines()
        assert lines[:2] == ["model: an example", "tensor: I32, 16 bytes"]
        assert any(line.startswith("not proved: ") for line in lines)
        assert lines[-1] == "models left: 0"

        other = tmp_path / "manifest.toml"
        text = manifest.read_text()
        at = text.index('mr_enclave = "') + len('mr_enclave = "')
        other.write_text(text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :])
        service.reset_counts()
        refused = example("06_blindai", *urls, other, anchors, model)
        assert refused.returncode == 1, refused.stdout + refused.stderr
        assert not service.saw(model.read_bytes())
        assert service.prompt_bytes_received == 0
