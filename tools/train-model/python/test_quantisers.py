"""The TypeScript quantisers against those of llama.cpp's own `gguf` package, byte by byte."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import quantize

from model import ternary

QUANTISE = Path(__file__).resolve().parent.parent / "src" / "quantise-main.ts"


def typescript_bytes(type_name: str, values: np.ndarray) -> bytes:
    node = shutil.which("node")
    assert node is not None, "node is not on the PATH"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "values.f32"), Path(folder, "out.bin")
        values.astype(np.float32).tofile(source)
        subprocess.run([node, str(QUANTISE), type_name, str(source), str(target)], check=True)
        return target.read_bytes()


def cases() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    normal = rng.standard_normal((64, 512)).astype(np.float32)
    ties = (rng.integers(-254, 255, (16, 256)) / 2).astype(np.float32)
    ties[:, ::32] = 127
    mixed = normal.copy()
    mixed[3] = 0
    mixed[5] *= 1e-30
    mixed[7] *= 1e-6
    mixed[9] *= 300
    return {
        "normal": normal,
        "ternary": ternary(normal * np.float32(0.05)),
        "halves": ties,
        "zero, tiny and large rows": mixed,
    }


class QuantiserTest(unittest.TestCase):
    def test_bytes_equal_those_of_gguf_py(self) -> None:
        for type_name in ("F16", "Q8_0", "TQ1_0", "TQ2_0"):
            for case, values in cases().items():
                with self.subTest(type=type_name, case=case):
                    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                        expected = quantize(values, GGMLQuantizationType[type_name]).tobytes()
                    self.assertEqual(typescript_bytes(type_name, values), expected)


if __name__ == "__main__":
    unittest.main()
