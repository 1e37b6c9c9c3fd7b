"""Counts and results of the fault suites: short in ``make test``, full in ``make soak``, which publishes its figures.

``EDGE_ALPR_SOAK`` names the folder for the results and asks for the full counts.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOAK = os.environ.get("EDGE_ALPR_SOAK")


class Count(Protocol):
    """``count(short, full)``: how often to try."""

    def __call__(self, short: int, full: int) -> int: ...


class Publish(Protocol):
    """``publish("REL-2", "shipped", cuts=1000, ...)``: note the figures of one experiment."""

    def __call__(self, suite: str, experiment: str, **figures: Any) -> None: ...


@pytest.fixture(scope="session")
def count() -> Count:
    def choose(short: int, full: int) -> int:
        return full if SOAK else short

    return choose


@pytest.fixture(scope="session")
def publish() -> Iterator[Publish]:
    results: dict[str, dict[str, Any]] = {}

    def note(suite: str, experiment: str, **figures: Any) -> None:
        results.setdefault(suite, {})[experiment] = figures

    yield note
    if SOAK is None:
        return
    folder = Path(SOAK)
    folder.mkdir(parents=True, exist_ok=True)
    for suite, experiments in results.items():
        page = {"suite": suite, **_circumstances(), "experiments": experiments}
        text = json.dumps(page, indent=2) + "\n"
        (folder / f"{suite.lower()}.json").write_text(text, encoding="utf-8")


def _circumstances() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "date": datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d"),
        "machine": f"{names[0] if names else platform.processor()} ({platform.machine()})",
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one: the card is modelled, so that a real one only costs time."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
