"""``edge-alpr open``: what opens with which keys, what is said when one is missing, and how two holders share it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.cli import main
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.validate import Validator
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.keys.sealing import SealKey
from edge_alpr.link.terms import Arrival
from edge_alpr.message.document import dump_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.seal.epochs import Epochs
from edge_alpr.seal.index import index_key, tag_of
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fakes.manual_time import ManualClock
from fakes.sealing import (
    BEGIN_S,
    COURT,
    POLICE,
    POLICE_KEY,
    SHERIFF,
    SHERIFF_KEY,
    epoch_key,
    some_epochs,
)
from fixtures.sealed_reads import JPEG, Unit

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-01-01"


class Desk:
    """A folder with the keys of the holders and what a unit sent."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.unit = Unit()
        POLICE_KEY.save(folder / "police.key")
        SHERIFF_KEY.save(folder / "sheriff.key")
        (folder / "epochs").mkdir()
        for epoch in some_epochs(2):
            epoch_key(epoch.day).save(folder / f"epochs/{epoch.day}.key")
        enroll(folder / "units", Member("o/s/u", UNIT_KEY.public))

    def write(self, *bodies: bytes) -> Path:
        path = self.folder / "messages.jsonl"
        path.write_bytes(b"".join(body + b"\n" for body in bodies))
        return path

    def open(
        self, what: object, *options: str, status: int = 0
    ) -> tuple[list[dict[str, Any]], str]:
        """What is printed, and the last words."""
        self._capsys.readouterr()
        paths = [
            str(self.folder / each) if each.endswith((".key", ".log", "/")) else each
            for each in options
        ]
        assert main(["open", str(what), *paths]) == status
        told = self._capsys.readouterr()
        return [json.loads(line) for line in told.out.splitlines()], told.err


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(utc_s=BEGIN_S + 2 * 86_400)


@pytest.fixture
def desk(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clock: ManualClock,
) -> Desk:
    monkeypatch.setattr("edge_alpr.commands.open.SystemClock", lambda: clock)
    return Desk(tmp_path, capsys)


BOTH = ("--agency-key", "police.key", "--epochs", "epochs/", "--units", "units/")


def test_with_both_keys_everything_opens(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    reads, words = desk.open(path, *BOTH)
    assert [read["seq"] for read in reads] == [1, 2]
    assert {read["plate"]["text"] for read in reads} == {"TEST0X0"}
    assert words == "of 2 sealed messages: 2 reads\n"


def test_the_agency_alone_opens_hits_and_is_told_whose_key_is_missing(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    reads, words = desk.open(path, "--agency-key", "police.key", status=1)
    assert [read["seq"] for read in reads] == [2]
    assert (
        "not opened 1 (1: the key of custodian/court for 2026-01-01 is missing or destroyed)"
        in words
    )
    assert "signatures were not checked" in words


def test_the_custodian_alone_opens_nothing(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    reads, words = desk.open(path, "--epochs", "epochs/", status=1)
    assert reads == []
    assert f"2: the key of agency/city-police ({POLICE.key.kid}) is missing" in words


def test_without_a_key_it_says_which_would_be_needed(desk: Desk) -> None:
    reads, words = desk.open(desk.write(desk.unit.window(1), desk.unit.hit(2)), status=1)
    assert reads == []
    assert "the key of custodian/court for 2026-01-01" in words
    assert "the key of agency/city-police" in words


def test_a_destroyed_key_opens_nothing_any_more(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1))
    (desk.folder / f"epochs/{DAY}.key").unlink()
    assert "missing or destroyed" in desk.open(path, *BOTH, status=1)[1]


def test_another_agency_is_told_for_whom_it_is(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1))
    _, words = desk.open(path, "--agency-key", "sheriff.key", "--epochs", "epochs/", status=1)
    assert f"for agency/city-police ({POLICE.key.kid}), and the agency's key is" in words


def test_the_custodian_releases_what_only_the_agency_opens(desk: Desk) -> None:
    desk.unit = Unit(agencies=(POLICE, SHERIFF))
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    released, words = desk.open(path, "--epochs", "epochs/", "--release")
    assert {each["to"] for each in released} == {POLICE.key.kid, SHERIFF.key.kid}
    assert "TEST0X0" not in json.dumps(released)
    assert (
        words
        == "of 2 sealed messages: 1 hits, which the agency opens alone, 1 reads for the agencies\n"
    )
    handed = desk.write(*(dump_document(each) for each in released if each["to"] == POLICE.key.kid))
    reads, _ = desk.open(handed, "--agency-key", "police.key", "--units", "units/")
    assert [read["plate"]["text"] for read in reads] == ["TEST0X0"]


def test_the_custodian_finds_by_tag_and_learns_no_plate(desk: Desk) -> None:
    path = desk.write(*(desk.unit.window(seq, f"TEST{seq}") for seq in range(1, 6)))
    key = index_key(POLICE_KEY, SealKey.of_unit(UNIT_KEY).public, "o/s/u", DAY)
    released, _ = desk.open(path, "--epochs", "epochs/", "--release", "--tag", tag_of("TEST3", key))
    reads, _ = desk.open(desk.write(*map(dump_document, released)), "--agency-key", "police.key")
    assert [read["plate"]["text"] for read in reads] == ["TEST3"]


def test_pictures_are_written_where_they_are_wanted(desk: Desk) -> None:
    path = desk.write(desk.unit.picture(1))
    assert "1 pictures, which --pictures writes" in desk.open(path, *BOTH)[1]
    assert "1 pictures\n" in desk.open(path, *BOTH, "--pictures", "out/")[1]
    (picture,) = (desk.folder / "out").iterdir()
    assert picture.read_bytes() == JPEG
    assert picture.name == "cam0-019ae1fc-99d4-7001-8203-000000000001-plate.jpg"


@pytest.mark.parametrize("store", ["sqlite:reads.db", "jsonl:reads.jsonl"])
def test_it_reads_what_a_collector_stored(desk: Desk, store: str) -> None:
    kind, _, name = store.partition(":")
    target = f"{kind}:{desk.folder / name}"
    validator = Validator()
    kept = open_store(target)
    desk.unit.now_s = BEGIN_S + 1
    first = desk.unit.window(1)
    desk.unit.now_s = BEGIN_S + 86_401
    for body in (first, desk.unit.window(2), desk.unit.hit(3)):
        entry = validator.check(Arrival("alpr/v1/o/s/u/up/read/cam0", body, 1))
        assert entry is not None
        kept.keep([entry], BEGIN_S)
    kept.close()
    what = target if kind == "sqlite" else desk.folder / name
    assert [read["seq"] for read in desk.open(what, *BOTH)[0]] == [1, 2, 3]
    assert [read["seq"] for read in desk.open(what, *BOTH, "--day", "2026-01-02")[0]] == [2]
    assert desk.open(what, *BOTH, "--unit", "o/s/v") == ([], "nothing sealed was found\n")


def test_it_reads_standard_input_and_skips_what_is_not_sealed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"hello\n{}\n" + desk.unit.hit(1) + b"\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    reads, _ = desk.open("-", "--agency-key", "police.key", "--units", "units/")
    assert len(reads) == 1


def test_what_is_past_its_end_is_not_opened_whoever_has_the_keys(
    desk: Desk, clock: ManualClock
) -> None:
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    clock.pass_s(19 * 86_400 - 1)
    assert len(desk.open(path, *BOTH)[0]) == 2
    clock.pass_s(1)
    reads, words = desk.open(path, *BOTH, status=1)
    assert [read["seq"] for read in reads] == [2]
    assert "not opened 1 (1: its time is over)" in words
    released, _ = desk.open(path, "--epochs", "epochs/", "--release", status=1)
    assert released == []


def test_who_opened_how_many_is_written_down(desk: Desk) -> None:
    path = desk.write(desk.unit.window(1), desk.unit.hit(2))
    log = ("--log", "police.log", "--person", "person/city/a-smith", "--case-no", "26-0117")
    desk.open(path, *BOTH, *log)
    desk.open(path, "--epochs", "epochs/", *log, status=1)
    lines = (desk.folder / "police.log").read_text().splitlines()
    facts = [entry["facts"] for entry in map(json.loads, lines) if entry["kind"] == "open"]
    assert [each["items"] for each in facts] == [2, 0]
    assert facts[0]["person"] == "person/city/a-smith"
    assert (facts[0]["organisation"], facts[0]["case_no"]) == ("city", "26-0117")
    assert "TEST0X0" not in "".join(lines)


def test_a_log_that_cannot_be_used_ends_it_before_anything_is_opened(desk: Desk) -> None:
    path = desk.write(desk.unit.hit(1))
    (desk.folder / "police.log").write_text("hello\n")
    log = ("--log", "police.log", "--person", "person/city/a-smith")
    assert desk.open(path, *BOTH, *log, status=70)[0] == []
    (desk.folder / "police.log").unlink()
    odd = ("--log", "police.log", "--person", "A. Smith")
    assert desk.open(path, *BOTH, *odd, status=70)[0] == []
    _, words = desk.open(path, *BOTH, "--log", "police.log", status=2)
    assert "go together" in words


# ------------------------------------------------------------------ what is not as it should be


def test_a_changed_header_and_a_strangers_message_are_not_opened(desk: Desk) -> None:
    document = json.loads(desk.unit.hit(1))
    document["delete_after"] = to_text(BEGIN_S + 1e9)
    changed = json.dumps(document).encode()
    _, words = desk.open(desk.write(changed), "--agency-key", "police.key", status=1)
    assert "not as it should be: sealed: does not open" in words
    _, words = desk.open(desk.write(changed), *BOTH, status=1)
    assert "the signature of o/s/u does not fit" in words
    enroll(desk.folder / "others", Member("o/s/u", STRANGER_KEY.public))
    options = ("--agency-key", "police.key", "--units", "others/")
    assert "not enrolled" in desk.open(desk.write(desk.unit.hit(1)), *options, status=1)[1]


def test_a_missing_file_is_told(desk: Desk) -> None:
    assert "no such file" in desk.open(f"sqlite:{desk.folder / 'none.db'}", status=70)[1]
    assert not (desk.folder / "none.db").exists()
    assert "No such file" in desk.open(desk.folder / "none.jsonl", status=70)[1]
    assert "No such file" in desk.open("-", "--agency-key", "none.key", status=78)[1]


def test_an_empty_bundle_seals_nothing() -> None:
    """Else the tests above could not fail."""
    unit = Unit(epochs=Epochs(COURT, ()))
    assert unit.sealer.window(BEGIN_S, 1e6) is None


def test_a_file_of_another_kind_is_no_store_without_reads(desk: Desk) -> None:
    picture = desk.folder / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    _, told = desk.open(picture, "--agency-key", "police.key", status=70)
    assert "picture.png: line 1 is no message" in told
    assert "expected a store" in told


def test_a_line_that_was_cut_short_is_named_and_the_rest_is_opened(desk: Desk) -> None:
    path = desk.write(b'{"schema": "plate.read/1.0"}')
    with path.open("ab") as file:
        file.write(b'{"schema": "plate.sea')
    _, told = desk.open(path, "--agency-key", "police.key")
    assert "line 2 is no message; the rest was read" in told
