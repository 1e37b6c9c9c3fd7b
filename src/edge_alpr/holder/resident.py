"""Answers a resident: was my plate kept here, until when, and who asked for it?

The clerk who has seen the registration signs the question; the holders' keys find the answer; it is sealed to the
resident's own key. So no operator searches, and none reads what was found. The log has that the question was answered.
Otherwise this would be another way to follow somebody: clerks are counted like all others who ask.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.holder.admit import check_age, rules_in_force
from edge_alpr.holder.limits import MOST_A_DAY, Uses
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import document_sha256, sign_document, verify_document
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.asked import QUESTION, Question, organisation_of
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import ANSWER, Answer, AskedHere, KeptHere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.holder.limits import Use
    from edge_alpr.holder.means import Means

ANSWER_INFO: Final = b"edge-alpr answer.sealed/1.0"
DELAY_DAYS: Final = 90.0
"""A use is told so many days later: an investigation may still be going on, and the person sought may be who asks."""
_DAY_S: Final = 86400.0
_MOST: Final = 1000


class SealedPlaces(Protocol):
    """Reads that lie sealed, and the keys that are at hand."""

    def places(self, plate: str) -> tuple[Sequence[tuple[str, int, str | None]], int]:
        """Unit, number and latest end of those of the plate, none of which is opened; how many could not be asked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the clerk hands over unread."""

    digest: str
    body: bytes
    """`answer/1.0`, signed and then sealed to the resident's key."""


class Residents:
    """Who answers. Used by one thread."""

    def __init__(self, means: Means, sealed: SealedPlaces | None = None) -> None:
        self._means = means
        self._sealed = sealed

    def answer(self, body: bytes) -> Answered:
        """Answer a signed `question/1.0`.

        Raises:
            RefusedError: it is not signed by a person of this house, or was answered before; that is in the log.
        """
        entries = list(self._means.written())
        facts: dict[str, object] = {}
        now_s = self._means.clock.now().utc_s
        try:
            question, digest, reply_to = self._signed(body)
            subject = self._means.subject_of(question.plate)
            facts |= {
                "person": question.person,
                "organisation": organisation_of(question.person),
                "subject": subject,
                "request": digest,
            }
            uses = Uses(entries)
            self._check(question, digest, subject, uses, now_s)
        except RefusedError as refused:
            self._means.record("refused", action="answer", reason=refused.reason, **facts)
            raise
        kept, not_opened = self._kept(question.plate)
        told_s = now_s - DELAY_DAYS * _DAY_S
        asked = [
            _told(use)
            for use in uses.of(subject, told_s)
            if use.act in {"query", "share", "refused"}
        ]
        answer = Answer(
            schema=ANSWER.name,
            holder=self._means.house.name,
            question=digest,
            at=to_text(now_s),
            kept=tuple(kept[:_MOST]),
            not_opened=not_opened,
            asked=tuple(asked[-_MOST:]),
            asked_until=to_text(told_s),
            log_entries=len(entries),
            proof=None,
        )
        ends = [each.until for each in kept if each.until is not None]
        self._means.record(
            "answer", **facts, held=bool(kept), queries=len(asked), until=max(ends, default=None)
        )
        signed = dump_document(sign_document(ANSWER.document(answer), self._means.key))
        return Answered(digest, reply_to.seal(signed, info=ANSWER_INFO))

    def _signed(self, body: bytes) -> tuple[Question, str, SealPublic]:
        try:
            document = parse_document(body)
            verify_document(document, self._means.house.persons)
        except MessageError as error:
            raise RefusedError("not_signed", str(error)) from None
        try:
            question = QUESTION.read(document)
            return question, document_sha256(document), SealPublic.parse(question.reply_to)
        except (MessageError, KeyFileError) as error:
            raise RefusedError("not_readable", str(error)) from None

    def _check(
        self, question: Question, digest: str, subject: str, uses: Uses, now_s: float
    ) -> None:
        rules = rules_in_force(self._means.house, now_s)
        check_age(question.at, now_s)
        if organisation_of(question.person) != self._means.house.organisation:
            raise RefusedError("not_ours", organisation_of(question.person))
        if uses.answered(digest):
            raise RefusedError("answered_before")
        if uses.repeats(question.person, subject, now_s) >= rules.lists.max_repeats:
            raise RefusedError("too_often", question.person)
        if uses.today(question.person, now_s) >= MOST_A_DAY:
            raise RefusedError("too_many", question.person)

    def _kept(self, plate: str) -> tuple[list[KeptHere], int]:
        sealed, not_opened = ((), 0) if self._sealed is None else self._sealed.places(plate)
        items: defaultdict[str, int] = defaultdict(int)
        until: dict[str, str] = {}
        endless: set[str] = set()
        for unit, number, end in (*self._means.archive.places(plate), *sealed):
            items[unit] += number
            if end is None:
                endless.add(unit)
            else:
                until[unit] = max(end, until.get(unit, end))
        return [
            KeptHere(
                under=unit, items=items[unit], until=None if unit in endless else until.get(unit)
            )
            for unit in sorted(items)
        ], not_opened


def _told(use: Use) -> AskedHere:
    act = use.act
    assert act in {"query", "share", "refused"}
    return AskedHere(
        day=to_text(use.at_s)[:10],
        act=act,  # type: ignore[arg-type]
        organisation=use.organisation or "unknown",
        purpose=use.purpose or "unknown",
    )
