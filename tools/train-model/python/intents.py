"""What the corpus is made of: an intent is one answer and the many ways to ask for it.

A phrasing may hold alternatives in square brackets: ``[see|find] my trace`` stands for two
sentences, ``[please|]`` for an optional word. Phrasings that training never sees stand apart, in
held_out_phrasings.py.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Example:
    """A question and its one right answer."""

    category: str
    question: str
    answer: str
    fragile: bool = False
    """True if a typo could change the answer, because the answer copies words of the question."""


@dataclass(frozen=True)
class Intent:
    """One thing the model can answer with one fixed text."""

    key: str
    answer: str
    phrasings: tuple[str, ...]
    actions: tuple[str, ...] = ()
    """What the user wants to do, to be put into a sentence such as "how do I ..."."""


@dataclass(frozen=True)
class Concept:
    """A term with a definition; every definition phrasing applies to every one of its names."""

    key: str
    answer: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    """Rarer names; also asked for, less often."""


def choose(pattern: str, rng: random.Random) -> str:
    """One sentence of a pattern."""
    while (match := _CHOICE.search(pattern)) is not None:
        option = rng.choice(match.group(1).split("|"))
        pattern = pattern[: match.start()] + option + pattern[match.end() :]
    return " ".join(pattern.split())


def every(pattern: str) -> list[str]:
    """All sentences of a pattern."""
    match = _CHOICE.search(pattern)
    if match is None:
        return [" ".join(pattern.split())]
    rest = [pattern[: match.start()] + option + pattern[match.end() :] for option in match.group(1).split("|")]
    return [sentence for pattern in rest for sentence in every(pattern)]


def filled(patterns: tuple[str, ...], rng: random.Random, **values: object) -> str:
    """One sentence of one of the patterns, with values in its places."""
    text = choose(rng.choice(patterns), rng)
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value))
    return text
