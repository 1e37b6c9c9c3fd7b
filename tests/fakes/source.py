"""A `FrameSource` over frames that a test has made, which may fail as often as the test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_alpr.errors import SourceError
from edge_alpr.types import Frame, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class FakeSource:
    """Gives one list of frames per opening; a live one is lost after each, a recording ends."""

    def __init__(self, openings: Sequence[Sequence[Frame] | SourceError], *, live: bool) -> None:
        """``openings``: what each call of `frames` gives; the last one is repeated."""
        self.live = live
        self._openings = openings
        self._closed = False
        self.opened = 0

    def frames(self) -> Iterator[Frame]:
        opening = self._openings[min(self.opened, len(self._openings) - 1)]
        self.opened += 1
        self._closed = False
        return self._play(opening)

    def close(self) -> None:
        self._closed = True

    @property
    def is_closed(self) -> bool:
        return self._closed

    def _play(self, opening: Sequence[Frame] | SourceError) -> Iterator[Frame]:
        if isinstance(opening, SourceError):
            raise opening
        for frame in opening:
            if self._closed:
                return
            yield frame
        if self.live and not self._closed:
            raise SourceError("fake: the cable was pulled")


def blank_frames(number: int, *, fps: float = 10.0) -> list[Frame]:
    """Small grey frames, each of its own brightness."""
    return [
        Frame(np.full((8, 16), n % 256, np.uint8), Moment(n / fps, 1_767_225_600 + n / fps), n)
        for n in range(number)
    ]
