"""Trains the model and writes what the exporter needs: weights.f32, weights.json and scores.json."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from batches import Batch, BatchSource, prompt_ids
from corpus import COPYING_SHARES, SHARES, SECOND_PASS_SHARES, ConversationSource
from dump import read_dump, trainable, write_dump
from evaluate import Score, generated, held_out_scores
from model import Shape, TernaryDecoder, initial_parameters, place_digits_on_circles
from optimiser import AdamW, learning_rate
from tokenizer import SPECIAL_TOKENS, Tokenizer, train_merges

TOKENIZER_CONVERSATIONS = 8000
MICRO_BATCHES = 3
DECAY = 0.05
"""Weight decay, in the first half of the run only: later it would hold the weights back from settling."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the dump")
    parser.add_argument("--from", dest="start", type=Path, help="dump to go on from, with the mix of the second pass")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--copying-steps", type=int, default=300, help="steps before the mix of the corpus begins")
    parser.add_argument("--documents", type=int, default=32, help="conversations per step")
    parser.add_argument("--rate", type=float, default=3e-3, help="peak learning rate")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--question-weight", type=float, default=0.02, help="loss weight of the tokens of questions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluate-every", type=int, default=300)
    return parser.parse_args()


def trained_tokenizer(seed: int, size: int) -> Tokenizer:
    source = ConversationSource(seed)
    conversations = [source.draw() for _ in range(TOKENIZER_CONVERSATIONS)]
    texts = [text for c in conversations for turn in c.turns for text in (turn.question, turn.answer)]
    return Tokenizer(train_merges(texts, size - 256 - len(SPECIAL_TOKENS)), size)


def gradients_of(model: TernaryDecoder, batches: list[Batch]) -> tuple[float, dict[str, np.ndarray]]:
    """Loss and gradients of one step, summed over its micro-batches."""
    total_weight = float(sum(batch.weights.sum() for batch in batches))
    loss, gradients = 0.0, {}
    for batch in batches:
        part, found = model.loss_and_gradients(batch.ids, batch.targets, batch.weights, total_weight)
        loss += part
        if gradients:
            for name, value in found.items():
                gradients[name] += value
        else:
            gradients = found
    return loss, gradients


def report(model: TernaryDecoder, tokenizer: Tokenizer) -> dict[str, Score]:
    found = held_out_scores(model, tokenizer)
    print(
        "held out: " + ", ".join(f"{category} {score.right}/{score.total}" for category, score in found.items()),
        flush=True,
    )
    return found


def new_model(options: argparse.Namespace) -> tuple[TernaryDecoder, Tokenizer]:
    shape = Shape(hidden=options.hidden, layers=options.layers)
    tokenizer = trained_tokenizer(options.seed, shape.vocabulary)
    parameters = initial_parameters(shape, options.seed)
    place_digits_on_circles(parameters["token_embd"], [tokenizer.id_of[digit] for digit in "0123456789"], options.seed)
    return TernaryDecoder(shape, parameters), tokenizer


def earlier_model(folder: Path) -> tuple[TernaryDecoder, Tokenizer]:
    dumped, tokenizer = read_dump(folder)
    return TernaryDecoder(dumped.shape, trainable(dumped)), tokenizer


def main() -> None:
    options = arguments()
    model, tokenizer = new_model(options) if options.start is None else earlier_model(options.start)
    parameters = model.parameters
    optimiser = AdamW(parameters)
    conversations = ConversationSource(options.seed + 1)
    main_shares = SHARES if options.start is None else SECOND_PASS_SHARES
    conversations.shares = COPYING_SHARES if options.copying_steps > 0 else main_shares
    source = BatchSource(conversations, tokenizer, options.seed + 2, options.question_weight)
    print(f"{sum(p.size for p in parameters.values())} parameters, {options.steps} steps", flush=True)

    start = time.monotonic()
    tokens = 0
    mean_loss = 0.0
    for step in range(1, options.steps + 1):
        if step == options.copying_steps:
            conversations.shares = main_shares
        batches = source.step(options.documents, MICRO_BATCHES)
        loss, gradients = gradients_of(model, batches)
        rate = learning_rate(step, options.steps, options.rate)
        norm = optimiser.step(gradients, rate, DECAY if step < options.steps // 2 else 0.0)
        model.refresh()
        tokens += sum(batch.ids.size for batch in batches)
        mean_loss = loss if step == 1 else 0.95 * mean_loss + 0.05 * loss
        if step % 50 == 0 or step == 1:
            seconds = time.monotonic() - start
            print(
                f"step {step} loss {mean_loss:.4f} norm {norm:.2f} rate {rate:.1e} {seconds:.0f} s {tokens / seconds:.0f} tokens/s",
                flush=True,
            )
        if step % options.evaluate_every == 0 and step < options.steps:
            report(model, tokenizer)
            write_dump(options.out, model, tokenizer)
    found = report(model, tokenizer)
    write_dump(options.out, model, tokenizer)
    summary = {
        "steps": options.steps,
        "tokens": tokens,
        "seconds": round(time.monotonic() - start),
        "held_out": {c: [s.right, s.total] for c, s in found.items()},
    }
    (options.out / "scores.json").write_text(json.dumps(summary, indent=2) + "\n")
    for question in (
        "Hi!",
        "what is a span",
        "2+2",
        "Tell me a story about a submarine.",
        "What is the weather in Rome?",
    ):
        print(f"{question} -> {generated(model, tokenizer, prompt_ids(tokenizer, question))}")


if __name__ == "__main__":
    main()
