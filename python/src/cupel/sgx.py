"""Intel SGX: quotes of enclaves.

    quote = sgx.parse(evidence)                                     # structure only
    collateral = dcap.Collateral.parse(endorsements)
    verified = sgx.verify(quote, collateral, now=now, anchors=sgx.vendor_anchors())
    verified.value.report.mrenclave, verified.value.tcb.status      # what, and how up to date
    claims = sgx.claims(verified)                                   # for appraise()

The names are those of the C++ namespace cupel::sgx; shared types are in `cupel.dcap`. A quote in an
X.509 certificate (RA-TLS) is what evaluate() takes. Every function raises a CupelError on bad
input.
"""

from cupel._core.sgx import (
    Quote,
    VerifiedQuote,
    claims,
    evaluate,
    needed,
    parse,
    vendor_anchors,
    verify,
)

__all__ = [
    "Quote",
    "VerifiedQuote",
    "claims",
    "evaluate",
    "needed",
    "parse",
    "vendor_anchors",
    "verify",
]
