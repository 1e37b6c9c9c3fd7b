"""docs/holders.md: every command on it runs, in its order, and does what the page says."""

from __future__ import annotations

import io
import json
import re
import shlex
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.verify import read_log
from edge_alpr.cli import main
from edge_alpr.collector.messages import ImageMessage
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry
from edge_alpr.holder.refusal import ADVICE
from edge_alpr.message.codec import encode
from edge_alpr.ops.clock import SystemClock
from fakes.events import PLATE
from fixtures.shelf import a_read

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs/holders.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PICTURE = b"\xff\xd8 not really a picture"


def store(path: Path) -> None:
    """Two hits, and the picture of one, as a collector has just stored them."""
    now_s = SystemClock().now().utc_s
    events = [a_read(seq, org="city", site="main", unit="u1") for seq in (1, 2)]
    events = [replace(event, policy=replace(event.policy, delete_after=None)) for event in events]
    picture = ImageMessage(
        org="city",
        site="main",
        unit="u1",
        boot="00c0ffee",
        seq=3,
        camera="cam0",
        pass_id=events[0].id,
        kind="plate",
        sha256="0" * 64,
    )
    opened = open_store(f"sqlite:{path}")
    opened.keep(
        [*(Entry(event, encode(event)) for event in events), Entry(picture, PICTURE)], now_s
    )
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    store(tmp_path / "plates.db")
    with chdir(tmp_path):
        yield tmp_path


def run(line: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """One line: ``edge-alpr ...``, ``echo ... | edge-alpr ...`` or ``echo ... > FILE``."""
    words = shlex.split(line, comments=True)
    if words[0] == "echo" and ">" in words:
        at = words.index(">")
        Path(words[at + 1]).write_text(" ".join(words[1:at]) + "\n", encoding="utf-8")
        return 0
    if words[0] == "echo":
        at = words.index("|")
        monkeypatch.setattr("sys.stdin", io.StringIO(" ".join(words[1:at]) + "\n"))
        words = words[at + 1 :]
    assert words[0] == "edge-alpr", line
    return main(words[1:])


def test_every_command_on_the_page_does_what_it_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, str] = {}
    for line in "".join(BLOCKS).splitlines():
        wanted = re.search(r"# exit status (\d+)", line)
        status = run(line, monkeypatch)
        out, err = capsys.readouterr()
        assert status == (int(wanted[1]) if wanted else 0), f"{line}\n{out}{err}"
        told[line] = out + err
    _check_what_was_told(told)
    assert (folder / "plate.jpg").read_bytes() == PICTURE
    log = (folder / "desk/log/holder.jsonl").read_bytes()
    assert PLATE.encode() not in log
    reading = read_log(log)
    assert reading.problems == ()
    kinds = [entry.kind for entry in reading.entries]
    assert kinds == [
        *("begin", "policy", "open", "confirm", "outcome", "refute"),
        *("query", "query", "refused", "share", "answer"),
    ]
    by_kind = {entry.kind: entry.facts for entry in reading.entries}
    assert by_kind["refused"]["purpose"] == "immigration_status"
    assert by_kind["share"]["declaration"] == "far-2026-1"
    assert by_kind["query"]["second"] == "person/city/bob"


def _check_what_was_told(told: dict[str, str]) -> None:
    def of(start: str) -> str:
        return next(text for line, text in reversed(told.items()) if start in line)

    assert "2 held, 2 wait for a person" in of("desk show")
    assert of("confirm list").count("unverified") == 2
    assert PLATE not in of("confirm list")
    shown = json.loads(of("confirm show"))
    assert (shown["state"], shown["event"]["plate"]["text"]) == ("unverified", PLATE)
    assert "1 passes" in of("run request.json")
    assert json.loads(of("run again.json"))[0]["state"] == "confirmed"
    assert "purpose prohibited" in of("run refused.json")
    assert "1 passes for far-pd" in of("share run")
    given = json.loads(of("share open"))
    assert given["events"][0]["plate"]["text"] == PLATE
    answer = of("resident read")
    assert "Kept: 1 time by city/main/u1" in answer
    assert "Asked for: by nobody" in answer
    assert PLATE not in answer


def test_every_code_that_the_page_names_is_one() -> None:
    named = set(re.findall(r"`((?:declaration|recipient)_\w+)`", PAGE)) - {"declaration_days"}
    assert named
    assert named <= set(ADVICE)


def test_a_desk_that_is_not_there_is_not_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", "show", "nowhere/"]) == 78
    assert "nowhere/desk.json" in capsys.readouterr().err
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("what", ["changed", "taken away", "all taken away"])
def test_whoever_changes_the_log_ends_all_use_of_the_desk(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    for line in "".join(BLOCKS[:2]).splitlines():
        run(line, monkeypatch)
    log = folder / "desk/log/holder.jsonl"
    first, second = log.read_bytes().splitlines(keepends=True)
    left = {
        "changed": first + second.replace(b'"seq":1', b'"seq":2'),
        "taken away": first,
        "all taken away": b"",
    }
    log.write_bytes(left[what])
    assert main(["confirm", "list", "--desk", "desk/"]) == 70
    out, err = capsys.readouterr()
    assert "nothing is answered at this desk" in err
    assert "unverified" not in out
