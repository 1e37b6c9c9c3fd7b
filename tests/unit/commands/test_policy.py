"""`edge-alpr policy`, as a lawyer, a clerk and a reporter use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from fixtures.policies import signed_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    key = KeyPair.generate()
    key.save(tmp_path / "clerk.key")
    enroll(tmp_path / "ring", Member("clerk", key.public))
    out = tmp_path / "policy.json"
    common = ["--authority=clerk", f"--key={tmp_path / 'clerk.key'}", "--scope=o", "--seq=1"]
    assert main(["policy", "sign", "il-2-130", *common, f"--out={out}"]) == 0
    return out


def test_explain_says_it_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "il-2-130", "va-2-2-5517", "--table"]) == 0
    said = capsys.readouterr().out
    assert "never written anywhere" in said
    assert "legal review: none" in said
    assert "immigration status" in said
    assert "21 days" in said
    assert "Va. Code 2.2-5517" in said


def test_new_hampshire_on_a_pole_is_refused_with_the_statute(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """PRV-9."""
    assert main(["policy", "explain", "nh-261-75-b", "--deployment", "fixed", "--json"]) == 78
    captured = capsys.readouterr()
    assert "RSA 259:68-a" in captured.err
    assert "RSA 259:68-a" in json.loads(captured.out)["refused"][0]
    assert main(["policy", "explain", "nh-261-75-b", "--deployment", "vehicle"]) == 0


def test_every_mistake_in_a_profile_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "merge", "default-strict"]) == 0
    path = tmp_path / "city.yaml"
    path.write_text(
        "schema: policy.profile/1.0\nid: town\ntitle: T\ntext: ours\nread_on: '2026-11-24'\n"
        "legal_review: none\ndiffers: []\nnon_hit: {mode: keep, ram_s: 3, retain_days: 0}\n"
        "purposes: {allow: [immigration_status], prohibit: []}\ncolour: red\n"
    )
    capsys.readouterr()
    assert main(["policy", "check", str(path)]) == 78
    said = capsys.readouterr().err
    assert f"{path}:8: non_hit.mode" in said
    assert f"{path}:9: purposes.allow" in said
    assert f"{path}:10: colour" in said
    assert "hit: is missing" in said


def test_a_signed_policy_is_verified_as_the_unit_does(
    signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = f"--authorities={tmp_path / 'ring'}"
    assert main(["policy", "verify", str(signed), ring, "--unit=o/s/u"]) == 0
    assert "il-2-130" in capsys.readouterr().out
    assert main(["policy", "verify", str(signed), ring, "--unit=other/s/u"]) == 78
    signed.write_text(signed.read_text().replace('"retain_days":30.0', '"retain_days":90.0'))
    assert main(["policy", "verify", str(signed), ring, "--unit=o/s/u"]) == 78
    assert "signature" in capsys.readouterr().err


def test_list_and_check_know_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "list"]) == 0
    assert "unverified" in capsys.readouterr().out
    assert main(["policy", "check", "bench", "counts-only"]) == 0


def test_a_bench_has_its_policy_in_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "unit.yaml"
    unit = "example-org/example-site/unit-1"
    assert main(["policy", "bench", str(tmp_path / "trial"), f"--unit={unit}", "--days=3"]) == 0
    config.write_text(capsys.readouterr().out)  # what it prints is to be pasted
    assert main(["check", str(config)]) == 0
    told = capsys.readouterr()
    assert "policy bench by bench/1: BENCH: EVERY READ LEAVES THIS UNIT" in told.out
    assert "policy.file: a bench policy" in told.err
    left = {path.suffix for path in (tmp_path / "trial").rglob("*") if path.is_file()}
    assert left == {".pub", ".json"}, "no private key is left"
    config.write_text(f"{config.read_text()}unit: {{site: elsewhere}}\n")
    assert main(["check", str(config)]) == 78
    assert f"the policy is for {unit}" in capsys.readouterr().err


def test_a_unit_is_named_as_its_topics_name_it(capsys: pytest.CaptureFixture[str]) -> None:
    for unit in ("o/s", "o/s/", "o/s/U", "o/s/u/v"):
        assert main(["policy", "bench", "nowhere", f"--unit={unit}"]) == 70
        assert "expected ORG/SITE/UNIT" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["check"], ["run", "--config"]])
def test_a_unit_on_a_pole_in_new_hampshire_ends_with_the_statute(
    tmp_path: Path, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """PRV-9, as the technician meets it."""
    papers = signed_for(tmp_path / "policy", "nh-261-75-b")
    config = tmp_path / "unit.yaml"
    sections = {
        "unit": {"org": "o", "site": "s", "name": "u"},
        "camera": {"kind": "files", "path": "none.avi"},
        "spool": {"path": str(tmp_path / "card/spool.db")},
        "runtime": {"dir": str(tmp_path / "run")},
        "policy": papers,
    }
    config.write_text("\n".join(f"{name}: {json.dumps(of)}" for name, of in sections.items()))
    assert main([*verb, str(config)]) == 78
    said = capsys.readouterr().err
    assert "a fixed unit is not allowed" in said
    assert "RSA 259:68-a" in said
