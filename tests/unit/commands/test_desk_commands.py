"""``edge-alpr desk``, ``query``, ``share``, ``confirm``, ``resident``: what they refuse, and with which exit status."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.verify import read_log
from edge_alpr.cli import main
from edge_alpr.keys.sealing import SealKey
from edge_alpr.ops.clock import SystemClock
from fakes.events import PLATE
from fakes.house import ANN, BOB, KIM, key_of
from fixtures.desk import a_desk
from fixtures.shelf import Shelf, a_read, shelf

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shelf"]  # the fixture

HIT = a_read(1).id


class World:
    """A desk, two people's key files, and what the log has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = str(folder / "desk")
        a_desk(folder / "desk", "sqlite:../plates.db", SystemClock().now().utc_s)
        for who in (ANN, BOB, KIM):
            key_of(who).save(folder / f"{who.rpartition('/')[2]}.key")

    def ask(self, *more: str, person: str = ANN, key: str = "ann", out: str = "request") -> int:
        who = ["--person", person, "--key", str(self.folder / f"{key}.key")]
        what = ["--plate", PLATE, "--purpose", "abduction", "--offence", "felony"]
        where = ["--case", "26-1", "--since", "2026-01-01", "--until", "2026-01-02", "--under", "o"]
        path = str(self.folder / f"{out}.json")
        return main(["query", "ask", *who, *what, *where, "--out", path, *more])

    def run(self, out: str = "request") -> int:
        return main(["query", "run", str(self.folder / f"{out}.json"), "--desk", self.desk])

    def confirm(self, verb: str, *more: str, key: str = "ann", person: str = ANN) -> int:
        who = ["--person", person, "--key", str(self.folder / f"{key}.key")]
        return main(["confirm", verb, HIT, *who, "--desk", self.desk, *more])

    def last(self) -> tuple[str, object]:
        entry = read_log((self.folder / "desk/log/holder.jsonl").read_bytes()).entries[-1]
        return entry.kind, entry.facts.get("reason")


@pytest.fixture
def world(tmp_path: Path, shelf: Shelf) -> World:
    endless = replace(a_read(1).policy, delete_after=None)
    shelf.put(a_read(1, policy=endless), stored_s=SystemClock().now().utc_s)
    return World(tmp_path)


def test_a_request_is_answered_without_its_plate_on_the_screen(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.ask() == 0
    assert world.run() == 0
    out, err = capsys.readouterr()
    assert HIT in out
    assert "unverified" in out
    assert PLATE not in out + err


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--purpose", "religion"], "purpose_prohibited"),
        (["--purpose", "curiosity"], "purpose_unknown"),
        (["--offence", "rudeness"], "offence_unknown"),
        (["--case", f"26-{PLATE}"], "case_no_holds_plate"),
    ],
)
def test_a_refused_one_is_status_77_with_what_to_do(
    world: World, capsys: pytest.CaptureFixture[str], more: list[str], reason: str
) -> None:
    assert world.ask(*more) == 0
    assert world.run() == 77
    out, err = capsys.readouterr()
    assert HIT not in out
    assert f"refused: {reason.replace('_', ' ')}" in err
    assert world.last() == ("refused", reason)


@pytest.mark.parametrize(
    "more", [["--case", "investigation"], ["--plate", "?"], ["--under", "O"], ["--purpose", "No!"]]
)
def test_what_is_no_request_is_not_even_written(
    world: World, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert world.ask(*more) == 70
    assert "not a request/1.0" in capsys.readouterr().err
    assert not (world.folder / "request.json").exists()


def test_somebody_elses_key_is_no_signature(world: World) -> None:
    assert world.ask(key="bob") == 0
    assert world.run() == 77
    assert world.last() == ("refused", "not_signed")


@pytest.mark.parametrize(("key", "person"), [("bob", ANN), ("kim", KIM)])
def test_nobody_looks_at_a_hit_under_another_name_or_from_another_house(
    world: World, capsys: pytest.CaptureFixture[str], key: str, person: str
) -> None:
    assert world.confirm("show", key=key, person=person) == 70
    assert PLATE not in capsys.readouterr().out
    assert world.last() == ("refused", "not_signed")


def test_a_hit_without_its_picture_cannot_be_compared(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.confirm("show", "--picture", str(world.folder / "plate.jpg")) == 70
    assert "no picture" in capsys.readouterr().err


def test_nothing_comes_of_a_hit_that_nobody_confirmed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.confirm("outcome", "--what", "arrest") == 70
    assert "nobody has confirmed it" in capsys.readouterr().err
    assert world.confirm("accept") == 77, "nobody has looked either"
    assert world.last() == ("refused", "not_looked_at")
    assert world.confirm("show") == 0
    assert world.confirm("accept") == 0
    assert world.confirm("outcome", "--what", "arrest") == 0
    assert world.last() == ("outcome", None)


def test_a_verdict_of_somebody_else_is_refused(world: World) -> None:
    assert world.confirm("accept", key="bob") == 77
    assert world.last() == ("refused", "not_signed")


def test_a_hit_that_is_not_held_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.confirm("refute", "--because", "misread") == 0
    assert world.confirm("accept") == 70
    assert "no hit" in capsys.readouterr().err


def test_an_answer_opens_for_its_resident_only(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    resident = SealKey.generate()
    resident.save(world.folder / "resident.key")
    (world.folder / "resident.key.pub").write_text(f"{resident.public}\n")
    question, answer = (str(world.folder / name) for name in ("question.json", "answer.sealed"))
    who = ["--person", BOB, "--key", str(world.folder / "bob.key")]
    reply = ["--reply-to", str(world.folder / "resident.key.pub")]
    assert main(["resident", "ask", "--plate", PLATE, *reply, *who, "--out", question]) == 0
    assert main(["resident", "answer", question, "--desk", world.desk, "--out", answer]) == 0
    ring = world.folder / "holders"
    assert main(["keys", "enroll", str(ring), "o", f"{world.desk}/holder.key.pub"]) == 0
    read = ["resident", "read", answer, "--holders", str(ring), "--key"]
    capsys.readouterr()
    assert main([*read, str(world.folder / "resident.key")]) == 0
    assert "Kept: 1 time by o/s/u" in capsys.readouterr().out
    SealKey.generate().save(world.folder / "other.key")
    assert main([*read, str(world.folder / "other.key")]) == 70
    assert main(["resident", "answer", question, "--desk", world.desk, "--out", answer]) == 70
    other = str(world.folder / "second.sealed")
    assert main(["resident", "answer", question, "--desk", world.desk, "--out", other]) == 77
    assert world.last() == ("refused", "answered_before")


def test_a_desk_that_cannot_work_on_a_store_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_desk(tmp_path / "desk", "jsonl:x", SystemClock().now().utc_s)
    assert main(["desk", "show", str(tmp_path / "desk")]) == 70
    assert "a desk cannot work on 'jsonl'" in capsys.readouterr().err
    (tmp_path / "desk/desk.json").unlink()
    a_desk_again = str(tmp_path / "second")
    init = ["desk", "init", a_desk_again, "--organisation", "o", "--store", "sqlite:none.db"]
    assert main([*init, "--name", "Not A Name"]) == 78
    assert main([*init, "--name", "o"]) == 0
    assert main(["desk", "show", a_desk_again]) == 70
    assert "is not there" in capsys.readouterr().err


def test_what_is_prohibited_is_refused_and_logged_though_the_database_is_away(world: World) -> None:
    """The document alone says enough; whoever asks must not be saved by a store that cannot be opened."""
    (world.folder / "plates.db").unlink()
    assert world.ask("--purpose", "religion") == 0
    assert world.run() == 77
    assert world.last() == ("refused", "purpose_prohibited")


def test_what_may_be_answered_is_not_while_the_database_is_away(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.folder / "plates.db").unlink()
    assert world.ask() == 0
    assert world.run() == 70
    assert "is not there" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["MÖ 12", "A*12", "QX10482; X"])
def test_no_other_plate_is_asked_for_than_was_typed(
    world: World, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    assert world.ask("--plate", typed) == 70
    assert "only A-Z and 0-9" in capsys.readouterr().err
    assert not (world.folder / "request.json").exists()
