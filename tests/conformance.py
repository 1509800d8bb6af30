#!/usr/bin/env python3
"""Every vector through the `cupel` command and through Python; prints what differs.

    tests/conformance.py [--cupel PATH] [--captured FOLDER] [--only TEXT]

The C++ side is tests/conformance_test.cpp; tests/table.py prints all three side by side.
A language that cannot be run is named as skipped, never counted as passed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FORGED = ROOT / "tests" / "vectors"

# Endorsements of utility VMs are no evidence: they have functions and a command of their own.
UVM = "uvm"

KEYS = {
    "family", "evidence", "now", "anchors", "keys", "issuer_keys", "endorsements", "revocation",
    "policy", "nonce", "expect", "checks", "source", "comment", "excused_ranges",
}  # fmt: skip

# The command's contract (cupel --help), written down a second time on purpose.
MALFORMED = [
    "truncated",
    "trailing_bytes",
    "reserved_not_zero",
    "bad_magic",
    "bad_length",
    "bad_encoding",
    "unsupported_version",
    "unsupported_algorithm",
    "duplicate_field",
    "missing_field",
    "unknown_field",
    "out_of_range",
    "too_large",
]
NOT_AUTHENTIC = [
    "bad_signature",
    "bad_key",
    "key_mismatch",
    "digest_mismatch",
    "untrusted_chain",
    "bad_certificate",
    "not_yet_valid",
    "expired",
    "revoked",
    "collateral_mismatch",
]
UNDECIDED = ["revocation_unknown", "collateral_missing", "collateral_unavailable"]
EXIT = {
    **dict.fromkeys(MALFORMED, 4),
    **dict.fromkeys(NOT_AUTHENTIC, 3),
    **dict.fromkeys(UNDECIDED, 5),
    "bad_policy": 2,
    "accepted": 0,
    "refused": 1,
}


@dataclass(frozen=True)
class Case:
    """A case folder."""

    name: str
    folder: Path
    data: dict[str, Any]

    @property
    def expected(self) -> str:
        """The outcome in the words all languages share."""
        expect = self.data["expect"]
        if expect.get("verdict") == "accepted":
            return "accepted"
        if expect.get("verdict") == "refused":
            return "refused: " + " ".join(expect["failed_checks"])
        return error_text(expect["code"], expect["where"], expect.get("check", ""))

    @property
    def exit_code(self) -> int:
        """What the command must exit with."""
        expect = self.data["expect"]
        return EXIT[expect.get("verdict") or expect["code"]]


@dataclass
class Got:
    """What came of a case in one language."""

    outcome: str
    problems: list[str] = field(default_factory=list)


def error_text(code: str, where: str, check: str) -> str:
    """An error in the words all languages share."""
    return f"{code} at {where}" + (f" [{check}]" if check else "")


def cases(root: Path) -> list[Case]:
    """The case folders below root, sorted by name."""
    out = []
    for path in sorted(root.rglob("case.json")):
        data = json.loads(path.read_text())
        name = str(path.parent.relative_to(root))
        if set(data) - KEYS:
            raise SystemExit(f"{name}: unknown keys {sorted(set(data) - KEYS)}")
        out.append(Case(name, path.parent, data))
    return out


def seconds(time: str) -> int:
    """RFC 3339 in UTC as seconds since 1970."""
    parsed = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")
    return int(parsed.replace(tzinfo=timezone.utc).timestamp())


def refused_text(checks: list[tuple[str, str, bool]]) -> tuple[str, set[str]]:
    """The outcome and the claims of the checks (id, claim, passed) that failed."""
    failed = sorted({id_ for id_, _, passed in checks if not passed})
    claims = {claim for _, claim, passed in checks if not passed and claim}
    return "refused: " + " ".join(failed), claims


def compare_claims(case: Case, claims: dict[str, Any], problems: list[str]) -> None:
    """The claims the case names, against those that came out."""
    for name, value in case.data["expect"].get("claims", {}).items():
        got = claims.get(name, "(no such claim)")
        if got != value:
            problems.append(f"{name}: expected {value!r}, got {got!r}")


def compare_failed(case: Case, claims: set[str], problems: list[str]) -> None:
    """The claims whose checks failed."""
    expected = case.data["expect"].get("failed_claims")
    if expected is not None and claims != set(expected):
        problems.append(f"failed claims: expected {sorted(expected)}, got {sorted(claims)}")


# ---- the command ---------------------------------------------------------------------------------


def find_command(given: str | None) -> Path | None:
    """The command: given, CUPEL_BIN, a build, the virtual environment, or PATH."""
    candidates = [given, os.environ.get("CUPEL_BIN"), ROOT / "build/dev/lib/cupel",
                  ROOT / ".venv/bin/cupel"]  # fmt: skip
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate).resolve()
    found = shutil.which("cupel")
    return Path(found) if found else None


def command_line(case: Case, cupel: Path) -> list[str]:
    """The case as arguments; files are named as the case names them."""
    data = case.data
    if data["family"] == UVM:
        return [str(cupel), "uvm", data["evidence"], "--json", "--at", data["now"]]
    verb = "verify" if data.get("policy") else "show"
    args = [str(cupel), verb, data["evidence"], "--json", "--at", data["now"]]
    args += ["--family", data["family"]]
    # The command has no way to trust nothing: without --anchors it trusts the vendor's roots, which
    # are not those of any case that says "none".
    if data["anchors"] != "none":
        args += ["--anchors", data["anchors"]]
    for option, key in (
        ("--ak-key", "keys"),
        ("--endorse", "endorsements"),
        ("--policy", "policy"),
    ):
        for file in data.get(key, []):
            args += [option, file]
    for issuer, file in data.get("issuer_keys", {}).items():
        args += ["--issuer-keys", f"{issuer}={file}"]
    if "revocation" in data:
        args += ["--revocation", data["revocation"].replace("_", "-")]
    if "nonce" in data and verb == "verify":
        args += ["--nonce", data["nonce"]]
    return args


def through_command(case: Case, cupel: Path) -> Got:
    """Runs the command on a case."""
    done = subprocess.run(
        command_line(case, cupel), cwd=case.folder, capture_output=True, check=False, timeout=60
    )
    try:
        document = json.loads(done.stdout)
    except json.JSONDecodeError:
        return Got(f"no JSON, exit {done.returncode}", [done.stderr.decode(errors="replace")])
    problems: list[str] = []
    if done.returncode != case.exit_code:
        problems.append(f"exit code: expected {case.exit_code}, got {done.returncode}")
    if "error" in document:
        error = document["error"]
        return Got(error_text(error["code"], error["where"], error.get("check", "")), problems)
    if case.data["family"] == UVM:
        claims = {f"uvm.{name}": value for name, value in document["endorsement"].items()}
    else:
        claims = {name: claim["value"] for name, claim in document["claims"].items()}
    compare_claims(case, claims, problems)
    if document["verdict"] == "refused":
        checks = [(c["id"], c["claim"], c["passed"]) for c in document["checks"]]
        outcome, failed = refused_text(checks)
        compare_failed(case, failed, problems)
        return Got(outcome, problems)
    return Got({"authentic": "accepted"}.get(document["verdict"], document["verdict"]), problems)


# ---- Python --------------------------------------------------------------------------------------


def import_module() -> tuple[ModuleType | None, str]:
    """The Python package, or why there is none."""
    try:
        import cupel
    except ImportError as error:
        return None, f"the module cannot be imported ({error})"
    if not hasattr(cupel, "evaluate"):
        return None, "what is called cupel here is another thing"
    return cupel, ""


def as_json(value: Any) -> Any:
    """A claim's Python value in the form of case.json."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def uvm_through_python(case: Case, cupel: Any) -> Got:
    """Verifies an endorsement as Microsoft's; what it says takes the place of claims."""
    problems: list[str] = []
    try:
        parsed = cupel.uvm.parse((case.folder / case.data["evidence"]).read_bytes())
        verified = cupel.uvm.verify(
            parsed, cupel.uvm.container_platform(), now=seconds(case.data["now"])
        )
    except cupel.CupelError as error:
        return Got(error_text(error.code, error.where, error.check or ""), problems)
    names = ("issuer", "feed", "svn", "signed_at", "launch_measurement")
    said = {f"uvm.{name}": as_json(getattr(verified.value, name)) for name in names}
    compare_claims(case, said, problems)
    return Got("accepted", problems)


def through_python(case: Case, cupel: Any) -> Got:
    """Runs the Python functions on a case."""
    data, folder = case.data, case.folder
    if data["family"] == UVM:
        return uvm_through_python(case, cupel)

    def read(name: str) -> bytes:
        return (folder / name).read_bytes()

    now = seconds(data["now"])
    problems: list[str] = []
    try:
        policy = None
        if data.get("policy"):
            policy = cupel.load_policy([(name, read(name)) for name in data["policy"]])
        if data["anchors"] == "vendor":
            anchors = cupel.vendor_anchors(data["family"])
        else:
            anchors = cupel.TrustAnchors()
            if data["anchors"] != "none":
                anchors = anchors.with_certificates(data["anchors"], read(data["anchors"]))
        for name in data.get("keys", []):
            anchors = anchors.with_key(name, read(name))
        for issuer, name in data.get("issuer_keys", {}).items():
            anchors = anchors.with_issuer_keys(issuer, read(name))
        claims = cupel.evaluate(
            data["family"],
            read(data["evidence"]),
            now=now,
            anchors=anchors,
            endorsements=cupel.Endorsements([read(name) for name in data.get("endorsements", [])]),
            revocation=data.get("revocation", "if_available"),
        )
        compare_claims(case, {name: as_json(claims[name]) for name in claims}, problems)
        if policy is None:
            return Got("accepted", problems)
        nonce = bytes.fromhex(data["nonce"]) if "nonce" in data else None
        verdict = cupel.appraise(claims, policy, now=now, nonce=nonce)
    except cupel.CupelError as error:
        return Got(error_text(error.code, error.where, error.check or ""), problems)
    if verdict.accepted is not None:
        return Got("accepted", problems)
    outcome, failed = refused_text([(c.id, c.claim, c.passed) for c in verdict.checks])
    compare_failed(case, failed, problems)
    return Got(outcome, problems)


# ---- all of it -----------------------------------------------------------------------------------


@dataclass
class Language:
    """One way to run a case, or why it cannot be."""

    name: str
    run: Callable[[Case], Got] | None
    why_not: str = ""


def languages(cupel: str | None) -> list[Language]:
    """The command and Python."""
    command = find_command(cupel)
    module, why = import_module()
    return [
        Language("command", (lambda case: through_command(case, command)) if command else None,
                 "the cupel command is not built"),
        Language("python", (lambda case: through_python(case, module)) if module else None, why),
    ]  # fmt: skip


def all_cases(captured: Path | None) -> list[Case]:
    """Forged cases, and captured ones if there are any."""
    return cases(FORGED) + (cases(captured) if captured else [])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Every vector through the command and Python")
    parser.add_argument("--cupel", help="the cupel command")
    parser.add_argument(
        "--captured", type=Path, help="captured cases, as export_captured wrote them"
    )
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    chosen = [case for case in all_cases(options.captured) if options.only in case.name]
    bad = 0
    for language in languages(options.cupel):
        if language.run is None:
            print(f"{language.name}: SKIPPED, {language.why_not}")
            continue
        wrong = 0
        for case in chosen:
            got = language.run(case)
            problems = list(got.problems)
            if got.outcome != case.expected:
                problems.insert(0, f"expected '{case.expected}', got '{got.outcome}'")
            wrong += bool(problems)
            for problem in problems:
                print(f"{language.name}: {case.name}: {problem}")
        print(f"{language.name}: {len(chosen)} cases, {wrong} differ")
        bad += wrong
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
