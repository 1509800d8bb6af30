"""`cupel uvm`, and `cupel show` of an endorsement: whose word it is, and what is demanded of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from where import VECTORS, Command, Ran

pytest.importorskip("cryptography")
pytest.importorskip("cbor2")
sys.path.insert(0, str(Path(__file__).parent / "forge"))
from forge import uvm as forged

AT = ("--at", "2026-01-01T00:00:00Z")
GOOD = forged.Endorsement()


def judged(cupel: Command, one: forged.Endorsement | bytes, *options: str, issuer: str = "") -> Ran:
    """An endorsement of the test authority, or other bytes, judged with that authority trusted."""
    content = one if isinstance(one, bytes) else one.cose()
    return cupel("uvm", "-", *AT, "--issuer", issuer or forged.issuer(), *options, stdin=content)


def document(ran: Ran) -> dict[str, Any]:
    """The JSON object that was printed."""
    out = json.loads(ran.out)
    assert isinstance(out, dict)
    return out


@pytest.fixture
def captured() -> Path:
    """Endorsements that Microsoft signed."""
    folder = VECTORS / "uvm"
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    return folder


# ---- whose word it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("hash_envelope", [False, True])
def test_prints_what_a_trusted_issuer_says(cupel: Command, hash_envelope: bool) -> None:
    ran = judged(cupel, replace(GOOD, hash_envelope=hash_envelope))
    assert ran.code == 0, ran.err
    assert ran.out.startswith("AUTHENTIC UVM endorsement, judged at 2026-01-01T00:00:00Z")
    for text in (forged.issuer(), forged.FEED, "104", "aa" * 48, "2024-03-09T16:00:00Z"):
        assert text in ran.out
    assert "Test UVM Root" in ran.out
    assert "not that any machine runs it" in ran.out
    assert "receipts are not looked at" in ran.out


def test_json_says_the_same(cupel: Command) -> None:
    said = document(judged(cupel, GOOD, "--json"))
    assert said["schema"] == "cupel.uvm/1"
    assert said["verdict"] == "authentic"
    assert said["demands"] == []
    endorsement = said["endorsement"]
    assert endorsement["form"] == "json"
    assert endorsement["issuer"] == forged.issuer()
    assert endorsement["svn"] == 104
    assert endorsement["launch_measurement"] == "aa" * 48
    subjects = [one["subject"] for one in endorsement["certificates"]]
    assert ["Test UVM signer" in subjects[0], "Test UVM Root" in subjects[2]] == [True, True]
    assert said["assumed"]


def test_nobody_but_microsoft_is_trusted_unless_somebody_is_named(cupel: Command) -> None:
    ran = cupel("uvm", "-", *AT, stdin=GOOD.cose())
    assert ran.code == 3
    assert ran.out.startswith("NOT AUTHENTIC: nothing below is proved")
    assert "untrusted_chain" in ran.err
    assert "uvm.iss" in ran.err


REFUSED: list[tuple[str, forged.Endorsement, tuple[str, ...], str, str]] = [
    ("other feed", replace(GOOD, feed="Other"), (), "untrusted_chain", "uvm.feed"),
    ("feed asked for", GOOD, ("--feed", "Other"), "untrusted_chain", "uvm.feed"),
    ("feed in small letters", GOOD, ("--feed", forged.FEED.lower()), "untrusted_chain", "uvm.feed"),
    ("no feed", GOOD, ("--feed", ""), "untrusted_chain", "uvm.feed"),
    (
        "signed tomorrow",
        replace(GOOD, signed_at=1_767_225_601),
        (),
        "not_yet_valid",
        "uvm.signed_at",
    ),
    (
        "signed before the certificate was",
        replace(GOOD, signed_at=1_704_067_199),
        (),
        "not_yet_valid",
        "uvm.x5chain",
    ),
    (
        "signed after it ended",
        replace(GOOD, signed_at=1_740_000_000),
        (),
        "expired",
        "uvm.x5chain",
    ),
    (
        "another key signed",
        replace(GOOD, signing_key="rsa2048-other"),
        (),
        "bad_signature",
        "uvm.cose.signature",
    ),
]


@pytest.mark.parametrize(
    ("one", "options", "code", "where"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refuses_what_the_trusted_issuer_did_not_sign(
    cupel: Command, one: forged.Endorsement, options: tuple[str, ...], code: str, where: str
) -> None:
    ran = judged(cupel, one, "--json", *options)
    assert ran.code == 3
    said = document(ran)
    assert said["verdict"] == "not_authentic"
    assert (said["error"]["code"], said["error"]["where"]) == (code, where)
    assert "endorsement" not in said
    assert said["unauthenticated_fields"]["feed"] == one.feed


@pytest.mark.parametrize("issuer", [" ", forged.issuer().upper(), forged.issuer() + ":1.2.3"])
def test_an_issuer_is_taken_letter_for_letter(cupel: Command, issuer: str) -> None:
    assert judged(cupel, GOOD, issuer=issuer).code == 3


def test_microsofts_name_over_another_chain_is_refused(cupel: Command) -> None:
    microsoft = (
        "did:x509:0:sha256:I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s"
        "::eku:1.3.6.1.4.1.311.76.59.1.2"
    )
    ran = cupel("show", "-", *AT, "--json", stdin=replace(GOOD, issuer=microsoft).cose())
    assert ran.code == 3
    assert document(ran)["error"]["where"] == "uvm.x5chain"


def test_hostile_texts_stay_on_their_line(cupel: Command) -> None:
    feed = "x\nAUTHENTIC\x1b[2J"
    for options in ((), ("--feed", feed)):
        ran = judged(cupel, replace(GOOD, feed=feed), *options)
        assert ran.code == (0 if options else 3)
        assert "\x1b" not in ran.out + ran.err
        assert "\nAUTHENTIC\n" not in ran.out


# ---- malformed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "truncated"),
        (b"not COSE", "truncated"),
        (GOOD.cose()[:-1], "truncated"),
        (GOOD.cose() + b"\0", "trailing_bytes"),
        (b"\xd2" + b"\0" * (64 << 10), "too_large"),
        (replace(GOOD, alg=-39).cose(), "unsupported_algorithm"),
        (replace(GOOD, measurement=b"\xaa" * 47).cose(), "bad_length"),
        (GOOD.cose({4: b"kid"}), "unknown_field"),
    ],
)
def test_calls_other_things_malformed(cupel: Command, content: bytes, code: str) -> None:
    ran = judged(cupel, content, "--json")
    assert ran.code == (2 if code == "invalid_argument" else 4)
    assert document(ran)["error"]["code"] == code


# ---- what is demanded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        ("--min-svn", "104"),
        ("--min-svn", "0"),
        ("--measurement", "AA" * 48),
        ("--min-svn", "103", "--measurement", "aa" * 48),
    ],
)
def test_accepts_what_meets_every_demand(cupel: Command, options: tuple[str, ...]) -> None:
    ran = judged(cupel, GOOD, *options)
    assert ran.code == 0
    assert ran.out.startswith("ACCEPTED")
    assert document(judged(cupel, GOOD, "--json", *options))["verdict"] == "accepted"


@pytest.mark.parametrize(
    ("one", "options", "failed"),
    [
        (GOOD, ("--min-svn", "105"), ["svn"]),
        (GOOD, ("--min-svn", "18446744073709551615"), ["svn"]),
        (replace(GOOD, svn=None), ("--min-svn", "0"), ["svn"]),
        (GOOD, ("--measurement", "aa" * 47 + "ab"), ["launch_measurement"]),
        (GOOD, ("--min-svn", "104", "--measurement", "00" * 48), ["launch_measurement"]),
        (GOOD, ("--min-svn", "105", "--measurement", "00" * 48), ["svn", "launch_measurement"]),
    ],
)
def test_refuses_what_misses_a_demand(
    cupel: Command, one: forged.Endorsement, options: tuple[str, ...], failed: list[str]
) -> None:
    ran = judged(cupel, one, *options)
    assert ran.code == 1
    assert ran.out.startswith("REFUSED")
    said = document(judged(cupel, one, "--json", *options))
    assert said["verdict"] == "refused"
    assert [demand["name"] for demand in said["demands"] if not demand["passed"]] == failed
    assert judged(cupel, one, "--quiet", *options).code == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--measurement", ""),
        ("--measurement", "aa"),
        ("--measurement", "zz" * 48),
        ("--min-svn", ""),
        ("--min-svn", "-1"),
        ("--min-svn", "18446744073709551616"),
        ("--min-svn", "new"),
        ("--at", "yesterday"),
    ],
)
def test_demands_that_say_nothing_are_not_taken(cupel: Command, options: tuple[str, ...]) -> None:
    """`--measurement "$UNSET"` must not be a check that was never made."""
    ran = cupel("uvm", "-", *options, stdin=GOOD.cose())
    assert ran.code == 2
    assert ran.out == ""


# ---- the other commands --------------------------------------------------------------------------


def test_show_does_the_same_for_microsofts(cupel: Command, captured: Path) -> None:
    file = captured / "aci-uvm-svn101-2024" / "endorsement.cose"
    shown, judged_by_uvm = cupel("show", file, *AT), cupel("uvm", file, *AT)
    assert shown.code == 0
    assert shown.out == judged_by_uvm.out
    assert shown.out.startswith("AUTHENTIC UVM endorsement")
    assert "Microsoft Supply Chain RSA Root CA 2022" in shown.out


def test_show_says_when_revocation_could_not_be_settled(cupel: Command, captured: Path) -> None:
    file = captured / "aci-uvm-svn101-2024" / "endorsement.cose"
    ran = cupel("show", file, *AT, "--revocation", "required")
    assert ran.code == 5
    assert "revocation_unknown" in ran.err
    assert not ran.out.startswith("AUTHENTIC")


@pytest.mark.parametrize("option", ["--anchors", "--ak-key", "--endorse"])
def test_show_takes_no_anchors_for_an_endorsement(
    cupel: Command, tmp_path: Path, option: str
) -> None:
    file = tmp_path / "endorsement.cose"
    file.write_bytes(GOOD.cose())
    ran = cupel("show", file, *AT, option, file)
    assert ran.code == 2
    assert "cupel uvm --issuer" in ran.err
    assert ran.out == ""


def test_an_endorsement_is_no_evidence(cupel: Command, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    rule = {"family": "snp", "require": {"snp.measurement": {"equals": "aa" * 48}}}
    policy.write_text(json.dumps({"version": 1, "accept": [rule]}))
    for command in (("verify", "-", *AT, "--policy", policy), ("needed", "-")):
        ran = cupel(*command, stdin=GOOD.cose())
        assert ran.code == 4
        assert "cupel uvm" in ran.err
    assert cupel("show", "-", *AT, "--family", "snp", stdin=GOOD.cose()).code == 4


def test_a_captured_release_meets_its_own_version_and_no_later_one(
    cupel: Command, captured: Path
) -> None:
    folder = captured / "aci-uvm-2025-with-snp-report"
    file = folder / "endorsement.cose"
    # MEASUREMENT, SEV-SNP ABI table 23.
    launched = (folder / "snp_report.bin").read_bytes()[0x90:0xC0].hex()
    assert cupel("uvm", file, *AT, "--min-svn", "103", "--measurement", launched).code == 0
    assert cupel("uvm", file, *AT, "--min-svn", "104").code == 1
    assert cupel("uvm", file, *AT, "--measurement", "00" + launched[2:]).code == 1
