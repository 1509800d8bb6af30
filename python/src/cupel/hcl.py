"""Azure confidential VMs: the paravisor's report ties a virtual TPM to the hardware.

    evidence = hcl.parse_evidence(document)                         # structure only
    hardware = snp.verify(
        snp.parse(evidence.report.hardware_report),
        now=now, anchors=hcl.vendor_anchors(), endorsements=endorsements,
    )
    runtime_data = hcl.verify(evidence.report, hardware)
    trust = hcl.ak_trust(runtime_data)                              # the virtual TPM's key
    quote = tpm.verify(evidence.tpm.quote, trust, now=now, anchors=cupel.TrustAnchors())
    claims = hcl.claims(hardware, runtime_data, quote)              # for appraise()

The names are those of the C++ namespace cupel::hcl. On a TDX machine `hardware` is a verified TD
quote. Every function raises a CupelError on bad input.
"""

from cupel._core.hcl import (
    Evidence,
    Report,
    RuntimeData,
    VerifiedRuntimeData,
    VmConfiguration,
    ak_trust,
    binds,
    claims,
    evaluate,
    parse,
    parse_evidence,
    parse_runtime_data,
    vendor_anchors,
    verify,
)

__all__ = [
    "Evidence",
    "Report",
    "RuntimeData",
    "VerifiedRuntimeData",
    "VmConfiguration",
    "ak_trust",
    "binds",
    "claims",
    "evaluate",
    "parse",
    "parse_evidence",
    "parse_runtime_data",
    "vendor_anchors",
    "verify",
]
