"""Draws training conversations, and the fixed held-out questions that training never sees."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import held_out_phrasings as held_out_in
from about_mesh import ABOUT_MESH
from concepts import CONCEPTS
from intents import Concept, Example, Intent, choose, every, filled
from phrasings import ACTION_PHRASINGS, DEFINITION_PHRASINGS, as_typed, surrounded, without_marks
from small_talk import SMALL_TALK
from tasks import DRILLS, TASKS, UNSEEN_WORDS
from unknowns import unknown

# Shares of training questions. The tables of sums and counting are large, so they take many.
SHARES: dict[str, float] = {
    "definitions": 0.10,
    "mesh": 0.10,
    "small talk": 0.11,
    "unknown": 0.135,
    "addition": 0.14,
    "subtraction": 0.14,
    "beyond sums": 0.035,
    "counting": 0.10,
    "story": 0.05,
    "json": 0.07,
    "introduction": 0.02,
    "repeat": 0.01,
}

# The mix of the fourth pass: more of what scored low in the phrasings held out from the pass before.
WEAK_SHARES: dict[str, float] = {
    "definitions": 0.06,
    "mesh": 0.12,
    "small talk": 0.20,
    "unknown": 0.15,
    "addition": 0.05,
    "subtraction": 0.10,
    "beyond sums": 0.06,
    "counting": 0.15,
    "story": 0.10,
    "json": 0.05,
    "introduction": 0.03,
    "repeat": 0.005,
}

# The mix of the fifth pass: the tables of sums and counts once more, and a little of all the rest.
TABLE_SHARES: dict[str, float] = {
    "definitions": 0.06,
    "mesh": 0.03,
    "small talk": 0.07,
    "unknown": 0.06,
    "addition": 0.24,
    "subtraction": 0.25,
    "beyond sums": 0.02,
    "counting": 0.21,
    "story": 0.03,
    "json": 0.02,
    "introduction": 0.01,
}

# The mix of the seventh pass: everything, and more of differences below zero, counts between two numbers and small talk.
GAP_SHARES: dict[str, float] = {
    "definitions": 0.08,
    "mesh": 0.07,
    "small talk": 0.15,
    "unknown": 0.17,
    "addition": 0.09,
    "subtraction": 0.09,
    "negative difference": 0.06,
    "beyond sums": 0.03,
    "counting": 0.05,
    "counting between": 0.07,
    "story": 0.05,
    "json": 0.045,
    "introduction": 0.04,
    "repeat": 0.005,
}

# The mix to begin with. Copying is a skill that appears all at once and that stories, JSON, names and sums wait for.
COPYING_SHARES: dict[str, float] = {
    "repeat": 0.30,
    "json": 0.14,
    "introduction": 0.10,
    "addition": 0.12,
    "subtraction": 0.08,
    "definitions": 0.12,
    "small talk": 0.07,
    "unknown": 0.07,
}

SYSTEM_MESSAGES = (
    "You are a helpful assistant.",
    "You are a helpful assistant that answers briefly.",
    "You are ryzanstein-tiny.",
    "Answer in one sentence.",
    "Be brief.",
    "You help users of an inference mesh.",
    "You are a friendly chatbot.",
    "Always answer politely.",
    "You are an expert in tracing.",
    "Reply in English.",
    "You are an AI assistant. Be concise and correct.",
    "Today is a good day.",
    "You are a tiny language model.",
    "Help the user with the mesh.",
    "Do not make things up.",
    "You are a careful assistant who tells the truth.",
)


@dataclass(frozen=True)
class Conversation:
    """Turns of question and answer, after an optional system message."""

    system: str | None
    turns: tuple[Example, ...]


def definition(concept: Concept, rng: random.Random) -> Example:
    names = concept.aliases if concept.aliases and rng.random() < 0.25 else concept.names
    return Example("definitions", filled(DEFINITION_PHRASINGS, rng, t=rng.choice(names)), concept.answer)


def _about(intents: tuple[Intent, ...], category: str, rng: random.Random) -> Example:
    intent = rng.choice(intents)
    if intent.actions and rng.random() < 0.3:
        return Example(category, filled(ACTION_PHRASINGS, rng, x=choose(rng.choice(intent.actions), rng)), intent.answer)
    return Example(category, choose(rng.choice(intent.phrasings), rng), intent.answer)


def _drawn(category: str, rng: random.Random) -> Example:
    if category == "definitions":
        return definition(rng.choice(CONCEPTS), rng)
    if category == "mesh":
        return _about(ABOUT_MESH, category, rng)
    if category == "small talk":
        return _about(SMALL_TALK, category, rng)
    if category == "unknown":
        return unknown(rng, held_out=False)
    return (TASKS.get(category) or DRILLS[category])(rng, False)


def normal_form(question: str) -> str:
    """What is left of a question without casing and marks; two equal ones count as the same question."""
    return " ".join("".join(char if char.isalnum() or char in "+-*/" else " " for char in question.casefold()).split())


def _frame(pattern: str) -> str:
    """A held-out phrasing as a regular expression that any value fits."""
    return re.escape(normal_form(re.sub(r"\{\w\}", "VALUE", pattern))).replace("value", "(.+)")


def held_out_frames() -> re.Pattern[str]:
    """Matches the normal form of every question in a held-out phrasing, whatever it is about."""
    h = held_out_in
    with_values = (*h.DEFINITION, *h.ACTION, *h.ADD, *h.SUBTRACT, *h.BEYOND, *h.COUNT, *h.COUNT_TO, *h.COUNT_DOWN)
    with_words = (*h.STORY, *h.USER, *h.USER_BY_NAME, *h.ORDER, *h.LIST, *h.INTRODUCTION, *h.REPEAT)
    sentences = [*h.ANY_STORY, *h.ANY_JSON, *(s for by_key in (h.MESH, h.SMALL_TALK) for group in by_key.values() for s in group)]
    return re.compile("|".join(_frame(pattern) for pattern in (*with_values, *with_words, *sentences)))


class ConversationSource:
    """An endless, seeded stream of training conversations, free of every held-out phrasing."""

    def __init__(self, seed: int) -> None:
        self.shares = SHARES
        self._rng = random.Random(seed)
        self._forbidden = {normal_form(example.question) for example in held_out()} - {""}
        self._frames = held_out_frames()

    def draw(self) -> Conversation:
        rng = self._rng
        turns = 1 if rng.random() < 0.88 else rng.choice((2, 2, 3))
        system = rng.choice(SYSTEM_MESSAGES) if rng.random() < 0.08 else None
        categories = rng.choices(list(self.shares), list(self.shares.values()), k=turns)
        return Conversation(system, tuple(self._question(category) for category in categories))

    def random_state(self) -> object:
        return self._rng.getstate()

    def restore_random_state(self, state: object) -> None:
        self._rng.setstate(state)

    def _question(self, category: str) -> Example:
        """One question as a user may type it; neither it nor what a typo was made from is held out."""
        rng = self._rng
        while True:
            drawn = _drawn(category, rng)
            meant = drawn.question if drawn.fragile else surrounded(drawn.question, rng)
            typed = without_marks(meant, rng) if drawn.fragile else as_typed(meant, rng)
            if not any(self._is_held_out(text) for text in (drawn.question, meant, typed)):
                return Example(drawn.category, typed, drawn.answer, drawn.fragile)

    def _is_held_out(self, question: str) -> bool:
        form = normal_form(question)
        return form in self._forbidden or self._frames.fullmatch(form) is not None


def held_out(seed: int = 7, per_task: int = 200) -> list[Example]:
    """The questions of the held-out scores: every held-out sentence, and a fixed sample where values are to be filled in."""
    rng = random.Random(seed)
    examples = [
        Example("definitions", pattern.replace("{t}", rng.choice(concept.names)), concept.answer)
        for concept in CONCEPTS
        for pattern in held_out_in.DEFINITION
    ]
    for category, intents, sentences in (("mesh", ABOUT_MESH, held_out_in.MESH), ("small talk", SMALL_TALK, held_out_in.SMALL_TALK)):
        examples += [
            Example(category, question, intent.answer) for intent in intents for pattern in sentences[intent.key] for question in every(pattern)
        ]
    for name, task in (*TASKS.items(), ("unknown", unknown)):
        examples += _different(lambda: task(rng, True), 60 if name in ("introduction", "repeat") else per_task)
    for unseen in UNSEEN_WORDS:
        examples += _different(lambda: unseen(rng), 50)
    return examples


def _different(draw: Callable[[], Example], count: int) -> list[Example]:
    found: dict[str, Example] = {}
    for _ in range(count * 20):
        drawn = draw()
        found.setdefault(drawn.question, drawn)
        if len(found) == count:
            break
    return list(found.values())


def unseen_conversations(seed: int = 4711, count: int = 200) -> list[Conversation]:
    """Conversations of two or three turns from another stream than the training's."""
    source = ConversationSource(seed)
    drawn: list[Conversation] = []
    while len(drawn) < count:
        conversation = source.draw()
        if len(conversation.turns) > 1:
            drawn.append(conversation)
    return drawn
