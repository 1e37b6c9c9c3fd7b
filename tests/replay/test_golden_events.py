"""Recordings give the events they always gave: golden files hold what a better network must not change.

That is: how many passes, in which order, what they say (O taken as 0 and I as 1), and when. Reads too doubtful for any
hit are left out: what a network takes for half a plate now and then is its own affair, and the evaluation's.
``EDGE_ALPR_BLESS=1 pytest tests/replay`` writes the files anew; look at the difference before you commit it.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.cli import main
from edge_alpr.config.profiles import find_profile
from edge_alpr.geometry import quad_size
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.plates import fold

if TYPE_CHECKING:
    from fixtures.recordings import Stills
    from fixtures.scenes import RenderedClip

pytestmark = pytest.mark.model

GOLDEN = Path(__file__).parents[1] / "golden/replay"
START = "2026-11-24T08:00:00Z"
TOLERANCE_S = 1.0
"""Another network may like another frame of the same pass best."""


DOUBTFUL = find_profile("default-strict").rules.hit.min_confidence


def replay(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What ``edge-alpr replay --jsonl`` prints."""
    capsys.readouterr()
    assert main(["replay", "--jsonl", "--start", START, *arguments]) == 0
    return capsys.readouterr().out


def sure(output: str) -> list[dict[str, Any]]:
    """The events that are not doubtful."""
    events = [json.loads(line) for line in output.splitlines()]
    return [event for event in events if event["plate"]["confidence"] >= DOUBTFUL]


def essence(event: dict[str, Any]) -> dict[str, Any]:
    """What must stay; times in seconds from the start of the recording."""
    start_s = to_seconds(START.replace("Z", ".000Z"))
    return {
        "text": fold(event["plate"]["text"]),
        "camera": event["camera"],
        "phase": event["phase"],
        "test": event["test"],
        "profile": event["policy"]["profile"],
        "frame": event["read"]["frame"],
        "captured_s": round(to_seconds(event["time"]["captured"]) - start_s, 3),
        "last_seen_s": round(to_seconds(event["time"]["last_seen"]) - start_s, 3),
    }


def differences(wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    """A difference line by line, empty if there is none; a time near enough counts as the wanted one."""
    for want, have in zip(wanted, found, strict=False):
        for name in ("captured_s", "last_seen_s"):
            if abs(want[name] - have[name]) <= TOLERANCE_S:
                have[name] = want[name]
    before, after = ([json.dumps(each) for each in events] for events in (wanted, found))
    return "\n".join(difflib.unified_diff(before, after, "golden", "this run", lineterm="", n=1))


def compare(name: str, output: str) -> None:
    found = [essence(event) for event in sure(output)]
    path = GOLDEN / f"{name}.jsonl"
    if os.environ.get("EDGE_ALPR_BLESS"):
        path.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")
        pytest.skip(f"{path.name} written anew")
    wanted = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found_instead = differences(wanted, found)
    assert not found_instead, f"the events of {name!r} are not the golden ones:\n{found_instead}"


def test_a_clip_by_day(day_clip: RenderedClip, capsys: pytest.CaptureFixture[str]) -> None:
    compare("day", replay(capsys, str(day_clip.path)))


def test_a_clip_by_night(night_clip: RenderedClip, capsys: pytest.CaptureFixture[str]) -> None:
    compare("night", replay(capsys, str(night_clip.path)))


def test_a_folder_of_photographs(stills_folder: Stills, capsys: pytest.CaptureFixture[str]) -> None:
    compare("stills", replay(capsys, "--fps", "0.5", "--single", str(stills_folder.folder)))


def test_the_same_recording_gives_the_same_bytes(
    day_clip: RenderedClip, capsys: pytest.CaptureFixture[str]
) -> None:
    first = replay(capsys, str(day_clip.path))
    assert first
    assert replay(capsys, str(day_clip.path)) == first


def test_the_golden_events_are_the_passes_that_were_rendered(
    day_clip: RenderedClip, night_clip: RenderedClip, stills_folder: Stills
) -> None:
    """So that a wrong read cannot be blessed."""
    for name, texts in (
        ("day", [one.text for one in day_clip.truth]),
        ("night", [one.text for one in night_clip.truth]),
        ("stills", stills_folder.texts),
    ):
        lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["text"] for line in lines] == [fold(text) for text in texts]


def test_the_corners_lie_on_the_plate_in_the_frame_that_the_event_names(
    day_clip: RenderedClip, capsys: pytest.CaptureFixture[str]
) -> None:
    for event, truth in zip(sure(replay(capsys, str(day_clip.path))), day_clip.truth, strict=True):
        number = round(essence(event)["captured_s"] * day_clip.fps)
        wanted = truth.corners[number]
        found = np.array(event["read"]["quad"]) * np.array(event["read"]["frame"])
        off = np.linalg.norm(found - wanted, axis=1).max() / quad_size(wanted)[0]
        assert off < 0.3, f"{event['plate']['text']}: a corner is off by {off:.0%} of the width"


def test_a_difference_is_told_line_by_line() -> None:
    """The control of all above."""
    one = {"text": "EDGE042", "captured_s": 1.0, "last_seen_s": 2.0}
    assert not differences([one], [{**one, "captured_s": 1.4}])
    assert "-" in differences([one], [{**one, "captured_s": 3.0}])
    told = differences([one, {**one, "text": "EDGE043"}], [{**one, "text": "EDGE047"}])
    assert '+{"text": "EDGE047"' in told
    assert '-{"text": "EDGE043"' in told
