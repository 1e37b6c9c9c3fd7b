"""Names why a list, or one of its entries, does not count: a word for counters and logs, and words for people.

No word here and no message ever holds anything of a plate.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from edge_alpr.errors import PolicyError

ListReason: TypeAlias = Literal[
    "not_sealed",
    "no_key",
    "too_large",
    "damaged",
    "unsigned",
    "not_believed",
    "not_for_us",
    "other_policy",
    "too_long",
    "stale",
    "not_yet",
    "rolled_back",
    "not_remembered",
]
"""Why a whole list is refused."""

EntryReason: TypeAlias = Literal[
    "malformed",
    "prohibited",
    "not_allowed",
    "no_case_no",
    "no_offence_class",
    "no_person",
    "no_organisation",
    "no_warrant",
    "cannot_state",
    "no_expiry",
    "expires_too_late",
    "expired",
    "not_yet",
    "repeated",
    "not_approved",
]
"""Why one entry of an accepted list is left out."""

ENTRY_WORDS: Final[dict[EntryReason, str]] = {
    "malformed": "not an entry: see `edge-alpr schema hotlist-entry`",
    "prohibited": "a reason for which nobody may be looked for",
    "not_allowed": "a reason that the policy does not allow",
    "no_case_no": "no case number",
    "no_offence_class": "no class of offence",
    "no_person": "does not say who entered it",
    "no_organisation": "does not say which agency",
    "no_warrant": "the policy wants a warrant as the reason",
    "cannot_state": "the policy wants what an entry cannot state",
    "no_expiry": "no expiry",
    "expires_too_late": "expires later after its creation than the policy allows",
    "expired": "expired",
    "not_yet": "created in the future",
    "repeated": "one plate too often by one person in 30 days without a second signature",
    "not_approved": "no second signature, which the policy demands of every entry",
}


class RefusedListError(PolicyError):
    """A list that is not believed, or does not count here. ``reason`` is the word for counters and logs."""

    def __init__(self, reason: ListReason, what: str) -> None:
        self.reason: ListReason = reason
        super().__init__(what)
