"""AMD SEV-SNP attestation reports.

    report = snp.parse(evidence)                                    # structure only
    anchors = snp.vendor_anchors()
    verified = snp.verify(report, now=now, anchors=anchors, endorsements=endorsements)
    product = verified.value.vek.product                            # "Milan"
    tcb = snp.parse_tcb(product, verified.value.body.reported_tcb)
    snp.parts(tcb)["microcode"]
    claims = snp.claims(verified)                                   # for appraise()

The names are those of the C++ namespace cupel::snp. parse_evidence() reads what carries more than
the report. Every function raises a CupelError on bad input.
"""

from cupel._core.snp import (
    REPORT_SIZE,
    SIGNED_SIZE,
    CertificateTable,
    CpuId,
    Evidence,
    FirmwareVersion,
    LegacyTcb,
    Report,
    ReportBody,
    ReportV2,
    ReportV3,
    ReportV4,
    ReportV5,
    TurinTcb,
    Vek,
    VekTrust,
    VerifiedReport,
    binds,
    claims,
    evaluate,
    needed,
    parse,
    parse_certificate_table,
    parse_evidence,
    parse_tcb,
    parts,
    product_of,
    vendor_anchors,
    verify,
    verify_uvm,
)

__all__ = [
    "REPORT_SIZE",
    "SIGNED_SIZE",
    "CertificateTable",
    "CpuId",
    "Evidence",
    "FirmwareVersion",
    "LegacyTcb",
    "Report",
    "ReportBody",
    "ReportV2",
    "ReportV3",
    "ReportV4",
    "ReportV5",
    "TurinTcb",
    "Vek",
    "VekTrust",
    "VerifiedReport",
    "binds",
    "claims",
    "evaluate",
    "needed",
    "parse",
    "parse_certificate_table",
    "parse_evidence",
    "parse_tcb",
    "parts",
    "product_of",
    "vendor_anchors",
    "verify",
    "verify_uvm",
]
