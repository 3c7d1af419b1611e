"""Trains the model and writes what the exporter needs: weights.f32, weights.json and scores.json."""

from __future__ import annotations

import argparse
import json
import pickle
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batches import Batch, BatchSource, prompt_ids
from corpus import COPYING_SHARES, GAP_SHARES, SHARES, TABLE_SHARES, WEAK_SHARES, ConversationSource
from dump import write_dump
from evaluate import Score, generated, held_out_scores
from model import Shape, TernaryDecoder, initial_parameters, place_digits_on_circles
from optimiser import AdamW, learning_rate
from start import model_of_file
from tokenizer import SPECIAL_TOKENS, Tokenizer, train_merges

TOKENIZER_CONVERSATIONS = 6000
MICRO_BATCHES = 7
"""Many small ones, since each is padded to its longest document only."""
MIXES = {"main": SHARES, "weak": WEAK_SHARES, "tables": TABLE_SHARES, "gaps": GAP_SHARES}
DECAY = 0.05
"""Weight decay, until the learning rate falls: later it would hold the weights back from settling."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the dump")
    parser.add_argument("--start", type=Path, help="model file to go on training from, instead of from nothing")
    parser.add_argument("--mix", choices=MIXES, default="main", help="which shares to draw from")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in that folder")
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--settling", type=int, default=790, help="steps at the end in which the learning rate falls")
    parser.add_argument("--copying-steps", type=int, default=0, help="steps before the mix of the corpus begins")
    parser.add_argument("--documents", type=int, default=32, help="conversations per step")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--question-weight", type=float, default=0.02, help="loss weight of the tokens of questions")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--checkpoint-every", type=int, default=50)
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


@dataclass
class Run:
    """All that a training run goes on from."""

    options: argparse.Namespace
    model: TernaryDecoder
    tokenizer: Tokenizer
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        options = self.options
        self.optimiser = AdamW(self.model.parameters)
        self.conversations = ConversationSource(options.seed + 1)
        self.source = BatchSource(self.conversations, self.tokenizer, options.seed + 2, options.question_weight)

    def save(self) -> None:
        state = {
            "parameters": self.model.parameters,
            "optimiser": self.optimiser.state(),
            "random": self.source.random_states(),
            "progress": (self.step, self.tokens, self.seconds),
        }
        self.options.out.mkdir(parents=True, exist_ok=True)
        (self.options.out / "checkpoint.pickle").write_bytes(pickle.dumps(state))

    def restore(self) -> None:
        state = pickle.loads((self.options.out / "checkpoint.pickle").read_bytes())
        for name, value in state["parameters"].items():
            self.model.parameters[name][...] = value
        self.model.refresh()
        self.optimiser.restore(state["optimiser"])
        self.source.restore_random_states(state["random"])
        self.step, self.tokens, self.seconds = state["progress"]


def train(run: Run) -> None:
    options = run.options
    start = time.monotonic() - run.seconds
    mean_loss: float | None = None
    while run.step < options.steps:
        run.step += 1
        step = run.step
        run.conversations.shares = COPYING_SHARES if step < options.copying_steps else MIXES[options.mix]
        batches = run.source.step(options.documents, MICRO_BATCHES)
        loss, gradients = gradients_of(run.model, batches)
        rate = learning_rate(step, options.steps, options.rate, options.settling)
        norm = run.optimiser.step(gradients, rate, DECAY if step < options.steps - options.settling else 0.0)
        run.model.refresh()
        run.tokens += sum(batch.ids.size for batch in batches)
        run.seconds = time.monotonic() - start
        mean_loss = loss if mean_loss is None else 0.95 * mean_loss + 0.05 * loss
        if step % 50 == 0:
            pace = run.tokens / run.seconds
            print(f"step {step} loss {mean_loss:.4f} norm {norm:.2f} rate {rate:.1e} {run.seconds:.0f} s {pace:.0f} tokens/s", flush=True)
        if step % options.checkpoint_every == 0:
            run.save()


def main() -> None:
    options = arguments()
    model, tokenizer = new_model(options) if options.start is None else model_of_file(options.start)
    run = Run(options, model, tokenizer)
    if options.resume:
        run.restore()
    print(f"{sum(p.size for p in model.parameters.values())} parameters, {options.steps} steps", flush=True)
    train(run)
    found = report(model, tokenizer)
    write_dump(options.out, model, tokenizer)
    summary = {
        "steps": options.steps,
        "tokens": run.tokens,
        "seconds": round(run.seconds),
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
