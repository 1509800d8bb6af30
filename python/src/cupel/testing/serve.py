"""`python -m cupel.testing.serve`: the local attested service, until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from cupel.testing.console import Console
from cupel.testing.errors import ServiceError
from cupel.testing.kinds import KINDS, load
from cupel.testing.local import LocalService, Trust
from cupel.testing.service import AttestedService
from cupel.testing.tpm import AK_ALGORITHMS


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cupel.testing.serve", description=__doc__)
    parser.add_argument(
        "--kind", default="tpm", choices=KINDS, help="which hardware to stand in for"
    )
    parser.add_argument("--port", type=int, default=0, help="port for the API (0: a free one)")
    parser.add_argument(
        "--attestation-port", type=int, metavar="PORT", help="another port for the evidence"
    )
    parser.add_argument(
        "--upstream", metavar="URL", help="an OpenAI-compatible server that gives the answers"
    )
    parser.add_argument(
        "--files",
        type=Path,
        metavar="DIR",
        help="put root and policies here, to stay; otherwise they end with the service",
    )
    tpm = parser.add_argument_group("of kind tpm alone")
    tpm.add_argument("--roothash", metavar="HEX", help="of the application disk")
    tpm.add_argument("--ak", choices=sorted(AK_ALGORITHMS), help="the attestation key's algorithm")
    tpm.add_argument(
        "--static-only", action="store_true", help="ignore nonces, as BlindLlama's servers do"
    )
    sgx = parser.add_argument_group("of kind sgx alone")
    sgx.add_argument(
        "--evidence-over-http",
        action="store_true",
        help="the port of the evidence has no TLS, as a BlindAI server's",
    )
    arguments = parser.parse_args(words)
    if arguments.kind != "tpm" and _tpm_settings(arguments):
        parser.error("--roothash, --ak and --static-only are of kind tpm alone")
    if arguments.evidence_over_http and arguments.kind != "sgx":
        parser.error("--evidence-over-http is of kind sgx alone")
    if arguments.evidence_over_http and arguments.attestation_port is None:
        parser.error("--evidence-over-http needs --attestation-port")
    return arguments


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was asked for of one kind alone."""
    over_http = {"evidence_over_http": True} if arguments.evidence_over_http else {}
    return {**_tpm_settings(arguments), **over_http}


def _tpm_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was asked for of kind tpm alone."""
    settings = {
        "application_disk_roothash": arguments.roothash,
        "ak_algorithm": arguments.ak,
        "static_only": arguments.static_only or None,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _write_files(service: LocalService, folder: Path | None) -> tuple[Trust, Path]:
    """What a client needs; for kind tpm a policy without nonce and BlindLlama's files beside it."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if isinstance(service, AttestedService):
        alone = "policy-without-nonce.json"
        service.write_policy(None if folder is None else folder / alone, nonce=False)
        service.measurements_files(folder)
    if folder is None:
        return service.trust, service.policy_file
    return service.trust.copied(folder), service.write_policy(folder / "policy.json")


def main(words: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM. Exit codes: 0; 1 when the service could not start."""
    arguments = _arguments(words)
    console = Console(sys.stdout)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        service: LocalService = load(arguments.kind).make(
            port=arguments.port,
            attestation_port=arguments.attestation_port,
            upstream=arguments.upstream,
            **_settings(arguments),
        )
        with service:
            trust, policy = _write_files(service, arguments.files)
            console.say("A simulator of programs. It proves nothing about this machine.")
            console.say(f"service   {service.base_url}")
            if service.attestation_url != service.base_url:
                console.say(f"evidence  {service.attestation_url}")
            for path in trust.files():
                console.say(f"anchor    {path}")
            console.say(f"policy    {policy}")
            console.say("Try:")
            elsewhere = service.attestation_url != service.base_url
            words = [
                *(("--attestation-url", service.attestation_url) if elsewhere else ()),
                *("--policy", str(policy)),
                *trust.words(),
                *service.protocol_words(),
            ]
            console.say(f'  cupel ask {service.base_url} {" ".join(words)} "What is a cupel?"')
            stop.wait()
    except (ServiceError, OSError) as error:
        sys.stderr.write(f"cupel.testing.serve: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
