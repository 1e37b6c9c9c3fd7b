"""Holds what a desk goes by: the policy in force, who may ask, who an organisation is, what was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge_alpr.errors import MessageError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.message.asked import organisation_of
from edge_alpr.message.partner import PARTNER, Partner
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.policy.signed import SignedPolicy

if TYPE_CHECKING:
    from edge_alpr.policy.rules import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One holder. Read anew for each use, so that what was revoked is believed no more."""

    organisation: str
    """Whose data it is: the first part of its units' addresses."""
    name: str
    """What it signs as; enrolled like a collector."""
    policy: SignedPolicy | None
    """None if there is none that can be used: then everything is refused."""
    policy_sha256: str | None
    persons: KeyRing
    authorities: KeyRing
    partners: Sequence[Mapping[str, Any]] = field(default=())
    """Documents `partner/1.0`, not yet checked."""
    declarations: Sequence[Mapping[str, Any]] = field(default=())
    """Documents `declaration/1.0`, not yet checked."""

    def partner(self, organisation: str, now_s: float) -> Partner | None:
        """What an authority says of an organisation at ``now_s`` UTC; of several the latest word."""
        found = [
            partner
            for partner in map(self._believed, self.partners)
            if partner is not None
            and partner.organisation == organisation
            and to_seconds(partner.not_before) <= now_s < to_seconds(partner.expires)
        ]
        return max(found, key=lambda partner: partner.not_before, default=None)

    def party_of(self, person: str, now_s: float) -> tuple[Party, Partner | None]:
        """What the person's organisation is to this house.

        Raises:
            RefusedError: no authority has said so.
        """
        organisation = organisation_of(person)
        if organisation == self.organisation:
            return "own_agency", None
        partner = self.partner(organisation, now_s)
        if partner is None:
            raise RefusedError("party_unknown", organisation)
        return partner.party, partner

    def _believed(self, document: Mapping[str, Any]) -> Partner | None:
        try:
            partner = PARTNER.read(dict(document))
            verify_document(dict(document), self.authorities)
        except MessageError:
            return None
        return partner
