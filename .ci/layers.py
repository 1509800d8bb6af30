#!/usr/bin/env python3
"""Who may include whom, where third-party headers may appear, and what low layers may not touch."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FAMILIES = re.findall(r"^FAMILY\((\w+)\)", (ROOT / "lib/families.def").read_text(), re.MULTILINE)
SHARED_BY_FAMILIES: dict[str, list[str]] = {
    "sgx": ["dcap"],
    "tdx": ["dcap"],
    "snp": ["uvm"],
    "hcl": ["snp", "uvm", "dcap", "tdx", "tpm"],
}
SHARED = sorted({room for rooms in SHARED_BY_FAMILIES.values() for room in rooms} - set(FAMILIES))

LOW = ["base", "codec", "crypto"]
ALLOWED = {
    "base": ["base"],
    "codec": ["base", "codec"],
    "crypto": ["base", "codec", "crypto"],
    "registry": [*LOW, "registry"],
    "appraise": [*LOW, "registry", "appraise"],
    "services": [*LOW, "registry", "appraise", "services"],
    "transport": [*LOW, "registry", "appraise", "services", "transport"],
    "collateral": [*LOW, "registry", "transport", "collateral"],
}
for room in SHARED:
    ALLOWED[room] = [*LOW, room]
for family in FAMILIES:
    ALLOWED[family] = [*LOW, "registry", family, *SHARED_BY_FAMILIES.get(family, [])]
# Reference values: beside the families, and as pure. Artifacts are tens of gigabytes, so reading
# them and hashing on all cores has a room of its own, which alone may touch files and threads.
ALLOWED["measure"] = [*LOW, "measure"]
ALLOWED["measure_files"] = [*LOW, "measure", "measure_files"]
MEASURE = ["measure", "measure_files"]
ALLOWED["cli"] = [
    *LOW,
    "registry",
    "appraise",
    "services",
    "collateral",
    "transport",
    *MEASURE,
    "cli",
]

THIRD_PARTY = {
    "openssl/": ("crypto", "transport"),
    "tss2/": ("tpm",),
    "cbor.h": ("codec",),
    "nlohmann/": ("codec",),
    "toml++/": ("codec",),
    "curl/": ("transport",),
    "CLI/": ("cli",),
    "barkeep/": ("cli",),
    "pybind11/": (),
}
PURE = [*LOW, *SHARED, *FAMILIES, "measure", "registry", "appraise", "services"]
FORBIDDEN_IN_PURE = {
    r"#include <(iostream|fstream|filesystem|thread|random|cstdio)>": "input, output or threads",
    r"\bgetenv\b": "the environment",
    r"\b(system_clock|steady_clock|time\(nullptr\)|::time\()": "the clock",
    r"\bstd::(cout|cerr|clog)\b": "printing",
    r"\bprintf\(": "printing",
    r"\bRAND_bytes\b": "randomness",
    r"\bsocket\(": "sockets",
}
# base/time.cpp formats with snprintf; nothing is printed.
EXCUSED = {("base/time.cpp", r"#include <(iostream|fstream|filesystem|thread|random|cstdio)>")}


def room_of(path: Path) -> str:
    """The room a file of lib/ belongs to."""
    relative = path.relative_to(ROOT / "lib")
    return "registry" if len(relative.parts) == 1 else relative.parts[0]


def included_room(name: str) -> str | None:
    """The room a quoted include names."""
    if name.startswith("cupel/"):
        return None
    return name.split("/")[0] if "/" in name else "registry"


def check_file(path: Path, problems: list[str]) -> None:
    """Applies every rule to one file of lib/."""
    room = room_of(path)
    text = path.read_text()
    shown = path.relative_to(ROOT)
    for match in re.finditer(r'^#include "([^"]+)"', text, re.MULTILINE):
        target = included_room(match.group(1))
        if target is not None and target not in ALLOWED.get(room, []):
            problems.append(f"{shown}: {room} may not include {match.group(1)}")
    for match in re.finditer(r"^#include <([^>]+)>", text, re.MULTILINE):
        for prefix, rooms in THIRD_PARTY.items():
            if match.group(1).startswith(prefix) and room not in rooms:
                problems.append(f"{shown}: <{match.group(1)}> does not belong in {room}")
    if room in PURE:
        for pattern, what in FORBIDDEN_IN_PURE.items():
            if (str(path.relative_to(ROOT / "lib")), pattern) in EXCUSED:
                continue
            if re.search(pattern, text):
                problems.append(f"{shown}: layers 0 to 3 do not touch {what}")
    if room != "base" and len(text.splitlines()) > 450:
        problems.append(f"{shown}: {len(text.splitlines())} lines; split it")
    if "placeholder until" in text:
        problems.append(f"{shown}: is a placeholder")


def check_sealers(problems: list[str]) -> None:
    """Verified<T> is made in one place per T, inside the family that owns T."""
    owners: dict[str, str] = {}
    for path in sorted((ROOT / "lib").rglob("*.cpp")):
        for match in re.finditer(r"struct (?:detail::)?Sealer<([\w:]+)>", path.read_text()):
            sealed = match.group(1)
            if sealed in owners:
                problems.append(
                    f"{path.relative_to(ROOT)}: {sealed} is already sealed in {owners[sealed]}"
                )
            owners[sealed] = str(path.relative_to(ROOT))
            if room_of(path) not in [*FAMILIES, *SHARED]:
                problems.append(f"{path.relative_to(ROOT)}: only a family room seals Verified<>")
    for header in (ROOT / "lib").rglob("*.hpp"):
        if "Sealer<" in header.read_text():
            problems.append(f"{header.relative_to(ROOT)}: sealers stay in their .cpp")


def main() -> int:
    """Runs all rules and prints what breaks them."""
    problems: list[str] = []
    for path in sorted((ROOT / "lib").rglob("*.[ch]pp")):
        check_file(path, problems)
    for path in sorted((ROOT / "include").rglob("*.hpp")):
        text = path.read_text()
        for prefix in THIRD_PARTY:
            if f"#include <{prefix}" in text:
                problems.append(f"{path.relative_to(ROOT)}: public headers name no third party")
        if re.search(r'^#include "', text, re.MULTILINE):
            problems.append(f"{path.relative_to(ROOT)}: public headers include <cupel/…> only")
    check_sealers(problems)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print("layers: every include goes down, every third-party header is where it belongs")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
