"""The command's contract: exit codes, channels, JSON, bad input, no false word of success."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from where import ROOT, Command

AT = ("--at", "2024-01-01T00:00:00Z")
SUCCESS = re.compile(r"\b(ACCEPTED|AUTHENTIC|accepted|authentic|verified)\b")


def policies(folder: Path) -> list[str]:
    """BlindLlama's two files as options."""
    return [
        "--policy",
        str(folder / "measurements_azure.json"),
        "--policy",
        str(folder / "application.json"),
    ]


def edited(source: Path, to: Path, change: Callable[[Any], None]) -> Path:
    """A copy of a JSON file with something changed."""
    document = json.loads(source.read_text())
    change(document)
    to.write_text(json.dumps(document))
    return to


def test_shows_the_captured_document_as_authentic(cupel: Command, blindllama: Path) -> None:
    ran = cupel("show", blindllama / "attestation.json", *AT)
    assert ran.code == 0
    assert ran.out.startswith("AUTHENTIC")
    assert "ba8f47dcd805e06f" in ran.out
    assert "application_disk_roothash" in ran.out
    assert "unauthenticated" in ran.out


def test_accepts_the_captured_document_by_its_own_policies(
    cupel: Command, blindllama: Path
) -> None:
    ran = cupel("verify", blindllama / "attestation.json", *AT, *policies(blindllama))
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.startswith("ACCEPTED")
    assert "Not proved" in ran.out


def test_names_register_and_both_values_when_one_digit_differs(
    cupel: Command, blindllama: Path, tmp_path: Path
) -> None:
    def change(document: Any) -> None:
        value = document["measurements"]["4"]
        document["measurements"]["4"] = value[:-1] + ("0" if value[-1] != "0" else "1")

    file = edited(blindllama / "measurements_azure.json", tmp_path / "m.json", change)
    ran = cupel(
        "verify",
        blindllama / "attestation.json",
        *AT,
        "--policy",
        file,
        "--policy",
        blindllama / "application.json",
        "--full",
    )
    assert ran.code == 1
    assert "tpm.pcr.sha256.4" in ran.out
    assert "1ad2c27294c20584cbb5211544a25aafb2cda85769d1cbb63361d52e908b74c9" in ran.out
    assert "1ad2c27294c20584cbb5211544a25aafb2cda85769d1cbb63361d52e908b74c0" in ran.out
    assert not ran.out.startswith("ACCEPTED")


@pytest.mark.parametrize("byte", [20, 50, 60, 100])
def test_refuses_a_quote_with_one_byte_changed(
    cupel: Command, blindllama: Path, tmp_path: Path, byte: int
) -> None:
    def change(document: Any) -> None:
        message = bytearray(base64.b64decode(document["quote"]["message"]))
        message[byte] ^= 1
        document["quote"]["message"] = base64.b64encode(message).decode()

    file = edited(blindllama / "attestation.json", tmp_path / "a.json", change)
    ran = cupel("verify", file, *AT, *policies(blindllama))
    assert ran.code == 3
    assert "bad_signature" in ran.err
    assert "tpm-07" in ran.err
    assert not SUCCESS.search(ran.out)


def test_calls_a_truncated_document_malformed(cupel: Command, blindllama: Path) -> None:
    whole = (blindllama / "attestation.json").read_bytes()
    for cut in (0, 1, 100, len(whole) - 2):
        ran = cupel("verify", "-", *AT, *policies(blindllama), stdin=whole[:cut])
        assert ran.code == 4, cut
        assert ran.out == ""


def test_names_the_expired_certificate(cupel: Command, blindllama: Path) -> None:
    ran = cupel(
        "verify",
        blindllama / "attestation.json",
        "--at",
        "2026-01-01T00:00:00Z",
        *policies(blindllama),
    )
    assert ran.code == 3
    assert "expired" in ran.err
    assert "TrustedVM.Azure.Microsoft" in ran.err or "Global Virtual TPM CA - 01" in ran.err
    assert not SUCCESS.search(ran.out)


def test_policy_expectations_of_the_captured_case(
    cupel: Command, blindllama: Path, tmp_path: Path
) -> None:
    document = blindllama / "attestation.json"
    a64 = "a" * 64

    def zero_pcr0(d: Any) -> None:
        d["measurements"]["0"] = "0" * 64

    def other_ca(d: Any) -> None:
        d["webserver_rootca"] = (blindllama / "other_ca.pem").read_text()

    def other_hash(d: Any) -> None:
        d["application_disk_roothash"] = a64

    measurements, application = (
        blindllama / "measurements_azure.json",
        blindllama / "application.json",
    )
    cases = [
        (
            document,
            edited(measurements, tmp_path / "1.json", zero_pcr0),
            application,
            "tpm.pcr.sha256.0",
        ),
        (
            edited(document, tmp_path / "2.json", other_ca),
            measurements,
            application,
            "tpm.pcr.sha256.15",
        ),
        (
            edited(document, tmp_path / "3.json", other_hash),
            measurements,
            edited(application, tmp_path / "3p.json", other_hash),
            "tpm.pcr.sha256.15",
        ),
        (document, measurements, edited(application, tmp_path / "4p.json", other_hash), "roothash"),
    ]
    for evidence, first, second, named in cases:
        ran = cupel("verify", evidence, *AT, "--policy", first, "--policy", second, "--json")
        assert ran.code == 1, named
        verdict = json.loads(ran.out)
        assert verdict["verdict"] == "refused"
        failed = [check["claim"] for check in verdict["checks"] if not check["passed"]]
        assert any(named in claim for claim in failed), (named, failed)


def test_json_is_one_object_with_the_contracted_keys(cupel: Command, blindllama: Path) -> None:
    ran = cupel("verify", blindllama / "attestation.json", *AT, *policies(blindllama), "--json")
    verdict = json.loads(ran.out)
    for key in (
        "schema",
        "verdict",
        "family",
        "claims",
        "checks",
        "proved",
        "not_proved",
        "assumed",
        "valid_until",
    ):
        assert key in verdict
    assert verdict["schema"] == "cupel.verdict/1"
    assert verdict["claims"]["tpm.pcr.sha256.15"]["value"].startswith("ba8f47dc")
    ran = cupel("verify", "-", *AT, *policies(blindllama), "--json", stdin=b"{}")
    error = json.loads(ran.out)["error"]
    assert set(error) >= {"code", "where", "detail"}
    assert json.loads(ran.out)["verdict"] == "malformed"


def test_quiet_prints_nothing(cupel: Command, blindllama: Path) -> None:
    ran = cupel("verify", blindllama / "attestation.json", *AT, *policies(blindllama), "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    ran = cupel("verify", "-", *AT, *policies(blindllama), "-q", stdin=b"x")
    assert (ran.code, ran.out, ran.err) == (4, "", "")


def test_no_colour_and_no_unicode_marks_in_a_pipe(cupel: Command, blindllama: Path) -> None:
    ran = cupel("verify", blindllama / "attestation.json", *AT, *policies(blindllama))
    assert "\x1b[" not in ran.out
    assert "✓" not in ran.out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\0" * 64,
        b"\xff" * 4096,
        b'{"quote":1,"cert_chain":2}',
        b"{}" * 3,
        b"[" * 100_000,
    ],
)
def test_bad_evidence_is_malformed(cupel: Command, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "evidence"
    file.write_bytes(content)
    for command in (["show", file], ["needed", file]):
        ran = cupel(*command, *(AT if command[0] == "show" else ()))
        assert ran.code == 4, (content[:20], ran)
        assert not SUCCESS.search(ran.out)


def test_oversized_evidence_is_refused(cupel: Command, tmp_path: Path) -> None:
    file = tmp_path / "big"
    file.write_bytes(b" " * ((1 << 20) + 1))
    assert cupel("show", file).code == 4
    assert cupel("show", "-", stdin=b" " * ((1 << 20) + 1)).code == 4


def test_paths_that_are_no_readable_files(cupel: Command, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    secret.chmod(0)
    paths = [tmp_path, tmp_path / "absent", fifo, Path("/dev/zero")]
    if os.geteuid() != 0:
        paths.append(secret)
    for path in paths:
        ran = cupel("show", path)
        assert ran.code == 2, path
        assert ran.out == ""
        assert str(path) in ran.err
    secret.chmod(stat.S_IRUSR)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["frobnicate"],
        ["verify"],
        ["verify", "x"],
        ["show", "x", "--revocation", "never"],
        ["show", "x", "--at"],
        ["explain", "tpm-99"],
        ["families", "nobody"],
        ["policy"],
        ["policy", "lint"],
        ["bundle"],
        ["ask", "https://127.0.0.1:1", "hi"],
    ],
)
def test_misuse_is_exit_code_two(cupel: Command, args: list[str]) -> None:
    ran = cupel(*args)
    assert ran.code == 2, ran
    assert ran.err


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_undecided_is_not_called_not_authentic(cupel: Command, form: list[str]) -> None:
    case = ROOT / "tests/vectors/snp/ok--raw"
    ran = cupel("show", case / "evidence.bin", "--anchors", case / "anchors.pem", *form,
                "--at", "2024-06-15T12:00:00Z")  # fmt: skip
    assert ran.code == 5, ran
    assert "UNDECIDED: collateral_missing" in ran.err
    assert "NOT AUTHENTIC" not in ran.out + ran.err
    if form:
        document = json.loads(ran.out)
        assert document["verdict"] == "undecided"
        assert document["unauthenticated_fields"]
    else:
        assert ran.out.startswith("UNDECIDED: nothing below is proved")


def test_a_bad_time_or_nonce_is_misuse(cupel: Command, blindllama: Path) -> None:
    document = blindllama / "attestation.json"
    assert cupel("show", document, "--at", "yesterday").code == 2
    assert cupel("verify", document, *AT, *policies(blindllama), "--nonce", "0x12").code == 2
    assert cupel("verify", document, *AT, *policies(blindllama), "--nonce", "123").code == 2


def test_an_empty_nonce_or_time_is_misuse_not_absence(cupel: Command, blindllama: Path) -> None:
    document = blindllama / "attestation.json"
    assert cupel("verify", document, *AT, *policies(blindllama), "--nonce", "").code == 2
    assert cupel("verify", document, "--at", "", *policies(blindllama)).code == 2


def test_hostile_text_does_not_reach_the_terminal(cupel: Command, tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    key = "\\u001b[2K\\u001b[1GACCEPTED\\u009b\\u202e"
    quote = f'{{"{key}":1,"message":"","signature":""}}'
    file.write_text(f'{{"kind":"cupel.tpm/1","quote":{quote}}}')
    ran = cupel("show", file, *AT)
    assert ran.code == 4
    for text in (ran.out, ran.err):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e]", text)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_no_success(cupel: Command, blindllama: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [cupel.path, "show", blindllama / "attestation.json", *AT],
            stdout=full,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    assert ran.returncode == 70


def test_a_nonce_that_the_quote_does_not_carry_is_refused(cupel: Command, blindllama: Path) -> None:
    ran = cupel(
        "verify", blindllama / "attestation.json", *AT, *policies(blindllama), "--nonce", "00" * 32
    )
    assert ran.code == 1
    assert "nonce" in ran.out


def test_lint_refuses_the_empty_and_the_all_zero_policy(cupel: Command, tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    ran = cupel("policy", "lint", empty)
    assert ran.code == 1
    assert "error" in ran.out
    zero = tmp_path / "zero.json"
    zero.write_text(
        json.dumps(
            {
                "version": 1,
                "accept": [
                    {
                        "family": "tpm",
                        "require": {
                            "tpm.pcr.sha256.0": {"equals": "0" * 64},
                            "tpm.pcr.sha256.4": {"equals": "0" * 64},
                        },
                    }
                ],
            }
        )
    )
    ran = cupel("policy", "lint", zero)
    assert ran.code == 1
    assert "zero" in ran.out


def test_a_policy_that_does_not_load_is_misuse_before_evidence_is_read(
    cupel: Command, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    for text in (
        "",
        "{",
        '{"version":2,"accept":[]}',
        '{"version":1,"accept":[],"acept":[]}',
        "[]",
    ):
        bad.write_text(text)
        ran = cupel("verify", tmp_path / "absent", "--policy", bad)
        assert ran.code == 2, text
        assert "bad_policy" in ran.err


def test_every_check_has_a_page(cupel: Command) -> None:
    listed = [check["id"] for check in json.loads(cupel("explain", "--json").out)["checks"]]
    assert len(listed) > 20
    for name in listed:
        page = json.loads(cupel("explain", name, "--json").out)["checks"][0]
        assert page["id"] == name
        for key in ("title", "source", "meaning", "why", "not_proved", "causes", "remedy"):
            assert len(page[key]) > 8, (name, key)


def test_every_finding_of_the_linter_is_explained(cupel: Command) -> None:
    sources = (ROOT / "lib/appraise").glob("*.[ch]pp")
    ids = {name for file in sources for name in re.findall(r'"(lint-[a-z0-9-]+)"', file.read_text())}
    assert len(ids) > 20
    findings = json.loads(cupel("explain", "--json").out)["findings"]
    assert [finding["id"] for finding in findings] == sorted(ids)
    for name in ids:
        ran = cupel("explain", name, "--json")
        assert ran.code == 0, name
        document = json.loads(ran.out)
        assert (document["checks"], len(document["findings"])) == ([], 1)
        assert {"id", "meaning", "remedy"} == set(document["findings"][0])


def test_every_code_of_an_error_is_explained(cupel: Command) -> None:
    header = (ROOT / "include/cupel/error.hpp").read_text()
    body = header[header.index("enum class Code") :].split("};")[0]
    names = re.findall(r"^  ([a-z_]+),", body, re.MULTILINE)
    codes = json.loads(cupel("explain", "--json").out)["codes"]
    assert [code["code"] for code in codes] == names
    ran = cupel("explain", "untrusted_chain", "--json")
    assert json.loads(ran.out)["codes"][0]["exit_code"] == 3
    assert "exit code 3" in cupel("explain", "untrusted_chain").out


def test_explains_what_is_nearly_an_id(cupel: Command) -> None:
    for word, meant in (("TPM-07", "tpm-07"), ("Lint-All-Zero", "lint-all-zero")):
        assert cupel("explain", word).out == cupel("explain", meant).out != ""
    for word, meant in (
        ("tpm07", "tpm-07"),
        ("lint-al-zero", "lint-all-zero"),
        ("untrusted-chain", "untrusted_chain"),
    ):
        ran = cupel("explain", word)
        assert ran.code == 2
        assert f"did you mean '{meant}'" in ran.err
    assert "did you mean" not in cupel("explain", "frobnicate").err


def test_every_id_that_is_listed_is_explained(cupel: Command) -> None:
    listed = [line.split()[0] for line in cupel("explain").out.splitlines()]
    assert "lint-dead" in listed
    assert "expired" in listed
    for name in listed:
        assert cupel("explain", name, "-q").code == 0, name


def test_nothing_is_written_when_a_bundle_fails(cupel: Command, tmp_path: Path) -> None:
    message = tmp_path / "m"
    message.write_bytes(b"\xffTCG\x80\x18")
    out = tmp_path / "out.json"
    ran = cupel(
        "bundle",
        "tpm",
        "--message",
        message,
        "--signature",
        message,
        "--ak-pub",
        message,
        "-o",
        out,
    )
    assert ran.code == 4
    assert list(tmp_path.iterdir()) == [message]


def test_bundles_the_loose_files_of_a_capture(
    cupel: Command, blindllama: Path, tmp_path: Path
) -> None:
    out = tmp_path / "bundle.json"
    args = [
        "bundle",
        "tpm",
        "--message",
        blindllama / "quote.msg",
        "--signature",
        blindllama / "quote.sig",
        "--pcrs",
        blindllama / "pcrs.tpm2tools",
        "--ak-cert",
        blindllama / "ak_cert.der",
        "--ak-cert",
        blindllama / "ak_ca_1.pem",
        "--ak-cert",
        blindllama / "ak_ca_root.pem",
        "-o",
        out,
    ]
    assert cupel(*args).code == 0
    assert cupel("show", out, *AT).code == 0
    assert cupel(*args).code == 2  # the file exists
    assert cupel(*args, "--force").code == 0


def test_environment_does_not_open_anything(cupel: Command, blindllama: Path) -> None:
    hostile = {
        name: "1"
        for name in ("CUPEL_INSECURE", "CUPEL_SKIP_VERIFY", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
    }
    ran = cupel(
        "verify",
        blindllama / "attestation.json",
        "--at",
        "2026-01-01T00:00:00Z",
        *policies(blindllama),
        env=hostile,
    )
    assert ran.code == 3
