"""This file takes frames from a camera on the board, through picamera2 and libcamera.

Two streams come from the camera's own scaler: the picture, of which the brightness plane is copied out, and a small one
for the motion gate. A request goes back to the driver as soon as its planes are copied: held buffers stall the camera,
and a `Frame` owns its picture. The copy of 1920 x 1080 takes 0.15 ms of an x86 core, and the
small stream saves the gate 0.5 ms of scaling. Colour is converted only where it is asked for.

A camera that stalls is closed and opened again by the grabber. libcamera is one to a process, and cannot always be
opened a second time: after ``openings`` failures in a row the process ends (`DriverError`), and systemd starts it anew.
Not run on a Raspberry Pi yet: the contract tests run it on a fake, `make test-camera` on libcamera's virtual camera.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.capture.controls import PicameraSettings, offered, wanted
from edge_alpr.capture.planes import colour_of, luma_of
from edge_alpr.capture.window import Window
from edge_alpr.errors import DriverError, SourceError
from edge_alpr.types import Frame, Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from edge_alpr.capture.exposure import PlateMeter
    from edge_alpr.types import Clock

log = logging.getLogger(__name__)

SMALL_WIDTH: Final = 320
"""Of the motion gate's stream: twice what the gate works on."""
OLDEST_S: Final = 10.0
"""A time stamp that says more is of another clock."""
_FAILURES: Final = (RuntimeError, OSError, LookupError, ValueError, TypeError)
"""What picamera2 0.3 raises: RuntimeError mostly; TimeoutError is an OSError. Anything else is a bug of ours."""
MISSING: Final = (
    "picamera2 is missing: sudo apt install python3-picamera2, and make the virtual environment with "
    "--system-site-packages (docs/cameras.md)"
)


@dataclass(frozen=True, slots=True)
class Library:
    """All that is used of picamera2 and libcamera; tests bring their own."""

    open: Any
    """``Picamera2``: its class, with the static ``global_camera_info`` and ``load_tuning_file``."""
    mapped: Any
    """``MappedArray``."""
    transform: Any
    """``libcamera.Transform``."""
    full_range: Any
    """``libcamera.ColorSpace.Sycc``: brightness from 0 to 255. That of video begins at 16 and ends at 235."""


def load_library() -> Library:
    """The board's own picamera2. Late, since it exists nowhere else and takes a second.

    Raises:
        SourceError: it is missing or does not fit the environment, with what to do.
    """
    try:
        from libcamera import ColorSpace, Transform  # noqa: PLC0415
        from picamera2 import MappedArray, Picamera2  # noqa: PLC0415
    except ImportError as error:
        raise SourceError(f"{MISSING}; {error}") from error
    except (
        ValueError
    ) as error:  # the system's simplejpeg, built for numpy 1, in an environment with numpy 2
        what = "picamera2 cannot be loaded: pip install simplejpeg into the virtual environment"
        raise SourceError(f"{what} (docs/cameras.md); {error}") from error
    return Library(Picamera2, MappedArray, Transform, ColorSpace.Sycc)


def since_boot_s() -> float:
    """Seconds of the clock that libcamera stamps its frames by."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class PicameraSource:
    """A `FrameSource` over one camera of the board."""

    live = True

    def __init__(
        self,
        settings: PicameraSettings,
        clock: Clock,
        camera: str = "cam0",
        *,
        window: Window | None = None,
        meter: PlateMeter | None = None,
        library: Callable[[], Library] = load_library,
        since_boot: Callable[[], float] = since_boot_s,
    ) -> None:
        """``window``: what is read out. ``meter``: chooses the exposure, if the settings leave that to the plates."""
        self._settings = settings
        self._clock = clock
        self._camera = camera
        self._window = window or Window()
        self._meter = meter
        self._library = library
        self._since_boot = since_boot
        self._closed = False
        self._sequence = 0
        self._failed = 0
        self._last_s = float("-inf")
        self._said: set[str] = set()

    def frames(self) -> Iterator[Frame]:
        """Frames until `close`.

        Raises:
            SourceError: there is no camera, it cannot be set up, or it stalls.
            DriverError: it failed so often that only a new process may help.
        """
        self._closed = False
        with self._failing_counted():
            library = self._library()
            opened = self._open(library)
            try:
                self._start(opened, library)
                while not self._closed:
                    yield self._take(opened, library)
                    self._failed = 0
            finally:
                _shut(opened)

    def close(self) -> None:
        self._closed = True

    @contextmanager
    def _failing_counted(self) -> Iterator[None]:
        """Whatever the driver raises becomes a `SourceError`, or a `DriverError` once there were too many."""
        try:
            yield
        except (SourceError, *_FAILURES) as error:
            self._failed += 1
            what = str(error) or type(error).__name__
            words = what if isinstance(error, SourceError) else f"{self._name}: {what}"
            if self._failed >= self._settings.openings:
                self._failed = 0
                again = f"{words}; failed {self._settings.openings} times"
                raise DriverError(f"{again}, trying with a fresh process") from error
            raise SourceError(words) from error

    @property
    def _name(self) -> str:
        return f"camera {self._settings.number}"

    def _open(self, library: Library) -> Any:
        cameras = library.open.global_camera_info()
        number = self._settings.number
        if number >= len(cameras):
            there = f"{len(cameras)} found" if cameras else "none found"
            raise SourceError(
                f"{self._name}: not connected ({there}); check the cable and rpicam-hello --list-cameras"
            )
        tuning = self._tuning(str(cameras[number].get("Model", "")), library)
        return library.open(number, tuning=tuning)

    def _tuning(self, model: str, library: Library) -> Any:
        """The file of the settings, that of the sensor without a filter, or None for libcamera's own choice."""
        settings = self._settings
        if settings.tuning_file is not None:
            if not settings.tuning_file.is_file():
                raise SourceError(f"{settings.tuning_file}: no such tuning file")
            return str(settings.tuning_file)
        if not settings.infrared or model.endswith("_noir"):
            return None
        try:
            return library.open.load_tuning_file(f"{model}_noir.json")
        except RuntimeError:
            self._say(f"no tuning for {model} without an infrared filter; its usual one is used")
            return None

    def _start(self, opened: Any, library: Library) -> None:
        settings = self._settings
        size = settings.width, settings.height
        small_w = min(SMALL_WIDTH, settings.width)
        small = small_w, max(2, round(settings.height * small_w / settings.width / 2) * 2)
        opened.configure(
            opened.create_video_configuration(
                main={"size": size, "format": "YUV420"},
                lores={"size": small, "format": "YUV420"},
                raw=None,  # costs memory that cameras share, and nobody looks at it
                transform=library.transform(
                    hflip=settings.flip_horizontal, vflip=settings.flip_vertical
                ),
                colour_space=library.full_range(),
                buffer_count=settings.buffers,
                sensor=settings.sensor,
            )
        )
        offer = opened.camera_controls
        settable, words = offered(wanted(settings), offer)
        for word in words:
            self._say(word)
        if self._meter is not None and not {"ExposureTime", "AnalogueGain"} <= offer.keys():
            self._say("shutter: plates cannot be: exposure and gain are not to be set")
            self._meter = None
        opened.set_controls({**settable, **self._crop(offer)})
        opened.start()

    def _crop(self, offer: Mapping[str, tuple[Any, Any, Any]]) -> dict[str, Any]:
        if self._window.is_all:
            return {}
        if "ScalerCrop" not in offer:
            # Going on would read other places than those that lanes and masks were drawn for.
            raise SourceError(
                f"{self._name}: it cannot read out a part (no ScalerCrop): camera.window: all"
            )
        settings = self._settings
        part = self._window.on_sensor(offer["ScalerCrop"][1], (settings.width, settings.height))
        # Where each stream has its own part, picamera2 sets both, and those hold.
        return {"ScalerCrops": [part, part]} if "ScalerCrops" in offer else {"ScalerCrop": part}

    def _take(self, opened: Any, library: Library) -> Frame:
        streams = opened.camera_configuration()
        try:
            request = opened.capture_request(wait=self._settings.timeout_s)
        except TimeoutError:
            limit = f"no picture for {self._settings.timeout_s:g} s"
            raise SourceError(f"{self._name}: {limit}; check the cable and the supply") from None
        try:
            metadata = request.get_metadata()
            with library.mapped(request, "main", write=False) as picture:
                main = streams["main"]
                luma = luma_of(picture.array, main["size"])
                colour = None
                if self._settings.colour:
                    colour = colour_of(picture.array, main["size"], main["format"])
            with library.mapped(request, "lores", write=False) as picture:
                small = luma_of(picture.array, streams["lores"]["size"])
        finally:
            request.release()
        sequence, self._sequence = self._sequence, self._sequence + 1
        frame = Frame(
            luma=luma,
            at=self._moment(metadata),
            sequence=sequence,
            camera=self._camera,
            colour=colour,
            small=small,
            exposure_us=metadata.get("ExposureTime"),
            gain=_gain(metadata),
            lens_dioptre=metadata.get("LensPosition"),
        )
        if self._meter is not None and (aim := self._meter.step(frame)) is not None:
            asked = {"ExposureTime": round(aim.us), "AnalogueGain": aim.gain}
            opened.set_controls(offered(asked, opened.camera_controls)[0])
        return frame

    def _moment(self, metadata: Mapping[str, Any]) -> Moment:
        """The middle of the exposure of the first row, on our clocks; never before the frame before.

        A rolling shutter takes the last row up to a frame later; a global one all at once.
        """
        now, boot_s = self._clock.now(), self._since_boot()
        stamp = metadata.get("SensorTimestamp")
        age_s = boot_s - stamp / 1e9 if stamp is not None else 0.0
        at = now
        if 0 <= age_s <= OLDEST_S:
            at = now.later(min(0.0, metadata.get("ExposureTime", 0) / 2e6 - age_s))
        at = at.later(max(0.0, self._last_s - at.mono_s))
        self._last_s = at.mono_s
        return at

    def _say(self, words: str) -> None:
        """Once, not at each opening."""
        if words not in self._said:
            self._said.add(words)
            log.warning("%s: %s", self._name, words)


def _gain(metadata: Mapping[str, Any]) -> float | None:
    gain = metadata.get("AnalogueGain")
    return None if gain is None else float(gain * metadata.get("DigitalGain", 1.0))


def _shut(opened: Any) -> None:
    """Close what may be broken: a failure here must not hide the one that led to it."""
    try:
        opened.cancel_all_and_flush()  # a request that timed out is still queued, and would be waited for
        opened.close()
    except _FAILURES as error:
        log.warning("the camera could not be closed: %s", error)
