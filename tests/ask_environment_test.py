"""`cupel ask` in an environment that tries to open it: nothing in there is obeyed.

Each variable is a trap that would show: an ordinary client that obeys it would talk to the relay,
or to the proxy, or leave its secrets in a file. That the traps work is tested, too.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from where import Command

nitro = pytest.importorskip("cupel.testing.kinds.nitro")
from cupel.testing.identity import TlsIdentity  # noqa: E402
from cupel.testing.simulated import SimulatedService  # noqa: E402

KEY = "sk-the-key-nobody-may-see"
PROMPT = "What is a cupel?"
OLD_TLS = "ALL:@SECLEVEL=0"
CA_FILES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


class Proxy:
    """Counts who connects, and says nothing."""

    def __init__(self) -> None:
        """Listens."""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        """Stops listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class OldService(SimulatedService):
    """A service with the attested key that speaks TLS 1.1 and nothing newer."""

    def _tls_context(self, folder: Path) -> ssl.SSLContext:
        context = super()._tls_context(folder)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers(OLD_TLS)
        return context


@pytest.fixture
def service() -> Iterator[Any]:
    """The attested service."""
    with SimulatedService(nitro.NitroSimulator()) as running:
        yield running


@pytest.fixture
def other() -> TlsIdentity:
    """A key that nothing vouches for but the environment."""
    return TlsIdentity()


@pytest.fixture
def relay(service: Any, other: TlsIdentity) -> Iterator[Any]:
    """Who stands in between, with genuine evidence and the other key."""
    with SimulatedService(service.simulator, evidence=service.evidence_of, tls=other) as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy that must not be used."""
    running = Proxy()
    yield running
    running.close()


@pytest.fixture
def hostile(tmp_path: Path, other: TlsIdentity, proxy: Proxy) -> dict[str, str]:
    """The environment."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command, which names the files of SSL_CERT_DIR, is absent")
    folder = tmp_path / "certificates"
    folder.mkdir()
    bundle = folder / "other.pem"
    bundle.write_text(other.certificate_pem, encoding="ascii")
    subprocess.run([openssl, "rehash", folder], check=True, capture_output=True)
    settings = tmp_path / "openssl.cnf"
    settings.write_text(
        "openssl_conf = o\n[o]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\n"
        f"MinProtocol = TLSv1\nCipherString = {OLD_TLS}\nVerifyMode = None\n",
        encoding="ascii",
    )
    return {
        **dict.fromkeys(CA_FILES, str(bundle)),
        **dict.fromkeys(PROXIES, proxy.url),
        "NO_PROXY": "",
        "SSL_CERT_DIR": str(folder),
        "SSLKEYLOGFILE": str(tmp_path / "keys.log"),
        "OPENSSL_CONF": str(settings),
        "HOME": str(tmp_path),
        "CURL_HOME": str(tmp_path),
    }


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A bearer token; and files that lend other credentials, where curl looks for them."""
    (tmp_path / ".netrc").write_text("default login thief password stolen\n", encoding="ascii")
    (tmp_path / ".curlrc").write_text("insecure\nlocation\n", encoding="ascii")
    path = tmp_path / "key"
    path.write_text(KEY + "\n", encoding="ascii")
    return path


def words(service: Any, url: str, key_file: Path) -> list[str | Path]:
    """The command's arguments: ask at `url`, with evidence from the service."""
    return [
        "ask",
        url,
        PROMPT,
        "--json",
        "--policy",
        service.policy_file,
        "--anchors",
        service.trust.anchors,
        "--attestation-url",
        service.base_url,
        "--evidence",
        service.evidence_protocol,
        "--api-key-file",
        key_file,
    ]


def ordinary_client_connects(url: str, **settings: Any) -> str | None:
    """The TLS version that a client gets who obeys such settings."""
    trusted = {name: settings.pop(name) for name in ("cafile", "capath") if name in settings}
    context = ssl.create_default_context(**trusted)
    for name, value in settings.items():
        setattr(context, name, value)
    context.set_ciphers(OLD_TLS)
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secured,
    ):
        return secured.version()


def test_the_environment_changes_nothing_for_the_attested_service(
    cupel: Command, service: Any, proxy: Proxy, hostile: dict[str, str], key_file: Path
) -> None:
    ran = cupel(*words(service, service.base_url, key_file), env=hostile)
    assert ran.code == 0, ran.out + ran.err
    assert json.loads(ran.out)["verdict"] == "accepted"
    assert service.saw(KEY.encode())
    assert service.saw(PROMPT.encode())
    assert not service.saw(b"thief")
    assert proxy.connections == 0
    log = Path(hostile["SSLKEYLOGFILE"])  # libcurl may open it; nothing may come into it
    assert not log.exists() or log.read_bytes() == b""


def test_an_ordinary_client_that_obeys_talks_to_the_relay(
    relay: Any, hostile: dict[str, str]
) -> None:
    assert ordinary_client_connects(relay.base_url, cafile=hostile["SSL_CERT_FILE"])
    assert ordinary_client_connects(relay.base_url, capath=hostile["SSL_CERT_DIR"])


@pytest.mark.parametrize("only", [*CA_FILES, "SSL_CERT_DIR", "OPENSSL_CONF", None])
def test_the_environment_vouches_for_nobody(
    cupel: Command,
    service: Any,
    relay: Any,
    hostile: dict[str, str],
    key_file: Path,
    only: str | None,
) -> None:
    env = hostile if only is None else {only: hostile[only]}
    ran = cupel(*words(service, relay.base_url, key_file), env=env)
    error = json.loads(ran.out)["error"]
    assert (error["code"], error["check"]) == ("pin_mismatch", "tls-02")
    assert ran.code not in (0, 2)
    assert relay.handshakes == relay.application_bytes == relay.prompt_bytes_received == 0
    assert not service.saw(PROMPT.encode())


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_environment_brings_back_no_old_tls(
    cupel: Command, service: Any, hostile: dict[str, str], tmp_path: Path, key_file: Path
) -> None:
    with OldService(service.simulator, evidence=service.evidence_of) as old:
        own = tmp_path / "own.pem"
        own.write_text(service.simulator.identity.certificate_pem, encoding="ascii")
        oldest = ssl.TLSVersion.TLSv1
        spoken = ordinary_client_connects(old.base_url, cafile=own, minimum_version=oldest)
        assert spoken == "TLSv1.1"
        old.reset_counts()
        ran = cupel(*words(service, old.base_url, key_file), env=hostile)
        error = json.loads(ran.out)["error"]
        assert (error["where"], error["check"]) == ("tls.version", "tls-07")
        assert ran.code not in (0, 2)
        assert old.application_bytes == old.prompt_bytes_received == 0
