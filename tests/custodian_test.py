"""The custodian over HTTPS, and with an enclave."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import secrets
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from where import ROOT

FOLDER = ROOT / "examples" / "custodian"
sys.path.insert(0, str(FOLDER))

cupel = pytest.importorskip("cupel", exc_type=ImportError)
if not hasattr(cupel, "blindai"):
    pytest.skip("the installed package has no blindai", allow_module_level=True)
x509 = pytest.importorskip("cryptography.x509")
np = pytest.importorskip("numpy")

from counter import Counter  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from custodian import deliver, main  # noqa: E402
from server import Custodian  # noqa: E402

from cupel.testing.kinds.sgx import KIND, BlindAiService, SgxSimulator  # noqa: E402

OWNER, ENCLAVE = "owner-" + "o" * 32, "enclave-" + "e" * 32
MODEL = "a" * 64


@dataclass
class Keys:
    """The custodian's TLS key."""

    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=12))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    out = Keys(folder / "tls.pem", folder / "tls.key")
    out.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    out.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return out


def ask(
    port: int, keys: Keys, method: str, path: str, body: Any = None, token: str | None = OWNER
) -> tuple[int, dict[str, Any]]:
    """One request. Errors: OSError, http.client.HTTPException when there is no whole answer."""
    context = ssl.create_default_context(cafile=keys.certificate)
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def server(tmp_path: Path, keys: Keys) -> Iterator[Custodian]:
    custodian = Custodian(
        ("127.0.0.1", 0),
        tmp_path / "counter.db",
        certificate=keys.certificate,
        key=keys.key,
        owner_token=OWNER,
        enclave_token=ENCLAVE,
    )
    thread = threading.Thread(target=custodian.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield custodian
    custodian.shutdown()
    thread.join()
    custodian.server_close()


def new() -> str:
    return secrets.token_hex(16)


def supply(server: Custodian, keys: Keys, model: str, inferences: int) -> None:
    body = {"operation": new(), "model": model, "inferences": inferences}
    assert ask(server.server_port, keys, "POST", "/supply", body)[0] == 200


# ---- requests ------------------------------------------------------------------------------------


def test_owner_supplies_and_enclave_consumes(server: Custodian, keys: Keys) -> None:
    port = server.server_port
    supply(server, keys, MODEL, 2)
    once = {"operation": new(), "model": MODEL}
    first = ask(port, keys, "POST", "/consume", once, ENCLAVE)
    assert first == (200, {"inferences": 1, "repeated": False})
    assert ask(port, keys, "POST", "/consume", once, ENCLAVE) == (
        200, {"inferences": 1, "repeated": True},
    )  # fmt: skip
    assert ask(port, keys, "GET", f"/inferences/{MODEL}") == (200, {"inferences": 1})
    assert ask(port, keys, "GET", f"/inferences/{MODEL}", token=ENCLAVE)[1] == {"inferences": 1}


def test_zero_refuses(server: Custodian, keys: Keys) -> None:
    body = {"operation": new(), "model": MODEL}
    assert ask(server.server_port, keys, "POST", "/consume", body, ENCLAVE)[0] == 402
    assert server.counter.remaining(MODEL) == 0


@pytest.mark.parametrize("token", [None, "", "x", OWNER + "x", OWNER[:-1], OWNER.upper(), ENCLAVE])
def test_nobody_but_the_owner_supplies(server: Custodian, keys: Keys, token: str | None) -> None:
    body = {"operation": new(), "model": MODEL, "inferences": 5}
    assert ask(server.server_port, keys, "POST", "/supply", body, token)[0] == 401
    assert server.counter.remaining(MODEL) == 0


@pytest.mark.parametrize("token", [None, "", ENCLAVE + "x", ENCLAVE[:-1], OWNER])
def test_nobody_but_the_enclave_consumes(server: Custodian, keys: Keys, token: str | None) -> None:
    supply(server, keys, MODEL, 5)
    body = {"operation": new(), "model": MODEL}
    assert ask(server.server_port, keys, "POST", "/consume", body, token)[0] == 401
    assert server.counter.remaining(MODEL) == 5


def test_nobody_reads_without_a_token(server: Custodian, keys: Keys) -> None:
    assert ask(server.server_port, keys, "GET", f"/inferences/{MODEL}", token=None)[0] == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"5", b'{"operation": "o"}',
     b'{"operation": "%b", "operation": "%b", "model": "%b"}' % (b"o" * 16, b"o" * 16, b"a" * 64),
     {"operation": "o" * 16, "model": MODEL, "inferences": 1},
     {"operation": "o", "model": MODEL}, {"operation": "o" * 16, "model": "a"},
     {"operation": ["o" * 16], "model": MODEL}, b"[" * 4000, b" " * 5000],
)  # fmt: skip
def test_bodies_that_are_none_are_refused(server: Custodian, keys: Keys, body: Any) -> None:
    supply(server, keys, MODEL, 1)
    assert ask(server.server_port, keys, "POST", "/consume", body, ENCLAVE)[0] == 400
    assert server.counter.remaining(MODEL) == 1


def test_an_operation_of_another_change_is_a_conflict(server: Custodian, keys: Keys) -> None:
    body = {"operation": new(), "model": MODEL, "inferences": 5}
    assert ask(server.server_port, keys, "POST", "/supply", body)[0] == 200
    body["inferences"] = 6
    assert ask(server.server_port, keys, "POST", "/supply", body)[0] == 409
    assert server.counter.remaining(MODEL) == 5


@pytest.mark.parametrize(("owner", "enclave"), [("short", ENCLAVE), (OWNER, ""), (OWNER, OWNER)])
def test_tokens_that_are_no_secrets_are_refused(
    tmp_path: Path, keys: Keys, owner: str, enclave: str
) -> None:
    with pytest.raises(ValueError, match="token"):
        Custodian(
            ("127.0.0.1", 0),
            tmp_path / "counter.db",
            certificate=keys.certificate,
            key=keys.key,
            owner_token=owner,
            enclave_token=enclave,
        )


# ---- killed --------------------------------------------------------------------------------------


class Process:
    """The command `serve`, as a process of its own."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        for name, token in (("owner", OWNER), ("enclave", ENCLAVE)):
            (folder / name).write_text(token)
        self.process = subprocess.Popen(
            [sys.executable, FOLDER / "custodian.py", "serve", "--port", "0",
             "--database", folder / "counter.db", "--certificate", keys.certificate,
             "--key", keys.key, "--owner-token-file", folder / "owner",
             "--enclave-token-file", folder / "enclave"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rsplit(" ", 1)[1])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        assert self.process.returncode == -signal.SIGKILL


def test_a_server_that_is_killed_over_and_over_counts_exactly(tmp_path: Path, keys: Keys) -> None:
    """100 consumptions; each tenth request is sent to a server that dies meanwhile."""
    Counter(tmp_path / "counter.db").supply(new(), MODEL, 150)
    process = Process(tmp_path, keys)
    for number in range(1, 101):
        body = {"operation": new(), "model": MODEL}
        if number % 10 == 0:
            killer = threading.Timer(0.002 * (number // 10), process.kill)
            killer.start()
            # It may have been done, or not: asked again under the same id below.
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                ask(process.port, keys, "POST", "/consume", body, ENCLAVE)
            killer.join()
            process = Process(tmp_path, keys)
        status, answer = ask(process.port, keys, "POST", "/consume", body, ENCLAVE)
        assert (status, answer["inferences"]) == (200, 150 - number)
    process.kill()
    assert Counter(tmp_path / "counter.db").remaining(MODEL) == 50


# ---- with an enclave -----------------------------------------------------------------------------


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def ports(service: BlindAiService) -> tuple[int, int, int]:
    return (
        port_of(service.attestation_url),
        port_of(service.base_url),
        port_of(service.management_url),
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(secrets.token_bytes(4096))
    return path


@pytest.mark.parametrize("over_http", [False, True])
def test_the_enclave_gets_the_model_and_runs_it_until_zero(
    server: Custodian, keys: Keys, model: Path, over_http: bool
) -> None:
    held: dict[str, str] = {}

    def meter() -> bool:
        body = {"operation": new(), "model": held["model"]}
        return ask(server.server_port, keys, "POST", "/consume", body, ENCLAVE)[0] == 200

    with BlindAiService(
        attestation_port=0, management_port=0, meter=meter, evidence_over_http=over_http
    ) as enclave:
        anchors = enclave.trust.anchors
        manifest = enclave.write_manifest()
        uploaded = deliver(
            "localhost",
            manifest,
            model,
            anchors=anchors,
            ports=ports(enclave),
            evidence_over_http=over_http,
        )
        held["model"] = uploaded.model_hash
        assert [one.content for one in enclave.server.models] == [model.read_bytes()]
        supply(server, keys, uploaded.model_hash, 2)
        unattested, attested, management = ports(enclave)
        with cupel.blindai.connect(
            "localhost",
            policy=manifest,
            anchors=anchors,
            unattested_server_port=unattested,
            attested_server_port=attested,
            model_management_port=management,
            http_on_unattested_port=over_http,
        ) as user:
            picture = np.zeros((1, 4, 4, 3), dtype=np.float32)
            for _ in range(2):
                user.run(picture, model_hash=uploaded.model_hash)
            with pytest.raises(cupel.SessionError):
                user.run(picture, model_hash=uploaded.model_hash)
        assert enclave.server.runs == 2
        assert server.counter.remaining(uploaded.model_hash) == 0


@pytest.mark.parametrize("attack", KIND.attacks, ids=[one.name for one in KIND.attacks])
def test_another_enclave_never_receives_a_byte_of_the_model(model: Path, attack: Any) -> None:
    with BlindAiService() as genuine, attack.mount(genuine) as impostor:
        port = port_of(impostor.base_url)
        with pytest.raises(cupel.CupelError) as refused:
            deliver(
                "localhost",
                genuine.write_manifest(),
                model,
                anchors=genuine.trust.anchors,
                ports=(port, port, port),
            )
        assert refused.value.code == attack.code
        assert impostor.prompt_bytes_received == 0
        assert not impostor.saw(model.read_bytes()[:16])
        assert any(path == "/quote" for path, _ in impostor.received)


def test_the_command_tells_that_nothing_was_delivered(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with BlindAiService() as genuine:
        other = SgxSimulator(authority=genuine.enclave.authority, enclave=b"another")
        with BlindAiService(other) as impostor:
            port = str(port_of(impostor.base_url))
            code = main(
                ["deliver", "--host", "localhost", "--manifest", str(genuine.write_manifest()),
                 "--model", str(model), "--anchors", str(genuine.trust.anchors),
                 "--ports", port, port, port]
            )  # fmt: skip
            assert code == 1
            assert impostor.prompt_bytes_received == 0
    said = capsys.readouterr()
    assert "not delivered" in said.err
    assert said.out == ""
