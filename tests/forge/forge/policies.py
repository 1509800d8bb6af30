"""Authentic evidence of a service, policies for it, and the three kinds of policy case."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from . import ca, wire
from .case import Bundle, Case
from .wire import Selection

ROOTHASH = wire.digest("sha256", b"application disk")


DISK = "tpm.supplied.application_disk_roothash"


CA_PEM = "tpm.supplied.webserver_rootca"


PCR15 = "tpm.pcr.sha256.15"


NONCE = bytes(range(32))


ZEROS = bytes(32)


def caddy(key_name: str = "p256-caddy", **more: Any) -> str:
    """The PEM of the CA that a service made for itself."""
    options: dict[str, Any] = {"not_before": "2024-01-01", "not_after": "2034-01-01", **more}
    return ca.root("Caddy Local Authority", key_name, **options).pem


def extended(*steps: bytes, bank: str = "sha256") -> bytes:
    """A register after these extends."""
    value = bytes(wire.digest_size(bank))
    for step in steps:
        value = wire.extend(bank, value, step)
    return value


def pcr15(rootca: str, roothash: bytes = ROOTHASH) -> bytes:
    """PCR 15 as a BlindLlama server leaves it: disk, sentinel, CA."""
    return extended(roothash, ZEROS, wire.digest("sha256", rootca.encode()))


def service(
    rootca: str | None = None,
    register: bytes | None = None,
    roothash: bytes = ROOTHASH,
    supplied: dict[str, str] | None = None,
    **more: Any,
) -> Bundle:
    """A BlindLlama-like service: boot registers, PCR 15, and what came along."""
    rootca = caddy() if rootca is None else rootca
    bundle = Bundle(**{"form": "marshaled", **more})
    for index in (12, 13):
        bundle.registers.set("sha256", index, ZEROS)
    bundle.registers.set("sha256", 15, pcr15(rootca) if register is None else register)
    bundle.supplied = (
        {"webserver_rootca": rootca, "application_disk_roothash": roothash.hex()}
        if supplied is None
        else supplied
    )
    return bundle


def boot(**changes: bytes) -> dict[str, Any]:
    """Requirements on the boot registers, as they are unless changed ("pcr4=…")."""
    registers = service().registers
    return {
        f"tpm.pcr.sha256.{i}": {"equals": changes.get(f"pcr{i}", registers.get("sha256", i)).hex()}
        for i in (0, 1, 2, 3, 4, 12, 13)
    }


def replay(*steps: dict[str, str]) -> dict[str, Any]:
    """A replay of PCR 15; BlindLlama's unless steps are given."""
    usual = ({"claim": DISK}, {"digest": ZEROS.hex()}, {"digest_of": CA_PEM})
    return {PCR15: list(steps or usual)}


def alternative(**changes: Any) -> dict[str, Any]:
    """A good alternative, with members changed, or removed by None."""
    out: dict[str, Any] = {
        "family": "tpm",
        "label": "test release",
        "require": boot() | {DISK: {"equals": ROOTHASH.hex()}},
        "replay": replay(),
        "bind": {"tls_key": {"claim": CA_PEM, "form": "root_ca_pem"}},
    }
    out.update(changes)
    return {key: value for key, value in out.items() if value is not None}


def policy(*alternatives: dict[str, Any], **changes: Any) -> bytes:
    """A policy file."""
    document: dict[str, Any] = {"version": 1, "accept": list(alternatives), **changes}
    return (json.dumps(document, indent=1) + "\n").encode()


ALWAYS = ["policy-01", "policy-03", "policy-05", "policy-07", "policy-09"]


def ok(
    name: str,
    comment: str,
    files: dict[str, bytes] | bytes,
    bundle: Bundle | None = None,
    checks: list[str] | None = None,
    **more: Any,
) -> Case:
    """Evidence that the policy accepts."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    expect = {"stage": "appraise", "verdict": "accepted", "claims": more.pop("claims", {})}
    text = more.pop("evidence", None) or (bundle or service()).text()
    return Case(
        f"policy/ok--{name}",
        comment,
        text,
        expect,
        [*ALWAYS, *(checks or [])],
        policy=named,
        **more,
    )


def refused(
    name: str,
    comment: str,
    failed: list[str],
    files: dict[str, bytes] | bytes,
    bundle: Bundle | None = None,
    **more: Any,
) -> Case:
    """Evidence that the policy refuses, by exactly these checks."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    expect = {"stage": "appraise", "verdict": "refused", "failed_checks": failed}
    if "failed_claims" in more:
        expect["failed_claims"] = more.pop("failed_claims")
    text = more.pop("evidence", None) or (bundle or service()).text()
    return Case(f"policy/refused--{name}", comment, text, expect, failed, policy=named, **more)


@cache
def small_evidence() -> str:
    """Good evidence that is short: these policies are refused before anybody looks at it."""
    root = ca.root("Test EC Root", "p384-root")
    return Bundle(
        ak="p256-ak",
        scheme="ecdsa",
        certificates=[ca.ak(root, "p256-ak")],
        form="values",
        selections=[Selection("sha256", (0, 1))],
    ).text()


def bad(
    name: str, comment: str, path: str, files: dict[str, bytes] | bytes, where: str = ""
) -> Case:
    """A policy that does not load."""
    named = {"policy.json": files} if isinstance(files, bytes) else files
    if not where:
        where = f"{', '.join(named)}: {path}" if path else ", ".join(named)
    expect = {"stage": "policy", "code": "bad_policy", "where": where}
    return Case(
        f"policy/bad_policy--{name}",
        comment,
        small_evidence(),
        expect,
        [],
        policy=named,
        anchors=ca.root("Test EC Root", "p384-root").pem.encode(),
    )


BLINDLLAMA_MEASUREMENTS = {
    str(i): boot()[f"tpm.pcr.sha256.{i}"]["equals"] for i in (0, 1, 2, 3, 4, 12, 13)
}


def blindllama_files(roothash: bytes = ROOTHASH, **measurements: str) -> dict[str, bytes]:
    """measurements_azure.json and application.json."""
    table = BLINDLLAMA_MEASUREMENTS | {
        key.removeprefix("pcr"): v for key, v in measurements.items()
    }
    return {
        "measurements_azure.json": json.dumps({"measurements": table}, indent=4).encode(),
        "application.json": json.dumps(
            {"application_disk_roothash": roothash.hex()}, indent=4
        ).encode(),
    }
