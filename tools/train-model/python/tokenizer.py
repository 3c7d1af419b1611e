"""Byte-level BPE as GPT-2 has it, trained here; digits never merge, so that sums see single digits."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

SPECIAL_TOKENS = ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>")

_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def _byte_alphabet() -> dict[int, str]:
    """GPT-2's printable stand-in for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {byte: chr(byte) for byte in printable}
    rest = (byte for byte in range(256) if byte not in alphabet)
    return alphabet | {byte: chr(256 + index) for index, byte in enumerate(rest)}


_SYMBOL_OF_BYTE = _byte_alphabet()
_BYTE_OF_SYMBOL = {symbol: byte for byte, symbol in _SYMBOL_OF_BYTE.items()}


def _kind(char: str) -> str:
    if char.isspace():
        return "space"
    return {"L": "letter", "N": "number"}.get(unicodedata.category(char)[0], "other")


def pieces(text: str) -> Iterator[str]:
    """Splits text as GPT-2's regular expression does; no token crosses a piece."""
    at = 0
    while at < len(text):
        contraction = next((c for c in _CONTRACTIONS if text.startswith(c, at)), None)
        if contraction is not None:
            yield contraction
            at += len(contraction)
            continue
        start = at
        if text[at] == " " and at + 1 < len(text) and _kind(text[at + 1]) != "space":
            at += 1
        kind = _kind(text[at])
        end = at + 1
        while end < len(text) and _kind(text[end]) == kind:
            end += 1
        if kind == "space" and end < len(text) and end - at > 1:
            end -= 1  # the last space belongs to the word after it
        yield text[start:end]
        at = end


def train_merges(texts: Iterable[str], count: int) -> list[tuple[str, str]]:
    """The `count` most frequent merges; only ASCII pieces without digits take part."""
    words: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        for piece in pieces(text):
            if piece.isascii() and not any(char.isdigit() for char in piece):
                words[tuple(_SYMBOL_OF_BYTE[byte] for byte in piece.encode())] += 1
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        if not pairs:
            break
        best = max(pairs.items(), key=lambda item: (item[1], item[0]))[0]
        merges.append(best)
        words = Counter({_merged(word, best) if best[0] in word else word: times for word, times in words.items()})
    return merges


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    out: list[str] = []
    at = 0
    while at < len(word):
        if word[at : at + 2] == pair:
            out.append(word[at] + word[at + 1])
            at += 2
        else:
            out.append(word[at])
            at += 1
    return tuple(out)


class Tokenizer:
    """Ids: 256 bytes, the merges in order, the special tokens, then unused entries up to `size`."""

    def __init__(self, merges: list[tuple[str, str]], size: int) -> None:
        self.merges = merges
        self.tokens = [_SYMBOL_OF_BYTE[byte] for byte in range(256)] + [left + right for left, right in merges]
        self.text_tokens = len(self.tokens)
        self.tokens += SPECIAL_TOKENS
        if len(self.tokens) > size:
            raise ValueError(f"{len(self.tokens)} tokens do not fit into {size}")
        self.tokens += [f"<|unused{index}|>" for index in range(len(self.tokens), size)]
        self.id_of = {token: index for index, token in enumerate(self.tokens)}
        self._rank = {pair: rank for rank, pair in enumerate(merges)}
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; special tokens in it are text, too."""
        ids: list[int] = []
        for piece in pieces(text):
            known = self._known.get(piece)
            if known is None:
                known = self._known[piece] = self._encode_piece(piece)
            ids += known
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        data = b""
        for index in ids:
            token = self.tokens[index]
            data += bytes(_BYTE_OF_SYMBOL[symbol] for symbol in token) if index < self.text_tokens else token.encode()
        return data.decode("utf-8", "replace")

    def _encode_piece(self, piece: str) -> list[int]:
        parts = tuple(_SYMBOL_OF_BYTE[byte] for byte in piece.encode())
        while len(parts) > 1:
            candidates = [pair for pair in zip(parts, parts[1:]) if pair in self._rank]
            if not candidates:
                break
            parts = _merged(parts, min(candidates, key=self._rank.__getitem__))
        return [self.id_of[part] for part in parts]
