"""Runs the shipped networks on this machine and on emulated Raspberry Pi processors, and compares what they say.

``make test-arm64``. It proves that the wheels resolve, import and hold no illegal instruction, and that the figures
measured on this machine hold on the other. It says nothing about speed, memory or a camera: never publish a time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arm64.emulated import HERE, PROCESSORS, REPOSITORY, emulated_python
from edge_alpr.geometry import Luma, rectify
from edge_alpr.scene.plate import draw_plate, regions

PLATES_EACH = 3
READER_WH, FRAME_WH = (192, 64), (320, 192)
TOLERANCE = {"found": 1e-3, "logits": 0.5, "about": 0.2}
"""Of a logit, by output. With 7-bit weights no product overflows, and every whole number of the detector is the same.

Where the reader adds two quantised maps, the kernels of the two processors may round one step apart, which is up to a
few tenths of a logit further on. The texts must be equal.
"""


def draw_pictures() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Crops ``(N, 64, 192)`` and frames ``(M, 192, 320)`` of rendered plates, at different sizes, with noise."""
    rng = np.random.default_rng(11)
    crops: list[Luma] = []
    frames: list[Luma] = []
    for region in regions():
        for _ in range(PLATES_EACH):
            picture = draw_plate(region, rng).picture.mean(axis=2)
            noisy = picture + rng.normal(0, 12, picture.shape)
            luma = np.clip(noisy, 0, 255).astype(np.uint8)
            height, width = luma.shape
            corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
            crops.append(rectify(luma, corners, READER_WH))
            wide = int(rng.integers(60, 160))
            small = rectify(luma, corners, (wide, max(16, wide * height // width)))
            frame = rng.integers(60, 120, (FRAME_WH[1], FRAME_WH[0])).astype(np.uint8)
            frame[40 : 40 + small.shape[0], 80 : 80 + small.shape[1]] = small
            frames.append(frame)
    return np.stack(crops), np.stack(frames)


def main() -> int:
    """0 if every processor says the same."""
    with tempfile.TemporaryDirectory() as scratch:
        pictures = Path(scratch) / "pictures.npz"
        crops, frames = draw_pictures()
        np.savez(pictures, crops=crops, frames=frames)
        here = _answers([sys.executable], pictures, Path(scratch) / "here.npz")
        read = sum(bool(text) for text in here["texts"])
        print(f"this machine reads {read} of {len(crops)} rendered plates")
        bad = 0
        for processor, board in PROCESSORS.items():
            there = _answers(
                emulated_python(processor), pictures, Path(scratch) / f"{processor}.npz"
            )
            bad += _differs(f"{processor} ({board})", here, there)
    return int(bool(bad) or read < len(crops) // 2)


def _answers(python: list[str], pictures: Path, target: Path) -> dict[str, NDArray[Any]]:
    subprocess.run(
        [*python, HERE / "answers.py", REPOSITORY / "models", pictures, target], check=True
    )
    with np.load(target) as loaded:
        return dict(loaded)


def _differs(name: str, here: dict[str, NDArray[Any]], there: dict[str, NDArray[Any]]) -> bool:
    texts = bool((here["texts"] == there["texts"]).all())
    gaps = {key: float(np.abs(here[key] - there[key]).max()) for key in here if key != "texts"}
    same = texts and all(gap <= TOLERANCE[key] for key, gap in gaps.items())
    shown = ", ".join(f"{key} within {gap:.2g}" for key, gap in gaps.items())
    print(
        f"{'same' if same else 'DIFFERS'}: {name}: texts {'equal' if texts else 'differ'}, {shown}"
    )
    return not same


if __name__ == "__main__":
    sys.exit(main())
