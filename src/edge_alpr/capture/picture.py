"""This file turns a picture file into pixels, or says in words why it can not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge_alpr.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Colour

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
MAX_BYTES = 64 * 1024 * 1024


def is_picture(path: Path) -> bool:
    """Whether the name looks like a picture's."""
    return path.suffix.lower() in SUFFIXES


def load_picture(path: Path) -> Colour:
    """A picture file as ``(H, W, 3) uint8`` BGR, turned upright by its EXIF tag.

    Raises:
        SourceError: missing, unreadable, too large or not a picture.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(f"{path}: {size} bytes; pictures up to {MAX_BYTES} bytes are read")
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    if content.size == 0:
        raise SourceError(f"{path}: the file is empty (0 bytes)")
    try:
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise SourceError(f"{path}: the picture cannot be decoded ({error.err})") from error
    if picture is None:
        raise SourceError(f"{path}: not a picture that can be decoded (damaged, or another format)")
    return picture.astype(np.uint8, copy=False)


def to_luma(colour: Colour) -> Luma:
    """``(H, W, 3)`` BGR to ``(H, W)`` brightness."""
    return cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
