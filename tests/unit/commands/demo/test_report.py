"""What the demo tells at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge_alpr.commands.demo.children import DemoError
from edge_alpr.commands.demo.report import print_read, print_table, summarise, write_sheet
from edge_alpr.commands.demo.verdict import Outcome, Read, judge

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.scenes import RenderedClip


def reads_of(clip: RenderedClip) -> list[Read]:
    return [
        Read(one.text, 0.87, one.best_width_px, 9, 0.75, one.corners[one.best_frame])
        for one in clip.truth
    ]


def test_the_table_has_a_line_for_each_pass_and_each_other_read(
    day_clip: RenderedClip, capsys: pytest.CaptureFixture[str]
) -> None:
    (one, two), (first, _) = day_clip.truth, reads_of(day_clip)
    stray = Read("ZZ00ZZZ", 0.2, 40.0, 2, 1.0, first.corners)
    print_table(judge([one, two], [first, first, stray]))
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 5
    assert lines[1].split()[:3] == [one.text, one.text, "right"]
    assert lines[2].split()[:3] == [two.text, "-", "missing"]
    assert "read again" in lines[3]
    assert "ZZ00ZZZ" in lines[4]
    assert "\033" not in "".join(lines)


def test_a_read_is_shown_as_it_comes(
    day_clip: RenderedClip, capsys: pytest.CaptureFixture[str]
) -> None:
    read = reads_of(day_clip)[0]
    print_read(read, known=True)
    line = capsys.readouterr().out
    assert read.text in line
    assert "0.75 s" in line


def test_the_summary_counts_everything_once(day_clip: RenderedClip) -> None:
    first, _ = reads_of(day_clip)
    assert summarise(judge(day_clip.truth, reads_of(day_clip))) == (
        "2 of 2 passes right; median 0.75 s from last frame to store"
    )
    assert summarise(judge(day_clip.truth, [first, first])) == (
        "1 of 2 passes right, 1 missing, 1 read twice; median 0.75 s from last frame to store"
    )
    assert summarise(Outcome((), (), ())) == "0 of 0 passes right"


def test_the_sheet_shows_every_pass_read_or_not(day_clip: RenderedClip, tmp_path: Path) -> None:
    outcome = judge(day_clip.truth, reads_of(day_clip)[:1])
    path = tmp_path / "sheet.png"
    write_sheet(path, day_clip.path, outcome.verdicts, "1 of 2 passes right - 1 missing")
    sheet = cv2.imread(str(path))
    assert sheet is not None
    assert sheet.shape[1] > 2 * 384
    assert sheet.std() > 20


def test_a_clip_that_went_away_is_told(day_clip: RenderedClip, tmp_path: Path) -> None:
    outcome = judge(day_clip.truth, [])
    with pytest.raises(DemoError, match="cannot be read again"):
        write_sheet(tmp_path / "sheet.png", tmp_path / "gone.avi", outcome.verdicts, "")


def test_a_sheet_that_cannot_be_written_is_told(day_clip: RenderedClip, tmp_path: Path) -> None:
    outcome = judge(day_clip.truth, [])
    with pytest.raises(DemoError, match="cannot be written"):
        write_sheet(tmp_path / "no" / "sheet.png", day_clip.path, outcome.verdicts, "")
    assert not np.isnan(outcome.verdicts[0].truth.best_width_px)
