"""Intel TDX: quotes of trust domains, and the event logs that explain them.

    quote = tdx.parse(evidence)                                     # structure only
    collateral = dcap.Collateral.parse(endorsements)
    verified = tdx.verify(quote, collateral, now=now, anchors=tdx.vendor_anchors())
    boot = tdx.replay(event_log, verified)                          # the ACPI CCEL area
    boot.value.explained, verified.value.body.mrtd
    claims = tdx.claims(verified)                                   # for appraise()

The names are those of the C++ namespace cupel::tdx; shared types are in `cupel.dcap`. Every
function raises a CupelError on bad input.
"""

from cupel._core.tdx import (
    BootEvent,
    BootLog,
    Quote,
    TdReport10,
    TdReport15,
    VerifiedBootLog,
    VerifiedQuote,
    claims,
    evaluate,
    needed,
    parse,
    replay,
    vendor_anchors,
    verify,
)

__all__ = [
    "BootEvent",
    "BootLog",
    "Quote",
    "TdReport10",
    "TdReport15",
    "VerifiedBootLog",
    "VerifiedQuote",
    "claims",
    "evaluate",
    "needed",
    "parse",
    "replay",
    "vendor_anchors",
    "verify",
]
