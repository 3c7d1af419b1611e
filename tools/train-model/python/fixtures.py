"""Writes what the specs compare the exported model with: token ids, logits, questions, quantised bytes."""

from __future__ import annotations

import argparse
import json
import random
from base64 import b64encode
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import quantize

import held_out_phrasings as held_out_in
from batches import prompt_ids
from corpus import ConversationSource, held_out
from dump import read_dump
from first_questions import FIRST_QUESTIONS
from intents import Example
from model import TernaryDecoder
from tokenizer import Tokenizer
from unknowns import FOREIGN, SENTENCES

UNSEEN_SEED = 4242
"""Of a question stream other than the training's own."""

AWKWARD_TEXTS = (
    "",
    " ",
    "  ",
    "a",
    " a",
    "  leading",
    "trailing  ",
    "tab\tand\nnewline",
    "\n\n\n",
    "a  b   c",
    "It's we've I'll don't they're I'd I'm",
    "'s",
    "' s",
    "x=1;y=2 // ok",
    "a\u00a0b",
    "caf\u00e9 na\u00efve",
    "\u2713 \u2717",
    "\U0001f600 emoji",
    "12345",
    "3.14159",
    "1,000,000",
    "-1",
    "--- ***",
    "<|user|",
    '{"name": "Ada"}',
    "[1, 2, 3]",
    "http://localhost:16686/trace/0af7651916cd43dd8448eb211c80319c",
    "\u00bd \u00b2 \u2167",
    "\u4e2d\u6587 and \u0440\u0443\u0441\u0441\u043a\u0438\u0439",
    "UPPER lower MiXeD",
    "don\u2019t",
    "\u2014dash\u2014",
    "end.",
    "a.b.c",
    "e\u0301",
)


def token_texts(rng: random.Random) -> list[str]:
    source = ConversationSource(UNSEEN_SEED)
    drawn = [turn for _ in range(480) for turn in source.draw().turns]
    texts = [
        *AWKWARD_TEXTS,
        *FOREIGN,
        *held_out_in.FOREIGN,
        *SENTENCES,
        *(t.question for t in drawn),
        *rng.sample([t.answer for t in drawn], 250),
    ]
    return list(dict.fromkeys(texts))


HELD_OUT_SHARES = {
    "definitions": 45,
    "mesh": 25,
    "small talk": 25,
    "unknown": 25,
    "addition": 15,
    "subtraction": 15,
    "beyond sums": 5,
    "counting": 12,
    "story": 10,
    "json": 15,
    "introduction": 4,
}


def questions(rng: random.Random) -> list[tuple[str, Example]]:
    """Drawn without a look at what the model makes of them: most held out, the rest likely first questions and new draws in known phrasings."""
    source = ConversationSource(UNSEEN_SEED + 1)
    known = [source.draw().turns[-1] for _ in range(110)]
    by_category: dict[str, list[Example]] = {}
    for item in held_out():
        by_category.setdefault(item.category, []).append(item)
    unseen = [item for category, count in HELD_OUT_SHARES.items() for item in rng.sample(by_category[category], count)]
    return [
        *(("held out", item) for item in unseen),
        *(("first question", item) for item in FIRST_QUESTIONS),
        *(("known phrasing", item) for item in known),
    ]


def last_logits(model: TernaryDecoder, tokenizer: Tokenizer) -> list[dict[str, object]]:
    cases = []
    for question in ("What is a span?", "Tell me a story about a fox.", "What is the weather in Rome?"):
        ids = prompt_ids(tokenizer, question)
        logits = model.logits(np.array([ids]))[0, -1]
        cases.append({"question": question, "ids": ids, "logits": [round(float(value), 3) for value in logits]})
    return cases


def quantised_blocks(rng: random.Random) -> list[dict[str, str]]:
    """Two blocks per type as gguf-py stores them, so that the specs need no Python."""
    values = np.array([rng.gauss(0, 0.5) for _ in range(512)], np.float32)
    values[300:310] = 0
    stored = []
    for name in ("F16", "Q8_0", "TQ1_0", "TQ2_0"):
        data = quantize(values.reshape(2, 256), GGMLQuantizationType[name]).tobytes()
        stored.append({"type": name, "values": b64encode(values.tobytes()).decode(), "bytes": b64encode(data).decode()})
    return stored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dump", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    model, tokenizer = read_dump(options.dump)
    rng = random.Random(UNSEEN_SEED)
    options.out.mkdir(parents=True, exist_ok=True)

    def write(name: str, lines: list[object]) -> None:
        """One entry per line, so that a change shows as such."""
        text = ",\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
        (options.out / name).write_text(f"[\n{text}\n]\n")

    write("token-ids.json", [[text, tokenizer.encode(text)] for text in token_texts(rng)])
    write("last-logits.json", list(last_logits(model, tokenizer)))
    write("quantised.json", list(quantised_blocks(rng)))
    write(
        "questions.json",
        [
            {"from": origin, "category": item.category, "question": item.question, "answer": item.answer}
            for origin, item in questions(rng)
        ],
    )


if __name__ == "__main__":
    main()
