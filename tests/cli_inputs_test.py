"""Where the command reads from: files, pipes, standard input, folders of endorsements."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from where import ROOT, Command, Ran

QUOTE = ROOT / "tests/vectors/tpm/ok--attackers_root_among_helpers"
REPORT = ROOT / "tests/vectors/snp/ok--raw"
AT = ("--at", "2024-06-15T12:00:00Z")


def bash(cupel: Command, script: str, *words: str | Path) -> Ran:
    """Runs `cupel` in a shell script, in which $1, $2, … are the words."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not installed")
    done = subprocess.run(
        [shell, "-c", script, "bash", *map(str, words)],
        env={"PATH": f"{cupel.path.resolve().parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy that the quote does not meet."""
    path = tmp_path / "policy.json"
    alternative = {"family": "tpm", "require": {"tpm.pcr.sha256.4": {"equals": "11" * 32}}}
    path.write_text(json.dumps({"version": 1, "accept": [alternative]}))
    return path


# ---- pipes and standard input --------------------------------------------------------------------


def test_everything_small_may_come_through_pipes(cupel: Command, policy: Path) -> None:
    script = 'cupel verify <(cat "$1") --policy <(cat "$2") --anchors <(cat "$3") --at "$4" --json'
    ran = bash(cupel, script, QUOTE / "evidence.json", policy, QUOTE / "anchors.pem", AT[1])
    assert ran.code == 1, ran.err
    assert json.loads(ran.out)["verdict"] == "refused"
    script = 'cupel show <(cat "$1") --endorse <(cat "$2") --endorse "$3" --anchors "$4" --at "$5"'
    endorsements = REPORT / "endorsements"
    ran = bash(cupel, script, REPORT / "evidence.bin", endorsements / "vcek.crt",
               endorsements / "chain.pem", REPORT / "anchors.pem", AT[1])  # fmt: skip
    assert ran.code == 0, ran.err
    assert ran.out.startswith("AUTHENTIC")


def test_a_slow_writer_is_waited_for(cupel: Command) -> None:
    script = 'cupel show <(sleep 2; cat "$1") --anchors "$2" --at "$3"'
    ran = bash(cupel, script, QUOTE / "evidence.json", QUOTE / "anchors.pem", AT[1])
    assert ran.code == 0, ran.err


def test_a_named_pipe_is_read_when_somebody_writes(cupel: Command, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    content = (QUOTE / "evidence.json").read_bytes()
    writer = threading.Thread(target=lambda: fifo.write_bytes(content))
    writer.start()
    ran = cupel("show", fifo, "--anchors", QUOTE / "anchors.pem", *AT)
    writer.join()
    assert ran.code == 0, ran.err


def test_a_named_pipe_without_a_writer_ends(cupel: Command, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    ran = cupel("show", fifo)
    assert ran.code == 2
    assert "nobody writes" in ran.err


def test_an_empty_pipe_is_empty_evidence(cupel: Command) -> None:
    assert bash(cupel, "cupel show <(true)").code == 4


def test_a_pipe_has_the_limit_of_a_file(cupel: Command, policy: Path) -> None:
    ran = bash(cupel, "cupel show <(head -c 1048577 /dev/zero)")
    assert ran.code == 4
    assert "too_large" in ran.err
    ran = bash(cupel, 'cupel policy show <(cat "$1"; head -c 1048577 /dev/zero)', policy)
    assert ran.code == 4
    assert "too_large" in ran.err


def test_a_policy_may_be_standard_input(cupel: Command, policy: Path) -> None:
    content = policy.read_bytes()
    anchors = ("--anchors", QUOTE / "anchors.pem")
    ran = cupel("verify", QUOTE / "evidence.json", "--policy", "-", *anchors, *AT, stdin=content)
    assert ran.code == 1, ran.err
    for command in ("show", "lint"):
        assert cupel("policy", command, "-", stdin=content).code in (0, 1)
    anchor = (QUOTE / "anchors.pem").read_bytes()
    ran = cupel("show", QUOTE / "evidence.json", "--anchors", "-", *AT, stdin=anchor)
    assert ran.code == 0, ran.err


def test_standard_input_is_read_once(cupel: Command, policy: Path) -> None:
    content = policy.read_bytes()
    for words in (
        ("verify", "-", "--policy", "-"),
        ("verify", QUOTE / "evidence.json", "--policy", "-", "--anchors", "-"),
        ("ask", "https://127.0.0.1:1", "-", "--policy", "-"),
        ("policy", "lint", "-", "-"),
    ):
        ran = cupel(*words, *AT, "--json", stdin=content)
        assert ran.code == 2, words
        assert json.loads(ran.out)["error"]["where"] == "standard input"


def test_what_is_measured_is_a_regular_file(cupel: Command, tmp_path: Path) -> None:
    for words in (("uki", "-"), ("verity", "-"), ("snp", "--ovmf", "-"), ("explain", "-")):
        ran = cupel("measure", *words, "--json", stdin=b"MZ")
        assert ran.code == 2, words
        error = json.loads(ran.out)["error"]
        assert "regular file" in error["detail"], words
    ran = bash(cupel, "cupel measure uki <(echo MZ)")
    assert ran.code == 2
    assert "regular file" in ran.err
    assert not (tmp_path / "-").exists()


# ---- endorsements --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the report needs, in a folder of one's own."""
    path = tmp_path / "endorsements"
    shutil.copytree(REPORT / "endorsements", path)
    return path


def shown(cupel: Command, endorse: Path, *more: str) -> Ran:
    """The report, shown with those endorsements."""
    anchors = ("--anchors", REPORT / "anchors.pem")
    return cupel("show", REPORT / "evidence.bin", "--endorse", endorse, *anchors, *AT, *more)


def test_strangers_in_a_folder_are_named_and_left_out(cupel: Command, folder: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    strangers = {
        "README": "what lies here",
        ".hidden": "",
        "policy.json": '{"version": 1, "accept": []}',
        "key.pem": key,
    }
    for name, content in strangers.items():
        (folder / name).write_text(content)
    (folder / "older").mkdir()
    ran = shown(cupel, folder)
    assert ran.code == 0, ran.err
    for name in (*strangers, "older"):
        assert str(folder / name) in ran.err
    assert "vcek.crt" not in ran.err
    quiet = shown(cupel, folder, "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_a_broken_certificate_or_list_in_a_folder_is_not_left_out(
    cupel: Command, folder: Path
) -> None:
    whole = (folder / "vcek.crt").read_bytes()
    for name, content in (
        ("a.crl", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
        ("a.der", b"\x30\x82\x01\x00"),
        ("a.crt", whole[: len(whole) // 2]),
    ):
        broken = folder / name
        broken.write_bytes(content)
        ran = shown(cupel, folder, "--json")
        assert ran.code == 4, name
        error = json.loads(ran.out)["error"]
        assert error["where"].startswith("endorsement")
        assert str(broken) in error["detail"]
        broken.unlink()


def test_a_folder_without_an_endorsement_is_refused(cupel: Command, tmp_path: Path) -> None:
    assert shown(cupel, tmp_path).code == 2
    (tmp_path / "README").write_text("nothing")
    ran = shown(cupel, tmp_path)
    assert ran.code == 2
    assert str(tmp_path) in ran.err


def test_a_bad_endorsement_that_was_named_is_an_error_that_names_it(
    cupel: Command, tmp_path: Path
) -> None:
    for content in (b"", b"nothing", b"{}", b"\x30\x82"):
        file = tmp_path / "endorsement"
        file.write_bytes(content)
        ran = shown(cupel, file, "--json")
        assert ran.code in (3, 4), content[:20]
        error = json.loads(ran.out)["error"]
        assert error["where"].startswith("endorsement"), error
        assert str(file) in error["detail"]
    file.write_bytes(b"x" * ((1 << 20) + 1))
    assert shown(cupel, file).code == 2
    assert shown(cupel, tmp_path / "absent").code == 2


# ---- evidence that is not what it should be ------------------------------------------------------

TDX = ROOT / "tests/vectors/tdx/ok--v4"


def quote_message() -> bytes:
    """The TPMS_ATTEST of the quote."""
    document = json.loads((QUOTE / "evidence.json").read_text())
    return base64.b64decode(document["quote"]["message"])


def test_says_what_unknown_evidence_looks_like(cupel: Command) -> None:
    quote = next(TDX.glob("evidence.*")).read_bytes()
    document = (QUOTE / "evidence.json").read_bytes()
    url = base64.urlsafe_b64encode(quote).rstrip(b"=")
    for content, said in (
        (quote_message(), "cupel bundle tpm"),
        (document[: len(document) // 2].replace(b"cupel.tpm/1", b"x"), "cut off"),
        (b'{"a": 1}', "no kind that is known"),
        (b'{"a": nonsense}', "begins like JSON"),
        (base64.b64encode(quote), "base64 -d"),
        (base64.encodebytes(quote), "base64 -d"),
        (url, "base64"),
    ):
        ran = cupel("show", "-", "--json", stdin=content)
        assert ran.code == 4, content[:20]
        error = json.loads(ran.out)["error"]
        assert (error["code"], error["where"]) == ("bad_encoding", "evidence")
        assert said in error["detail"], error["detail"]


@pytest.mark.parametrize("content", [b"nothing", b"bm90aGluZw==", b"6e6f", b"\xff" * 600])
def test_says_nothing_about_what_looks_like_nothing(cupel: Command, content: bytes) -> None:
    ran = cupel("show", "-", stdin=content)
    assert ran.code == 4
    assert ";" not in ran.err


def test_names_the_command_that_takes_zeros_off(cupel: Command, tmp_path: Path) -> None:
    quote = next(TDX.glob("evidence.*")).read_bytes()
    padded = tmp_path / "quote"
    padded.write_bytes(quote + bytes(1000))
    ran = cupel("show", padded, "--json")
    assert ran.code == 4
    remedy = json.loads(ran.out)["error"]["remedy"]
    assert "cupel bundle tdx" in remedy
    made = tmp_path / "made.json"
    assert cupel("bundle", "tdx", "--quote", padded, "--trim-zero-padding", "-o", made).code == 0
    assert cupel("show", made, *AT).code != 4
    padded.write_bytes(quote + bytes(999) + b"x")
    assert "remedy" not in json.loads(cupel("show", padded, "--json").out)["error"]


def test_names_force_where_a_file_is_in_the_way(cupel: Command, policy: Path) -> None:
    ran = cupel("policy", "make", policy, "-o", policy)
    assert ran.code == 2
    assert "--force" in ran.err
    assert cupel("policy", "make", policy, "-o", policy, "--force").code == 0
    ran = cupel("policy", "make", policy, "-o", policy.parent, "--force")
    assert ran.code == 2
    assert "--force" not in ran.err
