"""Every profile that ships, and for each the test of what makes it different."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import edge_alpr
from edge_alpr.config.profiles import find_profile, load_profile, shipped_ids
from edge_alpr.errors import ConfigError, PolicyError
from edge_alpr.policy.purposes import PROHIBITED
from edge_alpr.policy.refusal import Siting, refusals
from edge_alpr.policy.rules import RULES

ALL = shipped_ids()
PROFILES = Path(edge_alpr.__file__).with_name("policy") / "profiles"


@pytest.mark.parametrize("name", ALL)
def test_it_cites_where_each_section_comes_from_and_claims_no_review(name: str) -> None:
    profile = find_profile(name)
    assert profile.legal_review == "none"
    assert profile.differs
    for rule in RULES:
        if rule.name == "source":
            assert rule.of(profile.rules), f"{rule.section} cites nothing"


@pytest.mark.parametrize("name", ALL)
def test_what_the_software_prohibits_no_profile_allows(name: str) -> None:
    rules = find_profile(name).rules
    assert rules.purposes.prohibit >= PROHIBITED
    assert not rules.purposes_left & PROHIBITED


@pytest.mark.parametrize(
    ("said", "is_one"),
    [("done", False), ("yes, 2026", False), ("2026-11-24", False), ("N. N., 2026-11-24", True)],
)
def test_a_review_has_a_name_and_a_day(tmp_path: Path, said: str, is_one: bool) -> None:
    shipped = (PROFILES / "bench.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bench.yaml"
    path.write_text(shipped.replace("legal_review: none", f"legal_review: '{said}'"))
    if is_one:
        assert load_profile(path).legal_review == said
    else:
        with pytest.raises(ConfigError, match="legal_review"):
            load_profile(path)


def test_a_profile_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(PolicyError, match="il-2-130"):
        find_profile("il-2-13")


def test_new_hampshire_refuses_a_pole_and_cites_the_statute() -> None:
    """PRV-9."""
    profile = find_profile("nh-261-75-b")
    (reason,) = refusals(Siting(deployment="fixed"), profile.rules, [profile])
    assert "RSA 259:68-a" in reason
    assert refusals(Siting(deployment="vehicle"), profile.rules, [profile]) == []


def test_germany_wants_an_order_and_keeps_nothing() -> None:
    profile = find_profile("de-stpo-163g")
    (reason,) = refusals(Siting(), profile.rules, [profile])
    assert "StPO 163g" in reason
    assert refusals(Siting(order="12 Gs 34/26"), profile.rules, [profile]) == []
    assert (profile.non_hit.mode, profile.non_hit.ram_s) == ("drop", 1)
    assert profile.hit.unconfirmed_minutes is not None


def test_illinois_has_a_gate_to_other_states_and_two_forbidden_subjects() -> None:
    sharing = find_profile("il-2-130").sharing
    assert "written_declaration" in sharing.out_of_state_require
    prohibited = find_profile("il-2-130").purposes.prohibit
    assert {"reproductive_health", "immigration_status"} <= prohibited


def test_california_and_virginia_share_with_no_other_state() -> None:
    for name in ("ca-sb34", "va-2-2-5517"):
        assert not find_profile(name).sharing.parties & {"out_of_state", "federal"}


def test_minnesota_collects_a_closed_list() -> None:
    assert find_profile("mn-13-824").collect.fields == {"plate", "time", "camera", "plate_crop"}


def test_virginia_keeps_21_days_sealed_and_is_marked_unverified() -> None:
    profile = find_profile("va-2-2-5517")
    assert (profile.non_hit.mode, profile.non_hit.retain_days) == ("seal", 21)
    assert profile.text == "unverified"


def test_counts_only_lets_no_plate_out() -> None:
    rules = find_profile("counts-only").rules
    assert (rules.hit.mode, rules.non_hit.mode) == ("drop", "drop")
    assert not rules.purposes_left
    assert not rules.sharing.parties


def test_rules_that_leave_no_purpose_contradict_each_other() -> None:
    profile = find_profile("il-2-130")
    empty = replace(profile.rules, purposes=replace(profile.rules.purposes, allow=frozenset()))
    assert "no purpose" in refusals(Siting(), empty, [profile])[0]
