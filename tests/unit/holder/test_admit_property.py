"""Whatever rules are merged: what is admitted is allowed by each of them, and a prohibited purpose by none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from edge_alpr.config.profiles import find_profile
from edge_alpr.holder.admit import OFFENCES, Asked, admit
from edge_alpr.holder.limits import Uses
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.proof import document_sha256
from edge_alpr.message.asked import CONSENT, REQUEST
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.policy.merge import merge
from edge_alpr.policy.purposes import PROHIBITED, PURPOSES
from fakes.events import PLATE
from fakes.house import ANN, BOB, DAY_S, KIM, ZED, AHouse, Line
from fixtures.shelf import NOW_S

if TYPE_CHECKING:
    from edge_alpr.holder.admit import Admitted
    from edge_alpr.policy.rules import Rules


class _Nothing:
    """No store is asked before a request is admitted."""


def a_house() -> AHouse:
    house = AHouse("bench", archive=_Nothing())  # type: ignore[arg-type]
    declaration = house.a_declaration(never_for=sorted(PURPOSES | PROHIBITED))
    house.files(declaration)
    return house


HOUSE = a_house()
POLICY = HOUSE.house.policy


def rules() -> st.SearchStrategy[Rules]:
    """Those of a bench, made stricter in what a desk goes by, so that a good part of the requests is let through."""

    def made(drawn: dict[str, Any]) -> Rules:
        bench = find_profile("bench").rules
        sharing = replace(
            bench.sharing,
            parties=drawn["parties"],
            require=drawn["require"],
            declaration_days=drawn["declaration_days"],
            recipients=drawn["recipients"],
        )
        purposes = replace(bench.purposes, allow=drawn["allow"], prohibit=drawn["prohibit"])
        lists = replace(bench.lists, max_repeats=drawn["max_repeats"])
        return replace(bench, sharing=sharing, purposes=purposes, lists=lists)

    far, near = (f"agency/{who} {HOUSE.recipients[who].public}" for who in ("far", "near"))
    drawn = {
        "parties": st.sampled_from(
            [frozenset({"own_agency", "in_state", "out_of_state"}), frozenset({"own_agency"})]
        ),
        "require": st.sampled_from(
            [frozenset({"case_no"}), frozenset({"warrant"}), frozenset({"second_signature"})]
        ),
        "declaration_days": st.sampled_from([None, 0.5, 365.0]),
        "recipients": st.sampled_from([None, frozenset({far}), frozenset({far, near})]),
        "allow": st.sampled_from([PURPOSES, frozenset({"abduction", "parking"})]),
        "prohibit": st.sampled_from([PROHIBITED, PROHIBITED | {"parking", "felony"}]),
        "max_repeats": st.sampled_from([0, 3, 1000]),
    }
    return st.fixed_dictionaries(drawn).map(made)


requests = st.fixed_dictionaries(
    {
        "person": st.sampled_from([ANN, KIM, ZED]),
        "purpose": st.sampled_from(["abduction", "parking", "felony", "personal", "religion"]),
        "offence_class": st.sampled_from(sorted(OFFENCES)),
        "declared": st.booleans(),
        "warrant": st.sampled_from([None, {"id": "w-1", "sha256": "sha256:" + "1" * 64}]),
        "consented": st.booleans(),
        "days": st.integers(1, 40),
        "before": st.integers(0, 5),
    }
)


def asked(what: dict[str, Any]) -> Asked:

    (declaration,) = HOUSE.house.declarations
    paper = {"id": declaration["id"], "sha256": document_sha256(dict(declaration))}
    person = what["person"]
    body = HOUSE.a_request(
        "query" if person == ANN else "share",
        person,
        purpose=what["purpose"],
        offence_class=what["offence_class"],
        warrant=what["warrant"],
        declaration=paper if what["declared"] else None,
        since=to_text(NOW_S - what["days"] * DAY_S),
    )
    document = parse_document(body)
    consent = CONSENT.read(parse_document(HOUSE.a_consent(body, BOB)))
    subject = HOUSE.audit_key.subject(PLATE)
    facts = {"person": person, "subject": subject}
    lines = [Line("query", to_text(NOW_S - DAY_S), facts)] * what["before"]
    return Asked(
        request=REQUEST.read(document),
        digest=document_sha256(document),
        subject=subject,
        consent=consent if what["consented"] else None,
        uses=Uses(lines),
    )


def admitted(request: Asked, under: Rules) -> Admitted | None:
    assert POLICY is not None
    house = replace(HOUSE.house, policy=replace(POLICY, rules=under))
    try:
        return admit(request, house, NOW_S)
    except RefusedError:
        return None


@settings(max_examples=80)
@given(what=requests, one=rules(), other=rules())
def test_what_is_admitted_is_allowed_by_each_of_the_rules_that_were_merged(
    what: dict[str, Any], one: Rules, other: Rules
) -> None:
    request = asked(what)
    found = admitted(request, merge(one, other))
    event("admitted" if found else "refused")
    if found is not None:
        assert admitted(request, one) is not None
        assert admitted(request, other) is not None


@settings(max_examples=80)
@given(what=requests, under=rules())
def test_what_is_admitted_is_what_the_rules_say(what: dict[str, Any], under: Rules) -> None:
    found = admitted(asked(what), under)
    if found is None:
        return
    assert what["purpose"] in under.purposes_left
    assert what["purpose"] not in PROHIBITED
    assert found.party in under.sharing.parties
    assert what["days"] <= 31
    if found.party == "out_of_state":
        assert found.declaration is not None
    if what["person"] != ANN:
        assert found.second == BOB
    if what["before"] >= under.lists.max_repeats:
        assert found.second == BOB


@pytest.mark.parametrize("person", [ANN, KIM])
def test_the_control_some_are_admitted(person: str) -> None:
    what = {
        "person": person,
        "purpose": "abduction",
        "offence_class": "felony",
        "declared": False,
        "warrant": None,
        "consented": True,
        "days": 1,
        "before": 0,
    }
    assert admitted(asked(what), find_profile("il-2-130").rules) is not None
