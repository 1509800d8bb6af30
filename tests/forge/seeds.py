#!/usr/bin/env python3
"""Makes small seeds for the fuzz targets from the forged vectors: tests/fuzz/corpus/<target>/.

Only targets that exist get seeds; a target's folder is made anew, files named `found-*` (inputs
that once failed) are kept.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
VECTORS = TESTS / "vectors"
FUZZ = TESTS / "fuzz"
MAXIMUM = 24 << 10

Seeds = Iterator[tuple[str, bytes]]


def bundles() -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of our own form, by case name; those that are no JSON are left out."""
    for path in sorted((VECTORS / "tpm").glob("*/evidence.json")):
        try:
            document = json.loads(path.read_text())
        except json.JSONDecodeError:
            continue
        if isinstance(document, dict) and document.get("kind") == "cupel.tpm/1":
            yield path.parent.name, document


def part(*keys: str) -> Callable[[], Seeds]:
    """A base64 part of each document."""

    def seeds() -> Seeds:
        for name, document in bundles():
            here: Any = document
            for key in keys:
                here = here.get(key) if isinstance(here, dict) else None
            try:
                yield name, base64.b64decode(here or "", validate=True)
            except (ValueError, TypeError):
                continue

    return seeds


def pcrs(form: str) -> Callable[[], Seeds]:
    """PCR files of one form."""

    def seeds() -> Seeds:
        for name, document in bundles():
            values = document.get("pcrs")
            if isinstance(values, dict) and values.get("form") == form:
                yield name, base64.b64decode(values["data"])

    return seeds


def certificates() -> Seeds:
    """Certificates, DER."""
    for name, document in bundles():
        chain = document.get("ak", {}).get("certificates", []) if "ak" in document else []
        for number, pem in enumerate(chain if isinstance(chain, list) else []):
            body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
            try:
                yield f"{name}-{number}", base64.b64decode(body, validate=True)
            except ValueError:
                continue


def files(pattern: str) -> Callable[[], Seeds]:
    """Files of the vectors as they are."""

    def seeds() -> Seeds:
        for path in sorted(VECTORS.glob(pattern)):
            yield "-".join(path.relative_to(VECTORS).parts[1:]), path.read_bytes()

    return seeds


def several(*sources: Callable[[], Seeds]) -> Callable[[], Seeds]:
    """One after the other."""

    def seeds() -> Seeds:
        for number, source in enumerate(sources):
            for name, data in source():
                yield f"{number}-{name}", data

    return seeds


def texts(*values: str) -> Callable[[], Seeds]:
    """Texts written here."""
    return lambda: ((f"text-{i}", value.encode()) for i, value in enumerate(values))


SSE = texts(
    'data: {"text_output":"hello"}\n\ndata: {"text_output":" world"}\n\n',
    "event: message\r\nid: 7\r\nretry: 10\r\ndata: one\r\ndata: two\r\n\r\n",
    ": comment\n\ndata: [DONE]\n\n",
    "data\n\ndata:\n\nunknown: field\n\n",
)


def snp_reports() -> Seeds:
    """The reports inside of documents, and those that stand alone."""
    for path in sorted((VECTORS / "snp").glob("*/evidence.json")):
        try:
            document = json.loads(path.read_text())
            yield path.parent.name, base64.b64decode(document.get("report", ""), validate=True)
        except (ValueError, AttributeError):
            continue
    for path in sorted((VECTORS / "snp").glob("*/evidence.bin")):
        data = path.read_bytes()
        if data[:1] in (b"\2", b"\3", b"\4", b"\5"):
            yield path.parent.name, data[:1184]


def snp_tables() -> Seeds:
    """What stands behind a report."""
    for path in sorted((VECTORS / "snp").glob("*/evidence.bin")):
        data = path.read_bytes()
        if data[:1] in (b"\2", b"\3", b"\4", b"\5") and len(data) > 1184:
            yield path.parent.name, data[1184:]


def hcl_blobs() -> Seeds:
    """The blobs inside of documents, and their runtime data."""
    for path in sorted((VECTORS / "hcl").glob("*/evidence.json")):
        try:
            document = json.loads(path.read_text())
            blob = base64.b64decode(document.get("hcl_report", ""), validate=True)
        except (ValueError, AttributeError):
            continue
        yield path.parent.name, blob.rstrip(b"\0")
        yield path.parent.name + "-runtime", blob[1236:].rstrip(b"\0")


DER = ["020101", "020200db", "020100", "0201db", "02030000db", "02820001db", "1605547572696e",
       "04020102", "0400", "0500"]  # fmt: skip

SOURCES: dict[str, Callable[[], Seeds]] = {
    "tpm_attest": part("quote", "message"),
    "tpm_signature": part("quote", "signature"),
    "tpm_public": part("ak", "public"),
    "tpm_pcrs": several(pcrs("serialized"), pcrs("marshaled"), pcrs("values")),
    "tpm_event_log": part("event_log"),
    "tpm_evidence": files("tpm/*/evidence.json"),
    "snp_report": snp_reports,
    "snp_certificate_table": snp_tables,
    "snp_evidence": files("snp/*/evidence.*"),
    "hcl_report": hcl_blobs,
    "hcl_evidence": files("hcl/*/evidence.*"),
    "thim": files("snp/*/endorsements/thim.json"),
    "asn1": lambda: ((der, bytes.fromhex(der)) for der in DER),
    "policy": several(files("policy/*/*policy*.json"), files("policy/*/measurements*.json"),
                      files("policy/*/application*.json")),
    "json": several(files("policy/*/policy.json"), files("tpm/*/case.json")),
    "pem": several(files("tpm/*/anchors.pem"), files("tpm/*/*.pem")),
    "certificate": certificates,
    "crl": files("tpm/*/endorsements/*.crl"),
    "base64": texts("", "AA==", "AAA=", "AAEC", "AB==", "-_-_", "A A=", "=AAA"),
    "sse": SSE,
}  # fmt: skip


def main() -> int:
    """Makes the corpora."""
    targets = {path.stem for path in FUZZ.glob("*.cpp")} - {"driver", "must_fail"}
    total = 0
    for target in sorted(targets):
        if target not in SOURCES:
            print(f"{target}: no seeds are made for it", file=sys.stderr)
            continue
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if not path.name.startswith("found-"):
                path.unlink()
        seen: set[bytes] = set()
        size = 0
        for name, data in SOURCES[target]():
            # One of each length and beginning is enough: what matters is shape.
            shape = len(data).to_bytes(4, "big") + data[:8]
            if shape in seen or size + len(data) > MAXIMUM:
                continue
            seen.add(shape)
            (folder / name.replace("/", "-")).write_bytes(data)
            size += len(data)
        total += size
        print(f"{target}: {len(seen)} seeds, {size} bytes")
    print(f"{total} bytes in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
