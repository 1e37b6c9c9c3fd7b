"""The unit's own messages: numbered, signed, before all reads, and readable by a collector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.delivery.notices import Notices
from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.message.document import parse_document
from edge_alpr.message.notice import ClockNotice, GapNotice, LostRange, read_notice, true_time
from edge_alpr.message.topics import UnitAddress
from edge_alpr.types import Loss, Moment, Outgoing
from fakes.keys import RING, UNIT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = Moment(1000.0, 1_767_225_600.0)


class _Spool:
    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.outgoing: list[Outgoing] = []

    def append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        self.outgoing.append(outgoing)
        self.bodies.append(make_body(len(self.outgoing)))
        return len(self.outgoing)


def _notices(spool: _Spool, *, signed: bool = True) -> Notices:
    sign = partial(sign_document, key=UNIT_KEY) if signed else None
    return Notices(spool.append, address=UnitAddress("o", "s", "u"), boot="00c0ffee", sign=sign)


def test_a_gap_says_what_will_never_come_and_is_signed() -> None:
    spool = _Spool()
    losses = [Loss("0badcafe", 3, 7, "room"), Loss(None, 0, 0, "damaged")]
    assert _notices(spool).gap(losses, NOW) == 1
    document = parse_document(spool.bodies[0])
    assert verify_document(document, RING).name == "o/s/u"
    notice = read_notice(document)
    assert isinstance(notice, GapNotice)
    assert (notice.boot, notice.seq, notice.at) == ("00c0ffee", 1, "2026-01-01T00:00:00.000Z")
    assert notice.lost == (
        LostRange(boot="0badcafe", first=3, last=7, messages=5, cause="room"),
        LostRange(boot=None, first=None, last=None, messages=None, cause="damaged"),
    )


def test_a_clock_says_what_time_it_was_at_which_instant() -> None:
    spool = _Spool()
    _notices(spool).clock(NOW, 42.5, 8.0)
    notice = read_notice(parse_document(spool.bodies[0]))
    assert isinstance(notice, ClockNotice)
    assert (notice.monotonic_s, notice.offset_s, notice.error_ms) == (1000.0, 42.5, 8.0)
    assert true_time(notice, 400.0) == NOW.utc_s - 600.0


def test_notices_go_before_all_reads_and_never_expire() -> None:
    spool = _Spool()
    _notices(spool).gap([], NOW)
    _notices(spool).clock(NOW, 0.0, None)
    assert spool.outgoing == [
        Outgoing("gap", "", None, hit=True),
        Outgoing("clock", "", None, hit=True),
    ]


def test_a_unit_without_a_key_sends_them_unsigned() -> None:
    spool = _Spool()
    _notices(spool, signed=False).gap([], NOW)
    assert parse_document(spool.bodies[0])["proof"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "unit.gap/2.0"},
        {"schema": "plate.read/1.0"},
        {"schema": 7},
        {"boot": "x"},
        {"seq": 0},
        {"lost": [{}]},
        {"lost": [{"boot": None, "first": 0, "last": 0, "messages": None, "cause": "room"}]},
    ],
)
def test_what_is_no_notice_is_refused(changes: dict[str, Any]) -> None:
    spool = _Spool()
    _notices(spool).gap([], NOW)
    with pytest.raises(MessageError):
        read_notice({**parse_document(spool.bodies[0]), **changes})


def test_fields_and_causes_of_a_later_version_are_let_in() -> None:
    spool = _Spool()
    _notices(spool).gap([], NOW)
    lost = {"boot": None, "first": None, "last": None, "messages": 3, "cause": "theft", "who": "?"}
    document = {**parse_document(spool.bodies[0]), "schema": "unit.gap/1.4", "lost": [lost]}
    notice = read_notice(document)
    assert isinstance(notice, GapNotice)
    assert notice.lost[0].cause == "theft"
