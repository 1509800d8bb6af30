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

from forge import measure

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


def hexes(*values: str) -> Callable[[], Seeds]:
    """Bytes written here as hex."""
    return lambda: ((f"bytes-{i}", bytes.fromhex(value)) for i, value in enumerate(values))


def nitro_files() -> Seeds:
    """Some documents; those whose bundle is long would use up all the room."""
    for name in ("tagged_18", "as_newer_hypervisors", "nitro_tpm", "bundle_without_root"):
        path = VECTORS / "nitro" / f"ok--{name}" / "evidence.bin"
        yield name, path.read_bytes()


def nitro_payloads() -> Seeds:
    """What is inside of the same documents."""
    for name, data in nitro_files():
        start = 11 if data[0] == 0xD2 else 10
        yield name, data[start:-98]


def uvm_endorsements() -> Seeds:
    """One of each form, with certificates of other tests and signatures of nobody."""
    import cbor2

    from forge import nitro_case

    chain = [nitro_case.leaf().der, nitro_case.root().der]
    issuer = "did:x509:0:sha256:" + "A" * 43 + "::eku:1.2.3"
    when = cbor2.CBORTag(1, 1_710_000_000)
    json_payload = json.dumps(
        {
            "x-ms-sevsnpvm-launchmeasurement": "aa" * 48,
            "x-ms-sevsnpvm-guestsvn": "7",
            "x-ms-sevsnpvm-guestsvn-int": 7,
        }
    )
    older = {
        1: -38,
        3: "application/json",
        33: chain,
        "iss": issuer,
        "feed": "Feed",
        "signingtime": when,
    }
    newer = {
        1: -38,
        15: {1: issuer, 2: "Feed", 6: when, "svn": 7},
        33: chain,
        258: -43,
        259: "application/octet-stream",
    }
    for name, header, outside, payload in (
        ("older", older, {"timestamp": b"t"}, json_payload.encode()),
        ("newer", newer, {394: [b"r"]}, b"\xaa" * 48),
    ):
        parts = [cbor2.dumps(header), outside, payload, bytes(256)]
        yield name, cbor2.dumps(cbor2.CBORTag(18, parts))


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


def extensions() -> Seeds:
    """PCK extensions, good and bad."""
    from forge.dcap import Platform

    for number, platform in enumerate(
        (Platform(), Platform(components=[1] * 16, pce_svn=0), Platform(extra=[b"\x30\x00"]),
         Platform(ppid=b"", fmspc=bytes(9)))
    ):  # fmt: skip
        yield f"extension-{number}", platform.wire()


SOURCES: dict[str, Callable[[], Seeds]] = {
    "sgx_quote": files("sgx/*/evidence.bin"),
    "tdx_quote": files("tdx/*/evidence.bin"),
    "dcap_collateral": several(files("sgx/*/endorsements/*.json"),
                               files("tdx/*/endorsements/*.json")),
    "dcap_endorsement": several(files("sgx/*/endorsements/*.json"),
                                files("tdx/*/endorsements/*.json")),
    "tagged_values": extensions,
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
    "maa_token": files("maa/*/token.jwt"),
    "jws": files("maa/*/token.jwt"),
    "jwks": several(files("maa/*/keys-0.json"), files("maa/*/endorsements/jwks.json")),
    "policy": several(files("policy/*/*policy*.json"), files("policy/*/measurements*.json"),
                      files("policy/*/application*.json")),
    "json": several(files("policy/*/policy.json"), files("tpm/*/case.json")),
    "pem": several(files("tpm/*/anchors.pem"), files("tpm/*/*.pem")),
    "certificate": certificates,
    "crl": files("tpm/*/endorsements/*.crl"),
    "base64": texts("", "AA==", "AAA=", "AAEC", "AB==", "-_-_", "A A=", "=AAA"),
    "sse": SSE,
    "cbor": several(nitro_payloads, hexes(
        "a26161016162820203", "d28443a10126a0f6420000", "9f018202039f0405ffff", "f5", "3863",
        "c11a514b67b0", "5f42010243030405ff", "bf61610161629f0203ffff", "fb3ff199999999999a")),
    "cose": several(nitro_files, hexes(
        "d28444a1013822a041704173", "8449a301382202810f0fa0a041704173",
        "8448a118218241aa41bba041704173", "8440a1182141aa41704173")),
    "nitro_document": nitro_files,
    "uvm_endorsement": uvm_endorsements,
    "measure_pe": measure.pe_seeds,
    "measure_eif": measure.eif_seeds,
    "measure_disk": measure.disk_seeds,
    "measure_sigstruct": measure.sigstruct_seeds,
    "measure_ovmf": measure.ovmf_seeds,
    "measure_recipe": measure.recipe_seeds,
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
