"""Holding a log to its checkpoints: what is told of one that is not as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.audit.checkpoint import (
    Checkpoint,
    checkpoint_path,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from edge_alpr.audit.verify import read_log, verify
from edge_alpr.audit.witness import read_request
from edge_alpr.errors import AuditError
from fakes.keys import STRANGER_KEY, UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

KEYS = [UNIT_KEY.public]


@pytest.fixture
def made(tmp_path: Path) -> MadeLog:
    return MadeLog(tmp_path / "camera.log", "o/s/u/camera").unit_days(4)


def test_an_intact_log_has_no_problems_and_says_how_far_it_is_covered(made: MadeLog) -> None:
    early = made.checkpoint()
    made.unit_days(1)
    reading = read_log(made.path.read_bytes())
    verdict = verify(reading, KEYS, [early])
    assert verdict.intact
    assert verdict.origin == "o/s/u/camera"
    assert (verdict.covered, verdict.witnessed) == (early[0].size, 0)
    assert verdict.entries == len(reading.entries) > verdict.covered
    assert verify(reading, KEYS, [early, made.checkpoint()]).covered == verdict.entries


def test_a_log_without_a_checkpoint_is_not_held_to_anything(made: MadeLog) -> None:
    verdict = verify(read_log(made.path.read_bytes()), KEYS, [])
    assert verdict.problems == ("there is no checkpoint to hold it to",)


def test_only_a_believed_key_signs(made: MadeLog) -> None:
    reading = read_log(made.path.read_bytes())
    problems = verify(reading, [STRANGER_KEY.public], [made.checkpoint()]).problems
    assert any("not signed by a key that is believed" in problem for problem in problems)
    assert any("entry 0: names a key" in problem for problem in problems)


def test_a_checkpoint_of_another_log_says_nothing(made: MadeLog, tmp_path: Path) -> None:
    other = MadeLog(tmp_path / "uplink.log", "o/s/u/uplink").unit_days(1)
    problems = verify(read_log(made.path.read_bytes()), KEYS, [other.checkpoint()]).problems
    assert problems == (f"checkpoint of {other.checkpoint()[0].size} entries: is of another log",)


def test_a_missing_cosignature_is_told_only_if_a_witness_was_named(made: MadeLog) -> None:
    reading, checkpoint = read_log(made.path.read_bytes()), made.checkpoint()
    assert verify(reading, KEYS, [checkpoint]).intact
    told = verify(reading, KEYS, [checkpoint], {"league": [STRANGER_KEY.public]}).problems
    assert told == ("no checkpoint is cosigned by a witness that was named",)


def test_an_empty_file_and_bytes_that_are_no_log_are_told() -> None:
    assert "there is no entry" in read_log(b"").problems
    assert "not JSON" in read_log(b"\xff\xfe\n").problems[0]


def test_a_checkpoint_is_saved_and_read_back(made: MadeLog) -> None:
    checkpoint, note = made.checkpoint()
    path = checkpoint_path(made.path)
    assert path.name == "camera.log.checkpoint"
    save_checkpoint(path, note)
    assert load_checkpoint(path) == (checkpoint, note)
    path.write_text("nothing of the kind")
    with pytest.raises(AuditError, match=r"camera\.log\.checkpoint: not a signed note"):
        load_checkpoint(path)
    with pytest.raises(AuditError, match="No such file"):
        load_checkpoint(path.with_name("none"))


def test_a_checkpoint_of_another_form_is_refused(made: MadeLog) -> None:
    checkpoint, note = made.checkpoint()
    lines = note.text.splitlines()
    for changed in (
        "\n".join([lines[0], "0" + lines[1], lines[2]]),
        "\n".join([lines[0], "-1", lines[2]]),
        "\n".join([lines[0], lines[1], "AAAA"]),
        "\n".join(lines[:2]),
    ):
        with pytest.raises(AuditError, match="not a checkpoint"):
            read_checkpoint(str(replace(note, text=changed + "\n")))
    extended = replace(note, text=note.text + "an extension line\n")
    assert read_checkpoint(str(extended))[0] == checkpoint  # as C2SP allows


def test_a_checkpoint_of_nothing_is_held_to_the_empty_tree(made: MadeLog) -> None:
    wrong = Checkpoint("o/s/u/camera", 0, bytes(32))
    reading = read_log(made.path.read_bytes())
    assert not verify(reading, KEYS, [(wrong, wrong.signed(UNIT_KEY))]).intact


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_are_more_than_a_log_with_problems(data: bytes) -> None:
    assert read_log(data).problems


@given(
    st.dictionaries(
        st.sampled_from(["at", "facts", "kind", "n", "prev_sha256", "v"]),
        st.none()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.just("audit/1.0")
        | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    )
)
def test_no_object_is_taken_for_an_entry_that_is_none(document: dict[str, object]) -> None:
    assert read_log(json.dumps(document).encode() + b"\n").problems


@given(st.text(max_size=300))
def test_no_text_but_a_note_is_taken_for_a_note_or_a_request(text: str) -> None:
    for read in (read_checkpoint, read_request):
        with pytest.raises(AuditError):
            read(text)
