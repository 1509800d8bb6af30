"""Authentic evidence: every algorithm, bank and file form that is taken."""

from __future__ import annotations

from typing import Any

from . import keys, wire
from .case import Bundle, Case, accepted
from .wire import Selection

SIGNED = ["tpm-01", "tpm-02", "tpm-03", "tpm-04", "tpm-05", "tpm-07", "tpm-08", "tpm-09", "tpm-10"]


ALL_24 = tuple(range(24))


PCR_0_8 = tuple(range(9))


def unused(part: str, reason: str) -> dict[str, str]:
    """A whole part that a mutation may change without consequence."""
    return {"part": part, "reason": reason}


ROOT_IN_EVIDENCE = "the root: the caller's own copy is used, the evidence's is only a helper"


def claims_of(bundle: Bundle) -> dict[str, object]:
    """What a verifier must say about a bundle's quote."""
    out: dict[str, object] = {"tpm.extra_data": bundle.nonce.hex()}
    for selection in bundle.selections:
        for index in selection.indices:
            value = bundle.registers.get(selection.bank, index)
            out[f"tpm.pcr.{selection.bank}.{index}"] = value.hex()
    return out


def ok(
    name: str, comment: str, bundle: Bundle, checks: list[str] | None = None, **more: Any
) -> Case:
    """An accepted case with the claims that follow from its bundle."""
    excused = list(more.pop("excused", []))
    chain = bundle.chain()
    if more.get("anchors") is None and chain and chain[-1].x509.issuer == chain[-1].x509.subject:
        excused.append(unused(f"certificates[{len(chain) - 1}]", ROOT_IN_EVIDENCE))
    if bundle.form == "serialized" and bundle.with_pcrs:
        for i in range(len(bundle.selections)):
            excused.append(
                {
                    "part": "pcrs",
                    "from": 6 + 8 * i,
                    "to": 7 + 8 * i,
                    "reason": "a bitmap size that leaves out empty bytes of the bitmap "
                    "says the same",
                }
            )
    return accepted(
        name,
        comment,
        bundle,
        SIGNED if checks is None else checks,
        claims=claims_of(bundle) | more.pop("claims", {}),
        excused=excused,
        **more,
    )


def algorithms() -> list[Case]:
    """Signature schemes, hashes and keys."""
    out = []
    for hash_name in ("sha256", "sha384", "sha512"):
        for scheme, title in (("rsassa", "RSASSA-PKCS1-v1_5"), ("rsapss", "RSASSA-PSS")):
            bundle = Bundle(scheme=scheme, hash_name=hash_name)
            out.append(ok(f"{scheme}_{hash_name}", f"{title} with {hash_name}.", bundle))
    for curve, hash_name in (("p256", "sha256"), ("p384", "sha384"), ("p521", "sha512")):
        bundle = Bundle(ak=f"{curve}-ak", scheme="ecdsa", hash_name=hash_name)
        out.append(ok(f"ecdsa_{curve}_{hash_name}", f"ECDSA on {curve} with {hash_name}.", bundle))
    out.append(
        ok(
            "ecdsa_p256_sha512",
            "The curve does not fix the hash.",
            Bundle(ak="p256-ak", scheme="ecdsa", hash_name="sha512"),
        )
    )
    out.append(ok("rsa_3072", "A longer RSA key.", Bundle(ak="rsa3072-ak")))
    out.append(
        ok(
            "rsapss_longest_salt",
            "TPMs before revision 1.38 use the longest salt that fits, not the digest's length.",
            Bundle(scheme="rsapss", salt=256 - 32 - 2),
        )
    )
    out.append(
        ok("ecdsa_short_r", "r has a leading zero byte, which this TPM leaves out.", _short_r())
    )
    bare = Bundle(signature_form="rsassa_sha256")
    bare.signature = keys.raw_rsassa(bare.ak, "sha256", bare.message_bytes())
    out.append(
        ok("bare_rsassa_signature", "A signature without its TPMT header, said so by name.", bare)
    )
    return out


def _short_r() -> Bundle:
    for clock in range(100_000):
        bundle = Bundle(ak="p256-ak", scheme="ecdsa", attest={"clock": clock})
        r, s = keys.raw_ecdsa("p256-ak", "sha256", bundle.message_bytes())
        if r < 1 << 248:
            size = (r.bit_length() + 7) // 8
            bundle.signature = wire.signature_ecdsa(
                "sha256", r.to_bytes(size, "big"), s.to_bytes(32, "big")
            )
            return bundle
    raise AssertionError("no short r among 100,000 signatures")


def selections() -> list[Case]:
    """Banks, numbers of registers and the forms of the file with their values."""
    out = []
    for bank in ("sha384", "sha512"):
        bundle = Bundle(selections=[Selection(bank, tuple(range(8)))])
        out.append(ok(f"bank_{bank}", f"Registers of the {bank} bank.", bundle))
    for count, text in ((1, "one"), (8, "eight"), (9, "nine"), (24, "twenty_four")):
        bundle = Bundle(selections=[Selection("sha256", tuple(range(count)))])
        out.append(ok(f"{text}_pcrs", "tpm2-tools write digests in lists of eight.", bundle))
    two = [Selection("sha256", PCR_0_8), Selection("sha384", (0, 7, 23))]
    for form in ("serialized", "marshaled", "values"):
        out.append(
            ok(
                f"two_banks_{form}",
                f"Two banks, values as `-F {form}` writes them.",
                Bundle(selections=list(two), form=form),
            )
        )
    for form in ("marshaled", "values"):
        out.append(ok(f"pcrs_{form}", f"Values as `-F {form}` writes them.", Bundle(form=form)))
    out.append(
        ok(
            "two_banks_longer_first",
            "The order of banks is the TPM's, not the alphabet's.",
            Bundle(
                selections=[Selection("sha384", ALL_24), Selection("sha256", ALL_24)],
                form="marshaled",
            ),
        )
    )
    out.append(
        ok(
            "scattered_pcrs",
            "Registers that are no row from zero.",
            Bundle(selections=[Selection("sha256", (0, 4, 5, 7, 9, 11, 16, 23))]),
        )
    )
    out.append(
        ok(
            "sha1_bank_beside_sha256",
            "SHA-1 registers are readable, though no policy may use them.",
            Bundle(selections=[Selection("sha1", (0, 7)), Selection("sha256", (0, 7))]),
        )
    )
    out.append(
        ok(
            "empty_bank_beside_sha256",
            "A bank of which nothing is selected hashes nothing.",
            Bundle(selections=[Selection("sha1", ()), Selection("sha256", (0, 7))]),
        )
    )
    silent = Bundle(with_pcrs=False)
    out.append(
        accepted(
            "no_pcr_values",
            "A quote alone: authentic, though it says nothing of registers.",
            silent,
            ["tpm-01", "tpm-02", "tpm-03", "tpm-04", "tpm-05", "tpm-07"],
            claims={"tpm.extra_data": ""},
            excused=[unused("certificates[2]", ROOT_IN_EVIDENCE)],
        )
    )
    out.append(ok("nonce_32_bytes", "The caller's nonce.", Bundle(nonce=bytes(range(32)))))
    out.append(ok("nonce_64_bytes", "The longest nonce there is.", Bundle(nonce=bytes(range(64)))))
    return out


def cases() -> list[Case]:
    """All of them."""
    return [*algorithms(), *selections()]
