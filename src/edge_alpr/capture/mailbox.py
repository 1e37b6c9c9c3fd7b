"""This file hands frames from the capture thread to the vision thread: one slot.

Live sources overwrite an untaken frame (newest wins, the loss is counted); recordings wait until it was taken.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_alpr.types import Counter, Frame


class Mailbox:
    """One slot between one putting and one taking thread."""

    def __init__(self, count: Counter, *, lossless: bool) -> None:
        self._count = count
        self._lossless = lossless
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closed = False

    def put(self, frame: Frame) -> bool:
        """Offer a frame. Waits for room if lossless. False when the mailbox is closed."""
        with self._changed:
            if self._lossless:
                self._changed.wait_for(lambda: self._frame is None or self._closed)
            if self._closed:
                return False
            if self._frame is not None:
                self._count("capture.dropped_late")
            self._frame = frame
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> Frame | None:
        """The waiting frame, or None when none came in time or the mailbox is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout_s)
            frame, self._frame = self._frame, None
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        """No more frames will be put; what lies in the slot can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def finished(self) -> bool:
        """Closed and empty."""
        with self._changed:
            return self._closed and self._frame is None
