"""Each simulated kind: its evidence is accepted, and each attack on it is what it says."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import shlex
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import cupel
from cupel.testing import (
    KINDS,
    LocalService,
    ServiceError,
    SimulatedService,
    kinds,
    load,
    missing_programs,
)
from cupel.testing.amd import AmdAuthority
from cupel.testing.attacks import Attack
from cupel.testing.certificates import ORGANIZATION

from .conftest import Reply, connect, own_python

NONCE = bytes(range(32))
# Of sgx: test_blindai.py, for it has three paths and no nonce.
SIMULATED = [name for name in KINDS if name not in ("tpm", "sgx")]
ATTACKS = [(name, attack) for name in SIMULATED for attack in load(name).attacks]


def needs(name: str) -> None:
    """Skips a kind whose programs are missing."""
    missing = missing_programs()
    if name == "hcl" and missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, SimulatedService]]:
    """The genuine services that were asked for, each started once."""
    running: dict[str, SimulatedService] = {}
    yield running
    for service in running.values():
        service.close()


def genuine(services: dict[str, SimulatedService], name: str) -> SimulatedService:
    """The genuine service of a kind, its counts at zero."""
    needs(name)
    if name not in services:
        services[name] = load(name).make().start()
    services[name].reset_counts()
    return services[name]


def path_of(service: LocalService) -> str:
    (path,) = service.evidence_types
    return path


def family(service: LocalService) -> str:
    (alternative,) = service.policy()["accept"]
    name: str = alternative["family"]
    return name


def anchors(service: LocalService) -> cupel.TrustAnchors:
    trust = service.trust.for_client(cupel)
    if isinstance(trust, cupel.TrustAnchors):
        return trust
    return cupel.TrustAnchors().with_certificates("demo", trust.read_bytes())


def verify(evidence: bytes, service: LocalService, nonce: bytes = NONCE) -> cupel.Verdict:
    """The verdict of who was given the policy and the anchors of a genuine service."""
    return cupel.verify(
        evidence,
        cupel.load_policy(service.policy_file),
        now=int(time.time()),
        anchors=anchors(service),
        endorsements=service.trust.endorsements_for(cupel),
        nonce=nonce,
        family=family(service),
    )


def failed_claims(verdict: cupel.Verdict) -> list[str]:
    return sorted(check.claim for check in verdict.checks if not check.passed)


def get(service: LocalService, tls_pem: str, target: str) -> Reply:
    """One GET, by who knows the server's certificate already."""
    connection = connect(service.base_url, tls_pem)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.mark.parametrize("name", SIMULATED)
def test_genuine_evidence_is_accepted_and_names_the_tls_key(
    services: dict[str, SimulatedService], name: str
) -> None:
    service = genuine(services, name)
    pem = service.simulator.identity.certificate_pem
    reply = get(service, pem, f"{path_of(service)}?nonce={NONCE.hex()}")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == service.evidence_types[path_of(service)]
    assert service.prompt_bytes_received == 0  # a request for evidence is no prompt
    verdict = verify(reply.body, service)
    assert verdict.accepted is not None, str(verdict)
    assert verdict.family == family(service)
    pin = verdict.accepted.pin()
    identity = service.simulator.identity
    digests = {
        "spki_sha256": identity.spki_sha256,
        "certificate_sha256": identity.certificate_sha256,
    }
    assert pin.sha256 == digests[pin.kind]


@pytest.mark.parametrize("name", SIMULATED)
def test_evidence_is_made_for_the_nonce_that_was_sent(
    services: dict[str, SimulatedService], name: str
) -> None:
    service = genuine(services, name)
    other = hashlib.sha256(b"another nonce").digest()
    evidence = service.evidence_of(path_of(service), other)
    assert verify(evidence, service, other).accepted is not None
    verdict = verify(evidence, service)
    assert verdict.accepted is None
    without = verify(service.evidence_of(path_of(service)), service)
    assert without.accepted is None
    assert len(failed_claims(without)) == 1


@pytest.mark.parametrize("name", SIMULATED)
def test_no_vendor_vouches_for_a_demo(services: dict[str, SimulatedService], name: str) -> None:
    service = genuine(services, name)
    evidence = service.evidence_of(path_of(service), NONCE)
    with pytest.raises(cupel.VerifyError) as caught:
        cupel.evaluate(
            family(service),
            evidence,
            now=int(time.time()),
            anchors=cupel.vendor_anchors(family(service)),
        )
    assert caught.value.code == "untrusted_chain"


@pytest.mark.parametrize("name", SIMULATED)
@pytest.mark.parametrize(
    "query", ["nonce=", "nonce=0", "nonce=zz", "nonce=00&nonce=01", "runtime_data=e30%3D",
              "nonce=00&runtime_data=e30%3D", "nonce=" + "00" * 65],
)  # fmt: skip
def test_callers_choose_a_nonce_and_nothing_else(
    services: dict[str, SimulatedService], name: str, query: str
) -> None:
    service = genuine(services, name)
    pem = service.simulator.identity.certificate_pem
    assert get(service, pem, f"{path_of(service)}?{query}").status == 400


@pytest.mark.parametrize("name", SIMULATED)
def test_evidence_has_one_path(services: dict[str, SimulatedService], name: str) -> None:
    service = genuine(services, name)
    pem = service.simulator.identity.certificate_pem
    assert get(service, pem, "/evidence.json").status == 404
    with pytest.raises(ServiceError, match="no evidence is served"):
        service.evidence_of("/evidence.json", NONCE)


@pytest.mark.parametrize("name", SIMULATED)
def test_roots_say_in_their_names_what_they_are(
    services: dict[str, SimulatedService], name: str
) -> None:
    service = genuine(services, name)
    for path in set(service.trust.files()) - set(service.trust.endorsements):
        if path.suffix == ".json":
            (key,) = json.loads(path.read_text())["keys"]
            certificate = x509.load_der_x509_certificate(base64.b64decode(key["x5c"][0]))
        else:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        assert ORGANIZATION in certificate.subject.rfc4514_string()


@pytest.mark.parametrize("name", SIMULATED)
def test_attacks_are_of_every_sort(name: str) -> None:
    attacks = load(name).attacks
    assert len({attack.name for attack in attacks}) == len(attacks) >= 5
    assert {attack.code for attack in attacks} >= {"refused", "pin_mismatch"}
    assert any(attack.code in ("untrusted_chain", "bad_signature") for attack in attacks)


@pytest.mark.parametrize(
    ("name", "attack"), ATTACKS, ids=[f"{name}-{one.name}" for name, one in ATTACKS]
)
def test_attack_fails_at_what_it_attacks_and_nothing_else(
    services: dict[str, SimulatedService], name: str, attack: Attack[SimulatedService]
) -> None:
    service = genuine(services, name)
    with attack.mount(service) as impostor:
        evidence = impostor.evidence_of(path_of(impostor), NONCE)
        if attack.code == "pin_mismatch":
            verdict = verify(evidence, service)
            assert verdict.accepted is not None
            pin = verdict.accepted.pin()
            port = int(impostor.base_url.rsplit(":", 1)[1])
            with pytest.raises(cupel.CupelError) as caught:
                pin.check([presented(port)], "localhost", int(time.time()))
            assert caught.value.code == "pin_mismatch"
        elif attack.code == "refused":
            verdict = verify(evidence, service)
            assert verdict.accepted is None
            assert failed_claims(verdict) == sorted(attack.failing_claims)
        else:
            with pytest.raises(getattr(cupel, attack.python_error)) as refused:
                verify(evidence, service)
            assert (refused.value.code, refused.value.check) == (attack.code, attack.check)


def presented(port: int) -> bytes:
    """The certificate a server shows to who does not judge it."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("localhost", port)))


# ---- the wire ----------------------------------------------------------------------------------


def test_nitro_document_is_as_a_hypervisor_writes_it(services: dict[str, SimulatedService]) -> None:
    service = genuine(services, "nitro")
    protected, unprotected, payload, signature = cbor2.loads(
        service.evidence_of(path_of(service), NONCE)
    )
    assert cbor2.loads(protected) == {1: -35}
    assert unprotected == {}
    assert len(signature) == 96
    members = cbor2.loads(payload)
    assert set(members) == {
        "module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key",
        "user_data", "nonce",
    }  # fmt: skip
    assert members["public_key"] == service.simulator.identity.spki
    assert members["nonce"] == NONCE
    assert [len(members["pcrs"][index]) for index in range(16)] == [48] * 16
    chain = [x509.load_der_x509_certificate(der) for der in members["cabundle"]]
    chain.append(x509.load_der_x509_certificate(members["certificate"]))
    assert len(chain) == 5
    for issuer, child in itertools.pairwise(chain):
        child.verify_directly_issued_by(issuer)


def test_combined_answer_binds_the_runtime_data_of_the_service(
    services: dict[str, SimulatedService],
) -> None:
    service = genuine(services, "snp")
    answer = json.loads(service.evidence_of(path_of(service), NONCE))
    assert set(answer) == {"evidence", "endorsements", "endorsed_tcb", "runtime_data"}
    data = base64.b64decode(answer["runtime_data"])
    identity = service.simulator.identity
    assert json.loads(data) == {
        "certificate_hash": identity.certificate_sha256.hex(),
        "nonce": NONCE.hex(),
    }
    report = base64.b64decode(answer["evidence"])
    assert len(report) == 1184
    assert report[0x50:0x90] == hashlib.sha256(data).digest() + bytes(32)
    vcek, ask, ark = x509.load_pem_x509_certificates(base64.b64decode(answer["endorsements"]))
    assert answer["endorsed_tcb"] == report[0x180:0x188].hex()
    for child, issuer in ((vcek, ask), (ask, ark), (ark, ark)):
        key = issuer.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == 4096
        pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
        key.verify(child.signature, child.tbs_certificate_bytes, pss, hashes.SHA384())


def test_amd_authorities_have_the_same_names_and_other_keys() -> None:
    one, other = AmdAuthority.shared(), AmdAuthority()
    assert AmdAuthority.shared() is one
    first, second = (
        x509.load_pem_x509_certificate(authority.root_pem.encode()) for authority in (one, other)
    )
    assert first.subject == second.subject
    assert first.public_key() != second.public_key()


def test_token_is_as_the_service_writes_it(services: dict[str, SimulatedService]) -> None:
    service = genuine(services, "maa")
    answer = json.loads(service.evidence_of(path_of(service), NONCE))
    assert set(answer) == {"token"}
    head, payload = (read_part(part) for part in answer["token"].split(".")[:2])
    assert set(head) == {"alg", "jku", "kid", "typ"}
    assert head["alg"] == "RS256"
    assert head["jku"] == payload["iss"] + "/certs"
    assert payload["iss"].endswith(".invalid")
    assert payload["x-ms-runtime"]["nonce"] == NONCE.hex()


def read_part(part: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return members


def test_hcl_report_names_the_key_that_quotes(services: dict[str, SimulatedService]) -> None:
    service = genuine(services, "hcl")
    bundle = json.loads(service.evidence_of(path_of(service), NONCE))
    assert bundle["kind"] == "cupel.hcl/1"
    blob = base64.b64decode(bundle["hcl_report"])
    size = int.from_bytes(blob[1232:1236], "little")
    data = blob[1236 : 1236 + size]
    assert blob[:4] == b"HCLA"
    assert blob[32 + 0x50 : 32 + 0x90] == hashlib.sha256(data).digest() + bytes(32)
    assert [key["kid"] for key in json.loads(data)["keys"]] == ["HCLAkPub"]
    message = base64.b64decode(bundle["quote"]["message"])
    assert NONCE + service.simulator.identity.spki_sha256 in message


@pytest.mark.parametrize("length", [1, 31, 33, 64])
def test_hcl_takes_nonces_of_32_bytes_only(
    services: dict[str, SimulatedService], length: int
) -> None:
    service = genuine(services, "hcl")
    pem = service.simulator.identity.certificate_pem
    reply = get(service, pem, f"{path_of(service)}?nonce={'00' * length}")
    assert reply.status == 400
    assert "32 bytes" in reply.json["error"]


# ---- the registry ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "sev", "kind", "__init__", "../tpm"])
def test_unknown_kinds_are_refused(name: str) -> None:
    with pytest.raises(ServiceError, match="unknown kind"):
        load(name)


def test_kind_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cupel.testing.kinds.nitro")
    monkeypatch.setitem(sys.modules, "cbor2", None)
    with pytest.raises(ServiceError, match=r"cbor2 is not installed: .*cupel\[testing\]"):
        load("nitro")


def test_service_without_a_machine_has_no_trust(services: dict[str, SimulatedService]) -> None:
    service = genuine(services, "nitro")
    (relay,) = [one for one in load("nitro").attacks if one.code == "pin_mismatch"]
    with relay.mount(service) as impostor, pytest.raises(ServiceError, match="no machine"):
        _ = impostor.trust


def test_every_module_is_registered() -> None:
    folder = Path(kinds.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "kind"}
    assert modules == set(KINDS)


def serve(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cupel.testing.serve", *words],
        env=own_python(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "option", "file"),
    [("nitro", "--anchors", "nitro-root.pem"), ("maa", "--issuer-keys", "certs.json")],
)
def test_serve_tells_how_to_ask_each_kind(
    tmp_path: Path, name: str, option: str, file: str
) -> None:
    serving = serve("--kind", name, "--files", str(tmp_path))
    try:
        assert serving.stdout is not None
        said = ""
        while "cupel ask" not in said:
            line = serving.stdout.readline()
            assert line, said
            said += line
    finally:
        serving.terminate()
        serving.communicate(timeout=30)
    assert serving.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {file, "policy.json"}
    words = shlex.split(said.splitlines()[-1])
    assert words[words.index(option) + 1].endswith(str(tmp_path / file))
    assert words[words.index("--evidence") + 1] == load(name).make().evidence_protocol
    assert words[words.index("--policy") + 1] == str(tmp_path / "policy.json")


@pytest.mark.parametrize(
    "words", [("--roothash", "00" * 32), ("--ak", "ecdsa"), ("--static-only",)]
)
def test_serve_refuses_what_is_of_another_kind(words: tuple[str, ...]) -> None:
    serving = serve("--kind", "nitro", *words)
    _, said = serving.communicate(timeout=60)
    assert serving.returncode == 2
    assert "of kind tpm alone" in said


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--kind", "nitro", "--attestation-port", "0"), "of kind sgx alone"),
        (("--kind", "sgx"), "needs --attestation-port"),
    ],
)
def test_serve_has_evidence_over_http_for_blindai_alone(
    words: tuple[str, ...], reason: str
) -> None:
    serving = serve(*words, "--evidence-over-http")
    _, said = serving.communicate(timeout=60)
    assert serving.returncode == 2
    assert reason in said
