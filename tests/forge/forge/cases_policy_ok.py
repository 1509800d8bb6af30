"""Authentic evidence that a policy accepts."""

from __future__ import annotations

import json

from . import eventlog
from .case import Bundle, Case
from .policies import (
    NONCE,
    ROOTHASH,
    alternative,
    blindllama_files,
    boot,
    caddy,
    ok,
    policy,
    service,
)
from .wire import Selection


def cases() -> list[Case]:
    """What is accepted."""
    other_release = alternative(label="older", require=boot(pcr4=b"\x11" * 32))
    register_only = alternative(replay=None, bind=None, require=boot())
    log = eventlog.boot_log(["sha256"])
    logged = Bundle(selections=[Selection("sha256", tuple(range(8)))]).use_log(log)
    seven = {
        f"tpm.pcr.sha256.{i}": {"equals": logged.registers.get("sha256", i).hex()} for i in range(8)
    }
    long = Bundle(selections=[Selection("sha384", (0, 4, 7))])
    bank384 = {
        f"tpm.pcr.sha384.{i}": {"equals": long.registers.get("sha384", i).hex()} for i in (0, 4, 7)
    }
    document = json.dumps(service(form="serialized").blindllama(caddy(), ROOTHASH.hex())) + "\n"
    return [
        ok(
            "own_form",
            "Registers, replay and TLS key, in our own form.",
            policy(alternative()),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "blindllama_files",
            "The files BlindLlama's client ships.",
            blindllama_files(),
            evidence=document,
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "registers_only",
            "No replay, no key: enough to verify, not to open a session.",
            policy(register_only),
        ),
        ok(
            "second_alternative",
            "The first alternative does not hold, the second does.",
            policy(other_release, alternative()),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "one_of_two_values",
            "A register may have one of two values.",
            policy(
                alternative(
                    require=boot()
                    | {
                        "tpm.pcr.sha256.4": {
                            "one_of": ["22" * 32, service().registers.get("sha256", 4).hex()]
                        }
                    }
                )
            ),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "nonce",
            "The nonce that was sent stands in the evidence.",
            policy(alternative()),
            service(nonce=NONCE),
            ["policy-04", "policy-06", "policy-08"],
            nonce=NONCE,
            claims={"common.bound_data": NONCE.hex()},
        ),
        ok(
            "nonce_bound_by_policy",
            "The policy says where the nonce stands.",
            policy(alternative(bind={"nonce": {"claim": "tpm.extra_data"}})),
            service(nonce=NONCE),
            ["policy-04", "policy-06"],
            nonce=NONCE,
        ),
        ok(
            "expires_this_second",
            "An alternative holds through its last second.",
            policy(alternative(expires="2024-06-15T12:00:00Z")),
            checks=["policy-02", "policy-04", "policy-08"],
        ),
        ok(
            "numbers",
            "Bounds for counters.",
            policy(
                alternative(
                    require=boot()
                    | {
                        "tpm.reset_count": {"at_least": 2},
                        "tpm.restart_count": {"at_most": 0},
                        "tpm.firmware_version": {"equals": 0x2020031200120003},
                    }
                )
            ),
            checks=["policy-04", "policy-08"],
        ),
        ok(
            "with_event_log",
            "All of the firmware's registers, and a log that explains them.",
            policy(alternative(require=seven, replay=None, bind=None)),
            logged,
        ),
        ok(
            "sha384_bank",
            "Registers of 48 bytes.",
            policy(alternative(require=bank384, replay=None, bind=None)),
            long,
        ),
        ok(
            "any_measurement",
            "Whoever writes it down may accept any software.",
            policy(alternative(require={}, replay=None, bind=None, dangerous_any_measurement=True)),
        ),
        ok(
            "root_ca_with_crlf",
            "PEM with CRLF, extended as it stands.",
            policy(alternative()),
            service(rootca=caddy().replace("\n", "\r\n")),
            ["policy-04", "policy-08"],
        ),
    ]
