"""Errors of asking for evidence say what to do, and in which options."""

from __future__ import annotations

import http.server
import pickle
import threading
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import cupel
from cupel._options import EvidenceProtocol, Freshness, Revocation
from cupel.testing import load
from here import ROOT
from servers import reply
from service import Service

MANIFEST = ROOT / "tests/vectors/sgx/refused--manifest_misc_select/manifest.toml"


@pytest.fixture(scope="module", params=[("nitro", "nitro"), ("snp", "aci"), ("maa", "maa")])
def wanted(request: pytest.FixtureRequest) -> Iterator[tuple[cupel.Policy, str]]:
    family, way = request.param
    with load(family).make() as service:
        yield cupel.load_policy(service.policy_file), way


def status_error(service: Service, **options: Any) -> cupel.CupelError:
    service.evidence.handler = lambda _request: reply("", "404 Not Found")
    with service.client(**options) as client, pytest.raises(cupel.SessionError) as raised:
        client.attest()
    assert (raised.value.code, raised.value.where) == ("bad_response", "attestation.status")
    return raised.value


def test_missing_evidence_names_the_way_that_fits_the_policy(
    service: Service, wanted: tuple[cupel.Policy, str]
) -> None:
    policy, way = wanted
    error = status_error(service, policy=policy)
    assert f'evidence="{way}"' in error.remedy
    assert error.remedy in str(error)
    for known in cupel.evidence_protocols():
        assert known in error.remedy


def test_missing_evidence_of_the_fitting_way_names_the_url(service: Service) -> None:
    error = status_error(service)
    assert "attestation_url=" in error.remedy
    assert "try evidence=" not in error.remedy


def test_advice_survives_pickling(service: Service) -> None:
    error = status_error(service)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.remedy) == (type(error), str(error), error.remedy)


def test_other_errors_are_given_no_advice(service: Service) -> None:
    service.evidence.handler = lambda _request: reply("{}")
    with service.client() as client, pytest.raises(cupel.CupelError) as raised:
        client.attest()
    assert raised.value.where != "attestation.status"
    assert "evidence=" not in str(raised.value)


@pytest.mark.parametrize("name", ["", "documents", "azure", "Nitro", None, 7])
def test_unknown_way_of_asking_names_the_known_ones(service: Service, name: Any) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        service.client(evidence=name)
    assert (raised.value.code, raised.value.where) == ("invalid_argument", "evidence")
    for known in cupel.evidence_protocols():
        assert known in str(raised.value)


def test_types_of_options_name_what_the_core_knows() -> None:
    assert typing.get_args(EvidenceProtocol) == cupel.evidence_protocols()
    for option in (Freshness, Revocation):
        names = typing.get_args(option)
        assert {name.replace("_", "-") for name in names} <= set(names)


class Silent(http.server.BaseHTTPRequestHandler):
    """Answers in the clear, as BlindAI's first port does: here, that it does not understand TLS."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def plain_port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def blindai_error(**options: Any) -> cupel.CupelError:
    client = cupel.blindai.connect("127.0.0.1", policy=MANIFEST, timeout=10.0, **options)
    with client, pytest.raises(cupel.SessionError) as raised:
        client.attest()
    assert raised.value.code == "connection_failed"
    return raised.value


def test_blindai_without_tls_names_the_option(plain_port: int) -> None:
    error = blindai_error(unattested_server_port=plain_port)
    assert error.where == "tls.handshake"
    assert "http_on_unattested_port=True" in error.remedy
    assert error.remedy in str(error)


def test_blindai_that_is_not_there_is_not_told_about_http(plain_port: int) -> None:
    error = blindai_error(unattested_server_port=1)
    assert error.where == "http.connect"
    assert "http_on_unattested_port" not in str(error)


def test_plain_http_is_advised_for_no_other_protocol(service: Service, plain_port: int) -> None:
    url = f"https://127.0.0.1:{plain_port}"
    with (
        service.client(attestation_url=url) as client,
        pytest.raises(cupel.SessionError) as raised,
    ):
        client.attest()
    assert raised.value.where == "tls.handshake"
    assert "http://" not in str(raised.value)
