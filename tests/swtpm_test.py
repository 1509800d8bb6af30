"""Quotes that a software TPM made, in every form tpm2_quote writes, through the command."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from where import Command

TOOLS = ("swtpm", "tpm2_quote", "tpm2_createprimary", "tpm2_create", "tpm2_load", "tpm2_readpublic")
# tpm2-tools from 5.7 on also write `marshaled`.
FORMS = ("serialized", "values", "marshaled")
AT = ("--at", "2024-06-15T12:00:00Z")


def free_ports() -> tuple[int, int]:
    """Two neighbouring ports of the loopback interface: the TPM's and its control channel's."""
    for first in range(20_000 + os.getpid() % 10_000, 60_000, 7):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", first))
                two.bind(("127.0.0.1", first + 1))
            except OSError:
                continue
            return first, first + 1
    raise AssertionError("no free ports")


class Tpm:
    """A software TPM and a folder for what it makes."""

    def __init__(self, folder: Path, port: int) -> None:
        """Remembers where it is."""
        self.folder = folder
        self.environment = {
            **os.environ,
            "TPM2TOOLS_TCTI": f"swtpm:host=127.0.0.1,port={port}",
            "TSS2_LOG": "all+none",
        }
        self.keys: dict[str, str] = {}

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """A tpm2-tools command; a transient object is left behind by none of them."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, check=False,
            timeout=60,
        )  # fmt: skip
        subprocess.run(
            ["tpm2_flushcontext", "-t"], cwd=self.folder, env=self.environment,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done

    def must(self, *command: str) -> None:
        """A command that has to work."""
        done = self.run(*command)
        assert done.returncode == 0, (command, done.stderr.decode())

    def key(self, kind: str) -> str:
        """A restricted signing key; the name of its context file."""
        if kind not in self.keys:
            attributes = (
                "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign|noda"
            )
            self.must("tpm2_create", "-C", "primary.ctx", "-G", kind, "-a", attributes,
                      "-u", "new.pub", "-r", "new.priv", "-Q")  # fmt: skip
            name = kind.replace(":", "_")
            self.must("tpm2_load", "-C", "primary.ctx", "-u", "new.pub", "-r", "new.priv",
                      "-c", f"{name}.ctx", "-n", f"{name}.name", "-Q")  # fmt: skip
            self.must(
                "tpm2_readpublic", "-c", f"{name}.ctx", "-f", "pem", "-o", f"{name}.pem", "-Q"
            )
            self.must(
                "tpm2_readpublic", "-c", f"{name}.ctx", "-f", "tss", "-o", f"{name}.tss", "-Q"
            )
            self.keys[kind] = name
        return self.keys[kind]

    def quote(self, key: str, selection: str, form: str, hash_name: str, nonce: str = "") -> None:
        """Makes quote.msg, quote.sig and quote.pcrs."""
        command = ["tpm2_quote", "-c", f"{key}.ctx", "-l", selection, "-g", hash_name, "-F", form,
                   "-m", "quote.msg", "-s", "quote.sig", "-o", "quote.pcrs", "-Q"]  # fmt: skip
        if "rsapss" in key:
            command += ["--scheme", "rsapss"]
        if nonce:
            command += ["-q", nonce]
        done = self.run(*command)
        if done.returncode != 0 and b"Invalid pcrs output format" in done.stderr:
            pytest.skip(f"this tpm2_quote does not write -F {form}")
        assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="module")
def tpm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tpm]:
    """A running software TPM with a primary key."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("tpm")
    state = folder / "state"
    state.mkdir()
    port, control = free_ports()
    process = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
         "--server", f"type=tcp,port={port},bindaddr=127.0.0.1",
         "--ctrl", f"type=tcp,port={control},bindaddr=127.0.0.1",
         "--flags", "not-need-init,startup-clear"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        machine = Tpm(folder, port)
        for _ in range(100):
            if machine.run("tpm2_getcap", "properties-fixed").returncode == 0:
                break
            assert process.poll() is None, "swtpm ended"
            time.sleep(0.1)
        machine.must("tpm2_createprimary", "-C", "e", "-c", "primary.ctx", "-Q")
        for index in range(24):
            value = f"{index + 1:02x}" * 32
            machine.run("tpm2_pcrextend", f"{index}:sha256={value}")
        yield machine
    finally:
        process.terminate()
        process.wait(timeout=10)


def bundled(cupel: Command, tpm: Tpm, form: str, public: str, *more: str) -> Path:
    """The loose files as one evidence document."""
    out = tpm.folder / "evidence.json"
    ran = cupel("bundle", "tpm", "--message", tpm.folder / "quote.msg",
                "--signature", tpm.folder / "quote.sig", "--pcrs", tpm.folder / "quote.pcrs",
                "--pcr-form", form, "--ak-pub", tpm.folder / public, "-o", out, "--force",
                *more)  # fmt: skip
    assert ran.code == 0, ran.err
    return out


KINDS = [
    ("rsa2048:rsassa-sha256:null", "sha256"),
    ("rsa2048:rsassa-sha384:null", "sha384"),
    ("rsa2048:rsapss-sha256:null", "sha256"),
    ("ecc256:ecdsa-sha256:null", "sha256"),
    ("ecc384:ecdsa-sha384:null", "sha384"),
]
SELECTIONS = [
    "sha256:0",
    "sha256:0,1,2,3,4,5,6,7",
    "sha256:0,1,2,3,4,5,6,7,8",
    "sha256:" + ",".join(map(str, range(24))),
    "sha384:0,7,23",
    "sha256:0,4,7+sha384:0,1,2,3,4,5,6,7,8,9",
    "sha1:0,1+sha256:0,1",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("kind", "hash_name"), KINDS)
def test_accepts_quotes_of_every_key_and_form(
    cupel: Command, tpm: Tpm, kind: str, hash_name: str, form: str
) -> None:
    key = tpm.key(kind)
    tpm.quote(key, SELECTIONS[5], form, hash_name, nonce="00112233445566778899aabbccddeeff")
    evidence = bundled(cupel, tpm, form, f"{key}.pem")
    ran = cupel("show", evidence, *AT, "--ak-key", tpm.folder / f"{key}.pem", "--full")
    assert ran.code == 0, ran.out + ran.err
    assert "00112233445566778899aabbccddeeff" in ran.out
    assert "tpm.pcr.sha384.9" in ran.out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_accepts_every_selection(cupel: Command, tpm: Tpm, selection: str, form: str) -> None:
    key = tpm.key("rsa2048:rsassa-sha256:null")
    tpm.quote(key, selection, form, "sha256")
    evidence = bundled(cupel, tpm, form, f"{key}.tss")
    ran = cupel("show", evidence, *AT, "--ak-key", tpm.folder / f"{key}.pem", "--full")
    assert ran.code == 0, ran.out + ran.err
    for bank in selection.split("+"):
        name, indices = bank.split(":")
        for index in indices.split(","):
            assert f"tpm.pcr.{name}.{index} " in ran.out
    if selection.startswith("sha256:0"):
        read = tpm.run("tpm2_pcrread", "sha256:0", "-o", "pcr0.bin")
        assert read.returncode == 0
        assert (tpm.folder / "pcr0.bin").read_bytes().hex() in ran.out


def test_refuses_a_quote_of_a_key_that_was_not_named(cupel: Command, tpm: Tpm) -> None:
    key = tpm.key("rsa2048:rsassa-sha256:null")
    other = tpm.key("ecc256:ecdsa-sha256:null")
    tpm.quote(key, SELECTIONS[1], "serialized", "sha256")
    evidence = bundled(cupel, tpm, "serialized", f"{key}.pem")
    ran = cupel("show", evidence, *AT, "--ak-key", tpm.folder / f"{other}.pem")
    assert ran.code == 3
    assert "untrusted_chain" in ran.err


def test_refuses_values_of_another_moment(cupel: Command, tpm: Tpm) -> None:
    key = tpm.key("rsa2048:rsassa-sha256:null")
    tpm.quote(key, "sha256:16,23", "serialized", "sha256")
    before = (tpm.folder / "quote.pcrs").read_bytes()
    tpm.must("tpm2_pcrextend", "16:sha256=" + "ab" * 32)
    tpm.quote(key, "sha256:16,23", "serialized", "sha256")
    (tpm.folder / "quote.pcrs").write_bytes(before)
    evidence = bundled(cupel, tpm, "serialized", f"{key}.pem")
    ran = cupel("show", evidence, *AT, "--ak-key", tpm.folder / f"{key}.pem")
    assert ran.code == 3
    assert "digest_mismatch" in ran.err


def test_refuses_another_nonce(cupel: Command, tpm: Tpm, tmp_path: Path) -> None:
    key = tpm.key("ecc256:ecdsa-sha256:null")
    tpm.quote(key, "sha256:0", "serialized", "sha256", nonce="aa" * 32)
    value = tpm.run("tpm2_pcrread", "sha256:0", "-o", "pcr0.bin")
    assert value.returncode == 0
    register = (tpm.folder / "pcr0.bin").read_bytes().hex()
    policy = tmp_path / "policy.json"
    policy.write_text(
        '{"version": 1, "accept": [{"family": "tpm", "require": '
        f'{{"tpm.pcr.sha256.0": {{"equals": "{register}"}}}}}}]}}'
    )
    evidence = bundled(cupel, tpm, "serialized", f"{key}.pem")
    trusted = ("--ak-key", str(tpm.folder / f"{key}.pem"), "--policy", str(policy))
    assert cupel("verify", evidence, *AT, *trusted, "--nonce", "aa" * 32).code == 0
    refused = cupel("verify", evidence, *AT, *trusted, "--nonce", "bb" * 32)
    assert refused.code == 1
    assert "policy-06" in refused.out
