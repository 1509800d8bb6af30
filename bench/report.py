#!/usr/bin/env python3
"""Runs every benchmark of a build folder and prints the table and the ratios that matter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

#: family → the largest verify_warm ÷ floor that is aimed for
AIMS = {"tpm": 1.6, "nitro": 1.1, "snp": 1.1, "hcl": 1.5, "maa": 1.5, "sgx": 1.15, "tdx": 1.15}

#: what is measured against what, in the same run; ways a processor lacks are left out
MEASURED = {
    "measure/blocks_openssl": "measure/floor_sha256",
    "measure/blocks_avx2": "measure/blocks_openssl",
    "measure/blocks_sha_ni": "measure/blocks_openssl",
    "measure/blocks_avx512": "measure/blocks_openssl",
    "measure/verity": "measure/blocks_openssl",
    "measure/authenticode": "measure/floor_sha256",
}


def say(line: str = "") -> None:
    """Prints one line."""
    sys.stdout.write(line + "\n")


def run(program: Path, repetitions: int, rates: dict[str, float]) -> dict[str, float]:
    """Name → the median of the repetitions, in nanoseconds. Fills `rates`, per second, as well."""
    output = subprocess.run(
        [
            program,
            "--benchmark_format=json",
            f"--benchmark_repetitions={repetitions}",
            "--benchmark_report_aggregates_only=true",
            "--benchmark_min_time=0.1",
            # What is compared is measured in turn, so that a machine's moods meet all of it.
            "--benchmark_enable_random_interleaving=true",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rows = [
        row for row in json.loads(output)["benchmarks"] if row.get("aggregate_name") == "median"
    ]
    rates.update(
        {row["run_name"]: row["items_per_second"] for row in rows if "items_per_second" in row}
    )
    scale = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
    return {row["run_name"]: row["real_time"] * scale[row["time_unit"]] for row in rows}


def main() -> int:
    """Prints everything; fails only when a benchmark gives a wrong answer."""
    folder = Path(sys.argv[1]) / "bench"
    times: dict[str, float] = {}
    rates: dict[str, float] = {}
    for program in sorted(folder.glob("*_bench")):
        times.update(run(program, 9, rates))
    for name, nanoseconds in times.items():
        say(f"{name:24} {nanoseconds / 1000:12.2f} µs")
    say()
    for family, aim in AIMS.items():
        ratio = times[f"{family}/verify_warm"] / times[f"{family}/floor"]
        say(f"{family}: verify_warm ÷ floor = {ratio:.2f} (aim: at most {aim})")
        # The least that a verifier without memory must do, where that was measured too.
        cold_floor = (
            f"{family}/floor_cold" if f"{family}/floor_cold" in times else f"{family}/floor"
        )
        cold = times[f"{family}/verify_cold"] / times[cold_floor]
        say(f"{family}: verify_cold ÷ {cold_floor.split('/')[1]} = {cold:.2f}")
    for name, floor in MEASURED.items():
        if name in times:
            say(f"{name} = {times[floor] / times[name]:.2f} times the speed of {floor}")
    for way in ("one_cache", "no_cache"):
        found = {name: rate for name, rate in rates.items() if name.startswith(f"threads/{way}/")}
        alone = found.get(f"threads/{way}/real_time/threads:1", 0.0)
        for name, rate in found.items():
            times_alone = rate / alone if alone else 0.0
            say(f"{name} = {rate:,.0f} documents per second, {times_alone:.2f} times one thread")
    memory = json.loads(
        subprocess.run([folder / "bench_memory"], check=True, capture_output=True, text=True).stdout
    )
    say(
        f"memory of {memory['rounds']:,} verifications: "
        f"{memory['resident_kib_after_1_percent']} KiB after 1 %, "
        f"{memory['resident_kib_at_the_end']} KiB at the end, peak {memory['peak_kib']} KiB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
