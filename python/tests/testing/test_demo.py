"""The attacks are what they say, and the demo notices when a client lets one through."""

from __future__ import annotations

import importlib.util
import json
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cupel.testing import AttestedService
from cupel.testing.attacks import ATTACKS, Attack
from cupel.testing.demo import WentWrong, find_command
from cupel.testing.kinds import KINDS, load

from .conftest import connect, own_python, sender
from .verifier import verify_bundle

NONCE = bytes(range(32))

# A "client" that believes everything: it asks without looking at any evidence.
CREDULOUS = """#!{python}
import json, ssl, sys, urllib.request
context = ssl._create_unverified_context()
url = next(word for word in sys.argv if word.startswith("https://"))
urllib.request.urlopen(url + "/attestation.json", context=context).read()
body = json.dumps({{"text_input": sys.argv[-1]}}).encode()
request = urllib.request.Request(url + "/v2/models/ensemble/generate", data=body)
print(json.load(urllib.request.urlopen(request, context=context))["text_output"])
"""
# A "client" that invents its answers and refuses in the right words without asking anybody.
INVENTIVE = """#!{python}
import json, sys
if "--json" in sys.argv:
    print(json.dumps({{"error": {{"code": "pin_mismatch", "where": "tls"}}}}))
    sys.exit(3)
print("an answer out of thin air")
"""


def attack(name: str) -> Attack[AttestedService]:
    """An attack by a word of its name."""
    (found,) = [one for one in ATTACKS if name in one.name]
    return found


def evidence(service: AttestedService) -> dict[str, Any]:
    """The bundle a client would get, from a server whose TLS it does not judge."""
    pem = ssl.get_server_certificate(("localhost", int(service.base_url.rsplit(":", 1)[1])))
    assert pem
    bundle: dict[str, Any] = json.loads(service.evidence_of("/evidence.json", NONCE))
    return bundle


def test_another_disk_differs_in_nothing_but_the_disk(service: AttestedService) -> None:
    with attack("disk").mount(service) as impostor:
        bundle = evidence(impostor)
        checked = verify_bundle(bundle)
        assert bundle["ak"]["certificates"][2] == service.root_ca_file.read_text()
        assert checked.attest.extra_data == NONCE
        genuine = service.machine.expected_pcrs()
        different = [pcr for (_, pcr), value in checked.pcrs.items() if value != genuine[pcr]]
        assert different == [15]
        assert bundle["supplied"]["application_disk_roothash"] != (
            service.machine.application_disk_roothash
        )


def test_replay_is_genuine_but_answers_another_nonce(service: AttestedService) -> None:
    with attack("replayed").mount(service) as impostor:
        checked = verify_bundle(evidence(impostor))
        assert len(checked.attest.extra_data) == 32
        assert checked.attest.extra_data != NONCE
        # Even the TLS key is one that the genuine authority vouches for.
        connection = connect(impostor.base_url, service.web_authority.root_pem)
        connection.connect()
        connection.close()


def test_relay_is_genuine_in_all_but_the_tls_key(service: AttestedService) -> None:
    with attack("TLS key").mount(service) as impostor:
        bundle = evidence(impostor)
        assert verify_bundle(bundle).attest.extra_data == NONCE
        connection = connect(impostor.base_url, bundle["supplied"]["webserver_rootca"])
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.connect()
        connection.close()


def test_unknown_vendor_differs_in_nothing_but_the_vendor(service: AttestedService) -> None:
    with attack("vouches").mount(service) as impostor:
        bundle = evidence(impostor)
        checked = verify_bundle(bundle)
        genuine = service.machine.expected_pcrs()
        assert all(checked.pcrs["sha256", pcr] == genuine[pcr] for pcr in range(15))
        assert bundle["ak"]["certificates"][2] != service.root_ca_file.read_text()
        assert sender(impostor)("/v1/models").status == 200


def demo(tmp_path: Path, program: str | None, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the demo with a command of the test's own."""
    command = tmp_path / "cupel"
    if program is not None:
        command.write_text(program.format(python=sys.executable))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return subprocess.run(
        [sys.executable, "-m", "cupel.testing.demo", *words],
        env={**own_python(), "CUPEL_BIN": str(command)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def steps(ran: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """The steps of a --json summary by name."""
    summary = json.loads(ran.stdout)
    assert summary["schema"] == "cupel.demo/1"
    assert summary["ok"] is (ran.returncode == 0)
    return {step["name"]: step for step in summary["steps"]}


def test_demo_fails_when_the_command_believes_everything(
    software_tpm: None, tmp_path: Path
) -> None:
    ran = demo(tmp_path, CREDULOUS, "--json")
    assert ran.returncode == 1
    found = steps(ran)
    assert found["the command asks"]["ok"]
    for one in ATTACKS:
        assert not found[f"attack: {one.name}"]["ok"]


def test_demo_fails_when_the_command_makes_things_up(software_tpm: None, tmp_path: Path) -> None:
    found = steps(demo(tmp_path, INVENTIVE, "--json"))
    assert found["a service starts"]["ok"]
    assert "never arrived" in found["the command asks"]["error"]
    for one in ATTACKS:
        assert not found[f"attack: {one.name}"]["ok"]


@pytest.fixture
def whole_package() -> None:
    """Skips where the command or the Python client is not installed."""
    if importlib.util.find_spec("cupel._core") is None:
        pytest.skip("not installed: the compiled core of the Python package")
    try:
        find_command()
    except WentWrong as error:
        pytest.skip(f"not installed: {error}")


@pytest.mark.parametrize("kind", KINDS)
def test_demo_goes_as_it_should(software_tpm: None, whole_package: None, kind: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "cupel.testing.demo", "--json", "--kind", kind],
        env=own_python(), capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["kind"] == kind
    found = steps(ran)
    attacks = load(kind).attacks
    assert len(found) == 4 + (load(kind).measured is not None) + len(attacks)
    assert all(step["ok"] for step in found.values())
    assert found["the command asks"]["facts"]["prompt_bytes_received"] > 0
    for one in attacks:
        facts = found[f"attack: {one.name}"]["facts"]
        assert facts["prompt_bytes_received"] == 0
        assert facts["exit_code"] == one.exit_code
        assert facts["code"] == one.code
        assert all(facts["checks"])


def test_demo_names_what_went_wrong_and_is_plain_in_a_pipe(
    software_tpm: None, tmp_path: Path
) -> None:
    ran = demo(tmp_path, None)
    assert ran.returncode == 1
    assert "1. A service starts" in ran.stdout
    assert "Went wrong: the command asks" in ran.stdout
    assert "CUPEL_BIN names" in ran.stdout
    assert "\x1b" not in ran.stdout


@pytest.mark.parametrize("kind", ["sev", "kind", "NITRO", ""])
def test_demo_refuses_kinds_that_do_not_exist(tmp_path: Path, kind: str) -> None:
    ran = demo(tmp_path, None, "--kind", kind)
    assert ran.returncode == 2
    assert "there is no demo for" in ran.stderr
