"""What the corpus is made of: an intent is one answer and the many ways to ask for it.

A phrasing may hold alternatives in square brackets: ``[see|find] my trace`` stands for two
sentences, ``[please|]`` for an optional word. ``held_out`` phrasings never reach training; they
measure whether the model understood the intent or merely remembers sentences.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Intent:
    """One thing the model can answer with one fixed text."""

    key: str
    answer: str
    phrasings: tuple[str, ...]
    held_out: tuple[str, ...] = ()


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
