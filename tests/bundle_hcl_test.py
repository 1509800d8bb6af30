"""`cupel bundle hcl` puts the files of a confidential VM together again."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from where import ROOT, Command

VECTORS = ROOT / "tests/vectors/hcl"
AT = ("--at", "2024-06-15T12:00:00Z")
TDX = "ok--tdx_policy_of_four_parts"


def unpacked(case: str, folder: Path, *, padding: int = 0) -> list[str | Path]:
    """The loose files of a document, as options."""
    document = json.loads((VECTORS / case / "evidence.json").read_text())
    out: list[str | Path] = []

    def part(option: str, content: bytes) -> None:
        path = folder / option.strip("-")
        path.write_bytes(content)
        out.extend((option, path))

    part("--report", base64.b64decode(document["hcl_report"]))
    part("--message", base64.b64decode(document["quote"]["message"]))
    part("--signature", base64.b64decode(document["quote"]["signature"]))
    part("--pcrs", base64.b64decode(document["pcrs"]["data"]))
    out += ["--pcr-form", document["pcrs"]["form"]]
    if "certificates" in document:
        part("--certificate", "".join(document["certificates"]).encode())
    if "td_quote" in document:
        part("--td-quote", base64.b64decode(document["td_quote"]) + bytes(padding))
    return out


def trust(case: str) -> list[str | Path]:
    """How to trust the evidence of a case."""
    folder = VECTORS / case
    out: list[str | Path] = [*AT, "--anchors", folder / "anchors.pem"]
    if (folder / "endorsements").is_dir():
        out += ["--endorse", folder / "endorsements"]
    return out


@pytest.mark.parametrize("case", ["ok--policy_of_three_parts", TDX])
def test_what_is_bundled_says_the_same(cupel: Command, tmp_path: Path, case: str) -> None:
    made = tmp_path / "made.json"
    ran = cupel("bundle", "hcl", *unpacked(case, tmp_path), "-o", made)
    assert ran.code == 0, ran.err
    said = [
        json.loads(cupel("show", evidence, *trust(case), "--json").out)["claims"]
        for evidence in (made, VECTORS / case / "evidence.json")
    ]
    assert said[0] == said[1]
    assert "tpm.pcr.sha256.4" in said[0]


def test_padding_is_taken_off_when_told(cupel: Command, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    parts = unpacked(TDX, tmp_path, padding=70)
    ran = cupel("bundle", "hcl", *parts, "-o", made, "--json")
    assert ran.code == 4
    assert json.loads(ran.out)["error"]["code"] == "trailing_bytes"
    assert not made.exists()
    assert cupel("bundle", "hcl", *parts, "--trim-zero-padding", "-o", made).code == 0
    assert cupel("show", made, *trust(TDX)).code == 0


def test_refuses_parts_that_do_not_belong_together(cupel: Command, tmp_path: Path) -> None:
    snp = unpacked("ok--policy_of_three_parts", tmp_path)
    quote = tmp_path / "quote"
    document = json.loads((VECTORS / TDX / "evidence.json").read_text())
    quote.write_bytes(base64.b64decode(document["td_quote"]))
    ran = cupel("bundle", "hcl", *snp, "--td-quote", quote, "--json")
    assert ran.code == 3
    error = json.loads(ran.out)["error"]
    assert (error["code"], error["check"]) == ("collateral_mismatch", "hcl-10")
    for arguments in (
        ["--report", snp[1], "--message", snp[3]],  # a message without its signature
        ["--report", snp[1], "--pcrs", snp[7]],  # values of no quote
        ["--report", snp[1], "--trim-zero-padding"],  # nothing to trim
        ["--td-quote", quote],
        [],
    ):
        assert cupel("bundle", "hcl", *arguments).code == 2, arguments
