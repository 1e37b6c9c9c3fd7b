"""Which rules a unit runs under, and what happens to a policy that is missing, damaged, old, or not for this unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.app.policy_in_force import load_policy, remember, watched, within_ram
from edge_alpr.app.seen_numbers import POLICIES
from edge_alpr.audit.kinds import check_facts
from edge_alpr.config.load import load_config
from edge_alpr.config.profiles import find_profile
from edge_alpr.config.settings import Config, UnitSettings
from edge_alpr.delivery.settings import PolicySettings
from edge_alpr.errors import ConfigError, PolicyError
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.message.document import dump_document
from edge_alpr.policy.decide import counts_only
from edge_alpr.policy.signed import policy_document, sign_policy
from edge_alpr.spool.store import SpoolSettings
from fakes.keys import COLLECTOR_KEY, STRANGER_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.keys.pair import KeyPair

NOW_S = 1_780_000_000.0
CLERK = COLLECTOR_KEY


class Town:
    """A unit o/s/u, its clerk who signs, and what the two have on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file, self.ring = folder / "policy.json", folder / "ring"
        enroll(self.ring, Member("clerk", CLERK.public))

    def sign(self, *profiles: str, key: KeyPair = CLERK, **changes: Any) -> None:
        stack = [find_profile(name) for name in profiles]
        rules = stack[0].rules
        given = {
            "authority": "clerk",
            "scope": "o",
            "seq": 1,
            "not_before_s": NOW_S,
            "expires_s": NOW_S + 1e6,
            "profiles": tuple(profile.about for profile in stack),
        }
        document = policy_document(rules, **{**given, **changes})
        self.file.write_bytes(dump_document(sign_policy(document, key)))

    def config(self, **options: Any) -> Config:
        named = {"file": self.file, "authorities": self.ring, **options}
        return Config(
            unit=UnitSettings(org="o", site="s", name="u"),
            spool=SpoolSettings(path=self.folder / "card/spool.db"),
            policy=PolicySettings(**named),
        )


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_a_signed_policy_is_in_force_under_its_name(town: Town) -> None:
    town.sign("va-2-2-5517", seq=4)
    policy = load_policy(town.config())
    assert policy.in_force.rules == find_profile("va-2-2-5517").rules
    assert (policy.in_force.profile, policy.in_force.name) == ("va-2-2-5517", "clerk/4")
    assert policy.in_force.trouble_at(NOW_S) is None
    assert policy.in_force.described()["sha256"].startswith("sha256:")
    assert "va-2-2-5517 by clerk/4" in policy.announcement


def test_without_a_policy_the_strict_one_holds(town: Town) -> None:
    policy = load_policy(town.config(file=None, authorities=None))
    assert policy.in_force.profile == "default-strict"
    assert policy.in_force.trouble_at(NOW_S) is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"key": STRANGER_KEY}, "not enrolled"),
        ({"authority": "mayor"}, "enrolled for clerk"),
        ({"scope": "elsewhere"}, "is for elsewhere"),
    ],
)
def test_one_that_is_not_believed_lets_no_plate_out_and_says_so(
    town: Town, wrong: dict[str, Any], why: str
) -> None:
    town.sign("bench", **wrong)
    _lets_nothing_out(town.config(), why)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff" * 4096, None])
def test_one_that_is_damaged_or_gone_lets_no_plate_out(town: Town, body: bytes | None) -> None:
    town.sign("bench")
    town.file.unlink() if body is None else town.file.write_bytes(body)
    _lets_nothing_out(town.config(), "policy")


def _lets_nothing_out(config: Config, why: str) -> None:
    policy = load_policy(config)
    assert counts_only(policy.in_force.rules)
    assert why in str(policy.in_force.trouble_at(NOW_S))
    assert why in str(policy.in_force.described()["fallback"])
    assert policy.announcement.startswith("POLICY COUNTS-ONLY, since ")


def test_an_option_of_the_site_does_not_stop_a_unit_whose_policy_is_damaged(town: Town) -> None:
    town.file.write_bytes(b"{")
    _lets_nothing_out(town.config(min_confidence=0.1, send_images=True), "not JSON")


def test_outside_its_time_it_lets_no_plate_out_and_comes_back_with_the_clock(town: Town) -> None:
    town.sign("bench")
    policy = load_policy(town.config())
    for now_s, lets in ((7.0, False), (NOW_S, True), (NOW_S + 1e6, False)):
        assert counts_only(policy.in_force.rules_at(now_s)) is not lets
        assert (policy.in_force.trouble_at(now_s) is None) is lets


def test_its_end_is_recorded_once_and_its_return_too(town: Town) -> None:
    town.sign("bench")
    noted: list[tuple[str, dict[str, object]]] = []
    policy = load_policy(town.config()).in_force

    def note(kind: str, /, **facts: object) -> None:
        noted.append((kind, facts))

    trouble_at = watched(policy, note)
    for now_s in (7.0, 8.0, NOW_S, NOW_S + 1, NOW_S + 1e6, NOW_S + 2e6):
        trouble_at(now_s)
    assert [kind for kind, _ in noted] == ["policy_refused", "policy", "policy_refused"]
    for kind, facts in noted:
        assert check_facts(kind, facts)["policy"] == policy.sha256


# ------------------------------------------------------------------ not loosened


def test_an_older_policy_does_not_come_back(town: Town) -> None:
    town.sign("default-strict", seq=5)
    remember(town.config(), load_policy(town.config()))
    town.sign("bench", seq=4)
    _lets_nothing_out(town.config(), "older than number 5")
    town.sign("default-strict", seq=5)
    assert load_policy(town.config()).in_force.fallback is None, "the same one may come again"
    town.sign("bench", seq=1, scope="o/s/u")
    assert load_policy(town.config()).in_force.fallback is None, "another scope counts by itself"


def test_a_policy_that_is_taken_away_leaves_less_and_not_more(town: Town) -> None:
    town.sign("counts-only")
    remember(town.config(), load_policy(town.config()))
    _lets_nothing_out(town.config(file=None, authorities=None), "has had clerk for o (1)")


def test_a_memory_that_says_nothing_is_not_taken_for_none(town: Town) -> None:
    town.sign("bench")
    remember(town.config(), load_policy(town.config()))
    (town.folder / "card" / POLICIES).write_text("[]")
    _lets_nothing_out(town.config(), "is no list of numbers")


@pytest.mark.parametrize(
    ("option", "value", "both"),
    [
        ("keep_hits_days", 31.0, "31 is looser than the policy's 30 (hit.retain_days by ours)"),
        ("keep_others_days", 1.0, "1 is looser than the policy's 0"),
        ("min_confidence", 0.4, "0.4 is looser than the policy's 0.5"),
        ("min_agree", 1, None),
        ("ram_s", 4.0, "4 is looser than the policy's 3"),
        ("unconfirmed_minutes", 31.0, "31 is looser than the policy's 30"),
        ("list_age_h", 25.0, "25 is looser than the policy's 24"),
        ("match_classes", ("exact", "edit"), "edit, exact is looser than the policy's confusable"),
        ("purposes", ("parking",), "parking is looser than the policy's abduction"),
    ],
)
def test_a_looser_value_is_an_error_that_names_both_and_the_clause(
    town: Town, option: str, value: object, both: str | None
) -> None:
    town.sign("il-2-130")
    if both is None:
        assert load_policy(town.config(**{option: value})).in_force.fallback is None
        return
    with pytest.raises(ConfigError) as caught:
        load_policy(town.config(**{option: value}))
    (problem,) = caught.value.problems
    assert problem.key == f"policy.{option}"
    assert problem.what.startswith(both)


def test_all_that_is_looser_is_named_at_once(town: Town) -> None:
    town.sign("de-stpo-163g")
    asked = {"keep_hits_days": 60.0, "ram_s": 3.0, "send_images": True, "order": "42"}
    with pytest.raises(ConfigError) as caught:
        load_policy(town.config(**asked))
    said = str(caught.value)
    assert {problem.key for problem in caught.value.problems} == {
        "policy.keep_hits_days",
        "policy.ram_s",
        "policy.send_images",
    }
    assert "StPO 163g(2)" in said
    assert "StPO 163g(1), (3)" in said


def test_a_tighter_value_holds(town: Town) -> None:
    town.sign("il-2-130")
    asked = {"keep_hits_days": 7.0, "withhold": ("lane", "region"), "seal_hits": True}
    policy = load_policy(town.config(**asked))
    assert policy.in_force.rules.hit.retain_days == 7.0
    assert policy.in_force.rules.hit.mode == "seal"
    assert policy.in_force.rules.collect.fields == {
        "plate",
        "time",
        "camera",
        "motion",
        "plate_crop",
    }


# ------------------------------------------------------------------ where it stands


def test_new_hampshire_on_a_pole_does_not_run(town: Town) -> None:
    """PRV-9, as the unit meets it: from the signed document alone."""
    town.sign("nh-261-75-b")
    with pytest.raises(PolicyError, match=r"a fixed unit is not allowed.*RSA 259:68-a"):
        load_policy(town.config())
    assert load_policy(town.config(deployment="vehicle")).in_force.profile == "nh-261-75-b"


def test_germany_does_not_run_without_an_order(town: Town) -> None:
    town.sign("de-stpo-163g")
    with pytest.raises(PolicyError, match=r"written order.*StPO 163g\(1\), \(3\).*policy.order"):
        load_policy(town.config())
    assert load_policy(town.config(order="Gs 12/26, Tor 1, 1. bis 5. Dezember")).in_force.signed


def test_a_law_may_forbid_a_neighbourhood(town: Town) -> None:
    strict = find_profile("default-strict").rules
    rules = replace(strict, collect=replace(strict.collect, refuse_near=frozenset({"worship"})))
    town.sign("default-strict")
    document = policy_document(
        rules,
        authority="clerk",
        scope="o",
        seq=2,
        not_before_s=NOW_S,
        expires_s=NOW_S + 1,
        profiles=("x",),
    )
    town.file.write_bytes(dump_document(sign_policy(document, CLERK)))
    with pytest.raises(PolicyError, match="no unit may stand near: worship"):
        load_policy(town.config(near=("worship", "court")))
    assert load_policy(town.config(near=("court",))).in_force.fallback is None


# ------------------------------------------------------------------ memory


@pytest.mark.parametrize("profile", ["default-strict", "de-stpo-163g"])
def test_vision_forgets_as_soon_as_the_policy_wants(profile: str) -> None:
    rules = find_profile(profile).rules
    config = within_ram(Config(), rules)
    assert config.passes.memory_s <= rules.non_hit.ram_s
    assert config.passes.memory_s == min(Config().passes.memory_s, rules.non_hit.ram_s)


def test_a_memory_too_short_to_read_in_is_said(town: Town) -> None:
    town.sign("default-strict")
    with pytest.raises(PolicyError, match=r"in memory for 0.5 s.*needs 1 s"):
        load_policy(town.config(ram_s=0.5))


# ------------------------------------------------------------------ the file


def test_a_policy_needs_those_who_may_sign_it(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    for section, missing in (
        ("file: policy.json", "authorities"),
        ("authorities: ring", "file"),
    ):
        path.write_text(f"policy:\n  {section}\n")
        with pytest.raises(ConfigError, match=rf"policy.{missing}: is missing"):
            load_config(path)
