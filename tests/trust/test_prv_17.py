"""PRV-17: the papers for the public are the policy, all of it, and nothing that the policy does not say."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from edge_alpr.config.profiles import find_profile, shipped_ids
from edge_alpr.policy.merge import merge_all
from edge_alpr.policy.papers import Basis, dpia, notice
from edge_alpr.policy.rules import RULES, SOURCE, Rules
from edge_alpr.policy.signed import rules_sha256
from edge_alpr.policy.words import notice_sentences, sentences, show
from fixtures.policies import signed_for
from fixtures.unit import write_unit

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.policy.rules import Rule
    from fixtures.soak import Publish

STACKS = [*([name] for name in shipped_ids()), ["il-2-130", "va-2-2-5517"]]
GIVEN = {"controller": "City of Example", "contact": "clerk@example.org"}


def basis_of(rules: Rules, *abouts: str) -> Basis:
    return Basis(rules, "made-up", rules_sha256(rules), abouts)


def merged(names: list[str]) -> tuple[Rules, list[str]]:
    stack = [find_profile(name) for name in names]
    return merge_all(profile.rules for profile in stack), [profile.about for profile in stack]


def another(rule: Rule, rules: Rules) -> Any:
    """A value of the rule that is not the one it has."""
    value = rule.of(rules)
    if rule.path == "sharing.recipients":
        return frozenset({"agency/city-police x25519:made-up"})
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, frozenset):
        return value - {min(value)} if value else frozenset({"case_no"})
    return {"drop": "test", "test": "drop", "clear": "drop", "seal": "drop"}.get(value, 7)


@pytest.mark.parametrize("names", STACKS, ids="+".join)
def test_every_rule_stands_in_the_record_with_its_source(names: list[str]) -> None:
    rules, abouts = merged(names)
    text = dpia(basis_of(rules, *abouts))
    rows = dict(re.findall(r"^\| ([a-z_]+\.[a-z_0-9]+) \| (.*?) \|", text, re.MULTILINE))
    assert rows == {rule.path: show(rule.of(rules)) for rule in RULES if rule.name != SOURCE}
    for profile in names:
        for section in ("collect", "non_hit", "hit", "sharing"):
            for source in getattr(find_profile(profile), section).source:
                assert source in text
    assert all(about in text for about in abouts)
    assert rules_sha256(rules) in text


def test_changing_any_one_value_changes_both_papers(publish: Publish) -> None:
    rules, _ = merged(["il-2-130"])
    before = dpia(basis_of(rules)), notice(basis_of(rules), **GIVEN)
    changed = 0
    for rule in RULES:
        section = getattr(rules, rule.section)
        other = replace(
            rules, **{rule.section: replace(section, **{rule.name: another(rule, rules)})}
        )
        after = dpia(basis_of(other)), notice(basis_of(other), **GIVEN)
        # Not the digest alone, which would change anyhow: in the record the value itself.
        assert _without_digest(after[0]) != _without_digest(before[0]), rule.path
        assert after[1] != before[1], rule.path
        changed += 1
    publish("PRV-17", "one value changed", values=changed, papers_that_changed=changed)


def _without_digest(text: str) -> str:
    return re.sub(r"sha256:[0-9a-f]{64}", "", text)


def test_no_fact_is_written_by_hand(publish: Publish) -> None:
    """Without the policy's words and values, the papers of two policies are the same frame, with no figure in it."""
    (one, _), (other, _) = merged(["mn-13-824"]), merged(["counts-only"])
    frames = []
    for write, said in ((dpia, sentences), (notice, notice_sentences)):
        for rules in (one, other):
            text = _without_digest(write(basis_of(rules)))
            for words in said(rules):
                assert words in text
                text = text.replace(words, "…")
            frames.append(re.sub(r"^\| .*", "", text, flags=re.MULTILINE))
    figures = [re.findall(r"\d+", frame.replace("SHA-256", "")) for frame in frames]
    publish("PRV-17", "frame", papers=len(frames), figures_in_it=sum(map(len, figures)))
    assert frames[0] == frames[1]
    assert frames[2] == frames[3]
    assert figures == [[]] * 4


def test_the_notice_says_who_and_what_and_for_how_long() -> None:
    rules, abouts = merged(["il-2-130"])
    text = notice(basis_of(rules, *abouts), **GIVEN)
    for words in ("City of Example", "clerk@example.org", "30 days", "3 seconds", "stolen vehicle"):
        assert words in text
    assert "not said" in notice(basis_of(rules, *abouts))


def test_the_papers_of_a_unit_are_of_its_signed_and_tightened_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = {**signed_for(tmp_path / "policy", "il-2-130"), "keep_hits_days": 7}
    config = write_unit(tmp_path / "unit", "mqtt://localhost", tmp_path, policy=policy)
    assert main(["policy", "dpia", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "| hit.retain_days | 7 |" in said
    assert "For: o/s/u, by: " in said
    assert main(["policy", "notice", "il-2-130", "--out", str(tmp_path / "n.md")]) == 0
    assert "n.md: sha256:" in capsys.readouterr().out
    assert "Number plates are read here" in (tmp_path / "n.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [[], ["il-2-130", "--config", "unit.yaml"]])
def test_one_basis_must_be_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "dpia", *words]) == 70
    assert "either profiles or" in capsys.readouterr().err
