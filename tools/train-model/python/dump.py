"""The trained model as files that the TypeScript exporter reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from model import NORM_EPSILON, ROPE_BASE, Shape, TernaryDecoder, is_linear
from tokenizer import SPECIAL_TOKENS, Tokenizer


def write_dump(folder: Path, model: TernaryDecoder, tokenizer: Tokenizer) -> None:
    """weights.f32 holds the tensors one after the other, linear ones already rounded; weights.json says where."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = []
    offset = 0
    with (folder / "weights.f32").open("wb") as file:
        for name, value in model.parameters.items():
            used = model.linear(name) if is_linear(name) else value
            data = np.ascontiguousarray(used, np.float32).tobytes()
            file.write(data)
            tensors.append({"name": name, "shape": list(value.shape), "offset": offset, "linear": is_linear(name)})
            offset += len(data)
    shape = model.shape
    description = {
        "shape": {
            "vocabulary": shape.vocabulary,
            "width": shape.width,
            "heads": shape.heads,
            "hidden": shape.hidden,
            "layers": shape.layers,
        },
        "normEpsilon": NORM_EPSILON,
        "ropeBase": ROPE_BASE,
        "tokens": tokenizer.tokens,
        "textTokens": tokenizer.text_tokens,
        "specialTokens": list(SPECIAL_TOKENS),
        "merges": [list(pair) for pair in tokenizer.merges],
        "tensors": tensors,
    }
    (folder / "weights.json").write_text(json.dumps(description))


def read_dump(folder: Path) -> tuple[TernaryDecoder, Tokenizer]:
    """The model as dumped; its linear weights are ternary already and are not rounded again."""
    description = json.loads((folder / "weights.json").read_text())
    raw = (folder / "weights.f32").read_bytes()
    parameters = {
        t["name"]: np.frombuffer(raw, np.float32, int(np.prod(t["shape"])), t["offset"]).reshape(t["shape"])
        for t in description["tensors"]
    }
    tokenizer = Tokenizer([(left, right) for left, right in description["merges"]], description["shape"]["vocabulary"])
    return TernaryDecoder(Shape(**description["shape"]), parameters, quantised=False), tokenizer


def trainable(rounded: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Parameters to go on training with: copies, scaled so that rounding them gives the same weights again.

    The scale of a matrix is its mean magnitude, which zeros pull down; so the others have to stand out.
    """
    parameters = {}
    for name, value in rounded.items():
        share = np.count_nonzero(value) / value.size if is_linear(name) else 1.0
        parameters[name] = (value / max(share, 1e-3)).astype(np.float32)
    return parameters
