"""Modules that need more than the package does are imported when they are first named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cupel

SOURCE = str(Path(cupel.__file__).parents[1])


def run(code: str) -> str:
    """Runs code after `import cupel` in a new interpreter, with this package in its path."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {SOURCE!r}); import cupel\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["openai", "testing"])
def test_module_is_loaded_when_it_is_named(name: str) -> None:
    pytest.importorskip(f"cupel.{name}")
    loaded = f"print('cupel.{name}' in sys.modules)"
    assert run(f"{loaded}; cupel.{name}.__doc__; {loaded}").split() == ["False", "True"]


@pytest.mark.parametrize(
    "name", ["blindai", "completion", "measure", "tpm", "nitro", "errors", "client", "tls"]
)
def test_other_modules_are_there(name: str) -> None:
    assert run(f"print(cupel.{name}.__name__)") == f"cupel.{name}"


def test_dir_names_them_without_loading() -> None:
    code = (
        "print({'openai', 'testing', 'Client'} <= set(dir(cupel)), 'cupel.openai' in sys.modules)"
    )
    assert run(code) == "True False"


def test_star_import_loads_neither() -> None:
    code = (
        "from cupel import *; print('cupel.openai' in sys.modules, 'cupel.testing' in sys.modules)"
    )
    assert run(code) == "False False"


def test_what_is_missing_is_named() -> None:
    """As where the official client is not installed."""
    code = """
sys.modules["openai"] = None
try:
    cupel.openai
except AttributeError as error:
    print(error)
print(hasattr(cupel, "openai"))
"""
    said, has = run(code).splitlines()
    assert "pip install 'cupel[openai]'" in said
    assert has == "False"


@pytest.mark.parametrize("name", ["nothing", "Openai", "_options_", "kinds"])
def test_other_names_are_attribute_errors(name: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(cupel, name)
    assert name in str(raised.value)
