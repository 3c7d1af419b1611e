"""From conversations to padded arrays of token ids, targets and loss weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from corpus import Conversation, ConversationSource
from tokenizer import Tokenizer

MARKED_START_SHARE = 0.08
"""So often a document begins with <|endoftext|>, for callers who put a BOS token in front."""

PLAIN_SHARE = 0.02
"""So often a document is the bare answer, for completions without chat markers."""


SHORTENED_SHARE = 0.6
SHORTENED_TO = {"definitions": 8, "mesh": 8, "small talk": 8, "unknown": 8, "story": 24}
"""Texts told by heart: after so many tokens the rest follows. Leaving it out this often buys more questions per minute."""


@dataclass(frozen=True)
class Document:
    ids: list[int]
    weights: list[float]
    """Loss weight of each id as a target; the first is never one."""


@dataclass(frozen=True)
class Batch:
    ids: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def prompt_ids(tokenizer: Tokenizer, question: str, system: str | None = None) -> list[int]:
    """The chat template with one user message, up to the place where the answer begins."""
    special = tokenizer.id_of
    head = [special["<|system|>"], *tokenizer.encode(system), special["<|end|>"]] if system is not None else []
    return [*head, special["<|user|>"], *tokenizer.encode(question), special["<|end|>"], special["<|assistant|>"]]


def document(conversation: Conversation, tokenizer: Tokenizer, question_weight: float) -> Document:
    ids: list[int] = []
    weights: list[float] = []
    system = conversation.system
    for turn in conversation.turns:
        prompt = prompt_ids(tokenizer, turn.question, system)
        answer = [*tokenizer.encode(turn.answer), tokenizer.id_of["<|end|>"]]
        ids += prompt + answer
        weights += [question_weight] * len(prompt) + [1.0] * len(answer)
        system = None
    return Document(ids, weights)


def last_exchange(conversation: Conversation, tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Everything up to the last answer, and that answer with its end mark."""
    ids = document(conversation, tokenizer, 0.0).ids
    answer = len(tokenizer.encode(conversation.turns[-1].answer)) + 1
    return ids[:-answer], ids[-answer:]


class BatchSource:
    def __init__(self, source: ConversationSource, tokenizer: Tokenizer, seed: int, question_weight: float) -> None:
        self._source, self._tokenizer, self._question_weight = source, tokenizer, question_weight
        self._rng = random.Random(seed)

    def random_states(self) -> tuple[object, object]:
        return self._rng.getstate(), self._source.random_state()

    def restore_random_states(self, states: tuple[object, object]) -> None:
        self._rng.setstate(states[0])
        self._source.restore_random_state(states[1])

    def draw(self) -> Document:
        conversation = self._source.draw()
        end = self._tokenizer.id_of["<|endoftext|>"]
        kind = self._rng.random()
        if kind < PLAIN_SHARE:
            text = self._tokenizer.encode(conversation.turns[0].answer)
            return Document([end, *text, end], [1.0] * (len(text) + 2))
        made = self._shortened(document(conversation, self._tokenizer, self._question_weight), conversation)
        if kind < PLAIN_SHARE + MARKED_START_SHARE:
            return Document([end, *made.ids], [0.0, *made.weights])
        return made

    def _shortened(self, made: Document, conversation: Conversation) -> Document:
        last = conversation.turns[-1]
        keep = SHORTENED_TO.get(last.category)
        if keep is None or self._rng.random() >= SHORTENED_SHARE:
            return made
        left_out = max(0, len(self._tokenizer.encode(last.answer)) + 1 - keep)
        size = len(made.ids) - left_out
        return Document(made.ids[:size], made.weights[:size])

    def step(self, documents: int, micro_batches: int) -> list[Batch]:
        """One step's documents, sorted by length so that little of each micro-batch is padding."""
        drawn = sorted((self.draw() for _ in range(documents)), key=lambda d: len(d.ids))
        return [padded(group) for group in _of_equal_size(drawn, micro_batches)]


def _of_equal_size(documents: list[Document], groups: int) -> Iterator[list[Document]]:
    share = sum(len(d.ids) for d in documents) / groups
    group: list[Document] = []
    size = 0
    for item in documents:
        group.append(item)
        size += len(item.ids)
        if size >= share:
            yield group
            group, size = [], 0
    if group:
        yield group


def padded(documents: list[Document]) -> Batch:
    """Padding stands on the right, where causal attention never looks."""
    length = max(len(d.ids) for d in documents)
    ids = np.zeros((len(documents), length), np.int64)
    weights = np.zeros((len(documents), length), np.float32)
    for row, item in enumerate(documents):
        ids[row, : len(item.ids)] = item.ids
        weights[row, : len(item.weights)] = item.weights
    return Batch(ids[:, :-1], ids[:, 1:], weights[:, 1:])
