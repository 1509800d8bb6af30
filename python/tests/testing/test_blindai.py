"""The local BlindAI server, and cupel.blindai against it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import cbor2
import pytest

import cupel
from cupel.testing.attacks import Attack
from cupel.testing.kinds.sgx import KIND, BlindAiService, SgxSimulator

np = pytest.importorskip("numpy")

MODEL = b"\x08\x07\x12\x05cupel" * 50
DTYPES = ["<f4", "<f8", "<i4", "<i8", "<u4", "<u8", "|u1", "<u2", "|i1", "<i2", "|b1"]


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def connect(
    service: BlindAiService, policy_of: BlindAiService | None = None, **more: Any
) -> cupel.blindai.Client:
    trusted = policy_of or service
    more.setdefault("policy", trusted.write_manifest())
    more.setdefault("anchors", trusted.trust.anchors)
    return cupel.blindai.connect(
        "localhost",
        unattested_server_port=port_of(service.attestation_url),
        attested_server_port=port_of(service.base_url),
        # A relay is no BlindAiService: what is sent to it arrives at its one port.
        model_management_port=port_of(getattr(service, "management_url", service.base_url)),
        timeout=20.0,
        **more,
    )


@pytest.fixture(scope="module")
def service() -> Iterator[BlindAiService]:
    """Three ports, as an enclave has."""
    with BlindAiService(attestation_port=0, management_port=0) as running:
        yield running


@pytest.fixture
def client(service: BlindAiService) -> Iterator[cupel.blindai.Client]:
    with connect(service) as made:
        yield made
    service.reset_counts()


@pytest.fixture
def model_hash(service: BlindAiService, client: cupel.blindai.Client) -> str:
    return client.upload(MODEL, name="identity").model_hash


# ---- models --------------------------------------------------------------------------------------


def test_models_are_uploaded_listed_and_deleted(
    service: BlindAiService, client: cupel.blindai.Client, tmp_path: Any
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(MODEL + b"another")
    uploaded = client.upload(path, name="Übung")
    assert uploaded.model_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert cupel.blindai.Model("Übung", uploaded.model_id) in client.models()
    client.delete(uploaded.model_id)
    assert uploaded.model_id not in [model.model_id for model in client.models()]
    with pytest.raises(cupel.SessionError) as caught:
        client.delete(uploaded.model_id)
    assert (caught.value.code, caught.value.where) == ("bad_response", "service.status")


def test_a_server_that_stores_another_model_is_found_out(
    service: BlindAiService, client: cupel.blindai.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = cbor2.dumps({"hash": bytes(32), "model_id": "some-id"})
    monkeypatch.setattr(cupel.blindai._Channel, "ask", lambda *_: (answer, None))
    with pytest.raises(cupel.CupelError) as caught:
        client.upload(MODEL, name="identity")
    assert (caught.value.code, caught.value.where) == ("bad_response", "service.hash")


@pytest.mark.parametrize(("model", "where"), [(b"", "service.model"), ("/no/such/file", "model")])
def test_models_that_are_none_are_refused(
    service: BlindAiService, client: cupel.blindai.Client, model: Any, where: str
) -> None:
    service.reset_counts()
    with pytest.raises(cupel.CupelError) as caught:
        client.upload(model, name="x")
    assert (caught.value.code, caught.value.where) == ("invalid_argument", where)
    assert service.application_bytes == 0


# ---- arrays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (0, 5)])
def test_arrays_come_back_as_they_went(
    client: cupel.blindai.Client, model_hash: str, dtype: str, shape: tuple[int, ...]
) -> None:
    count = int(np.prod(shape))
    array = (np.arange(count) % 2).astype(dtype).reshape(shape)
    outputs = client.run(array, model_hash=model_hash)
    (got,) = outputs
    assert got.dtype == np.dtype(dtype)
    assert got.shape == shape
    assert np.array_equal(got, array)
    assert got.flags.writeable
    assert outputs.not_proved == ()
    assert outputs.attestation.accepted is not None


def test_the_order_in_memory_does_not_matter(client: cupel.blindai.Client, model_hash: str) -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4)
    for strange in (array, np.asfortranarray(array), array[::-1, ::2], array.T):
        (got,) = client.run(strange, model_hash=model_hash)
        assert got.dtype == np.dtype("<f4")
        assert np.array_equal(got, strange)


def test_lists_and_dicts_of_arrays(client: cupel.blindai.Client, model_hash: str) -> None:
    one, other = np.ones(2, dtype=np.float32), np.zeros((1, 1), dtype=np.int64)
    for inputs in ([one, other], (one, other), {"first": one, "second": other}):
        outputs = client.run(inputs, model_hash=model_hash)
        assert [array.dtype for array in outputs] == [one.dtype, other.dtype]


def test_an_answer_of_a_model_by_id_says_that_it_proves_little(
    client: cupel.blindai.Client,
) -> None:
    uploaded = client.upload(MODEL, name="identity")
    outputs = client.run(np.ones(1, dtype=np.float32), model_id=uploaded.model_id)
    (open_question,) = outputs.not_proved
    assert "id" in open_question
    assert repr(outputs) == "<cupel.blindai.Outputs of 1>"


@pytest.mark.parametrize(
    "inputs",
    [np.ones(2, dtype=np.float16), np.ones(2, dtype=np.complex64), np.array(["text"]),
     np.array([None]), np.array(["2020-01-01"], dtype="datetime64[D]"),
     np.zeros(2, dtype=[("a", "<f4")]), [1.0, 2.0], 5, None, "text", b"bytes", [], {},
     {1: np.ones(1, dtype=np.float32)}, {"": np.ones(1, dtype=np.float32)}, [[1.0]]],
    ids=str,
)  # fmt: skip
def test_inputs_without_a_type_of_the_protocol_are_refused(
    service: BlindAiService, client: cupel.blindai.Client, inputs: Any
) -> None:
    service.reset_counts()
    with pytest.raises(cupel.CupelError) as caught:
        client.run(inputs, model_hash="a" * 64)
    assert (caught.value.code, caught.value.where) == ("invalid_argument", "service.inputs")
    assert service.application_bytes == 0


@pytest.mark.parametrize(
    ("names", "where"),
    [({}, "service.model"), ({"model_hash": "a" * 64, "model_id": "x"}, "service.model"),
     ({"model_hash": "a" * 63}, "service.model.sha256"), ({"model_id": "a b"}, "service.model.id")],
)  # fmt: skip
def test_models_named_wrongly_are_refused(
    client: cupel.blindai.Client, names: dict[str, str], where: str
) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        client.run(np.ones(1, dtype=np.float32), **names)
    assert (caught.value.code, caught.value.where) == ("invalid_argument", where)


def test_a_model_that_is_not_there_is_an_error(client: cupel.blindai.Client) -> None:
    with pytest.raises(cupel.SessionError) as caught:
        client.run(np.ones(1, dtype=np.float32), model_hash="b" * 64)
    assert (caught.value.code, caught.value.where) == ("bad_response", "service.status")


# ---- trust ---------------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_first_request(service: BlindAiService) -> None:
    service.reset_counts()
    with connect(service) as client:
        assert client.attestation is None
        assert service.application_bytes == 0
        verdict = client.attest()
        assert verdict.accepted is not None
        assert verdict.accepted.pin().kind == "certificate_sha256"
        assert service.prompt_bytes_received == 0


@pytest.mark.parametrize("attack", KIND.attacks, ids=[one.name for one in KIND.attacks])
def test_no_byte_reaches_who_is_not_the_enclave(
    service: BlindAiService, attack: Attack[BlindAiService]
) -> None:
    with attack.mount(service) as impostor:
        acts: list[Callable[[cupel.blindai.Client], object]] = [
            lambda client: client.run(np.ones(4, dtype=np.float32), model_hash="a" * 64),
            lambda client: client.upload(MODEL, name="x"),
            lambda client: client.models(),
        ]
        for act in acts:
            with connect(impostor, service, policy=service.policy_file) as client:
                with pytest.raises(cupel.CupelError) as caught:
                    act(client)
                assert caught.value.code == attack.code
        assert impostor.prompt_bytes_received == 0
        assert not impostor.saw(MODEL[:16])


def test_bytes_behind_the_digest_are_refused(service: BlindAiService) -> None:
    """The original client compares the first half alone."""

    chatty = SgxSimulator(authority=service.enclave.authority)
    chatty.tail = bytes(31) + b"\1"
    with BlindAiService(chatty) as impostor:
        for policy in (service.policy_file, service.write_manifest()):
            with connect(impostor, service, policy=policy) as client:
                with pytest.raises(cupel.RejectedError) as caught:
                    client.models()
                verdict = caught.value.verdict
                assert verdict is not None
                failed = [one.claim for one in verdict.checks if not one.passed]
                # Neither what the policy demands there, nor the nonce that was sent.
                assert failed == ["sgx.report_data", "common.bound_data"]


def test_a_certificate_that_the_quote_does_not_name_is_refused(service: BlindAiService) -> None:
    other = SgxSimulator()

    def evidence(path: str, nonce: bytes | None) -> bytes:
        if path == "/":
            return other.evidence(path, b"")
        return service.evidence_of(path, nonce)

    with (
        BlindAiService(service.enclave, evidence=evidence) as impostor,
        connect(impostor, service) as client,
        pytest.raises(cupel.SessionError) as caught,
    ):
        client.models()
    assert (caught.value.code, caught.value.where) == ("bad_response", "evidence.certificate")


@pytest.mark.parametrize(
    ("path", "answer", "where"),
    [("/", cbor2.dumps("text"), "evidence.certificate"), ("/", b"", "evidence.answer"),
     ("/", cbor2.dumps(b"no certificate"), "evidence.certificate"),
     ("/quote", cbor2.dumps({}), "evidence.quote"), ("/quote", b"\xff", "evidence.quote"),
     ("/collateral", cbor2.dumps(b"bytes"), "evidence.collateral"),
     ("/collateral", b"\xa1", "evidence.collateral")],
)  # fmt: skip
def test_answers_that_are_no_evidence_are_refused(
    service: BlindAiService, path: str, answer: bytes, where: str
) -> None:
    def evidence(asked: str, nonce: bytes | None) -> bytes:
        return answer if asked == path else service.evidence_of(asked, nonce)

    with (
        BlindAiService(service.enclave, evidence=evidence) as impostor,
        connect(impostor, service) as client,
        pytest.raises(cupel.CupelError) as caught,
    ):
        client.models()
    assert (caught.value.code, caught.value.where) == ("bad_response", where)


@pytest.mark.parametrize(
    "settings",
    [{"attested_server_port": 0}, {"model_management_port": 65536}, {"timeout": 0}],
)
def test_settings_that_mean_nothing_are_refused(
    service: BlindAiService, settings: dict[str, Any]
) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        cupel.blindai.connect("localhost", policy=service.policy_file, **settings)
    assert caught.value.code == "invalid_argument"


@pytest.mark.parametrize("host", ["", "a/b", "user@host", "host:5", "ho st"])
def test_hosts_that_are_none_are_refused(service: BlindAiService, host: str) -> None:
    with pytest.raises(cupel.CupelError) as caught:
        cupel.blindai.connect(host, policy=service.policy_file)
    assert caught.value.code == "invalid_argument"
