"""Renders what the virtual camera sees: pictures of the road with a plate each, and of the empty road between them."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

from edge_alpr.scene.clip import render_still

SEEDS = (1, 2, 4, 6)
"""Of pictures whose plate is large, sharp, and without an O or I (tests/fixtures/recordings.py)."""
QUALITY = 95
TIMES = 12
"""The camera shows each file for four frames: so often is a vehicle in view for a second and a half."""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for seed in SEEDS:
        for plates in (1, 0):
            picture = render_still(seed, plates).picture
            made, file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            assert made
            for _ in range(TIMES):
                (folder / f"{number}.jpg").write_bytes(file.tobytes())
                number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
