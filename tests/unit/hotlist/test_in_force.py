"""The one list that a unit goes by: what takes its place, what does not, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.in_force import NONE_YET, STALE, ListsInForce
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import CHIEF_KEY, DAY_S, NOW_S, SeenInMemory, a_list, an_entry, terms
from fakes.sightings import scores_for
from fakes.tally import Tally

if TYPE_CHECKING:
    from edge_alpr.message.hotlist import Head


class Recorded(list[tuple[str, dict[str, Any]]]):
    def __call__(self, kind: str, /, **facts: object) -> None:
        self.append((kind, facts))


def lists(**changes: Any) -> tuple[ListsInForce, Tally, Recorded]:
    count, record = Tally(), Recorded()
    seen = changes.get("seen", SeenInMemory())
    made = ListsInForce(terms(), lambda: seen, count=count, record=record)
    return made, count, record


def finds(in_force: ListsInForce, plate: str = "EDGE042") -> bool:
    return bool(in_force.current.matches(plate, scores_for(plate)))


def refused(in_force: ListsInForce, document: bytes, now_s: float = NOW_S) -> str:
    with pytest.raises(RefusedListError) as caught:
        in_force.offer(document, now_s)
    in_force.refuse(caught.value)
    return caught.value.reason


def test_the_list_that_is_taken_is_the_one_that_counts_and_is_recorded() -> None:
    in_force, count, record = lists()
    in_force.offer(a_list(an_entry(), an_entry("EDGE1", case_no=None)), NOW_S)
    assert finds(in_force)
    current = in_force.current
    assert (current.name, current.version, len(current)) == ("city-police", "7", 1)
    assert count == {
        "hotlist.accepted": 1,
        "hotlist.entries_refused": 1,
        "hotlist.entries_no_case_no": 1,
    }
    ((kind, facts),) = record
    assert kind == "list_accepted"
    assert (facts["entries"], facts["refused"]) == (1, {"no_case_no": 1})
    assert facts["purposes"] == {"stolen_vehicle": 1}
    assert "EDGE" not in repr(record)


def test_what_is_recorded_fits_the_audit_logs_closed_list() -> None:
    from edge_alpr.audit.kinds import check_facts  # noqa: PLC0415

    in_force, _, record = lists()
    in_force.offer(a_list(an_entry(), an_entry(reason_code="personal")), NOW_S)
    refused(in_force, a_list(an_entry(), seq=6))
    assert [kind for kind, _ in record] == ["list_accepted", "list_refused"]
    for kind, facts in record:
        check_facts(kind, facts)


def test_a_refused_list_changes_nothing_and_is_said_until_a_good_one_comes() -> None:
    in_force, count, record = lists()
    in_force.offer(a_list(an_entry()), NOW_S)
    assert refused(in_force, a_list(an_entry("EDGE043"), seq=8, key=CHIEF_KEY)) == "not_believed"
    assert finds(in_force)
    assert (count["hotlist.refused"], count["hotlist.refused_not_believed"]) == (1, 1)
    assert record[-1] == ("list_refused", {"reason": "not_believed"})
    alarm = in_force.alarm(NOW_S)
    assert alarm is not None
    assert "not_believed" in alarm
    in_force.offer(a_list(an_entry("EDGE043"), seq=8), NOW_S)
    assert in_force.alarm(NOW_S) is None
    assert not finds(in_force)


def test_an_older_list_does_not_come_back_even_after_a_restart() -> None:
    seen = SeenInMemory()
    before, *_ = lists(seen=seen)
    before.offer(a_list(an_entry(), seq=9), NOW_S)
    after, *_ = lists(seen=seen)
    assert refused(after, a_list(an_entry(), seq=8)) == "rolled_back"
    after.offer(a_list(an_entry(), seq=9), NOW_S)


def test_one_number_names_one_list() -> None:
    in_force, *_ = lists()
    in_force.offer(a_list(an_entry()), NOW_S)
    in_force.offer(a_list(an_entry()), NOW_S)
    assert refused(in_force, a_list(an_entry("EDGE043"))) == "rolled_back"


def test_another_authoritys_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    in_force, *_ = lists()
    theirs = {"authority": "chief", "key": CHIEF_KEY, "seq": 1}
    older = a_list(an_entry("EDGE043"), **theirs, now_s=NOW_S - 60)
    in_force.offer(a_list(an_entry()), NOW_S)
    assert refused(in_force, older) == "rolled_back"
    in_force.offer(a_list(an_entry("EDGE043"), **theirs, now_s=NOW_S + 60), NOW_S + 60)
    assert finds(in_force, "EDGE043")


def test_a_number_that_cannot_be_remembered_is_not_taken() -> None:
    class Full(SeenInMemory):
        def remember(self, head: Head) -> None:
            raise PolicyError("the disk is full")

    in_force, *_ = lists(seen=Full())
    assert refused(in_force, a_list(an_entry())) == "not_remembered"
    assert not finds(in_force)


def test_an_empty_list_takes_the_one_before_away() -> None:
    in_force, *_ = lists()
    in_force.offer(a_list(an_entry()), NOW_S)
    in_force.offer(a_list(seq=8), NOW_S)
    assert not finds(in_force)
    assert in_force.alarm(NOW_S) is None


def test_no_list_and_a_stale_one_are_an_alarm_where_one_is_expected() -> None:
    in_force, *_ = lists()
    assert in_force.alarm(NOW_S) is None
    in_force.expect()
    assert in_force.alarm(NOW_S) == NONE_YET
    entry = an_entry(expires=to_text(NOW_S + 20 * DAY_S))
    in_force.offer(a_list(entry), NOW_S)
    assert in_force.alarm(NOW_S + DAY_S - 1) is None
    assert in_force.alarm(NOW_S + DAY_S) == STALE


def test_the_plates_of_a_list_are_forgotten_when_its_time_is_over() -> None:
    in_force, count, _ = lists()
    in_force.offer(a_list(an_entry()), NOW_S)
    assert not in_force.end(NOW_S + DAY_S - 1)
    assert finds(in_force)
    assert in_force.end(NOW_S + DAY_S)
    assert not in_force.end(NOW_S + DAY_S)
    assert (finds(in_force), count["hotlist.ended"]) == (False, 1)
    assert (in_force.current.name, in_force.current.version) == ("city-police", "7")
    assert in_force.alarm(NOW_S + DAY_S) == STALE
