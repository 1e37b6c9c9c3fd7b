"""PRV-7, entries of lists: what is prohibited is left out under every profile, matches nothing, and is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_alpr.audit.kinds import check_facts
from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.hotlist.in_force import ListsInForce
from edge_alpr.message.timestamps import to_text
from edge_alpr.policy.purposes import PROHIBITED
from fakes.hotlists import DAY_S, NOW_S, SeenInMemory, a_list, an_entry, terms
from fakes.sightings import scores_for
from fakes.tally import Tally

if TYPE_CHECKING:
    from fixtures.soak import Count, Publish


class _Unit:
    """What a unit has of lists, and what it writes down of them."""

    def __init__(self, profile: str) -> None:
        self.rules = find_profile(profile).rules
        self.count = Tally()
        self.logged: list[dict[str, Any]] = []
        seen = SeenInMemory()
        self.lists = ListsInForce(
            terms(self.rules), lambda: seen, count=self.count, record=self.record
        )

    def record(self, kind: str, /, **facts: object) -> None:
        self.logged.append({"kind": kind, **check_facts(kind, facts)})

    def finds(self, plate: str) -> bool:
        return bool(self.lists.current.matches(plate, scores_for(plate)))


def test_prv_7_no_entry_with_a_prohibited_purpose_ever_counts(
    count: Count, publish: Publish
) -> None:
    asked = refused = matched = logged = 0
    each = count(5, 500)
    for profile in shipped_ids():
        unit = _Unit(profile)
        prohibited = sorted(unit.rules.purposes.prohibit | PROHIBITED)
        wanted = [
            (code, f"P{n:02}X{i:04}") for n, code in enumerate(prohibited) for i in range(each)
        ]
        entries = [an_entry(plate, reason_code=code, **_times()) for code, plate in wanted]
        allowed = sorted(unit.rules.purposes_left)
        fair = [an_entry(f"FAIR{n:03}", reason_code=c, **_times()) for n, c in enumerate(allowed)]
        unit.lists.offer(a_list(*entries, *fair), NOW_S)
        asked += len(entries)
        refused += unit.count["hotlist.entries_prohibited"]
        matched += sum(unit.finds(plate) for _, plate in wanted)
        (fact,) = unit.logged
        logged += fact["refused"]["prohibited"]
        assert len(unit.lists.current) == len(fair), profile
        assert all(unit.finds(f"FAIR{n:03}") for n in range(len(fair))), "the control: others count"
        assert all(plate not in str(unit.logged) for _, plate in wanted)
    assert (refused, matched, logged) == (asked, 0, asked)
    assert asked >= each * len(shipped_ids()) * len(PROHIBITED)
    figures = {"refused": refused, "matched": matched, "logged": logged}
    publish("PRV-7", "list entries", profiles=len(shipped_ids()), entries=asked, **figures)


def _times() -> dict[str, str]:
    return {"created": to_text(NOW_S - 60), "expires": to_text(NOW_S + DAY_S)}
