"""What the product uses of picamera2 and libcamera, without a camera.

tests/contract/test_picamera.py holds it to the real ones. It gives its pictures once an opening and then nothing more,
as a camera does whose cable is pulled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from edge_alpr.capture.picamera import Library

if TYPE_CHECKING:
    from types import TracebackType

Offer = dict[str, tuple[Any, Any, Any]]

MODULE_3: Offer = {
    "ExposureTime": (13, 112_015_443, 20_000),
    "AnalogueGain": (1.0, 16.0, 1.0),
    "FrameDurationLimits": (17_849, 220_417_486, 33_333),
    "AeConstraintMode": (0, 3, 0),
    "NoiseReductionMode": (0, 4, 0),
    "Sharpness": (0.0, 16.0, 1.0),
    "Saturation": (0.0, 32.0, 1.0),
    "AwbEnable": (False, True, True),
    "ColourGains": (0.0, 32.0, 1.0),
    "AfMode": (0, 2, 0),
    "AfTrigger": (0, 1, 0),
    "LensPosition": (0.0, 32.0, 1.0),
    "ScalerCrop": ((0, 0, 64, 64), (0, 0, 4608, 2592), (0, 0, 4608, 2592)),
}
"""As a Camera Module 3 offers them, by rpicam-hello and the documentation of libcamera."""


@dataclass(slots=True)
class FakeBoard:
    """One board: what is plugged in, what it sees, and what was done with it."""

    pictures: list[NDArray[np.uint8]]
    """``(H, W)`` grey levels, in the size that will be asked for."""
    offer: Offer = field(default_factory=lambda: dict(MODULE_3))
    metadata: list[dict[str, Any]] = field(default_factory=list)
    """Of each picture; what is missing is made up."""
    model: str = "imx708"
    cameras: int = 1
    layout: str = "YUV420"
    padding: int = 32
    """Bytes at the end of each row."""
    tunings: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails_to_close: bool = False
    openings: list[FakePicamera2] = field(default_factory=list)
    busy: bool = False

    def library(self) -> Library:
        board = self

        class Bound(FakePicamera2):
            def __init__(self, camera_num: int = 0, tuning: Any = None) -> None:
                super().__init__(board, camera_num, tuning)

            @staticmethod
            def global_camera_info() -> list[dict[str, Any]]:
                return [
                    {"Model": board.model, "Num": n, "Id": str(n)} for n in range(board.cameras)
                ]

            @staticmethod
            def load_tuning_file(name: str) -> dict[str, Any]:
                if name not in board.tunings:
                    raise RuntimeError("Tuning file not found")
                return board.tunings[name]

        return Library(Bound, FakeMappedArray, lambda **flips: dict(flips), lambda: "sycc")


class FakePicamera2:
    """The calls that the product makes, with the demands of the real one on their order."""

    def __init__(self, board: FakeBoard, camera_num: int, tuning: Any) -> None:
        if board.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        board.busy = True
        board.openings.append(self)
        self.board, self.number, self.tuning = board, camera_num, tuning
        self.asked: dict[str, Any] = {}
        self.controls: dict[str, Any] = {}
        self.held = 0
        self.taken = 0
        self.waits: list[float] = []
        self.flushed = self.closed = False
        self._started = False

    @property
    def camera_controls(self) -> Offer:
        return self.board.offer

    def create_video_configuration(self, **asked: Any) -> dict[str, Any]:
        return asked

    def configure(self, configuration: dict[str, Any]) -> None:
        if self._started:
            raise RuntimeError("Camera must be stopped before configuring")
        self.asked = configuration

    def camera_configuration(self) -> dict[str, Any]:
        return {
            name: {**self.asked[name], "format": self.board.layout} for name in ("main", "lores")
        }

    def set_controls(self, controls: dict[str, Any]) -> None:
        for name in controls:
            if name not in self.board.offer:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.controls.update(controls)

    def start(self) -> None:
        if not self.asked:
            raise RuntimeError("Camera has not been configured")
        self._started = True

    def capture_request(self, wait: float) -> FakeRequest:
        self.waits.append(wait)
        if self.held >= self.asked["buffer_count"] or self.taken >= len(self.board.pictures):
            raise TimeoutError
        self.held += 1
        self.taken += 1
        return FakeRequest(self, self.taken - 1)

    def cancel_all_and_flush(self) -> None:
        self.flushed = True

    def close(self) -> None:
        if self.board.fails_to_close:
            raise RuntimeError("Unable to stop preview.")
        self._started = False
        self.closed = True
        self.board.busy = False


class FakeRequest:
    """One picture in buffers that are the driver's again once it is released."""

    def __init__(self, camera: FakePicamera2, number: int) -> None:
        self._camera, self._number = camera, number
        self.buffers = {name: self._buffer(name) for name in ("main", "lores")}

    def get_metadata(self) -> dict[str, Any]:
        listed = self._camera.board.metadata
        made = {"SensorTimestamp": (self._number + 1) * 33_333_333, "ExposureTime": 1000}
        return made | (listed[self._number] if self._number < len(listed) else {})

    def release(self) -> None:
        self._camera.held -= 1
        for buffer in self.buffers.values():
            buffer[:] = 0  # the next picture is written over it

    def _buffer(self, stream: str) -> NDArray[np.uint8]:
        board = self._camera.board
        width, height = self._camera.asked[stream]["size"]
        buffer = np.full((height * 3 // 2, width + board.padding), 128, np.uint8)
        picture = board.pictures[self._number]
        rows = np.arange(height) * picture.shape[0] // height
        columns = np.arange(width) * picture.shape[1] // width
        buffer[:height, :width] = picture[np.ix_(rows, columns)]
        return buffer


class FakeMappedArray:
    """A view of a request's buffer, for as long as the block lasts."""

    def __init__(self, request: FakeRequest, stream: str, write: bool = True) -> None:
        self._buffer = request.buffers[stream]
        self.array: NDArray[np.uint8] | None = None

    def __enter__(self) -> Self:
        self.array = self._buffer[:]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.array = None
