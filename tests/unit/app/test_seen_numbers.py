"""The numbers that keep an older policy or hotlist from coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from edge_alpr.app.seen_numbers import HOTLISTS, SeenNumbers
from edge_alpr.errors import PolicyError

if TYPE_CHECKING:
    from pathlib import Path


class _Paper(NamedTuple):
    authority: str = "city-police"
    scope: str = "o"
    seq: int = 7


def test_a_number_outlives_a_restart_and_speaks_for_its_authority_and_scope_only(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state" / HOTLISTS
    seen = SeenNumbers(path)
    assert not seen
    seen.remember(_Paper())
    again = SeenNumbers(path)
    assert again
    assert again.names == "city-police for o (7)"
    assert again.least(_Paper(seq=3)) == 7
    assert again.least(_Paper(authority="chief")) == again.least(_Paper(scope="o/s")) == 0
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[]", '{"city-police for o": "7"}', "\0"])
def test_a_file_that_says_nothing_is_an_error_and_no_fresh_start(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / HOTLISTS
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PolicyError, match=HOTLISTS):
        SeenNumbers(path)


def test_what_cannot_be_written_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    seen = SeenNumbers(tmp_path / "state" / HOTLISTS)
    with pytest.raises(PolicyError, match="cannot be remembered"):
        seen.remember(_Paper())
    assert not seen
