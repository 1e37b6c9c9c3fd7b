"""Imports what a unit needs and writes what its networks say to given pictures: run on this machine and under QEMU.

``python answers.py MODELS PICTURES.npz ANSWERS.npz``. One process, no child: QEMU's user mode cannot start another.
"""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

import numpy as np

IMPORTED = (
    "cv2",
    "onnxruntime",
    "pydantic",
    "yaml",
    "paho.mqtt.client",
    "edge_alpr.config.load",
    "edge_alpr.vision.pipeline",
    "edge_alpr.delivery.build",
)
"""What a daemon imports, native code first. The spool's SQLite is Python's own."""


def main(models: str, pictures: str, answers: str) -> None:
    """Ask both networks, and write their answers beside the reads made of them."""
    for name in IMPORTED:
        importlib.import_module(name)
    from edge_alpr.vision.inference import InferenceSettings, load_model  # noqa: PLC0415
    from edge_alpr.vision.read import PlateReader, ReadSettings  # noqa: PLC0415

    settings = InferenceSettings(models_dir=Path(models), threads=1)
    reader, detector = load_model("reader", settings), load_model("detector", settings)
    given = np.load(pictures)
    said = dict(zip(reader.card.output_names, reader.run_all(given["crops"][:, None]), strict=True))
    found = np.concatenate([detector.run(frame[None, None]) for frame in given["frames"]])
    reads = PlateReader(reader, ReadSettings()).read_crops(list(given["crops"]))
    everything = {"found": found, "texts": np.array([read.text for read in reads]), **said}
    np.savez(answers, allow_pickle=False, **everything)
    print(f"{platform.machine()}: python {platform.python_version()}, {len(reads)} reads")


if __name__ == "__main__":
    main(*sys.argv[1:])
