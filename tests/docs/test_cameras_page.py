"""docs/cameras.md: its configurations load, its options exist, its reasons are the ones the unit gives."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.video import VideoSettings
from edge_alpr.capture.watch import COVERED, FLAT_VIEW, FROZEN, SILENT, Trouble
from edge_alpr.config.load import load_config

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/cameras.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
OPTIONS = sorted(
    set(re.findall(r"`([a-z]+(?:_[a-z]+)*): [^`]+`", TEXT)) | {"openings", "timeout_s", "buffers"}
)


def test_the_page_was_read() -> None:
    assert len(BLOCKS) == 2
    assert {"shutter", "window", "focus", "infrared", "decoder"} <= set(OPTIONS)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_configuration_on_the_page_loads(block: str, tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(f"version: 1\n{block}", encoding="utf-8")
    assert load_config(path).camera is not None


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_that_is_named_exists(option: str) -> None:
    known = {each.name for kind in (PicameraSettings, VideoSettings) for each in fields(kind)}
    assert option in known


@pytest.mark.parametrize("trouble", [COVERED, FROZEN, SILENT, FLAT_VIEW], ids=lambda t: t.kind)
def test_every_trouble_of_the_watch_is_explained(trouble: Trouble) -> None:
    word = trouble.reason.partition(":")[0]
    assert f"| {trouble.state}, `{word}` |" in TEXT
