"""A unit that ends with reads missing says so; one whose spool cannot be read does not wait for ever."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from edge_alpr.app import camera_half, uplink_half
from edge_alpr.errors import SpoolError
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path


class _Feed:
    """Gives what is put into ``answers``, then the last one again."""

    def __init__(self, *answers: int | None) -> None:
        self._answers = list(answers)

    def depth(self) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            raise SpoolError("spool.db: disk I/O error")
        return SimpleNamespace(messages=answer)


def test_messages_that_could_not_be_stored_are_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    missing: list[str] = []
    settings = SpoolSettings(path=tmp_path / "file" / "spool.db")
    spool = Spool(settings, clock=ManualClock(), count=Tally())
    spool.append(Outgoing("read", "cam0", None), lambda _seq: b"body")
    camera_half._close(spool, missing)
    assert missing == ["1 messages could not be stored"]


def test_nothing_is_missing_after_an_orderly_end(tmp_path: Path) -> None:
    missing: list[str] = []
    settings = SpoolSettings(path=tmp_path / "spool.db")
    spool = Spool(settings, clock=ManualClock(), count=Tally())
    spool.append(Outgoing("read", "cam0", None), lambda _seq: b"body")
    camera_half._close(spool, missing)
    assert missing == []


def test_a_spool_is_empty_only_if_it_says_so() -> None:
    missing: list[str] = []
    is_empty = uplink_half._emptiness(cast("Any", _Feed(2, None, 1, None, 0)), missing)
    assert [is_empty() for _ in range(5)] == [False, False, False, False, True]
    assert missing == []


def test_a_spool_that_stays_unreadable_is_given_up_and_counts_as_missing() -> None:
    missing: list[str] = []
    is_empty = uplink_half._emptiness(cast("Any", _Feed(None)), missing)
    looks = [is_empty() for _ in range(uplink_half.UNREADABLE + 5)]
    assert looks.index(True) == uplink_half.UNREADABLE - 1
    assert missing == ["what waits cannot be read (spool.db: disk I/O error)"]
