"""SEC-10: after a factory reset nothing of what a unit held can be read, and nothing but the software is left."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.ops.runtime import alone
from fakes.keys import a_key
from fixtures.folder import bytes_in
from fixtures.loop_card import LoopCard, loop_card
from fixtures.searching import finds
from fixtures.soak import SOAK
from fixtures.unit import RunningUnit, write_unit
from trust.planted import MARK
from trust.planted_unit import TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.recordings import Stills
    from fixtures.soak import Publish

__all__ = ["loop_card"]  # the fixture

pytestmark = pytest.mark.model

NOBODY = "mqtts://127.0.0.1:9"
SECRETS = ("hunter2-broker-password", "made-up-client-key")


@pytest.fixture
def unit(tmp_path: Path, stills_folder: Stills) -> Path:
    """The configuration of a unit that has run under a bench policy and could send nothing."""
    return a_unit_that_ran(tmp_path / "unit", tmp_path, stills_folder)


def a_unit_that_ran(folder: Path, outside: Path, stills: Stills) -> Path:
    papers = folder / "papers"
    papers.mkdir(parents=True)
    KeyPair.generate().save(papers / "unit.key")
    enroll(papers / "collectors", Member("central", a_key().public))
    (papers / "password").write_text(f"{SECRETS[0]}\n", encoding="utf-8")
    (papers / "ca.pem").write_text("made-up authority", encoding="utf-8")
    (papers / "tls.key").write_text(f"-----BEGIN KEY-----\n{SECRETS[1]}\n", encoding="utf-8")
    source = stills.play_to(outside / "road", rounds=2)
    config = write_unit(
        folder,
        NOBODY,
        source,
        keys={
            "unit_key": str(papers / "unit.key"),
            "collector_keys": str(papers / "collectors"),
        },
        mqtt={
            "username": "u",
            "password_file": str(papers / "password"),
            "ca_file": str(papers / "ca.pem"),
            "cert_file": str(papers / "tls.key"),
        },
        uplink={"confirm": "receipt"},
    )
    inject = {
        "seed": 10,
        "sightings": 200,
        "per_frame": 60,
        "wanted": [],
        "opened": str(outside / "opened"),
    }
    environment = {
        **os.environ,
        "INJECT": json.dumps(inject),
        "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
    }
    program = (sys.executable, "-m", "trust.injected")
    with RunningUnit(config, "--only", "camera", program=program, environment=environment) as ran:
        assert ran.wait() == 0, ran.log
    (folder / "unit---only-camera.log").unlink()  # the test's own
    (folder / "card/spool.db.damaged-20260101T000000Z").write_text(f"{MARK}A", encoding="utf-8")
    return config


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_is_left_but_the_software(
    unit: Path,
    tmp_path: Path,
    stills_folder: Stills,
    publish: Publish,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = {path: path.stat().st_size for path in (tmp_path / "road").iterdir()}
    texts = [MARK, *SECRETS, *stills_folder.texts]
    found_before = finds(bytes_in(unit.parent), texts)
    files = left(unit.parent)
    # Without --yes it tells, and while the unit runs it does nothing.
    assert main(["reset", str(unit)]) == 2
    told = capsys.readouterr()
    assert {str(unit.parent / name) for name in files} <= set(told.out.splitlines())
    assert "Nothing is removed without --yes" in told.err
    with alone(unit.parent / "run/o.s.u", "uplink"):
        assert main(["reset", str(unit), "--yes"]) == 70
    assert "runs already" in capsys.readouterr().err
    assert set(files) <= set(left(unit.parent))
    assert main(["reset", str(unit), "--yes"]) == 0
    found = finds(bytes_in(unit.parent), texts)
    publish(
        "SEC-10",
        "a unit that ran",
        files_before=len(files),
        finds_before=sum(found_before.values()),
        files_after=len(left(unit.parent)),
        finds_after=sum(found.values()),
    )
    assert found_before["ascii"] > 200, "the control: it was all there"
    assert found == {}
    assert left(unit.parent) == []
    assert {path: path.stat().st_size for path in shown} == shown, "what it was shown is not its"


@pytest.mark.skipif(SOAK is None, reason="fills a card: see `make soak`")
def test_of_the_raw_card_too(
    loop_card: LoopCard, tmp_path: Path, stills_folder: Stills, publish: Publish
) -> None:
    """The blocks of the device, those included that no file owns any more; not the flash below it."""
    unit = a_unit_that_ran(loop_card.folder / "unit", tmp_path, stills_folder)
    again = loop_card.folder / "again.yaml"
    again.write_bytes(unit.read_bytes())
    found = [raw(tmp_path)]
    assert main(["reset", str(unit), "--yes"]) == 0
    found.append(raw(tmp_path))
    assert main(["reset", str(again), "--yes", "--free-space"]) == 0
    found.append(raw(tmp_path))
    publish(
        "SEC-10",
        "raw blocks of the card",
        finds_before=found[0],
        finds_after_without_free_space=found[1],
        finds_after_with_free_space=found[2],
    )
    assert found[1] > 0, "the control: files that shrank have left something in free blocks"
    assert found[2] == 0


def raw(folder: Path) -> int:
    """Finds on the whole device."""
    os.sync()
    return sum(finds((folder / "card.img").read_bytes(), [MARK, *SECRETS]).values())
