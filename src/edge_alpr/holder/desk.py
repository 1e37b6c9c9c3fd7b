"""Answers requests: checks who signed, asks `admit`, looks, and writes every use into the log before it gives anything.

A refused request is written down too, by its code. A claim that nobody signed is not: a name in it may be anybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from edge_alpr.errors import MessageError
from edge_alpr.holder.admit import OFFENCES, Asked, admit
from edge_alpr.holder.limits import Uses
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.state import State, state_of
from edge_alpr.keys.proof import document_sha256, sign_document, verify_document
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.asked import CONSENT, REQUEST, Consent, Request, organisation_of
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.kept import Kept
from edge_alpr.message.timestamps import to_text
from edge_alpr.message.told import RELEASE, Release
from edge_alpr.plates import normalise
from edge_alpr.policy.purposes import PROHIBITED, PURPOSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge_alpr.holder.admit import Admitted
    from edge_alpr.holder.means import Means

RELEASE_INFO: Final = b"edge-alpr release.sealed/1.0"
"""What a release is sealed with, so that it opens as nothing else."""


class Sealed(Protocol):
    """Reads that lie sealed, and the keys that are at hand."""

    def find(self, plate: str, since: str, until: str, under: str) -> tuple[list[Kept], int]:
        """Those of the plate, and how many could not be asked because a key is missing."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a request brought to light."""

    digest: str
    """Of the request, as the log has it."""
    passes: tuple[tuple[Kept, State | None], ...]
    """Each with its state; None where no hotlist had a part in it."""
    not_opened: int
    """Sealed reads in the time that was asked for, whose keys are not here."""
    second: str | None


@dataclass(frozen=True, slots=True)
class Released:
    """What may be handed over: sealed, so that only the recipient opens it."""

    digest: str
    recipient: str
    items: int
    withheld: int
    """Hits that nobody has confirmed, and tests: they are no facts to be shared."""
    body: bytes
    """`release/1.0`, signed and then sealed to the recipient's key with `RELEASE_INFO`."""


class Desk:
    """One holder's desk. Used by one thread; several processes must take turns, as `app.desk` sees to."""

    def __init__(self, means: Means, sealed: Sealed | None = None) -> None:
        self._means = means
        self._sealed = sealed

    def query(self, body: bytes, consent: bytes | None = None) -> Found:
        """Answer a request of the house's own people.

        Raises:
            RefusedError: it may not be answered; that is in the log.
        """
        asked, admitted, facts = self._admit("query", body, consent)
        found = self._find(asked)
        self._means.record("query", **facts, found=len(found.passes), **_limits_of(asked.request))
        return Found(asked.digest, found.passes, found.not_opened, admitted.second)

    def share(self, body: bytes, consent: bytes | None = None) -> Released:
        """Give another organisation what it may have.

        Raises:
            RefusedError: it may not; that is in the log.
        """
        asked, admitted, facts = self._admit("share", body, consent)
        partner = admitted.partner
        assert partner is not None
        found = self._find(asked)
        given = [kept for kept, state in found.passes if self._may_leave(kept, state, admitted)]
        recipient = SealPublic.parse(partner.seal_to)
        release = Release(
            schema=RELEASE.name,
            holder=self._means.house.name,
            recipient=partner.organisation,
            request=asked.digest,
            policy=str(self._means.house.policy_sha256),
            declaration=None if admitted.declaration is None else admitted.declaration.id,
            at=to_text(self._means.clock.now().utc_s),
            events=tuple(kept.body for kept in given),
            proof=None,
        )
        signed = dump_document(sign_document(RELEASE.document(release), self._means.key))
        sealed = recipient.seal(signed, info=RELEASE_INFO)
        # Written down first: what is not in the log has not left the house.
        self._means.record(
            "share",
            **facts,
            recipient=partner.organisation,
            recipient_kid=recipient.kid,
            items=len(given),
            **_limits_of(asked.request),
        )
        withheld = len(found.passes) - len(given)
        return Released(asked.digest, partner.organisation, len(given), withheld, sealed)

    # ---------------------------------------------------------------- who asks, and whether they may

    def _admit(
        self, act: str, body: bytes, consent: bytes | None
    ) -> tuple[Asked, Admitted, dict[str, object]]:
        facts: dict[str, object] = {"policy": self._means.house.policy_sha256}
        try:
            request, digest = self._request(act, body)
            facts |= self._facts_of(request, digest)
            second = None if consent is None else self._consent(consent)
            uses = Uses(self._means.written())
            asked = Asked(
                request=request,
                digest=digest,
                subject=self._means.subject_of(request.plate),
                consent=second,
                uses=uses,
            )
            admitted = admit(asked, self._means.house, self._means.clock.now().utc_s)
        except RefusedError as refused:
            self._means.record("refused", action=act, reason=refused.reason, **facts)
            raise
        declared = admitted.declaration
        facts |= {
            "party": admitted.party,
            "second": admitted.second,
            "declaration": None if declared is None else declared.id,
        }
        return asked, admitted, facts

    def _request(self, act: str, body: bytes) -> tuple[Request, str]:
        document = self._signed(body, "not_signed")
        try:
            request = REQUEST.read(document)
        except MessageError as error:
            raise RefusedError("not_readable", str(error)) from None
        if request.act != act:
            raise RefusedError("not_readable", f"it asks to {request.act}")
        return request, document_sha256(document)

    def _consent(self, body: bytes) -> Consent:
        document = self._signed(body, "consent_not_valid")
        try:
            return CONSENT.read(document)
        except MessageError as error:
            raise RefusedError("consent_not_valid", str(error)) from None

    def _signed(self, body: bytes, otherwise: Any) -> dict[str, Any]:
        try:
            document = parse_document(body)
            verify_document(document, self._means.house.persons)
        except MessageError as error:
            raise RefusedError(otherwise, str(error)) from None
        return document

    def _facts_of(self, request: Request, digest: str) -> dict[str, object]:
        """What the log says of a request whose signature holds. No word of the person's own choosing that could be a
        plate: an unknown purpose or offence is left out, and so is a case number made of the plate."""
        case_no = None if request.plate in normalise(request.case_no) else request.case_no
        known = request.purpose in PURPOSES | PROHIBITED
        return {
            "person": request.person,
            "organisation": organisation_of(request.person),
            "purpose": request.purpose if known else "unknown",
            "offence_class": request.offence_class if request.offence_class in OFFENCES else None,
            "case_no": case_no,
            "subject": self._means.subject_of(request.plate),
            "request": digest,
            "declaration": None if request.declaration is None else request.declaration.id,
        }

    # ---------------------------------------------------------------- what there is

    def _find(self, asked: Asked) -> Found:
        request, now = asked.request, to_text(self._means.clock.now().utc_s)
        which = (request.plate, request.since, request.until, request.under)
        kept: Sequence[Kept] = self._means.archive.find(*which)
        opened, not_opened = ([], 0) if self._sealed is None else self._sealed.find(*which)
        passes = tuple(
            (each, state_of(each, self._means.subject_of) if each.hit else None)
            for each in (*kept, *opened)
            if each.delete_after is None or each.delete_after > now
        )
        return Found(asked.digest, passes, not_opened, None)

    def _may_leave(self, kept: Kept, state: State | None, admitted: Admitted) -> bool:
        """Only what counts: no test, except under a bench policy, and no hit that a person still has to look at."""
        if kept.test and not admitted.rules.test:
            return False
        return state in {None, "confirmed"} or not admitted.rules.hit.confirm


def _limits_of(request: Request) -> dict[str, object]:
    return {"since": request.since, "until": request.until, "camera": request.under}
