"""What a caller trusts and brings, from files: anchors, issuers' keys, endorsements."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from cupel import _core
from cupel._core import Endorsements, TrustAnchors
from cupel._files import Buffer, PathLike, read_file
from cupel._options import refuse
from cupel.errors import CupelError

AnchorSource: TypeAlias = TrustAnchors | PathLike | Sequence[PathLike]
"""Anchors, a file of root certificates (PEM or DER), or several."""
EndorsementSource: TypeAlias = Endorsements | PathLike | Sequence[PathLike]
"""Endorsements, a file, a folder of files, or several of these."""


def load_anchors(
    anchors: AnchorSource | None = None,
    *,
    families: Iterable[str] = (),
    issuer_keys: Mapping[str, PathLike | Buffer] | None = None,
) -> TrustAnchors:
    """Anchors from files, as clients take them.

    anchors: as they are, or a file of root certificates (PEM or DER), or several.
    families: whose vendors' published roots are taken where `anchors` is left out.
    issuer_keys: the key sets (JWKS, a file's path or its bytes) that sign tokens of an issuer, by
        the issuer's URL as it stands in `iss`. Verdicts list them under `assumed`.
    Errors: invalid_argument, bad_encoding, bad_certificate, missing_field at "anchors"; those of a
        key set at "anchors.jwks".
    """
    if isinstance(anchors, TrustAnchors):
        out = anchors
    elif anchors is not None:
        out = TrustAnchors()
        for path in _paths(anchors, "anchors"):
            out = out.with_certificates(os.fspath(path), read_file(path, "anchors"))
    else:
        out = TrustAnchors()
        for family in sorted(set(families)):
            out = out | _core.vendor_anchors(family)
    for issuer, keys in (issuer_keys or {}).items():
        if isinstance(keys, (str, os.PathLike)):
            keys = read_file(keys, "anchors.jwks")
        out = out.with_issuer_keys(issuer, keys)
    return out


def load_endorsements(endorsements: EndorsementSource | None) -> Endorsements | None:
    """Endorsements as they are, or from files and folders, by the rules of `cupel --endorse`.

    Of a folder every file that is one; others are left out with a warning, but not what looks like
    a certificate or a list and cannot be read.
    Errors: invalid_argument at "endorsements".
    """
    if endorsements is None or isinstance(endorsements, Endorsements):
        return endorsements
    contents: list[bytes] = []
    for path in map(Path, _paths(endorsements, "endorsements")):
        contents += _in_folder(path) if path.is_dir() else [_endorsement(path)]
    return Endorsements(contents)


def _endorsement(path: Path) -> bytes:
    content = read_file(path, "endorsements")
    try:
        Endorsements([content])
    except CupelError as error:
        refuse("endorsements", f"{path}: {error}")
    return content


def _in_folder(folder: Path) -> list[bytes]:
    """What a folder has of endorsements. Other files are left out, with a warning."""
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        refuse("endorsements", f"{folder}: {error.strerror}")
    contents: list[bytes] = []
    for file in files:
        if not file.is_file():
            _warn(f"{file} is left out: no regular file")
            continue
        content = read_file(file, "endorsements")
        try:
            Endorsements([content])
        except CupelError as error:
            if error.code != "bad_encoding" or _is_meant(content):
                refuse("endorsements", f"{file}: {error}")
            _warn(f"{file} is left out: {error.detail}")
            continue
        contents.append(content)
    if not contents:
        refuse("endorsements", f"{folder} has no file that is an endorsement")
    return contents


def _is_meant(content: bytes) -> bool:
    """Whether this looks like a certificate or a list. A broken one is no reason to go on: a list
    left out without being missed would be a revocation that nobody notices.
    """
    return (
        content.startswith(b"0")  # an ASN.1 SEQUENCE
        or b"-----BEGIN CERTIFICATE-----" in content
        or b"-----BEGIN X509 CRL-----" in content
    )


def _warn(text: str) -> None:
    warnings.warn(f"endorsements: {text}", stacklevel=2)


def _paths(source: PathLike | Sequence[PathLike], where: str) -> list[PathLike]:
    paths = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    if not paths:
        refuse(where, "an empty list of files; leave it out instead")
    if not all(isinstance(path, (str, os.PathLike)) for path in paths):
        raise TypeError(f"{where}: a path, or a list of paths; bytes are not read as files")
    return paths
