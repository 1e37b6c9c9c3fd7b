"""Which read belongs to which pass, and what counts as read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge_alpr.commands.demo.verdict import Outcome, Read, judge, parse_read
from edge_alpr.errors import MessageError
from edge_alpr.message.codec import encode
from edge_alpr.scene.drive import PassTruth
from fakes.events import PLATE, an_event

if TYPE_CHECKING:
    from edge_alpr.geometry import Points

QUAD = np.array([[10, 10], [110, 10], [110, 32], [10, 32]], np.float32)


def truth(text: str) -> PassTruth:
    corners = {frame: QUAD + frame for frame in range(5)}
    return PassTruth(text, "gb", "day", False, 0, 4, 2, corners)


def read(text: str, corners: Points = QUAD) -> Read:
    return Read(text, 0.9, 100.0, 12, 0.4, corners)


def words(outcome: Outcome) -> list[str]:
    return [verdict.words for verdict in outcome.verdicts]


def test_reads_go_to_the_pass_they_fit_whatever_their_order() -> None:
    outcome = judge([truth("AB12CDE"), truth("XY34ZZZ")], [read("XY34ZZZ"), read("AB12CDE")])
    assert words(outcome) == ["right", "right"]
    assert not outcome.strays
    assert outcome.complete


def test_o_and_zero_and_i_and_one_count_as_the_same() -> None:
    assert words(judge([truth("AB10CDE")], [read("ABIOCDE")])) == ["right"]


@pytest.mark.parametrize(
    ("text", "wanted"), [("AB12CDX", "1 wrong"), ("AB1CDX", "2 wrong"), ("AB12XX", "missing")]
)
def test_up_to_two_wrong_characters_are_a_poor_read_and_more_is_none(
    text: str, wanted: str
) -> None:
    outcome = judge([truth("AB12CDE")], [read(text)])
    assert words(outcome) == [wanted]
    assert len(outcome.strays) == (wanted == "missing")
    assert outcome.complete == (wanted != "missing")


def test_the_better_of_two_reads_is_taken_and_the_other_told() -> None:
    outcome = judge([truth("AB12CDE")], [read("AB12CDX"), read("AB12CDE"), read("ZZ99ZZZ")])
    assert words(outcome) == ["right"]
    assert [one.text for one in outcome.again] == ["AB12CDX"]
    assert [one.text for one in outcome.strays] == ["ZZ99ZZZ"]


def test_one_read_does_not_serve_two_passes() -> None:
    outcome = judge([truth("AB12CDE"), truth("AB12CDX")], [read("AB12CDE")])
    assert words(outcome) == ["right", "missing"]


def test_nothing_read_is_all_missing() -> None:
    (verdict,) = judge([truth("AB12CDE")], []).verdicts
    assert (verdict.words, verdict.wrong, verdict.frame) == ("missing", None, 2)


def test_the_frame_of_a_read_is_the_one_its_corners_lie_in() -> None:
    (verdict,) = judge([truth("AB12CDE")], [read("AB12CDE", QUAD + np.float32(3.2))]).verdicts
    assert verdict.frame == 3


def test_a_collectors_line_is_understood() -> None:
    event = an_event()
    body = json.loads(encode(event))
    body["stored"] = "2026-01-01T00:00:01.500Z"
    parsed = parse_read(json.dumps(body))
    assert parsed is not None
    assert parsed.text == PLATE
    assert parsed.latency_s == 0.5
    assert parsed.corners.shape == (4, 2)
    assert parsed.corners[0].tolist() == pytest.approx(
        [event.read.quad[0][0] * event.read.frame[0], event.read.quad[0][1] * event.read.frame[1]]
    )


def test_a_line_that_is_no_event_is_refused() -> None:
    with pytest.raises(MessageError):
        parse_read('{"schema": "plate.read/1.0", "stored": "2026-01-01T00:00:01.500Z"}')


def test_what_the_unit_says_of_itself_is_no_read() -> None:
    assert (
        parse_read('{"schema": "unit.summary/1.0", "stored": "2026-01-01T00:00:01.500Z"}') is None
    )
