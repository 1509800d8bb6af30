#!/usr/bin/env python3
"""Runs every libFuzzer target of a build for a while and says what came of it.

    tests/fuzz/run.py build/fuzz --seconds 30

A target passes when it finds nothing and reaches its minimum of features (a target that exercises
nothing also finds nothing). `must_fail`, which has a planted bug, passes when it is found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
MINIMUM_FEATURES = 60
# Targets that are small by nature.
SMALL = {"must_fail": 1, "base64": 30}
FEATURES = re.compile(r"\bft: (\d+)")
RUNS = re.compile(r"^stat::number_of_executed_units: (\d+)", re.MULTILINE)


@dataclass
class Outcome:
    """What came of one target."""

    name: str
    runs: int
    features: int
    problem: str

    def row(self) -> str:
        """One line of the table."""
        return f"{self.name:24} {self.runs:>10} {self.features:>8}  {self.problem or 'ok'}"


def seeds(name: str, folder: Path) -> Path:
    """The committed corpus as a flat, throw-away folder that libFuzzer may add to."""
    out = folder / "corpus"
    out.mkdir()
    source = HERE / "corpus" / name
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        if path.is_file():
            shutil.copy(path, out / path.name)
    return out


def run(target: Path, seconds: int, findings: Path) -> Outcome:
    """Runs one target."""
    name = target.name.removeprefix("fuzz_")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if name == "must_fail":
            (work / "corpus").mkdir()  # without its seed: the bug must be found, not replayed
            corpus = work / "corpus"
        else:
            corpus = seeds(name, work)
        command = [
            str(target),
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            "-max_len=65536",
            f"-artifact_prefix={work}/finding-",
            str(corpus),
        ]
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1"}
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, env=environment
        )
        found = FEATURES.findall(done.stderr)
        features = int(found[-1]) if found else 0
        counted = RUNS.search(done.stderr)
        runs = int(counted.group(1)) if counted else 0
        problem = ""
        if name == "must_fail":
            if done.returncode == 0:
                problem = "the planted bug was not found"
        elif done.returncode != 0:
            findings.mkdir(parents=True, exist_ok=True)
            for path in work.glob("finding-*"):
                shutil.copy(path, findings / f"{name}-{path.name}")
            (findings / f"{name}.log").write_text(done.stderr)
            problem = f"exit {done.returncode}, see {findings}/{name}.log"
        elif features < SMALL.get(name, MINIMUM_FEATURES):
            problem = f"only {features} features: does it exercise anything?"
        return Outcome(name, runs, features, problem)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("build", type=Path, help="a build folder made with the fuzz preset")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--only", default="", help="targets whose name holds this")
    options = parser.parse_args()
    targets = sorted(
        path
        for path in (options.build / "tests" / "fuzz").glob("fuzz_*")
        if path.is_file() and os.access(path, os.X_OK) and options.only in path.name
    )
    if not targets:
        print(f"no fuzz targets in {options.build}", file=sys.stderr)
        return 1
    if not options.only and not any(path.name == "fuzz_must_fail" for path in targets):
        print(
            "must_fail is missing: nothing says that this harness finds anything", file=sys.stderr
        )
        return 1
    print(f"{'target':24} {'runs':>10} {'features':>8}  outcome")
    workers = max(1, min(2, os.cpu_count() or 1))
    bad = 0
    findings = options.build / "findings"
    with ThreadPoolExecutor(workers) as pool:
        for outcome in pool.map(lambda path: run(path, options.seconds, findings), targets):
            print(outcome.row(), flush=True)
            bad += bool(outcome.problem)
    print(f"{len(targets)} targets, {bad} with a problem")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
