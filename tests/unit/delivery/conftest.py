"""A delivery into a list, under any profile and list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakes.lists import FakeLists
from fakes.manual_time import ManualClock
from fixtures.policies import Ruled, shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.policies import MakePolicy


@pytest.fixture
def write_list(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str) -> Path:
        path = tmp_path / "wanted.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_policy() -> MakePolicy:
    def make(profile: str, *lines: str, **settings: Any) -> Ruled:
        return Ruled(shipped(profile, **settings), FakeLists(lines, ManualClock().now().utc_s - 60))

    return make
