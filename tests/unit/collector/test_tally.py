"""What a store says that it holds, kind by kind, asked beside the collector that goes on writing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.collector.tally import Row, open_tally
from edge_alpr.message.codec import encode
from fakes.events import an_event
from fixtures.postgresql import postgresql, postgresql_server

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["postgresql", "postgresql_server"]  # the fixtures

_NOW_S = 1_767_225_600.0
_BOOT = ("o/s/u", "00c0ffee")


def _entries(*seqs: int, boot: str = "00c0ffee") -> list[Entry]:
    events = [an_event(seq, boot=boot) for seq in seqs]
    return [Entry(event, encode(event)) for event in events]


@pytest.fixture(params=["sqlite", "jsonl", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"{request.param}:{tmp_path / 'plates'}"


def test_it_tells_of_one_boot_what_is_stored_and_when(target: str) -> None:
    with closing(open_store(target)) as store:
        store.keep(_entries(1, 2), _NOW_S)
        store.keep(_entries(2, 4), _NOW_S + 1.5)
        store.keep(_entries(5, boot="0000beef"), _NOW_S)
        with closing(open_tally(target)) as tally:
            rows = sorted(tally.messages(*_BOOT), key=lambda row: row.seq)
            assert rows == [Row(1, _NOW_S), Row(2, _NOW_S), Row(4, _NOW_S + 1.5)]
            assert tally.passes(*_BOOT) == 3
            assert list(tally.messages("o/s/other", "00c0ffee")) == []
            assert tally.passes("o/s/other", "00c0ffee") == 0


def test_two_messages_of_one_pass_are_one_pass(target: str) -> None:
    if target.startswith("jsonl"):
        pytest.skip("a line is a message: the file does not join them")
    first = an_event(1, phase="provisional")
    last = an_event(2, id=first.id)
    with closing(open_store(target)) as store:
        store.keep([Entry(event, encode(event)) for event in (first, last)], _NOW_S)
    with closing(open_tally(target)) as tally:
        assert (len(tally.messages(*_BOOT)), tally.passes(*_BOOT)) == (2, 1)


def test_a_store_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    for kind in ("sqlite", "jsonl"):
        with pytest.raises(StoreError):
            open_tally(f"{kind}:{tmp_path / 'none'}")
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_a_name_that_is_not_understood_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="cannot look into 'mysql'") as told:
        open_tally("mysql://me:secret@host/db")
    assert "secret" not in str(told.value)
