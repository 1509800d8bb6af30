"""Tokens of a wrong form, or with a header that brings its own trust."""

from __future__ import annotations

import base64
import hmac
import json

from . import keys
from .maa import (
    ISSUER,
    KID,
    OTHER_ISSUER,
    SIGNER,
    MaaCase,
    b64url,
    certificate,
    compact_json,
    header,
    jwk,
    refused,
    sign,
    token,
    x5c,
)

GOOD = token()
PARTS = GOOD.split(".")
EVIL = "rsa2048-evil"


def hs256(key: bytes) -> str:
    """A token whose "public" key is its password."""
    text = f"{b64url(compact_json(header(alg='HS256')))}.{PARTS[1]}"
    return f"{text}.{b64url(hmac.digest(key, text.encode(), 'sha256'))}"


def unsigned(alg: str = "none", tail: str = "") -> str:
    """What the service answers to a request with a draft policy."""
    return f"{b64url(compact_json(header(alg=alg)))}.{PARTS[1]}.{tail}"


def spare_bits(text: str) -> str:
    """Another last character for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def structure() -> list[MaaCase]:
    """Compact form and algorithm."""
    check = "maa-01"

    def bad(
        reason: str, where: str, comment: str, evidence: str, code: str = "bad_encoding"
    ) -> MaaCase:
        return refused(code, reason, where, check, comment, evidence)

    detached = f"{PARTS[0]}..{PARTS[2]}"
    flattened = json.dumps({"payload": PARTS[1], "protected": PARTS[0], "signature": PARTS[2]})
    out = [
        bad("empty_file", "maa.token", "Nothing at all.", ""),
        bad("no_dots", "maa.token", "Not a token.", "eyJhbGciOiJSUzI1NiJ9"),
        bad("two_parts", "maa.token", "The signature is missing.", ".".join(PARTS[:2])),
        bad("four_parts", "maa.token", "A part too many.", GOOD + ".AAAA"),
        bad("five_parts", "maa.token", "The shape of an encrypted token.", GOOD + ".AAAA.AAAA"),
        bad("dot_at_the_end", "maa.token", "An empty fourth part.", GOOD + "."),
        bad(
            "padding_on_the_signature", "maa.signature", "One byte string, two texts.", GOOD + "=="
        ),
        bad(
            "padding_on_the_header", "maa.header", "The same.", f"{PARTS[0]}=.{PARTS[1]}.{PARTS[2]}"
        ),
        bad("two_line_feeds", "maa.signature", "One line feed may end the file.", GOOD + "\n\n"),
        bad("carriage_return", "maa.signature", "A line end of another system.", GOOD + "\r\n"),
        bad("leading_space", "maa.header", "White space.", " " + GOOD),
        bad("bearer", "maa.header", "A header value in place of a token.", "Bearer " + GOOD),
        bad(
            "spare_bits_of_the_signature",
            "maa.signature",
            "256 bytes leave four spare bits in the last character.",
            spare_bits(GOOD),
        ),
        bad(
            "standard_alphabet",
            "maa.signature",
            "base64 in place of base64url.",
            GOOD.rsplit(".", 1)[0] + "." + PARTS[2].replace("-", "+").replace("_", "/"),
        ),
        bad("empty_header", "maa.header", "No header.", f".{PARTS[1]}.{PARTS[2]}", "truncated"),
        bad("header_is_a_list", "maa.header", "Not an object.", token(head=b'["RS256"]')),
        bad(
            "header_cut",
            "maa.header",
            "The header ends in the middle.",
            token(head=compact_json(header())[:-1]),
            "truncated",
        ),
        bad(
            "header_with_a_tail",
            "maa.header",
            "Something after the header's end.",
            token(head=compact_json(header()) + b"{}"),
            "trailing_bytes",
        ),
        bad(
            "alg_twice",
            "maa.header",
            "Which of them counts?",
            token(head=b'{"alg":"RS256","kid":"' + KID.encode() + b'","alg":"none"}'),
            "duplicate_field",
        ),
        bad(
            "alg_twice_in_disguise",
            "maa.header",
            "The second one is written with an escape.",
            token(head=b'{"alg":"RS256","kid":"' + KID.encode() + b'","\\u0061lg":"none"}'),
            "duplicate_field",
        ),
        bad(
            "no_alg",
            "maa.header.alg",
            "No algorithm.",
            token(head=header(alg=None)),
            "missing_field",
        ),
        bad(
            "alg_is_a_list",
            "maa.header.alg",
            "Several algorithms.",
            token(head=header(alg=["RS256"])),
        ),
        bad(
            "no_kid",
            "maa.header.kid",
            "No key is named.",
            token(head=header(kid=None)),
            "missing_field",
        ),
        bad("kid_is_a_number", "maa.header.kid", "Not a name.", token(head=header(kid=7))),
        bad(
            "kid_is_empty", "maa.header.kid", "No name.", token(head=header(kid="")), "out_of_range"
        ),
        bad(
            "typ_of_another_kind",
            "maa.header.typ",
            "Not a JWT.",
            token(head=header(typ="JOSE+JSON")),
            "out_of_range",
        ),
        bad(
            "no_signature",
            "maa.signature",
            "An empty signature.",
            f"{PARTS[0]}.{PARTS[1]}.",
            "missing_field",
        ),
        bad("detached_payload", "maa.payload", "The payload is elsewhere.", detached, "truncated"),
    ]
    out[-1].expect["check"] = "maa-03"
    out[-1].checks = ["maa-03"]
    out.append(
        refused(
            "missing_field",
            "flattened_json_form",
            "maa.evidence.token",
            "",
            "The JSON serialisation of RFC 7515 has another shape than the service's answer.",
            flattened,
        )
    )
    out.append(
        refused(
            "unknown_field",
            "answer_with_more",
            "maa.evidence.error",
            "",
            "A token and an error in one answer.",
            json.dumps({"token": GOOD, "error": {}}),
        )
    )
    for alg, evidence in {
        "none": unsigned(),
        "none_with_a_signature": unsigned(tail=PARTS[2]),
        "none_in_capitals": unsigned("NONE", PARTS[2]),
        "hs256_with_the_public_key": hs256(keys.spki_pem(SIGNER)),
        "hs256_with_the_der_key": hs256(keys.spki_der(SIGNER)),
        "hs256_with_the_modulus": hs256(base64.urlsafe_b64decode(jwk(SIGNER)["n"] + "==")),
        "rs384": sign(
            f"{b64url(compact_json(header(alg='RS384')))}.{PARTS[1]}", hash_name="sha384"
        ),
        "rs512": sign(
            f"{b64url(compact_json(header(alg='RS512')))}.{PARTS[1]}", hash_name="sha512"
        ),
        "ps256": token(head=header(alg="PS256")),
        "es256": token(head=header(alg="ES256")),
        "lower_case": token(head=header(alg="rs256")),
    }.items():
        out.append(
            refused(
                "unsupported_algorithm",
                alg,
                "maa.header.alg",
                check,
                "Nothing but RS256, whatever the token says.",
                evidence,
            )
        )
    return out


def headers() -> list[MaaCase]:
    """Trust that the token brings along."""
    own = certificate(EVIL)
    out = []
    for name, value in {
        "jwk": jwk(EVIL),
        "x5c": x5c(own),
        "x5u": "https://evil.example/cert.pem",
        "x5t": "AQ",
        "x5t#S256": "AQ",
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
        "nonce": "1",
    }.items():
        for key_name, what in ((EVIL, "by its own key"), (SIGNER, "by a good key")):
            if key_name == SIGNER and name not in ("jwk", "x5c", "crit"):
                continue
            reason = f"{name.replace('#', '_').lower()}_{what.replace(' ', '_')}"
            out.append(
                refused(
                    "unknown_field",
                    reason,
                    f"maa.header.{name}",
                    "maa-02",
                    f"A header with {name}, signed {what}.",
                    token(head=header(**{name: value}), key_name=key_name),
                )
            )
    for reason, jku in {
        "jku_elsewhere": "https://evil.example/certs",
        "jku_below_another_domain": ISSUER + ".evil.example/certs",
        "jku_with_a_user": "https://testmaa.eus.attest.azure.net@evil.example/certs",
        "jku_of_another_instance": OTHER_ISSUER + "/certs",
        "jku_with_another_path": ISSUER + "/certs/",
        "jku_in_the_clear": ISSUER.replace("https", "http") + "/certs",
        "jku_in_capitals": ISSUER.upper() + "/certs",
        "jku_is_empty": "",
    }.items():
        for key_name in (EVIL, SIGNER) if reason == "jku_elsewhere" else (SIGNER,):
            out.append(
                refused(
                    "key_mismatch",
                    reason + ("" if key_name == SIGNER else "_and_signed_there"),
                    "maa.header.jku",
                    "maa-02",
                    "The header says another place for the keys.",
                    token(head=header(jku=jku), key_name=key_name),
                )
            )
    return out


def cases() -> list[MaaCase]:
    """What is refused."""
    return structure() + headers()
