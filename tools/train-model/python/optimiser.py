"""AdamW with gradient clipping, and the learning rate over the course of a run."""

from __future__ import annotations

import math

import numpy as np

Array = np.ndarray


def learning_rate(step: int, steps: int, peak: float, settling: int, warm_up: int = 60, floor: float = 0.02) -> float:
    """Linear warm-up, a plateau, and in the last `settling` steps a straight line down to `floor` times the peak.

    Up to the last phase nothing depends on the number of steps, so a run may be made shorter or longer on the way.
    """
    left = (steps - step) / settling
    return peak * min(step / warm_up, 1.0, floor + (1 - floor) * left)


class AdamW:
    def __init__(
        self, parameters: dict[str, Array], beta_1: float = 0.9, beta_2: float = 0.98, clip: float = 1.0
    ) -> None:
        self._parameters = parameters
        self._beta_1, self._beta_2, self._clip = beta_1, beta_2, clip
        self._mean = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._square = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._steps = 0

    def state(self) -> dict[str, object]:
        return {"mean": self._mean, "square": self._square, "steps": self._steps}

    def restore(self, state: dict[str, object]) -> None:
        self._mean, self._square, self._steps = state["mean"], state["square"], state["steps"]

    def step(self, gradients: dict[str, Array], rate: float, decay: float) -> float:
        """Changes the parameters in place and returns the gradient's norm before clipping."""
        self._steps += 1
        norm = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values()))
        shrink = min(1.0, self._clip / (norm + 1e-12))
        correct_1 = 1 - self._beta_1**self._steps
        correct_2 = math.sqrt(1 - self._beta_2**self._steps)
        for name, value in self._parameters.items():
            gradient = gradients[name]
            gradient *= value.dtype.type(shrink)
            mean, square = self._mean[name], self._square[name]
            mean *= self._beta_1
            mean += (1 - self._beta_1) * gradient
            square *= self._beta_2
            gradient *= gradient
            gradient *= 1 - self._beta_2
            square += gradient
            update = np.sqrt(square)
            update *= 1 / correct_2
            update += 1e-8
            np.divide(mean, update, out=update)
            update *= rate / correct_1
            if decay and value.ndim == 2:
                value *= 1 - rate * decay
            value -= update
        return norm
