"""The custodian's folder: keys are made once, promises only shortened, and what is destroyed stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import KeyFileError
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.epochs import DAY_S
from fakes.sealing import BEGIN_S, COURT

if TYPE_CHECKING:
    from pathlib import Path

RETAIN_S = 21 * DAY_S


def test_keys_are_issued_ahead_and_stay_when_they_are_issued_again(tmp_path: Path) -> None:
    custody = Custody(tmp_path / "epochs")
    first = custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=3)
    later = custody.issue(COURT, BEGIN_S + DAY_S + 5.0, retain_s=RETAIN_S, days=3)
    assert [epoch.day for epoch in first] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert [epoch.day for epoch in later] == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert list(later)[:2] == list(first)[1:]
    for epoch in [*first, *later]:
        key = custody.key(epoch.day)
        assert key is not None
        assert key.public == epoch.key
    assert (tmp_path / "epochs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "epochs/2026-01-01.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_destroyed_at_its_end_and_not_before(tmp_path: Path) -> None:
    custody = Custody(tmp_path)
    epochs = custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=2)
    assert custody.destroy(BEGIN_S + RETAIN_S - 0.001) == []
    (gone,) = custody.destroy(BEGIN_S + RETAIN_S)
    assert (gone.epoch, gone.state) == (next(iter(epochs)), "destroyed")
    assert custody.key("2026-01-01") is None
    assert custody.key("2026-01-02") is not None
    assert custody.destroy(BEGIN_S + RETAIN_S) == []


def test_a_day_whose_key_is_destroyed_never_gets_another(tmp_path: Path) -> None:
    """Also not by a clock that was set back."""
    custody = Custody(tmp_path)
    custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=2)
    custody.destroy(BEGIN_S + RETAIN_S)
    again = custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=2)
    assert [epoch.day for epoch in again] == ["2026-01-02"]
    with pytest.raises(KeyFileError, match="are destroyed"):
        custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=1)


def test_a_promise_is_only_ever_shortened(tmp_path: Path) -> None:
    custody = Custody(tmp_path)
    custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=1)
    longer = custody.issue(COURT, BEGIN_S, retain_s=60 * DAY_S, days=1)
    assert [epoch.until_s for epoch in longer] == [BEGIN_S + RETAIN_S]
    shorter = custody.issue(COURT, BEGIN_S, retain_s=3 * DAY_S, days=1)
    assert [epoch.until_s for epoch in shorter] == [BEGIN_S + 3 * DAY_S]
    assert len(custody.destroy(BEGIN_S + 3 * DAY_S)) == 1


def test_the_list_says_how_each_day_is(tmp_path: Path) -> None:
    custody = Custody(tmp_path)
    custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=30)
    (tmp_path / "2026-01-03.key").unlink()
    custody.destroy(BEGIN_S + RETAIN_S)
    states = {held.epoch.day: held.state for held in custody.days(BEGIN_S + RETAIN_S + DAY_S)}
    assert states["2026-01-01"] == "destroyed"
    assert states["2026-01-02"] == "due"
    assert states["2026-01-03"] == "missing"
    assert states["2026-01-04"] == "held"
    assert states["2026-01-23"] == "in use"
    assert states["2026-01-24"] == "ahead"


def test_a_cut_between_the_two_files_is_mended(tmp_path: Path) -> None:
    custody = Custody(tmp_path)
    (first,) = custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=1)
    (tmp_path / "2026-01-01.epoch").unlink()
    assert list(custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=1)) == [first]
    (tmp_path / "2026-01-01.key").unlink()  # a destruction that was cut off after its first step
    (gone,) = custody.destroy(BEGIN_S + RETAIN_S)
    assert gone.epoch == first


def test_what_was_destroyed_is_overwritten_first(tmp_path: Path) -> None:
    custody = Custody(tmp_path)
    custody.issue(COURT, BEGIN_S, retain_s=RETAIN_S, days=1)
    other = tmp_path / "other name for the same blocks"
    other.hardlink_to(tmp_path / "2026-01-01.key")
    custody.destroy(BEGIN_S + RETAIN_S)
    assert set(other.read_bytes()) == {0}


@pytest.mark.parametrize(("days", "retain_s"), [(0, RETAIN_S), (401, RETAIN_S), (1, DAY_S - 1)])
def test_what_makes_no_sense_is_refused(tmp_path: Path, days: int, retain_s: float) -> None:
    with pytest.raises(KeyFileError, match="epochs are issued for"):
        Custody(tmp_path).issue(COURT, BEGIN_S, retain_s=retain_s, days=days)


@pytest.mark.parametrize("line", ["", "x25519:AAAA until=2026-01-01", "hello", "ed25519:x until=1"])
def test_a_damaged_line_is_told_by_file(tmp_path: Path, line: str) -> None:
    (tmp_path / "2026-01-01.epoch").write_text(line)
    with pytest.raises(KeyFileError, match=r"2026-01-01\.epoch: expected"):
        Custody(tmp_path).days(BEGIN_S)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        Custody(tmp_path / "none").days(BEGIN_S)
