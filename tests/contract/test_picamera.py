"""What `PicameraSource` relies on in picamera2: the fake, and the real one over libcamera's virtual camera.

The real one is there in `make test-camera` only (tests/camera), and on a board by ``-m hardware``, not run yet.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge_alpr.capture.picamera import load_library
from fakes.picamera import FakeBoard
from fixtures.virtual_camera import SIZE, SMALL, needs_board, needs_virtual_camera, virtual_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge_alpr.capture.picamera import Library

WAIT_S = 5.0
BUFFERS = 4


def _fake() -> Library:
    picture = np.full(SIZE[::-1], 90, np.uint8)
    return FakeBoard([picture] * 100, offer={"FrameDurationLimits": (1, 100_000, 33_333)}).library()


@pytest.fixture(
    params=[
        pytest.param(_fake, id="fake"),
        pytest.param(virtual_library, id="virtual camera", marks=needs_virtual_camera),
        pytest.param(load_library, id="board", marks=[pytest.mark.hardware, needs_board]),
    ]
)
def library(request: pytest.FixtureRequest) -> Library:
    make: Callable[[], Library] = request.param
    return make()


def configure(camera: Any, library: Library) -> None:
    camera.configure(
        camera.create_video_configuration(
            main={"size": SIZE, "format": "YUV420"},
            lores={"size": SMALL, "format": "YUV420"},
            raw=None,
            transform=library.transform(hflip=False, vflip=False),
            colour_space=library.full_range(),
            buffer_count=BUFFERS,
            sensor={},
        )
    )


@contextmanager
def started(library: Library) -> Iterator[Any]:
    with closing(library.open(0, tuning=None)) as camera:
        configure(camera, library)
        camera.start()
        yield camera


def test_the_cameras_are_listed_with_their_model(library: Library) -> None:
    cameras = library.open.global_camera_info()
    assert cameras
    assert all(isinstance(each["Model"], str) for each in cameras)


def test_a_tuning_file_that_is_not_there_is_a_runtime_error(library: Library) -> None:
    with pytest.raises(RuntimeError):
        library.open.load_tuning_file("no-such-sensor_noir.json")


def test_the_sizes_asked_for_are_given(library: Library) -> None:
    with started(library) as camera:
        streams = camera.camera_configuration()
        assert streams["main"]["size"] == SIZE
        assert streams["lores"]["size"] == SMALL
        assert streams["main"]["format"] in {"YUV420", "NV12"}


def test_what_is_offered_has_a_least_a_greatest_and_a_usual_value(library: Library) -> None:
    with started(library) as camera:
        assert camera.camera_controls
        assert all(len(limits) == 3 for limits in camera.camera_controls.values())


def test_a_control_that_is_not_offered_is_refused(library: Library) -> None:
    with started(library) as camera, pytest.raises(RuntimeError, match="not advertised"):
        camera.set_controls({"NoSuchControl": 1})


def test_a_request_has_its_time_and_both_planes_without_a_copy(library: Library) -> None:
    with started(library) as camera:
        request = camera.capture_request(wait=WAIT_S)
        assert isinstance(request.get_metadata()["SensorTimestamp"], int)
        for stream, (width, height) in (("main", SIZE), ("lores", SMALL)):
            with library.mapped(request, stream, write=False) as mapped:
                rows, stride = mapped.array.shape
                assert rows == height * 3 // 2
                assert stride >= width
                assert mapped.array.dtype == np.uint8
                assert not mapped.array.flags.owndata
        request.release()


def test_time_stamps_grow(library: Library) -> None:
    with started(library) as camera:
        stamps = []
        for _ in range(3 * BUFFERS):  # more than there are buffers: they come back
            request = camera.capture_request(wait=WAIT_S)
            stamps.append(request.get_metadata()["SensorTimestamp"])
            request.release()
    assert stamps == sorted(stamps)


def test_held_requests_stall_the_camera_and_it_can_be_closed_and_opened_again(
    library: Library,
) -> None:
    camera = library.open(0, tuning=None)
    configure(camera, library)
    camera.start()
    held = [camera.capture_request(wait=WAIT_S) for _ in range(BUFFERS)]
    with pytest.raises(TimeoutError):
        camera.capture_request(wait=0.5)
    camera.cancel_all_and_flush()
    camera.close()
    for request in held:
        request.release()
    with started(library) as again:
        again.capture_request(wait=WAIT_S).release()


def test_a_camera_that_is_open_cannot_be_opened_twice(library: Library) -> None:
    with started(library), pytest.raises(RuntimeError):
        library.open(0, tuning=None)
