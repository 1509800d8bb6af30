"""TLS servers on loopback whose every answer is written by the test, byte by byte.

They count: `application_bytes` is what arrived inside TLS, before any parsing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# OpenSSL itself looks at the clock when it verifies a path; these dates hold whenever it is read.
_BEGIN = dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc)
_END = dt.datetime(2120, 1, 1, tzinfo=dt.timezone.utc)


@dataclass(frozen=True)
class Identity:
    """A server's certificates (leaf first) and key."""

    chain: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> list[bytes]:
        return [one.public_bytes(serialization.Encoding.DER) for one in self.chain]

    @property
    def spki_sha256(self) -> bytes:
        spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = hashes.Hash(hashes.SHA256())
        digest.update(spki)
        return digest.finalize()

    @property
    def leaf_sha256(self) -> bytes:
        return self.chain[0].fingerprint(hashes.SHA256())

    def context(self, **options: Any) -> ssl.SSLContext:
        """A server's context; TLS version bounds as options."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for name, value in options.items():
            setattr(context, name, value)
        pem = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in self.chain)
        pem += self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "identity.pem"
            path.write_bytes(pem)
            context.load_cert_chain(path)
        return context


class WebAuthority:
    """A certification authority for web servers."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = self.key.public_key()
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def leaf(self, host: str = "localhost") -> Identity:
        """A new key with a certificate for the host (and for 127.0.0.1, when it is localhost)."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_BEGIN)
            .not_valid_after(_END)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature"), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        return Identity((certificate, self.certificate), key)


def _usage(*on: str) -> x509.KeyUsage:
    names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: name in on for name in names})


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """The bytes of an answer, and what happens to the connection then."""

    raw: bytes
    close: bool = False
    ragged: bool = False  # close TCP without ending TLS
    pieces: tuple[bytes, ...] = field(default=())  # sent after raw, with a pause before each
    pause: float = 0.0


def reply(body: bytes | str | dict[str, Any], status: str = "200 OK", **headers: str) -> Reply:
    """An ordinary answer; header names with _ for -."""
    content = json.dumps(body) if isinstance(body, dict) else body
    data = content.encode() if isinstance(content, str) else content
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Reply("\r\n".join([*lines, "", ""]).encode() + data)


Handler = Callable[[Request], Reply]


class Server:
    """One listening port. `identity` may be exchanged while it runs."""

    def __init__(
        self,
        identity: Identity,
        handler: Handler = lambda _request: reply("ok"),
        **context_options: Any,
    ) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.received = b""
        self.handshakes = 0
        self.failed_handshakes = 0
        self.resumed = 0
        self._options = context_options
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.identity = identity
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def identity(self) -> Identity:
        return self._identity

    @identity.setter
    def identity(self, identity: Identity) -> None:
        self._identity = identity
        self._context = identity.context(**self._options)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def application_bytes(self) -> int:
        return len(self.received)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(raw,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        raw.settimeout(20)
        try:
            connection = self._context.wrap_socket(raw, server_side=True)
        except OSError:
            self.failed_handshakes += 1
            raw.close()
            return
        with self._lock:
            self.handshakes += 1
            self.resumed += bool(connection.session_reused)
            self._open.add(connection)
        try:
            # A client may end a connection at any byte.
            with contextlib.suppress(OSError):
                while self._one(connection):
                    pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _one(self, connection: ssl.SSLSocket) -> bool:
        request = self._read(connection)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
        answer = self.handler(request)
        connection.sendall(answer.raw)
        for piece in answer.pieces:
            time.sleep(answer.pause)
            connection.sendall(piece)
        if answer.ragged:
            connection.shutdown(socket.SHUT_RDWR)
            return False
        if answer.close:
            connection.settimeout(2)
            connection.unwrap()
            return False
        return True

    def _read(self, connection: ssl.SSLSocket) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._recv(connection)
            if not data or data.endswith(b"\0EOF"):
                return None
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        while len(body) < int(headers.get("content-length", "0")):
            more = self._recv(connection)
            if more == b"\0EOF":
                return None
            body += more
        method, target, _ = first.split(" ")
        return Request(method, target, headers, body)

    def _recv(self, connection: ssl.SSLSocket) -> bytes:
        data = connection.recv(65536)
        if not data:
            return b"\0EOF"
        with self._lock:
            self.received += data
        return data
