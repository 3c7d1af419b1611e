"""A model file to go on training from."""

from __future__ import annotations

from pathlib import Path

from gguf import GGUFReader
from gguf.quants import dequantize

from dump import trainable
from model import Shape, TernaryDecoder
from tokenizer import Tokenizer


def model_of_file(path: Path) -> tuple[TernaryDecoder, Tokenizer]:
    """Its weights as trainable ones, and its tokenizer."""
    reader = GGUFReader(path)

    def value(key: str) -> object:
        return reader.fields[key].contents()

    parameters = {}
    for tensor in reader.tensors:
        weights = dequantize(tensor.data, tensor.tensor_type).reshape([int(size) for size in tensor.shape[::-1]])
        parameters[tensor.name.removesuffix(".weight")] = weights
    shape = Shape(
        vocabulary=len(value("tokenizer.ggml.tokens")),
        width=value("bitnet.embedding_length"),
        heads=value("bitnet.attention.head_count"),
        hidden=value("bitnet.feed_forward_length"),
        layers=value("bitnet.block_count"),
    )
    merges = [tuple(pair.split(" ")) for pair in value("tokenizer.ggml.merges")]
    return TernaryDecoder(shape, trainable(parameters)), Tokenizer(merges, shape.vocabulary)
