"""What a caller trusts and brings, from files: anchors, issuers' keys, endorsements."""

from __future__ import annotations

import os
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
    """Endorsements as they are, or from files and folders; of a folder, every file in it.

    Errors: invalid_argument at "endorsements" for what cannot be read, and for an empty folder;
        those of Endorsements(), which name the file.
    """
    if endorsements is None or isinstance(endorsements, Endorsements):
        return endorsements
    contents: list[bytes] = []
    for path in _paths(endorsements, "endorsements"):
        for file in _files_at(Path(path)):
            contents.append(read_file(file, "endorsements"))
            try:
                Endorsements(contents[-1:])
            except CupelError as error:
                error.detail = f"{file}: {error.detail}"
                raise
    return Endorsements(contents)


def _paths(source: PathLike | Sequence[PathLike], where: str) -> list[PathLike]:
    paths = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    if not paths:
        refuse(where, "an empty list of files; leave it out instead")
    if not all(isinstance(path, (str, os.PathLike)) for path in paths):
        raise TypeError(f"{where}: a path, or a list of paths; bytes are not read as files")
    return paths


def _files_at(path: Path) -> list[Path]:
    """The file itself, or all that a folder holds. What of it cannot be read is an error later."""
    if not path.is_dir():
        return [path]
    try:
        files = sorted(path.iterdir())
    except OSError as error:
        raise CupelError(
            "invalid_argument", "endorsements", detail=f"{path}: {error.strerror}"
        ) from error
    if not files:
        refuse("endorsements", f"{path} is an empty folder")
    return files
