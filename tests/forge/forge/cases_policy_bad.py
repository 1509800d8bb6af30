"""Policies that do not load."""

from __future__ import annotations

import json
from typing import Any

from .case import Case
from .policies import (
    BLINDLLAMA_MEASUREMENTS,
    CA_PEM,
    DISK,
    PCR15,
    alternative,
    bad,
    blindllama_files,
    boot,
    policy,
    replay,
)


def cases() -> list[Case]:
    """Policies that do not load."""
    one = "accept[0]"
    good = alternative()

    def required(**rules: Any) -> bytes:
        named = {key.replace("__", "."): rule for key, rule in rules.items()}
        return policy(alternative(require=boot() | named))

    return [
        bad("empty_object", "An empty policy.", "", b"{}\n"),
        bad("empty_accept", "No alternative.", "accept", policy()),
        bad("no_accept", "A version, and nothing else.", "accept", b'{"version": 1}\n'),
        bad(
            "no_version", "No version.", "version", (json.dumps({"accept": [good]}) + "\n").encode()
        ),
        bad("version_2", "A version that is not written yet.", "version", policy(good, version=2)),
        bad("version_as_text", '"1" is no number.', "version", policy(good, version="1")),
        bad("typo_at_top", "A typing error in a key.", "acept", policy(good, acept=[])),
        bad(
            "typo_in_alternative",
            "A typing error in a key.",
            f"{one}.requires",
            policy(alternative(requires={})),
        ),
        bad(
            "typo_in_claim",
            "A typing error in a claim's name.",
            f"{one}.require.tpm.prc.sha256.0",
            required(tpm__prc__sha256__0={"equals": "00" * 32}),
        ),
        bad(
            "claim_index_24",
            "There are 24 registers.",
            f"{one}.require.tpm.pcr.sha256.24",
            required(tpm__pcr__sha256__24={"equals": "00" * 32}),
        ),
        bad(
            "claim_index_with_zero",
            'PCR "07".',
            f"{one}.require.tpm.pcr.sha256.07",
            required(tpm__pcr__sha256__07={"equals": "00" * 32}),
        ),
        bad(
            "unknown_family",
            "Evidence nobody knows.",
            f"{one}.family",
            policy(alternative(family="tpn")),
        ),
        bad(
            "no_family", "Evidence of any kind?", f"{one}.family", policy(alternative(family=None))
        ),
        bad(
            "no_require",
            "No requirement at all.",
            f"{one}.require",
            policy(alternative(require=None)),
        ),
        bad(
            "duplicate_key",
            "A register twice; which one counts?",
            "",
            policy(good).replace(b'"tpm.pcr.sha256.1"', b'"tpm.pcr.sha256.0"'),
        ),
        bad("not_json", "No JSON.", "", b"accept everything\n"),
        bad("cut", "The file ends within.", "", policy(good)[:200]),
        bad("two_documents", "A second document follows.", "", policy(good) + b"{}"),
        bad(
            "no_measurement",
            "Nothing says which software is accepted.",
            f"{one}.require",
            policy(
                alternative(require={"tpm.reset_count": {"at_least": 1}}, replay=None, bind=None)
            ),
        ),
        bad(
            "empty_require",
            "Nothing is required.",
            f"{one}.require",
            policy(alternative(require={}, replay=None, bind=None)),
        ),
        bad(
            "any_measurement_false",
            "A switch that only exists to be on.",
            f"{one}.dangerous_any_measurement",
            policy(alternative(dangerous_any_measurement=False)),
        ),
        bad(
            "measurement_present",
            "Any value at all is no measurement.",
            f"{one}.require",
            policy(
                alternative(require={"tpm.pcr.sha256.4": {"present": True}}, replay=None, bind=None)
            ),
        ),
        bad(
            "resettable_measurement",
            "PCR 16 can be reset by any software.",
            f"{one}.require",
            policy(
                alternative(
                    require={"tpm.pcr.sha256.16": {"equals": "11" * 32}}, replay=None, bind=None
                )
            ),
        ),
        bad(
            "sha1_bank",
            "SHA-1 registers never satisfy a policy.",
            f"{one}.require.tpm.pcr.sha1.0",
            required(tpm__pcr__sha1__0={"equals": "00" * 20}),
        ),
        bad(
            "short_hex",
            "A byte is missing.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "00" * 31}),
        ),
        bad(
            "odd_hex",
            "Half a byte.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "0" * 63}),
        ),
        bad(
            "hex_with_prefix",
            "0x is no hexadecimal digit.",
            f"{one}.require.tpm.pcr.sha256.7.equals",
            required(tpm__pcr__sha256__7={"equals": "0x" + "0" * 62}),
        ),
        bad(
            "number_as_text",
            '"2" is no number.',
            f"{one}.require.tpm.reset_count.at_least",
            required(tpm__reset_count={"at_least": "2"}),
        ),
        bad(
            "negative_number",
            "No counter is negative.",
            f"{one}.require.tpm.reset_count.at_least",
            required(tpm__reset_count={"at_least": -1}),
        ),
        bad(
            "boolean_as_text",
            '"true" is no boolean.',
            f"{one}.require.tpm.clock_safe.equals",
            required(tpm__clock_safe={"equals": "true"}),
        ),
        bad(
            "two_rules",
            "Two rules for one claim.",
            f"{one}.require.tpm.reset_count",
            required(tpm__reset_count={"at_least": 1, "at_most": 9}),
        ),
        bad(
            "no_rule",
            "A claim without a rule.",
            f"{one}.require.tpm.reset_count",
            required(tpm__reset_count={}),
        ),
        bad(
            "rule_typo",
            "A rule nobody knows.",
            f"{one}.require.tpm.reset_count.atleast",
            required(tpm__reset_count={"atleast": 1}),
        ),
        bad(
            "empty_one_of",
            "One of nothing.",
            f"{one}.require.tpm.pcr.sha256.7.one_of",
            required(tpm__pcr__sha256__7={"one_of": []}),
        ),
        bad(
            "at_least_of_bytes",
            "Digests have no order.",
            f"{one}.require.tpm.pcr.sha256.7.at_least",
            required(tpm__pcr__sha256__7={"at_least": "00" * 32}),
        ),
        bad(
            "max_age_of_a_number",
            "A counter has no age.",
            f"{one}.require.tpm.reset_count.max_age_s",
            required(tpm__reset_count={"max_age_s": 1}),
        ),
        bad(
            "unbound_claim",
            "What merely came along, with no replay to bind it.",
            f"{one}.require.{DISK}",
            policy(alternative(replay=None, bind=None)),
        ),
        bad(
            "unbound_tls_key",
            "A TLS key that merely came along.",
            f"{one}.bind.tls_key.claim",
            policy(alternative(replay=None, require=boot())),
        ),
        bad(
            "tls_key_form",
            "A form nobody knows.",
            f"{one}.bind.tls_key.form",
            policy(alternative(bind={"tls_key": {"claim": CA_PEM, "form": "pem"}})),
        ),
        bad(
            "tls_key_claim_type",
            "A register's name where text is needed.",
            f"{one}.bind.tls_key.claim",
            policy(alternative(bind={"tls_key": {"claim": PCR15, "form": "root_ca_pem"}})),
        ),
        bad(
            "tls_key_in_a_register",
            "A register that is extended holds digests of digests.",
            f"{one}.bind.tls_key.claim",
            policy(alternative(bind={"tls_key": {"claim": PCR15, "form": "spki_sha256"}})),
        ),
        bad(
            "empty_replay",
            "A replay of no step.",
            f"{one}.replay.{PCR15}",
            policy(alternative(replay={PCR15: []}, require=boot(), bind=None)),
        ),
        bad(
            "replay_of_a_counter",
            "Nothing is extended into a counter.",
            f"{one}.replay.tpm.reset_count",
            policy(
                alternative(
                    replay={"tpm.reset_count": [{"digest": "00" * 32}]}, require=boot(), bind=None
                )
            ),
        ),
        bad(
            "replay_digest_size",
            "A step of another bank's size.",
            f"{one}.replay.{PCR15}[0].digest",
            policy(alternative(replay=replay({"digest": "00" * 48}), require=boot(), bind=None)),
        ),
        bad(
            "replay_two_kinds",
            "A step that is two things.",
            f"{one}.replay.{PCR15}[0]",
            policy(
                alternative(
                    replay=replay({"digest": "00" * 32, "claim": DISK}), require=boot(), bind=None
                )
            ),
        ),
        bad(
            "replay_of_resettable",
            "PCR 23 can be reset by any software.",
            f"{one}.replay.tpm.pcr.sha256.23",
            policy(
                alternative(
                    replay={"tpm.pcr.sha256.23": [{"digest": "11" * 32}]}, require=boot(), bind=None
                )
            ),
        ),
        bad(
            "expires_is_no_time",
            "Tomorrow is no date.",
            f"{one}.expires",
            policy(alternative(expires="tomorrow")),
        ),
        bad(
            "two_own_files",
            "Two policies of our own form.",
            "",
            {"a.json": policy(good), "b.json": policy(good)},
            where="a.json",
        ),
        bad(
            "two_applications",
            "Two application.json.",
            "",
            {
                "application.json": blindllama_files()["application.json"],
                "application_2.json": blindllama_files()["application.json"],
            },
            where="application_2.json",
        ),
        bad(
            "blindllama_no_measurements",
            "A table with no register.",
            "measurements",
            {"measurements.json": b'{"measurements": {}}\n'},
        ),
        bad(
            "blindllama_register_24",
            "There are 24 registers.",
            "measurements.24",
            {"measurements.json": (json.dumps({"measurements": {"24": "00" * 32}})).encode()},
        ),
        bad(
            "blindllama_register_name",
            '"PCR0" is no number.',
            "measurements.PCR0",
            {"measurements.json": (json.dumps({"measurements": {"PCR0": "00" * 32}})).encode()},
        ),
        bad(
            "blindllama_unknown_key",
            "A member nobody knows.",
            "platform",
            {
                "measurements.json": (
                    json.dumps({"measurements": BLINDLLAMA_MEASUREMENTS, "platform": "Azure"})
                ).encode()
            },
        ),
        bad("nothing_known", "A JSON object of another kind.", "", b'{"hello": "world"}\n'),
    ]
