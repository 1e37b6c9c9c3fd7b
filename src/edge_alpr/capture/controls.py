"""This file says how a camera on the board is to take pictures, and puts that into libcamera's controls.

Not every sensor has every control: one without a lens motor has no focus, a monochrome one no colours. What is asked
for and is not offered is named in words, and the rest is set. Pure; numbers stand for libcamera's enumerations, since
its module exists on the board only (libcamera 0.4 to 0.7, control_ids_core.yaml and control_ids_draft.yaml).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from annotated_types import Ge, Le, MultipleOf

from edge_alpr.capture.window import Share
from edge_alpr.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

EVEN: Final = 2
"""Colour is stored for blocks of 2 x 2 pixels."""
_FOCUS: Final = {"fixed": 0, "once": 1, "continuous": 2}
"""AfMode."""
_NOISE: Final = {"off": 0, "fast": 1, "high_quality": 2}
"""NoiseReductionMode."""
_HIGHLIGHT: Final = 1
"""AeConstraintMode: rather too dark than a plate burnt out."""
_AUTO: Final = 0
"""ExposureTime and AnalogueGain of 0 give them back to the camera (picamera2 sets the modes that go with it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicameraSettings:
    """A camera on the board's own connector, through libcamera."""

    kind: Literal["picamera2"] = "picamera2"
    """A Raspberry Pi camera."""
    number: Annotated[int, Ge(0), Le(7)] = 0
    """Which one, as `rpicam-hello --list-cameras` counts them."""
    width: Annotated[int, Ge(16), Le(8192), MultipleOf(EVEN)] = 1920
    """Width of the pictures, in pixels. Not more than the sensor mode has, or nothing is gained."""
    height: Annotated[int, Ge(16), Le(8192), MultipleOf(EVEN)] = 1080
    """Height of the pictures, in pixels."""
    fps: Annotated[float, Ge(1), Le(240)] = 30.0
    """Frames per second; a plate should be seen in three frames at least."""
    sensor_width: Annotated[int, Ge(64), Le(16384)] | None = None
    """Width of the sensor mode, as `rpicam-hello --list-cameras` lists them. Leave it out to let libcamera choose."""
    sensor_height: Annotated[int, Ge(64), Le(16384)] | None = None
    """Height of the sensor mode."""
    sensor_bits: Annotated[int, Ge(8), Le(16)] = 10
    """Bits a pixel of the sensor mode, if one is named."""
    window: tuple[Share, Share, Annotated[float, Ge(0.05), Le(1)]] | Literal["all", "lanes"] = "all"
    """What part of the view is read out: all of it; what zones.lanes need; or [x, y, size], the top left corner and the
    share of width and height. A smaller part has more pixels for each plate, as far as the sensor has them. Lanes and
    masks are drawn on the whole view and follow."""
    shutter: Literal["fixed", "plates", "auto"] = "fixed"
    """fixed: every picture takes exposure_us, and the camera chooses the gain. plates: what the plates that were read
    need, never longer than exposure_us. auto: the camera chooses both, and blurs at dusk."""
    exposure_us: Annotated[int, Ge(10), Le(100_000)] = 1000
    """Exposure in microseconds. 1000 blurs a plate that is 170 pixels wide by 2 of them at 60 km/h and 20 degrees; 2000
    suits a gate, 500 a fast road."""
    gain: Annotated[float, Ge(1), Le(64)] | None = None
    """Amplification with a fixed shutter. Leave it out to let the camera choose."""
    most_gain: Annotated[float, Ge(1), Le(64)] = 16.0
    """Of plates: no more amplification than this, for the noise."""
    focus: Literal["fixed", "once", "continuous"] | None = None
    """fixed: at focus_m. once: by itself at each start, then held. continuous: it hunts, and misses the night. Leave it
    out for a lens that is turned by hand."""
    focus_m: Annotated[float, Ge(0.05), Le(1000)] = 10.0
    """Distance in metres that the lens is set to."""
    infrared: bool = False
    """A camera without infrared filter (NoIR) beside an infrared lamp: takes its tuning, and no colours."""
    tuning_file: Path | None = None
    """Tuning of the sensor for libcamera, instead of its own."""
    noise_reduction: Literal["off", "fast", "high_quality"] = "fast"
    """high_quality smears thin strokes of moving plates."""
    sharpness: Annotated[float, Ge(0), Le(16)] = 1.0
    """Sharpening of the camera's processor; 0 is none."""
    flip_horizontal: bool = False
    """Mirror the picture: only with a mirror in front of the lens."""
    flip_vertical: bool = False
    """With flip_horizontal: a camera that hangs upside down."""
    colour: bool = False
    """Pictures of plates in colour (policy.send_images). It costs much: 8 ms a frame of 1080p on an x86 core."""
    buffers: Annotated[int, Ge(2), Le(12)] = 4
    """Pictures that the driver holds. More ride out a busy moment, and take more of the memory that cameras share."""
    timeout_s: Annotated[float, Ge(0.2), Le(120)] = 3.0
    """Without a picture for so long the camera counts as stalled, and is opened again."""
    openings: Annotated[int, Ge(1), Le(1000)] = 8
    """After so many failures in a row the process ends, and systemd starts it with a fresh driver."""

    def __post_init__(self) -> None:
        if (self.sensor_width is None) != (self.sensor_height is None):
            raise OptionError("sensor_width", "sensor_width and sensor_height: name both, or none")
        if isinstance(self.window, tuple):
            x, y, size = self.window
            if max(x, y) + size > 1:
                raise OptionError(
                    "window", "reaches out of the view: x + size and y + size are at most 1"
                )
        if self.shutter != "auto" and self.exposure_us * self.fps > 1_000_000:
            what = f"longer than a frame takes at {self.fps:g} fps"
            raise OptionError("exposure_us", what)
        if self.shutter != "fixed" and self.gain is not None:
            raise OptionError("gain", f"is for a fixed shutter: {self.shutter} chooses its own")

    @property
    def sensor(self) -> dict[str, Any]:
        """The sensor mode, as picamera2 takes it; empty to let libcamera choose."""
        if self.sensor_width is None:
            return {}
        size = self.sensor_width, self.sensor_height
        return {"output_size": size, "bit_depth": self.sensor_bits}


def wanted(settings: PicameraSettings) -> dict[str, Any]:
    """What is asked of the camera, by libcamera's names, whether it offers them or not."""
    frame_us = round(1_000_000 / settings.fps)
    asked: dict[str, Any] = {
        "FrameDurationLimits": (frame_us, frame_us),
        "NoiseReductionMode": _NOISE[settings.noise_reduction],
        "Sharpness": settings.sharpness,
        "AeConstraintMode": _HIGHLIGHT,
    }
    if settings.shutter != "auto":  # plates: until the first frame says more
        asked["ExposureTime"] = settings.exposure_us
        asked["AnalogueGain"] = settings.gain or _AUTO
    if settings.focus is not None:
        asked["AfMode"] = _FOCUS[settings.focus]
        if settings.focus == "fixed":
            asked["LensPosition"] = 1 / settings.focus_m  # in dioptres
        elif settings.focus == "once":
            asked["AfTrigger"] = 0  # start
    if settings.infrared:
        asked["AwbEnable"] = False
        asked["ColourGains"] = (1.0, 1.0)
        asked["Saturation"] = 0.0
    return asked


ABSENT: Final = {
    "ExposureTime": "the exposure cannot be set: the camera chooses it, and moving plates may blur",
    "AfMode": "the focus cannot be set, the lens has no motor: turn it by hand, leave camera.focus out",
    "FrameDurationLimits": "the frame rate cannot be set",
}
"""Controls whose absence somebody must know of. The others are a matter of taste, or of a sensor without colours."""
LIMITED: Final = frozenset({"ExposureTime", "AnalogueGain", "LensPosition", "FrameDurationLimits"})
"""Controls of which somebody must know if another value than the asked one is set."""


def offered(
    asked: Mapping[str, Any], offer: Mapping[str, tuple[Any, Any, Any]]
) -> tuple[dict[str, Any], list[str]]:
    """What can be set of it, each within its limits, and what must be said about the rest.

    Args:
        asked: value by control.
        offer: least, greatest and usual value by control; picamera2's ``camera_controls``.
    """
    settable: dict[str, Any] = {}
    words = []
    for name, value in asked.items():
        if name not in offer:
            if name in ABSENT:
                words.append(f"{ABSENT[name]} (no {name})")
            continue
        least, most, _ = offer[name]
        settable[name] = within = _within(value, least, most)
        if within != value and name in LIMITED:
            words.append(f"{name} {_shown(value)} is out of reach: {_shown(within)} is set")
    return settable, words


def _within(value: Any, least: Any, most: Any) -> Any:
    """The nearest value that is allowed; what has no order (a rectangle, a switch) stays as it is."""
    if isinstance(value, tuple):
        bounds = (b if isinstance(b, tuple) else (b,) * len(value) for b in (least, most))
        return tuple(_within(v, a, b) for v, a, b in zip(value, *bounds, strict=True))
    numbers = all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in (value, least, most)
    )
    if not numbers or value == _AUTO or most <= least:
        return value
    return min(max(value, least), most)


def _shown(value: Any) -> str:
    return f"{value[0]:g}" if isinstance(value, tuple) else f"{value:g}"
