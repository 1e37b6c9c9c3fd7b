"""What the policy answers becomes what delivery does; that every answer is the policy's own is what is held here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.delivery.policy import NO_LISTS, Policy
from edge_alpr.plates import ALPHABET, LOOK_ALIKES
from edge_alpr.policy.decide import Facts, decide
from edge_alpr.types import Moment
from fakes.lists import FakeLists
from fakes.sightings import AT, sighting
from fixtures.policies import Ruled, shipped
from strategies.rules import rules
from strategies.sightings import sightings

if TYPE_CHECKING:
    from edge_alpr.passes import Sighting
    from edge_alpr.policy.rules import Rules
    from fixtures.policies import MakePolicy

NOW = Moment(AT.mono_s + 1, 1_767_225_510.0)
DAY_S = 86400.0


def test_without_any_list_nothing_leaves() -> None:
    decision = shipped("default-strict").decide(sighting("EDGE042"), NOW)
    assert (decision.action, decision.reason) == ("drop", "non_hit")
    assert decision.hits == ()


def test_a_listed_plate_is_a_hit_that_names_the_entry_and_not_the_plate(
    make_policy: MakePolicy,
) -> None:
    policy = make_policy("default-strict", "# list", "EDGE042,stolen")
    decision = policy.decide(sighting("EDGE042", confidence=0.87654), NOW)
    assert (decision.action, decision.kind, decision.test) == ("hit", "alert", False)
    (hit,) = decision.hits
    assert (hit.list, hit.entry, hit.class_, hit.reason) == ("wanted", "line 2", "exact", "stolen")
    assert hit.list_version == "7"
    assert hit.confidence == 0.8765
    assert hit.needs_human


def test_an_event_names_the_rules_and_until_when(make_policy: MakePolicy) -> None:
    policy = make_policy("default-strict", "EDGE042")
    stamp = policy.decide(sighting("EDGE042"), NOW).stamp
    assert (stamp.profile, stamp.purpose) == ("default-strict", "stolen_vehicle")
    assert stamp.sha256 == policy.in_force.sha256
    assert stamp.confirm_by == "2026-01-01T00:28:30.000Z"
    assert stamp.delete_after == "2026-01-30T23:58:30.000Z"


def test_a_plain_list_that_nobody_signed_matches_on_a_bench_only() -> None:
    plain = FakeLists(("EDGE042",), NOW.utc_s, purpose=None, signed=False)
    assert shipped("default-strict").decide(sighting("EDGE042"), NOW, plain).action == "drop"
    assert len(shipped("bench").decide(sighting("EDGE042"), NOW, plain).hits) == 1


def test_what_was_in_memory_for_too_long_is_dropped(make_policy: MakePolicy) -> None:
    policy = make_policy("default-strict", "EDGE042")
    for age_s, reason in ((2.9, "listed"), (3.1, "too_old"), (600.0, "too_old")):
        decision = policy.decide(sighting("EDGE042"), Moment(AT.mono_s + age_s, NOW.utc_s))
        assert decision.reason == reason


def test_a_look_alike_is_a_hit_for_a_person_to_check_and_never_an_alert(
    make_policy: MakePolicy,
) -> None:
    policy = make_policy("default-strict", "EDGE042")
    seen = sighting("EDGEO42", confidence=0.9)
    seen.vote.scores[4, ALPHABET.index("O")] = 0.6
    seen.vote.scores[4, ALPHABET.index("0")] = 0.3
    decision = policy.decide(seen, NOW)
    assert (decision.action, decision.kind) == ("hit", "read")
    (hit,) = decision.hits
    assert (hit.class_, hit.needs_human) == ("confusable", True)
    # Half as likely as the voted O: the list's plate is that much less likely.
    assert hit.confidence == pytest.approx(0.9 * 0.3 / 0.6, abs=1e-4)


@pytest.mark.parametrize(("ambiguous", "agree"), [(True, 5), (False, 1)])
def test_doubt_makes_a_read_of_an_alert(
    make_policy: MakePolicy, ambiguous: bool, agree: int
) -> None:
    policy = make_policy("default-strict", "EDGE042")
    decision = policy.decide(sighting("EDGE042", ambiguous=ambiguous, agree=agree), NOW)
    assert (decision.action, decision.kind) == ("hit", "read")


def test_thresholds_drop_hits_and_say_which(make_policy: MakePolicy) -> None:
    policy = make_policy("default-strict", "EDGE042", min_confidence=0.6, min_agree=3)
    assert policy.decide(sighting("EDGE042", confidence=0.59), NOW).reason == "low_confidence"
    assert policy.decide(sighting("EDGE042", agree=2), NOW).reason == "few_agree"
    assert policy.decide(sighting("EDGE042", confidence=0.6, agree=3), NOW).action == "hit"


def test_counts_only_drops_hits_too(make_policy: MakePolicy) -> None:
    policy = make_policy("counts-only", "EDGE042")
    assert policy.decide(sighting("EDGE042"), NOW).reason == "counts_only"


def test_bench_lets_all_through_marked_as_a_test(make_policy: MakePolicy) -> None:
    policy = make_policy("bench", "EDGE042")
    for text in ("EDGE042", "EDGE043"):
        decision = policy.decide(sighting(text, confidence=0.01, agree=0), NOW)
        assert (decision.action, decision.test, decision.stamp.profile) == ("test", True, "bench")
    assert len(policy.decide(sighting("EDGE042"), NOW).hits) == 1


@pytest.mark.parametrize("profile", ["default-strict", "bench"])
@pytest.mark.parametrize("text", ["", "A" * 13])
def test_what_cannot_be_a_plate_is_dropped(
    make_policy: MakePolicy, profile: str, text: str
) -> None:
    assert make_policy(profile).decide(sighting(text), NOW).reason == "no_plate"


def test_expiry_is_the_sites_and_counts_from_now(make_policy: MakePolicy) -> None:
    strict = make_policy("default-strict", "EDGE042", keep_hits_days=7.0)
    assert strict.decide(sighting("EDGE042"), NOW).expires_s == NOW.utc_s + 7 * DAY_S
    bench = make_policy("bench", keep_others_days=0.5)
    assert bench.decide(sighting("EDGE042"), NOW).expires_s == NOW.utc_s + 0.5 * DAY_S


def test_what_the_unit_lets_out_is_announced() -> None:
    assert "EVERY READ LEAVES THIS UNIT" in shipped("bench").announcement
    assert "no plate leaves" in shipped("counts-only").announcement
    assert "only plates of a signed hotlist leave" in shipped("default-strict").announcement
    assert "leaves this unit sealed" in shipped("va-2-2-5517").announcement
    why = replace(shipped("counts-only").in_force, fallback="the policy is not believed: unsigned")
    announced = Policy(why).announcement
    assert announced.startswith("POLICY COUNTS-ONLY, since the policy is not believed: unsigned")


@given(rules(), st.booleans(), st.floats(0, 1), st.integers(0, 5), st.floats(0, 5))
def test_every_decision_is_the_policys(
    drawn: Rules, listed: bool, confidence: float, agree: int, age_s: float
) -> None:
    """No second opinion: the same facts and matches give what `decide` says, word for word."""
    lists = FakeLists(("EDGE042",) if listed else (), NOW.utc_s - 60)
    seen = sighting("EDGE042", confidence=confidence, agree=agree)
    policy = Policy(replace(shipped("bench").in_force, rules=drawn))
    now = Moment(AT.mono_s + age_s, NOW.utc_s)
    said = policy.decide(seen, now, lists)
    matches = tuple(
        replace(match, confidence=confidence)
        for match in lists.matches("EDGE042", seen.vote.scores)
    )
    facts = Facts(confidence=confidence, agree=agree, age_s=now.mono_s - AT.mono_s)
    wanted = decide(facts, matches, lists.state, drawn, now.utc_s)
    assert (said.action, said.reason, said.expires_s) == (
        wanted.action,
        wanted.reason,
        wanted.expires_s,
    )
    assert (said.redact, said.sealed, said.confirm, said.unconfirmed_s) == (
        wanted.redact,
        wanted.sealed,
        wanted.confirm,
        wanted.unconfirmed_s,
    )
    assert [hit.entry for hit in said.hits] == [match.entry for match in wanted.matches]


listed = st.lists(st.text("0O1IAB8", min_size=2, max_size=4), max_size=5)


@given(sightings(st.text("0O1IAB8", min_size=1, max_size=4)), listed)
def test_default_strict_lets_out_listed_or_alike_plates_only(
    seen: Sighting, texts: list[str]
) -> None:
    alike = str.maketrans({c: group[0] for group in LOOK_ALIKES for c in group})
    policy = Ruled(shipped("default-strict"), FakeLists(tuple(texts), NOW.utc_s))
    now = replace(NOW, mono_s=seen.best.at.mono_s)
    decision = policy.decide(seen, now)
    is_listed = seen.vote.text in texts
    is_alike = seen.vote.text.translate(alike) in {text.translate(alike) for text in texts}
    if seen.vote.agree >= 1 and seen.vote.confidence >= 0.5:
        assert decision.action == "hit" or not is_listed
    assert is_alike or decision.action != "hit"
    assert all(hit.class_ == "exact" or hit.confidence >= 0.02 for hit in decision.hits)
    assert decision == policy.decide(seen, now), "the same in gives the same out"
    for hit in decision.hits:
        assert hit.needs_human
        assert 0 <= hit.confidence <= 1
    if decision.kind == "alert":
        assert any(hit.class_ == "exact" for hit in decision.hits)
        assert not seen.vote.ambiguous


def test_a_look_alike_that_the_pixels_rule_out_does_not_leave(make_policy: MakePolicy) -> None:
    policy = make_policy("default-strict", "QX1O4BZ")
    seen = sighting("QX10482")  # every character is sure: this is somebody else's plate
    assert policy.decide(seen, NOW).reason == "non_hit"


@given(sightings())
def test_a_decision_does_not_print_the_plate(seen: Sighting) -> None:
    policy = Ruled(shipped("bench"), FakeLists((str(seen.vote.text),), NOW.utc_s))
    shown = repr(policy.decide(seen, NOW)) + repr(policy)
    assert len(seen.vote.text) < 4 or seen.vote.text not in shown


def test_a_unit_that_looks_for_nobody_matches_nothing() -> None:
    assert NO_LISTS.matches("EDGE042", sighting("EDGE042").vote.scores) == ()
