"""What the tests of cupel.sgx, cupel.snp and their like share: forged cases and their trust."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, TypedDict

import pytest

import cupel
from cupel._options import Revocation
from here import ROOT, VECTORS

FORGED = ROOT / "tests" / "vectors"


class Judged(TypedDict):
    """What every verification is told by keyword."""

    now: int
    anchors: cupel.TrustAnchors
    revocation: Revocation


def seconds(time: str) -> int:
    """RFC 3339 in UTC as seconds since 1970."""
    return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp())


@dataclass(frozen=True)
class Case:
    """A forged case: tests/vectors/README.md."""

    family: str
    name: str
    data: dict[str, Any]

    def read(self, name: str) -> bytes:
        """A file of the case."""
        return (FORGED / self.family / self.name / name).read_bytes()

    @property
    def evidence(self) -> bytes:
        """The evidence as a service would send it."""
        return self.read(self.data["evidence"])

    @property
    def endorsements(self) -> list[bytes]:
        """The contents of the files that were brought."""
        return [self.read(name) for name in self.data.get("endorsements", [])]

    @property
    def judged(self) -> Judged:
        """Time and trust of the case."""
        anchors = cupel.TrustAnchors()
        if self.data["anchors"] not in ("none", "vendor"):
            name = self.data["anchors"]
            anchors = anchors.with_certificates(name, self.read(name))
        elif self.data["anchors"] == "vendor":
            anchors = cupel.vendor_anchors(self.family)
        for name in self.data.get("keys", []):
            anchors = anchors.with_key(name, self.read(name))
        for issuer, name in self.data.get("issuer_keys", {}).items():
            anchors = anchors.with_issuer_keys(issuer, self.read(name))
        revocation = self.data.get("revocation", "if_available")
        return {"now": seconds(self.data["now"]), "anchors": anchors, "revocation": revocation}

    @property
    def evaluated(self) -> cupel.Claims:
        """What the one call for every family says."""
        endorsements = cupel.Endorsements(self.endorsements)
        return cupel.evaluate(self.family, self.evidence, **self.judged, endorsements=endorsements)


def case(family: str, name: str) -> Case:
    """One forged case."""
    text = (FORGED / family / name / "case.json").read_text(encoding="utf-8")
    return Case(family, name, json.loads(text))


def cases(family: str) -> list[Case]:
    """All forged cases of a family but those that ask about policies alone."""
    names = sorted(path.parent.name for path in (FORGED / family).glob("*/case.json"))
    found = [case(family, name) for name in names]
    return [one for one in found if one.data["expect"]["stage"] != "policy"]


def accepted(found: Case) -> bool:
    """Whether the evidence is authentic, whatever a policy says."""
    return "verdict" in found.data["expect"]


def captured(*path: str) -> Path:
    """A folder of captured evidence; skips the test where it is absent."""
    folder = VECTORS.joinpath(*path)
    if not folder.is_dir():
        pytest.skip(f"captured vectors are absent: {folder}")
    return folder


def beside_quote(folder: Path) -> cupel.Endorsements:
    """The collateral that was captured with a quote."""
    other = ("quote.bin", "case.json", "trusted_root.pem")
    files = [path.read_bytes() for path in sorted(folder.iterdir()) if path.name not in other]
    return cupel.Endorsements(files)


def expectation(folder: Path) -> dict[str, Any]:
    """What the collection says about a captured case."""
    data: dict[str, Any] = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    return data


def refused(call: Callable[[], object], code: str, where: str) -> cupel.CupelError:
    """The error that a call ends in, which has this code and place."""
    with pytest.raises(cupel.CupelError) as raised:
        call()
    assert (raised.value.code, raised.value.where) == (code, where), str(raised.value)
    return raised.value


def run_example(module: ModuleType, names: dict[str, Any]) -> dict[str, Any]:
    """Runs the example in a module's docstring, with other roots than the vendor's if given."""
    assert module.__doc__ is not None
    block = re.search(r"\n\n((?:    .*\n|\n)+)", module.__doc__)
    assert block is not None
    code = textwrap.dedent(block.group(1))
    if "anchors" in names:
        code = re.sub(r"\w+\.vendor_anchors\(\)", "anchors", code)
    space = dict(names)
    exec(compile(code, f"{module.__name__}.__doc__", "exec"), space)
    return space
