"""The code in README.md runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from where import ROOT, Command

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_there_is_a_block_of_each_language() -> None:
    for language in ("python", "sh", "cpp", "cmake"):
        assert len(blocks(language)) == 1, language


def test_shell_block_runs(cupel: Command) -> None:
    script = "set -e\n" + blocks("sh")[0]
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": f"{cupel.path.parent}:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "AUTHENTIC" in ran.stdout
    assert "ACCEPTED" in ran.stdout


def test_python_block_runs(tmp_path: Path) -> None:
    pytest.importorskip("cupel")
    script = tmp_path / "readme.py"
    script.write_text(blocks("python")[0])
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert "ACCEPTED" in ran.stdout


def test_cpp_block_compiles_and_asks(tmp_path: Path) -> None:
    library = ROOT / "build/release/lib/libcupel.a"
    if not library.is_file():
        pytest.skip("the release library is not built (tests/install/run builds it)")
    source = tmp_path / "readme.cpp"
    source.write_text(blocks("cpp")[0])
    program = tmp_path / "readme"
    subprocess.run(
        [
            "g++",
            "-std=c++20",
            "-Wall",
            "-Wextra",
            f"-I{ROOT}/include",
            f"-I{ROOT}/build/release/include",
            source,
            library,
            "-o",
            program,
            "-lssl",
            "-lcrypto",
            "-lcurl",
            "-ltss2-mu",
            "-lcbor",
        ],
        check=True,
        timeout=300,
    )
    testing = pytest.importorskip("cupel.testing")
    with testing.AttestedService() as service:
        policy = tmp_path / "policy.json"
        service.write_policy(policy)
        ran = subprocess.run(
            [program, service.base_url, policy],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        # Nobody the vendor's anchors know certified the demo's TPM: the program must refuse it.
        assert ran.returncode != 0
        assert "untrusted_chain" in ran.stderr
        assert service.prompt_bytes_received == 0


def test_cmake_block_is_what_the_install_test_uses() -> None:
    used = (ROOT / "tests/install/CMakeLists.txt").read_text()
    assert "find_package(cupel" in used
    assert "cupel::cupel" in used
    assert "cupel::cupel" in blocks("cmake")[0]
