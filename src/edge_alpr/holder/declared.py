"""Checks the written declaration without which another state's agency is given nothing (625 ILCS 5/2-130(d))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import MessageError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.pair import PublicKey
from edge_alpr.keys.proof import document_sha256, verify_document
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.partner import DECLARATION, Declaration
from edge_alpr.message.timestamps import to_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_alpr.holder.house import House
    from edge_alpr.message.asked import Paper
    from edge_alpr.message.partner import Partner
    from edge_alpr.policy.rules import Rules

_DAY_S: Final = 86400.0


def check_declaration(
    named: Paper | None, partner: Partner, house: House, rules: Rules, now_s: float
) -> Declaration:
    """The declaration that a request names, if it holds at ``now_s`` UTC for this recipient under these rules.

    Raises:
        RefusedError: none is named, none such is filed, it was changed, is not signed by the recipient, is over, leaves
            out a prohibited purpose, is made to somebody else, or names another key than the authority does.
    """
    if named is None:
        raise RefusedError("declaration_missing", partner.organisation)
    document = _filed(named.id, house)
    if document_sha256(document) != named.sha256:
        raise RefusedError("declaration_altered", named.id)
    declaration = _signed(document, partner)
    over_s = to_seconds(declaration.expires)
    if rules.sharing.declaration_days is not None:
        over_s = min(over_s, to_seconds(declaration.at) + rules.sharing.declaration_days * _DAY_S)
    if not to_seconds(declaration.at) <= now_s < over_s:
        raise RefusedError("declaration_expired", named.id)
    left_out = rules.purposes.prohibit - frozenset(declaration.never_for)
    if left_out or declaration.to != house.organisation:
        raise RefusedError("declaration_incomplete", named.id)
    if declaration.recipient_key != partner.seal_to:
        raise RefusedError("recipient_key", named.id)
    return declaration


def _filed(name: str, house: House) -> dict[str, Any]:
    found: list[Mapping[str, Any]] = [each for each in house.declarations if each.get("id") == name]
    if len(found) != 1:
        raise RefusedError("declaration_unknown", name)
    return dict(found[0])


def _signed(document: dict[str, Any], partner: Partner) -> Declaration:
    try:
        ring = KeyRing([Member(partner.organisation, PublicKey.parse(partner.signs_with))])
        verify_document(document, ring)
        return DECLARATION.read(document)
    except MessageError:
        raise RefusedError("declaration_not_signed", str(document.get("id"))[:63]) from None
