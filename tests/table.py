#!/usr/bin/env python3
"""The same vectors through C++, the command and Python, side by side.

    tests/table.py [--build build/dev] [--summary] [--only TEXT]

Prints one row a case: expected, and ok or what came instead in each language; exits non-zero on any
difference, and when a language gave no answer at all. `--summary` prints differences and totals.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance import ROOT, Case, all_cases, languages


def through_cpp(build: Path) -> tuple[dict[str, str], str]:
    """Case name → outcome by the conformance test of a build; or why there is none."""
    program = build / "tests" / "conformance_test"
    if not program.is_file():
        return {}, f"{program} is not built"
    done = subprocess.run(
        [program, "--gtest_brief=1", "--gtest_filter=*IsJudged*"],
        capture_output=True, text=True, check=False, env={**os.environ, "CUPEL_TABLE": "1"},
    )  # fmt: skip
    out = {}
    for line in done.stdout.splitlines():
        if line.startswith("TABLE\t"):
            _, _, name, _, got = line.split("\t")
            out[name] = got
    return out, "" if out else "the conformance test printed no table"


def captured(build: Path, folder: Path) -> str:
    """Puts the captured cases into folder; says why not if there are none."""
    program = build / "tests" / "export_captured"
    if not program.is_file():
        return f"{program} is not built"
    done = subprocess.run([program, folder], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return done.stderr.strip() if done.returncode == 3 else ""


def row(case: Case, answers: dict[str, str]) -> tuple[str, bool]:
    """One line of the table, and whether all agree."""
    cells = [f"{name}={'ok' if got == case.expected else got}" for name, got in answers.items()]
    agree = all(got == case.expected for got in answers.values())
    return f"{case.name:75} {case.expected:70} {'  '.join(cells)}", agree


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Three languages side by side")
    parser.add_argument("--build", type=Path, default=ROOT / "build/dev")
    parser.add_argument("--summary", action="store_true", help="differences and totals only")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        why_none = captured(options.build, Path(folder))
        chosen = [
            case
            for case in all_cases(None if why_none else Path(folder))
            if options.only in case.name
        ]
        cpp, why_no_cpp = through_cpp(options.build)
        # The command that users get, when it is installed: it starts many times faster than one
        # with sanitizers, which have seen these cases in C++.
        commands = (ROOT / ".venv/bin/cupel", options.build / "lib/cupel")
        others = languages(next((str(path) for path in commands if path.is_file()), None))
        skipped = [f"{lang.name}: {lang.why_not}" for lang in others if lang.run is None]
        if why_no_cpp:
            skipped.append(f"c++: {why_no_cpp}")
        bad = 0
        for case in chosen:
            answers = {} if why_no_cpp else {"c++": cpp.get(case.name, "not run")}
            problems = []
            for language in others:
                if language.run is not None:
                    got = language.run(case)
                    answers[language.name] = got.outcome
                    problems += [f"{language.name}: {problem}" for problem in got.problems]
            line, agree = row(case, answers)
            if not agree or problems:
                bad += 1
            if not options.summary or not agree or problems:
                print(line)
                for problem in problems:
                    print(f"    {problem}")
    run = 3 - len(skipped)
    print(f"\n{len(chosen)} cases in {run} of 3 languages, {bad} differ")
    for line in skipped:
        print(f"SKIPPED {line}")
    if why_none:
        print(f"SKIPPED captured cases: {why_none}")
    return 1 if bad or run == 0 or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
