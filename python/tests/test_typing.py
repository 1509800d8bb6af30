"""The stub says what the extension has, and the package exports what it says."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import cupel
from cupel import _core, dcap, hcl, maa, measure, nitro, sgx, snp, tdx, tpm

SOURCE = Path(__file__).resolve().parents[1] / "src" / "cupel"
STUB = SOURCE / "_core"
TOOL = Path(__file__).resolve().parents[1] / "tools" / "make_stub.py"

# Modules that hand on all of the extension's module with the same name.
ROOMS = [dcap, hcl, maa, nitro, sgx, snp, tdx, tpm]


def short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def stub_names(path: Path) -> dict[str, set[str]]:
    """Public names of a stub; for each class its members."""
    names: dict[str, set[str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {
                member.name for member in node.body if isinstance(member, ast.FunctionDef)
            }
        elif isinstance(node, ast.FunctionDef):
            names[node.name] = set()
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[node.target.id] = set()
    return {name: members for name, members in names.items() if not name.startswith("_")}


def public(module: ModuleType) -> set[str]:
    return {
        name
        for name in vars(module)
        if not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)
    }


@pytest.mark.parametrize(
    ("module", "file"),
    [
        (_core, "__init__.pyi"),
        *((getattr(_core, short(room)), f"{short(room)}.pyi") for room in ROOMS),
        (_core.measure, "measure.pyi"),
    ],
    ids=["core", *map(short, ROOMS), "measure"],
)
def test_stub_names_what_the_module_has(module: ModuleType, file: str) -> None:
    stub = stub_names(STUB / file)
    assert stub.keys() == public(module)
    for name, members in stub.items():
        held = getattr(module, name)
        if isinstance(held, type):
            there = {member for member in vars(held) if not member.startswith("_")}
            assert {member for member in members if not member.startswith("_")} == there, name


def test_stub_is_what_the_generator_writes() -> None:
    pytest.importorskip("pybind11_stubgen")
    pytest.importorskip("ruff")
    spec = importlib.util.spec_from_file_location("make_stub", TOOL)
    assert spec is not None
    assert spec.loader is not None
    make_stub = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stub)
    made = make_stub.render()
    for name, text in made.items():
        assert text == (STUB / name).read_text(encoding="utf-8"), f"{name}: run {TOOL.name}"
    assert made.keys() == {path.name for path in STUB.glob("*.pyi")}


@pytest.mark.parametrize("module", [cupel, *ROOMS, measure], ids=lambda module: module.__name__)
def test_everything_public_is_exported_and_documented(module: ModuleType) -> None:
    assert module.__all__ == sorted(module.__all__, key=_ruff_order)
    for name in module.__all__:
        held = getattr(module, name)
        if callable(held) or isinstance(held, ModuleType):
            assert held.__doc__, name


def _ruff_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that ruff keeps."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_the_whole_core_is_reachable() -> None:
    internal = {"outcomes"}
    assert public(_core) - internal <= set(cupel.__all__)
    for room in ROOMS:
        assert public(getattr(_core, short(room))) == set(room.__all__)


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(cupel.__file__).parent / "py.typed").exists()


def test_import_does_nothing_else() -> None:
    """Neither openai nor the network code of other libraries is loaded by `import cupel`."""
    import subprocess

    code = (
        "import cupel; "
        "print([name for name in ('openai', 'requests', 'aiohttp') if name in sys.modules])"
    )
    path = str(Path(cupel.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {path!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_version_is_that_of_the_project() -> None:
    text = (SOURCE.parents[2] / "CMakeLists.txt").read_text(encoding="utf-8")
    assert f"project(cupel VERSION {cupel.__version__} " in text
