"""A delivery into a list, under any profile and list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter

from edge_alpr.delivery.policy import Policy, PolicySettings, load_policy

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
def make_policy(write_list: Callable[..., Path]) -> MakePolicy:
    def make(profile: str, *lines: str, **settings: float) -> Policy:
        path = write_list(*lines) if lines else None
        given = {"profile": profile, "hotlist_file": path, **settings}
        return load_policy(TypeAdapter(PolicySettings).validate_python(given))

    return make
