"""A model file to go on training from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

from model import Shape, TernaryDecoder, is_linear
from tokenizer import Tokenizer


def model_of_file(path: Path) -> tuple[TernaryDecoder, Tokenizer]:
    """Its weights as trainable ones, and its tokenizer."""
    reader = GGUFReader(path)

    def value(key: str) -> object:
        return reader.fields[key].contents()

    parameters = {}
    for tensor in reader.tensors:
        name = tensor.name.removesuffix(".weight")
        parameters[name] = _trainable(name, dequantize(tensor.data, tensor.tensor_type).reshape([int(n) for n in tensor.shape[::-1]]))
    shape = Shape(
        vocabulary=len(value("tokenizer.ggml.tokens")),
        width=value("bitnet.embedding_length"),
        heads=value("bitnet.attention.head_count"),
        hidden=value("bitnet.feed_forward_length"),
        layers=value("bitnet.block_count"),
    )
    merges = [tuple(pair.split(" ")) for pair in value("tokenizer.ggml.merges")]
    return TernaryDecoder(shape, parameters), Tokenizer(merges, shape.vocabulary)


def _trainable(name: str, weights: np.ndarray) -> np.ndarray:
    """Scaled so that rounding gives the same weights again: the scale is the mean magnitude, which zeros pull down."""
    share = np.count_nonzero(weights) / weights.size if is_linear(name) else 1.0
    return (weights / max(share, 1e-3)).astype(np.float32)
