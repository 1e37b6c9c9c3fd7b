"""What is remembered of a pass, for how long, and what its evidence shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.geometry import Box
from edge_alpr.passes import Look, Sighting
from edge_alpr.types import Detection, Frame, Moment, Track
from edge_alpr.vision.choose import promise_of, promise_of_look
from edge_alpr.vision.evidence import cut_evidence
from edge_alpr.vision.settle import PassSettings
from edge_alpr.vision.vote import VoteSettings
from edge_alpr.vision.witness import Witness
from strategies.reads import make_read

PLATE = Box(40, 20, 80, 30)
DETECTION = Detection(PLATE, PLATE.corners(), 0.9)
WH = (160, 90)


def frame_at(sequence: int, *, fps: float = 10.0) -> Frame:
    """Each frame has its own brightness: its sequence number."""
    picture = np.full((WH[1], WH[0]), sequence, np.uint8)
    return Frame(picture, Moment(sequence / fps, 0.0), sequence)


def track_at(frame: Frame, *, track_id: int = 1, detections: int = 9) -> Track:
    return Track(
        track_id, "confirmed", DETECTION, Moment(0, 0), frame.at, detections, seen_now=True
    )


class Case:
    """A witness and a way to show it reads, frame by frame."""

    def __init__(self, **settings: Any) -> None:
        self.witness = Witness(PassSettings(**settings), VoteSettings())

    def decide(self, track: Track, camera: str = "cam0") -> Sighting | None:
        """The last word, or None if the pass is unread or was decided."""
        found = self.witness.decide(track, WH, camera)
        return found if isinstance(found, Sighting) else None

    def show(self, sequence: int, text: str, sureness: float = 0.9, *, track_id: int = 1) -> Track:
        frame = frame_at(sequence)
        track = track_at(frame, track_id=track_id)
        read = make_read(text, sureness if text else [])
        look = Look(read, DETECTION, frame.at, sequence, sharpness=0.5)
        self.witness.add(track, look, frame)
        self.witness.forget_old(frame.at.mono_s)
        return track


def test_a_pass_is_decided_by_its_looks() -> None:
    case = Case()
    for n, text in enumerate(["AB12", "AB12", "A812", ""]):
        track = case.show(n, text)
    sighting = case.decide(track, "cam7")
    assert sighting is not None
    assert (sighting.vote.text, sighting.vote.reads, sighting.vote.agree) == ("AB12", 3, 2)
    assert (sighting.camera, sighting.frame_wh, sighting.track_id) == ("cam7", WH, 1)
    assert (sighting.first, sighting.last) == (track.first, track.last)
    assert sighting.frames == track.detections


def test_a_decided_pass_is_not_decided_twice() -> None:
    case = Case()
    track = case.show(0, "AB12")
    assert case.decide(track) is not None
    assert case.decide(track) is None
    track = case.show(1, "AB12")
    assert case.decide(track) is None


def test_a_decided_pass_wants_no_further_look() -> None:
    case = Case()
    track = case.show(0, "AB12")
    assert case.witness.wants(track, 1.0)
    case.decide(track)
    assert not case.witness.wants(track, 1e9)


def test_after_the_end_the_number_of_a_track_is_forgotten_altogether() -> None:
    case = Case()
    track = case.show(0, "AB12")
    case.decide(track)
    case.witness.close(track)
    assert case.witness.wants(track, 0.0)
    case.witness.close(track)  # of an unknown track: nothing happens


def test_a_pass_without_a_look_or_a_text_is_no_sighting() -> None:
    case = Case()
    assert case.decide(track_at(frame_at(0))) is None
    track = case.show(1, "", track_id=2)
    assert case.decide(track) is None


def test_passes_do_not_hear_of_each_other() -> None:
    case = Case()
    one = case.show(0, "AB12", track_id=1)
    other = case.show(1, "XY89", track_id=2)
    for track, text in ((one, "AB12"), (other, "XY89")):
        sighting = case.decide(track)
        assert sighting is not None
        assert sighting.vote.text == text


# ------------------------------------------------------------------ forgetting


def test_a_read_is_forgotten_after_its_time() -> None:
    """One read at 0 s, memory of 2 s: it still counts at 2.0 s and no longer at 2.1 s."""
    for seconds, remembered in ((2.0, True), (2.1, False)):
        case = Case(memory_s=2.0)
        track = case.show(0, "AB12")
        case.witness.forget_old(seconds)
        assert (case.decide(track) is not None) is remembered


def texts_in(thing: object) -> set[str]:
    """Every string that can be reached from an object of ours."""
    found: set[str] = set()
    waiting, seen = [thing], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set):
            waiting += item
        elif type(item).__module__.startswith("edge_alpr"):
            names = [n for c in type(item).__mro__ for n in getattr(c, "__slots__", ())]
            waiting += [getattr(item, n) for n in names if hasattr(item, n)]
            waiting += list(getattr(item, "__dict__", {}).values())
    return found


@pytest.mark.parametrize("end", ["decide", "close", "forget"])
def test_no_text_and_no_picture_is_kept_after(end: str) -> None:
    case = Case()
    track = case.show(0, "AB12")
    assert "AB12" in texts_in(case.witness), "the search itself must find what is there"
    if end == "decide":
        case.decide(track)
    elif end == "close":
        case.witness.close(track)
    else:
        case.witness.forget_old(99.0)
    assert "AB12" not in texts_in(case.witness)
    assert not any(known.looks or known.evidence for known in case.witness._passes.values())


# ------------------------------------------------------------------ evidence


def _level(evidence: object) -> int:
    assert isinstance(evidence, np.ndarray)
    (level,) = np.unique(evidence).tolist()
    return int(level)


def test_the_evidence_is_the_frame_of_the_best_look_that_agrees() -> None:
    case = Case()
    looks = [("AB12", 0.7), ("A812", 0.99), ("AB12", 0.9), ("AB12", 0.8)]
    for n, (text, sureness) in enumerate(looks):
        track = case.show(n, text, sureness)
    sighting = case.decide(track)
    assert sighting is not None
    assert sighting.vote.text == "AB12"
    assert sighting.best.sequence == 2
    assert _level(sighting.evidence) == 2


def test_of_equally_good_looks_the_first_is_shown() -> None:
    case = Case()
    for n in range(3):
        track = case.show(n, "AB12", 0.9)
    sighting = case.decide(track)
    assert sighting is not None
    assert _level(sighting.evidence) == sighting.best.sequence == 0


def test_when_no_look_has_the_voted_text_the_best_one_is_shown() -> None:
    case = Case()
    for n, (text, sureness) in enumerate([("XB12", 0.88), ("AX12", 0.9), ("AB1X", 0.86)]):
        track = case.show(n, text, sureness)
    sighting = case.decide(track)
    assert sighting is not None
    assert (sighting.vote.text, sighting.vote.agree) == ("AB12", 0)
    assert _level(sighting.evidence) == sighting.best.sequence == 1


def test_a_pass_longer_than_the_memory_still_has_evidence() -> None:
    """The best look is the first and is forgotten; the best of those that are left is shown."""
    case = Case(memory_s=1.0)
    for n in range(15):
        track = case.show(n, "AB12", 0.99 - n / 100)
    sighting = case.decide(track)
    assert sighting is not None
    assert sighting.best.sequence == 4  # at 0.4 s, and now it is 1.4 s
    assert _level(sighting.evidence) == 4


@given(
    st.lists(
        st.tuples(st.sampled_from(["AB12", "A812", ""]), st.sampled_from([0.5, 0.7, 0.9])),
        min_size=1,
        max_size=30,
    )
)
def test_the_evidence_is_always_the_frame_that_was_read(looks: list[tuple[str, float]]) -> None:
    case = Case(memory_s=1.0)
    for n, (text, sureness) in enumerate(looks):
        track = case.show(n, text, sureness)
    sighting = case.decide(track)
    if sighting is not None:
        assert _level(sighting.evidence) == sighting.best.sequence
        assert sighting.best.read.text
        assert track.last.mono_s - sighting.best.at.mono_s <= 1.0


@pytest.mark.parametrize("coloured", [False, True])
def test_evidence_is_the_plate_and_15_percent_in_an_own_copy(coloured: bool) -> None:
    picture = np.arange(90 * 160, dtype=np.uint32).astype(np.uint8).reshape(90, 160)
    frame = Frame(picture, Moment(0, 0), 0)
    if coloured:
        frame = replace(frame, colour=np.dstack([picture] * 3))
    cut = cut_evidence(frame, Box(40, 20, 80, 40))
    assert cut.shape == ((26, 52, 3) if coloured else (26, 52))
    grey = cut[..., 0] if coloured else cut
    assert (grey == picture[17:43, 34:86]).all()
    assert not np.shares_memory(cut, picture)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 160, 90), Box(0, 0, 0.2, 0.2), Box(159.9, 89.9, 160, 90)]
)
def test_evidence_at_the_border_is_never_empty_nor_larger_than_the_frame(box: Box) -> None:
    cut = cut_evidence(frame_at(0), box)
    assert cut.size > 0
    assert cut.shape <= (WH[1], WH[0])


# ------------------------------------------------------------------ what is worth a look


def test_beyond_the_limit_the_poorest_look_is_forgotten() -> None:
    case = Case(max_looks=3)
    for n, sharpness in enumerate([0.5, 0.2, 0.6, 0.7, 0.1]):
        frame = frame_at(n)
        look = Look(make_read(f"AB1{n}", 0.9), DETECTION, frame.at, n, sharpness)
        case.witness.add(track_at(frame), look, frame)
    (known,) = case.witness._passes.values()
    assert [look.sequence for look in known.looks] == [0, 2, 3]
    assert sorted(known.evidence) == [0, 2, 3]


def test_a_look_that_promises_less_than_enough_others_is_not_wanted() -> None:
    case = Case(enough_looks=5)
    for n in range(5):
        track = case.show(n, "AB12")
    known = promise_of(DETECTION, 0.5)
    assert case.witness.wants(track, known)
    assert not case.witness.wants(track, 0.99 * known)


def found(height: float, score: float = 0.9, *, lean: float = 0.0) -> Detection:
    box = Box(0, 0, 4 * height, height)
    corners = box.corners()
    corners[:2, 0] += lean * height
    return Detection(box, corners, score)


def test_promise_grows_with_size_up_to_a_limit_with_sharpness_with_the_score_and_squarely() -> None:
    assert promise_of(found(30), 0.5) > promise_of(found(20), 0.5)
    assert promise_of(found(90), 0.5) == promise_of(found(40), 0.5)
    assert promise_of(found(30), 0.6) > promise_of(found(30), 0.5)
    assert promise_of(found(30), 0.5) > promise_of(found(30, 0.8), 0.5)
    assert promise_of(found(90), 0.5) > promise_of(found(90, lean=1.0), 0.5)


def test_a_looks_promise_is_that_of_its_crop() -> None:
    look = Look(make_read("A", 0.9), DETECTION, Moment(0, 0), 0, sharpness=0.4)
    assert promise_of_look(look) == promise_of(DETECTION, 0.4)


# ------------------------------------------------------------------ settling


def test_a_vehicle_that_stays_is_settled_by_time_and_agreement() -> None:
    case = Case(settle_s=1.0, settle_agree=5)
    settled = [case.witness.is_settled(case.show(n, "AB12"), n / 10) for n in range(13)]
    assert settled == [False] * 10 + [True] * 3


def test_who_drives_away_is_decided_before_the_best_look_is_forgotten() -> None:
    case = Case(memory_s=2.5, settle_agree=5)
    for n in range(3):
        case.show(n, "AB12")  # three good looks, then none that is worth a read
    settled = [case.witness.is_settled(track_at(frame_at(n)), n / 10) for n in range(3, 26)]
    assert settled.index(True) + 3 in range(20, 24)
    sighting = case.decide(track_at(frame_at(23)))
    assert sighting is not None
    assert sighting.vote.text == "AB12"


def test_a_vehicle_that_comes_nearer_is_not_settled() -> None:
    case = Case(settle_s=0.5, settle_agree=2)
    for n in range(12):
        track = case.show(n, "AB12")
        plate = PLATE.grow(0.05 * n, 0.05 * n)
        nearer = replace(track, detection=Detection(plate, plate.corners(), 0.9))
        assert not case.witness.is_settled(nearer, n / 10) or n < 3
    assert case.witness.is_settled(track, track.last.mono_s)


@pytest.mark.parametrize(
    ("text", "sureness", "settings"),
    [("A1", 0.99, {}), ("AB12", 0.3, {"min_confidence": 0.2})],
)
def test_too_short_or_too_unlikely_a_text_is_no_sighting(
    text: str, sureness: float, settings: dict[str, float]
) -> None:
    case = Case(**settings)
    assert case.decide(case.show(0, text, sureness)) is None


def test_short_plates_can_be_believed_where_they_exist() -> None:
    case = Case(min_characters=2)
    assert case.decide(case.show(0, "A1")) is not None


@pytest.mark.parametrize("growth", [0.0, 0.2])
def test_a_camera_of_a_third_of_a_frame_per_second_decides_before_it_forgets(growth: float) -> None:
    """Three seconds from look to look, a memory of 2.5 s: both looks vote, also those of who comes nearer."""
    case = Case(memory_s=2.5)
    for n in range(2):
        frame = frame_at(n, fps=1 / 3)
        plate = PLATE.grow(growth * n, growth * n)
        detection = Detection(plate, plate.corners(), 0.9)
        track = replace(track_at(frame), detection=detection)
        case.witness.add(track, Look(make_read("AB12", 0.9), detection, frame.at, n, 0.5), frame)
        assert case.witness.is_settled(track, frame.at.mono_s) is (n == 1)
    sighting = case.decide(track)
    assert sighting is not None
    assert sighting.vote.reads == 2


def test_reads_that_disagree_do_not_settle() -> None:
    case = Case(settle_s=0.5, settle_agree=5)
    for n in range(16):
        track = case.show(n, f"AB1{n % 4}")
        assert not case.witness.is_settled(track, track.last.mono_s)


def test_unknown_and_decided_passes_are_not_settled() -> None:
    case = Case(settle_s=0.0, settle_agree=1)
    assert not case.witness.is_settled(track_at(frame_at(0)), 0.0)
    track = case.show(0, "AB12")
    assert case.witness.is_settled(track, track.last.mono_s)
    case.decide(track)
    assert not case.witness.is_settled(track, track.last.mono_s)
