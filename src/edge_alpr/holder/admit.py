"""Decides whether a request may be answered. Pure and default deny: all that is not allowed here is refused by a code.

What the software asks of every request, whatever a policy says: a key of the person's own, a purpose of the closed
vocabulary that nobody has prohibited, the class of the offence, a case number, one plate, a bounded time. A search for
everybody who passed does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from edge_alpr.errors import KeyFileError
from edge_alpr.holder.declared import check_declaration
from edge_alpr.holder.limits import MOST_A_DAY, MOST_BY_ALL, Uses
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.message.asked import Consent, Request, organisation_of
from edge_alpr.message.partner import Declaration, Partner
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.plates import normalise
from edge_alpr.policy.purposes import PROHIBITED, PURPOSES
from edge_alpr.policy.rules import Party, Rules

if TYPE_CHECKING:
    from edge_alpr.holder.house import House
    from edge_alpr.policy.rules import Requirement

Offence: TypeAlias = Literal["felony", "gross_misdemeanour", "misdemeanour", "infraction", "none"]
"""``none`` where nobody has done wrong: a missing person."""
OFFENCES: Final[frozenset[str]] = frozenset(get_args(Offence))

FRESH_S: Final = 86400.0
"""A request is answered within a day of its signature."""
AHEAD_S: Final = 300.0
"""By so much the clock of who signed may be ahead."""
MOST_DAYS: Final = 31.0
"""The longest stretch of time that one request may ask for. Ours."""
_DAY_S: Final = 86400.0
_OUTSIDE: Final[frozenset[Party]] = frozenset({"out_of_state", "federal"})
"""Who is given nothing without a written declaration, also where a policy forgot to ask for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be decided: documents whose signatures were checked, and what is known of them."""

    request: Request
    digest: str
    """Of the request."""
    subject: str
    """The plate, as the log names it."""
    consent: Consent | None
    uses: Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A request that may be answered, and what it rests on."""

    rules: Rules
    party: Party
    partner: Partner | None
    """None for the house's own people."""
    declaration: Declaration | None
    second: str | None
    """The second person, if one signed."""


def admit(asked: Asked, house: House, now_s: float) -> Admitted:
    """The request, if it may be answered at ``now_s`` UTC.

    Raises:
        RefusedError: it may not, by the first reason found.
    """
    rules = rules_in_force(house, now_s)
    request = asked.request
    check_age(request.at, now_s)
    if asked.uses.answered(asked.digest):
        raise RefusedError("used_before")
    _check_why(request, rules)
    _check_what(request, house, now_s)
    party, partner = house.party_of(request.person, now_s)
    if (request.act == "query") != (party == "own_agency"):
        raise RefusedError("not_ours", f"{request.act} by {organisation_of(request.person)}")
    if party not in rules.sharing.parties:
        raise RefusedError("party_not_allowed", party)
    second = _second(asked, house, now_s)
    needs = _needs(party, rules)
    _check_papers(request, needs, second)
    declaration = None
    if partner is not None:
        _check_recipient(partner, rules)
        if "written_declaration" in needs:
            named = request.declaration
            declaration = check_declaration(named, partner, house, rules, now_s)
    _check_limits(asked, second, rules, now_s)
    return Admitted(
        rules=rules, party=party, partner=partner, declaration=declaration, second=second
    )


def rules_in_force(house: House, now_s: float) -> Rules:
    """What the house goes by now.

    Raises:
        RefusedError: nothing is in force.
    """
    if house.policy is None:
        raise RefusedError("no_policy")
    if (trouble := house.policy.refusal(now_s)) is not None:
        raise RefusedError("no_policy", trouble)
    return house.policy.rules


def check_age(at: str, now_s: float) -> None:
    """Refuse what was signed long ago, or will be.

    Raises:
        RefusedError: it is not fresh.
    """
    if not now_s - FRESH_S < to_seconds(at) <= now_s + AHEAD_S:
        raise RefusedError("stale", f"signed at {at}")


def _check_why(request: Request, rules: Rules) -> None:
    purpose = request.purpose
    if purpose in PROHIBITED or purpose in rules.purposes.prohibit:
        raise RefusedError("purpose_prohibited", purpose)
    if purpose not in PURPOSES:
        raise RefusedError("purpose_unknown")
    if purpose not in rules.purposes_left:
        raise RefusedError("purpose_not_allowed", purpose)
    if request.offence_class not in OFFENCES:
        raise RefusedError("offence_unknown")
    if request.plate in normalise(request.case_no):
        raise RefusedError("case_no_holds_plate")


def _check_what(request: Request, house: House, now_s: float) -> None:
    since_s, until_s = to_seconds(request.since), to_seconds(request.until)
    if not 0 < until_s - since_s <= MOST_DAYS * _DAY_S or since_s > now_s:
        raise RefusedError("window", f"at most {MOST_DAYS:g} days")
    assert house.policy is not None
    if not f"{request.under}/".startswith(f"{house.policy.scope}/"):
        raise RefusedError("scope", f"the policy is for {house.policy.scope}")


def _second(asked: Asked, house: House, now_s: float) -> str | None:
    """The second person: another one, of this house, who signed this very request."""
    consent = asked.consent
    if consent is None:
        return None
    check_age(consent.at, now_s)
    same = consent.person == asked.request.person
    ours = organisation_of(consent.person) == house.organisation
    if same or not ours or consent.request != asked.digest:
        raise RefusedError("consent_not_valid")
    return consent.person


def _needs(party: Party, rules: Rules) -> frozenset[Requirement]:
    """What a request by such a party must state beyond what every request states."""
    if party not in _OUTSIDE:
        return rules.sharing.require
    outside: frozenset[Requirement] = frozenset({"written_declaration"})
    return rules.sharing.require | rules.sharing.out_of_state_require | outside


def _check_papers(request: Request, needs: frozenset[Requirement], second: str | None) -> None:
    if "warrant" in needs and request.warrant is None:
        raise RefusedError("warrant_missing")
    # Whatever leaves the house, a person of the house lets out.
    if second is None and ("second_signature" in needs or request.act == "share"):
        raise RefusedError("consent_missing")


def _check_recipient(partner: Partner, rules: Rules) -> None:
    """Its key must be one, and where the policy names the only ones, among them."""
    try:
        SealPublic.parse(partner.seal_to)
    except KeyFileError:
        raise RefusedError("recipient_key", partner.organisation) from None
    allowed = rules.sharing.recipients
    if allowed is not None and not any(partner.seal_to in line.split() for line in allowed):
        raise RefusedError("recipient_key", partner.organisation)


def _check_limits(asked: Asked, second: str | None, rules: Rules, now_s: float) -> None:
    """The n-th use that the rules allow is the last without a second person's signature."""
    if second is not None:
        return
    person, uses = asked.request.person, asked.uses
    if uses.repeats(person, asked.subject, now_s) >= rules.lists.max_repeats:
        raise RefusedError("too_often", f"{rules.lists.max_repeats} times in 30 days by {person}")
    if uses.by_all(asked.subject, now_s) >= max(MOST_BY_ALL, rules.lists.max_repeats):
        raise RefusedError("too_often", "by several people")
    if uses.today(person, now_s) >= MOST_A_DAY:
        raise RefusedError("too_many", f"{MOST_A_DAY} in 24 hours")
