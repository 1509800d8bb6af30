"""SEV-SNP reports that must not be believed."""

from __future__ import annotations

import hashlib
import json
import struct

from . import snp_wire as wire
from .case import b64
from .cases_snp_ok import TURIN, VLEK
from .snp_case import Case, Document, refused
from .snp_wire import Report, Tcb

R = "snp.report."


def structure() -> list[Case]:
    """snp-01 to snp-06."""
    good = Report().wire()
    files = {"vcek.crt": wire.vek().der, "ask.crt": wire.ask().der}

    def parse(code: str, reason: str, where: str, comment: str, report: Report | bytes,
              check: str) -> Case:  # fmt: skip
        document = Document(raw_report=report) if isinstance(report, bytes) else Document(report)
        return refused(code, reason, where, comment, document, check=check, stage="parse")

    def reserved(reason: str, field: str, report: Report) -> Case:
        return parse("reserved_not_zero", reason, R + field, "A reserved place is used.", report,
                     "snp-03")  # fmt: skip

    v5 = Report(version=5)
    return [
        refused("truncated", "report_0x49f", R + "signature.reserved", "One byte is missing.",
                good[:-1], check="snp-01", stage="parse", endorsements=files),
        refused("truncated", "empty", R + "version", "Nothing at all.", b"", check="snp-01",
                stage="parse", endorsements=files),
        parse("trailing_bytes", "report_0x4a1", "snp.report", "One byte too many.", good + b"\0",
              "snp-01"),
        parse("unsupported_version", "version_0", R + "version", "No such version.",
              Report(version=0), "snp-02"),
        parse("unsupported_version", "version_1", R + "version",
              "What a stand-in without a processor prints.", Report(version=1), "snp-02"),
        parse("unsupported_version", "version_6", R + "version", "Newer than is known here.",
              Report(version=6), "snp-02"),
        parse("unsupported_version", "unknown_processor", R + "cpuid",
              "A model between those that are known.", Report(cpuid=(0x19, 0x50, 0)), "snp-02"),
        parse("unsupported_version", "unknown_family", R + "cpuid",
              "A later family, whose layout nobody knows.", Report(cpuid=(0x1B, 0x01, 0)),
              "snp-02"),
        reserved("policy_bit_26", "policy", Report(policy=0x3001F | 1 << 26)),
        reserved("key_info_bit_5", "key_info", Report(key_info=1 << 5)),
        reserved("0x04c", "reserved_0x04c", Report(reserved_4c=1)),
        reserved("author_key_digest_without_key", "author_key_digest",
                 Report(author_key_digest=b"\x01" * 48)),
        reserved("v2_cpuid", "reserved_0x188", Report(version=2, patches={0x188: b"\x19"})),
        reserved("v3_0x18b", "reserved_0x18b", Report(patches={0x18B: b"\x01"})),
        reserved("current_version", "current_version", Report(patches={0x1EB: b"\x01"})),
        reserved("committed_version", "committed_version", Report(patches={0x1EF: b"\x01"})),
        reserved("v3_mitigations", "reserved_0x1f8", Report(patches={0x1F8: b"\x01"})),
        reserved("v5_0x208", "reserved_0x208", v5.but(patches={0x208: b"\x01"})),
        reserved("v5_0x29f", "reserved_0x208", v5.but(patches={0x29F: b"\x01"})),
        reserved("signature_r_above_384_bits", "signature.r", Report(late={0x2D0: b"\x01"})),
        reserved("signature_s_above_384_bits", "signature.s", Report(late={0x32F: b"\x80"})),
        reserved("behind_signature", "signature.reserved", Report(late={0x49F: b"\x01"})),
        parse("out_of_range", "policy_bit_17", R + "policy", "The bit that is always one is not.",
              Report(policy=0x1001F), "snp-03"),
        parse("out_of_range", "signing_key_2", R + "key_info", "A key that does not exist.",
              Report(key_info=2 << 2), "snp-03"),
        parse("out_of_range", "vmpl_4", R + "vmpl", "There are four privilege levels.",
              Report(vmpl=4), "snp-06"),
        parse("out_of_range", "host_asked", R + "vmpl", "The host had this report made.",
              Report(vmpl=0xFFFFFFFF), "snp-06"),
        parse("unsupported_algorithm", "none", R + "signature_algo", "No algorithm.",
              Report(signature_algo=0), "snp-04"),
        parse("unsupported_algorithm", "another", R + "signature_algo", "Another algorithm.",
              Report(signature_algo=2), "snp-04"),
        parse("bad_key", "no_signing_key", R + "key_info", "The report says that no key signed.",
              Report(key_info=7 << 2), "snp-05"),
        parse("bad_key", "masked_chip_key", R + "key_info",
              "The chip's key is masked, and no other is named.", Report(key_info=2), "snp-05"),
    ]  # fmt: skip


def path() -> list[Case]:
    """snp-07: whose key it is."""
    ark, ask, asvk, vek = wire.ark(), wire.ask(), wire.ask(vlek=True), wire.vek()
    evil_ark = wire.ark(key_name="rsa2048-evil")
    evil_ask = wire.ask(issuer=evil_ark, key_name="rsa2048-evilca")
    evil_vek = wire.vek(issuer=evil_ask)

    def chain(
        code: str,
        reason: str,
        comment: str,
        certificates: list[wire.Cert],
        report: Report | None = None,
        check: str = "snp-07",
        **more: object,
    ) -> Case:
        document = Document(report or Report(), certificates=certificates,
                            crls=more.pop("crls", []))  # type: ignore[arg-type] # fmt: skip
        where = str(more.pop("where", "snp.vek"))
        return refused(code, reason, where, comment, document, check=check, **more)

    vlek_report = Report(key_info=VLEK, chip_id=bytes(64))
    return [
        chain("collateral_missing", "no_certificates", "Nothing came along.", []),
        chain("collateral_missing", "only_authorities", "The key's own certificate is missing.",
              [ask, ark]),
        chain("collateral_missing", "vlek_for_a_vcek", "The certificate of the other kind of key.",
              [wire.vek(vlek=True), asvk]),
        chain("untrusted_chain", "ask_missing", "Nothing joins the key to the root.", [vek]),
        chain("untrusted_chain", "ask_missing_with_root", "The root alone does not either.",
              [vek, ark]),
        chain("untrusted_chain", "ark_of_the_right_name",
              "A whole chain with AMD's names and the attacker's keys.",
              [evil_vek, evil_ask, evil_ark]),
        chain("untrusted_chain", "test_root_is_not_amds", "A test root is not AMD's.",
              [vek, ask, ark], anchors="vendor"),
        chain("untrusted_chain", "nobody_trusted", "The caller trusts no root.", [vek, ask, ark],
              anchors="none"),
        chain("untrusted_chain", "signed_by_the_root", "No authority between key and root.",
              [wire.vek(issuer=ark)]),
        chain("untrusted_chain", "one_authority_too_many", "Two authorities in a row.",
              [wire.vek(issuer=wire.ask(issuer=ask, key_name="rsa2048-evilca")),
               wire.ask(issuer=ask, key_name="rsa2048-evilca"), ask]),
        chain("untrusted_chain", "asvk_for_a_vcek", "The providers' authority stands there.",
              [vek, asvk]),
        chain("bad_signature", "vcek_by_another_key", "The right names, another authority's key.",
              [wire.vek(signing_key="rsa4096-asvk"), ask]),
        chain("bad_signature", "ask_by_another_key", "The authority was not signed by the root.",
              [vek, wire.ask(signing_key="rsa2048-evil")]),
        chain("bad_certificate", "vcek_is_p256", "AMD's keys are on P-384.",
              [wire.vek(key_name="p256-ak"), ask]),
        chain("bad_certificate", "vcek_is_an_authority", "A key that may issue certificates.",
              [wire.vek(is_ca=True), ask]),
        chain("expired", "vcek_one_second_late", "One second after its end.", [vek, ask],
              now="2031-01-01T00:00:01Z"),
        chain("not_yet_valid", "vcek_one_second_early", "One second before its beginning.",
              [vek, ask], now="2023-12-31T23:59:59Z"),
        chain("expired", "vlek_after_a_year", "A provider's key lives one year.",
              [wire.vek(vlek=True), asvk], vlek_report, now="2025-01-01T00:00:01Z"),
        chain("revoked", "ask", "The root's list names the authority.", [vek, ask],
              crls=[wire.crl(ark, (0x10001,))]),
        chain("revoked", "vcek", "The authority's list names the key.", [vek, ask],
              crls=[wire.crl(ark), wire.crl(ask, (0,))]),
        chain("revoked", "asvk", "The root's list names the providers' authority.",
              [wire.vek(vlek=True), asvk], vlek_report, crls=[wire.crl(ark, (0x10101,))]),
        chain("revoked", "ask_by_a_stale_list", "What a list has said stays said.", [vek, ask],
              crls=[wire.crl(ark, (0x10001,), next_update="2024-06-10")]),
        chain("bad_signature", "list_by_another_key", "A list that the root did not sign.",
              [vek, ask], crls=[wire.crl(ark, signing_key="rsa2048-evil")]),
        chain("expired", "list", "The only list is of last month.", [vek, ask],
              crls=[wire.crl(ark, next_update="2024-06-14")]),
        chain("not_yet_valid", "list", "The only list is of next week.", [vek, ask],
              crls=[wire.crl(ark, this_update="2024-06-20")]),
        chain("revocation_unknown", "no_list", "A list is demanded, none is there.", [vek, ask],
              revocation="required"),
    ]  # fmt: skip


def extensions() -> list[Case]:
    """snp-08 and snp-09: what the key's certificate says."""

    def changed(reason: str, field: str, changes: dict[str, bytes | None],
                code: str = "bad_certificate", product: str = "milan",
                vlek: bool = False) -> Case:  # fmt: skip
        tcb = TURIN if product == "turin" else Tcb()
        info = VLEK if vlek else 0
        report = Report(product=product, reported=tcb, key_info=info)
        chain = [wire.vek(product, tcb, vlek=vlek, changes=changes),
                 wire.ask(product, vlek=vlek)]  # fmt: skip
        comment = "An extension that AMD writes otherwise, or not at all."
        return refused(code, reason, f"snp.vek.{field}", comment,
                       Document(report, certificates=chain), check="snp-09")  # fmt: skip

    names = {"1": "struct_version", "2": "product_name", "3.1": "boot_loader", "3.2": "tee",
             "3.3": "snp", "3.4": "spl4", "3.5": "spl5", "3.6": "spl6", "3.7": "spl7",
             "3.8": "microcode", "4": "hwid"}  # fmt: skip
    out = [changed(f"without_{name}", name, {number: None}) for number, name in names.items()]
    out += [
        changed("turin_without_fmc", "fmc", {"3.9": None}, product="turin"),
        changed("milan_with_fmc", "fmc", {"3.9": wire.integer(1)}),
        changed("vcek_with_csp_id", "csp_id", {"5": wire.ia5(wire.CSP)}),
        changed("vlek_without_csp_id", "csp_id", {"5": None}, vlek=True),
        changed("vlek_with_hwid", "hwid", {"4": wire.CHIP}, vlek=True),
        changed(
            "struct_version_2", "struct_version", {"1": wire.integer(2)}, code="unsupported_version"
        ),
        changed("product_unknown", "product_name", {"2": wire.ia5("Venice-A0")}),
        changed("product_not_ia5", "product_name", {"2": b"\x0c\x05Milan"}),
        changed("microcode_not_minimal", "microcode", {"3.8": b"\x02\x03\x00\x00\xdb"}),
        changed("microcode_negative", "microcode", {"3.8": b"\x02\x01\xdb"}),
        changed("microcode_256", "microcode", {"3.8": wire.integer(256)}),
        changed("microcode_trailing_byte", "microcode", {"3.8": b"\x02\x02\x00\xdb\x00"}),
        changed("microcode_long_length", "microcode", {"3.8": b"\x02\x81\x02\x00\xdb"}),
        changed("microcode_empty", "microcode", {"3.8": b"\x02\x00"}),
        changed("microcode_octets", "microcode", {"3.8": b"\x04\x02\x00\xdb"}),
        changed("hwid_63_bytes", "hwid", {"4": wire.CHIP[:63]}),
        changed("hwid_of_turin_on_milan", "hwid", {"4": wire.CHIP[:8]}),
        changed("hwid_wrapped_wrongly", "hwid", {"4": b"\x03\x40" + wire.CHIP}),
    ]
    genoa = Report(product="genoa")
    milan_chain = [wire.vek(), wire.ask()]

    def product(reason: str, field: str, comment: str, report: Report,
                chain: list[wire.Cert], **more: object) -> Case:  # fmt: skip
        return refused("key_mismatch", reason, f"snp.vek.{field}", comment,
                       Document(report, certificates=chain), check="snp-08", **more)  # fmt: skip

    out += [
        product("genoa_report_milan_certificates", "product_name",
                "A Genoa says that it is a Milan's key.", genoa, milan_chain, product="milan"),
        product("genoa_name_under_milan", "issuer", "A Genoa's certificate by Milan's authority.",
                genoa, [wire.vek(changes={"2": wire.ia5("Genoa")}), wire.ask()],
                product="milan"),
        product("milan_under_genoas_root", "issuer", "Milan's authority below Genoa's root.",
                Report(), [wire.vek(issuer=wire.ask(issuer=wire.ark("genoa"))),
                           wire.ask(issuer=wire.ark("genoa"))], product="genoa"),
        product("vcek_under_asvk", "issuer", "A chip's key by the providers' authority.",
                Report(), [wire.vek(issuer=wire.ask(vlek=True)), wire.ask(vlek=True)]),
        product("vlek_under_ask", "issuer", "A provider's key by the chips' authority.",
                Report(key_info=VLEK), [wire.vek(vlek=True, issuer=wire.ask()), wire.ask()]),
    ]  # fmt: skip
    return out


def agreement() -> list[Case]:
    """snp-10, snp-11, snp-13."""
    other = hashlib.sha512(b"other").digest()

    def chip(reason: str, comment: str, report: Report, hwid: bytes | None = None) -> Case:
        chain = [wire.vek(report.product, report.reported, hwid=hwid), wire.ask(report.product)]
        return refused("key_mismatch", reason, R + "chip_id", comment,
                       Document(report, certificates=chain), check="snp-10")  # fmt: skip

    turin = Report(product="turin", reported=TURIN)
    tail = wire.CHIP[:8] + bytes(55) + b"\x01"
    out = [
        chip("other_chip", "The certificate of another chip, with the same key.", Report(), other),
        chip("last_byte_of_chip", "All but the last byte agree.",
             Report(chip_id=wire.CHIP[:63] + bytes([wire.CHIP[63] ^ 1]))),
        chip("masked_chip", "The chip number is masked.", Report(chip_id=bytes(64))),
        chip("turin_other_chip", "Another Turin.", turin, other[:8]),
        chip("turin_padding", "Behind Turin's eight bytes there are zeros.",
             turin.but(chip_id=tail)),
    ]  # fmt: skip
    for product, good in (("milan", Tcb()), ("turin", TURIN)):
        parts = ["boot_loader", "tee", "snp", "microcode"]
        if product == "turin":
            parts.insert(0, "fmc")
        for part in parts:
            for step in (1, -1):
                value = getattr(good, part) + step
                if value < 0:
                    continue
                level = Tcb(**{**vars(good), part: value})
                chain = [wire.vek(product, level), wire.ask(product)]
                sign = "above" if step > 0 else "below"
                out.append(
                    refused(
                        "key_mismatch",
                        f"{product}_{part}_one_{sign}",
                        f"{R}reported_tcb.{part}",
                        f"The certificate's level is one {sign} the report's.",
                        Document(Report(product=product, reported=good), certificates=chain),
                        check="snp-11",
                    )
                )
    spl4 = [wire.vek(changes={"3.4": wire.integer(1)}), wire.ask()]
    out.append(
        refused("key_mismatch", "spl4", R + "reported_tcb.spl4",
                "A part without a name yet.", Document(certificates=spl4), check="snp-11")
    )  # fmt: skip
    # The level 219 is 02 02 00 db: whoever takes the third byte takes it for 0.
    zero = Document(Report(reported=Tcb(microcode=0)), certificates=[wire.vek(), wire.ask()])
    out.append(
        refused("key_mismatch", "three_byte_integer", R + "reported_tcb.microcode",
                "A level of two bytes, read at a fixed place, would be 0.", zero, check="snp-11")
    )  # fmt: skip
    swapped = Tcb(boot_loader=24, snp=4)
    out.append(
        refused("key_mismatch", "parts_swapped", R + "reported_tcb.boot_loader",
                "The same numbers at other places.",
                Document(Report(), certificates=[wire.vek(tcb=swapped), wire.ask()]),
                check="snp-11")
    )  # fmt: skip

    def order(reason: str, where: str, comment: str, report: Report,
              code: str = "out_of_range") -> Case:  # fmt: skip
        return refused(code, reason, R + where, comment, Document(report), check="snp-13")

    low = Tcb(microcode=218)
    return [
        *out,
        order("reported_above_committed", "reported_tcb.microcode",
              "The host could go back to before what it reports.", Report(committed=low)),
        order("committed_above_current", "committed_tcb.snp",
              "What runs is older than what cannot be gone back from.",
              Report(current=Tcb(snp=23))),
        order("turin_reported_above_committed", "reported_tcb.fmc", "The same on Turin.",
              turin.but(committed=Tcb(**{**vars(TURIN), "fmc": 0}))),
        order("current_level_reserved", "current_tcb", "A part that Milan does not have.",
              Report(patches={0x3A: b"\x01"}), code="reserved_not_zero"),
        order("launch_level_reserved", "launch_tcb", "The same in another level.",
              Report(patches={0x1F3: b"\x01"}), code="reserved_not_zero"),
        order("turin_level_reserved", "committed_tcb", "A part that Turin does not have.",
              turin.but(patches={0x1E4: b"\x01"}), code="reserved_not_zero"),
    ]  # fmt: skip


def signature() -> list[Case]:
    """snp-12."""
    good = Report()
    body = good.wire()
    r, s = body[0x2A0:0x2E8], body[0x2E8:0x330]
    order = wire.little(wire.P384_ORDER)

    def case(reason: str, comment: str, report: Report | bytes,
             certificates: list[wire.Cert] | None = None) -> Case:  # fmt: skip
        document = (
            Document(raw_report=report, certificates=certificates)
            if isinstance(report, bytes)
            else Document(report, certificates=certificates)
        )
        return refused("bad_signature", reason, R + "signature", comment, document,
                       check="snp-12")  # fmt: skip

    def put(first: bytes, second: bytes) -> bytes:
        return body[:0x2A0] + first + second + body[0x330:]

    def big(scalar: bytes) -> bytes:
        return scalar[47::-1] + bytes(24)

    flips = {"guest_svn": 0x04, "policy_smt": 0x0A, "family_id": 0x10, "report_data": 0x50,
             "measurement": 0x90, "host_data": 0xC0, "id_key_digest": 0xE0, "report_id": 0x140,
             "signature_r": 0x2A0, "signature_s": 0x2E8}  # fmt: skip
    out = []
    for name, offset in flips.items():
        flipped = bytes([body[offset] ^ 1])
        out.append(
            case(f"flipped_bit_in_{name}", "One bit changed.", good.but(late={offset: flipped}))
        )
    return [
        *out,
        case("debug_bit_cleared", "Signed with debugging allowed, shown without.",
             Report(policy=0x3001F | 1 << 19, late={0x08: struct.pack("<Q", 0x3001F)})),
        case("other_key", "Another key's signature.", Report(signing_key="p384-ak")),
        case("certificate_of_other_key", "Chip and level agree, the key does not.", good,
             [wire.vek(key_name="p384-ak"), wire.ask()]),
        case("r_zero", "R is 0.", put(bytes(72), s)),
        case("s_zero", "S is 0.", put(r, bytes(72))),
        case("both_zero", "Both are 0.", put(bytes(72), bytes(72))),
        case("r_is_the_order", "R is the order of the curve.", put(order, s)),
        case("s_is_the_order", "S is the order of the curve.", put(r, order)),
        case("swapped", "R and S have changed places.", put(s, r)),
        case("big_endian", "The scalars the other way round.", put(big(r), big(s))),
    ]  # fmt: skip


def documents() -> list[Case]:
    """The forms around a report, and snp-14."""
    report = Report().wire()
    vek, ask = wire.vek(), wire.ask()
    runtime = b'{"keys":[]}'
    digest = hashlib.sha256(runtime).digest()
    good = Document().document()

    def text(code: str, reason: str, where: str, comment: str, document: object) -> Case:
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        return refused(code, reason, where, comment, raw, stage="parse")

    def data(reason: str, comment: str, report_data: bytes) -> Case:
        return refused("digest_mismatch", reason, R + "report_data", comment,
                       Document(Report(report_data=report_data), runtime_data=runtime),
                       check="snp-14")  # fmt: skip

    def member(code: str, reason: str, field: str, comment: str, value: object) -> Case:
        told = json.dumps({field: value}).encode()
        bound = Report(report_data=hashlib.sha256(told).digest() + bytes(32))
        return refused(code, reason, f"snp.runtime_data.{field}", comment,
                       Document(bound, runtime_data=told), check="snp-14")  # fmt: skip

    def table(code: str, reason: str, field: str, comment: str, content: bytes) -> Case:
        return refused(code, reason, f"snp.certificate_table.{field}", comment, report + content,
                       stage="parse")  # fmt: skip

    entries = [("vcek", vek.der), ("ask", ask.der)]
    whole = wire.table(entries)
    far = bytearray(whole)
    struct.pack_into("<I", far, 20, 0xFFFFFFFF)
    wraps = bytearray(whole)
    struct.pack_into("<I", wraps, 16, 0xFFFFFFF0)
    overlap = bytearray(whole)
    struct.pack_into("<I", overlap, 40, 72)
    into_head = bytearray(whole)
    struct.pack_into("<I", into_head, 16, 0)
    empty = bytearray(whole)
    struct.pack_into("<I", empty, 20, 0)
    combined = {"evidence": b64(report), "endorsements": b64((vek.pem + ask.pem).encode())}
    e = "snp.evidence"
    return [
        data("runtime_data", "Data of another report.", hashlib.sha256(b"x").digest() + bytes(32)),
        data("runtime_data_second_half", "Behind the hash there are zeros.",
             digest + bytes(31) + b"\x01"),
        data("runtime_data_sha512", "Another hash of the right data.",
             hashlib.sha512(runtime).digest()),
        member("bad_length", "runtime_certificate_hash_short", "certificate_hash",
               "31 bytes are no SHA-256.", "c7" * 31),
        member("bad_length", "runtime_nonce_empty", "nonce", "An empty nonce.", ""),
        member("bad_length", "runtime_nonce_long", "nonce", "65 bytes.", "5e" * 65),
        member("bad_encoding", "runtime_nonce_no_hex", "nonce", "No hex digits.", "nonce"),
        member("bad_encoding", "runtime_certificate_hash_no_text", "certificate_hash",
               "A number.", 7),
        table("truncated", "table_without_end", "guid", "The list of entries does not end.",
              whole[:48]),
        table("out_of_range", "table_entry_too_long", "offset", "It ends behind the table.",
              bytes(far)),
        table("out_of_range", "table_entry_far_away", "offset", "It begins behind the table.",
              bytes(wraps)),
        table("out_of_range", "table_entries_overlap", "offset", "Two entries share bytes.",
              bytes(overlap)),
        table("out_of_range", "table_entry_over_the_list", "offset", "An entry is the list.",
              bytes(into_head)),
        table("out_of_range", "table_entry_empty", "offset", "An entry without content.",
              bytes(empty)),
        table("duplicate_field", "table_entry_twice", "guid", "Two keys: which one counts?",
              wire.table([("vcek", vek.der), ("vcek", vek.der)])),
        table("reserved_not_zero", "table_padding", "padding", "Bytes that no entry covers.",
              whole + b"\x01"),
        table("too_large", "table_with_17_entries", "guid", "More entries than kinds.",
              b"".join(bytes([i]) * 16 + struct.pack("<II", 432, 1) for i in range(1, 18))
              + bytes(24) + b"x"),
        refused("truncated", "uvm_not_cose", "uvm.cose", "Something else for endorsements.",
                Document(uvm_endorsements=b"not COSE"), check="snp-15"),
        refused("truncated", "uvm_cut", "uvm.cose", "The beginning of endorsements.",
                Document(uvm_endorsements=b"\xd2\x84\x44"), check="snp-15"),
        text("unsupported_version", "bundle_kind", f"{e}.kind", "A bundle of the future.",
             good | {"kind": "cupel.snp/2"}),
        text("unknown_field", "bundle", f"{e}.colour", "A member nobody asked for.",
             good | {"colour": 1}),
        text("missing_field", "bundle_report", f"{e}.report", "No report.",
             {"kind": "cupel.snp/1"}),
        text("bad_length", "bundle_no_certificates", f"{e}.certificates", "An empty list.",
             good | {"certificates": []}),
        text("bad_encoding", "bundle_report_not_base64", f"{e}.report", "Not base64.",
             good | {"report": "%%%"}),
        text("bad_length", "bundle_two_in_one", f"{e}.certificates[0]", "Two in one text.",
             good | {"certificates": [vek.pem + ask.pem]}),
        text("duplicate_field", "bundle_report_twice", e, "Two reports: which one counts?",
             json.dumps(good)[:-1].encode() + b', "report": "AAAA"}'),
        text("trailing_bytes", "bundle", e, "Something behind the end.",
             json.dumps(good).encode() + b" {}"),
        text("missing_field", "sidecar_endorsements", f"{e}.endorsements", "No certificates.",
             {"evidence": b64(report)}),
        text("unknown_field", "sidecar_error_beside", f"{e}.error",
             "The sidecar goes on after errors.", {"report": report.hex(), "error": "late"}),
        text("trailing_bytes", "sidecar_two_answers", e, "Two answers in one body.",
             (json.dumps({"report": report.hex()}) * 2).encode()),
        text("trailing_bytes", "sidecar_table", f"{e}.evidence", "A table where a report belongs.",
             combined | {"evidence": b64(report + whole)}),
        text("bad_length", "sidecar_endorsed_tcb", f"{e}.endorsed_tcb", "Not eight bytes.",
             combined | {"endorsed_tcb": "00"}),
        text("bad_encoding", "odd_hex", e, "Half a byte.", report.hex().encode()[:-1]),
        text("bad_encoding", "text", e, "No document at all.", b"not a report"),
    ]  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    return [*structure(), *path(), *extensions(), *agreement(), *signature(), *documents()]
