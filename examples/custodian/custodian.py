"""The custodian of a model: gives it to an attested enclave only, and counts its inferences.

    python custodian.py deliver --host enclave.example --manifest manifest.toml --model model.onnx
    python custodian.py serve --database counter.db --certificate tls.pem --key tls.key \
        --owner-token-file owner.token --enclave-token-file enclave.token

Exit codes: 0 done; 1 the enclave was refused; 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import Any

from server import Custodian

import cupel


def deliver(
    host: str,
    manifest: Path,
    model: Path,
    *,
    anchors: Path | None = None,
    ports: tuple[int, int, int] = (9923, 9924, 9925),
    evidence_over_http: bool = False,
) -> cupel.blindai.Uploaded:
    """Attests the enclave by the manifest and uploads the model, in this order.

    ports: unattested, attested, management.
    evidence_over_http: the first of them has no TLS.
    Errors: cupel.CupelError; until the evidence was accepted not a byte of the model has left.
    """
    unattested, attested, management = ports
    with cupel.blindai.connect(
        host,
        policy=manifest,
        anchors=anchors,
        unattested_server_port=unattested,
        attested_server_port=attested,
        model_management_port=management,
        http_on_unattested_port=evidence_over_http,
    ) as enclave:
        return enclave.upload(model, name=model.name)


def _token(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def _serve(options: argparse.Namespace) -> int:
    custodian = Custodian(
        (options.address, options.port),
        options.database,
        certificate=options.certificate,
        key=options.key,
        owner_token=_token(options.owner_token_file),
        enclave_token=_token(options.enclave_token_file),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"listening on {custodian.server_port}\n")
    sys.stdout.flush()
    with custodian:
        custodian.serve_forever()
    return 0


def _deliver(options: argparse.Namespace) -> int:
    try:
        uploaded = deliver(
            options.host,
            options.manifest,
            options.model,
            anchors=options.anchors,
            ports=tuple(options.ports),
            evidence_over_http=options.evidence_over_http,
        )
    except cupel.CupelError as error:
        sys.stderr.write(f"not delivered: {error}\n")
        return 1
    sys.stdout.write(f"model_hash {uploaded.model_hash}\nmodel_id {uploaded.model_id}\n")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs one of the two commands."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands: Any = parser.add_subparsers(required=True)
    giving = commands.add_parser("deliver", help="attest an enclave and upload the model to it")
    giving.add_argument("--host", required=True)
    giving.add_argument("--manifest", type=Path, required=True, help="of the enclave's build")
    giving.add_argument("--model", type=Path, required=True)
    giving.add_argument("--anchors", type=Path, help="roots, when not Intel's published one")
    giving.add_argument("--ports", type=int, nargs=3, default=[9923, 9924, 9925])
    giving.add_argument(
        "--evidence-over-http", action="store_true", help="the first port has no TLS"
    )
    giving.set_defaults(act=_deliver)
    serving = commands.add_parser("serve", help="count inferences")
    serving.add_argument("--address", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=6000)
    for name in ("database", "certificate", "key", "owner-token-file", "enclave-token-file"):
        serving.add_argument(f"--{name}", type=Path, required=True)
    serving.set_defaults(act=_serve)
    options = parser.parse_args(arguments)
    try:
        done: int = options.act(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return done


if __name__ == "__main__":
    sys.exit(main())
