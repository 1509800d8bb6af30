"""A case folder, and the evidence document most of them hold."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from . import ca, keys, wire
from .eventlog import Log

NOW = "2024-06-15T12:00:00Z"
SOURCE = {"kind": "forged", "by": "tests/forge/make.py"}
PCRS_0_15 = tuple(range(16))


def b64(data: bytes) -> str:
    """Standard base64 text."""
    return base64.b64encode(data).decode()


@dataclass
class Bundle:
    """What goes into a "cupel.tpm/1" document. Good as it stands; cases change one thing."""

    ak: str = "rsa2048-ak"
    scheme: str = "rsassa"
    hash_name: str = "sha256"
    selections: list[wire.Selection] = field(
        default_factory=lambda: [wire.Selection("sha256", PCRS_0_15)]
    )
    registers: wire.Registers = field(default_factory=wire.Registers)
    nonce: bytes = b""
    attest: dict[str, Any] = field(default_factory=dict)
    form: str = "serialized"
    certificates: list[ca.Cert] | None = None
    public: str | None = None
    log: bytes | None = None
    supplied: dict[str, str] | None = None
    # Replacements, for what is wrong on purpose.
    message: bytes | None = None
    signature: bytes | None = None
    signature_form: str | None = None
    pcrs: bytes | None = None
    with_pcrs: bool = True
    signing_key: str | None = None
    claimed: list[wire.Selection] | None = None
    values: list[bytes] | None = None
    salt: int | None = None

    def use_log(self, log: Log) -> Bundle:
        """Takes a log's bytes, and registers that agree with it."""
        self.log = log.wire()
        self.registers = log.registers()
        return self

    def message_bytes(self) -> bytes:
        """TPMS_ATTEST."""
        if self.message is not None:
            return self.message
        quoted = b"".join(self.registers.selected(self.selections))
        attest = wire.Attest(
            selections=self.selections,
            pcr_digest=wire.digest(self.hash_name, quoted),
            extra_data=self.nonce,
        )
        for key, value in self.attest.items():
            setattr(attest, key, value)
        return attest.wire()

    def signature_bytes(self) -> bytes:
        """TPMT_SIGNATURE."""
        if self.signature is not None:
            return self.signature
        signer = self.signing_key or self.ak
        return keys.sign(signer, self.scheme, self.hash_name, self.message_bytes(), self.salt)

    def pcr_bytes(self) -> bytes:
        """The file with the register values."""
        if self.pcrs is not None:
            return self.pcrs
        values = self.registers.selected(self.selections) if self.values is None else self.values
        claimed = self.selections if self.claimed is None else self.claimed
        if self.form == "serialized":
            return wire.pcrs_serialized(claimed, values)
        if self.form == "marshaled":
            return wire.pcrs_marshaled(claimed, values)
        return wire.pcrs_values(values)

    def chain(self) -> list[ca.Cert]:
        """The certificates: an AK certificate below the usual intermediate, unless others."""
        if self.certificates is not None:
            return self.certificates
        root = ca.root()
        issuing = ca.intermediate(root)
        return [ca.ak(issuing, self.ak), issuing, root]

    def document(self) -> dict[str, Any]:
        """The document as Python values."""
        quote: dict[str, Any] = {
            "message": b64(self.message_bytes()),
            "signature": b64(self.signature_bytes()),
        }
        if self.signature_form is not None:
            quote["signature_form"] = self.signature_form
        out: dict[str, Any] = {"kind": "cupel.tpm/1", "quote": quote}
        if self.with_pcrs:
            out["pcrs"] = {"form": self.form, "data": b64(self.pcr_bytes())}
        out["ak"] = {}
        if self.chain():
            out["ak"]["certificates"] = [cert.pem for cert in self.chain()]
        if self.public is not None:
            out["ak"]["public"] = self.public
        if self.log is not None:
            out["event_log"] = b64(self.log)
        if self.supplied is not None:
            out["supplied"] = self.supplied
        return out

    def text(self) -> str:
        """The document as JSON text."""
        return json.dumps(self.document(), indent=1) + "\n"

    def blindllama(self, rootca: str, roothash: str) -> dict[str, Any]:
        """BlindLlama's attestation document with the same quote."""
        return {
            "cert_chain": [cert.pem for cert in self.chain()],
            "quote": {
                "message": b64(self.message_bytes()),
                "signature": b64(self.signature_bytes()),
                "pcr": b64(self.pcr_bytes()),
            },
            "webserver_rootca": rootca,
            "application_disk_roothash": roothash,
        }


@dataclass
class Case:
    """One folder of tests/vectors."""

    folder: str  # "tpm/ok--rsassa_sha256"
    comment: str
    evidence: str
    expect: dict[str, Any]
    checks: list[str]
    now: str = NOW
    anchors: bytes | str | None = None  # PEM bytes, "none", "vendor"; None: the usual test root
    keys: dict[str, bytes] = field(default_factory=dict)
    endorsements: dict[str, bytes] = field(default_factory=dict)
    revocation: str | None = None
    policy: dict[str, bytes] = field(default_factory=dict)
    nonce: bytes | None = None
    excused: list[dict[str, Any]] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, by its path below tests/vectors."""
        out: dict[str, bytes] = {"evidence.json": self.evidence.encode()}
        anchors: str
        if isinstance(self.anchors, str):
            anchors = self.anchors
        else:
            anchors = "anchors.pem"
            out[anchors] = ca.root().pem.encode() if self.anchors is None else self.anchors
        case: dict[str, Any] = {
            "family": "tpm",
            "evidence": "evidence.json",
            "now": self.now,
            "anchors": anchors,
        }
        for title, group, prefix in (
            ("keys", self.keys, ""),
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


def accepted(name: str, comment: str, bundle: Bundle, checks: list[str], **more: Any) -> Case:
    """A case whose evidence is authentic. `claims` says what must come out."""
    claims = more.pop("claims", {})
    expect = {"stage": "verify", "verdict": "accepted", "claims": claims}
    return Case(
        f"tpm/ok--{name}",
        comment,
        more.pop("evidence", None) or bundle.text(),
        expect,
        checks,
        **more,
    )


def refused(
    code: str,
    reason: str,
    where: str,
    comment: str,
    evidence: Bundle | str,
    *,
    check: str = "",
    stage: str = "parse",
    **more: Any,
) -> Case:
    """A case whose evidence must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    text = evidence if isinstance(evidence, str) else evidence.text()
    return Case(f"tpm/{code}--{reason}", comment, text, expect, [check] if check else [], **more)
