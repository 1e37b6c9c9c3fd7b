"""Writing the audit log beside the work: no fact waits for the card, and none is lost without being counted."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.app import audit as app_audit
from edge_alpr.app.audit import Auditor
from edge_alpr.app.checkpoints import Checkpoints
from edge_alpr.audit.checkpoint import checkpoint_path, load_checkpoint
from edge_alpr.audit.log import AuditLog
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.message.document import parse_document
from edge_alpr.message.log_piece import decode_piece
from edge_alpr.message.topics import UnitAddress
from fakes.keys import RING, UNIT_KEY
from fakes.manual_time import ManualClock, ManualStop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.types import Outgoing
    from fixtures.small_disk import SmallDisk


class World:
    """An auditor with its log, its spool and its counters."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = ManualClock()
        self.counts: Counter[str] = Counter()
        self.sent: list[tuple[Outgoing, bytes]] = []
        self.log = self.open("camera", folder)
        self.uplink = self.open("uplink", folder)
        checkpoints = Checkpoints(
            [self.log, self.uplink],
            UNIT_KEY,
            clock=self.clock,
            append=self._append,
            address=UnitAddress("o", "s", "u"),
            boot="00c0ffee",
            sign=partial(sign_document, key=UNIT_KEY),
        )
        self.auditor = Auditor(
            self.log, clock=self.clock, count=self._count, checkpoints=checkpoints, **options
        )

    def open(self, half: str, folder: Path) -> AuditLog:
        path = folder / f"{half}.jsonl"
        return AuditLog(path, UNIT_KEY.public, origin=f"o/s/u/{half}", clock=self.clock)

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount

    def _append(self, outgoing: Outgoing, make_body: Callable[[int], bytes]) -> int:
        seq = len(self.sent) + 1
        self.sent.append((outgoing, make_body(seq)))
        return seq

    def turn(self, after_s: float = 1.0) -> None:
        self.clock.pass_s(after_s)
        self.auditor.turn()

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.path.read_text("utf-8").splitlines()]

    def kinds(self) -> list[str]:
        return [entry["kind"] for entry in self.entries()]

    def covered(self) -> int:
        return load_checkpoint(checkpoint_path(self.log.path))[0].size


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "audit")


def test_a_start_is_written_signed_and_published_at_once(world: World) -> None:
    world.auditor.record("start", software="0.3.0")
    assert not world.log.path.exists(), "who records waits for nothing"
    world.turn()
    assert world.kinds() == ["begin", "start"]
    assert world.covered() == 2
    ((outgoing, body),) = world.sent
    assert (outgoing.kind, outgoing.camera, outgoing.hit) == ("audit", "", False)
    piece = decode_piece(body)
    assert piece.log == "o/s/u/camera"
    assert (piece.first, piece.size) == (0, 2)
    assert "\n".join(piece.lines) + "\n" == world.log.path.read_text("utf-8")
    verify_document(parse_document(body), RING)


def test_other_entries_are_signed_after_a_minute_or_a_hundred(world: World) -> None:
    world.auditor.record("start", software="0.3.0")
    world.turn()
    world.auditor.record("hit", purpose="stolen_vehicle")
    world.turn(30)
    assert (len(world.entries()), world.covered()) == (3, 2)
    world.turn(30)
    assert world.covered() == 3
    for _ in range(99):
        world.auditor.record("hit", purpose="stolen_vehicle")
    world.turn(1)
    assert world.covered() == 3
    world.auditor.record("hit", purpose="stolen_vehicle")
    world.turn(1)
    assert world.covered() == 103
    sent = len(world.sent)
    world.turn(3600)
    assert len(world.sent) == sent, "what is not new is not signed again"


def test_a_purge_is_signed_at_once(world: World) -> None:
    world.turn()
    world.auditor.record("purge", **{"class": "hit", "messages": 3, "cause": "expired"})
    world.turn()
    assert world.covered() == len(world.entries()) == 2


def test_the_other_halfs_log_is_signed_too(world: World, tmp_path: Path) -> None:
    other = AuditLog(world.uplink.path, None, origin="o/s/u/uplink", clock=world.clock)
    other.append("start", {"software": "0.3.0", "part": "uplink"})
    world.auditor.record("start", software="0.3.0")
    world.turn()
    reading = read_log(world.uplink.path.read_bytes())
    checkpoint = load_checkpoint(checkpoint_path(world.uplink.path))
    assert verify(reading, [UNIT_KEY.public], [checkpoint]).problems == ()
    assert [entry.kind for entry in reading.entries] == ["begin", "start", "key"]
    other.append("stop", {})  # and its writer goes on
    world.turn(60)
    assert {decode_piece(body).log for _, body in world.sent} == {"o/s/u/camera", "o/s/u/uplink"}


def test_pieces_join_without_a_hole_across_starts(tmp_path: Path) -> None:
    lines: dict[int, str] = {}
    for start in range(3):
        world = World(tmp_path / "audit")
        for n in range(150 * start + 3):
            world.auditor.record("hit", purpose="stolen_vehicle", event=f"{start}-{n}")
        world.turn()
        world.auditor.run(_stopped(world.clock), lambda: None)
        for _, body in world.sent:
            piece = decode_piece(body)
            assert len(piece.lines) <= 100
            lines |= dict(enumerate(piece.lines, piece.first))
    whole = "".join(f"{lines[n]}\n" for n in range(len(lines)))
    assert whole == world.log.path.read_text("utf-8")


def _stopped(clock: ManualClock) -> ManualStop:
    stop = ManualStop(clock)
    stop.set()
    return stop


def test_the_end_is_written_and_covered_by_a_checkpoint(world: World) -> None:
    world.auditor.record("start", software="0.3.0")
    stop = ManualStop(world.clock)
    stop._then = stop.set
    world.auditor.run(stop, lambda: None)
    assert world.kinds() == ["begin", "start", "stop"]
    assert world.covered() == 3


def test_a_fact_that_is_not_in_the_list_does_not_end_the_caller(world: World) -> None:
    world.auditor.record("hit", purpose="QX7731")
    world.auditor.record("hit", purpose="stolen_vehicle")
    world.turn()
    assert world.kinds() == ["begin", "missed", "hit"]
    assert world.counts["audit.refused"] == 1
    assert "QX7731" not in world.log.path.read_text("utf-8")


def test_a_full_disk_is_counted_and_told_when_there_is_room(
    disk_of_1_mib: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_audit, "MOST_WAITING", 50)
    world = World(disk_of_1_mib.folder / "audit")
    world.auditor.record("start", software="0.3.0")
    world.turn()
    ballast = disk_of_1_mib.fill()
    for n in range(70):
        world.auditor.record("hit", purpose="stolen_vehicle", list="x" * 120, event=f"{n}")
    world.turn(10)
    assert "No space left" in str(world.auditor.failing)
    world.turn(10)
    assert world.counts["audit.failed"] >= 2
    assert world.counts["audit.missed"] == 20
    ballast.unlink()
    world.turn(10)
    assert world.auditor.failing is None
    assert world.kinds() == ["begin", "start", "missed", *["hit"] * 50]
    facts = world.entries()[2]["facts"]
    assert (facts["entries"], facts["kinds"]) == (20, {"hit": 20})
    assert "no space left" in facts["reason"]
    assert [entry["facts"].get("event") for entry in world.entries()[3:]] == [
        f"{n}" for n in range(20, 70)
    ]


def test_who_floods_a_unit_with_forgeries_does_not_fill_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_audit, "MOST_AN_HOUR", 10)
    world = World(tmp_path)
    for _ in range(25):
        world.auditor.record("command_refused", reason="bad_signature")
        world.auditor.record("hit", purpose="stolen_vehicle")
        world.turn()
    assert world.kinds().count("command_refused") == 10
    assert world.kinds().count("hit") == 25
    world.turn(3600)
    facts = world.entries()[-1]["facts"]
    assert facts == {
        "entries": 15,
        "kinds": {"command_refused": 15},
        "reason": "too many of a kind",
    }
    world.auditor.record("command_refused", reason="bad_signature")
    world.turn()
    assert world.kinds()[-1] == "command_refused", "the next hour has room again"


def change_it(whole: bytes) -> bytes:
    return whole.replace(b"0.3.0", b"0.3.1")  # of the last entry, on which no other hangs


def cut_it(whole: bytes) -> bytes:
    return b"".join(whole.splitlines(keepends=True)[:-1])


@pytest.mark.parametrize("damage", [change_it, cut_it])
def test_a_damaged_log_is_set_aside_and_the_unit_goes_on(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    world = World(tmp_path / "audit")
    world.auditor.record("start", software="0.3.0")
    world.turn()
    damaged = damage(world.log.path.read_bytes())
    world.log.close()
    world.log.path.write_bytes(damaged)
    again = World(tmp_path / "audit")
    again.auditor.record("start", software="0.3.1")
    again.turn()
    again.turn()
    assert again.counts["audit.damaged"] == 1
    assert again.kinds() == ["begin", "start", "tamper"]
    assert again.entries()[0]["facts"]["origin"] == "o/s/u/camera/2"
    assert again.log.path.with_name("camera.jsonl.damaged-1").read_bytes() == damaged
    assert again.covered() == 3


def test_a_damaged_log_of_the_other_half_is_told_and_not_signed(world: World) -> None:
    other = AuditLog(world.uplink.path, None, origin="o/s/u/uplink", clock=world.clock)
    other.append("start", {"software": "0.3.0"})
    other.append("stop", {})
    whole = bytearray(world.uplink.path.read_bytes())
    whole[60] ^= 1
    world.uplink.path.write_bytes(whole)
    for _ in range(3):
        world.turn(60)
    assert world.kinds() == ["begin", "tamper"]
    assert "o/s/u/uplink" in world.entries()[1]["facts"]["what"]
    assert not checkpoint_path(world.uplink.path).exists()
    assert world.auditor.failing is None


def test_figures_are_asked_for_at_every_turn_and_at_the_end(tmp_path: Path) -> None:
    asked: list[bool] = []

    def hourly(last: bool) -> list[tuple[str, dict[str, Any]]]:
        asked.append(last)
        at = "2026-01-01T00:00:00.000Z"
        return [("counts", {"since": at, "until": at})] if last else []

    world = World(tmp_path, hourly=hourly)
    world.turn()
    world.auditor.run(_stopped(world.clock), lambda: None)
    assert asked == [False, False, True]
    assert world.kinds() == ["begin", "counts", "stop"]
