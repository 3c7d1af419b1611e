"""The hand-written backward pass against finite differences, in double precision."""

import unittest

import numpy as np

from model import Shape, TernaryDecoder, initial_parameters

SHAPE = Shape(vocabulary=11, width=8, heads=2, hidden=12, layers=2)


class GradientTest(unittest.TestCase):
    def test_every_parameter_has_the_right_gradient(self) -> None:
        rng = np.random.default_rng(1)
        parameters = initial_parameters(SHAPE, seed=0, dtype=np.float64)
        for name, value in parameters.items():
            if value.ndim == 1:
                parameters[name] = value + rng.standard_normal(value.shape) * 0.1
        model = TernaryDecoder(SHAPE, parameters, quantised=False)
        ids, targets = rng.integers(0, 11, (3, 6)), rng.integers(0, 11, (3, 6))
        weights = rng.random((3, 6)) * (rng.random((3, 6)) < 0.7)
        _, gradients = model.loss_and_gradients(ids, targets, weights)

        worst = 0.0
        step = 1e-5
        for name, value in parameters.items():
            measured, calculated = [], []
            for _ in range(6):
                at = tuple(rng.integers(0, size) for size in value.shape)
                kept = value[at]
                value[at] = kept + step
                above, _ = model.loss_and_gradients(ids, targets, weights)
                value[at] = kept - step
                below, _ = model.loss_and_gradients(ids, targets, weights)
                value[at] = kept
                measured.append((above - below) / (2 * step))
                calculated.append(gradients[name][at])
            error = np.linalg.norm(np.subtract(measured, calculated)) / (np.linalg.norm(measured) + 1e-12)
            worst = max(worst, error)
            self.assertLessEqual(error, 1e-6, name)
        print(f"worst relative gradient error {worst:.1e}")

    def test_the_forward_pass_uses_three_values_per_linear_weight(self) -> None:
        model = TernaryDecoder(SHAPE, initial_parameters(SHAPE, seed=0))
        for name in ("blk.0.attn_q", "blk.1.ffn_down"):
            values = np.unique(model.linear(name))
            self.assertLessEqual(len(values), 3)
            self.assertAlmostEqual(float(values[0]), -float(values[-1]), places=6)


if __name__ == "__main__":
    unittest.main()
