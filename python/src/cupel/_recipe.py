"""What every computation of a reference value answers with."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cupel._core import measure as _core


@dataclass(frozen=True)
class Input:
    """A file that went in."""

    role: str
    name: str
    size: int
    sha256: bytes


@dataclass(frozen=True)
class Event:
    """One step that was hashed into a value."""

    into: str
    what: str
    digest: bytes


@dataclass(frozen=True)
class Value:
    """A reference value; `claim` is the claim that evidence carries it in, or empty."""

    name: str
    algorithm: str
    value: bytes
    claim: str


@dataclass(frozen=True)
class Explanation:
    """A single change of a recipe that gives the value found; `value` names which one it is."""

    value: str
    change: str


@dataclass(frozen=True)
class Explanations:
    """What explains a value. `missing_inputs`: files that are gone or are other files now; changes
    that need them were not tried."""

    matches: tuple[Explanation, ...]
    missing_inputs: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """Where an image and its tree part ways. `kind` is "root", "hash_block", "spare_area" or
    "data_block"; `offset` is in bytes, in the data or in the tree's file."""

    kind: str
    block: int
    offset: int
    text: str


@dataclass(frozen=True)
class Recipe:
    """The values, and how they came about. `json` is what `cupel measure --recipe` writes."""

    kind: str
    inputs: tuple[Input, ...]
    parameters: dict[str, str]
    events: tuple[Event, ...]
    values: tuple[Value, ...]
    notes: tuple[str, ...]
    json: str

    def value(self, name: str) -> bytes:
        """The value with this name; KeyError when there is none."""
        for one in self.values:
            if one.name == name:
                return one.value
        raise KeyError(name)

    def policy(self) -> str:
        """A policy file that demands these values; ValueError when no evidence carries them."""
        text = _core.policy_fragment(self.json)
        if not text:
            raise ValueError("no evidence carries these values as claims")
        return text

    def explain(self, found: bytes) -> Explanations:
        """Which single change of this recipe would give `found`. Inputs are read again from where
        they were."""
        matches, missing = _core.explain(self.json, found)
        return Explanations(
            tuple(Explanation(value, change) for value, change in matches), tuple(missing)
        )


def parsed(text: str) -> Recipe:
    """A recipe of what the core wrote."""
    document = json.loads(text)
    return Recipe(
        kind=document["kind"],
        inputs=tuple(
            Input(i["role"], i["name"], i["size"], bytes.fromhex(i["sha256"]))
            for i in document["inputs"]
        ),
        parameters=document["parameters"],
        events=tuple(
            Event(e["into"], e["what"], bytes.fromhex(e["digest"])) for e in document["events"]
        ),
        values=tuple(
            Value(v["name"], v["algorithm"], bytes.fromhex(v["value"]), v["claim"])
            for v in document["values"]
        ),
        notes=tuple(document["notes"]),
        json=text,
    )
