"""PRV-6: whatever a technician writes into a unit's configuration, nothing looser is in force than what was signed.

Two things are out of its reach: a technician who becomes root and replaces keys or state, and one who says that a unit
on a pole is on a vehicle. Both are seen in the unit's `info` and its audit log, and not prevented (docs/policy.md).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from edge_alpr.app import policy_in_force
from edge_alpr.app.policy_in_force import load_policy
from edge_alpr.app.seen_numbers import POLICIES
from edge_alpr.config.load import load_config
from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.delivery.settings import TIGHTENS
from edge_alpr.errors import ConfigError, PolicyError
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.message.document import dump_document
from edge_alpr.policy.decide import counts_only
from edge_alpr.policy.merge import looser_than
from edge_alpr.policy.signed import policy_document, sign_policy
from fakes.keys import COLLECTOR_KEY, STRANGER_KEY

if TYPE_CHECKING:
    from edge_alpr.config.settings import Config
    from edge_alpr.keys.pair import KeyPair
    from fixtures.soak import Count, Publish

NOW_S: Final = 1_780_000_000.0
PURPOSES = ("stolen_vehicle", "parking", "warrant", "missing_person")
VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "min_confidence": (0, 0.2, 0.5, 0.9, 1),
    "min_agree": (1, 2, 5),
    "keep_hits_days": (0, 1, 7, 21, 30, 60, 365, 3650),
    "keep_others_days": (0, 1, 21, 60, 3650),
    "unconfirmed_minutes": (1, 15, 30, 60, 525600),
    "ram_s": (1, 2.5, 3, 10, 180),
    "list_age_h": (1, 24, 48, 720),
    "match_classes": (["exact"], ["exact", "confusable"], ["exact", "confusable", "edit"], []),
    "purposes": ([], ["stolen_vehicle"], list(PURPOSES), ["religion"]),
    "withhold": ([], ["region"], ["motion", "plate_crop"]),
    "seal_hits": (True, False),
    "send_images": (True, False),
    "send_unread": (True, False),
    "deployment": ("fixed", "vehicle"),
    "near": ([], ["worship"]),
    "order": (None, "Gs 12/26"),
    "again_s": (0, 60),
    "hotlist_file": (None, "wanted.csv"),
    "file": ("policy.json", "older.json", "strangers.json", "torn.json", "none.json", None),
    "authorities": ("ring", "ring/none", None),
    "profile": ("bench",),
}
"""What a technician may write under ``policy``, and what was an option once."""
ALWAYS: Final = {"file": "policy.json", "authorities": "ring"}


def test_every_option_that_tightens_is_tried() -> None:
    assert set(TIGHTENS) <= set(VALUES)


@cache
def signed(profile: str, seq: int, key: KeyPair) -> bytes:
    document = policy_document(
        find_profile(profile).rules,
        authority="clerk",
        scope="o",
        seq=seq,
        not_before_s=NOW_S - 1e6,
        expires_s=NOW_S + 1e6,
        profiles=(profile,),
    )
    return dump_document(sign_policy(document, key))


@dataclass(frozen=True, slots=True)
class Site:
    """A unit's folder as an authority left it, and what it has signed."""

    folder: Path

    def put_in_force(self, profile: str) -> None:
        """As if the unit had run under number 5 of this authority."""
        (self.folder / "policy.json").write_bytes(signed(profile, 5, COLLECTOR_KEY))

    def prepare(self) -> None:
        (self.folder / "state").mkdir()
        enroll(self.folder / "ring", Member("clerk", COLLECTOR_KEY.public))
        (self.folder / "state" / POLICIES).write_text('{"clerk for o": 5}')
        for name, body in (
            ("older", signed("bench", 4, COLLECTOR_KEY)),
            ("strangers", signed("bench", 9, STRANGER_KEY)),
            ("torn", signed("bench", 9, COLLECTOR_KEY)[:-9]),
        ):
            (self.folder / f"{name}.json").write_bytes(body)

    def configure(self, text: str) -> Config | None:
        path = self.folder / "unit.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_config(path)
        except ConfigError:
            return None


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    made = Site(tmp_path)
    made.prepare()
    return made


def mutated(rng: random.Random) -> str:
    """What a technician may hand in: options in any number at any value, and slips of the keyboard."""
    policy = dict(ALWAYS)
    for option in rng.sample(sorted(VALUES), rng.randrange(4)):
        value = rng.choice(VALUES[option])
        if value is None:
            policy.pop(option, None)
        else:
            policy[option] = value
    sections: dict[str, Any] = {
        "version": 1,
        "unit": {"org": "o", "site": rng.choice(["s", "s", "other"]), "name": "u"},
        "policy": policy,
        "spool": {"path": rng.choice(["card/spool.db", "card/spool.db", "elsewhere/spool.db"])},
    }
    if rng.random() < 0.1:
        del sections[rng.choice(sorted(sections))]
    text = "\n".join(f"{name}: {json.dumps(value)}" for name, value in sections.items()) + "\n"
    if rng.random() < 0.2:
        place = rng.randrange(len(text))
        text = (
            text[:place] + rng.choice(["", "0", "9", "-", "#", "\n", "}", " "]) + text[place + 1 :]
        )
    return text


def tried(site: Site, files: int, seed: int) -> dict[str, int]:
    """Every file against every profile: how it ended, and how often what was in force was looser."""
    rng = random.Random(seed)
    ended = dict.fromkeys(("files", "refused", "no_plate", "as_signed", "tighter", "looser"), 0)
    rules = {profile: find_profile(profile).rules for profile in shipped_ids()}
    for _ in range(files):
        ended["files"] += 1
        config = site.configure(mutated(rng))
        if config is None:
            ended["refused"] += len(rules)
            continue
        for profile, allowed in rules.items():
            site.put_in_force(profile)
            try:
                effective = load_policy(config).in_force.rules_at(NOW_S)
            except (ConfigError, PolicyError):
                ended["refused"] += 1
                continue
            # What lets nothing out is never looser, whatever else it says.
            if counts_only(effective):
                ended["no_plate"] += 1
            elif looser_than(effective, allowed):
                ended["looser"] += 1
            else:
                ended["as_signed" if effective == allowed else "tighter"] += 1
    return ended


def test_no_configuration_is_looser_than_what_was_signed(
    site: Site, count: Count, publish: Publish
) -> None:
    ended = tried(site, count(100, 10_000), seed=6)
    publish("PRV-6", f"each against {len(shipped_ids())} profiles", **ended)
    assert ended["looser"] == 0
    assert min(ended.values() if ended.pop("looser") == 0 else ()) > 0, "each way was met"


def test_control_a_loader_that_takes_what_is_asked_for_is_caught(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_alpr.policy import tighten  # noqa: PLC0415

    monkeypatch.setattr(policy_in_force, "loosenings", lambda _rules, _asked: {})
    monkeypatch.setattr(policy_in_force, "tightened", tighten._asking)
    assert tried(site, 40, seed=6)["looser"] > 0


def test_control_a_unit_that_forgets_what_it_had_is_caught(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_in_force, "POLICIES", "another.json")
    assert tried(site, 40, seed=6)["looser"] > 0
