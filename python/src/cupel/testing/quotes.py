"""DCAP quotes as a pretended platform makes them: SGX version 3, TDX version 4.

Forms: Intel SGX ECDSA QuoteLibReference DCAP API, appendix A.4; Intel TDX DCAP Quoting Library API,
appendix A.3. All integers are little-endian.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from cupel.testing.intel import (
    CPU_SVN,
    QE_SIGNER,
    QE_SVN,
    TD_QE_SIGNER,
    TDX_SVN,
    IntelAuthority,
    Pck,
    raw_point,
    raw_signature,
)

_INTEL_QE = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")
_QE_AUTHENTICATION_DATA = bytes(range(32))


def _u16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


@dataclass(frozen=True)
class SgxReport:
    """384 bytes about an enclave."""

    mrenclave: bytes
    report_data: bytes
    mrsigner: bytes = bytes(range(32, 64))
    flags: int = 0x05  # INIT, MODE64BIT
    isv_prod_id: int = 7
    isv_svn: int = 3

    def wire(self, cpu_svn: bytes) -> bytes:
        """The bytes."""
        return (
            cpu_svn
            + bytes(32)  # MISCSELECT, reserved, ISVEXTPRODID
            + self.flags.to_bytes(8, "little")
            + (0x03).to_bytes(8, "little")  # XFRM: x87, SSE
            + self.mrenclave
            + bytes(32)
            + self.mrsigner
            + bytes(96)
            + _u16(self.isv_prod_id)
            + _u16(self.isv_svn)
            + bytes(60)
            + self.report_data
        )


@dataclass(frozen=True)
class TdReport:
    """584 bytes about a trust domain."""

    mrtd: bytes
    rtmr: tuple[bytes, bytes, bytes, bytes]
    report_data: bytes

    def wire(self) -> bytes:
        """The bytes."""
        return (
            TDX_SVN
            + hashlib.sha384(b"Cupel demo TDX module").digest()
            + bytes(48 + 8)  # MRSIGNERSEAM: Intel's; SEAMATTRIBUTES
            + (1 << 28).to_bytes(8, "little")  # SEPT_VE_DISABLE
            + bytes.fromhex("e718060000000000")  # XFAM
            + self.mrtd
            + bytes(3 * 48)  # MRCONFIGID, MROWNER, MROWNERCONFIG
            + b"".join(self.rtmr)
            + self.report_data
        )


class Platform:
    """One machine: its PCK, and the quoting enclave's attestation key."""

    def __init__(self, authority: IntelAuthority, cpu_svn: bytes = CPU_SVN) -> None:
        """Makes the machine's keys and has them certified."""
        self._authority = authority
        self.pck: Pck = authority.certify_platform(cpu_svn)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def sgx_quote(self, report: SgxReport) -> bytes:
        """A quote of version 3."""
        header = _u16(3) + _u16(2) + _u32(0) + _u16(10) + _u16(15) + _INTEL_QE + bytes(20)
        return self._sign(header + report.wire(self.pck.cpu_svn), self._vouched(tdx=False))

    def tdx_quote(self, report: TdReport) -> bytes:
        """A quote of version 4."""
        header = _u16(4) + _u16(2) + _u32(0x81) + bytes(4) + _INTEL_QE + bytes(20)
        vouched = self._vouched(tdx=True)
        return self._sign(header + report.wire(), _u16(6) + _u32(len(vouched)) + vouched)

    def _vouched(self, *, tdx: bool) -> bytes:
        """The QE's report, which names its key, signed by the PCK, and the PCK's chain."""
        named = hashlib.sha256(raw_point(self._key) + _QE_AUTHENTICATION_DATA).digest()
        qe = SgxReport(
            mrenclave=hashlib.sha256(b"Cupel demo quoting enclave").digest(),
            report_data=named + bytes(32),
            mrsigner=TD_QE_SIGNER if tdx else QE_SIGNER,
            flags=0x15,  # with PROVISIONKEY
            isv_prod_id=2 if tdx else 1,
            isv_svn=QE_SVN,
        ).wire(self.pck.cpu_svn)
        chain = self._authority.pck_chain(self.pck).encode("ascii") + b"\0"
        return (
            qe
            + raw_signature(self.pck.key, qe)
            + _u16(len(_QE_AUTHENTICATION_DATA))
            + _QE_AUTHENTICATION_DATA
            + _u16(5)
            + _u32(len(chain))
            + chain
        )

    def _sign(self, message: bytes, vouched: bytes) -> bytes:
        data = raw_signature(self._key, message) + raw_point(self._key) + vouched
        return message + _u32(len(data)) + data
