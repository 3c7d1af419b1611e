"""A dump holds the model that was trained, and training can go on from it."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

from dump import read_dump, trainable, write_dump
from model import Shape, TernaryDecoder, initial_parameters
from tokenizer import Tokenizer

SHAPE = Shape(vocabulary=320, width=16, heads=2, hidden=32, layers=2)


class DumpTest(unittest.TestCase):
    def test_the_dumped_and_the_continued_model_compute_what_the_trained_one_does(self) -> None:
        model = TernaryDecoder(SHAPE, initial_parameters(SHAPE, seed=3))
        with tempfile.TemporaryDirectory() as folder:
            write_dump(Path(folder), model, Tokenizer([("t", "h")], SHAPE.vocabulary))
            dumped, tokenizer = read_dump(Path(folder))
        continued = TernaryDecoder(SHAPE, trainable(dumped.parameters))
        ids = np.array([[1, 5, 300, 7]])
        self.assertEqual(tokenizer.encode("th"), [256])
        np.testing.assert_allclose(dumped.logits(ids), model.logits(ids), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(continued.logits(ids), model.logits(ids), rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
