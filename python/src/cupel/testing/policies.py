"""Reference values of a machine, as the files a client is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cupel.testing.boot import expected_pcrs
from cupel.testing.machine import APPLICATION_PCR, SENTINEL, Machine

# What decides the boot. 5, 6 and 8 to 10 tell nothing about it here; 11 repeats what 4 covers.
POLICY_PCRS = (0, 1, 2, 3, 4, 7, 12, 13)
# The registers BlindLlama's client looks at: it leaves out 7.
BLINDLLAMA_PCRS = (0, 1, 2, 3, 4, 12, 13)


def cupel_policy(machine: Machine, *, nonce: bool = True) -> dict[str, Any]:
    """Cupel's policy JSON, version 1, that accepts this machine and no other.

    Register values are computed from the list of boot events. With `nonce` the policy demands
    evidence made for the one who asks; without, an old document is as good as a new one.
    """
    pcrs = expected_pcrs(machine.boot, "sha256")
    require: dict[str, Any] = {
        f"tpm.pcr.sha256.{pcr}": {"one_of": [pcrs[pcr].hex()]} for pcr in POLICY_PCRS
    }
    require["tpm.supplied.application_disk_roothash"] = {
        "equals": machine.application_disk_roothash
    }
    bind: dict[str, Any] = {
        "tls_key": {"claim": "tpm.supplied.webserver_rootca", "form": "root_ca_pem"}
    }
    if nonce:
        bind["nonce"] = {"claim": "tpm.extra_data"}
    return {
        "version": 1,
        "name": "Cupel demo service",
        "accept": [
            {
                "family": "tpm",
                "label": "demo release 1 in a software TPM",
                "require": require,
                "replay": {
                    f"tpm.pcr.sha256.{APPLICATION_PCR}": [
                        {"claim": "tpm.supplied.application_disk_roothash"},
                        {"digest": SENTINEL.hex()},
                        {"digest_of": "tpm.supplied.webserver_rootca"},
                    ]
                },
                "bind": bind,
            }
        ],
    }


def write_json(path: Path, value: object) -> Path:
    """Writes a JSON file with a final line feed; returns its path."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    return path


def measurements_files(machine: Machine, folder: Path) -> tuple[Path, Path]:
    """BlindLlama's two files: the expected registers, and the application disk."""
    pcrs = expected_pcrs(machine.boot, "sha256")
    return (
        write_json(
            folder / "measurements_azure.json",
            {"measurements": {str(pcr): pcrs[pcr].hex() for pcr in BLINDLLAMA_PCRS}},
        ),
        write_json(
            folder / "application.json",
            {"application_disk_roothash": machine.application_disk_roothash},
        ),
    )
