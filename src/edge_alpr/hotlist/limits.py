"""Says which entries of a list count under the rules of a unit, one by one, and for what reason others do not.

The limit against stalking counts how often one person put one plate on a list within 30 days. What counts is when an
entry was created, so one that is merely sent again day after day is one entry. Entries of earlier lists are remembered
in memory, as a keyed hash (Python's own, another key in every process) and a time: no plate outlives its list by it.
A restart forgets them; then only what stands in one list is counted.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.plates import FIRST_ALIKE
from edge_alpr.policy.purposes import PROHIBITED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from edge_alpr.hotlist.refusal import EntryReason
    from edge_alpr.message.hotlist import Entry
    from edge_alpr.policy.rules import Requirement, Rules

REPEATS_S: Final = 30 * 86_400.0
SKEW_S: Final = 300.0
"""By so much the clocks of a unit and of an authority may differ."""
MOST_REMEMBERED: Final = 200_000
"""Entries of earlier lists, 16 bytes each."""
_ONE_FOR_ALL: Final = str.maketrans(FIRST_ALIKE)
_WARRANTS: Final = frozenset({"warrant", "felony_warrant"})

_STATED: Final[dict[Requirement, tuple[EntryReason, Callable[[Entry], bool]]]] = {
    "case_no": ("no_case_no", lambda entry: entry.case_no is not None),
    "offence_class": ("no_offence_class", lambda entry: entry.offence_class is not None),
    "person": ("no_person", lambda entry: entry.entered_by is not None),
    "organisation": ("no_organisation", lambda entry: entry.agency is not None),
    "warrant": ("no_warrant", lambda entry: entry.reason_code in _WARRANTS),
}


class EntryRules:
    """What one entry by itself must be like. Pure."""

    def __init__(self, rules: Rules, now_s: float, *, approved: bool) -> None:
        """``approved``: whether the list bears the signature of a second person."""
        self._prohibited = rules.purposes.prohibit | PROHIBITED
        self._allowed = rules.purposes_left
        self._most_s = rules.lists.max_entry_days * 86_400.0
        self._each = rules.lists.second_signature or "second_signature" in rules.lists.require
        wanted = rules.lists.require - {"second_signature"}
        self._stated = [_STATED[each] for each in sorted(wanted & _STATED.keys())]
        self._impossible = bool(wanted - _STATED.keys())
        self._approved = approved
        self.max_repeats = rules.lists.max_repeats
        # Times of one form and one zone are in order as texts.
        self._now, self._soon = to_text(now_s), to_text(now_s + SKEW_S)

    def refusal(self, entry: Entry) -> EntryReason | None:
        """Why it does not count; None if it does."""
        if entry.reason_code in self._prohibited:
            return "prohibited"
        if entry.reason_code not in self._allowed:
            return "not_allowed"
        for reason, is_stated in self._stated:
            if not is_stated(entry):
                return reason
        if self._impossible:
            return "cannot_state"
        if entry.expires is None:
            return "no_expiry"
        if entry.created > self._soon:
            return "not_yet"
        if entry.expires <= self._now:
            return "expired"
        if to_seconds(entry.expires) - to_seconds(entry.created) > self._most_s:
            return "expires_too_late"
        if self._each and not self.is_approved(entry):
            return "not_approved"
        return None

    def is_approved(self, entry: Entry) -> bool:
        """Whether a second person stands behind it: named in it, another than the first, and the list is approved."""
        second = _person(entry.approved_by)
        return self._approved and second not in {"", _person(entry.entered_by)}


def asked_by(entry: Entry) -> int:
    """A number for person and plate, of no use outside of this process; however either is spelt.

    Plates that look alike count as one, since each of their entries matches the same vehicle.
    """
    return hash((_person(entry.entered_by), entry.plate.translate(_ONE_FOR_ALL)))


def _person(name: str | None) -> str:
    return "".join(filter(str.isalnum, (name or "").casefold()))


class Repeats:
    """How often each person asked for each plate in the last 30 days."""

    def __init__(self) -> None:
        self._who: NDArray[np.int64] = np.empty(0, np.int64)
        self._created: NDArray[np.float64] = np.empty(0)

    def __len__(self) -> int:
        return len(self._who)

    def too_many(
        self, who: Sequence[int], created: Sequence[float], approved: Sequence[bool], most: int
    ) -> set[int]:
        """Which of the entries of a list, counted from 0, are one too many and not approved.

        Args:
            who: `asked_by` of each.
            created: UTC seconds of each.
            approved: whether a second person stands behind it; such a one counts all the same.
            most: so many of one person for one plate are let through.
        """
        before = len(self._who)
        together = np.concatenate((self._who, np.array(who, np.int64)))
        times = [*self._created.tolist(), *created]
        order = np.argsort(together, kind="stable")
        changes = np.flatnonzero(np.diff(together[order])) + 1
        bounds = np.concatenate(([0], changes, [len(order)]))
        over: set[int] = set()
        for place in np.flatnonzero(np.diff(bounds) > most).tolist():
            group = order[bounds[place] : bounds[place + 1]]
            known = {times[n] for n in group.tolist() if n < before}
            for n in group[group >= before].tolist():
                new = times[n] not in known
                if new and not approved[n - before] and _near(known, times[n], most):
                    over.add(n - before)
                else:
                    known.add(times[n])
        return over

    def remember(self, who: Sequence[int], created: Sequence[float], now_s: float) -> None:
        """Keep what counted of a list; forget what is older than 30 days, and the oldest beyond `MOST_REMEMBERED`."""
        pairs = np.empty(len(self._who) + len(who), [("created", np.float64), ("who", np.int64)])
        pairs["who"] = np.concatenate((self._who, np.array(who, np.int64)))
        pairs["created"] = np.concatenate((self._created, np.array(created, np.float64)))
        kept = np.unique(pairs[pairs["created"] > now_s - REPEATS_S])[-MOST_REMEMBERED:]
        self._who, self._created = kept["who"].copy(), kept["created"].copy()


def _near(times: Iterable[float], time_s: float, most: int) -> bool:
    """Whether ``most`` of the times, or more, are within 30 days of another."""
    near = (1 for time in times if abs(time - time_s) < REPEATS_S)
    return sum(islice(near, most)) >= most
