"""Tokens of Microsoft Azure Attestation.

    anchors = cupel.TrustAnchors().with_issuer_keys(issuer, jwks)   # the keys that you vouch for
    token = maa.parse(compact)                                      # structure only
    verified = maa.verify(token, now=now, anchors=anchors)
    verified.value.claims["maa.x-ms-attestation-type"]
    claims = maa.claims(verified)                                   # for appraise()

The names are those of the C++ namespace cupel::maa. A token's fields are its writer's word until
verify() has said whose. Every function raises a CupelError on bad input.
"""

from cupel._core.maa import (
    CLOCK_SKEW_S,
    SignerEvidence,
    SigningKey,
    Token,
    VerifiedToken,
    claims,
    evaluate,
    needed,
    parse,
    parse_evidence,
    signer_evidence,
    vendor_anchors,
    verify,
)

__all__ = [
    "CLOCK_SKEW_S",
    "SignerEvidence",
    "SigningKey",
    "Token",
    "VerifiedToken",
    "claims",
    "evaluate",
    "needed",
    "parse",
    "parse_evidence",
    "signer_evidence",
    "vendor_anchors",
    "verify",
]
