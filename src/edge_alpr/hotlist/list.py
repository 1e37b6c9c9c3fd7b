"""Reads a signed list and says whether it is believed and counts here; what of it counts becomes a `match.Hotlist`.

The order of checks goes from what costs little and is signed to what costs much: the head's signature, whom it is for,
its time, its number; only then the entries' digest and the entries. A head that fails refuses the list as a whole; an
entry that fails is left out and counted by its reason, and its plate is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import MessageError
from edge_alpr.hotlist.gather import Gathered, gather
from edge_alpr.hotlist.limits import SKEW_S, EntryRules, Repeats
from edge_alpr.hotlist.match import Hotlist
from edge_alpr.hotlist.refusal import EntryReason, RefusedListError
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.document import parse_document
from edge_alpr.message.hotlist import (
    MOST_BYTES,
    MOST_HEAD_BYTES,
    MOST_LINE_BYTES,
    Head,
    digest_of,
    read_approval,
    read_head,
)
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.message.topics import UnitAddress
from edge_alpr.policy.decide import ListState
from edge_alpr.policy.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a unit demands of a list."""

    authorities: KeyRing
    """Whose signature counts."""
    address: UnitAddress
    rules: Rules
    policy_sha256: str | None = None
    """Of the policy in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A list that counts here."""

    head: Head
    hotlist: Hotlist
    approver: str | None
    """Who signed as second person."""
    refused: Mapping[int, EntryReason] = field(repr=False)
    """Which entries were left out, counted from 1, and why."""
    gathered: Gathered = field(repr=False)

    @property
    def reasons(self) -> dict[str, int]:
        """How many entries were left out, by reason."""
        return dict(sorted(Counter(self.refused.values()).items()))


def read_list(
    document: bytes,
    terms: Terms,
    now_s: float,
    *,
    least: Callable[[Head], int] = lambda _: 0,
    repeats: Repeats | None = None,
) -> Accepted:
    """The list in a document (`message.hotlist`), as far as it counts at ``now_s`` (UTC seconds).

    Args:
        document: in clear.
        terms: who we are, and what we demand.
        now_s: by the unit's clock.
        least: the smallest number that is taken of an authority and scope (anti-rollback).
        repeats: what is remembered of earlier lists; only read here.

    Raises:
        RefusedListError: nothing of it counts, and why.
    """
    if len(document) > MOST_BYTES:
        raise RefusedListError("too_large", f"longer than {MOST_BYTES >> 20} MiB")
    start = document.find(b"\n", 0, MOST_HEAD_BYTES) + 1
    if not start:
        raise RefusedListError(
            "damaged",
            "no first line that could be the head of a list: was it cut short, or not made by edge-alpr hotlist sign?",
        )
    head = _head(document[:start], terms, now_s)
    if head.seq < least(head):
        told = f"number {head.seq} is older than number {least(head)}, which was in force"
        raise RefusedListError("rolled_back", told)
    end = _end_of_entries(document, start, head)
    approver = _approver(document[end:], document[:start], head, terms)
    rules = EntryRules(terms.rules, now_s, approved=approver is not None)
    gathered = gather(document, start, end, rules, repeats or Repeats())
    return Accepted(
        head=head,
        hotlist=_hotlist(head, gathered, edits="edit" in terms.rules.hit.classes),
        approver=approver,
        refused=gathered.refused,
        gathered=gathered,
    )


def _head(line: bytes, terms: Terms, now_s: float) -> Head:
    try:
        document = parse_document(line)
    except MessageError as error:
        raise RefusedListError("damaged", f"its head is not valid: {error}") from None
    if not str(document.get("schema")).startswith("hotlist/"):
        raise RefusedListError("damaged", "the first line is not the head of a list")
    if document.get("proof") is None:
        raise RefusedListError("unsigned", "nobody signed it")
    try:
        verify_document(document, terms.authorities)
    except MessageError as error:
        raise RefusedListError("not_believed", f"it is not believed: {error}") from None
    try:
        head = read_head(document)
    except MessageError as error:
        raise RefusedListError("damaged", f"its head is not valid: {error}") from None
    if not f"{terms.address}/".startswith(f"{head.scope}/"):
        told = f"it is for {head.scope}, this unit is {terms.address}"
        raise RefusedListError("not_for_us", told)
    if head.policy_sha256 not in {None, terms.policy_sha256}:
        told = "it was made for another policy than the one in force"
        raise RefusedListError("other_policy", told)
    _check_time(head, terms.rules.lists.max_age_h, now_s)
    return head


def _check_time(head: Head, max_age_h: float, now_s: float) -> None:
    begin_s, end_s = to_seconds(head.not_before), to_seconds(head.expires)
    if now_s < begin_s - SKEW_S:
        raise RefusedListError("not_yet", f"it begins at {head.not_before}; is the clock right?")
    if end_s - begin_s > max_age_h * _HOUR_S:
        told = f"it is to match for longer than the {max_age_h:g} hours of the policy"
        raise RefusedListError("too_long", told)
    if now_s >= end_s:
        raise RefusedListError("stale", f"it ended at {head.expires}")


def _end_of_entries(document: bytes, start: int, head: Head) -> int:
    """Where the entry lines end that were signed."""
    end = start
    for _ in range(head.count):
        end = document.find(b"\n", end, end + MOST_LINE_BYTES + 1) + 1
        if not end:
            told = f"it has not the {head.count} lines that were signed"
            raise RefusedListError("damaged", told)
    if digest_of(memoryview(document)[start:end]) != head.sha256:
        raise RefusedListError("damaged", "its entries are not those that were signed")
    return end


def _approver(rest: bytes, head_line: bytes, head: Head, terms: Terms) -> str | None:
    """Who approved it; None if nothing follows the entries."""
    if not rest:
        return None
    try:
        document = parse_document(rest[: MOST_HEAD_BYTES + 1])
        if not str(document.get("schema")).startswith("hotlist.approval/"):
            raise MessageError("no approval")  # noqa: TRY301 - told with the others below
        member = verify_document(document, terms.authorities)
        approval = read_approval(document)
    except MessageError as error:
        told = f"what follows its entries is not believed: {error}"
        raise RefusedListError("not_believed", told) from None
    if approval.list_sha256 != digest_of(head_line):
        raise RefusedListError("not_believed", "its approval is for another list")
    if member.name == head.authority or (head.proof and member.kid == head.proof.key):
        raise RefusedListError("not_believed", "it is approved by the one who made it")
    return member.name


def _hotlist(head: Head, gathered: Gathered, *, edits: bool) -> Hotlist:
    begin_s, end_s = to_seconds(head.not_before), to_seconds(head.expires)
    return Hotlist(
        head.authority,
        str(head.seq),
        ListState(signed=True, issued_s=begin_s, expires_s=end_s),
        gathered.index,
        gathered.stored.listed,
        lines=gathered.lines,
        edits=edits,
    )
