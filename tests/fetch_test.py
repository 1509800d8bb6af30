"""`cupel fetch` against a local stand-in for the publishers' servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from where import ROOT, Command

CASE = ROOT / "tests/vectors/snp/ok--raw"
LISTS = ROOT / "tests/vectors/snp/ok--thim/endorsements/thim.json"
NOW = ("--at", "2024-06-15T12:00:00Z")


class StandIn(ThreadingHTTPServer):
    """Answers from a table of paths; counts what it is asked."""

    def __init__(self) -> None:
        """Listens on a free port of the loopback."""
        self.answers: dict[str, bytes] = {}
        self.headers: dict[str, tuple[str, str]] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: StandIn

    def do_GET(self) -> None:
        """Looks the path up, without its query."""
        self.server.asked.append(self.path)
        body = self.server.answers.get(self.path.split("?")[0])
        self.send_response(200 if body is not None else 404)
        if header := self.server.headers.get(self.path.split("?")[0]):
            self.send_header(*header)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A server with everything that the report of CASE needs but a CRL."""
    server = StandIn()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    report = (CASE / "evidence.bin").read_bytes()
    chip = report[0x1A0:0x1E0].hex()
    server.answers[f"/vcek/v1/Milan/{chip}"] = (CASE / "endorsements/vcek.crt").read_bytes()
    server.answers["/vcek/v1/Milan/cert_chain"] = (CASE / "endorsements/chain.pem").read_bytes()
    yield server
    server.shutdown()
    server.server_close()


def crl() -> bytes:
    """A list of the test root, from a case that has one."""
    case = ROOT / "tests/vectors/snp/ok--lists_current/evidence.json"
    return str(json.loads(case.read_text())["crls"][0]).encode()


def test_gets_what_verify_then_reads(cupel: Command, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/vcek/v1/Milan/crl"] = crl()
    folder = tmp_path / "endorsements"
    ran = cupel("fetch", CASE / "evidence.bin", "-o", folder, "--mirror", stand_in.url)
    assert ran.code == 0, ran.out + ran.err
    assert len(list(folder.iterdir())) == 3
    assert "ucodeSPL=219" in stand_in.asked[0]
    anchors = ("--anchors", CASE / "anchors.pem")
    shown = cupel("show", CASE / "evidence.bin", "--endorse", folder, *NOW, *anchors)
    assert shown.code == 0, shown.out + shown.err
    assert shown.out.startswith("AUTHENTIC")
    strict = cupel("show", CASE / "evidence.bin", "--endorse", folder, *NOW, *anchors,
                   "--revocation", "required")  # fmt: skip
    assert strict.code == 0, strict.out + strict.err


def test_names_what_it_could_not_get(cupel: Command, stand_in: StandIn, tmp_path: Path) -> None:
    ran = cupel("fetch", CASE / "evidence.bin", "-o", tmp_path / "e", "--mirror", stand_in.url,
                "--json")  # fmt: skip
    assert ran.code == 5
    document = json.loads(ran.out)
    assert [one["kind"] for one in document["files"]] == ["certificate", "certificate"]
    assert [one["error"]["code"] for one in document["missing"]] == ["collateral_unavailable"]
    assert document["missing"][0]["url"].endswith("/vcek/v1/Milan/crl")


def test_tries_the_other_place_with_the_document(
    cupel: Command, stand_in: StandIn, tmp_path: Path
) -> None:
    chip = (CASE / "evidence.bin").read_bytes()[0x1A0:0x1E0].hex()
    del stand_in.answers[f"/vcek/v1/Milan/{chip}"]
    tcb = "db18000000000004"
    stand_in.answers[f"/SevSnpVM/certificates/{chip}/{tcb}"] = LISTS.read_bytes()
    stand_in.answers["/vcek/v1/Milan/crl"] = crl()
    folder = tmp_path / "e"
    ran = cupel("fetch", CASE / "evidence.bin", "-o", folder, "--mirror", stand_in.url)
    assert ran.code == 0, ran.out + ran.err
    shown = cupel("show", CASE / "evidence.bin", "--endorse", folder, *NOW, "--anchors",
                  CASE / "anchors.pem")  # fmt: skip
    assert shown.code == 0, shown.out + shown.err


def test_refuses_an_answer_of_another_kind(
    cupel: Command, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.answers["/vcek/v1/Milan/crl"] = b"<html>not a list</html>"
    ran = cupel("fetch", CASE / "evidence.bin", "-o", tmp_path / "e", "--mirror", stand_in.url,
                "--json")  # fmt: skip
    assert ran.code == 5
    assert json.loads(ran.out)["missing"][0]["error"]["code"] == "collateral_mismatch"


def test_keeps_files_that_are_there(cupel: Command, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/vcek/v1/Milan/crl"] = crl()
    arguments = ("fetch", CASE / "evidence.bin", "-o", tmp_path / "e", "--mirror", stand_in.url)
    assert cupel(*arguments).code == 0
    assert cupel(*arguments).code == 2
    assert cupel(*arguments, "--force").code == 0


# ---- Intel's service, and a PCCS in its place ---------------------------------------------------

HEADERS = {
    "tcb": "TCB-Info-Issuer-Chain",
    "qe/identity": "SGX-Enclave-Identity-Issuer-Chain",
    "pckcrl": "SGX-PCK-CRL-Issuer-Chain",
}
QUOTES = {
    "sgx": ROOT / "tests/vectors/sgx/ok--v3",
    "tdx": ROOT / "tests/vectors/tdx/ok--v4",
    "hcl": ROOT / "tests/vectors/hcl/ok--tdx_quote",
}


def evidence_of(case: Path) -> Path:
    """The evidence of a case."""
    return next(case.glob("evidence.*"))


def serve_intel(stand_in: StandIn, family: str, *, pccs: bool) -> None:
    """What the service has about the platform of a case. A PCCS answers lists in hexadecimal."""
    case = QUOTES[family]
    tee = "sgx" if family == "sgx" else "tdx"
    chain = quote((case / "endorsements/signer.pem").read_text())
    files = {
        f"/{tee}/certification/v4/tcb": "tcb_info.json",
        f"/{tee}/certification/v4/qe/identity": "qe_identity.json",
        "/sgx/certification/v4/pckcrl": "pck.crl",
        "/sgx/certification/v4/rootcacrl" if pccs else "/IntelSGXRootCA.der": "root.crl",
    }
    for path, name in files.items():
        body = (case / "endorsements" / name).read_bytes()
        if pccs and path.endswith("rootcacrl"):
            assert body.startswith(b"\x30")
            body = body.hex().encode()
        stand_in.answers[path] = body
        if header := HEADERS.get(path.split("v4/")[-1]):
            stand_in.headers[path] = (header, chain)


@pytest.mark.parametrize("family", QUOTES)
@pytest.mark.parametrize("way", ["--mirror", "--pccs"])
def test_gets_intels_collateral_that_verify_then_reads(
    cupel: Command, stand_in: StandIn, tmp_path: Path, family: str, way: str
) -> None:
    serve_intel(stand_in, family, pccs=way == "--pccs")
    case = QUOTES[family]
    folder = tmp_path / "endorsements"
    ran = cupel("fetch", evidence_of(case), "-o", folder, way, stand_in.url)
    assert ran.code == 0, ran.out + ran.err
    # Three documents with their issuers beside them, and the root's list.
    assert len(list(folder.iterdir())) == 7
    shown = cupel("show", evidence_of(case), "--endorse", folder, *NOW, "--anchors",
                  case / "anchors.pem")  # fmt: skip
    assert shown.code == 0, shown.out + shown.err
    assert shown.out.startswith("AUTHENTIC")
    tcb = next(path for path in stand_in.asked if "/tcb?" in path)
    assert tcb.startswith("/sgx/" if family == "sgx" else "/tdx/")
    assert tcb.endswith("tcb?fmspc=00606a000000")


def test_names_the_document_that_came_without_its_issuers(
    cupel: Command, stand_in: StandIn, tmp_path: Path
) -> None:
    serve_intel(stand_in, "sgx", pccs=True)
    del stand_in.headers["/sgx/certification/v4/qe/identity"]
    ran = cupel("fetch", evidence_of(QUOTES["sgx"]), "-o", tmp_path / "e", "--pccs", stand_in.url,
                "--json")  # fmt: skip
    assert ran.code == 5
    missing = json.loads(ran.out)["missing"]
    assert [one["kind"] for one in missing] == ["qe_identity"]
    assert missing[0]["error"]["code"] == "collateral_unavailable"


def test_says_where_a_pccs_has_it(cupel: Command) -> None:
    quote = evidence_of(QUOTES["tdx"])
    for base in ("https://pccs.test:8081", "https://pccs.test:8081/sgx/certification/v4/"):
        ran = cupel("needed", quote, "--pccs", base, "--json")
        assert ran.code == 0, ran.err
        assert [one["url"] for one in json.loads(ran.out)["requests"]] == [
            "https://pccs.test:8081/tdx/certification/v4/tcb?fmspc=00606a000000",
            "https://pccs.test:8081/tdx/certification/v4/qe/identity",
            "https://pccs.test:8081/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
            "https://pccs.test:8081/sgx/certification/v4/rootcacrl",
        ]


@pytest.mark.parametrize(
    "base",
    ["pccs.test", "ftp://pccs.test", "https://", "https:///sgx", "https://pccs.test/?a=b",
     "https://me@pccs.test", "https://pccs.test/sgx/certification/v3/", "https://pccs test"],
)  # fmt: skip
def test_refuses_what_is_no_pccs(cupel: Command, base: str) -> None:
    ran = cupel("needed", evidence_of(QUOTES["sgx"]), "--pccs", base, "--json")
    assert ran.code == 2, ran.out
    assert json.loads(ran.out)["error"]["code"] == "invalid_argument"


def test_asks_one_place_only(cupel: Command, tmp_path: Path) -> None:
    ran = cupel("fetch", evidence_of(QUOTES["sgx"]), "-o", tmp_path / "e", "--pccs",
                "http://127.0.0.1:1", "--mirror", "http://127.0.0.1:1")  # fmt: skip
    assert ran.code == 2


def test_leaves_other_publishers_alone(cupel: Command) -> None:
    plain = cupel("needed", CASE / "evidence.bin", "--json")
    with_pccs = cupel("needed", CASE / "evidence.bin", "--json", "--pccs", "https://pccs.test")
    assert plain.code == with_pccs.code == 0
    assert plain.out == with_pccs.out


# ---- key sets of issuers of tokens ---------------------------------------------------------------

TOKEN = ROOT / "tests/vectors/maa/ok--enclave"
ISSUER = "https://testmaa.eus.attest.azure.net"


def test_says_how_a_key_set_is_trusted(cupel: Command, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.answers["/certs"] = (TOKEN / "keys-0.json").read_bytes()
    arguments = ("fetch", TOKEN / "token.jwt", "-o", tmp_path / "e", "--mirror", stand_in.url)
    ran = cupel(*arguments)
    assert ran.code == 0, ran.err
    named = ran.out.split("--issuer-keys ")[1].split()[0]
    assert named.startswith(f"{ISSUER}={tmp_path}")
    assert cupel("show", TOKEN / "token.jwt", "--issuer-keys", named, *NOW).code == 0
    again = cupel(*arguments, "--force", "--json")
    assert json.loads(again.out)["files"][0]["issuer_keys"] == named
    refused = cupel("show", TOKEN / "token.jwt", "--endorse", tmp_path / "e", *NOW)
    assert refused.code != 0


def test_says_nothing_of_the_kind_about_endorsements(
    cupel: Command, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.answers["/vcek/v1/Milan/crl"] = crl()
    arguments = ("fetch", CASE / "evidence.bin", "-o", tmp_path / "e", "--mirror", stand_in.url)
    assert "--issuer-keys" not in cupel(*arguments).out
    files = json.loads(cupel(*arguments, "--force", "--json").out)["files"]
    assert not any("issuer_keys" in file for file in files)
