"""Nitro documents that must not be believed."""

from __future__ import annotations

from typing import Any

import cbor2

from . import ca
from . import nitro_case as nitro
from .cases_nitro_ok import crls
from .nitro_case import ABSENT, Case, Document, Raw, Twice, encode, pcr, refused

COSE = "nitro.cose"
PAYLOAD = "nitro.payload"
CERTIFICATE = "nitro.certificate"


def envelope() -> list[Case]:
    """nitro-01: bytes, tags, headers, lengths."""

    def one(code: str, reason: str, where: str, comment: str, evidence: Document | bytes) -> Case:
        return refused(code, reason, COSE + where, "nitro-01", comment, evidence)

    good = Document().bytes()
    parts = cbor2.loads(good)
    es256 = cbor2.dumps({1: -7})
    out = [
        one("truncated", "empty", "", "No byte at all.", b""),
        one("truncated", "half", "", "Half a document.", good[: len(good) // 2]),
        one("truncated", "last_byte", "", "The last byte is missing.", good[:-1]),
        one("trailing_bytes", "one_byte", "", "A byte after the end.", good + b"\0"),
        one("trailing_bytes", "line_feed", "", "A line feed after the end.", good + b"\n"),
        one("trailing_bytes", "twice", "", "The document twice.", good + good),
        one("too_large", "32_kib_and_one", "", "Larger than any document.",
            good + bytes(32769 - len(good))),
        one("bad_encoding", "tag_17", "", "The tag of COSE_Mac0.", b"\xd1" + good),
        one("bad_encoding", "tag_98", "", "The tag of COSE_Sign.", b"\xd8\x62" + good),
        one("bad_encoding", "tagged_twice", "", "The tag twice.", b"\xd2\xd2" + good),
        one("bad_encoding", "long_tag", "", "The tag, longer than it needs.",
            b"\xd8\x12" + good),
        one("bad_encoding", "indefinite_array", "", "The array with indefinite length.",
            b"\x9f" + good[1:] + b"\xff"),
        one("bad_encoding", "long_array_head", "", "The array's head in two bytes.",
            b"\x98\x04" + good[1:]),
        one("bad_encoding", "a_map", "", "A map.", b"\xa0"),
        one("trailing_bytes", "hexadecimal", "", "Text, whose first letter is a number.",
            good.hex().encode()),
        one("bad_length", "three_parts", "", "No signature.", encode(parts[:3])),
        one("bad_length", "five_parts", "", "One part more.", encode([*parts, b""])),
        one("bad_encoding", "protected_as_map", ".protected", "A map instead of its bytes.",
            encode([{1: -35}, *parts[1:]])),
        one("bad_encoding", "unprotected_as_bytes", ".unprotected", "Bytes instead of a map.",
            encode([parts[0], b"\xa0", *parts[2:]])),
        one("bad_encoding", "payload_as_map", ".payload", "The payload not as bytes.",
            Document(payload_item=Raw(Document().payload()))),
        one("bad_encoding", "payload_in_chunks", "", "The payload in chunks.",
            Document(payload_item=Raw(b"\x5f" + encode(Document().payload()) + b"\xff"))),
        one("missing_field", "payload_detached", ".payload", "The payload is somewhere else.",
            Document(payload_item=Raw(b"\xf6"))),
        one("bad_length", "payload_empty", ".payload", "An empty payload.",
            Document(payload_bytes=b"")),
        one("bad_length", "payload_of_16385_bytes", ".payload", "Longer than the CDDL allows.",
            Document(payload_bytes=bytes(16385))),
        one("missing_field", "no_algorithm", ".alg", "A protected header without algorithm.",
            Document(protected=b"\xa0")),
        one("missing_field", "empty_protected", ".alg", "An empty protected header.",
            Document(protected=b"")),
        one("unsupported_algorithm", "es256", ".alg", "ES256, and signed so.",
            Document(protected=es256, hash_name="sha256")),
        one("unsupported_algorithm", "es512", ".alg", "ES512, and signed so.",
            Document(protected=cbor2.dumps({1: -36}), hash_name="sha512")),
        one("unsupported_algorithm", "none", ".alg", "Algorithm 0.",
            Document(protected=cbor2.dumps({1: 0}))),
        one("unsupported_algorithm", "es256k", ".alg", "ES256K.",
            Document(protected=cbor2.dumps({1: -47}))),
        one("unsupported_algorithm", "by_name", ".alg", "The algorithm's name.",
            Document(protected=cbor2.dumps({1: "ES384"}))),
        one("unsupported_algorithm", "ps384", ".alg", "PS384.",
            Document(protected=cbor2.dumps({1: -38}))),
        one("bad_encoding", "algorithm_null", ".alg", "null as algorithm.",
            Document(protected=cbor2.dumps({1: None}))),
        one("unknown_field", "unprotected_algorithm_only", ".unprotected",
            "The algorithm in the header that nobody signs.",
            Document(protected=b"\xa0", unprotected={1: -35})),
        one("duplicate_field", "algorithm_in_both_headers", ".unprotected",
            "The same algorithm in both headers.", Document(unprotected={1: -35})),
        one("duplicate_field", "other_algorithm_in_both_headers", ".unprotected",
            "Two algorithms, one for each taste.", Document(unprotected={1: -7})),
        one("unknown_field", "unprotected_kid", ".unprotected", "A key id that nobody signed.",
            Document(unprotected={4: b"key"})),
        one("unknown_field", "unprotected_chain", ".unprotected", "Certificates in the header.",
            Document(unprotected={33: nitro.leaf().der})),
        one("unknown_field", "unprotected_crit", ".unprotected", "A critical header, unsigned.",
            Document(unprotected={2: [1]})),
        one("unknown_field", "protected_kid", ".protected", "A key id beside the algorithm.",
            Document(protected=cbor2.dumps({1: -35, 4: b"key"}))),
        one("unknown_field", "critical_unknown", ".protected.crit",
            "A critical header that is not understood.",
            Document(protected=cbor2.dumps({1: -35, 2: [99], 99: 1}))),
        one("missing_field", "critical_absent", ".protected.crit",
            "A critical header that is not there.",
            Document(protected=cbor2.dumps({1: -35, 2: [99]}))),
        one("bad_length", "critical_empty", ".protected.crit", "An empty list.",
            Document(protected=cbor2.dumps({1: -35, 2: []}))),
        one("unknown_field", "critical_algorithm", ".protected.crit",
            "alg need not be marked as critical, and nothing here marks it.",
            Document(protected=cbor2.dumps({1: -35, 2: [1]}))),
        one("duplicate_field", "algorithm_twice", ".protected", "The algorithm twice.",
            Document(protected=bytes.fromhex("a2013822013822"))),
        one("bad_encoding", "long_algorithm", ".protected", "-35 in three bytes.",
            Document(protected=bytes.fromhex("a101390022"))),
        one("bad_encoding", "indefinite_protected", ".protected", "Of indefinite length.",
            Document(protected=bytes.fromhex("bf013822ff"))),
        one("trailing_bytes", "protected_and_more", ".protected", "A byte after the map.",
            Document(protected=bytes.fromhex("a101382200"))),
        one("bad_encoding", "protected_array", ".protected", "No map.",
            Document(protected=b"\x80")),
    ]  # fmt: skip
    signature = Document().signature_bytes()
    for size in (0, 95, 97, 132):
        out.append(
            one("bad_length", f"signature_of_{size}_bytes", ".signature",
                "Two numbers of 48 bytes.", Document(signature=(signature * 2)[:size]))
        )  # fmt: skip
    return out


def members() -> list[Case]:
    """nitro-02: the payload's members."""

    def one(code: str, reason: str, where: str, comment: str, **changes: Any) -> Case:
        document = Document(members=changes)
        return refused(code, reason, PAYLOAD + where, "nitro-02", comment, document)

    def raw(code: str, reason: str, where: str, comment: str, payload: bytes) -> Case:
        document = Document(payload_bytes=payload)
        return refused(code, reason, PAYLOAD + where, "nitro-02", comment, document)

    good = Document().payload()
    bundle = [cert.der for cert in nitro.authorities()]
    out = [
        raw("trailing_bytes", "in_payload", "", "A byte after the map.", good + b"\0"),
        raw("truncated", "payload_cut", "", "A payload without its end.", good[:-1]),
        raw("bad_encoding", "payload_array", "", "An array.", b"\x80"),
        raw("bad_encoding", "payload_tagged", "", "A tag.", b"\xc1" + good),
        raw("bad_encoding", "payload_key_integer", "", "A key that is no text.",
            encode({1: 2})),
        raw("bad_encoding", "payload_float", "", "A floating-point number.",
            good.replace(encode({"timestamp": nitro.TIMESTAMP})[1:],
                         encode({"timestamp": float(nitro.TIMESTAMP)})[1:])),
        raw("bad_encoding", "payload_text_not_utf8", "", "A text that is not UTF-8.",
            good.replace(b"i-0123456789abcdef0-enc0123", b"i-0123456789abcdef0-enc\xff123")),
        raw("bad_encoding", "payload_long_number", "", "A number longer than it needs.",
            good.replace(b"\x00\x58\x30" + pcr(0), b"\x18\x00\x58\x30" + pcr(0), 1)),
        raw("too_large", "payload_nested", "", "Nested deeper than any document.",
            encode({"nonce": Raw(b"\x81" * 5 + b"\x00")})),
        raw("bad_encoding", "payload_chunks", "", "A byte string in chunks.",
            encode({"nonce": Raw(b"\x5f\x41\x00\xff")}, indefinite=True)),
        raw("truncated", "payload_without_break", "", "An endless map without end.",
            Document(indefinite=True).payload()[:-1]),
        one("unknown_field", "in_payload", ".extra", "A member that nobody knows.", extra=1),
        one("unknown_field", "other_case", ".PCRS", "Names are exact.", PCRS={0: bytes(48)}),
        one("bad_length", "module_id_empty", ".module_id", "Nobody.", module_id=""),
        one("bad_encoding", "module_id_bytes", ".module_id", "Bytes, no text.", module_id=b"i"),
        one("unsupported_algorithm", "digest_sha256", ".digest", "Another hash.",
            digest="SHA256"),
        one("unsupported_algorithm", "digest_small_letters", ".digest", "Exactly SHA384.",
            digest="sha384"),
        one("out_of_range", "timestamp_zero", ".timestamp", "1970.", timestamp=0),
        one("bad_encoding", "timestamp_negative", ".timestamp", "Before 1970.", timestamp=-1),
        one("bad_encoding", "timestamp_text", ".timestamp", "A text.",
            timestamp="2024-06-15T12:00:00Z"),
        one("bad_length", "certificate_empty", ".certificate", "No byte.", certificate=b""),
        one("bad_length", "certificate_of_1025_bytes", ".certificate", "Too long.",
            certificate=bytes(1025)),
        one("bad_encoding", "certificate_null", ".certificate", "null.", certificate=None),
        one("bad_length", "cabundle_empty", ".cabundle", "No certificate.", cabundle=[]),
        one("bad_length", "cabundle_of_17", ".cabundle", "Too many.",
            cabundle=[*bundle * 4, bundle[0]]),
        one("bad_length", "cabundle_item_empty", ".cabundle[1]", "No byte.",
            cabundle=[bundle[0], b""]),
        one("bad_length", "cabundle_item_of_1025_bytes", ".cabundle[0]", "Too long.",
            cabundle=[bytes(1025)]),
        one("bad_encoding", "cabundle_item_null", ".cabundle[4]", "null.",
            cabundle=[*bundle, None]),
        one("bad_encoding", "cabundle_bytes", ".cabundle", "No array.", cabundle=bundle[0]),
        one("bad_encoding", "cabundle_null", ".cabundle", "null.", cabundle=None),
        one("bad_length", "public_key_empty", ".public_key", "At least one byte.",
            public_key=b""),
    ]  # fmt: skip
    for name in ("public_key", "user_data", "nonce"):
        out += [
            one("bad_length", f"{name}_of_1025_bytes", f".{name}", "Too long.",
                **{name: bytes(1025)}),
            one("bad_encoding", f"{name}_text", f".{name}", "Bytes, no text.", **{name: "text"}),
            one("bad_encoding", f"{name}_false", f".{name}", "false is not null.",
                **{name: False}),
        ]  # fmt: skip
    for name in ("module_id", "digest", "timestamp", "certificate", "cabundle"):
        out.append(
            one("missing_field", name, f".{name}", "A member that must be there.",
                **{name: ABSENT})
        )  # fmt: skip
    for name, value in (
        ("module_id", "i-other"),
        ("pcrs", {0: bytes(48)}),
        ("nonce", b"other"),
        ("nonce", None),
        ("certificate", nitro.leaf().der),
    ):
        document = Document(members={Twice(name): value})
        reason = f"{name}_twice" + ("_null" if value is None else "")
        comment = "The same member twice."
        out.append(
            refused("duplicate_field", reason, PAYLOAD, "nitro-02", comment, document)
        )  # fmt: skip
    return out


def registers() -> list[Case]:
    """nitro-03: the registers."""

    def one(code: str, reason: str, where: str, comment: str, **changes: Any) -> Case:
        document = Document(members=changes)
        return refused(code, reason, PAYLOAD + where, "nitro-03", comment, document)

    usual = Document().registers()
    out = [
        one("missing_field", "pcrs", ".pcrs", "No registers.", pcrs=ABSENT),
        one("bad_length", "no_pcr", ".pcrs", "An empty map.", pcrs={}),
        one("bad_length", "no_tpm_pcr", ".nitrotpm_pcrs", "An empty map.", pcrs=ABSENT,
            nitrotpm_pcrs={}),
        one("duplicate_field", "both_kinds", ".nitrotpm_pcrs", "Registers of both kinds.",
            nitrotpm_pcrs=usual),
        one("out_of_range", "pcr_32", ".pcrs", "There are 32.", pcrs=usual | {32: bytes(48)}),
        one("out_of_range", "pcr_of_64_bits", ".pcrs", "2^32 is not 0.",
            pcrs=usual | {1 << 32: bytes(48)}),
        one("out_of_range", "tpm_pcr_24", ".nitrotpm_pcrs", "A TPM has 24.", pcrs=ABSENT,
            nitrotpm_pcrs=usual | {24: bytes(48)}),
        one("bad_encoding", "pcr_negative", ".pcrs", "A negative number.",
            pcrs=usual | {-1: bytes(48)}),
        one("bad_encoding", "pcr_by_name", ".pcrs", "A text.", pcrs=usual | {"0": bytes(48)}),
        one("bad_encoding", "pcrs_null", ".pcrs", "null.", pcrs=None),
        one("bad_encoding", "pcrs_array", ".pcrs", "An array.", pcrs=list(usual.values())),
        one("bad_encoding", "pcr_null", ".pcrs.3", "null.", pcrs=usual | {3: None}),
        one("bad_encoding", "pcr_text", ".pcrs.0", "Hexadecimal text.",
            pcrs=usual | {0: pcr(0).hex()}),
    ]  # fmt: skip
    for size in (0, 20, 31, 47, 49, 65):
        out.append(
            one("bad_length", f"pcr_of_{size}_bytes", ".pcrs.4", "No length of a hash.",
                pcrs=usual | {4: bytes(size)})
        )  # fmt: skip
    return out


def padded(document: Document) -> Document:
    """With a signature of 96 bytes, whatever the curve: both numbers with zeros in front."""
    signature = document.signature_bytes()
    half = len(signature) // 2
    document.signature = signature[:half].rjust(48, b"\0") + signature[half:].rjust(48, b"\0")
    return document


def paths() -> list[Case]:
    """nitro-04 and nitro-05: certificates, dates, revocation, keys."""

    def one(
        code: str, reason: str, comment: str, document: Document, check: str = "nitro-04",
        where: str = CERTIFICATE, **more: Any,
    ) -> Case:  # fmt: skip
        return refused(code, reason, where, check, comment, document, **more)

    top, region, zonal, instance = nitro.authorities()
    *false_bundle, false_leaf = nitro.false_chain()
    out = [
        one("untrusted_chain", "attackers_root_only", "A chain that somebody else made.",
            Document(leaf=false_leaf, bundle=false_bundle)),
        one("untrusted_chain", "root_only", "The authorities between are missing.",
            Document(bundle=[top])),
        one("untrusted_chain", "issuer_missing", "The leaf's issuer is missing.",
            Document(bundle=[top, region, zonal])),
        one("untrusted_chain", "region_missing", "An authority between is missing.",
            Document(bundle=[top, zonal, instance])),
        one("untrusted_chain", "no_anchor", "The caller trusts nobody.", Document(),
            anchors="none"),
        one("untrusted_chain", "vendor_does_not_know_it", "AWS's root alone is trusted.",
            Document(), anchors="vendor"),
        one("untrusted_chain", "leaf_signed_by_itself", "A certificate of its own making.",
            Document(leaf=ca.issue("i-0123456789abcdef0-enc0123", nitro.LEAF_KEY,
                                   hash_name="sha384", not_before=nitro.LEAF_FROM,
                                   not_after=nitro.LEAF_UNTIL))),
        one("untrusted_chain", "leaf_in_bundle", "The bundle is the leaf.",
            Document(bundle=[nitro.leaf()])),
        one("untrusted_chain", "anchor_of_same_name", "The caller trusts another root of this "
            "name.", Document(), anchors=false_bundle[0].pem.encode()),
        one("expired", "one_second_late", "A second after the certificate's end.", Document(),
            now="2024-06-15T14:00:04Z"),
        one("not_yet_valid", "one_second_early", "A second before its beginning.", Document(),
            now="2024-06-15T10:59:59Z"),
        one("expired", "two_days_late", "A document of the day before yesterday.", Document(),
            now="2024-06-17T12:00:00Z"),
        one("expired", "instance", "The authority of the instance has ended.",
            Document(leaf=nitro.leaf(nitro.instance(not_after="2024-06-15T11:59:59Z")),
                     bundle=[top, region, zonal,
                             nitro.instance(not_after="2024-06-15T11:59:59Z")])),
        one("not_yet_valid", "region", "The authority of the region has not begun.",
            Document(bundle=[top, nitro.region(not_before="2024-06-15T12:00:01Z"), zonal,
                             instance])),
        one("bad_certificate", "leaf_is_no_certificate", "Bytes that are no certificate.",
            Document(members={"certificate": b"certificate"})),
        one("bad_certificate", "leaf_and_more", "A byte after the certificate.",
            Document(members={"certificate": nitro.leaf().der + b"\0"})),
        one("bad_certificate", "bundle_is_no_certificate", "Bytes that are no certificate.",
            Document(members={"cabundle": [top.der, b"certificate"]}),
            where="nitro.cabundle[1]"),
        one("bad_certificate", "leaf_is_an_authority", "The leaf may issue certificates.",
            Document(leaf=nitro.leaf(ca=True, path_length=0,
                                     usages=("digital_signature", "key_cert_sign")))),
        one("bad_key", "p256_leaf", "A key of another curve, signed with ES384.",
            padded(Document(leaf=nitro.leaf(key_name="p256-nitro-leaf"))), check="nitro-05"),
    ]  # fmt: skip
    # The certificates' own rules.
    no_ca = nitro.instance(ca=False, path_length=None)
    long_path = nitro.zonal(path_length=0)
    no_sign = nitro.instance(usages=("digital_signature",))
    for code, reason, comment, certificate, bundle in (
        ("bad_certificate", "issuer_is_no_authority", "The leaf's issuer may not issue.", no_ca,
         [top, region, zonal, no_ca]),
        ("bad_certificate", "path_too_long", "The zone allows no authority below itself.",
         nitro.instance(long_path),
         [top, region, long_path, nitro.instance(long_path)]),
        ("untrusted_chain", "issuer_may_not_sign", "The leaf's issuer may not sign certificates.",
         no_sign,
         [top, region, zonal, no_sign]),
    ):  # fmt: skip
        out.append(
            one(code, reason, comment,
                Document(leaf=nitro.leaf(certificate), bundle=bundle))
        )  # fmt: skip
    # An attacker's root in every position of a bundle that is otherwise genuine, or his own.
    for place, name in enumerate(("first", "second", "third", "fourth", "last")):
        genuine = nitro.authorities()
        genuine.insert(place, false_bundle[0])
        direct = nitro.leaf(false_bundle[0])
        out.append(
            one("untrusted_chain", f"attackers_root_{name}",
                "The leaf is of an attacker's root, which stands among genuine certificates.",
                Document(leaf=direct, bundle=genuine))
        )  # fmt: skip
        own = false_bundle[1:]
        own.insert(min(place, len(own)), false_bundle[0])
        out.append(
            one("untrusted_chain", f"attackers_chain_root_{name}",
                "An attacker's whole chain, beside the genuine root.",
                Document(leaf=false_leaf, bundle=[*own[:place], top, *own[place:]]))
        )  # fmt: skip
    *same_name, leaf = nitro.false_chain(name="Test Nitro Root", key_name="p384-nitro-twin")
    out.append(
        one("untrusted_chain", "same_name_other_key", "The root's name, and another key.",
            Document(leaf=leaf, bundle=same_name))
    )  # fmt: skip
    forged = nitro.leaf(signing_key=nitro.FALSE_ROOT_KEY)
    out.append(
        one("bad_signature", "leaf_not_signed_by_its_issuer", "Names fit, the signature does not.",
            Document(leaf=forged))
    )  # fmt: skip
    # Revocation.
    for reason, cert in (("leaf", nitro.leaf()), ("instance_certificate", instance),
                         ("region_certificate", region)):  # fmt: skip
        out.append(
            one("revoked", reason, "Listed by its issuer.", Document(), endorsements=crls(cert))
        )
    some = crls()
    del some["3.crl"]
    stale = ca.crl(instance, hash_name="sha384", next_update="2024-06-15T11:59:59Z")
    foreign = ca.crl(instance, hash_name="sha384", signing_key=nitro.FALSE_ROOT_KEY)
    out += [
        one("revocation_unknown", "no_crl", "CRLs are required and none is there.", Document(),
            revocation="required"),
        one("revocation_unknown", "one_crl_missing", "The instance's CRL is missing.", Document(),
            endorsements=some, revocation="required"),
        one("expired", "crl", "A CRL that has ended.", Document(), endorsements={"3.crl": stale}),
        one("bad_signature", "crl", "A CRL that its issuer did not sign.", Document(),
            endorsements={"3.crl": foreign}),
    ]  # fmt: skip
    return out


def signatures() -> list[Case]:
    """nitro-06."""

    def one(reason: str, comment: str, document: Document) -> Case:
        return refused("bad_signature", reason, COSE + ".signature", "nitro-06", comment, document)

    good = Document()
    signature = good.signature_bytes()
    r, s = signature[:48], signature[48:]
    order = nitro.ORDER.to_bytes(48, "big")
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    other = Document(members={"nonce": b"another"})
    return [
        one("flipped_bit", "One bit of r.", Document(signature=flipped)),
        one("other_key", "A key that is not the certificate's.",
            Document(signing_key=nitro.FALSE_ROOT_KEY)),
        one("issuers_key", "The issuer's key, not the leaf's.",
            Document(signing_key="p384-nitro-instance")),
        one("payload_changed", "The payload of another document.",
            Document(members={"nonce": b"another"}, signature=signature)),
        one("payload_encoded_again", "The same members, of indefinite length.",
            Document(indefinite=True, signature=signature)),
        one("header_encoded_again", "Signed over another spelling of the header.",
            Document(signed_protected=bytes.fromhex("bf013822ff"))),
        one("header_not_signed", "Signed over an empty header.", Document(signed_protected=b"")),
        one("es256_under_es384", "SHA-256 under a header that says ES384.",
            Document(hash_name="sha256")),
        one("counter_signature", "Signed as something that is no COSE_Sign1.",
            Document(context="CounterSignature")),
        one("swapped", "s, then r.", Document(signature=s + r)),
        one("zero", "Both numbers are zero.", Document(signature=bytes(96))),
        one("r_zero", "r is zero.", Document(signature=bytes(48) + s)),
        one("s_zero", "s is zero.", Document(signature=r + bytes(48))),
        one("ones", "Both are larger than the order.", Document(signature=b"\xff" * 96)),
        one("order", "Both are the order.", Document(signature=order * 2)),
        one("of_other_document", "The signature of another genuine document.",
            Document(signature=other.signature_bytes())),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return envelope() + members() + registers() + paths() + signatures()
