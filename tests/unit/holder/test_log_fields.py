"""Whatever a policy wants recorded of a use (`audit.fields`) is in the log's entries, under every shipped profile."""

from __future__ import annotations

from typing import Final, get_args

import pytest

from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.policy.rules import AuditField
from fakes.house import KIM
from fixtures.shelf import Shelf, a_read, shelf

__all__ = ["shelf"]  # the fixture

FACTS: Final[dict[AuditField, tuple[str, ...]]] = {
    "time": (),  # of every entry
    "user": ("person",),
    "organisation": ("organisation",),
    "query_elements": ("subject", "since", "until", "camera"),
    "purpose": ("purpose",),
    "offence_class": ("offence_class",),
    "case_no": ("case_no",),
    "camera": ("camera",),
    "recipient": ("recipient",),  # of a share
    "declaration": ("declaration",),  # of a share with another state
    "stop_reason": (),  # an entry of its own: outcome
}
"""Where each field of a policy is found."""

ASKED = [
    name
    for name in shipped_ids()
    if "own_agency" in find_profile(name).rules.sharing.parties
    and find_profile(name).rules.purposes_left
]
SHARED = [name for name in ASKED if "in_state" in find_profile(name).rules.sharing.parties]
"""Under counts-only nobody may ask; some others share with no agency of the state."""


def test_every_field_that_a_policy_may_ask_for_is_known_here() -> None:
    assert set(FACTS) == set(get_args(AuditField))


@pytest.mark.parametrize("profile", ASKED)
def test_what_a_profile_wants_recorded_of_a_query_is(shelf: Shelf, profile: str) -> None:
    shelf.put(a_read(1))
    house = shelf.house(profile)
    rules = find_profile(profile).rules
    house.desk().query(house.a_request(purpose=min(rules.purposes_left)))
    (facts,) = house.log.of("query")
    of_share: set[AuditField] = {"recipient", "declaration"}
    for field in rules.audit.fields - of_share:
        assert {name for name in FACTS[field] if name not in facts} == set(), field


@pytest.mark.parametrize("profile", SHARED)
def test_what_a_profile_wants_recorded_of_a_share_is(shelf: Shelf, profile: str) -> None:
    shelf.put(a_read(1))
    house = shelf.house(profile)
    rules = find_profile(profile).rules
    request = house.a_request("share", KIM, purpose=min(rules.purposes_left))
    house.desk().share(request, house.a_consent(request))
    (facts,) = house.log.of("share")
    of_state: set[AuditField] = {"declaration"}
    for field in rules.audit.fields - of_state:
        assert {name for name in FACTS[field] if name not in facts} == set(), field
