"""`python -m cupel.testing.serve`: the local attested service, until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from cupel.testing.console import Console
from cupel.testing.errors import ServiceError
from cupel.testing.machine import DEFAULT_ROOTHASH
from cupel.testing.service import AttestedService
from cupel.testing.tpm import AK_ALGORITHMS


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cupel.testing.serve", description=__doc__)
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
    parser.add_argument("--roothash", default=DEFAULT_ROOTHASH, metavar="HEX")
    parser.add_argument("--ak", default="rsassa", choices=sorted(AK_ALGORITHMS))
    parser.add_argument(
        "--static-only", action="store_true", help="ignore nonces, as BlindLlama's servers do"
    )
    return parser.parse_args(words)


def _write_files(service: AttestedService, folder: Path | None) -> tuple[Path, Path]:
    """The anchor and the policy that a client needs; BlindLlama's two files beside them."""
    if folder is None:
        service.write_policy(nonce=False)
        service.measurements_files()
        return service.root_ca_file, service.policy_file
    folder.mkdir(parents=True, exist_ok=True)
    anchor = folder / "vtpm-root.pem"
    anchor.write_bytes(service.root_ca_file.read_bytes())
    service.write_policy(folder / "policy-without-nonce.json", nonce=False)
    service.measurements_files(folder)
    return anchor, service.write_policy(folder / "policy.json")


def main(words: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM. Exit codes: 0; 1 when the service could not start."""
    arguments = _arguments(words)
    console = Console(sys.stdout)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    service = AttestedService(
        port=arguments.port,
        attestation_port=arguments.attestation_port,
        application_disk_roothash=arguments.roothash,
        ak_algorithm=arguments.ak,
        upstream=arguments.upstream,
        static_only=arguments.static_only,
    )
    try:
        with service:
            anchor, policy = _write_files(service, arguments.files)
            console.say("A simulator: its TPM is a program. It proves nothing about this machine.")
            console.say(f"service   {service.base_url}")
            if service.attestation_url != service.base_url:
                console.say(f"evidence  {service.attestation_url}")
            console.say(f"anchor    {anchor}")
            console.say(f"policy    {policy}")
            console.say("Try:")
            where = (
                f" --attestation-url {service.attestation_url}"
                if service.attestation_url != service.base_url
                else ""
            )
            console.say(
                f"  cupel ask {service.base_url}{where} --policy {policy} --anchors {anchor} "
                '"What is a cupel?"'
            )
            stop.wait()
    except (ServiceError, OSError) as error:
        sys.stderr.write(f"cupel.testing.serve: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
