"""What quotes of SGX and TDX have in common: their parts, Intel's collateral, its judgement.

    collateral = dcap.Collateral.parse(cupel.Endorsements(files))   # once, for many quotes
    quote = sgx.parse(dcap.trim_zero_padding(buffer))               # from a driver that pads
    verified = sgx.verify(quote, collateral, now=now, anchors=dcap.vendor_anchors())
    status = verified.value.tcb.status                              # "UpToDate", or what is behind

The names are those of the C++ namespace cupel::dcap. Statuses are Intel's words. Every function
raises a CupelError on bad input.
"""

from cupel._core.dcap import (
    MAX_QUOTE_SIZE,
    CertificationData,
    Collateral,
    Header,
    Judgement,
    Platform,
    PlatformName,
    SgxReport,
    SignatureData,
    at_pccs,
    trim_zero_padding,
    vendor_anchors,
)

__all__ = [
    "MAX_QUOTE_SIZE",
    "CertificationData",
    "Collateral",
    "Header",
    "Judgement",
    "Platform",
    "PlatformName",
    "SgxReport",
    "SignatureData",
    "at_pccs",
    "trim_zero_padding",
    "vendor_anchors",
]
