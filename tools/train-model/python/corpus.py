"""Draws training conversations, and the fixed held-out questions that training never sees."""

from __future__ import annotations

import random
from dataclasses import dataclass

from about_mesh import ABOUT_MESH
from concepts import CONCEPTS
from intents import Concept, Intent, choose, every
from phrasings import DEFINITION_PHRASINGS, HELD_OUT_DEFINITION_PHRASINGS, as_typed
from small_talk import SMALL_TALK
from tasks import TASKS, Example
from unknowns import unknown

# Shares of training questions. Sums need the most examples, since they must be computed, not recalled.
SHARES: dict[str, float] = {
    "definitions": 0.13,
    "mesh": 0.07,
    "small talk": 0.085,
    "unknown": 0.14,
    "addition": 0.165,
    "subtraction": 0.135,
    "beyond-sums": 0.035,
    "counting": 0.05,
    "story": 0.04,
    "json": 0.06,
    "introduction": 0.03,
    "repeat": 0.06,
}

# The mix to begin with. Copying is a skill that appears all at once and that stories, JSON, names and sums wait for.
COPYING_SHARES: dict[str, float] = {
    "repeat": 0.36,
    "json": 0.14,
    "introduction": 0.10,
    "addition": 0.10,
    "subtraction": 0.06,
    "definitions": 0.12,
    "small talk": 0.06,
    "unknown": 0.06,
}

# The mix of the second pass: more of what is worked out or told apart by shades, less of what is known by heart.
SECOND_PASS_SHARES: dict[str, float] = {
    "definitions": 0.08,
    "mesh": 0.08,
    "small talk": 0.11,
    "unknown": 0.14,
    "addition": 0.19,
    "subtraction": 0.17,
    "beyond-sums": 0.03,
    "counting": 0.08,
    "story": 0.035,
    "json": 0.05,
    "introduction": 0.015,
    "repeat": 0.02,
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


def definition(concept: Concept, rng: random.Random, held_out: bool) -> Example:
    names = concept.aliases if concept.aliases and rng.random() < 0.2 else concept.names
    pattern = rng.choice(HELD_OUT_DEFINITION_PHRASINGS if held_out else DEFINITION_PHRASINGS)
    return Example("definitions", choose(pattern, rng).replace("{t}", rng.choice(names)), concept.answer)


def _about(intents: tuple[Intent, ...], category: str, rng: random.Random) -> Example:
    intent = rng.choice(intents)
    return Example(category, choose(rng.choice(intent.phrasings), rng), intent.answer)


def example(category: str, rng: random.Random) -> Example:
    """One training question of a category, as a user may type it."""
    if category == "definitions":
        drawn = definition(rng.choice(CONCEPTS), rng, held_out=False)
    elif category == "mesh":
        drawn = _about(ABOUT_MESH, category, rng)
    elif category == "small talk":
        drawn = _about(SMALL_TALK, category, rng)
    elif category == "unknown":
        drawn = unknown(rng, held_out=False)
    else:
        drawn = TASKS[category](rng, False)
    if drawn.fragile:
        return drawn
    return Example(drawn.category, as_typed(drawn.question, rng), drawn.answer)


def normal_form(question: str) -> str:
    """What is left of a question without casing and marks; two equal ones count as the same question."""
    return " ".join("".join(char if char.isalnum() or char in "+-*/" else " " for char in question.casefold()).split())


class ConversationSource:
    """An endless, seeded stream of training conversations, free of every held-out question."""

    def __init__(self, seed: int) -> None:
        self.shares = SHARES
        self._rng = random.Random(seed)
        self._forbidden = {normal_form(example.question) for example in held_out()} - {""}

    def draw(self) -> Conversation:
        rng = self._rng
        turns = 1 if rng.random() < 0.86 else rng.choice((2, 2, 3))
        system = rng.choice(SYSTEM_MESSAGES) if rng.random() < 0.10 else None
        categories = rng.choices(list(self.shares), list(self.shares.values()), k=turns)
        return Conversation(system, tuple(self._question(category) for category in categories))

    def _question(self, category: str) -> Example:
        while normal_form((drawn := example(category, self._rng)).question) in self._forbidden:
            pass
        return drawn


def held_out(seed: int = 7, per_task: int = 200) -> list[Example]:
    """Questions in phrasings, about values and on subjects that training never sees."""
    rng = random.Random(seed)
    examples = [
        Example("definitions", choose(pattern, rng).replace("{t}", rng.choice(concept.names)), concept.answer)
        for concept in CONCEPTS
        for pattern in HELD_OUT_DEFINITION_PHRASINGS
    ]
    for category, intents in (("mesh", ABOUT_MESH), ("small talk", SMALL_TALK)):
        examples += [
            Example(category, question, intent.answer)
            for intent in intents
            for pattern in intent.held_out
            for question in every(pattern)
        ]
    for name, task in (*TASKS.items(), ("unknown", unknown)):
        wanted: dict[str, Example] = {}
        for _ in range(per_task * 20):
            drawn = task(rng, True)
            wanted.setdefault(drawn.question, drawn)
            if len(wanted) == (40 if name == "introduction" else per_task):
                break
        examples += wanted.values()
    return examples


def unseen_conversations(seed: int = 4711, count: int = 200) -> list[Conversation]:
    """Conversations of two or three turns from another stream than the training's."""
    source = ConversationSource(seed)
    drawn: list[Conversation] = []
    while len(drawn) < count:
        conversation = source.draw()
        if len(conversation.turns) > 1:
            drawn.append(conversation)
    return drawn
