"""A policy counts only if an enrolled authority signed it, for this unit, for now, and none newer was there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_alpr.config.profiles import find_profile
from edge_alpr.errors import PolicyError
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.message.document import dump_document
from edge_alpr.message.topics import UnitAddress
from edge_alpr.policy.profile import rules_data
from edge_alpr.policy.signed import policy_document, policy_sha256, read_policy, sign_policy

CLERK = KeyPair.generate()
RING = KeyRing([Member("clerk", CLERK.public)])
HERE = UnitAddress("o", "s", "u")
NOW_S = 1_780_000_000.0
BENCH = find_profile("bench").rules


def _document(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "authority": "clerk",
        "scope": "o",
        "seq": 3,
        "not_before_s": NOW_S - 10,
        "expires_s": NOW_S + 10,
        "profiles": ("bench",),
    }
    return policy_document(BENCH, **{**given, **changes})


def _body(key: KeyPair = CLERK, **changes: Any) -> bytes:
    return dump_document(sign_policy(_document(**changes), key))


def test_a_signed_policy_comes_back_as_it_went() -> None:
    policy, digest = read_policy(_body(), RING, HERE)
    assert policy.rules == BENCH
    assert digest == policy_sha256(json.loads(_body()))


@pytest.mark.parametrize("scope", ["o", "o/s", "o/s/u"])
def test_it_may_be_for_an_organisation_a_site_or_a_unit(scope: str) -> None:
    assert read_policy(_body(scope=scope), RING, HERE)[0].scope == scope


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (_body(scope="other"), "is for other"),
        (_body(scope="o/s/u2"), "is for o/s/u2"),
        (_body(KeyPair.generate()), "not enrolled"),
        (_body(authority="mayor"), "enrolled for clerk"),
        (dump_document(_document()), "not signed"),
        (b"{", "not JSON"),
    ],
)
def test_anything_else_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        read_policy(body, RING, HERE)


def test_it_is_in_force_from_its_beginning_until_its_end() -> None:
    policy, _ = read_policy(_body(), RING, HERE)
    assert "in force from" in str(policy.refusal(NOW_S - 11))
    assert policy.refusal(NOW_S - 10) is None
    assert policy.refusal(NOW_S + 9) is None
    assert "ended at" in str(policy.refusal(NOW_S + 10))


@settings(deadline=None)
@given(st.data())
def test_a_changed_byte_is_seen(data: st.DataObject) -> None:
    body = bytearray(_body())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 6))
    try:
        policy, _ = read_policy(bytes(body), RING, HERE)
    except PolicyError:
        return
    # A change that JSON does not see (the case of an escape, a blank) is none.
    assert policy == read_policy(_body(), RING, HERE)[0]


def test_equal_rules_have_equal_bytes() -> None:
    again = find_profile("bench").rules
    assert json.dumps(rules_data(again)) == json.dumps(rules_data(BENCH))


def test_what_is_no_policy_is_not_signed() -> None:
    with pytest.raises(PolicyError, match="seq"):
        sign_policy(_document(seq=0), CLERK)
