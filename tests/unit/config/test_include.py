"""What is drawn on the picture may stand in a file of its own, which the configuration includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.config.load import digest, load_config
from edge_alpr.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LANES = "zones:\n  lanes:\n    - name: in\n      polygon: [[0, 0.5], [1, 0.5], [1, 1]]\n"
MASK = "mask:\n  private:\n    - [[0, 0], [0.2, 0], [0.2, 0.2]]\n"


def config(folder: Path, main: str, zones: str | None) -> Path:
    if zones is not None:
        (folder / "zones.yaml").write_text(zones, encoding="utf-8")
    path = folder / "unit.yaml"
    path.write_text(main, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_the_sections_are_those_of_the_included_file(tmp_path: Path) -> None:
    loaded = load_config(config(tmp_path, "include: zones.yaml\n", LANES + MASK))
    assert [lane.name for lane in loaded.zones.lanes] == ["in"]
    assert loaded.mask.private[0][2] == (0.2, 0.2)
    assert loaded.include == tmp_path / "zones.yaml"


def test_another_lane_is_another_configuration(tmp_path: Path) -> None:
    before = digest(load_config(config(tmp_path, "include: zones.yaml\n", LANES)))
    after = digest(
        load_config(config(tmp_path, "include: zones.yaml\n", LANES.replace("0.5", "0.4")))
    )
    assert before != after


def test_a_mistake_is_named_with_the_file_and_line_where_it_stands(tmp_path: Path) -> None:
    wrong = LANES.replace("[1, 1]", "[1, 7]")
    assert refusal(config(tmp_path, "include: zones.yaml\n", wrong)).startswith(
        "zones.yaml:4: zones.lanes.0.polygon.2.1: "
    )


def test_a_section_stands_in_one_file_only(tmp_path: Path) -> None:
    found = refusal(config(tmp_path, "include: zones.yaml\n" + MASK, LANES + MASK))
    assert found.startswith("zones.yaml:5: mask: given twice; it stands in unit.yaml:2 too")


def test_nothing_else_can_be_included(tmp_path: Path) -> None:
    found = refusal(config(tmp_path, "include: zones.yaml\n", "mqtt:\n  url: mqtt://x\n"))
    assert found.startswith("zones.yaml:1: mqtt: does not belong into an included file")


def test_a_file_that_went_missing_is_refused_since_it_may_hold_private_masks(
    tmp_path: Path,
) -> None:
    found = refusal(config(tmp_path, "include: zones.yaml\n", None))
    assert found == "unit.yaml:1: include: zones.yaml: cannot be read: No such file or directory"


def test_an_included_file_that_is_no_list_of_sections_is_refused(tmp_path: Path) -> None:
    assert "must be a list" in refusal(config(tmp_path, "include: zones.yaml\n", "- 1\n"))
