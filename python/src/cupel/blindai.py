"""BlindAI: models in ONNX form, run inside an SGX enclave that was attested first.

    client = cupel.blindai.connect("enclave.example", policy="manifest.toml")
    outputs = client.run(numpy_array, model_hash="…")
    print(outputs.attestation, outputs.not_proved)

Arrays go in and come out; numpy is needed (`pip install cupel[blindai]`). Nothing is sent to the
enclave before its evidence was accepted, and then only to the certificate that its quote names,
whatever name that certificate bears.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from cupel import _settings
from cupel._api import Buffer, PathLike, PolicySources
from cupel._attestor import Attestor, OnVerdict
from cupel._closing import Closing
from cupel._core import Policy, Verdict
from cupel._core import blindai as _core
from cupel._options import DEFAULT_MAX_AGE, DEFAULT_TIMEOUT
from cupel._transport import VERDICT_EXTENSION, as_session_error, make_transport
from cupel._trust import AnchorSource
from cupel.errors import CupelError, SessionError
from cupel.tls import Clock

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
    Inputs: TypeAlias = Array | Sequence[Array] | Mapping[str, Array]
    OutputList: TypeAlias = list[Array]
else:
    OutputList = list

__all__ = ["Client", "Model", "Outputs", "Uploaded", "connect"]

_MEDIA_TYPE = "application/cbor"
# By the number on the wire: numpy's names of the same elements, little-endian.
_DTYPES = ("<f4", "<f8", "<i4", "<i8", "<u4", "<u8", "|u1", "<u2", "|i1", "<i2", "|b1")


@dataclass(frozen=True)
class Model:
    """A model that the server lists."""

    name: str
    model_id: str


@dataclass(frozen=True)
class Uploaded:
    """A model that was uploaded: ask for it by its hash."""

    model_id: str
    model_hash: str


class Outputs(OutputList):
    """The arrays of an answer, with the verdict under which they were received."""

    attestation: Verdict
    not_proved: tuple[str, ...]
    """What the attestation does not vouch for; empty when the model was named by its hash."""

    def __init__(
        self, arrays: list[Array], attestation: Verdict, not_proved: tuple[str, ...]
    ) -> None:
        super().__init__(arrays)
        self.attestation = attestation
        self.not_proved = not_proved

    def __repr__(self) -> str:
        return f"<cupel.blindai.Outputs of {len(self)}>"  # answers are nobody else's business


def _numpy() -> Any:
    try:
        return importlib.import_module("numpy")
    except ImportError as error:
        raise CupelError(
            "invalid_argument", "blindai.numpy", detail="pip install 'cupel[blindai]'"
        ) from error


def _as_tensor(np: Any, array: object, name: str) -> tuple[int, tuple[int, ...], bytes, str]:
    """An array as the protocol has it. Errors: invalid_argument at "service.inputs"."""
    if not isinstance(array, np.ndarray):
        _settings.refuse("service.inputs", "an input is a numpy array: nothing else has a type")
    little = array.dtype.newbyteorder("<").str
    if little not in _DTYPES:
        _settings.refuse("service.inputs", f"the protocol has no elements like {array.dtype}")
    content = np.ascontiguousarray(array, dtype=little).tobytes(order="C")
    return _DTYPES.index(little), tuple(array.shape), content, name


def _as_tensors(inputs: Inputs) -> list[tuple[int, tuple[int, ...], bytes, str]]:
    np = _numpy()
    if isinstance(inputs, np.ndarray):
        return [_as_tensor(np, inputs, "")]
    if isinstance(inputs, Mapping):
        if not all(isinstance(name, str) and name for name in inputs):
            _settings.refuse("service.inputs", "the names of inputs are texts")
        return [_as_tensor(np, array, name) for name, array in inputs.items()]
    if isinstance(inputs, (list, tuple)):
        return [_as_tensor(np, array, "") for array in inputs]
    _settings.refuse("service.inputs", "an array, a list of arrays, or a dict of them by name")


def _as_arrays(body: bytes) -> list[Array]:
    np = _numpy()
    return [
        np.frombuffer(content, dtype=_DTYPES[kind]).reshape(shape).copy()
        for kind, shape, content, _name in _core.run_outputs(body)
    ]


def _model_bytes(model: PathLike | Buffer) -> bytes:
    if not isinstance(model, (str, os.PathLike)):
        return bytes(model)
    try:
        return Path(model).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CupelError("invalid_argument", "model", detail=reason) from None


class _Channel:
    """An attested port."""

    def __init__(self, attestor: Attestor, timeout: float) -> None:
        self.attestor = attestor
        self._http = httpx.Client(
            base_url=attestor.options.api_url,
            transport=make_transport(attestor, httpx),
            trust_env=False,
            follow_redirects=False,
            timeout=timeout,
        )

    def check_open(self) -> None:
        """Errors: invalid_argument at "client" when it is closed."""
        if self._http.is_closed:
            _settings.refuse("client", "the client is closed")

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, Verdict]:
        """One request. Errors: CupelError. The server's words are not passed on."""
        self.check_open()
        headers = {"Accept": _MEDIA_TYPE}
        if body is not None:
            headers["Content-Type"] = _MEDIA_TYPE
        try:
            response = self._http.request(method, path, content=body, headers=headers)
        except CupelError:
            raise
        except httpx.HTTPError as error:
            raise as_session_error(error) from None
        if not 200 <= response.status_code <= 299:
            detail = f"the service answered HTTP {response.status_code}"
            raise SessionError("bad_response", "service.status", detail=detail)
        return response.content, response.extensions[VERDICT_EXTENSION]

    def close(self) -> None:
        self._http.close()


class Client(Closing):
    """A BlindAI server, attested at the first request. Made by connect()."""

    def __init__(self, channel: _Channel, management: _Channel) -> None:
        self._channel = channel
        self._management = management

    def attest(self) -> Verdict:
        """Attests now, unless an attestation is in force. Errors: RejectedError, …"""
        self._channel.check_open()
        return self._channel.attestor.current().verdict

    @property
    def attestation(self) -> Verdict | None:
        """The verdict in force; None before the first request and after it has expired."""
        grant = self._channel.attestor.peek()
        return None if grant is None else grant.verdict

    def run(
        self, inputs: Inputs, *, model_hash: str | None = None, model_id: str | None = None
    ) -> Outputs:
        """Runs a model on an array, a list of arrays, or arrays by the names of the model's inputs.

        model_hash: SHA-256 of the model's file, hex. The attested enclave looks the model up by it.
        model_id: the server's name for a model, bound to nothing: whoever reaches the management
            port may put another model there. The answer says so in `not_proved`.
        Errors: invalid_argument at "service.…" before anything is sent; SessionError.
        """
        tensors = _as_tensors(inputs)
        body = _core.run_body(model_hash or "", model_id or "", tensors)
        answer, verdict = self._channel.ask("POST", "/run", body)
        left_open = _core.not_proved(model_hash or "", model_id or "")
        return Outputs(_as_arrays(answer), verdict, left_open)

    def models(self) -> list[Model]:
        """The models that the server lists."""
        answer, _ = self._channel.ask("GET", "/request-models")
        return [Model(name, model_id) for name, model_id in _core.listed_models(answer)]

    def upload(self, model: PathLike | Buffer, *, name: str, optimize: bool = True) -> Uploaded:
        """Sends a model (a path, or its bytes) to the management port, which is attested likewise.

        Errors: as run(); bad_response at "service.hash" when the server's digest is another.
        """
        content = _model_bytes(model)
        digest = hashlib.sha256(content)
        body = _core.upload_body(content, name, optimize)
        answer, _ = self._management.ask("POST", "/upload", body)
        return Uploaded(_core.uploaded(answer, digest.digest()), digest.hexdigest())

    def delete(self, model_id: str) -> None:
        """Has the server forget a model."""
        self._management.ask("POST", "/delete", _core.delete_body(model_id))

    def close(self) -> None:
        """Closes the connections."""
        self._channel.close()
        self._management.close()

    def __repr__(self) -> str:
        return f"<cupel.blindai.Client {self._channel.attestor.options.api_url}>"


def _checked_port(port: int, where: str) -> int:
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        _settings.refuse(where, "a port is a number from 1 to 65535")
    return port


def connect(
    host: str,
    *,
    policy: Policy | PolicySources,
    anchors: AnchorSource | None = None,
    unattested_server_port: int = 9923,
    attested_server_port: int = 9924,
    model_management_port: int = 9925,
    http_on_unattested_port: bool = False,
    timeout: float = DEFAULT_TIMEOUT,
    max_age: float = DEFAULT_MAX_AGE,
    clock: Clock | None = None,
    on_verdict: OnVerdict | None = None,
) -> Client:
    """A client of the BlindAI server at this host. Reads the policy; asks nobody yet.

    policy: manifest.toml of the enclave's build, or a policy of Cupel's own form.
    anchors: left out, Intel's published root.
    unattested_server_port, attested_server_port, model_management_port: where evidence is shown,
        where models run, where they are uploaded.
    http_on_unattested_port: ask for certificate, quote and collateral over plain HTTP, which is
        what a server of BlindAI's has there unless TLS was put in front of it. They prove
        themselves or are refused, and nothing but a nonce is sent. Other ports are never without
        TLS. (In BlindAI's own client: hazmat_http_on_unattested_port.)
    timeout, max_age, clock, on_verdict: as of cupel.Client.
    Errors: PolicyError; invalid_argument.
    """
    ports = {
        "unattested_server_port": unattested_server_port,
        "attested_server_port": attested_server_port,
        "model_management_port": model_management_port,
    }
    unattested, attested, management = (
        _settings.split_url(f"https://{host}:{_checked_port(port, where)}", "host")
        for where, port in ports.items()
    )
    if unattested[1] or "/" in host:
        _settings.refuse("host", "a host is meant, without a path")
    if not isinstance(http_on_unattested_port, bool):
        _settings.refuse("http_on_unattested_port", "True or False")
    evidence_url = unattested[0]
    if http_on_unattested_port:
        evidence_url = "http" + evidence_url.removeprefix("https")
    seconds = _settings.checked_timeout(timeout)

    def channel(origin: str) -> _Channel:
        attestor = _settings.make_attestor(
            origin,
            policy=policy,
            anchors=anchors,
            attestation_url=evidence_url,
            service="openai",
            evidence="blindai",
            endorsements=None,
            freshness="if_supported",  # the protocol has no nonce; the verdict says so
            revocation="if_available",
            timeout=seconds,
            max_age=max_age,
            clock=clock,
            on_verdict=on_verdict,
        )
        return _Channel(attestor, seconds)

    return Client(channel(attested[0]), channel(management[0]))
