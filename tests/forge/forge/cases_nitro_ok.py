"""Authentic Nitro documents: every form that is taken, and what policies say to them."""

from __future__ import annotations

import hashlib
from typing import Any

from . import ca, keys
from . import nitro_case as nitro
from .nitro_case import ABSENT, Case, Document, accepted, judged, pcr

NONCE = bytes(range(32))
OPTIONAL = ("public_key", "user_data", "nonce")


def claims_of(document: Document) -> dict[str, Any]:
    """What a verifier must say about a document with the usual registers."""
    stem = "nitro.tpm_pcr." if document.tpm else "nitro.pcr."
    registers = document.members.get("pcrs", document.registers())
    out: dict[str, Any] = {
        f"{stem}{index}": value.hex() for index, value in registers.items() if len(value) == 48
    }
    out["nitro.timestamp"] = "2024-06-15T11:59:00Z"
    out["nitro.certificate.not_after"] = nitro.LEAF_UNTIL
    for name in OPTIONAL:
        value = document.members.get(name)
        if isinstance(value, bytes):
            out[f"nitro.{name}"] = value.hex()
    return out


def ok(name: str, comment: str, document: Document, **more: Any) -> Case:
    """An accepted case with the claims that follow from its document."""
    claims = claims_of(document) | more.pop("claims", {})
    return accepted(name, comment, document, claims=claims, **more)


def short_number(which: int) -> Document:
    """A document whose signature has a leading zero in r (0) or s (1)."""
    for timestamp in range(nitro.TIMESTAMP, nitro.TIMESTAMP + 499):
        document = Document(members={"timestamp": timestamp})
        if document.signature_bytes()[48 * which] == 0:
            return document
    for nonce in range(100_000):
        document = Document(members={"nonce": nonce.to_bytes(4, "big")})
        if document.signature_bytes()[48 * which] == 0:
            return document
    raise AssertionError("no short number among 100,000 signatures")


def forms() -> list[Case]:
    """Encodings, and members that may be there or not."""
    largest = {name: bytes([i + 1]) * 1024 for i, name in enumerate(OPTIONAL)}
    numbers = Document()
    members = {"nonce": None, "cabundle": [c.der for c in numbers.certificates()], "pcrs": None}
    members |= {"certificate": numbers.certificate().der, "timestamp": nitro.TIMESTAMP}
    members |= {"digest": "SHA384", "module_id": "i-0123456789abcdef0-enc0123"}
    members["pcrs"] = numbers.registers()
    return [
        ok("as_older_hypervisors", "A map of definite length, null for what was not given.",
           Document(), claims={
               "common.debug": False, "common.tee_class": "enclave", "common.tcb_status": "none",
               "nitro.kind": "enclave", "nitro.module_id": "i-0123456789abcdef0-enc0123",
               "nitro.certificate.anchor": "anchors.pem", "common.bound_data": "",
               "common.valid_until": nitro.LEAF_UNTIL}),
        ok("as_newer_hypervisors", "A map of indefinite length.", Document(indefinite=True)),
        ok("tagged_18", "The tag of COSE_Sign1 in front.", Document(tagged=True)),
        ok("members_absent", "What was not given is not there at all.",
           Document(members=dict.fromkeys(OPTIONAL, ABSENT))),
        ok("members_of_1024_bytes", "The longest that the CDDL allows.",
           Document(members=dict(largest)),
           claims={"nitro.public_key_sha256": hashlib.sha256(largest["public_key"]).hexdigest(),
                   "nitro.user_data_sha256": hashlib.sha256(largest["user_data"]).hexdigest(),
                   "common.bound_data": largest["nonce"].hex()}),
        ok("user_data_empty", "Present and empty is not absent.",
           Document(members={"user_data": b"", "nonce": b""}),
           claims={"nitro.user_data": "", "nitro.nonce": ""}),
        ok("other_order", "The order of members is not promised.",
           Document(payload_bytes=nitro.encode(members))),
        ok("module_id_in_utf8", "A text is UTF-8, whatever it says.",
           Document(members={"module_id": "größer"}), claims={"nitro.module_id": "größer"}),
        ok("short_r", "r has a leading zero byte.", short_number(0),
           claims={"nitro.timestamp": "2024-06-15T11:59:00Z"}),
        ok("short_s", "s has a leading zero byte.", short_number(1)),
    ]  # fmt: skip


def registers() -> list[Case]:
    """Register maps, debug mode, NitroTPM."""
    usual = Document().registers()
    debug = usual | {i: bytes(48) for i in range(5)}
    return [
        ok("seventeen_registers", "Register 16, which the enclave extended itself.",
           Document(members={"pcrs": usual | {16: pcr(16)}})),
        ok("register_31", "The last register.", Document(members={"pcrs": usual | {31: pcr(31)}})),
        ok("one_register", "One is enough for the CDDL; without the image's registers it cannot be "
           "told from debug mode.", Document(members={"pcrs": {4: pcr(4)}}),
           claims={"common.debug": True}),
        ok("registers_of_other_lengths", "32 and 64 bytes are in the CDDL; they become no claim.",
           Document(members={"pcrs": usual | {5: bytes(32), 6: bytes(64)}})),
        ok("registers_unsorted", "Registers in no order.",
           Document(members={"pcrs": dict(sorted(usual.items(), reverse=True))})),
        ok("debug", "Debug mode: the image's registers are zero.",
           Document(members={"pcrs": debug}), claims={"common.debug": True}),
        ok("debug_one_register", "One zero among the image's registers is enough.",
           Document(members={"pcrs": usual | {2: bytes(48)}}), claims={"common.debug": True}),
        ok("nitro_tpm", "An instance that speaks through its NitroTPM.",
           Document(tpm=True, indefinite=True),
           claims={"nitro.kind": "nitro_tpm", "common.tee_class": "measured_boot",
                   "common.debug": False}),
    ]  # fmt: skip


def crls(*revoked: ca.Cert) -> dict[str, bytes]:
    """A current CRL of every authority."""
    return {
        f"{i}.crl": ca.crl(authority, tuple(c for c in revoked if c.x509.issuer == subject),
                           hash_name="sha384")
        for i, authority in enumerate(nitro.authorities())
        for subject in [authority.x509.subject]
    }  # fmt: skip


def paths() -> list[Case]:
    """Bundles, roots and dates."""
    top, region, zonal, instance = nitro.authorities()
    false_root = nitro.false_chain()[0]
    zero = nitro.leading_zero_key()
    out = [
        ok("bundle_backwards", "The order of the bundle is not relied on.",
           Document(bundle=[instance, zonal, region, top])),
        ok("bundle_shuffled", "The root in the middle.",
           Document(bundle=[zonal, top, instance, region])),
        ok("bundle_with_duplicates", "Everything twice.",
           Document(bundle=nitro.authorities() + nitro.authorities())),
        ok("bundle_without_root", "The root comes from the caller's file alone.",
           Document(bundle=[region, zonal, instance])),
        ok("intermediate_from_endorsements", "The bundle lacks one, the caller brings it.",
           Document(bundle=[top, region, instance]),
           endorsements={"zonal.pem": zonal.pem.encode()}),
        ok("leading_zero_coordinate", "The key's x begins with a zero byte.",
           Document(leaf=nitro.leaf(instance, zero)), claims={}),
        ok("all_crls", "A current CRL of every authority, and none is listed.", Document(),
           endorsements=crls(), revocation="required"),
        ok("first_second", "The certificate's first second.", Document(), now=nitro.LEAF_FROM),
        ok("last_second", "The certificate's last second.", Document(), now=nitro.LEAF_UNTIL),
        ok("bundle_of_sixteen", "As many certificates as are read.",
           Document(bundle=nitro.authorities() * 4)),
    ]  # fmt: skip
    for place in range(5):
        bundle = nitro.authorities()
        bundle.insert(place, false_root)
        out.append(
            ok(f"false_root_at_{place}", "Somebody else's root of the same name stands in the "
               "bundle; the path does not need it.", Document(bundle=bundle))
        )  # fmt: skip
    return out


def image(**rules: Any) -> dict[str, Any]:
    """Requirements on the image's registers."""
    return {f"nitro.pcr.{i}": {"equals": pcr(i).hex()} for i in (0, 1, 2)} | {
        key.replace("__", "."): rule for key, rule in rules.items()
    }


def policy(require: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A policy of one alternative."""
    one = {"family": "nitro", "require": image() if require is None else require}
    return {"version": 1, "accept": [one | more]}


def bind(**places: Any) -> dict[str, Any]:
    """A policy that binds something."""
    return policy(bind=places)


def appraised() -> list[Case]:
    """What policies say to authentic documents."""
    key = keys.spki_der("p256-caddy")
    digest = hashlib.sha256(key).digest()
    nonce = {"claim": "nitro.nonce"}
    by_key = {"claim": "nitro.public_key_sha256", "form": "spki_sha256"}
    in_data = {"claim": "nitro.user_data", "offset": 32, "form": "spki_sha256"}
    with_nonce = Document(members={"nonce": NONCE})
    debug = Document(members={"pcrs": Document().registers() | {i: bytes(48) for i in range(3)}})
    fresh = image(nitro__timestamp={"max_age_s": 60})
    stale = image(nitro__timestamp={"max_age_s": 59})
    future = Document(members={"timestamp": nitro.TIMESTAMP + 120_000})
    zeros = {f"nitro.pcr.{i}": {"equals": "00" * 48} for i in range(3)}
    tpm = {f"nitro.tpm_pcr.{i}": {"equals": pcr(i).hex()} for i in (4, 7)}
    return [
        judged("policy_image", "The registers of the image.", Document(), policy()),
        judged("policy_nonce", "The nonce that was sent.", with_nonce, bind(nonce=nonce),
               nonce=NONCE),
        judged("policy_nonce_of_its_own_field", "A nonce was sent and the policy names no place.",
               with_nonce, policy(), nonce=NONCE),
        judged("policy_key_by_its_digest", "public_key is the TLS key, DER.",
               Document(members={"public_key": key}), bind(tls_key=by_key)),
        judged("policy_key_and_nonce_in_user_data", "user_data is nonce and key digest.",
               Document(members={"user_data": NONCE + digest}),
               bind(tls_key=in_data, nonce={"claim": "nitro.user_data"}), nonce=NONCE),
        judged("policy_age", "Sixty seconds old, and sixty are allowed.", Document(),
               policy(fresh)),
        judged("policy_nitro_tpm", "Registers of a NitroTPM.", Document(tpm=True), policy(tpm)),
        judged("policy_debug_out_loud", "Debug mode is accepted when the policy says so.", debug,
               policy(zeros | {"nitro.pcr.4": {"equals": pcr(4).hex()}},
                      dangerous_allow_debug=True)),
        judged("other_image", "Another application.",
               Document(members={"pcrs": Document().registers() | {2: b"\x11" * 48}}), policy(),
               ["policy-03"]),
        judged("debug", "Debug mode, though the policy lists the zeros.", debug, policy(zeros),
               ["policy-05"]),
        judged("register_missing", "Register 2 is not there: debug mode cannot be excluded.",
               Document(members={"pcrs": {0: pcr(0), 1: pcr(1)}}), policy(),
               ["policy-03", "policy-05"]),
        judged("register_of_32_bytes", "A register that is no SHA-384.",
               Document(members={"pcrs": Document().registers() | {2: pcr(2)[:32]}}), policy(),
               ["policy-03"]),
        judged("other_nonce", "Another nonce.", with_nonce, bind(nonce=nonce), ["policy-06"],
               nonce=NONCE[::-1]),
        judged("nonce_longer", "The nonce, and one byte after it.",
               Document(members={"nonce": NONCE + b"\0"}), bind(nonce=nonce), ["policy-06"],
               nonce=NONCE),
        judged("nonce_null", "The document was made without a nonce.", Document(),
               bind(nonce=nonce), ["policy-06"], nonce=NONCE),
        judged("nonce_null_no_binding", "The same, when the policy names no place.", Document(),
               policy(), ["policy-06"], nonce=NONCE),
        judged("nonce_in_user_data", "The nonce stands elsewhere.",
               Document(members={"user_data": NONCE}), bind(nonce=nonce), ["policy-06"],
               nonce=NONCE),
        judged("nonce_not_sent", "The policy demands a nonce and none was sent.", with_nonce,
               bind(nonce=nonce), ["policy-06"]),
        judged("key_null", "The enclave gave no key.", Document(), bind(tls_key=by_key),
               ["policy-08"]),
        judged("key_digest_zero", "Zeros are no digest.",
               Document(members={"user_data": NONCE + bytes(32)}), bind(tls_key=in_data),
               ["policy-08"]),
        judged("key_digest_cut", "31 bytes are no digest.",
               Document(members={"user_data": NONCE + digest[:31]}), bind(tls_key=in_data),
               ["policy-08"]),
        judged("too_old", "Sixty seconds old, and 59 are allowed.", Document(), policy(stale),
               ["policy-03"]),
        judged("from_the_future", "The hypervisor's clock is a minute ahead.", future,
               policy(fresh), ["policy-03"]),
        judged("enclave_for_nitro_tpm", "An enclave's registers are no TPM's.", Document(),
               policy(tpm), ["policy-03"]),
        judged("nitro_tpm_for_enclave", "A TPM's registers are no enclave's.",
               Document(tpm=True, members={}), policy(), ["policy-03"]),
    ]  # fmt: skip


def build_output(**changes: Any) -> dict[str, Any]:
    """What `nitro-cli build-enclave` prints."""
    values = {"HashAlgorithm": "Sha384 { ... }"} | {f"PCR{i}": pcr(i).hex() for i in (0, 1, 2)}
    return {"Measurements": values | changes}


def key_policy(conditions: dict[str, Any], action: Any = "kms:Decrypt", **more: Any) -> Any:
    """A KMS key policy: management, and a statement for enclaves."""
    management = {
        "Sid": "management",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "kms:*",
        "Resource": "*",
    }
    enclave = {
        "Sid": "enclave",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": "*",
        "Condition": conditions,
    } | more
    return {"Version": "2012-10-17", "Statement": [management, enclave]}  # fmt: skip


def attestation(**values: Any) -> dict[str, Any]:
    """Conditions of a KMS key policy."""
    return {"StringEqualsIgnoreCase": {f"kms:RecipientAttestation:{k}": v
                                       for k, v in values.items()}}  # fmt: skip


def files() -> list[Case]:
    """Policies that people have already."""
    other = "11" * 48
    both = attestation(ImageSha384=[other, pcr(0).hex().upper()], PCR4=pcr(4).hex())
    debug = Document(members={"pcrs": Document().registers() | {i: bytes(48) for i in range(3)}})
    zeros = build_output(**{f"PCR{i}": "00" * 48 for i in range(3)})
    build = {"policy_file": "build.json"}
    key = {"policy_file": "key_policy.json"}

    def bad(reason: str, where: str, comment: str, policy: Any, file: str) -> Case:
        case = judged(reason, comment, Document(), policy, [], policy_file=file)
        case.folder = f"nitro/bad_policy--{reason}"
        case.expect = {"stage": "policy", "code": "bad_policy", "where": f"{file}: {where}"}
        return case

    condition = "Statement[1].Condition."
    name = "kms:RecipientAttestation:"
    loose = {"StringEqualsIfExists": {f"{name}PCR0": pcr(0).hex()}}
    return [
        judged("build_output", "The output of nitro-cli build-enclave.", Document(),
               build_output(), **build),
        judged("build_output_of_signed_image", "The same, with the signer's register.", Document(),
               build_output(PCR8=pcr(8).hex()), **build),
        judged("key_policy", "A KMS key policy: one of two images, on this instance.", Document(),
               key_policy(both), **key),
        judged("build_output_of_other_image", "The output for another image.", Document(),
               build_output(PCR2=other), ["policy-03"], **build),
        judged("build_output_of_other_signer", "Somebody else signed the image.", Document(),
               build_output(PCR8=other), ["policy-03"], **build),
        judged("build_output_of_zeros", "An output that demands debug mode.", debug, zeros,
               ["policy-05"], **build),
        judged("key_policy_other_image", "The key is for another image.", Document(),
               key_policy(attestation(ImageSha384=other)), ["policy-03"], **key),
        judged("key_policy_other_instance", "The key is for another instance.", Document(),
               key_policy(attestation(PCR0=pcr(0).hex(), PCR4=other)), ["policy-03"], **key),
        bad("build_output_of_sha256", "Measurements.HashAlgorithm", "Another hash.",
            build_output(HashAlgorithm="Sha256 { ... }"), "build.json"),
        bad("build_output_short", "Measurements.PCR1", "A digit is missing.",
            build_output(PCR1="1" * 95), "build.json"),
        bad("build_output_unknown", "Measurements.PCR3", "A register that is not printed.",
            build_output(PCR3=other), "build.json"),
        bad("key_policy_if_exists", condition + "StringEqualsIfExists",
            "A condition that is met without attestation.", key_policy(loose), "key_policy.json"),
        bad("key_policy_pcr_32", condition + f"StringEqualsIgnoreCase.{name}PCR32",
            "A register that does not exist.", key_policy(attestation(PCR32=other)),
            "key_policy.json"),
        bad("key_policy_encrypt", "Statement[1].Action", "An operation without attestation.",
            key_policy(both, action="kms:Encrypt"), "key_policy.json"),
        bad("key_policy_deny", "Statement[1].Effect", "A denial.", key_policy(both, Effect="Deny"),
            "key_policy.json"),
        bad("key_policy_without_attestation", "Statement", "No statement speaks of attestation.",
            key_policy({"StringEquals": {"kms:ViaService": "s3"}}), "key_policy.json"),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return forms() + registers() + paths() + appraised() + files()
