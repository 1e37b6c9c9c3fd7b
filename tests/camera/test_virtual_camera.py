"""The board's camera as it is shipped: the real picamera2 and libcamera, with libcamera's own virtual camera as sensor.

Run by `make test-camera`. What it can not show: pace, exposure, gain, focus, the crop, the troubles of a real cable.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from camera.show import SEEDS
from edge_alpr.app.build import build_pipeline
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.grab import Grabber, GrabSettings
from edge_alpr.capture.mailbox import Mailbox
from edge_alpr.capture.picamera import PicameraSource
from edge_alpr.config.settings import Config
from edge_alpr.errors import SourceError
from edge_alpr.ops.clock import SystemClock
from edge_alpr.passes import Sighting
from edge_alpr.scene.clip import render_still
from fakes.tally import Tally
from fixtures.virtual_camera import SIZE, SMALL, needs_virtual_camera, virtual_library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.capture.picamera import Library
    from edge_alpr.types import Frame

pytestmark = needs_virtual_camera

SETTINGS = PicameraSettings(width=SIZE[0], height=SIZE[1], timeout_s=2.0)
MANY = 3000
"""Frames after which a test gives up; the pictures come round every few dozen."""


class Opened:
    """The library, and what was opened by it."""

    def __init__(self) -> None:
        self.cameras: list[object] = []

    def library(self) -> Library:
        real = virtual_library()
        kept = self.cameras

        class Kept(real.open):  # type: ignore[misc, name-defined]
            def __init__(self, *arguments: object, **named: object) -> None:
                super().__init__(*arguments, **named)
                kept.append(self)

        return type(real)(Kept, real.mapped, real.transform, real.full_range)

    def pull_the_cable(self) -> None:
        self.cameras[-1].camera.stop()  # type: ignore[attr-defined]


def source_of(
    settings: PicameraSettings = SETTINGS, opened: Opened | None = None
) -> PicameraSource:
    return PicameraSource(settings, SystemClock(), "cam3", library=(opened or Opened()).library)


def taken(source: PicameraSource, number: int) -> Iterator[Frame]:
    frames = source.frames()
    yield from itertools.islice(frames, number)
    frames.close()  # type: ignore[attr-defined] # a generator


def test_frames_are_whole_and_their_own() -> None:
    clock = SystemClock()
    before = clock.now().mono_s
    frames = list(taken(source_of(), 12))
    assert [frame.sequence for frame in frames] == list(range(12))
    for frame in frames:
        assert frame.size_wh == SIZE
        assert frame.camera == "cam3"
        assert frame.small is not None
        assert frame.small.shape == SMALL[::-1]
        assert frame.luma.flags.owndata
        assert frame.luma.std() > 10, "a picture of the road, not of nothing"
        assert before - 1 < frame.at.mono_s <= clock.now().mono_s
    times = [frame.at.mono_s for frame in frames]
    assert times == sorted(times)


def test_the_small_stream_shows_the_same_road() -> None:
    frame = next(taken(source_of(), 1))
    assert frame.small is not None
    shrunk = cv2.resize(frame.luma, SMALL, interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(shrunk - frame.small).mean() < 20
    assert np.corrcoef(shrunk.ravel(), frame.small.astype(float).ravel())[0, 1] > 0.8


def test_colour_has_the_brightness_of_the_frame() -> None:
    settings = PicameraSettings(width=SIZE[0], height=SIZE[1], colour=True)
    frame = next(taken(source_of(settings), 1))
    assert frame.colour is not None
    grey = cv2.cvtColor(frame.colour, cv2.COLOR_BGR2GRAY)
    assert np.abs(grey.astype(int) - frame.luma).mean() < 2


def test_plates_that_the_camera_sees_are_read() -> None:
    expected = {plate.text for seed in SEEDS for plate in render_still(seed, 1).plates}
    pipeline = build_pipeline(Config())
    read: set[str] = set()
    for frame in taken(source_of(), MANY):
        found = pipeline.process(frame)
        read |= {each.vote.text for each in found if isinstance(each, Sighting)}
        if expected <= read:
            break
    assert expected <= read


def test_a_camera_that_stops_is_a_loss_and_can_be_opened_again() -> None:
    opened = Opened()
    source = source_of(opened=opened)
    frames = source.frames()
    next(frames)
    opened.pull_the_cable()
    with pytest.raises(SourceError, match=r"^camera 0: "):
        list(frames)
    assert len(list(taken(source, 5))) == 5
    assert len(opened.cameras) == 2


def test_the_grabber_brings_a_stopped_camera_back() -> None:
    opened, counts = Opened(), Tally()
    mailbox = Mailbox(counts, lossless=False)
    settings = GrabSettings(first_wait_s=0.1, longest_wait_s=0.2)
    grabber = Grabber(source_of(opened=opened), mailbox, settings, counts)
    stop = threading.Event()
    thread = threading.Thread(target=grabber.run, args=(stop, lambda: None))
    thread.start()
    try:
        assert mailbox.take(20.0) is not None
        opened.pull_the_cable()
        while len(opened.cameras) < 2:
            mailbox.take(1.0)
        assert mailbox.take(20.0) is not None
    finally:
        stop.set()
        thread.join(20.0)
    assert counts["capture.lost"] == 1
    assert not thread.is_alive()
