"""Whatever happens to its owner, the service leaves neither processes nor files behind."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from cupel.testing import AttestedService, ServiceError, recorded
from cupel.testing.keeper import Keeper

from .conftest import own_python
from .verifier import verify_document

PATIENCE = 20.0

# Starts a service, tells where it lives, and then does what the test wants.
OWNER = """
import os, signal, sys, time
from cupel.testing import AttestedService
service = AttestedService().start()
print(service.root_ca_file.parent, flush=True)
"""
ENDINGS = {
    "returns": "",
    "raises": "raise SystemExit(3)",
    "leaves at once": "os._exit(0)",
    "is terminated": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "is interrupted": "os.kill(os.getpid(), signal.SIGINT); time.sleep(30)",
}


def processes_in(folder: str) -> list[int]:
    """Running processes whose command line names a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if folder.encode() in words:
                found.append(int(entry.name))
    return found


def gone(folder: str) -> bool:
    """Waits until neither the folder nor a process in it is left."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not Path(folder).exists() and not processes_in(folder):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("ending", sorted(ENDINGS))
def test_nothing_is_left_when_the_owner(software_tpm: None, ending: str) -> None:
    owner = subprocess.run(
        [sys.executable, "-c", OWNER + ENDINGS[ending]],
        env=own_python(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    folder = owner.stdout.strip()
    assert "cupel-testing-" in folder, owner.stderr
    assert gone(folder)


def test_processes_are_there_while_it_runs_and_gone_after(software_tpm: None) -> None:
    with AttestedService() as service:
        folder = str(service.root_ca_file.parent)
        assert len(processes_in(folder)) == 2  # the keeper and swtpm
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        assert not list(Path(folder).glob("tls-*"))  # the TLS key does not stay on disk
    assert not Path(folder).exists()
    assert processes_in(folder) == []
    service.close()  # again: harmless


def test_keeper_that_is_killed_takes_the_tpm_with_it(software_tpm: None) -> None:
    service = AttestedService().start()
    folder = str(service.root_ca_file.parent)
    keeper = next(
        pid
        for pid in processes_in(folder)
        if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(keeper, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(ServiceError, match="tpm2_quote"):
        service.evidence_of("/attestation.json", b"nonce")
    service.close()
    assert gone(folder)


def test_keeper_says_which_program_did_not_start() -> None:
    keeper = Keeper()
    with pytest.raises(OSError, match="no-such-program"):
        keeper.start(["no-such-program"])
    with pytest.raises(ValueError, match="NUL"):
        keeper.start(["true", "a\0b"])
    folder = str(keeper.folder)
    keeper.close()
    keeper.close()
    assert gone(folder)


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="apt install swtpm tpm2-tools"):
        AttestedService().start()
    # Without a machine of its own it does not need them.
    with (
        AttestedService(evidence=recorded({})) as service,
        pytest.raises(ServiceError, match="no machine"),
    ):
        service.policy()


def test_taken_port_is_a_service_error() -> None:
    with AttestedService(evidence=recorded({})) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        with pytest.raises(ServiceError, match="in use"):
            AttestedService(port=port, evidence=recorded({})).start()
        with pytest.raises(ServiceError, match="runs already"):
            first.start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_tells_what_a_client_needs(
    software_tpm: None, tmp_path: Path, number: signal.Signals
) -> None:
    serving = subprocess.Popen(
        [sys.executable, "-m", "cupel.testing.serve", "--files", str(tmp_path), "--static-only"],
        env=own_python(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        said = ""
        while "cupel ask" not in said:
            line = serving.stdout.readline()
            assert line, said
            said += line
        words = dict(line.split(maxsplit=1) for line in said.splitlines()[1:4])
        policy = json.loads(Path(words["policy"].strip()).read_text())
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # evidence vouches for itself
        url = words["service"].strip() + "/attestation.json?nonce=00"
        with urllib.request.urlopen(url, context=context, timeout=20) as response:
            document = json.load(response)
    finally:
        serving.send_signal(number)
        serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert "  cupel ask https://localhost:" in said
    checked = verify_document(document)
    assert checked.attest.extra_data == b""  # static: the nonce was ignored
    assert policy["accept"][0]["require"]["tpm.pcr.sha256.4"]["one_of"] == [
        checked.pcrs["sha256", 4].hex()
    ]
    assert {path.name for path in tmp_path.iterdir()} == {
        "vtpm-root.pem", "policy.json", "policy-without-nonce.json",
        "measurements_azure.json", "application.json",
    }  # fmt: skip
    assert Path(words["anchor"].strip()).read_text() == document["cert_chain"][2]


def test_serve_says_why_it_cannot_start() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "cupel.testing.serve", "--roothash", "beef"],
        env=own_python(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "application_disk_roothash" in ran.stderr


CLIENT_LEFT_OPEN = """
import threading, time
import cupel
from cupel.testing import load
with load("nitro").make() as service:
    client = cupel.Client(
        service.base_url, policy=service.policy_file,
        anchors=service.trust.for_client(cupel), evidence=service.evidence_protocol,
    )
    for _ in range(3):
        client.completions.create(model="demo", prompt="What is a cupel?")
deadline = time.monotonic() + 20
while threading.active_count() > 1 and time.monotonic() < deadline:
    time.sleep(0.01)
print("ended with", threading.active_count(), "thread")
"""


def test_client_that_is_still_connected_is_no_fault_of_the_service() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CLIENT_LEFT_OPEN],
        env=own_python(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "ended with 1 thread\n"
    assert ran.stderr == ""
