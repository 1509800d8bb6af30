"""AWS Nitro attestation documents: of enclaves, and of instances with a NitroTPM.

    document = nitro.parse(evidence)                                # structure only
    verified = nitro.verify(document, now=now, anchors=nitro.vendor_anchors())
    verified.value.pcrs[0]                                          # the image
    claims = nitro.claims(verified)                                 # for appraise()

The names are those of the C++ namespace cupel::nitro. Every function raises a CupelError on bad
input.
"""

from cupel._core.nitro import (
    MAX_DOCUMENT_SIZE,
    PCR_COUNT,
    TPM_PCR_COUNT,
    Document,
    Signer,
    VerifiedDocument,
    claims,
    evaluate,
    needed,
    parse,
    vendor_anchors,
    verify,
)

__all__ = [
    "MAX_DOCUMENT_SIZE",
    "PCR_COUNT",
    "TPM_PCR_COUNT",
    "Document",
    "Signer",
    "VerifiedDocument",
    "claims",
    "evaluate",
    "needed",
    "parse",
    "vendor_anchors",
    "verify",
]
