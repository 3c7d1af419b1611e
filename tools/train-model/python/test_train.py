"""A run that was cut off goes on as if it had not been."""

import tempfile
import unittest
from argparse import Namespace
from pathlib import Path

import numpy as np

from model import Shape, TernaryDecoder, initial_parameters
from optimiser import learning_rate
from tokenizer import Tokenizer
from train import Run, train

SHAPE = Shape(vocabulary=300, width=16, heads=2, hidden=32, layers=1)


def new_run(out: Path) -> Run:
    options = Namespace(
        out=out, steps=3, settling=1, copying_steps=0, documents=6, mix="main", rate=1e-3, question_weight=0.02, seed=1, checkpoint_every=2
    )
    return Run(options, TernaryDecoder(SHAPE, initial_parameters(SHAPE, seed=3)), Tokenizer([("t", "h")], SHAPE.vocabulary))


class TrainTest(unittest.TestCase):
    def test_a_resumed_run_ends_with_the_same_weights(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            whole, resumed = new_run(Path(folder)), new_run(Path(folder))
            train(whole)  # leaves the checkpoint of step 2
            resumed.restore()
            self.assertEqual(resumed.step, 2)
            train(resumed)
        for name, value in whole.model.parameters.items():
            np.testing.assert_array_equal(resumed.model.parameters[name], value)

    def test_the_rate_before_the_last_phase_does_not_depend_on_the_length_of_the_run(self) -> None:
        for step in (1, 60, 500):
            self.assertEqual(learning_rate(step, 1300, 2e-3, 790), learning_rate(step, 9000, 2e-3, 790))
        self.assertAlmostEqual(learning_rate(1300, 1300, 2e-3, 790), 4e-5)


if __name__ == "__main__":
    unittest.main()
