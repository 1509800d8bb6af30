#!/usr/bin/env python3
"""Makes tests/vectors, or with --check says whether it is what would be made."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

try:
    import cbor2  # noqa: F401
    import cryptography  # noqa: F401
except ImportError as missing:
    print(f"SKIPPED: Python's package {missing.name} is not installed", file=sys.stderr)
    sys.exit(77)

from forge import (
    cases_dcap_collateral,
    cases_dcap_containers,
    cases_dcap_policy,
    cases_dcap_quote,
    cases_document,
    cases_hcl,
    cases_hcl_tdx,
    cases_nitro_bad,
    cases_nitro_ok,
    cases_ok,
    cases_ok_trust,
    cases_policy_bad,
    cases_policy_ok,
    cases_policy_refused,
    cases_quote,
    cases_snp_bad,
    cases_snp_ok,
    cases_trust,
    cases_wire,
    keys,
    maa_bad_claims,
    maa_bad_form,
    maa_bad_trust,
    maa_ok,
    maa_policies_flat,
    maa_policies_own,
    maa_policies_release,
)
from forge.case import Case
from forge.dcap_case import QuoteCase
from forge.nitro_case import Case as NitroCase
from forge.snp_case import Case as SnpCase

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests/vectors"
FAMILIES = (
    "policy",
    *re.findall(r"^FAMILY\((\w+)\)", (ROOT / "lib/families.def").read_text(), re.M),
)
LIMIT = 24 << 20


def all_cases() -> list[Case | NitroCase | SnpCase | QuoteCase]:
    """Every forged case."""
    modules = (
        cases_ok,
        cases_ok_trust,
        cases_wire,
        cases_document,
        cases_quote,
        cases_trust,
        cases_policy_ok,
        cases_policy_refused,
        cases_policy_bad,
        cases_snp_ok,
        cases_snp_bad,
        maa_ok,
        maa_bad_form,
        maa_bad_claims,
        maa_bad_trust,
        cases_dcap_quote,
        cases_dcap_collateral,
        cases_dcap_policy,
        cases_nitro_ok,
        cases_nitro_bad,
        cases_hcl,
        cases_hcl_tdx,
        cases_dcap_containers,
        maa_policies_own,
        maa_policies_flat,
        maa_policies_release,
    )
    return [case for module in modules for case in module.cases()]


def wanted() -> dict[str, bytes]:
    """Every file that should be there, by its path below tests/vectors."""
    out: dict[str, bytes] = {}
    folders: set[str] = set()
    for case in all_cases():
        if case.folder in folders:
            raise SystemExit(f"two cases are called {case.folder}")
        folders.add(case.folder)
        out.update(case.files())
    return out


def present() -> dict[str, bytes]:
    """Every file that is there."""
    return {
        str(path.relative_to(VECTORS)): path.read_bytes()
        for family in FAMILIES
        for path in sorted((VECTORS / family).rglob("*"))
        if path.is_file()
    }


def check(files: dict[str, bytes]) -> int:
    """Compares; prints what differs."""
    there = present()
    problems = [f"missing: {path}" for path in files if path not in there]
    problems += [f"not ours: {path}" for path in there if path not in files]
    problems += [
        f"differs: {path}" for path in files if there.get(path, files[path]) != files[path]
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"forge: {len(files)} files in {VECTORS.name} are what make.py makes")
    return 1 if problems else 0


def write(files: dict[str, bytes]) -> None:
    """Writes them all, and removes what does not belong."""
    for family in FAMILIES:
        shutil.rmtree(VECTORS / family, ignore_errors=True)
    for path, content in files.items():
        target = VECTORS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    keys.RANDOM.save()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    files = wanted()
    size = sum(map(len, files.values()))
    if size > LIMIT:
        raise SystemExit(f"the vectors would have {size} bytes, more than {LIMIT}")
    if options.check:
        return check(files)
    write(files)
    folders = {path.rsplit("/", 1)[0] for path in files if path.endswith("/case.json")}
    good = sum("/ok--" in f"/{folder}" for folder in folders)
    print(
        f"forge: {len(folders)} cases, {good} accepted, {len(folders) - good} refused, {size} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
