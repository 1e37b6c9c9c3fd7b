"""This file checks what the unit sees with: camera and networks.

A camera that a running unit holds is judged by what the unit says, another one by looking through it.

The pictures are looked at in memory, for their detail only. No plate is read, and none is kept.
"""

from __future__ import annotations

import statistics
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.app.build import build_detector, build_reader, build_source
from edge_alpr.capture.controls import PicameraSettings
from edge_alpr.capture.mask import MaskSettings
from edge_alpr.capture.video import VideoSettings
from edge_alpr.capture.watch import CLEAR, DIM, FLAT, detail_of
from edge_alpr.doctor.finding import Finding, fail, ok, skip, warn
from edge_alpr.errors import ConfigError, DriverError, ModelError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edge_alpr.config.settings import Config
    from edge_alpr.doctor.surroundings import Surroundings
    from edge_alpr.types import Frame

FEW: Final = 5
"""Pictures that are the least to judge by."""
_PLUG: Final = {
    "picamera2": "turn the board off, push the ribbon cable home on both sides, contacts the right way round; then "
    "`rpicam-hello --list-cameras` must list it",
    "video": "check cable and power; for USB `v4l2-ctl --list-devices` must list it and the user must be in group "
    "video, for a network camera open camera.device with another player",
    "files": "check camera.path",
}
_CLEAN: Final = (
    "take the lens cap or whatever hangs there off, clean the glass; by night, light the road"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a few seconds of pictures were like."""

    frames: int
    size_wh: tuple[int, int]
    detail: float
    """`watch.detail_of`, the median."""
    light: float
    """Mean grey level, 0..255."""
    different: int
    """How many pictures are not the same as another."""


def camera(config: Config, around: Surroundings, said: dict[str, Any] | None) -> Finding:
    """Open it and look through it; ``said`` is what a unit that runs and holds it says."""
    if config.camera is None:
        return fail("camera", "none is configured", "add a camera section: `edge-alpr init`")
    if said is not None:
        return of_running(said, config.camera.kind)
    try:
        seen = look(_pictures(config, around), around)
    except (SourceError, DriverError, ConfigError) as error:
        return fail("camera", str(error), _PLUG[config.camera.kind])
    wanted = None
    if isinstance(config.camera, PicameraSettings | VideoSettings):
        wanted = config.camera.width, config.camera.height
    return judge(seen, wanted, config.camera.kind)


def of_running(said: dict[str, Any], kind: str) -> Finding:
    """By the words of the camera half, which has the camera and would have to let go of it."""
    reason = str(said.get("reason") or "no reason given")
    if said.get("state") == "blind":
        mend = _CLEAN if reason.startswith("covered") else _PLUG[kind]
        return fail("camera", f"the running unit is blind: {reason}", mend)
    frames = said.get("counts", {}).get("capture.frames", 0)
    if not frames:
        return fail("camera", "the running unit has had no picture yet", _PLUG[kind])
    return ok("camera", f"the running unit has it: {frames} pictures since its start")


def look(frames: Iterable[Frame], around: Surroundings) -> Look:
    """Take pictures for a while. A recording that is over sooner is judged by what it had.

    Raises:
        SourceError: none came.
    """
    details, lights, sums, size_wh = [], [], set(), (0, 0)
    since_s: float | None = None
    for frame in frames:
        seen = frame.luma if frame.small is None else frame.small
        details.append(detail_of(seen))
        lights.append(float(seen.mean()))
        sums.add(zlib.crc32(seen.tobytes()))
        size_wh = frame.size_wh
        since_s = frame.at.mono_s if since_s is None else since_s
        if frame.at.mono_s - since_s >= around.look_s and len(details) >= FEW:
            break
    if not details:
        raise SourceError("it opens, but no picture comes")
    middle = statistics.median(details), statistics.median(lights)
    return Look(len(details), size_wh, *middle, len(sums))


def judge(seen: Look, wanted: tuple[int | None, int | None] | None, kind: str) -> Finding:
    """What can be said of pictures."""
    width, height = seen.size_wh
    told = f"{seen.frames} pictures of {width}x{height}, detail {seen.detail:.1f}"
    if seen.frames >= FEW and seen.different == 1:
        return fail("camera", f"frozen: {seen.frames} times the same picture", _PLUG[kind])
    if seen.detail < FLAT:
        what = "black" if seen.light <= DIM else "bright, and nothing to be seen in it"
        told = f"the lens is covered, or it is pitch dark: the picture is {what} ({told})"
        return fail("camera", told, _CLEAN)
    if seen.detail < CLEAR:
        mend = f"{_CLEAN}; then focus (`edge-alpr aim`)"
        return warn("camera", f"very little to be seen: {told}", mend)
    if wanted and any(
        w is not None and w != has for w, has in zip(wanted, seen.size_wh, strict=True)
    ):
        mend = "set camera.width and camera.height to a size that the camera has"
        return warn("camera", f"{told}, but the configuration asks for another size", mend)
    return ok("camera", told)


def models(config: Config) -> Finding:
    """Whether both networks have the bytes of their cards, and the runtime takes them."""
    try:
        cards = build_detector(config).card, build_reader(config).card
    except ModelError as error:
        mend = "reinstall edge-alpr, or give inference.models_dir a folder of networks with their cards"
        return fail("models", str(error), mend)
    told = ", ".join(f"{card.name} {card.version} ({card.sha256[:12]})" for card in cards)
    return ok("models", f"{told}: as their cards say")


def _pictures(config: Config, around: Surroundings) -> Iterator[Frame]:
    """Without private masks, which would look like detail."""
    source = build_source(replace(config, mask=MaskSettings()), around.clock, _uncounted)
    try:
        yield from source.frames()
    finally:
        source.close()


def _uncounted(name: str, amount: int = 1) -> None: ...


def nothing_to_see() -> Finding:
    """For a machine that has only the other half."""
    return skip("camera", "not asked for (--no-camera)")
