"""Saving what was drawn: the technician's text stays, and what cannot be used is not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.aim.zones_file import drawn, save_zones
from edge_alpr.config.load import load_config
from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "# Mine.\nversion: 1\nunit:\n  name: a   # keep me\n"
SHAPES = {
    "lanes": [{"name": 'in: "1"', "polygon": [[0, 0.5], [1, 0.5], [1, 1]]}],
    "ignore": [[[0, 0], [0.5, 0], [0.5, 0.25]]],
    "private": [[[0.5, 0], [1, 0], [1, 0.25]]],
}


def test_what_is_saved_is_in_force_and_the_text_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0o640)
    saved = save_zones(path, load_config(path), SHAPES)
    assert drawn(saved) == drawn(load_config(path)) == SHAPES
    assert path.read_text(encoding="utf-8") == TEXT.replace(
        "version: 1\n", "version: 1\ninclude: zones.yaml\n"
    )
    assert (tmp_path / "zones.yaml").stat().st_mode & 0o777 == 0o640
    again = save_zones(path, saved, {**SHAPES, "lanes": []})
    assert again.zones.lanes == ()
    assert path.read_text(encoding="utf-8").count("include:") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {**SHAPES, "private": [[[0, 0], [1, 0], [1, 7]]]},
        {**SHAPES, "ignore": [[[0, 0], [1, 0]]]},
        {"lanes": []},
        {**SHAPES, "ignore": [["<", 0]]},
        None,
    ],
)
def test_what_is_wrong_changes_neither_file(tmp_path: Path, wrong: object) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(EdgeAlprError, match="not saved"):
        save_zones(path, load_config(path), wrong)
    assert path.read_text(encoding="utf-8") == TEXT
    assert [each.name for each in tmp_path.iterdir()] == ["unit.yaml"]


def test_zones_of_the_configuration_itself_are_not_overruled(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text("mask:\n  private: [[[0, 0], [1, 0], [1, 1]]]\n", encoding="utf-8")
    with pytest.raises(EdgeAlprError, match="move both sections"):
        save_zones(path, load_config(path), SHAPES)
