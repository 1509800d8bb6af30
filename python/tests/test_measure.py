"""cupel.measure: the same values as the definitions give, progress, and refusals."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cupel import CupelError, load_policy, measure
from forge import measure as forged


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
    with image.open("wb") as file:
        file.truncate(512 << 20)
    beats: list[float] = []
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.001):
            beats.append(time.monotonic())

    other = threading.Thread(target=beat)
    other.start()
    began = time.monotonic()
    measure.verity(image, threads=1)
    over = time.monotonic()
    ended.set()
    other.join()
    assert len([at for at in beats if began < at < over]) >= 3


def test_an_answer_of_the_callback_that_is_no_bool_is_an_error(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(4 << 20))
    with pytest.raises((RuntimeError, TypeError)):
        measure.verity(image, progress=lambda done, total: "yes")  # type: ignore[arg-type,return-value]


def test_tree_can_be_written_and_checked(tmp_path: Path) -> None:
    image, tree = tmp_path / "image", tmp_path / "tree"
    content = bytearray(hashlib.shake_256(b"image").digest(300 * 4096))
    image.write_bytes(content)
    root = measure.verity(image, write_tree=tree, salt=b"s").value("root_hash")
    assert measure.verity(image, superblock=tree).value("root_hash") == root
    assert measure.verity_check(image, tree, root) is None
    content[123 * 4096] ^= 1
    image.write_bytes(content)
    fault = measure.verity_check(image, tree, root)
    assert fault is not None
    assert (fault.kind, fault.block, fault.offset) == ("data_block", 123, 123 * 4096)
    fault = measure.verity_check(image, tree, bytes(32))
    assert fault is not None
    assert fault.kind == "root"
    with pytest.raises(CupelError) as kept:  # the tree is not overwritten
        measure.verity(image, write_tree=tree)
    assert kept.value.code == "invalid_argument"
    assert measure.verity(image, write_tree=tree, force=True).value("root_hash") != root
    with pytest.raises(CupelError):
        measure.verity_check(image, image, root)


def test_inputs_are_hashed_when_asked_for(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(8192))
    assert measure.verity(image).inputs == ()
    (only,) = measure.verity(image, inputs=True).inputs
    assert (only.role, only.name, only.size) == ("image", str(image), 8192)
    assert only.sha256 == hashlib.sha256(bytes(8192)).digest()


def test_pcr15_is_three_extends() -> None:
    def extend(register: bytes, digest: bytes) -> bytes:
        return hashlib.sha256(register + digest).digest()

    root, pem = bytes(range(32)), b"-----BEGIN CERTIFICATE-----\n"
    expected = extend(extend(extend(bytes(32), root), bytes(32)), hashlib.sha256(pem).digest())
    recipe = measure.pcr15(root, pem)
    assert recipe.value("pcr15") == expected
    assert [event.into for event in recipe.events] == ["pcr15"] * 3
    assert recipe.values[0].claim == "tpm.pcr.sha256.15"


def written(path: Path, content: bytes) -> Path:
    """A file with this content."""
    path.write_bytes(content)
    return path


def test_boots(tmp_path: Path) -> None:
    image = written(tmp_path / "uki.efi", forged.uki(257))
    recipe = measure.uki(image)
    assert [event.what for event in recipe.events if event.into == "pcr4"][-2:] == [
        "UKI",
        "kernel (.linux)",
    ]
    assert recipe.value("pcr4") != measure.uki(image, stub=258).value("pcr4")
    assert recipe.value("pcr4") != measure.uki(image, secure_boot=True).value("pcr4")
    assert recipe.value("pcr4") != measure.uki(image, returning=True).value("pcr4")
    assert recipe.value("pcr12") != measure.uki(image, loader_options="quiet").value("pcr12")
    other = measure.uki(image, phases="sysinit")
    assert {value.name for value in other.values} - {value.name for value in recipe.values} == {
        "pcr11:sysinit"
    }
    assert other.value("pcr11:sysinit") not in {value.value for value in recipe.values}
    usual = measure.uki(image, phases="enter-initrd")
    assert [value.name for value in usual.values] == [value.name for value in recipe.values]
    assert len(measure.uki(image, bank="sha384").value("pcr4")) == 48
    loader = written(tmp_path / "loader.efi", forged.pe([(".text", b"loader")]))
    assert recipe.value("pcr4") != measure.uki(image, loaders=[loader]).value("pcr4")
    extra = tmp_path / "extra.d"
    extra.mkdir()
    written(extra / "a.cred", b"secret")
    assert recipe.value("pcr12") != measure.uki(image, extra=extra).value("pcr12")
    digest = measure.pe(image)
    events = {event.what: event.digest for event in recipe.events}
    assert digest.value("authenticode_sha256") == events["UKI"]
    policy = load_policy(("policy.json", recipe.policy().encode()))
    assert "tpm.pcr.sha256.4" in policy.to_json()
    with pytest.raises(ValueError, match="no evidence carries"):
        digest.policy()


def test_boot_from_a_disk(tmp_path: Path) -> None:
    disk = written(tmp_path / "disk.raw", forged.gpt())
    with pytest.raises(CupelError) as refused:  # the file is there, and is no PE image
        measure.uki(disk, disk=True)
    assert refused.value.where == "measure.pe.dos.e_magic"
    with pytest.raises(CupelError) as refused:
        measure.uki(disk, disk=True, file="EFI/BOOT/OTHER.EFI")
    assert refused.value.code == "missing_field"


def test_blindllama_files(tmp_path: Path) -> None:
    image = written(tmp_path / "uki.efi", forged.uki(257))
    recipe = measure.uki(image)
    pcrs = {index: recipe.value(f"pcr{index}") for index in (1, 2, 3, 4, 12, 13)}
    text = measure.blindllama_measurements(pcrs | {0: bytes(32)})
    assert json.loads(text)["measurements"]["4"] == recipe.value("pcr4").hex()
    assert json.loads(measure.application_json(bytes(32))) == {
        "application_disk_roothash": "00" * 32
    }
    assert len(measure.repart_salt("00112233-4455-6677-8899-aabbccddeeff")) == 32


def test_secure_boot_off_is_five_variables_and_a_separator(tmp_path: Path) -> None:
    recipe = measure.secureboot()
    assert len(recipe.events) == 6
    value = bytes(32)
    for event in recipe.events:
        value = hashlib.sha256(value + event.digest).digest()
    assert recipe.value("pcr7") == value
    assert measure.secureboot(firmware_without=True).value("pcr7") != value
    broken = written(tmp_path / "PK.esl", b"x")
    with pytest.raises(CupelError):
        measure.secureboot(pk=broken, db=broken)
    image = written(tmp_path / "uki.efi", forged.uki(257))
    printed = json.loads(measure.nitro_tpm([image]))["Measurements"]
    assert printed["HashAlgorithm"] == "SHA384"
    assert printed["PCR7"] == measure.secureboot(bank="sha384").value("pcr7").hex()


def test_enclave_images(tmp_path: Path) -> None:
    image = written(tmp_path / "image.eif", forged.eif())
    recipe = measure.eif(image)
    assert {value.name for value in recipe.values} == {"pcr0", "pcr1", "pcr2"}
    printed = json.loads(measure.nitro_cli(image))["Measurements"]
    assert printed["PCR0"] == recipe.value("pcr0").hex()
    role = "arn:aws:iam::123456789012:role/Webserver"
    values = measure.eif(role=role, instance="i-1234567890abcdef0")
    assert values.value("pcr3") == hashlib.sha384(bytes(48) + role.encode()).digest()
    assert values.value("pcr4")


def test_snp_launches(tmp_path: Path) -> None:
    ovmf = written(tmp_path / "ovmf.fd", forged.ovmf(kernel_hashes=True))
    wanted = measure.snp(ovmf, vcpus=6, vcpu_type="EPYC-Genoa").value("measurement")
    (found,) = measure.snp_find(ovmf, wanted)
    assert found.startswith("6 vCPUs, EPYC-Genoa")
    assert measure.snp_find(ovmf, bytes(48), max_vcpus=2) == ()
    by_number = measure.snp(ovmf, vcpus=6, vcpu_signature=0xA10F10).value("measurement")
    assert by_number == wanted
    kernel = written(tmp_path / "kernel", b"kernel")
    with_kernel = measure.snp(ovmf, kernel=kernel, append="quiet")
    assert with_kernel.value("measurement") != measure.snp(ovmf).value("measurement")
    assert measure.snp(ovmf, vmm="EC2").value("measurement") != wanted
    for options in ({"mode": "tdx"}, {"vmm": "bhyve"}, {"vcpu_type": "Pentium"}):
        with pytest.raises(CupelError) as refused:
            measure.snp(ovmf, **options)  # type: ignore[arg-type]
        assert refused.value.where in options
    absent = measure.snp(ovmf, kernel=kernel).value("measurement")
    matches = with_kernel.explain(absent).matches
    assert [one.change for one in matches] == ["without the command line"]


def test_id_blocks() -> None:
    recipe = measure.id_block(bytes(range(48)), guest_svn=7, policy=0xB0000)
    block = recipe.value("id_block")
    assert len(block) == 96
    assert block[:48] == bytes(range(48))
    assert block[-12:] == bytes([7, 0, 0, 0]) + (0xB0000).to_bytes(8, "little")
    wrongs: tuple[Callable[[], object], ...] = (
        lambda: measure.id_block(bytes(47)),
        lambda: measure.id_block(bytes(48), family_id=bytes(15)),
        lambda: measure.id_block(bytes(48), auth=bytes(4096)),
        lambda: measure.id_block(bytes(48), id_key=b"no key"),
    )
    for wrong in wrongs:
        with pytest.raises(CupelError):
            wrong()


def test_container_policies(tmp_path: Path) -> None:
    rego = b"package policy\n"
    by_name = measure.hostdata(written(tmp_path / "policy.rego", rego))
    assert by_name.value("hostdata") == hashlib.sha256(rego).digest()
    plain = written(tmp_path / "policy", rego)
    assert measure.hostdata(plain, form="rego").value("hostdata") == by_name.value("hostdata")
    assert by_name.parameters["form"] == "rego"
    with pytest.raises(CupelError):
        measure.hostdata(plain)  # no base64
    with pytest.raises(CupelError) as refused:
        measure.hostdata(plain, form="toml")
    assert refused.value.where == "measure.hostdata.form"


def test_sgx_enclaves(tmp_path: Path) -> None:
    stream = written(tmp_path / "enclave.sgxs", forged.sgxs())
    recipe = measure.sgx(stream, inputs=True)
    assert recipe.inputs[0].role == "sgxs"
    text = measure.manifest(stream)
    assert f'mr_enclave = "{recipe.value("mrenclave").hex()}"' in text
    assert "allow_debug = true" in measure.manifest(stream, development=True)
    with pytest.raises(CupelError) as refused:  # its signature is none
        measure.sigstruct(written(tmp_path / "enclave.sig", forged.sigstruct()))
    assert refused.value.code == "bad_signature"


def test_tdx_firmware(tmp_path: Path) -> None:
    firmware = written(tmp_path / "tdvf.fd", forged.ovmf())
    recipe = measure.tdx(firmware)
    assert len(recipe.value("mrtd")) == 48
    assert recipe.value("mrtd") != recipe.value("mrtd_two_pass")
    with pytest.raises(CupelError) as refused:  # this one has no place for the TD HOB
        measure.tdx(firmware, memory=1 << 30)
    assert refused.value.where == "measure.tdx.hob.section"
    with pytest.raises(CupelError) as refused:
        measure.tdx()
    assert refused.value.code == "invalid_argument"


def test_recipes_explain(tmp_path: Path) -> None:
    image = written(tmp_path / "uki.efi", forged.uki(257))
    recipe = measure.uki(image)
    there = measure.uki(image, stub=258).value("pcr4")
    found = recipe.explain(there)
    assert "without kernel (.linux)" in [one.change for one in found.matches]
    assert {one.value for one in found.matches} == {"pcr4"}
    assert found.missing_inputs == ()
    saved = tmp_path / "recipe.json"
    saved.write_text(recipe.json)
    assert measure.load_recipe(saved) == recipe
    image.unlink()
    found = measure.load_recipe(saved).explain(there)
    assert found.missing_inputs == (str(image),)
    assert recipe.explain(bytes(range(32))).matches == ()
    with pytest.raises(CupelError):
        recipe.explain(recipe.value("pcr4"))  # nothing is to be explained
    for text in ("", "{}", "[]", recipe.json.replace("cupel.recipe/1", "cupel.recipe/2")):
        saved.write_text(text)
        with pytest.raises(CupelError):
            measure.load_recipe(saved)


def test_refusals_say_what_and_where(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    calls: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: measure.verity(small), "measure.verity.data_blocks"),
        (lambda: measure.verity(small, hash="md5"), "hash"),
        (lambda: measure.verity(small, uuid="x"), "uuid"),
        (lambda: measure.verity(small, offset=2), "measure.verity.offset"),
        (lambda: measure.verity(small, partition="x"), "measure.gpt.header.signature"),
        (lambda: measure.uki(small), "measure.pe.dos.e_magic"),
        (lambda: measure.uki(small, bank="md5"), "bank"),
        (lambda: measure.pe(small), "measure.pe.dos.e_magic"),
        (lambda: measure.eif(small), "measure.eif.header"),
        (measure.eif, "measure.eif"),
        (lambda: measure.snp(small), "measure.snp.ovmf"),
        (lambda: measure.tdx(small), "measure.ovmf.footer"),
        (lambda: measure.sgx(small), "measure.sgxs.record"),
        (lambda: measure.hostdata(small, form="arm"), "measure.hostdata.template"),
        (lambda: measure.pcr15(b""), "measure.pcr15.root_hash"),
        (lambda: measure.eif(tmp_path), str(tmp_path)),
        (lambda: measure.sgx(tmp_path / "none"), str(tmp_path / "none")),
        (lambda: measure.verity("/dev/null"), "/dev/null"),
    )
    for call, where in calls:
        with pytest.raises(CupelError) as refused:
            call()
        assert refused.value.where.startswith(where)
    with pytest.raises(CupelError):
        measure.sigstruct(small)
