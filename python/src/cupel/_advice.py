"""What to do when asking for evidence failed: the ways there are, and the one that fits."""

from __future__ import annotations

from cupel._core import SessionOptions, evidence_protocols
from cupel.errors import CupelError

# How services that show evidence of a family are usually asked; all others: "document".
_USUAL = {"nitro": "nitro", "snp": "aci", "maa": "maa", "sgx": "blindai"}

_PLAIN_HTTP = (
    "servers of BlindAI show evidence over plain HTTP unless TLS was put in front of them: "
    'blindai.connect(…, http_on_unattested_port=True), or attestation_url="http://…" of a Client'
)


def advise(error: CupelError, options: SessionOptions) -> None:
    """Gives the error of asking for evidence a remedy, where one is known."""
    if error.where == "attestation.status":
        error.advise(_other_ways(options))
    elif error.where == "tls.handshake" and options.evidence == "blindai":
        error.advise(_PLAIN_HTTP)


def _other_ways(options: SessionOptions) -> str:
    families = sorted({alternative.family for alternative in options.policy.accept})
    fitting = sorted({_USUAL.get(family, "document") for family in families})
    known = ", ".join(evidence_protocols())
    usual = " or ".join(f'evidence="{way}"' for way in fitting)
    text = f'this was asked with evidence="{options.evidence}", of {known}; '
    if options.evidence in fitting:
        return text + (
            f"that fits a policy for {', '.join(families)}: the service may show its evidence "
            "elsewhere (attestation_url=, with a path if need be), or not at all"
        )
    return text + f"for a policy for {', '.join(families)} try {usual}"
