"""To whom a unit seals: what the policy demands and the site names must fit, or the unit does not run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.app.sealing import LOOK_AGAIN_S, load_sealing
from edge_alpr.config.profiles import built_in
from edge_alpr.config.settings import Config
from edge_alpr.errors import ConfigError, KeyFileError
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.message.document import dump_document
from edge_alpr.seal.epochs import DAY_S, epochs_document
from edge_alpr.seal.settings import SealSettings
from fakes.keys import UNIT_KEY
from fakes.sealing import BEGIN_S, COURT, COURT_KEY, POLICE, SHERIFF, some_epochs

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.app.sealing import SealedTo
    from edge_alpr.policy.in_force import InForce

POLICE_LINE = f"{POLICE.name} {POLICE.key}"
COURT_LINE = f"{COURT} {COURT_KEY.public}"


def rules_that(recipients: frozenset[str] | None = None, **changes: Any) -> InForce:
    """The built-in rules, sealing what is no hit for 21 days."""
    found = built_in("default-strict")
    rules = found.rules
    others = {"mode": "seal", "retain_days": 21.0, **changes.get("non_hit", {})}
    rules = replace(
        rules,
        non_hit=replace(rules.non_hit, **others),
        hit=replace(rules.hit, mode=changes.get("hits", "seal")),
        sharing=replace(rules.sharing, recipients=recipients),
    )
    return replace(found, rules=rules)


class Site:
    """A folder with the keys of the holders, and a configuration that names it."""

    def __init__(self, folder: Path) -> None:
        self.ring, self.bundle = folder / "holders", folder / "epochs.json"
        self.settings: dict[str, Any] = {"recipients": self.ring, "epochs": self.bundle}
        enroll(self.ring, Member(POLICE.name, POLICE.key))
        enroll(self.ring, Member(COURT, COURT_KEY.public))
        self.issue()

    def issue(self, **which: Any) -> None:
        document = epochs_document(some_epochs(**which), BEGIN_S, COURT_KEY)
        self.bundle.write_bytes(dump_document(document))

    def load(self, in_force: InForce, key: Any = UNIT_KEY) -> SealedTo | None:
        return load_sealing(Config(seal=SealSettings(**self.settings)), in_force, key)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_policy_that_seals_is_served_and_said(site: Site) -> None:
    sealed = site.load(rules_that(frozenset({POLICE_LINE, COURT_LINE})))
    assert sealed is not None
    assert sealed.described() == {
        "hits": True,
        "others": True,
        "agencies": [{"name": POLICE.name, "key": POLICE.key.kid}],
        "custodian": COURT,
    }
    assert str(sealed) == f"{POLICE.name} ({POLICE.key.kid}); what is no hit also to {COURT}"


@pytest.mark.parametrize("profile", ["default-strict", "counts-only", "bench"])
def test_a_policy_that_does_not_seal_needs_nobody(profile: str) -> None:
    assert load_sealing(Config(), built_in(profile), None) is None


def test_where_only_hits_are_sealed_no_custodian_is_needed(site: Site) -> None:
    site.settings["epochs"] = None
    sealed = site.load(rules_that(non_hit={"mode": "drop", "retain_days": 0.0}))
    assert sealed is not None
    assert (sealed.described()["hits"], sealed.described()["others"]) == (True, False)
    assert sealed.trouble_at(BEGIN_S) is None


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (
            "recipients",
            r"seal\.recipients: policy default-strict wants reads sealed: name the keys",
        ),
        ("epochs", r"seal\.epochs: .*name the custodian's keys"),
    ],
)
def test_without_anybody_to_seal_to_the_unit_does_not_run(
    site: Site, missing: str, words: str
) -> None:
    site.settings[missing] = None
    with pytest.raises(ConfigError, match=words):
        site.load(rules_that())


def test_without_a_key_of_its_own_the_unit_does_not_run(site: Site) -> None:
    with pytest.raises(ConfigError, match=r"keys\.unit_key: .*what is sealed is signed"):
        site.load(rules_that(), key=None)


def test_somebody_whom_the_policy_does_not_name_is_refused(site: Site) -> None:
    site.load(rules_that(frozenset({POLICE_LINE, COURT_LINE})))
    enroll(site.ring, Member(SHERIFF.name, SHERIFF.key))
    with pytest.raises(ConfigError, match=r"agency/sheriff .* is not among the recipients"):
        site.load(rules_that(frozenset({POLICE_LINE, COURT_LINE})))
    site.load(rules_that(None))


def test_another_key_of_somebody_named_is_refused(site: Site) -> None:
    named = frozenset({f"{POLICE.name} {SHERIFF.key}", COURT_LINE})
    with pytest.raises(ConfigError, match=r"agency/city-police .* is not among the recipients"):
        site.load(rules_that(named))


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("central", UNIT_KEY.public, "neither an agency nor a custodian"),
        ("o/s/u", SHERIFF.key, "neither an agency nor a custodian"),
        ("agency/other", UNIT_KEY.public, "agencies have x25519 keys"),
        ("custodian/other", SHERIFF.key, "custodians ed25519"),
    ],
)
def test_a_key_of_the_wrong_kind_or_name_is_refused(
    site: Site, name: str, key: Any, words: str
) -> None:
    enroll(site.ring, Member(name, key))
    with pytest.raises(ConfigError, match=words):
        site.load(rules_that())


def test_without_any_agency_that_is_believed_the_unit_does_not_run(site: Site) -> None:
    next(site.ring.glob("agency*")).unlink()
    with pytest.raises(ConfigError, match="0 keys of agencies"):
        site.load(rules_that())


def test_a_custodian_who_keeps_keys_for_longer_than_the_policy_is_refused(site: Site) -> None:
    site.issue(retain_days=30.0)
    with pytest.raises(KeyFileError, match="longer than the policy's 21 days"):
        site.load(rules_that())
    site.issue(retain_days=7.0)
    assert site.load(rules_that()) is not None


def test_a_retention_of_less_than_a_day_cannot_be_ended_by_keys_of_days(site: Site) -> None:
    with pytest.raises(ConfigError, match="cannot end sooner than in one"):
        site.load(rules_that(non_hit={"retain_days": 0.5}))


def test_new_keys_are_found_as_the_old_ones_run_out(site: Site) -> None:
    site.issue(days=2)
    sealed = site.load(rules_that())
    assert sealed is not None
    assert sealed.trouble_at(BEGIN_S - 5 * DAY_S + 1) is not None
    retain_s = 21 * DAY_S
    assert sealed.sealer.window(BEGIN_S, retain_s) is not None
    assert "keys of custodian/court end with 2026-01-02" in str(sealed.trouble_at(BEGIN_S))
    third_s = BEGIN_S + 2 * DAY_S
    assert sealed.sealer.window(third_s, retain_s) is None
    assert "no key of custodian/court for 2026-01-03" in str(sealed.trouble_at(third_s))
    site.issue(days=35)
    assert sealed.sealer.window(third_s + LOOK_AGAIN_S / 2, retain_s) is None
    assert sealed.sealer.window(third_s + LOOK_AGAIN_S, retain_s) is not None
    assert sealed.trouble_at(third_s) is None


def test_a_damaged_new_bundle_changes_nothing(site: Site) -> None:
    site.issue(days=1)
    sealed = site.load(rules_that())
    assert sealed is not None
    site.bundle.write_text("hello")
    assert sealed.sealer.window(BEGIN_S + DAY_S, 21 * DAY_S) is None
    assert sealed.sealer.window(BEGIN_S + 1, 21 * DAY_S) is not None
