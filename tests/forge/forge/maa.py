"""Tokens of an attestation service that does not exist, and key sets for them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ObjectIdentifier

from . import ca, keys

ISSUER = "https://testmaa.eus.attest.azure.net"
OTHER_ISSUER = "https://othermaa.eus.attest.azure.net"
SIGNER = "rsa2048-maa"
OTHER = "rsa2048-other"
KID = "XxRc2vLh1E5FrsNawnRH3PzuFgqg3q7NvCdnjo/+HBGE="  # standard base64, as the service's are
NOW = "2024-06-15T12:00:00Z"
NOW_S = 1718452800
SOURCE = {"kind": "forged", "by": "tests/forge/make.py"}

SGX_OID = "1.3.6.1.4.1.311.105.1"
SNP_OID = "1.3.6.1.4.1.311.105.1000.1"


def b64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact_json(value: object) -> bytes:
    """JSON without white space, as the service writes it."""
    return json.dumps(value, separators=(",", ":")).encode()


def digest(text: str, size: int = 32) -> str:
    """Hex of a digest of a text: any value that is not zero."""
    name = {16: "md5", 32: "sha256", 48: "sha384", 64: "sha512"}[size]
    return hashlib.new(name, text.encode()).hexdigest()


def public_numbers(key_name: str) -> rsa.RSAPublicNumbers:
    """The numbers of an RSA key."""
    public = keys.key(key_name).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return public.public_numbers()


def integer(value: int) -> str:
    """Base64urlUInt."""
    return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


# ---- payloads ------------------------------------------------------------------------------------

HOSTDATA = digest("policy of what may run")
LAUNCH = digest("launch", 48)
CERTIFICATE_HASH = digest("tls certificate")


def snp_claims() -> dict[str, Any]:
    """What the service says about an SNP report."""
    return {
        "x-ms-sevsnpvm-authorkeydigest": "0" * 96,
        "x-ms-sevsnpvm-bootloader-svn": 3,
        "x-ms-sevsnpvm-familyId": "01000000000000000000000000000000",
        "x-ms-sevsnpvm-guestsvn": 2,
        "x-ms-sevsnpvm-hostdata": HOSTDATA,
        "x-ms-sevsnpvm-idkeydigest": digest("id key", 48),
        "x-ms-sevsnpvm-imageId": "02000000000000000000000000000000",
        "x-ms-sevsnpvm-is-debuggable": False,
        "x-ms-sevsnpvm-launchmeasurement": LAUNCH,
        "x-ms-sevsnpvm-microcode-svn": 115,
        "x-ms-sevsnpvm-migration-allowed": False,
        "x-ms-sevsnpvm-reportdata": digest("runtime data") + "0" * 64,
        "x-ms-sevsnpvm-reportid": digest("report id"),
        "x-ms-sevsnpvm-smt-allowed": True,
        "x-ms-sevsnpvm-snpfw-svn": 8,
        "x-ms-sevsnpvm-tee-svn": 0,
        "x-ms-sevsnpvm-vmpl": 0,
    }


def envelope(kind: str, **more: Any) -> dict[str, Any]:
    """What every token says."""
    return {
        "exp": NOW_S + 25200,
        "iat": NOW_S - 3600,
        "iss": ISSUER,
        "jti": digest("token id"),
        "nbf": NOW_S - 3600,
        "x-ms-attestation-type": kind,
        "x-ms-policy-hash": b64url(hashlib.sha256(b"policy").digest()),
        "x-ms-ver": "1.0",
        **more,
    }


def aci(**changes: Any) -> dict[str, Any]:
    """A token of a confidential container group; members changed, or removed by None."""
    runtime = {"certificate_hash": CERTIFICATE_HASH, "nonce": bytes(range(32)).hex()}
    out = envelope(
        "sevsnpvm",
        **{"x-ms-compliance-status": "azure-compliant-uvm", "x-ms-runtime": runtime},
        **snp_claims(),
    )
    out.update({name.replace("__", "-"): value for name, value in changes.items()})
    return {name: value for name, value in out.items() if value is not None}


def with_claims(payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Another payload; names as they are, given through a dictionary."""
    return {k: v for k, v in (payload | changes).items() if v is not None}


def azurevm(**isolation: Any) -> dict[str, Any]:
    """A token of a confidential virtual machine with a TPM."""
    tee = {
        "x-ms-attestation-type": "sevsnpvm",
        "x-ms-compliance-status": "azure-compliant-cvm",
        "x-ms-runtime": {
            "keys": [jwk("rsa2048-ak", kid="HCLAkPub", key_ops=["encrypt"])],
            "vm-configuration": {"console-enabled": True, "secure-boot": True},
        },
        **snp_claims(),
        **isolation,
    }
    return envelope(
        "azurevm",
        secureboot=True,
        **{
            "x-ms-azurevm-attested-pcrs": [0, 1, 2, 3, 4, 5, 6, 7],
            "x-ms-azurevm-bootdebug-enabled": False,
            "x-ms-azurevm-hypervisordebug-enabled": False,
            "x-ms-azurevm-kerneldebug-enabled": False,
            "x-ms-azurevm-testsigning-enabled": False,
            "x-ms-azurevm-ostype": "Linux",
            "x-ms-azurevm-vmid": "D3FD4B09-37A3-40D5-8F2A-EA80762213CC",
            "x-ms-isolation-tee": {k: v for k, v in tee.items() if v is not None},
            "x-ms-runtime": {
                "client-payload": {"nonce": base64.b64encode(bytes(range(32))).decode()},
                "keys": [jwk("rsa2048-other", kid="TpmEphemeralEncryptionKey")],
            },
        },
    )


def trusted_launch() -> dict[str, Any]:
    """The same without isolation: measured boot alone."""
    return {k: v for k, v in azurevm().items() if k != "x-ms-isolation-tee"}


def sgx(**changes: Any) -> dict[str, Any]:
    """A token of an enclave."""
    out = envelope(
        "sgx",
        **{
            "x-ms-sgx-is-debuggable": False,
            "x-ms-sgx-mrenclave": digest("enclave"),
            "x-ms-sgx-mrsigner": digest("signer"),
            "x-ms-sgx-product-id": 1,
            "x-ms-sgx-report-data": digest("held data") + "0" * 64,
            "x-ms-sgx-svn": 2,
            "x-ms-runtime": {"jwk": ec_jwk("p256-ak")},
        },
    )
    return with_claims(out, **changes)


def tdx(**changes: Any) -> dict[str, Any]:
    """A token of a trust domain."""
    registers = {f"tdx_rtmr{i}": digest(f"rtmr{i}", 48) for i in range(4)}
    out = envelope(
        "tdxvm",
        **{
            "attester_tcb_status": "UpToDate",
            "dbgstat": "disabled",
            "tdx_mrtd": digest("domain", 48),
            "tdx_report_data": digest("runtime data") + "0" * 64,
            "tdx_td_attributes_debug": False,
            "x-ms-compliance-status": "azure-compliant-cvm",
            **registers,
        },
    )
    return with_claims(out, **changes)


# ---- keys ----------------------------------------------------------------------------------------


def jwk(key_name: str, **more: Any) -> dict[str, Any]:
    """An RSA key by its numbers."""
    numbers = public_numbers(key_name)
    return {"kty": "RSA", "n": integer(numbers.n), "e": integer(numbers.e), **more}


def ec_jwk(key_name: str) -> dict[str, Any]:
    """An EC key by its numbers."""
    numbers = keys.key(key_name).public_key().public_numbers()  # type: ignore[union-attr]
    x, y = numbers.x, numbers.y  # type: ignore[union-attr]
    return {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "x": b64url(x.to_bytes(32, "big")),
        "y": b64url(y.to_bytes(32, "big")),
    }


def sgx_evidence(key_name: str = SIGNER, version: int = 3, cut: int = 0, **header: int) -> bytes:
    """Open Enclave evidence whose report data names a key. Nothing signs it."""
    named = hashlib.sha256(keys.spki_pem(key_name) + b"\0").digest()
    quote = version.to_bytes(2, "little") + bytes(46) + bytes(320) + named + bytes(32) + bytes(68)
    quote = quote[: len(quote) - cut]
    fields = {"version": 1, "type": 2, "size": len(quote), **header}
    return (
        fields["version"].to_bytes(4, "little")
        + fields["type"].to_bytes(4, "little")
        + fields["size"].to_bytes(8, "little")
        + quote
    )


def snp_evidence(key_name: str = SIGNER, size: int = 1184, tail: bytes = bytes(32)) -> bytes:
    """The newer form: a UTF8String with JSON."""
    named = hashlib.sha256(keys.spki_pem(key_name) + b"\0").digest()
    report = (bytes(0x50) + named + tail).ljust(size, b"\0")
    text = compact_json(
        {
            "SnpReport": b64url(report),
            "VcekCertChain": b64url(b"pem"),
            "Endorsements": b64url(b"{}"),
        }
    )
    return b"\x0c\x82" + len(text).to_bytes(2, "big") + text


def certificate(
    key_name: str = SIGNER,
    subject: str = ISSUER,
    extension: tuple[str, bytes] | None = None,
    **more: Any,
) -> ca.Cert:
    """A self-issued signing certificate, as the service's are."""
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    if extension is not None:
        value = x509.UnrecognizedExtension(ObjectIdentifier(extension[0]), extension[1])
        extensions = ((value, False),)
    options = {"not_before": "2019-05-01", "not_after": "2049-12-31", **more}
    return ca.issue(subject, key_name, extensions=extensions, **options)


def x5c(*certificates: ca.Cert) -> list[str]:
    """Certificates as a JWK has them."""
    return [base64.b64encode(one.der).decode() for one in certificates]


def key_set(*entries: dict[str, Any]) -> bytes:
    """A key set; the service's usual one without entries."""
    usual = jwk(SIGNER, kid=KID)
    return compact_json({"keys": list(entries) or [usual]}) + b"\n"


# ---- tokens --------------------------------------------------------------------------------------


def header(**changes: Any) -> dict[str, Any]:
    """A header; members changed, or removed by None."""
    out = {"alg": "RS256", "jku": ISSUER + "/certs", "kid": KID, "typ": "JWT", **changes}
    return {k: v for k, v in out.items() if v is not None}


def sign(signing_input: str, key_name: str = SIGNER, hash_name: str = "sha256") -> str:
    """The whole token."""
    signature = keys.raw_rsassa(key_name, hash_name, signing_input.encode())
    return f"{signing_input}.{b64url(signature)}"


def token(
    payload: dict[str, Any] | bytes | None = None,
    head: dict[str, Any] | bytes | None = None,
    key_name: str = SIGNER,
) -> str:
    """A signed token."""
    body = payload if isinstance(payload, bytes) else compact_json(payload or aci())
    top = head if isinstance(head, bytes) else compact_json(head or header())
    return sign(f"{b64url(top)}.{b64url(body)}", key_name)


def changed(**changes: Any) -> str:
    """A signed token of a container group with members changed; `_` stands for `-`."""
    return token(with_claims(aci(), **{k.replace("_", "-"): v for k, v in changes.items()}))


# ---- cases ---------------------------------------------------------------------------------------


@dataclass
class MaaCase:
    """One folder of tests/vectors/maa."""

    folder: str
    comment: str
    evidence: str
    expect: dict[str, Any]
    checks: list[str]
    now: str = NOW
    anchors: bytes | None = None
    named_keys: dict[str, bytes] = field(default_factory=dict)
    issuer_keys: dict[str, bytes] = field(default_factory=lambda: {ISSUER: key_set()})
    jwks: bytes | None = None  # as an endorsement: not trusted by itself
    endorsements: dict[str, bytes] = field(default_factory=dict)
    revocation: str | None = None
    policy: dict[str, bytes] = field(default_factory=dict)
    nonce: bytes | None = None

    def files(self) -> dict[str, bytes]:
        """Every file of the folder, by its path below tests/vectors."""
        out: dict[str, bytes] = {"token.jwt": self.evidence.encode()}
        case: dict[str, Any] = {"family": "maa", "evidence": "token.jwt", "now": self.now}
        case["anchors"] = "none" if self.anchors is None else "anchors.pem"
        if self.anchors is not None:
            out["anchors.pem"] = self.anchors
        if self.named_keys:
            case["keys"] = list(self.named_keys)
            out.update(self.named_keys)
        if self.issuer_keys:
            case["issuer_keys"] = {}
            for number, (issuer, content) in enumerate(self.issuer_keys.items()):
                name = f"keys-{number}.json"
                case["issuer_keys"][issuer] = name
                out[name] = content
        brought = dict(self.endorsements)
        if self.jwks is not None:
            brought["jwks.json"] = self.jwks
        if brought:
            case["endorsements"] = [f"endorsements/{name}" for name in brought]
            out.update({f"endorsements/{name}": data for name, data in brought.items()})
        if self.revocation is not None:
            case["revocation"] = self.revocation
        if self.policy:
            case["policy"] = list(self.policy)
            out.update(self.policy)
        if self.nonce is not None:
            case["nonce"] = self.nonce.hex()
        case |= {
            "expect": self.expect,
            "checks": self.checks,
            "source": SOURCE,
            "comment": self.comment,
        }
        out["case.json"] = (json.dumps(case, indent=1, ensure_ascii=False) + "\n").encode()
        return {f"{self.folder}/{file}": content for file, content in out.items()}


SIGNED = [f"maa-{n:02}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10)]


def ok(
    name: str,
    comment: str,
    evidence: str,
    claims: dict[str, Any] | None = None,
    checks: list[str] | None = None,
    **more: Any,
) -> MaaCase:
    """A token that is authentic."""
    expect = {"stage": "verify", "verdict": "accepted", "claims": claims or {}}
    return MaaCase(f"maa/ok--{name}", comment, evidence, expect, checks or SIGNED, **more)


def refused(
    code: str,
    reason: str,
    where: str,
    check: str,
    comment: str,
    evidence: str,
    stage: str = "parse",
    **more: Any,
) -> MaaCase:
    """A token that must not be believed."""
    expect = {"stage": stage, "code": code, "where": where}
    if check:
        expect["check"] = check
    return MaaCase(
        f"maa/{code}--{reason}", comment, evidence, expect, [check] if check else [], **more
    )
