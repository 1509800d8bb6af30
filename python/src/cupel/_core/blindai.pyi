"""
The bodies of BlindAI's protocol.
"""

from __future__ import annotations
import collections.abc
import typing

def delete_body(model_id: str) -> bytes:
    """
    The body of POST /delete.

    Errors: invalid_argument at "service.model.id".
    """

def listed_models(body: bytes | bytearray | memoryview) -> tuple[tuple[str, str], ...]:
    """
    Name and id of each model.

    Errors: bad_response at "service.…".
    """

def not_proved(model_hash: str, model_id: str) -> tuple[str, ...]:
    """
    What an answer of a model that was named like this leaves open.
    """

def run_body(
    model_hash: str,
    model_id: str,
    inputs: collections.abc.Sequence[
        tuple[int, collections.abc.Sequence[int], bytes | bytearray | memoryview, str]
    ],
) -> bytes:
    """
    The body of POST /run. inputs: (type, shape, bytes, node name) each; the types are F32 0, F64 1, I32 2, I64 3, U32 4, U64 5, U8 6, U16 7, I8 8, I16 9, Bool 10.

    Errors: invalid_argument at "service.model…", "service.inputs…".
    """

def run_outputs(
    body: bytes | bytearray | memoryview,
) -> tuple[tuple[int, tuple[int, ...], bytes, str], ...]:
    """
    The tensors of its answer, in the same form.

    Errors: bad_response at "service.…".
    """

def upload_body(model: bytes | bytearray | memoryview, name: str, optimize: bool) -> bytes:
    """
    The body of POST /upload.

    Errors: invalid_argument at "service.model", "service.model_name".
    """

def uploaded(body: bytes | bytearray | memoryview, digest: bytes | bytearray | memoryview) -> str:
    """
    The id in its answer, whose digest must be the model's.

    Errors: bad_response at "service.…"; invalid_argument at "digest".
    """
