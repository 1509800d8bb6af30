"""BlindAI's evidence over plain HTTP, as its servers show it; who meddles there gains nothing."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import cbor2
import pytest

import cupel
from cupel.testing import ServiceError
from cupel.testing.identity import TlsIdentity
from cupel.testing.kinds.sgx import OLD_CPU_SVN, BlindAiService, SgxSimulator
from cupel.testing.quotes import Platform

np = pytest.importorskip("numpy")

MODEL = b"\x08\x07\x12\x05cupel" * 50
TENSOR = np.arange(4, dtype=np.float32) + 0x1234
API_KEY = "sk-the-key-nobody-may-see"
PATHS = ("/", "/quote", "/collateral")

Change = Callable[[str, bytes], bytes]


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


@pytest.fixture(scope="module")
def genuine() -> Iterator[BlindAiService]:
    """Three ports; the first has no TLS."""
    with BlindAiService(attestation_port=0, management_port=0, evidence_over_http=True) as running:
        yield running


@pytest.fixture
def service(genuine: BlindAiService) -> BlindAiService:
    genuine.reset_counts()
    return genuine


def connect(service: BlindAiService, **more: Any) -> cupel.blindai.Client:
    settings: dict[str, Any] = {
        "policy": service.write_manifest(),
        "anchors": service.trust.anchors,
        "unattested_server_port": port_of(service.attestation_url),
        "attested_server_port": port_of(service.base_url),
        "model_management_port": port_of(service.management_url),
        "http_on_unattested_port": True,
        "timeout": 20.0,
    }
    return cupel.blindai.connect("localhost", **{**settings, **more})


# ---- a server as it is ---------------------------------------------------------------------------


def test_evidence_over_http_is_enough(service: BlindAiService) -> None:
    assert service.attestation_url.startswith("http://")
    assert service.base_url.startswith("https://")
    with connect(service) as client:
        uploaded = client.upload(MODEL, name="identity")
        (got,) = client.run(TENSOR, model_hash=uploaded.model_hash)
        assert np.array_equal(got, TENSOR)
        accepted = client.attest().accepted
        assert accepted is not None
        assert accepted.pin().kind == "certificate_sha256"
    assert [path for path, _ in service.received[:3]] == list(PATHS)


def test_it_has_to_be_asked_for(service: BlindAiService) -> None:
    """https is the default, as it is of BlindAI's own client."""
    with (
        connect(service, http_on_unattested_port=False) as client,
        pytest.raises(cupel.SessionError) as caught,
    ):
        client.models()
    assert caught.value.code == "connection_failed"
    assert service.received == []
    with pytest.raises(cupel.CupelError) as refused:
        connect(service, http_on_unattested_port="yes")
    assert (refused.value.code, refused.value.where) == (
        "invalid_argument",
        "http_on_unattested_port",
    )


def test_a_server_behind_tls_is_not_asked_over_http() -> None:
    with BlindAiService(attestation_port=0, management_port=0) as behind_tls:
        with connect(behind_tls) as client, pytest.raises(cupel.CupelError) as caught:
            client.models()
        assert caught.value.code in ("bad_response", "connection_failed")
        assert behind_tls.prompt_bytes_received == 0


@pytest.mark.parametrize("port", ["attested_server_port", "model_management_port"])
def test_the_attested_ports_are_never_without_tls(service: BlindAiService, port: str) -> None:
    """Whatever answers there is asked for a handshake, and a plain port can make none."""
    with (
        connect(service, **{port: port_of(service.attestation_url)}) as client,
        pytest.raises(cupel.SessionError) as caught,
    ):
        client.upload(MODEL, name="x") if port == "model_management_port" else client.models()
    assert caught.value.code == "connection_failed"
    assert [path for path, _ in service.received] == list(PATHS)
    assert not service.saw(MODEL[:16])
    assert not service.saw(b"request-models")


def test_a_port_without_tls_is_one_for_evidence_alone(service: BlindAiService) -> None:
    with pytest.raises(ServiceError):
        BlindAiService(evidence_over_http=True)
    with contextlib.closing(
        http.client.HTTPConnection("localhost", port_of(service.attestation_url), timeout=20)
    ) as connection:
        connection.request("POST", "/run", b"x")
        assert connection.getresponse().status == 404


# ---- a man in the middle -------------------------------------------------------------------------


def cbor_map(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Changes a collateral map."""

    def changed(answer: bytes) -> bytes:
        value = cbor2.loads(answer)
        change(value)
        return cbor2.dumps(value)

    return changed


def flipped(at: float) -> Callable[[bytes], bytes]:
    """One bit is another, at this part of a byte string."""

    def changed(answer: bytes) -> bytes:
        content = bytearray(cbor2.loads(answer))
        content[int(len(content) * at)] ^= 1
        return cbor2.dumps(bytes(content))

    return changed


def replaced(path: str, simulator: SgxSimulator) -> Callable[[bytes], bytes]:
    """Another machine's answer."""
    return lambda _: simulator.evidence(path, b"")


def text(name: str, old: str, new: str) -> Callable[[bytes], bytes]:
    """A word of one of Intel's documents is another."""

    def change(value: dict[str, Any]) -> None:
        assert old in value[name]
        value[name] = value[name].replace(old, new, 1)

    return cbor_map(change)


def meddlings() -> list[tuple[str, str, Callable[[BlindAiService], Callable[[bytes], bytes]]]]:
    """What is done, to which answer, and how it is made for a service."""

    def own(path: str) -> Callable[[BlindAiService], Callable[[bytes], bytes]]:
        return lambda _: replaced(path, SgxSimulator())

    def sibling(path: str, **more: Any) -> Callable[[BlindAiService], Callable[[bytes], bytes]]:
        return lambda one: replaced(path, SgxSimulator(authority=one.enclave.authority, **more))

    def old_processor(one: BlindAiService) -> Callable[[bytes], bytes]:
        authority = one.enclave.authority
        platform = Platform(authority, OLD_CPU_SVN)
        return replaced("/quote", SgxSimulator(authority=authority, platform=platform))

    def always(change: Callable[[bytes], bytes]) -> Any:
        return lambda _: change

    return [
        ("a certificate of his own", "/", own("/")),
        ("a bit of the certificate", "/", always(flipped(0.9))),
        ("the certificate's last byte", "/", always(lambda a: cbor2.dumps(cbor2.loads(a)[:-1]))),
        ("no certificate", "/", always(lambda _: cbor2.dumps(b""))),
        ("a quote of his own", "/quote", own("/quote")),
        ("another enclave's quote", "/quote", sibling("/quote", enclave=b"another")),
        ("the quote of an old processor", "/quote", old_processor),
        ("a bit of the quote's header", "/quote", always(flipped(0.006))),
        ("a bit of the report", "/quote", always(flipped(0.03))),
        ("a bit of the signature", "/quote", always(flipped(0.1))),
        ("a byte behind the quote", "/quote", always(lambda a: cbor2.dumps(cbor2.loads(a) + b"1"))),
        ("collateral of his own", "/collateral", own("/collateral")),
        ("a kinder level", "/collateral", always(text("tcb_info", "OutOfDate", "UpToDate"))),
        ("another date", "/collateral", always(text("tcb_info", 'Update":"2', 'Update":"3'))),
        ("another enclave's signer", "/collateral", always(text("qe_identity", "8C8C", "8D8D"))),
        ("no identity", "/collateral", always(cbor_map(lambda v: v.pop("qe_identity")))),
        ("no list of revoked keys", "/collateral", always(cbor_map(lambda v: v.pop("pck_crl")))),
        ("an empty list of roots", "/collateral",
         always(cbor_map(lambda v: v.update(root_ca_crl="")))),
        ("half an answer", "/collateral", always(lambda a: a[: len(a) // 2])),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "make"),
    [pytest.param(path, make, id=name) for name, path, make in meddlings()],
)
def test_who_changes_an_answer_is_sent_nothing(
    service: BlindAiService,
    path: str,
    make: Callable[[BlindAiService], Callable[[bytes], bytes]],
) -> None:
    """He stands between, with a TLS key of his own, or leaves the attested ports as they are."""
    change = make(service)
    changed: list[str] = []

    def evidence(asked: str, nonce: bytes | None) -> bytes:
        answer = service.evidence_of(asked, nonce)
        if asked != path:
            return answer
        other = change(answer)
        assert other != answer
        changed.append(asked)
        return other

    with BlindAiService(
        service.enclave,
        tls=TlsIdentity(),
        evidence=evidence,
        attestation_port=0,
        management_port=0,
        evidence_over_http=True,
    ) as meddler:
        ports = {"unattested_server_port": port_of(meddler.attestation_url)}
        his_own = {
            "attested_server_port": port_of(meddler.base_url),
            "model_management_port": port_of(meddler.management_url),
        }
        acts: list[Callable[[cupel.blindai.Client], object]] = [
            lambda client: client.run(TENSOR, model_hash="a" * 64),
            lambda client: client.upload(MODEL, name="x"),
        ]
        for where in ({}, his_own):
            for act in acts:
                with connect(service, **{**ports, **where}) as client:
                    with pytest.raises(cupel.CupelError) as caught:
                        act(client)
                    assert caught.value.code not in ("invalid_argument", "connection_failed")
        assert len(changed) == 4
        for one in (service, meddler):
            assert one.prompt_bytes_received == 0
            assert one.handshakes == 0  # it is over before there is a connection to pin
            assert not one.saw(MODEL[:16])
            assert not one.saw(TENSOR.tobytes())


def test_who_relays_the_answers_meets_the_pin(service: BlindAiService) -> None:
    with BlindAiService(
        service.enclave,
        tls=TlsIdentity(),
        evidence=service.evidence_of,
        attestation_port=0,
        management_port=0,
        evidence_over_http=True,
    ) as relay:
        acts: list[Callable[[cupel.blindai.Client], object]] = [
            lambda client: client.run(TENSOR, model_hash="a" * 64),
            lambda client: client.upload(MODEL, name="x"),
        ]
        for act in acts:
            with (
                connect(
                    service,
                    unattested_server_port=port_of(relay.attestation_url),
                    attested_server_port=port_of(relay.base_url),
                    model_management_port=port_of(relay.management_url),
                ) as client,
                pytest.raises(cupel.PinError) as caught,
            ):
                act(client)
            assert caught.value.code == "pin_mismatch"
        assert relay.prompt_bytes_received == 0
        assert not relay.saw(MODEL[:16])
        assert not relay.saw(TENSOR.tobytes())


class _Redirecting(http.server.BaseHTTPRequestHandler):
    target = ""
    asked: ClassVar[list[str]] = []  # a list of its own in each test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", self.target + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_redirect_is_not_followed(service: BlindAiService) -> None:
    for target in (service.attestation_url, service.base_url, ""):
        asked: list[str] = []
        handler = type("Handler", (_Redirecting,), {"target": target, "asked": asked})
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            with (
                connect(service, unattested_server_port=server.server_port) as client,
                pytest.raises(cupel.SessionError) as caught,
            ):
                client.models()
            server.shutdown()
        assert (caught.value.where, caught.value.check) == ("tls.redirect", "tls-08")
        assert len(asked) == 1
    assert service.received == []


# ---- other clients -------------------------------------------------------------------------------


def make_client(service: BlindAiService, **more: Any) -> cupel.Client:
    settings: dict[str, Any] = {
        "base_url": service.base_url,
        "attestation_url": service.attestation_url,
        "evidence": "blindai",
        "policy": service.policy_file,
        "anchors": service.trust.anchors,
        "api_key": API_KEY,
        "default_headers": {"X-Tenant": "somebody-in-particular"},
    }
    return cupel.Client(**{**settings, **more})


def test_key_headers_and_prompt_go_over_tls_alone(service: BlindAiService) -> None:
    with (
        BlindAiService(
            service.enclave,
            evidence=service.evidence_of,
            attestation_port=0,
            evidence_over_http=True,
        ) as plain,
        make_client(service, attestation_url=plain.attestation_url) as client,
    ):
        answer = client.completions.create(model="m", prompt="What is a cupel?")
        assert answer.choices[0].text
        assert [path for path, _ in plain.received] == list(PATHS)
        assert plain.handshakes == 0  # so all that it saw was plain
        assert plain.prompt_bytes_received == 0
        assert plain.saw(b"GET /?nonce=")
        for secret in (API_KEY, "Authorization", "somebody-in-particular", "What is a cupel"):
            assert not plain.saw(secret.encode())
        for arrived in (API_KEY, "somebody-in-particular", "What is a cupel"):
            assert service.saw(arrived.encode())


@pytest.mark.parametrize(
    "protocol", [one for one in cupel.evidence_protocols() if one != "blindai"]
)
def test_no_other_protocol_is_asked_over_http(service: BlindAiService, protocol: str) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        make_client(service, evidence=protocol)
    assert (caught.value.code, caught.value.where) == ("invalid_argument", "attestation_url")
    policy = cupel.load_policy(service.policy_file)
    options = cupel.SessionOptions(
        service.base_url,
        policy,
        cupel.TrustAnchors(),
        attestation_url=service.attestation_url,
        evidence=protocol,
    )
    with pytest.raises(cupel.CupelError) as core:
        cupel.attest(options)
    assert (core.value.code, core.value.where) == ("invalid_argument", "session.attestation_url")
    assert core.value.check == "tls-09"
    assert service.received == []


@pytest.mark.parametrize("more", [{}, {"attestation_url": None}])
def test_no_api_is_called_over_http(service: BlindAiService, more: dict[str, Any]) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        make_client(service, base_url=service.attestation_url, **more)
    assert (caught.value.code, caught.value.where) == ("invalid_argument", "base_url")
    assert service.received == []


@pytest.mark.parametrize(
    "url", ["ftp://localhost", "http://", "http://user@localhost", "HTTP//x", "http://h/#f", "//h"]
)
def test_addresses_that_are_none_are_refused(service: BlindAiService, url: str) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        make_client(service, attestation_url=url)
    assert (caught.value.code, caught.value.where) == ("invalid_argument", "attestation_url")
