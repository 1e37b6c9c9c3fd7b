"""Who stands in view is remembered in the unit's own folder: a neighbour must not say that they have departed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.app import camera_half, daemon
from edge_alpr.config.load import load_config
from fixtures.unit import write_unit

if TYPE_CHECKING:
    from pathlib import Path


class _SeenError(Exception):
    pass


def test_two_units_that_share_a_runtime_directory_do_not_share_who_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[Path] = []

    def look(path: Path) -> None:
        paths.append(path)
        raise _SeenError

    monkeypatch.setattr(camera_half, "KeptEvents", look)
    for name in ("u", "w"):
        config = load_config(
            write_unit(
                tmp_path / name,
                "mqtt://localhost:1",
                tmp_path,
                unit={"name": name},
                runtime={"dir": str(tmp_path / "run")},
            )
        )
        with pytest.raises(_SeenError):
            daemon.run_daemon(config, "camera")
    assert [path.parent.name for path in paths] == ["o.s.u", "o.s.w"]
