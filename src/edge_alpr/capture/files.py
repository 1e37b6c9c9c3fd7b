"""This file plays recorded material as frames: one picture, a folder of pictures in order of name, or a clip.

Nothing is dropped, so a run over the same files gives the same result each time. A picture that cannot be read is
counted, named and skipped; the rest go on.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cv2
import numpy as np
from annotated_types import Ge, Le

from edge_alpr.capture.picture import check_frame_size, is_picture, load_picture, to_luma
from edge_alpr.capture.plain_file import is_folder, open_plain, shown
from edge_alpr.errors import SourceError
from edge_alpr.types import Frame, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import Clock, Colour, Counter

log = logging.getLogger(__name__)

STILLS_FPS = 10.0
"""Pace of a folder of pictures when none is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    """Recorded pictures or a clip instead of a camera."""

    kind: Literal["files"] = "files"
    """Recorded material."""
    path: Path
    """A picture, a folder of pictures (taken in order of their names), or a video clip."""
    fps: Annotated[float, Ge(0.05), Le(1000)] | None = None
    """Frames per second. Leave it out to use a clip's own rate, or 10 for pictures. Unrelated photographs want 0.5."""
    start: datetime | None = None
    """Time of the first frame, with its zone (2026-11-24T08:00:00Z). Leave it out to use the time of playing."""
    pace: Literal["fast", "real-time"] = "fast"
    """fast: as quickly as they can be processed. real-time: each frame waits for its time."""

    def __post_init__(self) -> None:
        if self.start is not None and self.start.tzinfo is None:
            raise ValueError("start needs its zone: write 2026-11-24T08:00:00Z")


class FilesSource:
    """A `FrameSource` over recorded material."""

    live = False

    def __init__(
        self, settings: FilesSettings, clock: Clock, count: Counter, camera: str = "cam0"
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._count = count
        self._camera = camera
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """All frames in order; ends with the material.

        Raises:
            SourceError: the path is missing, or nothing in it can be decoded.
        """
        path = self._settings.path
        if is_folder(path):
            names = self._list(path)
            if not names:
                raise SourceError(f"{shown(path)}: the folder has no pictures")
            return self._timed(self._pictures(names), self._settings.fps or STILLS_FPS)
        if is_picture(path):
            return self._timed(iter([load_picture(path)]), self._settings.fps or STILLS_FPS)
        return self._clip(path)

    def close(self) -> None:
        self._closed.set()

    def _list(self, folder: Path) -> list[Path]:
        """The folder's pictures in order of name; what lies deeper is not played, and that is said."""
        try:
            with os.scandir(folder) as listed:
                # By scandir, since it knows a folder without having to look at it.
                inside = [(Path(entry.path), entry.is_dir()) for entry in listed]
        except OSError as error:
            raise SourceError(f"{shown(folder)}: cannot be listed: {error.strerror}") from error
        if folders := sum(is_a_folder for _, is_a_folder in inside):
            log.warning("%s: %d folders inside are not looked into", shown(folder), folders)
        return sorted(p for p, is_a_folder in inside if is_picture(p) and not is_a_folder)

    def _pictures(self, names: list[Path]) -> Iterator[Colour]:
        readable = 0
        for name in names:
            try:
                picture = load_picture(name)
            except SourceError as error:
                self._count("capture.unreadable")
                log.warning("%s; skipped", error)
                continue
            readable += 1
            yield picture
        if not readable:
            folder = shown(names[0].parent)
            raise SourceError(f"{folder}: none of its {len(names)} pictures can be read")

    def _clip(self, path: Path) -> Iterator[Frame]:
        name = shown(path)
        # Held open while it plays: by this name OpenCV can read it whatever its own name is made of.
        descriptor = open_plain(path)
        place = f"/proc/self/fd/{descriptor}" if name != str(path) else str(path.absolute())
        capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG)
        try:
            if not capture.isOpened():
                raise SourceError(f"{name}: not a video clip that can be decoded, nor a picture")
            check_frame_size(capture, name)
            fps = self._settings.fps or _within(capture.get(cv2.CAP_PROP_FPS), 0.05, 1000)
            promised = round(_within(capture.get(cv2.CAP_PROP_FRAME_COUNT), 0, 1e12) or 0)
            last = -1
            for frame in self._timed(_grab(capture, name), fps or STILLS_FPS):
                last = frame.sequence
                yield frame
            if last < 0:
                raise SourceError(f"{name}: the clip has no frame that can be decoded")
            if last + 1 < promised and not self._closed.is_set():
                self._count("capture.truncated")
                log.warning(
                    "%s: ended after %d of %d frames; the clip is truncated or damaged",
                    name,
                    last + 1,
                    promised,
                )
        finally:
            capture.release()
            os.close(descriptor)

    def _timed(self, pictures: Iterator[Colour], fps: float) -> Iterator[Frame]:
        start = self._clock.now()
        for sequence, picture in enumerate(pictures):
            offset = sequence / fps
            if self._settings.pace == "real-time":
                wait = start.mono_s + offset - self._clock.now().mono_s
                if wait > 0:
                    self._closed.wait(wait)
            if self._closed.is_set():
                return
            if self._settings.start is not None:
                utc_s = self._settings.start.timestamp() + offset
            else:
                utc_s = self._clock.now().utc_s
            yield Frame(
                luma=to_luma(picture),
                at=Moment(start.mono_s + offset, utc_s),
                sequence=sequence,
                camera=self._camera,
                colour=picture,
            )


def _within(value: float, least: float, most: float) -> float | None:
    """What a clip's header says, or None if that cannot be."""
    return value if least <= value <= most else None


def _grab(capture: cv2.VideoCapture, name: str) -> Iterator[Colour]:
    while True:
        try:
            there, picture = capture.read()
        except cv2.error as error:
            raise SourceError(f"{name}: a frame cannot be decoded ({error.err})") from error
        if not there:
            return
        yield picture.astype(np.uint8, copy=False)
