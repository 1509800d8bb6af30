"""Tokens whose payload is no strict JSON, or whose claims have another type."""

from __future__ import annotations

import json

from .maa import (
    ISSUER,
    NOW_S,
    OTHER_ISSUER,
    MaaCase,
    aci,
    azurevm,
    b64url,
    changed,
    compact_json,
    header,
    refused,
    sgx,
    token,
    with_claims,
)


def raw(text: str) -> str:
    """A token with this payload, `…` standing for the members of a good one."""
    body = json.dumps(aci())[1:-1]
    return token(text.replace("…", body).encode())


def payloads() -> list[MaaCase]:
    """JSON, and claims of the wrong type."""
    check = "maa-03"

    def bad(
        code: str, reason: str, where: str, comment: str, evidence: str, id_: str = check
    ) -> MaaCase:
        return refused(code, reason, "maa.payload" + where, id_, comment, evidence)

    nested = azurevm()
    nested_text = json.dumps(nested)
    doubled = nested_text.replace(
        '"x-ms-sevsnpvm-vmpl": 0', '"x-ms-sevsnpvm-vmpl": 0, "x-ms-sevsnpvm-is-debuggable": true'
    )
    deep = "[" * 40 + "]" * 40
    out = [
        bad("bad_encoding", "payload_is_a_list", "", "Not an object.", token(b"[]")),
        bad("bad_encoding", "payload_is_no_json", "", "No JSON.", token(b"exp=1&iat=2")),
        bad(
            "truncated",
            "payload_cut",
            "",
            "It ends in the middle.",
            token(compact_json(aci())[:-1]),
        ),
        bad("trailing_bytes", "payload_with_a_tail", "", "A second object.", raw("{…}{}")),
        bad("bad_encoding", "payload_with_nul", "", "A NUL byte.", raw("{…}\0")),
        bad("bad_encoding", "payload_with_bom", "", "A byte order mark.", raw("\ufeff{…}")),
        bad(
            "bad_encoding",
            "payload_not_utf8",
            "",
            "No UTF-8.",
            token(compact_json(aci())[:-1] + b',"x":"\xff"}'),
        ),
        bad("too_large", "payload_nested_too_deep", "", "40 levels.", raw('{…,"x":' + deep + "}")),
        bad(
            "duplicate_field",
            "issuer_twice",
            "",
            "Two issuers.",
            raw('{…,"iss":"https://evil.example"}'),
        ),
        bad(
            "duplicate_field",
            "debug_twice",
            "",
            "False, then true.",
            raw('{…,"x-ms-sevsnpvm-is-debuggable":true}'),
        ),
        bad(
            "duplicate_field",
            "nested_debug_twice",
            "",
            "Two flags below x-ms-isolation-tee.",
            token(doubled.encode()),
        ),
        bad(
            "duplicate_field",
            "nested_twice_in_disguise",
            "",
            "One of them is written with an escape.",
            raw('{…,"a":{"b":1,"\\u0062":2}}'),
        ),
        bad(
            "out_of_range",
            "number_beyond_64_bits",
            "",
            "It would become another number.",
            raw('{…,"x":18446744073709551616}'),
        ),
        bad("out_of_range", "number_beyond_a_double", "", "Infinity.", raw('{…,"x":1e400}')),
        bad(
            "out_of_range",
            "fraction_of_a_second",
            ".exp",
            "Times are whole seconds.",
            changed(exp=NOW_S + 0.5),
        ),
        bad(
            "out_of_range",
            "exp_with_an_exponent",
            ".exp",
            "A double.",
            token(json.dumps(aci()).replace(f'"exp": {NOW_S + 25200}', '"exp": 1e10').encode()),
        ),
        bad("out_of_range", "exp_before_1970", ".exp", "Negative.", changed(exp=-1)),
        bad("out_of_range", "exp_after_9999", ".exp", "No date.", changed(exp=2**63)),
        bad(
            "bad_encoding",
            "exp_is_a_text",
            ".exp",
            "A number as a text.",
            changed(exp=str(NOW_S + 60)),
        ),
        bad(
            "bad_encoding",
            "exp_is_null",
            ".exp",
            "No end.",
            token(json.dumps(aci()).replace(f'"exp": {NOW_S + 25200}', '"exp": null').encode()),
        ),
        bad("missing_field", "no_exp", ".exp", "No end.", changed(exp=None)),
        bad("missing_field", "no_nbf", ".nbf", "No beginning.", changed(nbf=None)),
        bad("missing_field", "no_iat", ".iat", "Not said when.", changed(iat=None)),
        bad("missing_field", "no_issuer", ".iss", "Nobody's word.", changed(iss=None)),
        bad(
            "missing_field", "no_version", ".x-ms-ver", "Of which version?", changed(x_ms_ver=None)
        ),
        bad(
            "missing_field",
            "no_attestation_type",
            ".x-ms-attestation-type",
            "Of what?",
            changed(x_ms_attestation_type=None),
        ),
        bad(
            "bad_encoding",
            "issuer_is_a_list",
            ".iss",
            "Two issuers.",
            changed(iss=[ISSUER, OTHER_ISSUER]),
        ),
        bad(
            "bad_encoding",
            "version_is_a_number",
            ".x-ms-ver",
            "1.0 as a number.",
            changed(x_ms_ver=1.0),
        ),
        bad(
            "unsupported_version",
            "version_2",
            ".x-ms-ver",
            "Another version.",
            changed(x_ms_ver="2.0"),
            "maa-05",
        ),
        bad(
            "unsupported_version",
            "version_1",
            ".x-ms-ver",
            "Not quite.",
            changed(x_ms_ver="1"),
            "maa-05",
        ),
        bad(
            "bad_encoding",
            "debug_is_a_text",
            ".x-ms-sevsnpvm-is-debuggable",
            'The text "false" is true in many languages.',
            changed(x_ms_sevsnpvm_is_debuggable="false"),
        ),
        bad(
            "bad_encoding",
            "debug_is_zero",
            ".x-ms-sevsnpvm-is-debuggable",
            "A number.",
            changed(x_ms_sevsnpvm_is_debuggable=0),
        ),
        bad(
            "bad_encoding",
            "debug_is_null",
            ".x-ms-sevsnpvm-is-debuggable",
            "Not said.",
            token(
                json.dumps(aci())
                .replace(
                    '"x-ms-sevsnpvm-is-debuggable": false', '"x-ms-sevsnpvm-is-debuggable": null'
                )
                .encode()
            ),
        ),
        bad(
            "bad_encoding",
            "debug_is_an_object",
            ".x-ms-sevsnpvm-is-debuggable",
            "Not a flag.",
            changed(x_ms_sevsnpvm_is_debuggable={}),
        ),
        bad(
            "bad_encoding",
            "nested_debug_is_a_list",
            ".x-ms-isolation-tee.x-ms-sevsnpvm-is-debuggable",
            "Not a flag.",
            token(azurevm(**{"x-ms-sevsnpvm-is-debuggable": [False]})),
        ),
        bad(
            "bad_encoding",
            "svn_is_a_text",
            ".x-ms-sevsnpvm-microcode-svn",
            "A number as a text.",
            changed(x_ms_sevsnpvm_microcode_svn="115"),
        ),
        bad(
            "bad_encoding",
            "svn_is_negative",
            ".x-ms-sevsnpvm-microcode-svn",
            "Less than nothing.",
            changed(x_ms_sevsnpvm_microcode_svn=-1),
        ),
        bad(
            "bad_length",
            "hostdata_cut",
            ".x-ms-sevsnpvm-hostdata",
            "31 bytes.",
            changed(x_ms_sevsnpvm_hostdata="ab" * 31),
        ),
        bad(
            "bad_encoding",
            "hostdata_of_odd_length",
            ".x-ms-sevsnpvm-hostdata",
            "Half a byte.",
            changed(x_ms_sevsnpvm_hostdata="a" * 63),
        ),
        bad(
            "bad_encoding",
            "hostdata_with_prefix",
            ".x-ms-sevsnpvm-hostdata",
            "0x in front.",
            changed(x_ms_sevsnpvm_hostdata="0x" + "ab" * 31),
        ),
        bad(
            "bad_length",
            "measurement_empty",
            ".x-ms-sevsnpvm-launchmeasurement",
            "No bytes.",
            changed(x_ms_sevsnpvm_launchmeasurement=""),
        ),
        bad(
            "bad_length",
            "mrenclave_of_48_bytes",
            ".x-ms-sgx-mrenclave",
            "As long as another one.",
            token(sgx(**{"x-ms-sgx-mrenclave": "ab" * 48})),
        ),
        bad(
            "bad_encoding",
            "policy_hash_with_padding",
            ".x-ms-policy-hash",
            "Not canonical.",
            changed(x_ms_policy_hash=aci()["x-ms-policy-hash"] + "="),
        ),
        bad(
            "bad_length",
            "policy_hash_cut",
            ".x-ms-policy-hash",
            "31 bytes.",
            changed(x_ms_policy_hash=b64url(bytes(31))),
        ),
    ]
    for reason, issuer in {
        "issuer_with_final_slash": ISSUER + "/",
        "issuer_in_capitals": "https://TESTMAA.eus.attest.azure.net",
        "issuer_scheme_in_capitals": ISSUER.replace("https", "HTTPS"),
        "issuer_in_the_clear": ISSUER.replace("https", "http"),
        "issuer_without_scheme": ISSUER.removeprefix("https://"),
        "issuer_with_port": ISSUER + ":443",
        "issuer_with_path": ISSUER + "/tenant",
        "issuer_with_user": "https://x@testmaa.eus.attest.azure.net",
        "issuer_with_final_dot": ISSUER + ".",
        "issuer_with_space": ISSUER + " ",
        "issuer_with_nul": ISSUER + "\0",
        "issuer_is_an_address": "https://127.0.0.1",
        "issuer_is_empty": "",
    }.items():
        body = with_claims(aci(), iss=issuer)
        out.append(
            refused(
                "out_of_range",
                reason,
                "maa.payload.iss",
                "maa-04",
                "A second text for an issuer.",
                token(body, header(jku=None)),
            )
        )
    return out


def cases() -> list[MaaCase]:
    """What is refused."""
    return payloads()
