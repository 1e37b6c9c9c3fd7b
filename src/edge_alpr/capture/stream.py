"""This file takes frames from a network camera through PyAV (FFmpeg), where that is installed.

What it has over OpenCV: the brightness plane as the decoder made it, without a way through colour and back; the
stream's own time, so that a pass keeps its speed when the network stutters; and limits of time for opening and for each
read. A camera that says nothing of its range is taken to use that of video, 16 to 235, which is stretched.
User name and password never appear in a message: FFmpeg's own words repeat the address, so only their reason is used.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from edge_alpr.capture import MAX_PIXELS
from edge_alpr.capture.video import VideoSettings, VideoSource, full_address, without_password
from edge_alpr.errors import SourceError
from edge_alpr.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Clock, FrameSource, Moment

PLAIN: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)
"""Formats whose first plane is the brightness, a byte a pixel."""
FULL_RANGE: Final = 2
"""FFmpeg's AVCOL_RANGE_JPEG: brightness from 0 to 255. All else is from 16 to 235, and is stretched."""
JUMP_S: Final = 10.0
"""A stream whose time is so far from ours has begun anew."""
DRIFT: Final = 1e-4
"""How fast a camera's clock may lose against ours: 100 parts in a million."""
_STRETCH: Final = np.clip((np.arange(256) - 16) * 255 / 219 + 0.5, 0, 255).astype(np.uint8)


def has_pyav() -> bool:
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def video_source(settings: VideoSettings, clock: Clock, camera: str = "cam0") -> FrameSource:
    """The source for these settings: PyAV for a stream, if it is there or was asked for; else OpenCV."""
    wanted = settings.decoder == "pyav" or (settings.decoder == "auto" and has_pyav())
    if settings.is_stream and wanted:
        return StreamSource(settings, clock, camera)
    return VideoSource(settings, clock, camera)


class StreamTime:
    """Puts a stream's time on our clock, by the frames that came through fastest."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_s = float("-inf")

    def at(self, pts_s: float | None, now: Moment) -> Moment:
        """When a frame was taken, as far as that is known: what all frames take to come is not.

        Args:
            pts_s: the stream's own time of it, None if it has none.
            now: when it came.
        """
        at = now
        if pts_s is not None:
            offset_s = now.mono_s - pts_s
            before_s = self._offset_s
            if before_s is None or abs(offset_s - before_s) > JUMP_S:
                self._offset_s = offset_s
            else:
                elapsed_s = max(0.0, now.mono_s - self._last_s)
                self._offset_s = min(offset_s, before_s + DRIFT * elapsed_s)
            at = now.later(min(0.0, self._offset_s + pts_s - now.mono_s))
        at = at.later(max(0.0, self._last_s - at.mono_s))
        self._last_s = at.mono_s
        return at


class StreamSource:
    """A `FrameSource` over PyAV."""

    live = True

    def __init__(self, settings: VideoSettings, clock: Clock, camera: str = "cam0") -> None:
        self._settings = settings
        self._clock = clock
        self._camera = camera
        self._sequence = 0
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        """Frames until `close`.

        Raises:
            SourceError: PyAV is missing, the stream cannot be opened, stalls, breaks off or cannot be decoded.
        """
        self._closed = False
        shown = without_password(self._settings.device)
        try:
            import av  # noqa: PLC0415 - an extra, of 100 MB
        except ImportError as error:
            raise SourceError(f"{shown}: PyAV is missing: pip install edge-alpr[video]") from error
        address, time = full_address(self._settings), StreamTime()
        try:
            with self._open(av, address) as container:
                stream = self._video(container, shown)
                for picture in _whole(container.decode(stream)):
                    if self._closed:
                        return
                    yield self._frame(picture, time)
        except (av.error.ExitError, TimeoutError):
            limit = f"no frame for {self._settings.timeout_s:g} s"
            raise SourceError(f"{shown}: {limit}; is the camera still connected?") from None
        except av.error.FFmpegError as error:
            raise SourceError(
                f"{shown}: {error.strerror}; check the address and the cable"
            ) from None
        if not self._closed:
            raise SourceError(f"{shown}: no more frames; is the camera still connected?")

    def close(self) -> None:
        self._closed = True

    def _open(self, av: Any, address: str) -> Any:
        options = (
            {"rtsp_transport": "tcp", "fflags": "nobuffer"} if self._settings.is_stream else {}
        )
        limit_s = self._settings.timeout_s
        return av.open(address, options=options, timeout=(limit_s, limit_s))

    @staticmethod
    def _video(container: Any, shown: str) -> Any:
        if not container.streams.video:
            raise SourceError(f"{shown}: there is no picture in this stream")
        stream = container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MAX_PIXELS:
            most = f"{MAX_PIXELS // 1_000_000} million pixels"
            raise SourceError(f"{shown}: frames of {width}x{height}; at most {most} are read")
        stream.thread_type = "SLICE"  # whole frames on many threads come late by as many
        return stream

    def _frame(self, picture: Any, time: StreamTime) -> Frame:
        sequence, self._sequence = self._sequence, self._sequence + 1
        return Frame(
            luma=luma_of(picture),
            at=time.at(picture.time, self._clock.now()),
            sequence=sequence,
            camera=self._camera,
            colour=picture.to_ndarray(format="bgr24") if self._settings.colour else None,
        )


def _whole(pictures: Iterator[Any]) -> Iterator[Any]:
    """Without those before the first whole picture, which a decoder paints on grey, and those with a part missing."""
    begun = False
    for picture in pictures:
        begun = begun or picture.key_frame
        if begun and not picture.is_corrupt:
            yield picture


def luma_of(picture: Any) -> Luma:
    """The brightness of a decoded frame, ``(H, W)`` from 0 to 255, a copy."""
    if picture.format.name not in PLAIN:
        grey: Luma = picture.to_ndarray(format="gray")
        return grey
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    luma = rows[: picture.height, : picture.width]
    full = picture.format.name.startswith(("yuvj", "gray")) or picture.color_range == FULL_RANGE
    return luma.copy() if full else cv2.LUT(luma, _STRETCH).astype(np.uint8, copy=False)
