"""This file is ``python -m evaluation.drive OUT``: writes clips with the truth of every pass, for ``edge-alpr eval``.

With --photographs the clips show real plates: keep OUT out of the repository and treat it as you treat them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from edge_alpr.commands.numbers import positive_int
from edge_alpr.commands.progress import progress
from edge_alpr.evaluate.truth import SUFFIX, write_truth
from edge_alpr.scene.clip import MJPEG_QUALITY
from evaluation.drive.camera import LIGHTS
from evaluation.drive.film import Film
from evaluation.drive.parked import plan_parked
from evaluation.drive.plan import plan_passes
from evaluation.drive.plate_free import plan_streets
from evaluation.drive.stock import plates_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evaluation.drive.film import Cast


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evaluation.drive", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for clips (about 30 MB for twelve passes)")
    parser.add_argument("--kind", choices=("passes", "plate-free", "parked"), default="passes")
    parser.add_argument("--passes", type=positive_int, default=36, help="vehicles with a plate")
    parser.add_argument("--minutes", type=positive_int, default=4, help="of plate-free or parked")
    parser.add_argument(
        "--photographs", type=Path, help="labelled photographs; else all is rendered"
    )
    parser.add_argument("--light", choices=tuple(LIGHTS), help="the same in all clips")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for cast in _casts(arguments):
        film = Film(cast)
        name = f"{cast.name}.avi"
        _write(arguments.out / name, film)
        write_truth(arguments.out / f"{cast.name}{SUFFIX}", film.truth_of(name))
        print(f"{name}: {film.frame_count} frames, {len(film.truth.passes)} passes", flush=True)
    return 0


def _casts(arguments: argparse.Namespace) -> Iterator[Cast]:
    stock = plates_with_text(arguments.photographs) if arguments.photographs else []
    if arguments.kind == "passes":
        yield from plan_passes(arguments.passes, stock, seed=arguments.seed, light=arguments.light)
    elif arguments.kind == "plate-free":
        yield from plan_streets(60.0 * arguments.minutes, seed=arguments.seed)
    else:
        yield plan_parked(
            arguments.minutes,
            seed=arguments.seed,
            light=arguments.light or "day",
            photograph=stock[arguments.seed % len(stock)] if stock else None,
        )


def _write(path: Path, film: Film) -> None:
    """As Motion JPEG, which every OpenCV reads."""
    view = film.cast.camera.view
    size = (view.width, view.height)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), film.fps, size)
    if not writer.isOpened():
        raise OSError(f"{path}: cannot be written as a video")
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, MJPEG_QUALITY)
    try:
        for picture in progress(film.pictures(), film.frame_count, path.name):
            writer.write(picture)
    finally:
        writer.release()


if __name__ == "__main__":
    sys.exit(main())
