"""Signed lists for tests: an authority, a second person, and entries that count under `default-strict`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.config.profiles import find_profile
from edge_alpr.hotlist.list import Terms
from edge_alpr.hotlist.write import signed_list
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import Entry
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.topics import UnitAddress
from fakes.keys import UNIT_KEY, a_key

if TYPE_CHECKING:
    from edge_alpr.message.hotlist import Head
    from edge_alpr.policy.rules import Rules

NOW_S: Final = 1_767_225_510.0
DAY_S: Final = 86_400.0
UNIT: Final = UnitAddress("o", "s", "u")
UNIT_SEAL: Final = SealKey.of_unit(UNIT_KEY)
POLICE_KEY: Final = a_key(b"police".ljust(32, b"."))
CHIEF_KEY: Final = a_key(b"chief".ljust(32, b"."))
AUTHORITIES: Final = KeyRing(
    [Member("city-police", POLICE_KEY.public), Member("chief", CHIEF_KEY.public)],
    now_s=lambda: NOW_S,
)
_STRICT: Final = find_profile("default-strict").rules


def an_entry(plate: str = "EDGE042", **changes: Any) -> Entry:
    """One that counts, made an hour ago and good for ten days."""
    entry = Entry(
        plate=plate,
        region=None,
        reason_code="stolen_vehicle",
        offence_class="theft",
        case_no="2026-0815",
        entered_by="officer-1",
        agency="city-police",
        approved_by=None,
        created=to_text(NOW_S - 3600),
        expires=to_text(NOW_S + 10 * DAY_S),
        expected_make=None,
        expected_colour=None,
    )
    return replace(entry, **changes)


def a_list(*entries: Entry, **changes: Any) -> bytes:
    """Signed by the police for all units of ``o``, number 7, from now on for a day."""
    asked: dict[str, Any] = {
        "authority": "city-police",
        "scope": "o",
        "seq": 7,
        "now_s": NOW_S,
        "hours": 24.0,
        **changes,
    }
    return signed_list(entries, asked.pop("key", POLICE_KEY), **asked)


def strict_rules(**lists: Any) -> Rules:
    """`default-strict`, with other rules for lists if asked for."""
    rules = _STRICT
    return replace(rules, lists=replace(rules.lists, **lists))


def terms(rules: Rules | None = None, **changes: Any) -> Terms:
    """Of unit o/s/u, which believes `AUTHORITIES`."""
    asked = Terms(authorities=AUTHORITIES, address=UNIT, rules=rules or strict_rules())
    return replace(asked, **changes)


class SeenInMemory:
    """Numbers that were in force."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, str], int] = {}

    def least(self, head: Head) -> int:
        return self.numbers.get((head.authority, head.scope), 0)

    def remember(self, head: Head) -> None:
        self.numbers[head.authority, head.scope] = head.seq
