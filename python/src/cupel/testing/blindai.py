"""The requests and answers of a BlindAI server, without its sockets. All bodies are CBOR.

The models do not run: whatever is uploaded answers as a network of identity layers would, with the
tensors that it was given.
"""

from __future__ import annotations

import hashlib
import io
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2

MEDIA_TYPE = "application/cbor"
MAX_TENSORS = 256
_NAMES = ("F32", "F64", "I32", "I64", "U32", "U64", "U8", "U16", "I8", "I16", "Bool")
_SIZES = (4, 8, 4, 8, 4, 8, 1, 2, 1, 2, 1)

Meter = Callable[[], bool]


class Refused(Exception):
    """A request that is answered with HTTP 500 and these words."""


@dataclass(frozen=True)
class StoredModel:
    """A model that was uploaded."""

    name: str
    model_id: str
    content: bytes

    @property
    def model_hash(self) -> str:
        """SHA-256 of the model's file, hex."""
        return hashlib.sha256(self.content).hexdigest()


def read(content: bytes, members: set[str]) -> dict[str, Any]:
    """A CBOR map with exactly these members and nothing behind it. Raises Refused."""
    stream = io.BytesIO(content)
    try:
        value = cbor2.load(stream)
    except Exception as error:  # cbor2 raises many kinds, and this is a stranger's text
        raise Refused("the body is not CBOR") from error
    if stream.read(1):
        raise Refused("there are bytes behind the body")
    if not isinstance(value, dict) or set(value) != members:
        raise Refused(f"the body must be a map of {', '.join(sorted(members))}")
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def checked_tensor(tensor: object) -> dict[str, Any]:
    """The tensor with its type's name, as servers write it. Raises Refused."""
    if not isinstance(tensor, dict) or set(tensor) != {"info", "bytes_data"}:
        raise Refused("a tensor has info and bytes_data")
    info, data = tensor["info"], tensor["bytes_data"]
    if not isinstance(info, dict) or set(info) != {"fact", "datum_type", "node_name"}:
        raise Refused("a tensor's info has fact, datum_type and node_name")
    kind, fact = info["datum_type"], info["fact"]
    if kind in _NAMES:
        kind = _NAMES.index(kind)
    if not _is_count(kind) or kind >= len(_NAMES):
        raise Refused("datum_type is unknown")
    if not isinstance(fact, list) or not all(_is_count(size) for size in fact):
        raise Refused("fact must be a list of sizes")
    wanted = _SIZES[kind]
    for size in fact:
        wanted *= size
    if not isinstance(data, bytes) or len(data) != wanted:
        raise Refused("bytes_data has not the length that fact and datum_type say")
    said = {"fact": fact, "datum_type": _NAMES[kind], "node_name": info["node_name"]}
    return {"info": said, "bytes_data": data}


class ModelServer:
    """What an enclave does with requests. Shared by threads."""

    def __init__(self, meter: Meter | None = None) -> None:
        """No models yet. `meter` is asked before each run; a false answer, or an error, ends it."""
        self._meter = meter
        self._models: dict[str, StoredModel] = {}
        self._lock = threading.Lock()
        self.runs = 0

    @property
    def models(self) -> list[StoredModel]:
        """The models that were uploaded and not deleted."""
        with self._lock:
            return list(self._models.values())

    def upload(self, content: bytes) -> bytes:
        """POST /upload."""
        body = read(content, {"model", "length", "model_name", "optimize", "client_info"})
        model, name = body["model"], body["model_name"]
        if isinstance(model, list) and all(_is_count(one) and one < 256 for one in model):
            model = bytes(model)
        if not isinstance(model, bytes) or not model or body["length"] != len(model):
            raise Refused("the model is not as long as it says")
        if not isinstance(name, str):
            raise Refused("model_name must be a text")
        stored = StoredModel(name, str(uuid.uuid4()), model)
        with self._lock:
            self._models[stored.model_id] = stored
        return cbor2.dumps({"hash": bytes.fromhex(stored.model_hash), "model_id": stored.model_id})

    def delete(self, content: bytes) -> bytes:
        """POST /delete."""
        model_id = read(content, {"model_id"})["model_id"]
        with self._lock:
            if not isinstance(model_id, str) or self._models.pop(model_id, None) is None:
                raise Refused("there is no such model")
        return b""

    def listed(self, _content: bytes) -> bytes:
        """GET /request-models."""
        infos = [{"model_name": one.name, "model_id": one.model_id} for one in self.models]
        return cbor2.dumps({"models_info": infos})

    def run(self, content: bytes) -> bytes:
        """POST /run."""
        body = read(content, {"model_id", "model_hash", "inputs", "client_info"})
        wanted = (body["model_id"], body["model_hash"])
        if sum(bool(one) for one in wanted) != 1:
            raise Refused("name the model by model_id or by model_hash")
        if not any(wanted in ((one.model_id, ""), ("", one.model_hash)) for one in self.models):
            raise Refused("there is no such model")
        inputs = body["inputs"]
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= MAX_TENSORS:
            raise Refused(f"inputs must be 1 to {MAX_TENSORS} tensors")
        outputs = [checked_tensor(tensor) for tensor in inputs]
        if self._meter is not None and not self._meter():
            raise Refused("the custodian grants no inference")
        with self._lock:
            self.runs += 1
        return cbor2.dumps({"outputs": outputs})
