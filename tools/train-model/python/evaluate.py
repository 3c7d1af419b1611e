"""Which questions the model answers exactly, under greedy decoding. As a program: scores of a dump."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batches import Document, last_exchange, padded
from corpus import Conversation, held_out, unseen_conversations
from dump import read_dump
from model import TernaryDecoder
from tokenizer import Tokenizer


@dataclass(frozen=True)
class Score:
    right: int
    total: int

    @property
    def share(self) -> float:
        return self.right / self.total


def answered_exactly(
    model: TernaryDecoder, tokenizer: Tokenizer, conversations: Sequence[Conversation], rows: int = 48
) -> list[bool]:
    """For each conversation, whether greedy decoding gives its last answer and then stops.

    The right answer is fed in and each of its tokens must be the likeliest one: that is the same
    as decoding token by token, at the price of one forward pass.
    """
    documents = []
    for conversation in conversations:
        prompt, answer = last_exchange(conversation, tokenizer)
        documents.append(Document(prompt + answer, [0.0] * len(prompt) + [1.0] * len(answer)))
    order = sorted(range(len(documents)), key=lambda i: len(documents[i].ids))
    verdicts = [False] * len(documents)
    for start in range(0, len(order), rows):
        chosen = order[start : start + rows]
        batch = padded([documents[i] for i in chosen])
        likeliest = model.logits(batch.ids).argmax(-1)
        right = ((likeliest == batch.targets) | (batch.weights == 0)).all(-1)
        for i, verdict in zip(chosen, right):
            verdicts[i] = bool(verdict)
    return verdicts


def held_out_scores(model: TernaryDecoder, tokenizer: Tokenizer) -> dict[str, Score]:
    """Per category; "later turn" asks in known phrasings, but at the end of a conversation never seen."""
    single = held_out()
    later = unseen_conversations()
    verdicts = answered_exactly(model, tokenizer, [*(Conversation(None, (example,)) for example in single), *later])
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for category, verdict in zip([*(example.category for example in single), *("later turn" for _ in later)], verdicts):
        counts[category][0] += verdict
        counts[category][1] += 1
    return {category: Score(right, total) for category, (right, total) in counts.items()}


def generated(model: TernaryDecoder, tokenizer: Tokenizer, prompt: list[int], limit: int = 100) -> str:
    """Greedy decoding, token by token."""
    ids = list(prompt)
    for _ in range(limit):
        token = int(model.logits(np.array([ids]))[0, -1].argmax())
        if token == tokenizer.id_of["<|end|>"]:
            break
        ids.append(token)
    return tokenizer.decode(ids[len(prompt) :])


def main() -> None:
    model, tokenizer = read_dump(Path(sys.argv[1]))
    for category, score in held_out_scores(model, tokenizer).items():
        print(f"{category:14} {score.right:4} of {score.total:4}  {100 * score.share:.1f} %")


if __name__ == "__main__":
    main()
