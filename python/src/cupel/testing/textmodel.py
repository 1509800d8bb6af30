"""A very small language model: word n-grams over a text of our own.

It exists so that the service gives real, different answers to different prompts without a
download. It knows a few paragraphs about assaying, and nothing else. The same prompt with the
same limits always gives the same answer.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

MODEL_NAME = "cupel-demo-ngram"

_ORDER = 4
_LEAP = 6  # one word in so many looks at its neighbour alone
_QUESTION_WORDS = frozenset(
    ("what", "when", "which", "whose", "does", "about", "with", "this", "that", "your", "need")
)
_SENTENCES = 4
_ENDS = frozenset(".?!")

_TEXT = """
An assayer does not believe the stamp on a bar of gold. She cuts a small sample, weighs it, wraps
it in lead, and lets the fire decide. A cupel is a small cup pressed from bone ash. It drinks the
molten lead and every base metal with it, and leaves a bright bead of silver and gold in the
middle. When the bead is clean it flashes once, and the assayer knows that the work is done. Then
she weighs the bead again, and the difference is the truth about the bar.

A remote service is a bar of metal with a stamp on it. The stamp says that nobody reads your
prompt, and a stamp is cheap. Attestation is the assay of a machine. The machine measures what it
boots, one piece after the other, and a small chip keeps the measurements in registers that can
only be extended. Nobody can turn a register back, because every new value is the hash of the old
value and the new measurement. The chip signs the registers with a key that never leaves it, and
the signature is the bead in the cupel.

A quote without a nonce may be an old quote. A nonce is a number that was never used before, so the
answer to it cannot have been written yesterday. Send a new nonce with every question, and an old
answer gives itself away. A certificate says whose chip it was, and a policy says which
measurements you accept. If one of them is missing, the answer is no. A verifier that cannot
decide must refuse, because silence is not gold.

The key of the connection must be the key that the machine measured. A thief can copy a genuine
quote and show it to you, but he cannot copy the key that stayed inside the machine. So the client
pins the key before the first word leaves the house. The prompt travels only when the assay is
done, and not a moment before. If the key is another one, the connection ends and the prompt stays
at home.

The fire is hot, the scale is honest, and the notes are kept. A good assay can be repeated by
anyone who owns a scale. Measure first, and trust what you have measured. Trust is not a feeling of
the customer but a property of the evidence. A model answers better questions when nobody listens
at the door. Silver is soft, lead is heavy, and a promise weighs nothing at all.
"""

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[^\w\s]|_")
_CLOSING = frozenset(".,;:?!")


def tokens(text: str) -> list[str]:
    """Words and single punctuation marks."""
    return _TOKEN.findall(text)


@dataclass(frozen=True)
class Limits:
    """How long an answer may be, where it ends, and what it must not say."""

    max_tokens: int = 20
    stop: Sequence[str] = ()
    bad_words: Sequence[str] = ()


@dataclass(frozen=True)
class Answer:
    """A finished answer: its pieces (one for each token), and why it ended."""

    pieces: tuple[str, ...]
    finish_reason: str  # "stop" or "length"
    prompt_tokens: int

    @property
    def text(self) -> str:
        """The pieces put together."""
        return "".join(self.pieces)


class TextModel:
    """Continues a prompt with words that follow each other in the text above."""

    def __init__(self, text: str = _TEXT) -> None:
        """Counts the n-grams."""
        words = tokens(text)
        self._followers: dict[tuple[str, ...], list[str]] = {}
        for position, word in enumerate(words):
            for length in range(min(_ORDER - 1, position) + 1):
                context = tuple(w.lower() for w in words[position - length : position])
                self._followers.setdefault(context, []).append(word)
        starts = [0] + [i + 1 for i, word in enumerate(words) if word in _ENDS]
        self._sentences = [words[start:end] for start, end in itertools.pairwise(starts)]

    def answer(self, prompt: str, limits: Limits) -> Answer:
        """The answer to a prompt within the limits."""
        asked = tokens(prompt)
        history = self._opening(prompt, asked)
        bad = [word.lower() for word in limits.bad_words if word]
        pieces: list[str] = []
        said = ""
        sentences = 0
        reason = "length"
        while len(pieces) < limits.max_tokens:
            word = self._next_word(history, bad, said, _draw(prompt, len(pieces)))
            if word is None:
                reason = "stop"
                break
            piece = _spaced(said, word)
            said += piece
            pieces.append(piece)
            history = [*history[2 - _ORDER :], word.lower()]
            ends = [said.find(stop) for stop in limits.stop if stop and stop in said]
            if ends:
                return Answer(_cut(pieces, min(ends)), "stop", len(asked))
            sentences += word in _ENDS
            if sentences == _SENTENCES:
                reason = "stop"
                break
        return Answer(tuple(pieces), reason, len(asked))

    def _opening(self, prompt: str, asked: list[str]) -> list[str]:
        """The words to go on from: the prompt's own, or those before the sentence that fits it."""
        last = [word.lower() for word in asked[1 - _ORDER :]]
        if len(last) > 1 and last[-1] not in _ENDS and tuple(last) in self._followers:
            return last
        wanted = {word.lower() for word in asked if len(word) > 3} - _QUESTION_WORDS
        common = [len(wanted & {word.lower() for word in words}) for words in self._sentences]
        most = max(common)
        chosen = common.index(most) if most > 0 else _draw(prompt, -1) % len(common)
        before = self._sentences[chosen - 1] if chosen else []
        return [word.lower() for word in before[1 - _ORDER :]]

    def _next_word(self, history: list[str], bad: list[str], said: str, draw: int) -> str | None:
        """A word that follows the history and completes nothing forbidden; None when none does."""
        # Now and then look at one word only: this is where an answer leaves the text it came from.
        longest = 1 if said and (draw % _LEAP == 0 or said[-1] in _ENDS) else _ORDER - 1
        for length in range(min(longest, len(history)), -1, -1):
            context = tuple(history[len(history) - length :])
            words = [
                word
                for word in self._followers.get(context, [])
                if not any(phrase in (said + _spaced(said, word)).lower() for phrase in bad)
                and (said or word not in _CLOSING)
            ]
            if words:
                return words[draw // _LEAP % len(words)]
        return None


def _draw(prompt: str, position: int) -> int:
    """A number that depends on the prompt and the position, and on nothing else."""
    seed = f"{position}:{prompt}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(seed).digest()[:8], "big")


def _spaced(said: str, word: str) -> str:
    return word if not said or word in _CLOSING else f" {word}"


def _cut(pieces: list[str], length: int) -> tuple[str, ...]:
    """The pieces up to a length of their text."""
    kept = []
    for piece in pieces:
        if length <= 0:
            break
        kept.append(piece[:length])
        length -= len(piece)
    return tuple(kept)
