"""cupel.measure: the same values as the definitions give, progress, and refusals."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cupel import CupelError, measure


def test_verity_of_one_block_is_its_digest(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(range(256)) * 16)
    salt = b"salt"
    recipe = measure.verity(image, salt=salt)
    assert recipe.value("root_hash") == hashlib.sha256(salt + image.read_bytes()).digest()
    assert recipe.parameters["data_blocks"] == "1"
    with pytest.raises(KeyError):
        recipe.value("pcr4")


def test_verity_reports_progress_and_can_be_stopped(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(8 << 20))
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return True

    root = measure.verity(image, progress=progress, threads=2).value("root_hash")
    assert seen[-1] == (8 << 20, 8 << 20)
    assert root == measure.verity(image, threads=1).value("root_hash")
    with pytest.raises(CupelError) as stopped:
        measure.verity(image, progress=lambda done, total: False)
    assert stopped.value.code == "refused"


def test_what_a_progress_callback_raises_is_raised(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(4 << 20))

    def broken(done: int, total: int) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        measure.verity(image, progress=broken)


def test_other_threads_run_meanwhile(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(4 << 20))
    names = set()

    def progress(done: int, total: int) -> bool:
        names.add(threading.get_ident())
        return True

    measure.verity(image, progress=progress, threads=4)
    assert names


def test_pcr15_is_three_extends() -> None:
    def extend(register: bytes, digest: bytes) -> bytes:
        return hashlib.sha256(register + digest).digest()

    root, pem = bytes(range(32)), b"-----BEGIN CERTIFICATE-----\n"
    expected = extend(extend(extend(bytes(32), root), bytes(32)), hashlib.sha256(pem).digest())
    recipe = measure.pcr15(root, pem)
    assert recipe.value("pcr15") == expected
    assert [event.into for event in recipe.events] == ["pcr15"] * 3
    assert recipe.values[0].claim == "tpm.pcr.sha256.15"


def test_refusals_say_what_and_where(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    calls: tuple[tuple[Callable[[], measure.Recipe], str], ...] = (
        (lambda: measure.verity(small), "measure.verity.data_blocks"),
        (lambda: measure.verity(small, hash="md5"), "hash"),
        (lambda: measure.uki(small), "measure.pe.dos.e_magic"),
        (lambda: measure.eif(small), "measure.eif.header"),
        (lambda: measure.snp(small), "measure.snp.ovmf"),
        (lambda: measure.tdvf(small), "measure.ovmf.footer"),
        (lambda: measure.sgxs(small), "measure.sgxs.record"),
        (lambda: measure.hostdata(small), "measure.hostdata.template"),
        (lambda: measure.pcr15(b""), "measure.pcr15.root_hash"),
        (lambda: measure.eif(tmp_path), str(tmp_path)),
    )
    for call, where in calls:
        with pytest.raises(CupelError) as refused:
            call()
        assert refused.value.where == where
    with pytest.raises(CupelError):
        measure.sigstruct(small)
