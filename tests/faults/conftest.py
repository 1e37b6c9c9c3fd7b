"""What the fault suites share: their counts and results, and a fast folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.soak import Count, Publish, count, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Count", "Publish", "count", "publish"]


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one: the card is modelled, so that a real one only costs time."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
