"""What may leave the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.delivery.hotlist import Entry, Hotlist
from edge_alpr.delivery.policy import Policy, PolicySettings
from edge_alpr.plates import ALPHABET
from edge_alpr.types import Moment
from fakes.sightings import sighting
from strategies.sightings import sightings

if TYPE_CHECKING:
    from edge_alpr.passes import Sighting
    from fixtures.policies import MakePolicy

NOW = Moment(510.0, 1_767_225_510.0)
DAY_S = 86400.0


def test_without_any_setting_nothing_leaves() -> None:
    decision = Policy(PolicySettings()).decide(sighting("EDGE042"), NOW)
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
    assert hit.list_version == policy.hotlist.version
    assert hit.confidence == 0.8765
    assert hit.needs_human


def test_a_plate_that_is_not_listed_is_dropped(make_policy: MakePolicy) -> None:
    policy = make_policy("default-strict", "EDGE042")
    assert policy.decide(sighting("EDGE043"), NOW).reason == "non_hit"


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
        assert (decision.action, decision.test, decision.profile) == ("test", True, "bench")
    assert len(policy.decide(sighting("EDGE042"), NOW).hits) == 1


@pytest.mark.parametrize("profile", ["default-strict", "bench"])
@pytest.mark.parametrize("text", ["", "A" * 13])
def test_what_cannot_be_a_plate_is_dropped(
    make_policy: MakePolicy, profile: str, text: str
) -> None:
    assert make_policy(profile).decide(sighting(text), NOW).reason == "no_plate"


def test_expiry_is_the_profiles_and_counts_from_now(make_policy: MakePolicy) -> None:
    strict = make_policy("default-strict", "EDGE042", keep_hits_days=7.0)
    assert strict.decide(sighting("EDGE042"), NOW).expires_s == NOW.utc_s + 7 * DAY_S
    bench = make_policy("bench", keep_tests_days=0.5)
    assert bench.decide(sighting("EDGE042"), NOW).expires_s == NOW.utc_s + 0.5 * DAY_S


def test_the_bench_profile_is_announced_loudly(make_policy: MakePolicy) -> None:
    assert "EVERY READ LEAVES THIS UNIT" in make_policy("bench").announcement
    assert "no plate leaves" in make_policy("counts-only").announcement
    assert "without a hotlist" in make_policy("default-strict").announcement
    assert "only hits leave" in make_policy("default-strict", "EDGE042").announcement
    assert "EDGE042" not in make_policy("bench", "EDGE042").announcement


listed = st.lists(st.text("0O1IAB8", min_size=2, max_size=4), max_size=5)


@given(sightings(st.text("0O1IAB8", min_size=1, max_size=4)), listed)
def test_default_strict_lets_out_listed_or_alike_plates_only(
    seen: Sighting, texts: list[str]
) -> None:
    alike = str.maketrans("OIB", "018")
    hotlist = Hotlist.of("l", "v", [Entry(text, None, n) for n, text in enumerate(texts, 1)])
    policy = Policy(PolicySettings(min_confidence=0.0, min_agree=1), hotlist)
    decision = policy.decide(seen, NOW)
    is_listed = seen.vote.text in texts
    is_alike = seen.vote.text.translate(alike) in {text.translate(alike) for text in texts}
    if seen.vote.agree >= 1:
        assert decision.action == "hit" or not is_listed
    assert is_alike or decision.action != "hit"
    assert all(hit.class_ == "exact" or hit.confidence >= 0.02 for hit in decision.hits)
    assert decision == policy.decide(seen, NOW), "the same in gives the same out"
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
    entry = Entry(seen.vote.text, None, 1)
    policy = Policy(PolicySettings(), Hotlist.of("-", "-", [entry]))
    shown = repr(policy.decide(seen, NOW)) + repr(policy)
    assert len(seen.vote.text) < 4 or seen.vote.text not in shown
