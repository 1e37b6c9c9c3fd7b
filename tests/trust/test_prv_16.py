"""PRV-16, the unit's half: nobody has a plate watched alone, again and again, by one list or by many."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edge_alpr.hotlist.in_force import ListsInForce
from edge_alpr.hotlist.write import approved_list
from edge_alpr.message.timestamps import to_text
from fakes.hotlists import CHIEF_KEY, DAY_S, NOW_S, SeenInMemory, a_list, an_entry, terms
from fakes.sightings import scores_for
from fakes.tally import Tally

if TYPE_CHECKING:
    from edge_alpr.message.hotlist import Entry
    from fixtures.soak import Count, Publish

MOST = 3
"""Of `default-strict`: entries of one person for one plate in 30 days."""


class _Unit:
    """Lists as one unit takes them, day after day, without a restart."""

    def __init__(self) -> None:
        self.recorded: list[dict[str, Any]] = []
        self.seq = 0
        seen = SeenInMemory()
        self.lists = ListsInForce(terms(), lambda: seen, count=Tally(), record=self.record)

    def record(self, _kind: str, /, **facts: object) -> None:
        self.recorded.append(facts)

    def take(self, *entries: Entry, at_s: float, approved: bool = False) -> dict[str, int]:
        """Why entries of the next list were left out, and how many."""
        self.seq += 1
        document = a_list(*entries, seq=self.seq, now_s=at_s)
        if approved:
            document = approved_list(document, CHIEF_KEY, approver="chief", now_s=at_s)
        return self.lists.offer(document, at_s).reasons

    def watches(self, plate: str) -> bool:
        return bool(self.lists.current.matches(plate, scores_for(plate)))


def made(at_s: float, plate: str, person: str, **changes: Any) -> Entry:
    times = {"created": to_text(at_s), "expires": to_text(at_s + 2 * DAY_S)}
    return an_entry(plate, entered_by=person, **times, **changes)


def test_prv_16_the_fourth_entry_in_one_list_is_left_out(count: Count, publish: Publish) -> None:
    rng, tries, refused = random.Random(16), count(20, 1000), 0
    for n in range(tries):
        unit, plate = _Unit(), f"VICTIM{n % 100:02}"
        times = sorted(rng.uniform(NOW_S - DAY_S, NOW_S) for _ in range(MOST + 1))
        entries = [made(at_s, plate, "officer-1") for at_s in times]
        others = [made(NOW_S - 60, plate, f"officer-{k}") for k in range(2, 5)]
        assert unit.take(*entries[:MOST], *others, at_s=NOW_S) == {}, (
            "the control: three are let in"
        )
        rng.shuffle(entries)
        refused += unit.take(*entries, *others, at_s=NOW_S + 1).get("repeated", 0)
    assert refused == tries
    publish("PRV-16", "one list", tries=tries, let_in=tries - refused)


def test_prv_16_nor_does_it_help_to_enter_it_anew_each_day(count: Count, publish: Publish) -> None:
    tries = count(5, 100)
    too_many = logged = 0
    for _ in range(tries):
        unit = _Unit()
        watched = []
        for day in range(8):
            at_s = NOW_S + day * DAY_S
            unit.take(made(at_s - 60, "VICTIM7", "officer-1"), at_s=at_s)
            watched.append(unit.watches("VICTIM7"))
        assert watched == [True] * MOST + [False] * 5
        too_many += sum(watched[MOST:])
        logged += sum(facts["refused"] == {"repeated": 1} for facts in unit.recorded)
        assert "VICTIM7" not in str(unit.recorded)
    assert (too_many, logged) == (0, 5 * tries)
    publish("PRV-16", "eight days", tries=tries, watched_too_long=too_many, logged=logged)


def test_prv_16_a_second_persons_signature_lets_it_in_and_nothing_that_only_looks_like_one() -> (
    None
):
    def entries(approved_by: str | None) -> list[Entry]:
        first = [made(NOW_S - n * 60, "VICTIM7", "officer-1") for n in range(1, MOST + 1)]
        return [*first, replace(made(NOW_S - 600, "VICTIM7", "officer-1"), approved_by=approved_by)]

    assert _Unit().take(*entries("sergeant-2"), at_s=NOW_S, approved=True) == {}
    for approved_by, signed in ((None, True), ("officer-1", True), ("sergeant-2", False)):
        refused = _Unit().take(*entries(approved_by), at_s=NOW_S, approved=signed)
        assert refused == {"repeated": 1}, (approved_by, signed)


def test_prv_16_what_is_remembered_is_no_plate_and_ends_after_thirty_days() -> None:
    unit = _Unit()
    for day in range(MOST):
        at_s = NOW_S + day * DAY_S
        unit.take(made(at_s - 60, "VICTIM7", "officer-1"), at_s=at_s)
    at_s = NOW_S + 4 * DAY_S
    unit.take(at_s=at_s)
    held = [str(vars(each)) for each in (unit.lists._repeats, unit.lists.current)]
    assert all("VICTIM7" not in text for text in held)
    later_s = NOW_S + 40 * DAY_S
    assert unit.take(made(later_s - 60, "VICTIM7", "officer-1"), at_s=later_s) == {}
