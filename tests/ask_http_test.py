"""`cupel ask` with evidence over plain HTTP: for BlindAI's protocol, and for no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from where import Command

sgx = pytest.importorskip("cupel.testing.kinds.sgx")

KEY = "sk-the-key-nobody-may-see"
PROMPT = "What is a cupel?"


@pytest.fixture
def service() -> Iterator[Any]:
    """Evidence on a port of its own, without TLS."""
    with sgx.BlindAiService(attestation_port=0, evidence_over_http=True) as running:
        yield running


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A bearer token."""
    path = tmp_path / "key"
    path.write_text(KEY + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


def words(service: Any, key_file: Path, **more: str) -> list[str | Path]:
    """The command's arguments; options given here replace those."""
    options = {
        "policy": service.policy_file,
        "anchors": service.trust.anchors,
        "attestation-url": service.attestation_url,
        "evidence": "blindai",
        "api-key-file": key_file,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    url = options.pop("url", service.base_url)
    flat = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ["ask", url, PROMPT, "--json", *flat]


def test_the_evidence_of_blindai_may_come_over_http(
    cupel: Command, service: Any, key_file: Path
) -> None:
    with sgx.BlindAiService(
        service.enclave, evidence=service.evidence_of, attestation_port=0, evidence_over_http=True
    ) as plain:
        ran = cupel(*words(service, key_file, attestation_url=plain.attestation_url))
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["verdict"] == "accepted"
        assert [path for path, _ in plain.received] == ["/", "/quote", "/collateral"]
        assert plain.handshakes == plain.prompt_bytes_received == 0
        assert not plain.saw(KEY.encode())
        assert not plain.saw(PROMPT.encode())
        assert service.saw(KEY.encode())
        assert service.saw(PROMPT.encode())


@pytest.mark.parametrize("protocol", ["document", "nitro", "aci", "maa"])
def test_no_other_evidence_may(cupel: Command, service: Any, key_file: Path, protocol: str) -> None:
    ran = cupel(*words(service, key_file, evidence=protocol))
    assert ran.code == 2
    error = json.loads(ran.out)["error"]
    assert (error["where"], error["check"]) == ("session.attestation_url", "tls-09")
    assert service.received == []


def test_the_service_itself_may_not(cupel: Command, service: Any, key_file: Path) -> None:
    ran = cupel(*words(service, key_file, url=service.attestation_url))
    assert ran.code == 2
    error = json.loads(ran.out)["error"]
    assert (error["where"], error["check"]) == ("session.api_url", "tls-09")
    assert service.received == []


def test_who_meddles_gets_nothing(cupel: Command, service: Any, key_file: Path) -> None:
    other = sgx.SgxSimulator(authority=service.enclave.authority, enclave=b"one that keeps notes")
    for changed in ("/", "/quote", "/collateral"):
        stranger = sgx.SgxSimulator() if changed == "/collateral" else other

        def evidence(
            path: str, nonce: bytes | None, at: str = changed, stranger: Any = stranger
        ) -> bytes:
            source = stranger.evidence(path, b"") if path == at else None
            return source or service.evidence_of(path, nonce)

        with sgx.BlindAiService(
            service.enclave, evidence=evidence, attestation_port=0, evidence_over_http=True
        ) as meddler:
            service.reset_counts()
            ran = cupel(*words(service, key_file, attestation_url=meddler.attestation_url))
            assert ran.code not in (0, 2), ran.out
            assert service.handshakes == 0
            assert service.prompt_bytes_received == 0
            assert meddler.prompt_bytes_received == 0
            assert not meddler.saw(KEY.encode())


@pytest.mark.parametrize("form", [[], ["--stream"]])
def test_a_model_is_named_or_missed(
    cupel: Command, service: Any, key_file: Path, form: list[str]
) -> None:
    ran = cupel(*words(service, key_file, service="openai", model="cupel-demo"), *form)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["verdict"] == "accepted"
    ran = cupel(*words(service, key_file, service="openai"), *form)
    assert ran.code == 5
    error = json.loads(ran.out)["error"]
    assert (error["code"], error["where"]) == ("bad_response", "service.status")
    assert "--model" in error["remedy"]
    assert PROMPT not in ran.out + ran.err


def test_a_named_model_is_not_said_to_be_missing(
    cupel: Command, service: Any, key_file: Path
) -> None:
    refused = words(service, key_file, service="openai", model="m", max_tokens="1000000")
    ran = cupel(*refused)
    assert ran.code == 5
    assert "remedy" not in json.loads(ran.out)["error"]


# ---- before anybody is asked ---------------------------------------------------------------------


def test_an_empty_prompt_or_key_is_refused_before_anybody_is_asked(
    cupel: Command, service: Any, key_file: Path
) -> None:
    for prompt, stdin in (("", b""), ("-", b""), ("-", b"\n")):
        ran = cupel(*(prompt if word == PROMPT else word for word in words(service, key_file)),
                    stdin=stdin)  # fmt: skip
        assert ran.code == 2
        assert json.loads(ran.out)["error"]["where"] == "PROMPT"
    for content in ("", "\n", "\r\n"):
        key_file.write_text(content, encoding="ascii", newline="")
        ran = cupel(*words(service, key_file))
        assert ran.code == 2
        assert json.loads(ran.out)["error"]["where"] == "--api-key-file"
    assert service.received == []


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, True), (0o600, False)])
def test_a_key_that_others_can_read_is_warned_about(
    cupel: Command, service: Any, key_file: Path, mode: int, warned: bool
) -> None:
    key_file.chmod(mode)
    ran = cupel(*words(service, key_file))
    assert ran.code == 0, ran.err
    assert ("warning: others can read" in ran.err) is warned
    assert KEY not in ran.out + ran.err
    assert cupel(*words(service, key_file), "-q").err == ""


@pytest.mark.parametrize("value", ["dangerous-ignored", "dangerous_ignored"])
def test_ignoring_revocation_is_warned_about(
    cupel: Command, service: Any, key_file: Path, value: str
) -> None:
    ran = cupel(*words(service, key_file, revocation=value))
    assert ran.code == 0, ran.err
    assert "warning: --revocation dangerous-ignored" in ran.err
    assert "warning" not in cupel(*words(service, key_file, revocation="required")).err


def test_values_may_be_written_with_either_stroke(
    cupel: Command, service: Any, key_file: Path
) -> None:
    for value in ("if_supported", "if-supported"):
        assert cupel(*words(service, key_file, freshness=value)).code == 0
    assert cupel(*words(service, key_file, freshness="ifsupported")).code == 2
    # BlindAI's protocol has no nonce: this one must still mean what it says.
    assert cupel(*words(service, key_file, freshness="required")).code != 0
