"""Authentic evidence: chains, named keys, event logs, revocation lists, other documents."""

from __future__ import annotations

import json

from . import ca, eventlog, keys, wire
from .case import Bundle, Case, b64
from .cases_ok import SIGNED, ok, unused
from .wire import Selection


def chains() -> list[Case]:
    """Certificate chains."""
    root = ca.root()
    first = ca.intermediate(root)
    out = []
    out.append(
        ok(
            "no_intermediate",
            "The root itself issued the certificate.",
            Bundle(certificates=[ca.ak(root), root]),
        )
    )
    second = ca.intermediate(first, "Test TPM CA 02", "p384-intermediate", hash_name="sha512")
    out.append(
        ok(
            "two_intermediates",
            "As Azure's newer chains have; SHA-512 among the signatures.",
            Bundle(certificates=[ca.ak(second), first, second, root]),
        )
    )
    line = [ca.intermediate(root, "Line 1", "p256-line1")]
    for i in range(2, 9):
        line.append(ca.intermediate(line[-1], f"Line {i}", f"p256-line{i}"))
    leaf = ca.ak(line[-1])
    shuffled = [line[i] for i in (4, 0, 7, 2, 6, 1, 5, 3)]
    out.append(
        ok(
            "eight_intermediates",
            "The most that are taken, shuffled, one of them twice.",
            Bundle(
                certificates=[leaf, *shuffled, line[4]], selections=[Selection("sha256", (0, 1))]
            ),
            excused=[
                unused("certificates[1]", "also present as certificates[9]"),
                unused("certificates[9]", "also present as certificates[1]"),
            ],
        )
    )
    evil = ca.root("Test TPM Root", "rsa2048-evil")
    out.append(
        ok(
            "attackers_root_among_helpers",
            "A helper of the same name changes nothing.",
            Bundle(certificates=[ca.ak(first), evil, first, root]),
            excused=[unused("certificates[1]", "a helper that no path uses")],
        )
    )
    out.append(
        ok("root_not_in_evidence", "The caller has it.", Bundle(certificates=[ca.ak(first), first]))
    )
    out.append(
        ok(
            "intermediate_from_endorsements",
            "The evidence holds the leaf alone.",
            Bundle(certificates=[ca.ak(first)]),
            endorsements={"intermediate.pem": first.pem.encode()},
        )
    )
    out.append(
        ok(
            "intermediate_from_endorsements_der",
            "The same, as DER.",
            Bundle(certificates=[ca.ak(first)]),
            endorsements={"intermediate.der": first.der},
        )
    )
    out.append(
        ok(
            "two_anchors",
            "Two roots in the caller's file; one of them matters.",
            Bundle(certificates=[ca.ak(first), first]),
            anchors=(ca.root("Another root", "p384-root").pem + root.pem).encode(),
        )
    )
    elliptic = ca.root("Test EC Root", "p384-root")
    out.append(
        ok(
            "ec_chain",
            "ECDSA from root to leaf.",
            Bundle(ak="p256-ak", scheme="ecdsa", certificates=[ca.ak(elliptic, "p256-ak")]),
            anchors=elliptic.pem.encode(),
        )
    )
    out.append(
        ok(
            "ekus_as_azure",
            "The AK's usage among others.",
            Bundle(certificates=[ca.ak(first, ekus=("1.3.6.1.4.1.311.10.3.12", ca.EKU_AK)), first]),
        )
    )
    for name, now in (
        ("first_second", "2024-01-01T00:00:00Z"),
        ("last_second", "2025-01-01T00:00:00Z"),
    ):
        out.append(
            ok(
                name,
                "Certificates hold from notBefore through notAfter, both included (RFC 5280, 4.1).",
                Bundle(),
                now=now,
            )
        )
    return out


def area_excuse(start: int, end: int) -> dict[str, object]:
    """The part of a public area before the key itself."""
    reason = "nothing signs a public area: the caller named the key, not its attributes"
    return {"part": "public", "from": start, "to": end, "reason": reason}


def trusted_keys() -> list[Case]:
    """Attestation keys that the caller names, without any certificate."""
    checks = ["tpm-01", "tpm-02", "tpm-03", "tpm-06", "tpm-07", "tpm-08", "tpm-09", "tpm-10"]
    out = []
    for ak, scheme, hash_name in (
        ("rsa2048-ak", "rsassa", "sha256"),
        ("p256-ak", "ecdsa", "sha256"),
    ):
        kind = ak.split("-")[0]
        public = keys.spki_pem(ak)
        out.append(
            ok(
                f"named_key_{kind}",
                "The caller vouches for the key.",
                Bundle(
                    ak=ak,
                    scheme=scheme,
                    hash_name=hash_name,
                    certificates=[],
                    public=public.decode(),
                ),
                checks,
                anchors="none",
                keys={"ak.pem": public},
            )
        )
        area = keys.public_area(ak)
        out.append(
            ok(
                f"named_key_{kind}_tpmt_public",
                "The key in the TPM's own form.",
                Bundle(
                    ak=ak, scheme=scheme, hash_name=hash_name, certificates=[], public=b64(area)
                ),
                [*checks, "tpm-12"],
                anchors="none",
                keys={"ak.pem": public},
                excused=[area_excuse(0, 22 if kind.startswith("rsa") else 20)],
            )
        )
    out.append(
        ok(
            "named_key_tpm2b_public",
            "The TPM's own form, with its size before it.",
            Bundle(certificates=[], public=b64(wire.tpm2b(keys.public_area("rsa2048-ak")))),
            [*checks, "tpm-12"],
            anchors="none",
            keys={"ak.pem": keys.spki_pem("rsa2048-ak")},
            excused=[area_excuse(2, 24)],
        )
    )
    out.append(
        ok(
            "one_of_two_named_keys",
            "The caller names more than one key.",
            Bundle(certificates=[], public=keys.spki_pem("rsa2048-ak").decode()),
            checks,
            anchors="none",
            keys={
                "other.pem": keys.spki_pem("rsa2048-other"),
                "ak.der": keys.spki_der("rsa2048-ak"),
            },
        )
    )
    return out


def logs() -> list[Case]:
    """Event logs that explain the quoted registers."""
    out = []
    logged = [*SIGNED, "tpm-11"]
    eight = [Selection("sha256", tuple(range(8)))]
    plain = eventlog.boot_log(["sha1", "sha256"])
    out.append(
        ok(
            "event_log",
            "A crypto-agile log.",
            Bundle(selections=list(eight)).use_log(plain),
            logged,
            excused=log_excuses(plain, "sha256"),
        )
    )
    high = eventlog.boot_log(["sha256"], locality=3)
    out.append(
        ok(
            "event_log_locality_3",
            "PCR 0 starts at the locality of TPM2_Startup.",
            Bundle(selections=list(eight)).use_log(high),
            logged,
            excused=log_excuses(high, "sha256"),
        )
    )
    third = eventlog.boot_log(["sha1", "sha256", "sha384"])
    both = [Selection("sha384", tuple(range(8)))]
    out.append(
        ok(
            "event_log_sha384",
            "The bank of 48-byte registers.",
            Bundle(selections=both).use_log(third),
            logged,
            excused=log_excuses(third, "sha384"),
        )
    )
    padded = Bundle(selections=list(eight)).use_log(plain)
    assert padded.log is not None
    excuses = log_excuses(plain, "sha256")
    last = len(padded.log) - len(plain.events[-1].data)
    excuses.append(
        {
            "part": "event_log",
            "from": last - 4,
            "to": last,
            "reason": "a longer last event takes padding for its data",
        }
    )
    excuses.append(
        {
            "part": "event_log",
            "from": len(padded.log),
            "to": len(padded.log) + 64,
            "reason": "padding: any cut of it is padding too",
        }
    )
    padded.log += b"\xff" * 64
    out.append(
        ok(
            "event_log_padded",
            "ACPI log areas are filled with 0xff after the last event.",
            padded,
            logged,
            excused=excuses,
        )
    )
    wider = Bundle(selections=[Selection("sha256", tuple(range(16)))]).use_log(plain)
    out.append(
        ok(
            "event_log_silent_about_some",
            "Registers that no event mentions are not explained by it.",
            wider,
            logged,
            excused=log_excuses(plain, "sha256"),
        )
    )
    return out


def log_excuses(log: eventlog.Log, bank: str) -> list[dict[str, object]]:
    """The bytes of a log that no register vouches for, one range each."""
    out: list[dict[str, object]] = []

    def excuse(start: int, end: int, reason: str) -> None:
        if start < end:
            out.append({"part": "event_log", "from": start, "to": end, "reason": reason})

    header = len(log.header())
    excuse(0, 1, "the Spec ID event's register is 0, or 1 as in logs of confidential VMs")
    excuse(8, header, "the Spec ID event: its descriptive fields are extended into nothing")
    offset = header
    for event in log.all_events():
        excuse(offset + 4, offset + 8, "an event's type is not extended")
        here = offset + 12
        for each in log.banks:
            size = 2 + wire.digest_size(each)
            if each != bank or not event.extended:
                excuse(here, here + size, f"the {each} digest is not what the quote speaks of")
            here += size
        end = offset + len(log.record(event))
        excuse(here + 4, end, "an event's data is not extended")
        offset = end
    return out


def revocation() -> list[Case]:
    """Revocation lists."""
    root = ca.root()
    first = ca.intermediate(root)
    other = ca.ak(first, "rsa2048-other")
    lists = {"root.crl": ca.crl(root), "ca.crl": ca.crl(first, (other,))}
    out = []
    out.append(
        ok(
            "with_crl",
            "Current lists of both authorities, neither naming our certificates.",
            Bundle(certificates=[ca.ak(first), first]),
            revocation="required",
            endorsements=lists,
        )
    )
    out.append(
        ok(
            "without_crl",
            "No list was given; the verdict says so.",
            Bundle(),
            revocation="if_available",
        )
    )
    out.append(
        ok(
            "crl_of_a_stranger",
            "A list of an authority that is not in the path says nothing.",
            Bundle(),
            endorsements={"other.crl": ca.crl(ca.root("Another root", "p384-root"))},
        )
    )
    out.append(
        ok(
            "revocation_ignored",
            "The caller said so, dangerously, and the verdict repeats it.",
            Bundle(certificates=[ca.ak(first), first]),
            revocation="dangerous_ignored",
            endorsements={"ca.crl": ca.crl(first, (ca.ak(first),))},
        )
    )
    return out


def blindllama() -> list[Case]:
    """BlindLlama's own document."""
    out = []
    rootca = ca.root("Caddy Local Authority", "p256-caddy").pem
    roothash = wire.digest("sha256", b"application disk").hex()
    for name, nonce in (("blindllama", b""), ("blindllama_with_nonce", bytes(range(32)))):
        bundle = Bundle(nonce=nonce)
        text = json.dumps(bundle.blindllama(rootca, roothash)) + "\n"
        out.append(
            ok(
                name,
                "The document that BlindLlama serves.",
                bundle,
                evidence=text,
                claims={
                    "tpm.supplied.webserver_rootca": rootca,
                    "tpm.supplied.application_disk_roothash": roothash,
                },
            )
        )
    return out


def cases() -> list[Case]:
    """All of them."""
    return [*chains(), *trusted_keys(), *logs(), *revocation(), *blindllama()]
