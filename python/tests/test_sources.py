"""What options may be given as: either spelling of a name; files, folders, lists and dicts."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import cupel
import service as svc
from forge import ca
from here import ROOT
from rooms import seconds
from servers import WebAuthority
from service import Service

CASES = ROOT / "tests/vectors"


def case(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((path / "case.json").read_text())
    return loaded


def first(family: str, prefix: str, part: str) -> Path:
    """The first forged case of a family whose folder has a part of this name."""
    found = sorted(p for p in (CASES / family).glob(f"{prefix}*") if (p / part).exists())
    assert found
    return found[0]


def at(path: Path) -> int:
    return seconds(case(path)["now"])


# ---- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["if_supported", "if-supported", "required"])
def test_freshness_is_known_in_both_spellings(service: Service, name: str) -> None:
    with service.client(freshness=name) as client:
        assert client.attest().accepted is not None


@pytest.mark.parametrize("name", ["dangerous_ignored", "dangerous-ignored", "if-available"])
def test_revocation_is_known_in_both_spellings(
    service: Service, authority: WebAuthority, name: Any
) -> None:
    with service.client(revocation=name) as client:
        assert client.attest().accepted is not None
    evidence = svc.root_ca_evidence(authority)
    options: dict[str, Any] = {"now": svc.NOW, "anchors": svc.ANCHORS, "revocation": name}
    assert cupel.evaluate("tpm", evidence, **options).family == "tpm"
    policy = svc.load(svc.root_ca_policy())
    assert cupel.verify(evidence, policy, **options).accepted is not None


@pytest.mark.parametrize("option", ["freshness", "revocation"])
@pytest.mark.parametrize("name", ["", "never", "if supported", "Required", None, True])
def test_unknown_names_are_refused_with_the_known_ones(
    service: Service, option: str, name: Any
) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        service.client(**{option: name})
    assert (raised.value.code, raised.value.where) == ("invalid_argument", option)
    assert "required, if_" in str(raised.value)


@pytest.mark.parametrize("made", [cupel.Client, cupel.blindai.connect], ids=["Client", "blindai"])
def test_every_option_is_in_the_docstring(made: Any) -> None:
    names = set(inspect.signature(made).parameters) - {"host"}
    said = inspect.getdoc(made) or ""
    listed = {name.strip() for line in said.splitlines() for name in line.split(":")[0].split(",")}
    assert names <= listed, names - listed


def test_clients_wait_equally_long() -> None:
    for made in (cupel.Client, cupel.AsyncClient, cupel.blindai.connect):
        options = inspect.signature(made).parameters
        assert (options["timeout"].default, options["max_age"].default) == (60.0, 3600.0)


# ---- anchors and issuers' keys ------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_text(ca.root().pem)
    return path


def test_anchors_are_files_everywhere(authority: WebAuthority, root: Path) -> None:
    evidence, policy = svc.root_ca_evidence(authority), svc.load(svc.root_ca_policy())
    for anchors in (root, str(root), [root]):
        claims = cupel.evaluate("tpm", evidence, now=svc.NOW, anchors=anchors)
        expected = cupel.evaluate("tpm", evidence, now=svc.NOW, anchors=svc.ANCHORS)
        assert claims.to_dict().keys() == expected.to_dict().keys()
        assert cupel.verify(evidence, policy, now=svc.NOW, anchors=anchors).accepted is not None


def test_several_files_are_all_trusted(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.der"
    other.write_bytes(ca.root("other root").der)
    assert len(cupel.load_anchors([root, other]).certificates) == 2


@pytest.mark.parametrize("anchors", [b"-----BEGIN", 7, [b"x"], [None]])
def test_anchors_of_another_type_are_type_errors(anchors: Any) -> None:
    with pytest.raises(TypeError):
        cupel.load_anchors(anchors)


def test_no_files_are_not_all_vendors() -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.load_anchors([], families=["tpm"])
    assert (raised.value.code, raised.value.where) == ("invalid_argument", "anchors")


def test_anchors_left_out_are_those_of_the_families() -> None:
    assert not cupel.load_anchors()
    both = {anchor.sha256 for anchor in cupel.load_anchors(families=["tpm", "nitro"]).fingerprints}
    for family in ("tpm", "nitro"):
        assert {anchor.sha256 for anchor in cupel.vendor_anchors(family).fingerprints} <= both


def test_issuers_keys_come_from_a_file_or_bytes() -> None:
    path = first("maa", "ok--", "keys-0.json")
    said = case(path)
    token = (path / said["evidence"]).read_bytes()
    [(issuer, name)] = said["issuer_keys"].items()
    for keys in (path / name, str(path / name), (path / name).read_bytes()):
        anchors = cupel.load_anchors(issuer_keys={issuer: keys})
        claims = cupel.evaluate("maa", token, now=at(path), anchors=anchors)
        assert claims["maa.iss"] == issuer
    other = cupel.load_anchors(issuer_keys={issuer + "x": path / name})
    with pytest.raises(cupel.VerifyError):
        cupel.evaluate("maa", token, now=at(path), anchors=other)


def test_issuers_keys_are_added_to_anchors(root: Path) -> None:
    path = first("maa", "ok--", "keys-0.json")
    anchors = cupel.load_anchors(root, issuer_keys={"https://a.example": path / "keys-0.json"})
    assert len(anchors.certificates) == 1


@pytest.mark.parametrize("keys", [b"{}", b"not json", Path("/nowhere/jwks.json")])
def test_issuers_keys_that_are_none_are_refused(keys: Any) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        cupel.load_anchors(issuer_keys={"https://a.example": keys})
    assert raised.value.where.startswith("anchors")


# ---- endorsements -------------------------------------------------------------------------------


def test_endorsements_are_files_folders_and_lists() -> None:
    path = first("tdx", "ok--", "endorsements")
    folder = path / "endorsements"
    files = sorted(folder.iterdir())
    loaded = cupel.Endorsements([file.read_bytes() for file in files])
    options: dict[str, Any] = {"now": at(path), "anchors": path / "anchors.pem"}
    evidence = (path / case(path)["evidence"]).read_bytes()
    expected = cupel.evaluate("tdx", evidence, endorsements=loaded, **options).to_dict()
    for endorsements in (folder, str(folder), files, [str(file) for file in files], [folder]):
        claims = cupel.evaluate("tdx", evidence, endorsements=endorsements, **options)
        assert claims.to_dict() == expected


def test_bad_endorsement_is_named(tmp_path: Path) -> None:
    (tmp_path / "collateral.bin").write_bytes(b"nothing of the kind")
    with pytest.raises(cupel.CupelError) as raised:
        cupel.evaluate("tpm", b"{}", now=0, anchors=svc.ANCHORS, endorsements=tmp_path)
    assert raised.value.code == "bad_encoding"
    assert "collateral.bin" in str(raised.value)


@pytest.mark.parametrize("endorsements", ["/nowhere", [], "empty"])
def test_endorsements_that_are_not_there_are_refused(
    tmp_path: Path, service: Service, endorsements: Any
) -> None:
    with pytest.raises(cupel.CupelError) as raised:
        service.client(endorsements=tmp_path if endorsements == "empty" else endorsements)
    assert (raised.value.code, raised.value.where) == ("invalid_argument", "endorsements")


@pytest.mark.parametrize("endorsements", [b"-----BEGIN", [b"-----BEGIN"], 7])
def test_contents_are_not_taken_for_paths(service: Service, endorsements: Any) -> None:
    with pytest.raises(TypeError):
        service.client(endorsements=endorsements)


def test_client_takes_endorsements_from_a_folder(service: Service, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(ca.root().pem)
    with service.client(endorsements=tmp_path) as client:
        assert client.attest().accepted is not None


# ---- policies -----------------------------------------------------------------------------------


def test_policy_is_a_dict() -> None:
    content = svc.root_ca_policy()
    assert cupel.load_policy(json.loads(content)).accept
    assert cupel.load_policy([json.loads(content)]) == cupel.load_policy(json.loads(content))
    assert not any(f.severity == "error" for f in cupel.lint(json.loads(content), now=svc.NOW))


def test_verify_takes_what_load_policy_takes(authority: WebAuthority, tmp_path: Path) -> None:
    content = svc.root_ca_policy()
    (tmp_path / "policy.json").write_bytes(content)
    for policy in (tmp_path / "policy.json", json.loads(content), ("policy.json", content)):
        verdict = cupel.verify(
            svc.root_ca_evidence(authority), policy, now=svc.NOW, anchors=svc.ANCHORS
        )
        assert verdict.accepted is not None


def test_bad_dict_is_a_bad_policy() -> None:
    for policy in ({}, {"version": 1}, {"version": float("nan")}):
        with pytest.raises(cupel.PolicyError):
            cupel.load_policy(policy)


@pytest.mark.parametrize("policy", [b"{}", 7, None, [b"{}"], [7], {"version": b"1"}])
def test_policy_of_another_type_is_a_type_error_that_says_what_is_taken(policy: Any) -> None:
    with pytest.raises(TypeError) as raised:
        cupel.load_policy(policy)
    assert "dict" in str(raised.value) or "JSON" in str(raised.value)
