"""Confirms and refutes hits: a named person compares picture and plate, signs what they saw, and the log has it.

A refuted hit is deleted like a plate that nobody looks for, and whoever was told of it hears of a signed correction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.audit.forms import label
from edge_alpr.errors import MessageError
from edge_alpr.holder.admit import check_age
from edge_alpr.holder.hits import Hits
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import document_sha256, sign_document, verify_document
from edge_alpr.message.asked import VERDICT, Verdict, organisation_of
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.ids import uuid7
from edge_alpr.message.kept import Said
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import CORRECTION, Correction
from edge_alpr.policy.purposes import PURPOSES

if TYPE_CHECKING:
    from edge_alpr.holder.means import Means
    from edge_alpr.message.kept import Kept


def event_sha256(kept: Kept) -> str:
    """Names the very message that was looked at."""
    return document_sha256(parse_document(kept.body.encode()))


class Verdicts:
    """What people say of hits. Used by one thread."""

    def __init__(self, means: Means, hits: Hits | None = None) -> None:
        """``hits`` are those of the archive if not given."""
        self._means = means
        self._hits = Hits(means.archive) if hits is None else hits

    def take(self, body: bytes) -> Verdict:
        """Take a signed `verdict/1.0`: note a confirmation, or delete what was refuted and prepare its correction.

        Raises:
            RefusedError: not signed by a person of this house; there is no such hit (any more); or the person confirms
                what they were never shown.
        """
        facts: dict[str, object] = {"policy": self._means.house.policy_sha256}
        action = "confirm"
        try:
            verdict, digest = self._signed(body)
            action = "confirm" if verdict.verdict == "confirmed" else "refute"
            facts |= {
                "person": verdict.person,
                "organisation": organisation_of(verdict.person),
                "event": verdict.id,
                "request": digest,
            }
            kept = self._meant(verdict)
            if verdict.verdict == "confirmed":
                self._check_look(verdict)
        except RefusedError as refused:
            self._means.record("refused", action=action, reason=refused.reason, **facts)
            raise
        facts.pop("policy")
        facts |= {"subject": self._means.subject_of(kept.plate), **_why(kept)}
        if verdict.verdict == "refuted":
            facts["because"] = verdict.because
        self._means.record(action, **facts)
        self._note(verdict, kept, body.decode())
        return verdict

    def _signed(self, body: bytes) -> tuple[Verdict, str]:
        try:
            document = parse_document(body)
            verify_document(document, self._means.house.persons)
        except MessageError as error:
            raise RefusedError("not_signed", str(error)) from None
        try:
            verdict = VERDICT.read(document)
        except MessageError as error:
            raise RefusedError("not_readable", str(error)) from None
        if organisation_of(verdict.person) != self._means.house.organisation:
            raise RefusedError("not_ours", organisation_of(verdict.person))
        if (verdict.verdict == "confirmed") != (verdict.because == "fits"):
            raise RefusedError("not_readable", f"{verdict.verdict} because it {verdict.because}")
        check_age(verdict.at, self._means.clock.now().utc_s)
        return verdict, document_sha256(document)

    def _meant(self, verdict: Verdict) -> Kept:
        """The hit; it must be the very message that the person speaks of."""
        kept = self._hits.named(verdict.id)
        unit = f"{verdict.org}/{verdict.site}/{verdict.unit}"
        if kept is None or kept.unit != unit or event_sha256(kept) != verdict.event:
            raise RefusedError("no_such_alert", verdict.id)
        return kept

    def _check_look(self, verdict: Verdict) -> None:
        """The log must have it that the person was shown this hit."""
        looks = (entry.facts for entry in self._means.written() if entry.kind == "open")
        mine = (verdict.id, verdict.person)
        if not any((look.get("event"), look.get("person")) == mine for look in looks):
            raise RefusedError("not_looked_at", verdict.id)

    def _note(self, verdict: Verdict, kept: Kept, signed: str) -> None:
        subject = self._means.subject_of(kept.plate)
        said = Said(verdict.verdict, verdict.person, verdict.at, subject, signed)
        if verdict.verdict == "confirmed":
            there = self._means.archive.confirm(kept, said)
        else:
            correction = self._correction(verdict, kept)
            body = dump_document(sign_document(CORRECTION.document(correction), self._means.key))
            there = self._means.archive.refute(kept, said, (correction.id, body.decode()))
        if not there:
            raise RefusedError("no_such_alert", verdict.id)

    def _correction(self, verdict: Verdict, kept: Kept) -> Correction:
        now_s = self._means.clock.now().utc_s
        event = parse_document(kept.body.encode())
        return Correction(
            schema=CORRECTION.name,
            holder=self._means.house.name,
            id=uuid7(now_s),
            corrects=kept.id,
            org=verdict.org,
            site=verdict.site,
            unit=verdict.unit,
            camera=kept.camera,
            boot=event["boot"],
            seq=event["seq"],
            because=verdict.because,
            at=to_text(now_s),
            proof=None,
        )


def _why(kept: Kept) -> dict[str, object]:
    """Which list the hit is of, and for which purpose it is on it; None where the event does not say."""
    event = parse_document(kept.body.encode())
    (hit, *_) = event["hits"] or [{}]
    reasons = (event["policy"].get("purpose"), hit.get("reason"))
    return {
        "list": label(str(hit["list"])) if hit.get("list") else None,
        "purpose": next((each for each in reasons if each in PURPOSES), None),
    }
