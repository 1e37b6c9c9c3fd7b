"""Progress: a bar on a terminal; elsewhere nothing, or as many lines as were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.commands.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    def lines() -> list[str]:
        return capsys.readouterr().err.splitlines()

    return lines


def test_without_a_terminal_nothing_is_said(told: Callable[[], list[str]]) -> None:
    assert list(progress(range(9), 9, "reading")) == [*range(9)]
    assert told() == []


def test_without_a_terminal_as_many_lines_as_asked_for(told: Callable[[], list[str]]) -> None:
    assert list(progress(range(10), 10, "rendering", steps=4)) == [*range(10)]
    assert told() == [f"rendering: {n} of 10" for n in (3, 5, 8, 10)]


@pytest.mark.parametrize("total", [0, 1, 3])
def test_there_are_no_more_lines_than_items(total: int, told: Callable[[], list[str]]) -> None:
    assert len(list(progress(range(total), total, "rendering", steps=4))) == total
    assert len(told()) == total


def test_on_a_terminal_a_bar_grows(
    told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert list(progress(range(2), 2, "reading", steps=4)) == [0, 1]
    assert "0/2" in "".join(told())
