"""A case folder with a quote in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from . import dcap
from .case import NOW, SOURCE
from .dcap import Service


@dataclass
class QuoteCase:
    """One folder of tests/vectors/sgx or tests/vectors/tdx."""

    folder: str
    comment: str
    evidence: bytes
    endorsements: dict[str, bytes]
    expect: dict[str, Any]
    checks: list[str]
    now: str = NOW
    anchors: bytes | None = None
    revocation: str | None = None
    policy: dict[str, bytes] = field(default_factory=dict)
    nonce: bytes | None = None
    excused: list[dict[str, Any]] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, by its path below tests/vectors."""
        out: dict[str, bytes] = {
            "evidence.bin": self.evidence,
            "anchors.pem": dcap.root().pem.encode() if self.anchors is None else self.anchors,
        }
        case: dict[str, Any] = {
            "family": self.folder.split("/")[0],
            "evidence": "evidence.bin",
            "now": self.now,
            "anchors": "anchors.pem",
        }
        for title, group, prefix in (
            ("endorsements", self.endorsements, "endorsements/"),
            ("policy", self.policy, ""),
        ):
            if group:
                case[title] = [prefix + file for file in group]
                out.update({prefix + file: content for file, content in group.items()})
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


def excused(service: Service, quote: bytes) -> list[dict[str, Any]]:
    """The bytes of a quote that nothing speaks of."""
    if service.certification is not None and service.certification[0] != 4:
        size = len(service.certification[1])
        reason = "names the platform; the certificate that came beside is tied by its key"
        return [{"part": "evidence", "from": len(quote) - size, "to": len(quote), "reason": reason}]
    out = []
    root = dcap.root().pem.encode()
    if root in quote:
        start = quote.index(root)
        reason = "the root, which the caller holds as well"
        out.append({"part": "evidence", "from": start, "to": start + len(root), "reason": reason})
    if quote.endswith(b"\0"):
        reason = "ends the PEM text; white space would do as well"
        out.append({"part": "evidence", "from": len(quote) - 1, "to": len(quote), "reason": reason})
    return out


def family(service: Service) -> str:
    """sgx or tdx."""
    return "tdx" if service.tdx else "sgx"


def accepted(
    name: str,
    comment: str,
    service: Service,
    checks: list[str] | None = None,
    **more: Any,
) -> QuoteCase:
    """A case whose evidence is authentic. `claims` says what must come out."""
    claims = {"dcap.tcb.status": "UpToDate", **more.pop("claims", {})}
    expect = {"stage": "verify", "verdict": "accepted", "claims": claims}
    evidence = more.pop("evidence", None)
    quote = service.quote()
    if evidence is None:
        more.setdefault("excused", excused(service, quote))
    return QuoteCase(
        f"{family(service)}/ok--{name}",
        comment,
        evidence or quote,
        more.pop("endorsements", None) or service.endorsements(),
        expect,
        checks or [],
        **more,
    )


def refused(
    code: str,
    reason: str,
    where: str,
    comment: str,
    service: Service,
    *,
    check: str = "",
    stage: str = "verify",
    **more: Any,
) -> QuoteCase:
    """A case whose evidence must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    endorsements = more.pop("endorsements", None)
    return QuoteCase(
        f"{family(service)}/{code}--{reason}",
        comment,
        more.pop("evidence", None) or service.quote(),
        service.endorsements() if endorsements is None else endorsements,
        expect,
        [check] if check else [],
        **more,
    )
