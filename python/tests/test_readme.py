"""The code in python/README.md is code, and what can run alone runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cupel

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[str(i) for i in range(len(BLOCKS))])
def test_block_compiles_and_names_what_exists(block: str) -> None:
    compile(block, "README.md", "exec")
    for name in re.findall(r"\bcupel\.([A-Za-z_]\w*)(?![\w/])", block):
        assert name in ("openai", "testing") or hasattr(cupel, name), name


def test_offline_block_runs(blindllama: Path, tmp_path: Path) -> None:
    [block] = [block for block in BLOCKS if "cupel.recognise(" in block]
    shutil.copy(blindllama / "attestation.json", tmp_path)
    policy = cupel.load_policy(
        [blindllama / "measurements_azure.json", blindllama / "application.json"]
    )
    (tmp_path / "policy.json").write_text(policy.to_json(), encoding="utf-8")
    path = str(Path(cupel.__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {path!r}); import cupel\n{block}\nprint(verdict)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ACCEPTED" in done.stdout
