"""A desk in a folder: who may use it, what it refuses to forget, and what is done beside a collector."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest

from edge_alpr.app.desk import open_desk
from edge_alpr.app.upkeep import EVERY_S, DeskUpkeep
from edge_alpr.audit.verify import read_log
from edge_alpr.errors import AuditError, KeyFileError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.verdicts import event_sha256
from edge_alpr.keys.proof import sign_document, verify_document
from edge_alpr.keys.ring import KeyRing, Member, revoke
from edge_alpr.message.asked import REQUEST, VERDICT
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.timestamps import to_text
from fakes.events import PLATE
from fakes.house import ANN, DAY_S, key_of
from fakes.manual_time import ManualClock
from fixtures.desk import a_desk, put_policy
from fixtures.shelf import NOW_S, Shelf, a_read, shelf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from edge_alpr.app.desk import OpenDesk
    from edge_alpr.keys.pair import KeyPair

__all__ = ["shelf"]  # the fixture


class World:
    """A desk beside a database with two hits."""

    def __init__(self, folder: Path, shelf: Shelf) -> None:
        self.folder = folder
        self.shelf = shelf
        self.clock = ManualClock()
        shelf.put(a_read(1), a_read(2))
        self.key: KeyPair = a_desk(folder, "sqlite:../plates.db", NOW_S)

    def request(self, salt: int = 0) -> bytes:
        now = to_text(self.clock.now().utc_s)
        document = {
            "schema": REQUEST.name,
            "act": "query",
            "person": ANN,
            "purpose": "abduction",
            "offence_class": "felony",
            "case_no": "26-815",
            "plate": PLATE,
            "since": to_text(NOW_S - DAY_S),
            "until": to_text(NOW_S + 1),
            "under": "o",
            "warrant": None,
            "declaration": None,
            "salt": f"{salt:032x}",
            "at": now,
        }
        return dump_document(sign_document(document, key_of(ANN)))

    def refute(self, opened: OpenDesk) -> str:
        kept = opened.archive.hits()[0]
        org, site, unit = kept.unit.split("/")
        document = {
            "schema": VERDICT.name,
            "person": ANN,
            "verdict": "refuted",
            "because": "misread",
            "org": org,
            "site": site,
            "unit": unit,
            "id": kept.id,
            "event": event_sha256(kept),
            "at": to_text(self.clock.now().utc_s),
        }
        opened.verdicts.take(dump_document(sign_document(document, key_of(ANN))))
        return kept.id

    def entries(self) -> list[tuple[str, Mapping[str, Any]]]:
        reading = read_log((self.folder / "log/holder.jsonl").read_bytes())
        assert reading.problems == ()
        return [(entry.kind, entry.facts) for entry in reading.entries]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries()]


@pytest.fixture
def world(tmp_path: Path, shelf: Shelf) -> World:
    return World(tmp_path / "desk", shelf)


def test_limits_hold_from_one_use_to_the_next(world: World) -> None:
    for salt in range(3):
        with open_desk(world.folder, world.clock) as opened:
            assert len(opened.desk.query(world.request(salt)).passes) == 2
    with (
        pytest.raises(RefusedError, match="too often"),
        open_desk(world.folder, world.clock) as opened,
    ):
        opened.desk.query(world.request(3))
    assert world.kinds() == ["begin", "policy", "query", "query", "query", "refused"]


def test_who_is_revoked_is_refused_from_the_next_use_on(world: World) -> None:
    # By the real clock, as a ring judges.
    with open_desk(world.folder, world.clock) as opened:
        opened.desk.query(world.request(1))
    revoke(world.folder / "persons", ANN, NOW_S)
    with (
        pytest.raises(RefusedError, match="not signed"),
        open_desk(world.folder, world.clock) as opened,
    ):
        opened.desk.query(world.request(2))


def test_an_older_policy_than_was_in_force_is_refused_and_logged(world: World) -> None:
    put_policy(world.folder, NOW_S, "il-2-130", seq=2)
    with open_desk(world.folder, world.clock) as opened:
        assert opened.trouble is None
    put_policy(world.folder, NOW_S, "bench", seq=1)
    for salt in (1, 2):
        with open_desk(world.folder, world.clock) as opened:
            assert "older than number 2" in str(opened.trouble)
            with pytest.raises(RefusedError, match="no policy"):
                opened.desk.query(world.request(salt))
    assert world.kinds() == ["begin", "policy", "policy_refused", "refused", "refused"]
    put_policy(world.folder, NOW_S, "ca-sb34", seq=3)
    with open_desk(world.folder, world.clock) as opened:
        assert opened.desk.query(world.request(3)).passes
    assert world.kinds()[-2:] == ["policy", "query"]


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"scope": "o"}', None])
def test_a_policy_that_cannot_be_used_answers_nothing(world: World, damage: bytes | None) -> None:
    path = world.folder / "policy.json"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    with open_desk(world.folder, world.clock) as opened:
        assert opened.trouble
        with pytest.raises(RefusedError, match="no policy"):
            opened.desk.query(world.request())


@pytest.mark.parametrize("head", ["", "[]", '{"organisation": "o"}', '{"organisation": 1}'])
def test_a_head_that_is_none_is_named(world: World, head: str) -> None:
    (world.folder / "desk.json").write_text(head)
    with pytest.raises(KeyFileError, match=r"desk\.json"), open_desk(world.folder, world.clock):
        pass


def test_a_desk_is_made_once(world: World) -> None:
    with pytest.raises(KeyFileError, match="never overwritten"):
        a_desk(world.folder, "sqlite:../plates.db", NOW_S)


# ------------------------------------------------------------------ beside a collector


def test_a_correction_is_published_until_it_has_gone_out(world: World) -> None:
    with open_desk(world.folder, world.clock) as opened:
        refuted = world.refute(opened)
    upkeep = DeskUpkeep(world.folder, world.clock)
    (publication,) = upkeep.due(world.clock.now())
    assert publication.topic == "alpr/v1/o/s/u/about/correction"
    document = parse_document(publication.body)
    assert document["corrects"] == refuted
    verify_document(document, KeyRing([Member("o", world.key.public)]))
    assert upkeep.due(world.clock.now()) == [], "not more than one round each ten seconds"
    upkeep.interrupted()
    world.clock.pass_s(EVERY_S)
    assert upkeep.due(world.clock.now()) == [publication], "the link was lost: again"
    world.clock.pass_s(EVERY_S)
    assert upkeep.due(world.clock.now()) == []
    upkeep.close()
    again = DeskUpkeep(world.folder, world.clock)
    assert again.due(world.clock.now()) == []
    again.close()


def test_what_nobody_confirmed_is_deleted_and_logged(world: World) -> None:
    upkeep = DeskUpkeep(world.folder, world.clock)
    upkeep.due(world.clock.now())
    world.clock.pass_s(30 * 60.0)
    upkeep.due(world.clock.now())
    upkeep.close()
    assert world.shelf.archive.hits() == []
    kind, facts = world.entries()[-1]
    assert (kind, facts["messages"], facts["cause"]) == ("purge", 2, "unconfirmed")
    with open_desk(world.folder, world.clock):
        pass  # the log is as it was left, and its checkpoint fits


def test_what_is_held_is_told_to_the_log_every_hour(world: World) -> None:
    upkeep = DeskUpkeep(world.folder, world.clock)
    for _ in range(4):
        upkeep.due(world.clock.now())
        world.clock.pass_s(30 * 60.0)
    upkeep.close()
    told = [facts for kind, facts in world.entries() if kind == "counts"]
    assert [facts["held"] for facts in told] == [2, 0]
    assert told[0]["oldest"] is not None
    assert "oldest" not in told[1]
    assert told[0]["until"] == told[1]["since"]
    with open_desk(world.folder, world.clock):
        pass  # signed


def test_what_a_store_let_go_of_at_its_end_is_logged(world: World) -> None:
    upkeep = DeskUpkeep(world.folder, world.clock)
    upkeep.deleted(3)
    upkeep.deleted(4)
    for _ in range(2):
        upkeep.due(world.clock.now())
        world.clock.pass_s(EVERY_S)
    upkeep.close()
    told = [facts for kind, facts in world.entries() if kind == "purge"]
    assert told == [{"class": "stored", "messages": 7, "cause": "expired"}]


def test_while_somebody_is_at_the_desk_it_waits(world: World) -> None:
    upkeep = DeskUpkeep(world.folder, world.clock)
    world.clock.pass_s(30 * 60.0)
    with (world.folder / "log/holder.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        upkeep.due(world.clock.now())
        assert len(world.shelf.archive.hits()) == 2
    world.clock.pass_s(EVERY_S)
    upkeep.due(world.clock.now())
    assert world.shelf.archive.hits() == []
    upkeep.close()


def test_a_damaged_desk_does_not_end_collecting(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    upkeep = DeskUpkeep(world.folder, world.clock)
    (world.folder / "persons").rename(world.folder / "gone")
    world.clock.pass_s(30 * 60.0)
    assert upkeep.due(world.clock.now()) == []
    assert "the desk's upkeep" in caplog.text
    upkeep.close()


def test_a_use_that_was_cut_off_before_its_checkpoint_does_not_close_the_desk(world: World) -> None:
    with open_desk(world.folder, world.clock):
        pass
    checkpoint = world.folder / "log/holder.jsonl.checkpoint"
    older = checkpoint.read_bytes()
    with open_desk(world.folder, world.clock) as opened:
        opened.desk.query(world.request(1))
    checkpoint.write_bytes(older)
    with open_desk(world.folder, world.clock) as opened:
        assert len(opened.log.written()) == 3
    assert checkpoint.read_bytes() != older


def test_a_log_that_is_gone_with_its_checkpoint_closes_the_desk(world: World) -> None:
    with open_desk(world.folder, world.clock) as opened:
        opened.desk.query(world.request(1))
    for path in (world.folder / "log").iterdir():
        path.unlink()
    with (
        pytest.raises(AuditError, match="nothing is answered"),
        open_desk(world.folder, world.clock),
    ):
        pass
    upkeep = DeskUpkeep(world.folder, world.clock)
    upkeep.due(world.clock.now())
    upkeep.close()
    with (
        pytest.raises(AuditError, match="nothing is answered"),
        open_desk(world.folder, world.clock),
    ):
        pass


def test_control_who_takes_the_mark_too_is_found_out_by_a_witness_only(world: World) -> None:
    with open_desk(world.folder, world.clock) as opened:
        opened.desk.query(world.request(1))
    for path in [*(world.folder / "log").iterdir(), world.folder / "holder.mark"]:
        path.unlink()
    with open_desk(world.folder, world.clock) as opened:
        assert [line.kind for line in opened.log.written()] == ["begin", "policy"]
