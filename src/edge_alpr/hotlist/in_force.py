"""Holds the one list that a unit goes by, and decides which of those it is offered takes the place of it.

No list, or one whose time is over, matches nothing, and the unit says so; it never falls back to anything wider. A list
is exchanged by one assignment, so whoever looks reads up in ``current`` has the old or the new one whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from edge_alpr.errors import PolicyError
from edge_alpr.hotlist.limits import Repeats
from edge_alpr.hotlist.list import Terms, read_list
from edge_alpr.hotlist.match import NO_HOTLIST, Hotlist
from edge_alpr.hotlist.refusal import RefusedListError
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.types import unrecorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.hotlist.list import Accepted
    from edge_alpr.message.hotlist import Head
    from edge_alpr.types import Counter, Record

T = TypeVar("T")

NONE_YET: Final = "no hotlist: nothing is matched"
STALE: Final = "the hotlist's time is over: nothing is matched"


class SeenNumbers(Protocol):
    """The highest number that was in force of each authority and scope, kept where a restart finds it."""

    def least(self, head: Head, /) -> int: ...

    def remember(self, head: Head, /) -> None:
        """Raises `PolicyError` if it cannot be written down."""


class ListsInForce:
    """Counts ``hotlist.accepted``, ``hotlist.ended``, ``hotlist.refused`` and ``hotlist.refused_<reason>``, of entries
    ``hotlist.entries_refused`` and ``hotlist.entries_<reason>``; records what was accepted and what refused.
    """

    def __init__(
        self,
        terms: Terms,
        seen: Callable[[], SeenNumbers],
        *,
        count: Counter,
        record: Record = unrecorded,
    ) -> None:
        """``seen`` opens the numbers that were in force; it may raise `PolicyError`."""
        self._terms = terms
        self._seen = seen
        self._count = count
        self._record = record
        self._repeats = Repeats()
        self._refused: str | None = None
        self._expected = False
        self._head: Head | None = None
        self.current: Hotlist = NO_HOTLIST
        """What delivery looks reads up in (`delivery.policy.Lists`)."""

    def expect(self) -> None:
        """From now on having no list is worth an alarm."""
        self._expected = True

    def offer(self, document: bytes, now_s: float) -> Accepted:
        """Take a list in clear if it is believed, counts here, and is not older than what was in force.

        Raises:
            RefusedListError: it is not taken; the list before stays in force. Counted and recorded by `refuse`.
        """
        seen = _remembering(self._seen)
        accepted = read_list(document, self._terms, now_s, least=seen.least, repeats=self._repeats)
        self._check_order(accepted.head)
        _remembering(lambda: seen.remember(accepted.head))
        gathered = accepted.gathered
        self._repeats.remember(gathered.asked_by, gathered.created_s, now_s)
        self.current, self._head = accepted.hotlist, accepted.head
        self._refused = None
        self._count("hotlist.accepted")
        if gathered.refused:
            self._count("hotlist.entries_refused", len(gathered.refused))
        for reason, entries in accepted.reasons.items():
            self._count(f"hotlist.entries_{reason}", entries)
        self._record(
            "list_accepted",
            list=accepted.hotlist.name,
            version=accepted.hotlist.version,
            entries=len(accepted.hotlist),
            signed=True,
            expires=accepted.head.expires,
            purposes=dict(sorted(gathered.purposes.items())),
            refused=accepted.reasons,
            authority=accepted.head.authority,
            seq=accepted.head.seq,
            scope=accepted.head.scope,
        )
        return accepted

    def use_plain(self, hotlist: Hotlist) -> None:
        """Go by a list that nobody signed, on a bench. Under other rules `policy.decide` lets it match nothing."""
        self.current = hotlist

    def offered_again(self) -> None:
        """The very list that is in force came again: what was refused since is past."""
        self._refused = None

    def refuse(self, refusal: RefusedListError) -> None:
        """Count and record a list that was not taken, and say so until another is."""
        self._refused = refusal.reason
        self._count("hotlist.refused")
        self._count(f"hotlist.refused_{refusal.reason}")
        self._record("list_refused", reason=refusal.reason)

    def end(self, now_s: float) -> bool:
        """Let go of the plates of a list whose time is over; whether there were any. What it was is still known."""
        if not self._is_over(now_s) or not len(self.current):
            return False
        over = self.current
        self.current = NO_HOTLIST.called(over.name, over.version, over.state)
        self._count("hotlist.ended")
        return True

    def alarm(self, now_s: float) -> str | None:
        """Why less is matched than somebody expects; None if nothing is wrong."""
        refused = "" if self._refused is None else f"; one was refused ({self._refused})"
        if self._is_over(now_s):
            return STALE + refused
        if self.current is NO_HOTLIST and (self._expected or refused):
            return NONE_YET + refused
        return f"the hotlist before stays in force{refused}" if refused else None

    def _is_over(self, now_s: float) -> bool:
        state = self.current.state
        return state is not None and now_s >= state.expires_s

    def _check_order(self, head: Head) -> None:
        """One number names one list; and between two authorities, whose numbers say nothing, the later one counts."""
        before = self._head
        if before is None:
            return
        same = (head.authority, head.scope, head.seq) == (
            before.authority,
            before.scope,
            before.seq,
        )
        if same and head.sha256 != before.sha256:
            told = f"another list with number {head.seq} is in force"
            raise RefusedListError("rolled_back", told)
        if to_seconds(head.not_before) < to_seconds(before.not_before):
            told = "it was made before the list that is in force"
            raise RefusedListError("rolled_back", told)


def _remembering(step: Callable[[], T]) -> T:
    """What cannot be remembered could come back when it is old; so it is not taken."""
    try:
        return step()
    except PolicyError as error:
        raise RefusedListError("not_remembered", str(error)) from None
