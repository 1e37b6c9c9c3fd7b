"""``edge-alpr audit``: what a stranger types, and what an exit status says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from edge_alpr.audit.checkpoint import checkpoint_path, save_checkpoint
from edge_alpr.cli import main
from edge_alpr.message.log_piece import AUDIT
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "o/s/u/camera"
KEY = str(UNIT_KEY.public)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a unit's log and a holder's, their checkpoints, and the keys of unit and witness."""
    monkeypatch.chdir(tmp_path)
    for made in (
        MadeLog(tmp_path / "camera.jsonl", ORIGIN).unit_days(30),
        MadeLog(tmp_path / "holder.jsonl", "city-police/holder").holder_days(40),
    ):
        save_checkpoint(checkpoint_path(made.path), made.checkpoint()[1])
    (tmp_path / "unit.pub").write_text(f"{KEY} o/s/u\nx25519:not-this-one o/s/u\n")
    (tmp_path / "witnesses.pub").write_text(f"{STRANGER_KEY.public} league\n")
    STRANGER_KEY.save(tmp_path / "witness.key")
    return tmp_path


def run(*words: str) -> int:
    return main(["audit", *words])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("key", [KEY, "unit.pub", "."])
def test_an_intact_log_is_said_to_be(
    folder: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert run("verify", "camera.jsonl", "holder.jsonl", "--key", key, "--key", KEY) == 0
    said = capsys.readouterr().out.splitlines()
    entries = (folder / "camera.jsonl").read_bytes().count(b"\n")
    assert said[0] == f"{ORIGIN}: intact; {entries} entries, {entries} signed"


def test_a_changed_log_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder / "camera.jsonl")
    assert run("verify", "camera.jsonl", "holder.jsonl", "--key", KEY) == 1
    assert "NOT INTACT" in capsys.readouterr().out
    assert run("verify", "camera.jsonl", "holder.jsonl", "--key", KEY, "--json") == 1
    first, second = json.loads(capsys.readouterr().out)
    assert (first["intact"], second["intact"]) == (False, True)
    for action in (["report"], ["page", "--out", "page.html"]):
        assert run(*action, "camera.jsonl", "--key", KEY) == 1
        assert run(*action, "camera.jsonl") == 1
    assert not (folder / "page.html").exists()


def test_entries_after_the_checkpoint_are_said_to_be_unsigned(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    MadeLog(folder / "camera.jsonl", ORIGIN).log.append("stop", {})
    assert run("verify", "camera.jsonl", "--key", KEY) == 0
    assert "the last 1 are chained but not signed yet" in capsys.readouterr().out


def test_a_witness_cosigns_what_was_proved_and_the_verifier_finds_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = ["--key", "unit.pub", "--as", "league", "--witness-key", "witness.key"]
    witness += ["--state", "seen", "--out", "cosigned.txt"]
    named = ["--checkpoint", "cosigned.txt", "--witness"]
    assert run("prove", "camera.jsonl", "--out", "request.txt") == 0
    assert run("cosign", "request.txt", *witness) == 0
    for who in ("witnesses.pub", f"league={STRANGER_KEY.public}"):
        assert run("verify", "camera.jsonl", "--key", KEY, *named, who) == 0
        assert "seen by league" in capsys.readouterr().out
    assert run("verify", "camera.jsonl", "--key", KEY, *named, f"other={STRANGER_KEY.public}") == 1

    made = MadeLog(folder / "camera.jsonl", ORIGIN)
    size = made.log.state()[0]
    made.unit_days(1)
    save_checkpoint(checkpoint_path(made.path), made.checkpoint()[1])
    assert run("cosign", "camera.jsonl", *witness) == 0, "from the log itself"
    assert run("prove", "camera.jsonl", "--from", str(size), "--out", "request.txt") == 0
    assert run("cosign", "request.txt", *witness) == 70, "the witness has seen more by now"
    assert "the proof must begin at" in capsys.readouterr().err


def test_a_witness_refuses_another_log_of_that_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness = ["--key", KEY, "--as", "league", "--witness-key", "witness.key", "--state", "seen"]
    assert run("cosign", "camera.jsonl", *witness) == 0
    assert "— league " in capsys.readouterr().out
    forged = MadeLog(folder / "forged.jsonl", ORIGIN, seed=1).unit_days(40)
    save_checkpoint(checkpoint_path(forged.path), forged.checkpoint()[1])
    assert run("cosign", "forged.jsonl", *witness) == 70
    assert "REWRITTEN" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--public"]])
def test_a_report_is_computed_again_and_compared(
    folder: Path, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    logs = ["camera.jsonl", "holder.jsonl", "--key", KEY, "--since", "2026-01-01T05:00:00Z"]
    assert run("report", *logs, *form) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["form"] == ("public" if form else "exact")
    (folder / "report.json").write_text(json.dumps(told))
    assert run("report", *logs, "--check", "report.json") == 0
    told["traffic"]["seen"] += 1
    (folder / "report.json").write_text(json.dumps(told))
    assert run("report", *logs, "--check", "report.json") == 1
    assert "is not what the logs give: traffic" in capsys.readouterr().out


def test_a_page_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("page", "camera.jsonl", "--key", KEY, "--title", "Ours", "--out", "page.html") == 0
    assert capsys.readouterr().out == "page.html\n"
    text = (folder / "page.html").read_text("utf-8")
    assert "<h1>Ours</h1>" in text
    assert "entries are signed" in text


def test_without_a_key_it_is_said_that_no_signature_was_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("report", "camera.jsonl") == 0
    assert "not held to any signature" in capsys.readouterr().err


def test_a_log_is_joined_from_messages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (folder / "camera.jsonl").read_text("utf-8").splitlines()
    note = checkpoint_path(folder / "camera.jsonl").read_text("utf-8")
    piece = {"schema": AUDIT, "log": ORIGIN, "first": 0, "lines": lines, "checkpoint": note}
    other = {**piece, "log": "o/s/u/uplink"}
    (folder / "one.jsonl").write_text(json.dumps(piece) + "\n")
    (folder / "two.jsonl").write_text(
        f'{json.dumps(piece)}\n{{"schema": "x/1.0"}}\n{json.dumps(other)}\n'
    )
    assert run("join", "one.jsonl", "--out", "joined.jsonl") == 0
    assert (folder / "joined.jsonl").read_bytes() == (folder / "camera.jsonl").read_bytes()
    assert run("verify", "joined.jsonl", "--key", KEY) == 0
    assert run("join", "two.jsonl", "--out", "joined.jsonl") == 70
    assert "say which by --log" in capsys.readouterr().err
    assert run("join", "two.jsonl", "--log", ORIGIN, "--out", "joined.jsonl") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verify", "none.jsonl", "--key", KEY], "none.jsonl: No such file"),
        (["verify", "camera.jsonl", "--key", "none.pub"], "none.pub: No such file"),
        (["verify", "camera.jsonl", "--key", "camera.jsonl"], "has no key that signs"),
        (["verify", "camera.jsonl", "--key", KEY, "--witness", KEY], "a witness has a name"),
        (
            ["verify", "camera.jsonl", "--key", KEY, "--checkpoint", "holder.jsonl.checkpoint"],
            "but not that log",
        ),
        (["prove", "camera.jsonl", "--from", "100000"], "the witness has seen 100000"),
        (["join", "none.jsonl", "--out", "x"], "none.jsonl: No such file"),
        (["report", "camera.jsonl", "--since", "yesterday"], "yesterday"),
        (
            ["report", "camera.jsonl", "--since", "2026-02-01", "--until", "2026-01-01"],
            "not before",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run(*words) in {70, 78}
    assert told in capsys.readouterr().err
