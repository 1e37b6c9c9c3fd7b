"""Names every reason why a holder refuses, by a code that the log and the public report have, and says what to do."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from edge_alpr.errors import EdgeAlprError

Reason: TypeAlias = Literal[
    "not_signed",
    "not_readable",
    "no_policy",
    "stale",
    "used_before",
    "purpose_prohibited",
    "purpose_unknown",
    "purpose_not_allowed",
    "offence_unknown",
    "case_no_holds_plate",
    "window",
    "scope",
    "not_ours",
    "party_unknown",
    "party_not_allowed",
    "warrant_missing",
    "declaration_missing",
    "declaration_unknown",
    "declaration_altered",
    "declaration_not_signed",
    "declaration_expired",
    "declaration_incomplete",
    "recipient_key",
    "consent_missing",
    "consent_not_valid",
    "too_often",
    "too_many",
    "no_such_alert",
    "not_looked_at",
    "answered_before",
]

ADVICE: Final[dict[Reason, str]] = {
    "not_signed": "sign it with the key that is enrolled for the person",
    "not_readable": "write it with `edge-alpr query ask` or `edge-alpr share ask`",
    "no_policy": "put a policy in force that its authority has signed",
    "stale": "ask anew; is the clock right?",
    "used_before": "each request is answered once: sign a new one",
    "purpose_prohibited": "nobody may look for a plate because of that, and nobody can allow it",
    "purpose_unknown": "take one of those that `edge-alpr policy explain` names",
    "purpose_not_allowed": "the policy in force does not have it: `edge-alpr policy explain` says what it has",
    "offence_unknown": "take one of the classes that --help names",
    "case_no_holds_plate": "give the case's own number: it is logged, and a plate may not be",
    "window": "ask for a shorter time that has begun",
    "scope": "ask for units that the policy in force is for",
    "not_ours": "a person of another organisation asks by `edge-alpr share`",
    "party_unknown": "an authority must first sign who that organisation is: `edge-alpr share partner`",
    "party_not_allowed": "the policy in force does not share with such a party",
    "warrant_missing": "name the warrant and its SHA-256",
    "declaration_missing": "another state's agency must first declare in writing: `edge-alpr share declare`",
    "declaration_unknown": "file the declaration at the desk first",
    "declaration_altered": "what is filed is not what the request names",
    "declaration_not_signed": "the organisation itself must sign it",
    "declaration_expired": "ask for a new one",
    "declaration_incomplete": "it must rule out every purpose that the policy prohibits, and be made to this holder",
    "recipient_key": "what is given goes only to the key that the authority and the declaration name",
    "consent_missing": "a second person must sign: `edge-alpr query consent`",
    "consent_not_valid": "another person of this house signs this very request, within a day",
    "too_often": "this plate was asked for too often: a second person must sign",
    "too_many": "this person has asked too often today: a second person must sign",
    "no_such_alert": "`edge-alpr confirm list` names those that wait; it may have been deleted in time",
    "not_looked_at": "who confirms must have looked: `edge-alpr confirm show`, with the same key",
    "answered_before": "each question is answered once: sign a new one",
}
"""For whoever was refused. None of it depends on what is stored: a refusal tells nothing of a plate."""


class RefusedError(EdgeAlprError):
    """A use is not allowed. Nothing was opened."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """``detail`` never quotes a plate."""
        self.reason: Final = reason
        more = f" ({detail})" if detail else ""
        super().__init__(f"refused: {reason.replace('_', ' ')}{more}: {ADVICE[reason]}")
