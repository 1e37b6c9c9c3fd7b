"""A holder for tests: keys for everybody, a policy that an authority signed, a log in memory, a clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.audit.kinds import check_facts
from edge_alpr.audit.subject import AuditKey
from edge_alpr.config.profiles import find_profile
from edge_alpr.holder.desk import Desk
from edge_alpr.holder.house import House
from edge_alpr.holder.means import Means
from edge_alpr.holder.resident import Residents
from edge_alpr.holder.verdicts import Verdicts, event_sha256
from edge_alpr.keys.proof import document_sha256, sign_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.asked import CONSENT, QUESTION, REQUEST, VERDICT
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.partner import DECLARATION, PARTNER
from edge_alpr.message.timestamps import to_seconds, to_text
from edge_alpr.message.topics import UnitAddress
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.signed import policy_document, read_policy, sign_policy
from fakes.events import PLATE
from fakes.keys import a_key
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from edge_alpr.holder.archive import Archive
    from edge_alpr.holder.hits import Hits
    from edge_alpr.holder.sealed import SealedReads
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.message.kept import Kept
    from edge_alpr.policy.rules import Rules

DAY_S: Final = 86400.0
ANN, BOB, KIM, ZED = (f"person/{who}" for who in ("o/ann", "o/bob", "near/kim", "far/zed"))
"""Two of the house, one of an agency in the state, one of another state's."""


def key_of(name: str) -> KeyPair:
    """Always the same one for a name. It guards nothing."""
    return a_key(hashlib.sha256(name.encode()).digest())


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the log in memory."""

    kind: str
    at: str
    facts: Mapping[str, Any]


class MemoryLog:
    """Takes what the real log takes, and nothing else."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.lines: list[Line] = []

    def record(self, kind: str, /, **facts: object) -> None:
        at = to_text(self._clock.now().utc_s)
        self.lines.append(Line(kind, at, check_facts(kind, facts)))

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [line.facts for line in self.lines if line.kind == kind]


class AHouse:
    """A house whose policy is that of ``profiles``, and whatever its people sign."""

    def __init__(self, *profiles: str, archive: Archive, sealed: SealedReads | None = None) -> None:
        self.clock = ManualClock()
        self.log = MemoryLog(self.clock)
        self.key = key_of("o")
        self.audit_key = AuditKey(bytes(32))
        self.archive = archive
        self.sealed = sealed
        self.recipients = {who: SealKey.generate() for who in ("near", "far")}
        people = (ANN, BOB, KIM, ZED)
        self.house = House(
            organisation="o",
            name="o",
            policy=None,
            policy_sha256=None,
            persons=KeyRing(Member(who, key_of(who).public) for who in people),
            authorities=KeyRing([Member("clerk", key_of("clerk").public)]),
        )
        self.under(merge_all(find_profile(name).rules for name in profiles))
        self.knows(self.a_partner("near", "in_state"), self.a_partner("far", "out_of_state"))

    @property
    def now_s(self) -> float:
        return self.clock.now().utc_s

    @property
    def rules(self) -> Rules:
        assert self.house.policy is not None
        return self.house.policy.rules

    # ---------------------------------------------------------------- what it goes by

    def under(self, rules: Rules, *, scope: str = "o") -> None:
        """Put rules in force."""
        document = policy_document(
            rules,
            authority="clerk",
            scope=scope,
            seq=1,
            not_before_s=self.now_s - DAY_S,
            expires_s=self.now_s + 400 * DAY_S,
            profiles=(),
        )
        body = dump_document(sign_policy(document, key_of("clerk")))
        units = UnitAddress(*[*scope.split("/"), "s", "u"][:3])
        policy, digest = read_policy(body, self.house.authorities, units)
        self.house = replace(self.house, policy=policy, policy_sha256=digest)

    def under_recipients(self, *lines: str) -> None:
        """The same rules, which name the only keys that anything may be given to."""
        sharing = replace(self.rules.sharing, recipients=frozenset(lines))
        self.under(replace(self.rules, sharing=sharing))

    def enroll(self, *people: str) -> None:
        """More people of the house."""
        more = [Member(who, key_of(who).public) for who in people]
        self.house = replace(self.house, persons=KeyRing([*self.house.persons, *more]))

    def knows(self, *partners: Mapping[str, Any]) -> None:
        self.house = replace(self.house, partners=partners)

    def files(self, *declarations: Mapping[str, Any]) -> None:
        self.house = replace(self.house, declarations=declarations)

    def a_partner(self, name: str, party: str, **changes: Any) -> dict[str, Any]:
        document = {
            "schema": PARTNER.name,
            "authority": "clerk",
            "organisation": name,
            "party": party,
            "signs_with": str(key_of(name).public),
            "seal_to": str(self.recipients[name].public),
            "not_before": to_text(self.now_s - DAY_S),
            "expires": to_text(self.now_s + 400 * DAY_S),
            **changes,
        }
        return sign_document(document, key_of("clerk"))

    def a_declaration(self, *, signer: str = "far", **changes: Any) -> dict[str, Any]:
        document = {
            "schema": DECLARATION.name,
            "id": "far-2026-1",
            "organisation": "far",
            "to": "o",
            "never_for": sorted(self.rules.purposes.prohibit),
            "text": "We shall not use what we are given in a manner that violates subsection (b).",
            "signed_by": "Z. Chief, Chief of Police",
            "recipient_key": str(self.recipients["far"].public),
            "at": to_text(self.now_s - DAY_S),
            "expires": to_text(self.now_s + 300 * DAY_S),
            **changes,
        }
        return sign_document(document, key_of(signer))

    # ---------------------------------------------------------------- what people sign

    def a_request(self, act: str = "query", person: str = ANN, **changes: Any) -> bytes:
        """A sound one, each with another salt, but for ``changes``."""
        document = {
            "schema": REQUEST.name,
            "act": act,
            "person": person,
            "purpose": "stolen_vehicle",
            "offence_class": "felony",
            "case_no": "2026-0815",
            "plate": PLATE,
            "since": to_text(self.now_s - DAY_S),
            "until": to_text(self.now_s + 1.0),
            "under": "o",
            "warrant": {"id": "w-1", "sha256": "sha256:" + "1" * 64},
            "declaration": None,
            "salt": f"{len(self.log.lines):032x}",
            "at": to_text(self.now_s),
            **changes,
        }
        return dump_document(sign_document(document, key_of(person)))

    def a_consent(self, request: bytes, person: str = BOB, **changes: Any) -> bytes:
        document = {
            "schema": CONSENT.name,
            "person": person,
            "request": document_sha256(parse_document(request)),
            "at": to_text(self.now_s),
            **changes,
        }
        return dump_document(sign_document(document, key_of(person)))

    def a_verdict(
        self,
        kept: Kept,
        person: str = ANN,
        *,
        fits: bool = True,
        looked: bool = True,
        **changes: Any,
    ) -> bytes:
        """``looked``: the person is shown the hit first, as the log then says."""
        if looked:
            self.log.record("open", person=person, organisation="o", items=1, event=kept.id)
        org, site, unit = kept.unit.split("/")
        document = {
            "schema": VERDICT.name,
            "person": person,
            "verdict": "confirmed" if fits else "refuted",
            "because": "fits" if fits else "misread",
            "org": org,
            "site": site,
            "unit": unit,
            "id": kept.id,
            "event": event_sha256(kept),
            "at": to_text(self.now_s),
            **changes,
        }
        return dump_document(sign_document(document, key_of(person)))

    def a_question(self, *, reply_to: str, person: str = ANN, **changes: Any) -> bytes:
        document = {
            "schema": QUESTION.name,
            "person": person,
            "plate": PLATE,
            "reply_to": reply_to,
            "salt": f"{len(self.log.lines):032x}",
            "at": to_text(self.now_s),
            **changes,
        }
        return dump_document(sign_document(document, key_of(person)))

    # ---------------------------------------------------------------- its desks

    def means(self) -> Means:
        return Means(
            house=self.house,
            archive=self.archive,
            key=self.key,
            subject_of=self.audit_key.subject,
            record=self.log.record,
            written=lambda: self.log.lines,
            clock=self.clock,
        )

    def desk(self) -> Desk:
        return Desk(self.means(), self.sealed)

    def verdicts(self, hits: Hits | None = None) -> Verdicts:
        return Verdicts(self.means(), hits)

    def residents(self) -> Residents:
        return Residents(self.means(), self.sealed)


def later(time: str, seconds: float) -> str:
    """A time of a message, moved."""
    return to_text(to_seconds(time) + seconds)
