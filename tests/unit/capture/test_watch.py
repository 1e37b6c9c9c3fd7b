"""A camera that sees nothing is noticed, and a road by night, at dusk or in passing headlights is left alone."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import lru_cache
from itertools import chain, repeat
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_alpr.capture.watch import (
    COVERED,
    FLAT_VIEW,
    FROZEN,
    SILENT,
    Trouble,
    Watch,
    WatchedSource,
)
from edge_alpr.capture.watch import WatchSettings as Settings
from edge_alpr.scene.drive import Drive
from edge_alpr.scene.view import PinholeView
from edge_alpr.types import Frame, Moment
from fakes.source import FakeSource, blank_frames
from fakes.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Picture = NDArray[np.uint8]
FPS = 2.0
SIZE = (360, 640)
COVERED_WITHIN_S = 4.5
"""From the hand on the lens to the finding; status and uplink take up to six seconds more (SEC-12: ten in all)."""


@lru_cache
def drive(night_from: float) -> tuple[Picture, ...]:
    """A rendered road in grey, two pictures a second."""
    made = Drive(3, passes=4, fps=FPS, view=PinholeView(*SIZE[::-1]), night_from=night_from)
    return tuple(
        cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8) for picture, _ in made.frames()
    )


@lru_cache
def grain() -> NDArray[np.float32]:
    """Eight pictures of noise."""
    return np.random.default_rng(1).standard_normal((8, *SIZE), np.float32)


def noisy(picture: NDArray[np.float32], number: int, sigma: float = 3.0) -> Picture:
    grains: NDArray[np.float32] = picture + sigma * grain()[number % 8]
    return np.clip(grains, 0, 255).astype(np.uint8)


def level(value: float) -> Iterator[Picture]:
    """A flat picture with a sensor's noise, without end."""
    for number in range(10_000):
        yield noisy(np.full(SIZE, value, np.float32), number)


def black() -> Iterator[Picture]:
    return level(3)


def hand() -> Iterator[Picture]:
    """Light leaks in past one side."""
    leak = np.tile(np.linspace(10, 50, SIZE[1]), (SIZE[0], 1)).astype(np.float32)
    return (noisy(leak, number) for number in range(10_000))


def paint() -> Iterator[Picture]:
    return level(140)


def torch() -> Iterator[Picture]:
    return level(254)


class Seen:
    """A watch that was shown pictures, two a second."""

    def __init__(
        self, settings: Settings | None = None, **wanted: tuple[int | None, int | None]
    ) -> None:
        self.counts = Tally()
        self.watch = Watch(settings or Settings(), self.counts, **wanted)
        self.now_s = 1000.0
        self._number = 0

    def show(
        self, pictures: Iterable[Picture], *, seconds: float | None = None
    ) -> list[Trouble | None]:
        found: list[Trouble | None] = []
        for picture in pictures:
            if seconds is not None and len(found) >= seconds * FPS:
                break
            self.now_s += 1 / FPS
            self.watch.see(Frame(picture, Moment(self.now_s, 0.0), self._number))
            self._number += 1
            found.append(self.watch.trouble(self.now_s))
        return found


@pytest.mark.parametrize("night_from", [1.0, 0.5, 0.0], ids=["day", "dusk in seconds", "night"])
def test_a_road_is_left_alone(night_from: float) -> None:
    assert set(Seen().show(drive(night_from))) == {None}


@pytest.mark.parametrize("cover", [black, hand, paint, torch])
@pytest.mark.parametrize("night_from", [1.0, 0.0], ids=["day", "night"])
def test_a_covered_lens_is_found_in_time_and_so_is_its_end(
    night_from: float, cover: Callable[[], Iterator[Picture]]
) -> None:
    seen = Seen()
    seen.show(drive(night_from))
    found = seen.show(cover(), seconds=60)
    assert found[int(COVERED_WITHIN_S * FPS)] is COVERED
    assert set(found[int(COVERED_WITHIN_S * FPS) :]) == {COVERED}, "it stays found"
    assert seen.show(drive(night_from)[:3]) == [None] * 3
    assert seen.counts == {"capture.covered": 1}


def test_a_hand_that_is_soon_taken_away_is_not_told() -> None:
    seen = Seen()
    seen.show(drive(1.0))
    assert set(seen.show(black(), seconds=2)) == {None}


def test_a_night_that_falls_slowly_to_pitch_dark_is_left_alone() -> None:
    picture = drive(0.0)[0].astype(np.float32)
    fading = (noisy(picture * (1 - n / 1200), n, sigma=2.0) for n in range(1200))
    seen = Seen()
    assert set(seen.show(fading)) == {None}
    assert set(seen.show(black(), seconds=30)) == {None}


def test_headlights_on_a_dark_road_are_left_alone() -> None:
    lit = drive(0.0)[0]
    passing = chain.from_iterable(
        chain(
            (noisy(np.full(SIZE, 3.0, np.float32), n * 50 + i) for i in range(34)), repeat(lit, 6)
        )
        for n in range(15)
    )
    assert set(Seen().show(passing)) == {None}


def test_fog_that_thickens_leaves_less_and_is_no_hand() -> None:
    picture = drive(1.0)[0].astype(np.float32)
    fog = (noisy(150 + (picture - 150) * max(0.0, 1 - n / 1200), n, sigma=2.0) for n in range(1400))
    found = Seen().show(fog)
    assert set(found) == {None, FLAT_VIEW}
    assert found[-1] is FLAT_VIEW


def test_the_same_picture_over_and_over_is_frozen() -> None:
    seen = Seen()
    seen.show(drive(1.0))
    found = seen.show(repeat(drive(1.0)[-1], 30))
    assert found[15] is None
    assert found[18:] == [FROZEN] * 12
    assert seen.show(drive(1.0)[:3]) == [None] * 3


def test_a_dark_picture_without_any_noise_comes_from_no_sensor() -> None:
    assert Seen().show(repeat(np.zeros(SIZE, np.uint8), 30))[-1] is FROZEN


def test_a_still_road_with_a_sensors_noise_is_not_frozen() -> None:
    picture = drive(1.0)[0].astype(np.float32)
    assert set(Seen().show(noisy(picture, n, sigma=0.7) for n in range(60))) == {None}


@pytest.mark.parametrize(
    ("wanted_wh", "reason"),
    [
        ((640, 360), None),
        ((None, None), None),
        ((1920, 1080), "pictures of 640x360, asked for 1920x1080"),
        ((1920, None), "pictures of 640x360, asked for 1920xany"),
    ],
)
def test_pictures_of_a_size_that_was_not_asked_for_are_told(
    wanted_wh: tuple[int | None, int | None], reason: str | None
) -> None:
    found = Seen(wanted_wh=wanted_wh).show(drive(1.0))[-1]
    assert (found and found.reason) == reason
    assert found is None or found.state == "degraded"


def test_a_camera_that_falls_silent_is_told_and_heard_again() -> None:
    seen = Seen()
    seen.show(drive(1.0)[:3])
    assert seen.watch.trouble(seen.now_s + 4.9) is None
    assert seen.watch.trouble(seen.now_s + 5.1) is SILENT
    seen.now_s += 20
    assert seen.show(drive(1.0)[3:5]) == [None, None]


def test_a_camera_that_never_gave_a_picture_has_the_same_time() -> None:
    watch = Watch(Settings(), Tally())
    assert watch.trouble(50.0) is None
    assert watch.trouble(54.0) is None
    assert watch.trouble(55.1) is SILENT


def test_it_can_be_turned_off() -> None:
    seen = Seen(Settings(enabled=False))
    assert set(seen.show(repeat(drive(1.0)[0], 60))) == {None}
    assert seen.watch.trouble(seen.now_s + 100) is None


def test_each_finding_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen = Seen()
    seen.show(drive(1.0))
    seen.show(black(), seconds=20)
    seen.show(drive(1.0)[:4])
    assert [r.getMessage() for r in caplog.records] == [
        f"cam0: {COVERED.reason}",
        "cam0: the picture is useful again",
    ]


def test_between_looks_nothing_is_judged() -> None:
    """Ten times as many pictures give the same answer at the same time."""
    counts = Tally()
    watch = Watch(Settings(), counts)
    picture = drive(1.0)[0]
    for number in range(100):
        watch.see(Frame(picture, Moment(number / 20, 0.0), number))
    assert watch.trouble(5.0) is None
    for number in range(100, 200):
        watch.see(Frame(picture, Moment(number / 20, 0.0), number))
    assert watch.trouble(10.0) is FROZEN


def test_the_cameras_own_small_picture_is_looked_at_if_there_is_one() -> None:
    seen = Seen()
    small = drive(1.0)[0][::2, ::2].copy()
    for number in range(30):
        luma = noisy(np.full(SIZE, 90.0, np.float32), number)
        frame = Frame(luma, Moment(1000 + number / FPS, 0.0), number)
        seen.watch.see(replace(frame, small=small))
    assert seen.watch.trouble(1000 + 29 / FPS) is FROZEN


def test_a_watched_source_is_the_source() -> None:
    watch = Watch(Settings(), Tally())
    source = FakeSource([blank_frames(5)], live=True)
    watched = WatchedSource(source, watch)
    assert watched.live
    frames = watched.frames()
    assert [next(frames).sequence for _ in range(5)] == [0, 1, 2, 3, 4]
    assert watch.trouble(blank_frames(5)[-1].at.mono_s + 5.1) is SILENT
    watched.close()
    assert source.is_closed
