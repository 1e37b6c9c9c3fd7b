"""Fills a store: several processes render plates, one looks at photographs again, until each has made its number."""

from __future__ import annotations

import logging
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from edge_training.chance import Chance
from edge_training.fonts import Typefaces
from edge_training.negatives import load_backdrops
from edge_training.photographs import DATA_SETS, Photograph, for_training
from edge_training.progress import Progress
from edge_training.samples import Renderer, Retaker, real_plates
from edge_training.states import STATE_WORDS
from edge_training.store import Part
from edge_training.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_training.crops import Sample

log = logging.getLogger(__name__)

PUBLISH_EVERY = 500
BACKDROPS = 260
PHOTOGRAPHED_RING = 40_000


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What to render, and where to."""

    store: Path
    fonts: tuple[Path, ...]
    photographs: Path | None
    """Root of the data sets; without it nothing but rendered plates is made."""

    samples: int
    """How many each rendering process makes in all; a resumed run goes on counting."""

    capacity: int
    """Size of each process's ring; older samples are replaced."""

    workers: int
    seed: int


def render(settings: RenderSettings) -> None:
    """Run all writers to their end. Interrupt and repeat it at will: every sample has its own seed."""
    cv2.setNumThreads(1)  # before the fork: OpenCV's thread pool does not survive one
    from_disk = training_photographs(settings.photographs)
    faces = Typefaces.load(settings.fonts, WORDS, STATE_WORDS)
    scenes = [p for p in from_disk if not p.is_crop]
    backdrops = load_backdrops(scenes, Chance(settings.seed), BACKDROPS)
    log.info(
        "%d faces, %d backdrops, %d photographs", len(faces.faces), len(backdrops), len(from_disk)
    )
    fork = multiprocessing.get_context("fork")  # the faces are inherited, not pickled
    writers = []
    for worker in range(settings.workers):
        make = Renderer(faces, backdrops, settings.seed * 1000 + worker).make
        part = Part(settings.store, f"rendered-{worker}", settings.capacity)
        writers.append(fork.Process(target=fill, args=(part, make, settings.samples)))
    plates = real_plates(from_disk)
    if plates:
        part = Part(settings.store, "photographed", min(PHOTOGRAPHED_RING, settings.capacity))
        again = Retaker(plates, settings.seed * 1000 + 999).make
        writers.append(fork.Process(target=fill, args=(part, again, settings.samples // 6)))
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def training_photographs(root: Path | None) -> list[Photograph]:
    """Every photograph below ``root`` that may train; folders that are not there are left out."""
    if root is None:
        return []
    names = [
        name for name, known in DATA_SETS.items() if known.use == "train" and (root / name).is_dir()
    ]
    return [photograph for name in names for photograph in for_training(root, name)]


def fill(part: Part, make: Callable[[int], Sample], samples: int) -> None:
    """Put samples ``part.written`` to ``samples - 1`` into ``part``."""
    progress = Progress(f"render {part.name}", samples, part.written)
    for index in range(part.written, samples):
        part.put(make(index))
        if (index + 1) % PUBLISH_EVERY == 0 or index + 1 == samples:
            part.publish()
            progress.at(index + 1)
