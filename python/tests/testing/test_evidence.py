"""The evidence is what a real TPM and a real boot would give."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID

from cupel.testing import AttestedService, BootProfile, ServiceError, VtpmAuthority

from .conftest import Send, sender
from .verifier import parse_log, replay, verify_bundle, verify_document

NONCE = bytes(range(32))
SEPARATOR_ONLY = "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969"


def pcr15(roothash: str, webserver_rootca: str) -> bytes:
    """Register 15 as BlindLlama's client replays it."""
    value = bytes(32)
    ca = hashlib.sha256(webserver_rootca.encode()).digest()
    for step in (bytes.fromhex(roothash), bytes(32), ca):
        value = hashlib.sha256(value + step).digest()
    return value


def test_static_document_has_blindllamas_keys_and_no_nonce(send: Send) -> None:
    document = send("/attestation.json").json
    assert list(document) == [
        "cert_chain", "quote", "webserver_rootca", "application_disk_roothash",
    ]  # fmt: skip
    assert set(document["quote"]) == {"message", "signature", "pcr"}
    assert len(document["cert_chain"]) == 3
    assert document["webserver_rootca"].endswith("-----END CERTIFICATE-----\n")
    checked = verify_document(document)
    assert checked.scheme == "rsassa"
    assert checked.attest.extra_data == b""
    assert checked.attest.selection == {"sha256": list(range(16))}
    assert len(base64.b64decode(document["quote"]["pcr"])) == 1200
    assert checked.pcrs["sha256", 15] == pcr15(
        document["application_disk_roothash"], document["webserver_rootca"]
    )


def test_static_document_is_made_once(send: Send) -> None:
    assert send("/attestation.json").body == send("/attestation.json").body


@pytest.mark.parametrize("length", [1, 32, 64])
@pytest.mark.parametrize("path", ["/attestation.json", "/evidence.json"])
def test_quote_carries_the_nonce_that_was_sent(send: Send, path: str, length: int) -> None:
    nonce = hashlib.shake_256(path.encode()).digest(length)
    evidence = send(f"{path}?nonce={nonce.hex()}").json
    checked = verify_document(evidence) if "cert_chain" in evidence else verify_bundle(evidence)
    assert checked.attest.extra_data == nonce


@pytest.mark.parametrize(
    "query",
    ["nonce=", "nonce=0", "nonce=zz", "nonce=" + "00" * 65, "nonce=00&nonce=01", "other=00",
     "nonce", "nonce=00&x=1", "nonce=%20%20", "nonce=+0", "nonce=0x00", "nonce=%D9%A1%D9%A1"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/attestation.json", "/evidence.json"])
def test_bad_nonce_is_answered_with_400(send: Send, path: str, query: str) -> None:
    reply = send(f"{path}?{query}")
    assert reply.status == 400
    assert set(reply.json) == {"error"}


def test_changed_message_does_not_verify(send: Send) -> None:
    document = send("/attestation.json").json
    message = bytearray(base64.b64decode(document["quote"]["message"]))
    message[50] ^= 1
    document["quote"]["message"] = base64.b64encode(message).decode()
    with pytest.raises(InvalidSignature):
        verify_document(document)


def test_bundle_is_self_describing(send: Send, service: AttestedService) -> None:
    bundle = send(f"/evidence.json?nonce={NONCE.hex()}").json
    assert bundle["kind"] == "cupel.tpm/1"
    assert bundle["source"] == service.base_url + "/evidence.json"
    assert bundle["pcrs"]["form"] == "serialized"
    assert set(bundle) == {
        "kind", "created", "source", "quote", "pcrs", "ak", "event_log", "supplied",
    }  # fmt: skip
    assert verify_bundle(bundle).attest.extra_data == NONCE
    # Without a nonce there is a fresh bundle too, with an empty extraData.
    assert verify_bundle(send("/evidence.json").json).attest.extra_data == b""


def test_event_log_replays_to_the_quoted_registers(send: Send) -> None:
    bundle = send("/evidence.json").json
    checked = verify_bundle(bundle)
    banks, events = parse_log(base64.b64decode(bundle["event_log"]))
    assert banks == ["sha256", "sha384"]
    values = replay(events, "sha256")
    assert sorted(values) == [0, 1, 2, 3, 4, 5, 6, 7, 11, 12]
    for pcr, value in values.items():
        assert checked.pcrs["sha256", pcr] == value
    assert all(checked.pcrs["sha256", pcr] == bytes(32) for pcr in (8, 9, 10, 13, 14))
    assert {event.pcr for event in events if event.type == 4} == set(range(8))
    # Digests that have a rule follow it.
    for event in events:
        if event.type in (0x4, 0x8, 0x80000001, 0x80000007):
            assert event.digests["sha384"] == hashlib.sha384(event.data).digest()


def test_boot_looks_like_the_real_thing(service: AttestedService) -> None:
    _, events = parse_log(service.machine.event_log)
    actions = [event.data for event in events if event.type == 0x80000007 and event.pcr == 4]
    assert actions == [b"Calling EFI Application from Boot Option"]
    assert [event.type for event in events if event.pcr == 4] == [
        0x80000007, 4, 0x80000003, 0x80000003,
    ]  # fmt: skip
    secure_boot = next(event for event in events if event.type == 0x80000001)
    name = "SecureBoot".encode("utf-16-le")
    assert secure_boot.data == (
        bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
        + (10).to_bytes(8, "little") + (1).to_bytes(8, "little") + name + b"\0"
    )  # fmt: skip
    command_line = next(event.data for event in events if event.pcr == 12)
    assert command_line.decode("utf-16-le") == "console=ttyS0 cupel.demo=1\0"
    pcrs = service.machine.expected_pcrs()
    assert {pcrs[1].hex(), pcrs[2].hex(), pcrs[3].hex()} == {SEPARATOR_ONLY}


def test_policy_values_are_those_of_the_quote(send: Send, service: AttestedService) -> None:
    checked = verify_document(send("/attestation.json").json)
    policy = service.policy()
    (alternative,) = policy["accept"]
    for name, rule in alternative["require"].items():
        if name.startswith("tpm.pcr.sha256."):
            assert rule == {"one_of": [checked.pcrs["sha256", int(name.split(".")[-1])].hex()]}
    required = {name.split(".")[-1] for name in alternative["require"] if ".pcr." in name}
    assert required == {"0", "1", "2", "3", "4", "7", "12", "13"}
    assert alternative["bind"]["nonce"] == {"claim": "tpm.extra_data"}
    assert "nonce" not in service.policy(nonce=False)["accept"][0]["bind"]
    assert json.loads(service.policy_file.read_text()) == policy


def test_blindllama_files_are_those_of_the_quote(
    send: Send, service: AttestedService, tmp_path: Path
) -> None:
    measurements, application = service.measurements_files(tmp_path)
    checked = verify_document(send("/attestation.json").json)
    expected = json.loads(measurements.read_text())["measurements"]
    assert list(expected) == ["0", "1", "2", "3", "4", "12", "13"]
    for pcr, value in expected.items():
        assert checked.pcrs["sha256", int(pcr)].hex() == value
    assert json.loads(application.read_text()) == {
        "application_disk_roothash": service.machine.application_disk_roothash
    }


def test_ak_certificate_is_one_for_attestation_keys(service: AttestedService) -> None:
    leaf, intermediate, root = (
        x509.load_pem_x509_certificate(pem.encode()) for pem in service.machine.ak_certificates
    )
    usage = leaf.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    assert isinstance(usage, x509.ExtendedKeyUsage)
    assert [oid.dotted_string for oid in usage] == ["2.23.133.8.3"]
    key_usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert key_usage.critical
    assert key_usage.value.digital_signature
    assert not key_usage.value.key_cert_sign
    assert leaf.subject.rfc4514_string().endswith(".Demo.Cupel")
    for authority in (intermediate, root):
        assert "Cupel DEMO vTPM" in authority.subject.rfc4514_string()
        assert "not a vendor" in authority.subject.rfc4514_string()
    assert service.root_ca_file.read_text() == service.machine.ak_certificates[2]


def test_tpm2_checkquote_accepts_the_quote(
    send: Send, service: AttestedService, tmp_path: Path
) -> None:
    if shutil.which("tpm2_checkquote") is None:
        pytest.skip("not installed: tpm2_checkquote")
    quote = send(f"/attestation.json?nonce={NONCE.hex()}").json["quote"]
    for name, text in quote.items():
        (tmp_path / name).write_bytes(base64.b64decode(text))
    (tmp_path / "ak.pem").write_bytes(service.machine.ak.public_pem)

    def checkquote(nonce: str) -> int:
        return subprocess.run(
            ["tpm2_checkquote", "-u", "ak.pem", "-m", "message", "-s", "signature", "-f", "pcr",
             "-g", "sha256", "-q", nonce],
            cwd=tmp_path, capture_output=True, check=False, timeout=30,
        ).returncode  # fmt: skip

    assert checkquote(NONCE.hex()) == 0
    assert checkquote("ff" * 32) != 0


@pytest.mark.parametrize("algorithm", ["rsapss", "ecdsa"])
def test_other_ak_algorithms_and_selections(software_tpm: None, algorithm: str) -> None:
    selection = {"sha256": range(24), "sha384": [0, 7, 15]}
    with AttestedService(ak_algorithm=algorithm, selection=selection) as service:
        checked = verify_bundle(sender(service)(f"/evidence.json?nonce={NONCE.hex()}").json)
        assert checked.scheme == algorithm
        assert checked.attest.selection == {"sha256": list(range(24)), "sha384": [0, 7, 15]}
        for bank in ("sha256", "sha384"):
            expected = service.machine.expected_pcrs(bank)
            for (name, pcr), value in checked.pcrs.items():
                if name == bank:
                    assert value == expected[pcr], (bank, pcr)


def test_secure_boot_and_locality_change_the_registers(
    software_tpm: None, service: AttestedService
) -> None:
    boot = BootProfile(secure_boot=True, startup_locality=3)
    with AttestedService(boot=boot, banks=("sha256",), selection={"sha256": [0, 7]}) as other:
        bundle = json.loads(other.evidence_of())
        checked = verify_bundle(bundle)
        banks, events = parse_log(base64.b64decode(bundle["event_log"]))
        assert banks == ["sha256"]
        values = replay(events, "sha256")
        assert checked.pcrs == {("sha256", 0): values[0], ("sha256", 7): values[7]}
        plain = service.machine.expected_pcrs()
        assert values[0] != plain[0]
        assert values[7] != plain[7]
        # With Secure Boot the inner kernel is not measured, and the loader's words are ignored.
        assert [event.type for event in events].count(0x80000003) == 1
        assert 12 not in values
        assert [event.type for event in events if event.pcr == 7][-1] == 0x800000E0


@pytest.mark.parametrize(
    "settings",
    [
        {"ak_algorithm": "dsa"},
        {"selection": {}},
        {"selection": {"sha256": []}},
        {"selection": {"sha256": [24]}},
        {"selection": {"sha256": [-1]}},
        {"selection": {"sha256": [1, 1]}},
        {"selection": {"md5": [1]}},
        {"banks": ("sha384",)},
        {"banks": ("sha256", "sha256")},
        {"banks": ("sha256", "md5")},
        {"application_disk_roothash": "00"},
        {"application_disk_roothash": "AB" * 32},
        {"boot": BootProfile(startup_locality=4)},
    ],
)
def test_impossible_settings_are_refused(software_tpm: None, settings: dict[str, object]) -> None:
    service = AttestedService(**settings)  # type: ignore[arg-type]
    with pytest.raises(ServiceError):
        service.start()
    with pytest.raises(ServiceError, match="not running"):
        _ = service.base_url


def test_two_authorities_share_nothing_but_a_name() -> None:
    first, second = VtpmAuthority(), VtpmAuthority()
    assert first.root_pem != second.root_pem
    one, two = (x509.load_pem_x509_certificate(a.root_pem.encode()) for a in (first, second))
    assert one.subject == two.subject
    assert one.public_key() != two.public_key()
