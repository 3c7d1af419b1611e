"""A ternary decoder in numpy: the network that llama.cpp knows as architecture "bitnet".

RMSNorm, rotary positions by halves (NEOX), attention and SwiGLU each followed by a second norm
before their output projection, tied embedding. Linear weights are trained in full precision and
rounded to -1, 0 or 1 times one scale per matrix in every forward pass; the gradient passes the
rounding unchanged (straight-through estimator). Forward and backward are written out by hand.

Letters in shapes: B rows, T positions, N = B * T, H heads, D width, F hidden width, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
NORM_EPSILON = 1e-5
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 1024
    width: int = 256
    heads: int = 4
    hidden: int = 512
    layers: int = 4

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def is_linear(name: str) -> bool:
    return name.rsplit(".", 1)[-1] in LINEAR


def ternary(weight: Array) -> Array:
    """Rounds to {-g, 0, g}, where g is the mean magnitude."""
    scale = max(float(np.abs(weight).mean()), 1e-5)
    return (np.clip(np.rint(weight / scale), -1, 1) * scale).astype(weight.dtype)


def initial_parameters(shape: Shape, seed: int, dtype: Any = np.float32) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    width, hidden = shape.width, shape.hidden

    def normal(rows: int, columns: int, deviation: float) -> Array:
        return (rng.standard_normal((rows, columns)) * deviation).astype(dtype)

    sizes = {
        "attn_q": (width, width),
        "attn_k": (width, width),
        "attn_v": (width, width),
        "attn_output": (width, width),
        "ffn_gate": (hidden, width),
        "ffn_up": (hidden, width),
        "ffn_down": (width, hidden),
    }
    norms = {"attn_norm": width, "attn_sub_norm": width, "ffn_norm": width, "ffn_sub_norm": hidden}
    parameters = {"token_embd": normal(shape.vocabulary, width, 0.08), "output_norm": np.ones(width, dtype)}
    for layer in range(shape.layers):
        for name, (rows, columns) in sizes.items():
            parameters[f"blk.{layer}.{name}"] = normal(rows, columns, columns**-0.5)
        for name, size in norms.items():
            parameters[f"blk.{layer}.{name}"] = np.ones(size, dtype)
    return parameters


def place_digits_on_circles(embedding: Array, digit_ids: list[int], seed: int) -> None:
    """Starts the ten digits as points on circles of period 10, 5, 10/3 … and on one line.

    Angles add when digits do, and the gated layers can multiply sines with cosines: sums modulo
    ten are then close at hand. The scale stays that of all other rows.
    """
    digits = np.arange(10)[:, None]
    angles = 2 * np.pi * digits * np.arange(1, 6) / 10
    features = np.concatenate([np.cos(angles), np.sin(angles)[:, :4], (digits - 4.5) / 3.2], axis=1)
    mixing = np.random.default_rng(seed).standard_normal((features.shape[1], embedding.shape[1]))
    rows = features @ mixing
    embedding[digit_ids] = rows * (embedding.std() / rows.std())


def rms_norm(x: Array, gain: Array) -> tuple[Array, tuple[Array, Array]]:
    rate = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + NORM_EPSILON)
    normal = x * rate
    return normal * gain, (normal, rate)


def rms_norm_backward(grad: Array, gain: Array, kept: tuple[Array, Array]) -> tuple[Array, Array]:
    normal, rate = kept
    grad_gain = (grad * normal).sum(0)
    grad_normal = grad * gain
    grad_normal -= normal * (grad_normal * normal).mean(-1, keepdims=True)
    return grad_normal * rate, grad_gain


class TernaryDecoder:
    def __init__(self, shape: Shape, parameters: dict[str, Array], quantised: bool = True) -> None:
        self.shape = shape
        self.parameters = parameters
        self.quantised = quantised
        self.dtype = parameters["token_embd"].dtype
        self._linear: dict[str, Array] = {}
        self._cos = self._sin = np.empty((0, 0))
        self.refresh()

    def refresh(self) -> None:
        """Rounds the linear weights anew; call it after the parameters have changed."""
        self._linear = {
            name: ternary(weight) if self.quantised else weight
            for name, weight in self.parameters.items()
            if is_linear(name)
        }

    def linear(self, name: str) -> Array:
        """The weight as the forward pass uses it, and as it is exported."""
        return self._linear[name]

    def logits(self, ids: Array) -> Array:
        """[B, T] token ids → [B, T, V]."""
        hidden, _ = self._forward(ids)
        return (hidden @ self.parameters["token_embd"].T).reshape(*ids.shape, -1)

    def loss_and_gradients(
        self, ids: Array, targets: Array, weights: Array, total_weight: float | None = None
    ) -> tuple[float, dict[str, Array]]:
        """Weighted mean cross entropy; only positions with a weight pay for the output layer."""
        hidden, tape = self._forward(ids)
        rows = np.flatnonzero(weights.reshape(-1))
        share = (weights.reshape(-1)[rows] / (total_weight or weights.sum())).astype(self.dtype)
        wanted = targets.reshape(-1)[rows]
        embedding = self.parameters["token_embd"]
        chosen = hidden[rows]
        scores = chosen @ embedding.T
        scores -= scores.max(-1, keepdims=True)
        at = np.arange(len(rows))
        right = scores[at, wanted]
        np.exp(scores, out=scores)
        total = scores.sum(-1, keepdims=True)
        loss = float(((np.log(total[:, 0]) - right) * share).sum())
        scores /= total
        scores[at, wanted] -= 1
        scores *= share[:, None]
        grad_hidden = np.zeros_like(hidden)
        grad_hidden[rows] = scores @ embedding
        gradients = self._backward(grad_hidden, ids, tape)
        gradients["token_embd"] += scores.T @ chosen
        return loss, gradients

    def _rotation(self, length: int) -> tuple[Array, Array]:
        if len(self._cos) < length:
            half = self.shape.head_width // 2
            angles = np.arange(length)[:, None] * ROPE_BASE ** (-np.arange(half) / half)
            self._cos, self._sin = np.cos(angles).astype(self.dtype), np.sin(angles).astype(self.dtype)
        return self._cos[:length], self._sin[:length]

    def _rotate(self, x: Array, back: bool = False) -> Array:
        """x is [B, H, T, head width]; entry i turns with entry i + half."""
        cos, sin = self._rotation(x.shape[2])
        half = self.shape.head_width // 2
        sin = -sin if back else sin
        out = np.empty_like(x)
        first, second = x[..., :half], x[..., half:]
        out[..., :half] = first * cos - second * sin
        out[..., half:] = first * sin + second * cos
        return out

    def _heads(self, x: Array, rows: int) -> Array:
        return x.reshape(rows, -1, self.shape.heads, self.shape.head_width).transpose(0, 2, 1, 3)

    def _flat(self, x: Array) -> Array:
        return x.transpose(0, 2, 1, 3).reshape(-1, self.shape.width)

    def _forward(self, ids: Array) -> tuple[Array, list[Any]]:
        p, w = self.parameters, self._linear
        rows, length = ids.shape
        scale = self.dtype.type(self.shape.head_width**-0.5)
        future = np.triu(np.full((length, length), -np.inf, self.dtype), 1)
        x = p["token_embd"][ids.reshape(-1)]
        tape: list[Any] = []
        for layer in range(self.shape.layers):
            b = f"blk.{layer}."
            normal, norm_in = rms_norm(x, p[b + "attn_norm"])
            q, k, v = (self._heads(normal @ w[b + name].T, rows) for name in ("attn_q", "attn_k", "attn_v"))
            q, k = self._rotate(q), self._rotate(k)
            attention = q @ k.transpose(0, 1, 3, 2)
            attention *= scale
            attention += future
            attention -= attention.max(-1, keepdims=True)
            np.exp(attention, out=attention)
            attention /= attention.sum(-1, keepdims=True)
            mixed, norm_mixed = rms_norm(self._flat(attention @ v), p[b + "attn_sub_norm"])
            x = x + mixed @ w[b + "attn_output"].T
            middle, norm_middle = rms_norm(x, p[b + "ffn_norm"])
            gate, up = middle @ w[b + "ffn_gate"].T, middle @ w[b + "ffn_up"].T
            open_share = 1 / (1 + np.exp(-gate))
            silu = gate * open_share
            product, norm_product = rms_norm(silu * up, p[b + "ffn_sub_norm"])
            x = x + product @ w[b + "ffn_down"].T
            tape.append(
                (
                    normal,
                    norm_in,
                    q,
                    k,
                    v,
                    attention,
                    mixed,
                    norm_mixed,
                    middle,
                    norm_middle,
                    up,
                    open_share,
                    silu,
                    product,
                    norm_product,
                )
            )
        hidden, norm_out = rms_norm(x, p["output_norm"])
        tape.append(norm_out)
        return hidden, tape

    def _backward(self, grad_hidden: Array, ids: Array, tape: list[Any]) -> dict[str, Array]:
        p, w = self.parameters, self._linear
        rows = ids.shape[0]
        scale = self.dtype.type(self.shape.head_width**-0.5)
        g: dict[str, Array] = {}
        grad, g["output_norm"] = rms_norm_backward(grad_hidden, p["output_norm"], tape[-1])
        for layer in reversed(range(self.shape.layers)):
            b = f"blk.{layer}."
            (
                normal,
                norm_in,
                q,
                k,
                v,
                attention,
                mixed,
                norm_mixed,
                middle,
                norm_middle,
                up,
                open_share,
                silu,
                product,
                norm_product,
            ) = tape[layer]

            g[b + "ffn_down"] = grad.T @ product
            d_product, g[b + "ffn_sub_norm"] = rms_norm_backward(
                grad @ w[b + "ffn_down"], p[b + "ffn_sub_norm"], norm_product
            )
            d_up = d_product * silu
            d_gate = d_product * up
            d_gate *= open_share + silu * (1 - open_share)
            g[b + "ffn_up"], g[b + "ffn_gate"] = d_up.T @ middle, d_gate.T @ middle
            d_middle, g[b + "ffn_norm"] = rms_norm_backward(
                d_up @ w[b + "ffn_up"] + d_gate @ w[b + "ffn_gate"], p[b + "ffn_norm"], norm_middle
            )
            grad = grad + d_middle

            g[b + "attn_output"] = grad.T @ mixed
            d_mixed, g[b + "attn_sub_norm"] = rms_norm_backward(
                grad @ w[b + "attn_output"], p[b + "attn_sub_norm"], norm_mixed
            )
            d_mixed = self._heads(d_mixed, rows)
            d_v = attention.transpose(0, 1, 3, 2) @ d_mixed
            d_attention = d_mixed @ v.transpose(0, 1, 3, 2)
            d_attention -= (d_attention * attention).sum(-1, keepdims=True)
            d_attention *= attention
            d_attention *= scale
            d_q = self._flat(self._rotate(d_attention @ k, back=True))
            d_k = self._flat(self._rotate(d_attention.transpose(0, 1, 3, 2) @ q, back=True))
            d_v = self._flat(d_v)
            d_normal = 0
            for name, d_out in (("attn_q", d_q), ("attn_k", d_k), ("attn_v", d_v)):
                g[b + name] = d_out.T @ normal
                d_normal = d_normal + d_out @ w[b + name]
            d_normal, g[b + "attn_norm"] = rms_norm_backward(d_normal, p[b + "attn_norm"], norm_in)
            grad = grad + d_normal
        g["token_embd"] = np.zeros_like(p["token_embd"])
        np.add.at(g["token_embd"], ids.reshape(-1), grad)
        return g
