"""Progress is a bar on a terminal and a few lines in a file."""

from __future__ import annotations

import io

from edge_training.progress import BAR, LINES, Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_file_gets_few_lines() -> None:
    out = io.StringIO()
    progress = Progress("render", 1000, out=out)
    for done in range(1, 1001):
        progress.at(done)
    lines = out.getvalue().splitlines()
    assert len(lines) == LINES
    assert "100%" in lines[-1]
    assert "\x1b" not in out.getvalue()


def test_a_terminal_gets_one_line_that_ends() -> None:
    out = _Terminal()
    progress = Progress("render", 100, out=out)
    progress.at(100, "loss 0.5")
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("loss 0.5\n")


def test_the_line_counts_and_estimates() -> None:
    text = Progress("train", 400, first=100).text(200, 60.0)
    assert text.count("#") == BAR // 2
    assert "200 of 400" in text
    assert "2 min left" in text


def test_a_resumed_run_does_not_repeat_its_lines() -> None:
    out = io.StringIO()
    Progress("train", 1000, first=500, out=out).at(510)
    assert out.getvalue() == ""
