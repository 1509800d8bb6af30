"""A case folder of family snp, and the document most of them hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from . import snp_wire as wire
from .case import SOURCE, b64

NOW = "2024-06-15T12:00:00Z"


@dataclass
class Document:
    """What goes into a "cupel.snp/1" bundle. Good as it stands; cases change one thing."""

    report: wire.Report = field(default_factory=wire.Report)
    certificates: list[wire.Cert] | None = None
    crls: list[bytes] = field(default_factory=list)
    uvm_endorsements: bytes | None = None
    runtime_data: bytes | None = None
    raw_report: bytes | None = None

    def report_bytes(self) -> bytes:
        """The report."""
        return self.report.wire() if self.raw_report is None else self.raw_report

    def chain(self) -> list[wire.Cert]:
        """The key's certificate and its authority, unless others."""
        if self.certificates is not None:
            return self.certificates
        vlek = (self.report.key_info >> 2) & 7 == 1
        product = self.report.product
        return [
            wire.vek(product, self.report.reported, vlek=vlek),
            wire.ask(product, vlek=vlek),
        ]

    def document(self) -> dict[str, Any]:
        """The document as Python values."""
        out: dict[str, Any] = {"kind": "cupel.snp/1", "report": b64(self.report_bytes())}
        if self.chain():
            out["certificates"] = [cert.pem for cert in self.chain()]
        if self.crls:
            out["crls"] = [wire.pem("X509 CRL", der) for der in self.crls]
        if self.uvm_endorsements is not None:
            out["uvm_endorsements"] = b64(self.uvm_endorsements)
        if self.runtime_data is not None:
            out["runtime_data"] = b64(self.runtime_data)
        return out

    def bytes(self) -> bytes:
        """The document as JSON text."""
        return (json.dumps(self.document(), indent=1) + "\n").encode()


@dataclass
class Case:
    """One folder of tests/vectors."""

    folder: str
    comment: str
    evidence: bytes
    expect: dict[str, Any]
    checks: list[str]
    product: str = "milan"
    now: str = NOW
    anchors: bytes | str | None = None
    endorsements: dict[str, bytes] = field(default_factory=dict)
    revocation: str | None = None
    policy: dict[str, Any] | None = None
    policy_files: dict[str, bytes] = field(default_factory=dict)
    nonce: bytes | None = None
    excused: list[dict[str, Any]] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, by its path below tests/vectors."""
        family = self.folder.split("/")[0]
        text = self.evidence.lstrip()[:1] == b"{"
        evidence = "evidence.json" if text else "evidence.bin"
        out: dict[str, bytes] = {evidence: self.evidence}
        if isinstance(self.anchors, str):
            anchors = self.anchors
        else:
            anchors = "anchors.pem"
            root = wire.ark(self.product).pem.encode()
            out[anchors] = root if self.anchors is None else self.anchors
        case: dict[str, Any] = {
            "family": family,
            "evidence": evidence,
            "now": self.now,
            "anchors": anchors,
        }
        if self.endorsements:
            case["endorsements"] = ["endorsements/" + file for file in self.endorsements]
            out.update({"endorsements/" + file: c for file, c in self.endorsements.items()})
        policies = dict(self.policy_files)
        if self.policy is not None:
            policies["policy.json"] = (json.dumps(self.policy, indent=1) + "\n").encode()
        if policies:
            case["policy"] = list(policies)
            out.update(policies)
        if self.revocation is not None:
            case["revocation"] = self.revocation
        if self.nonce is not None:
            case["nonce"] = self.nonce.hex()
        case["expect"] = self.expect
        case["checks"] = self.checks
        case["source"] = SOURCE
        case["comment"] = self.comment
        if self.excused:
            case["excused_ranges"] = self.excused
        out["case.json"] = (json.dumps(case, indent=1, ensure_ascii=False) + "\n").encode()
        return {f"{self.folder}/{file}": content for file, content in out.items()}


def accepted(name: str, comment: str, evidence: Document | bytes, **more: Any) -> Case:
    """A case whose evidence is authentic. `claims` says what must come out."""
    claims = more.pop("claims", {})
    checks = more.pop("checks", [])
    if isinstance(evidence, Document):
        more.setdefault("product", evidence.report.product)
        evidence = evidence.bytes()
    expect = {"stage": "verify", "verdict": "accepted", "claims": claims}
    return Case(f"snp/ok--{name}", comment, evidence, expect, checks, **more)


def refused(
    code: str,
    reason: str,
    where: str,
    comment: str,
    evidence: Document | bytes,
    *,
    check: str = "",
    stage: str = "verify",
    **more: Any,
) -> Case:
    """A case whose evidence must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    if isinstance(evidence, Document):
        more.setdefault("product", evidence.report.product)
        evidence = evidence.bytes()
    checks = [check] if check else []
    return Case(f"snp/{code}--{reason}", comment, evidence, expect, checks, **more)


def judged(
    name: str,
    comment: str,
    document: Document,
    policy: dict[str, Any] | None,
    failed: list[str],
    **more: Any,
) -> Case:
    """A case that a policy judges; accepted when nothing is to fail."""
    expect: dict[str, Any] = {"stage": "appraise", "verdict": "refused" if failed else "accepted"}
    if failed:
        expect["failed_checks"] = failed
    title = "refused" if failed else "ok"
    return Case(
        f"snp/{title}--{name}",
        comment,
        document.bytes(),
        expect,
        more.pop("checks", []),
        product=document.report.product,
        policy=policy,
        **more,
    )
