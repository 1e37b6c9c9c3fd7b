"""This file takes frames from a USB camera or a network stream through OpenCV.

A stream that stops is an error that the grabber answers by reopening. User name and password never appear in a
message or a log.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import quote, urlsplit, urlunsplit

import cv2
import numpy as np
from annotated_types import Ge, Le, MaxLen, MinLen

from edge_alpr.capture.picture import check_frame_size, to_luma
from edge_alpr.errors import OptionError, SourceError
from edge_alpr.types import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import Clock

_SECRET: Final = re.compile(
    r"\b((?:user(?:name)?|login|pass(?:word|wd)?|pwd|pw|token|secret|key|auth))=[^&/;]*",
    re.IGNORECASE,
)
"""Many cheap cameras take the login as ``/user=admin&password=secret&channel=1`` in the path."""
_NUMBER: Final = re.compile(r"(?:/dev/video)?([0-9]{1,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSettings:
    """A USB camera or a network camera."""

    kind: Literal["video"] = "video"
    """A camera that OpenCV can open, or a network stream that PyAV can."""
    device: Annotated[str, MinLen(1), MaxLen(2000)]
    """/dev/video0 or 0 for a USB camera, rtsp://host/path for a network camera. Never put a password in it."""
    username: str | None = None
    """User name for the stream, if it asks for one."""
    password_file: Path | None = None
    """File that holds the stream's password, on one line."""
    width: Annotated[int, Ge(16), Le(16384)] | None = None
    """Width asked of a USB camera, in pixels."""
    height: Annotated[int, Ge(16), Le(16384)] | None = None
    """Height asked of a USB camera, in pixels."""
    fps: Annotated[float, Ge(0.05), Le(1000)] | None = None
    """Frame rate asked of a USB camera."""
    timeout_s: Annotated[float, Ge(0.1), Le(120)] = 10.0
    """How long opening, or waiting for the next frame, may take on a network stream."""
    decoder: Literal["auto", "pyav", "opencv"] = "auto"
    """What reads a network stream. auto: PyAV if it is installed (edge-alpr[video]), which takes time from the stream
    and no colour; else OpenCV. A USB camera is always OpenCV's."""
    colour: bool = False
    """Pictures of plates in colour from PyAV too (policy.send_images): a conversion of every frame."""

    def __post_init__(self) -> None:
        if self.password_file and self.username is None:
            raise OptionError("password_file", "password_file without username: name both")
        if self.username is not None and not self.is_stream:
            raise OptionError("username", "is for a network camera, rtsp://host/path")

    @property
    def is_stream(self) -> bool:
        """Whether it comes over the network."""
        return "://" in self.device


class VideoSource:
    """A `FrameSource` over `cv2.VideoCapture`."""

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
            SourceError: the device cannot be opened, or stops giving frames.
        """
        self._closed = False
        shown = without_password(self._settings.device)
        capture = self._open(shown)
        try:
            check_frame_size(capture, shown)
            while not self._closed:
                if not capture.grab():
                    raise SourceError(f"{shown}: no more frames; is the camera still connected?")
                at = self._clock.now()
                there, picture = capture.retrieve()
                if not there:
                    raise SourceError(f"{shown}: a frame could not be decoded")
                colour = picture.astype(np.uint8, copy=False)
                frame = Frame(
                    luma=to_luma(colour),
                    at=at,
                    sequence=self._sequence,
                    camera=self._camera,
                    colour=colour,
                )
                self._sequence += 1
                yield frame
        finally:
            capture.release()

    def close(self) -> None:
        self._closed = True

    def _open(self, shown: str) -> cv2.VideoCapture:
        settings = self._settings
        address = full_address(settings)
        milliseconds = int(settings.timeout_s * 1000)
        if "://" in address:
            os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
            limits = [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                milliseconds,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                milliseconds,
            ]
            capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
        else:
            number = _NUMBER.fullmatch(address)
            capture = cv2.VideoCapture(int(number[1]) if number else address)
            wishes = (
                (cv2.CAP_PROP_FRAME_WIDTH, settings.width),
                (cv2.CAP_PROP_FRAME_HEIGHT, settings.height),
                (cv2.CAP_PROP_FPS, settings.fps),
            )
            for what, value in wishes:
                if value is not None:
                    capture.set(what, value)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"{shown}: cannot be opened; check the address, the cable and the user's rights"
            )
        return capture


def full_address(settings: VideoSettings) -> str:
    """The address with user name and password in it: never to be shown.

    Raises:
        SourceError: it is none, or the password cannot be read.
    """
    if not settings.is_stream:
        return settings.device
    try:
        parts = urlsplit(settings.device)
    except ValueError:  # its words would repeat the address, password and all
        raise SourceError(
            f"{without_password(settings.device)}: not an address; check its brackets"
        ) from None
    if settings.username is None:
        return settings.device
    login = quote(settings.username, safe="")
    if settings.password_file is not None:
        try:
            secret = settings.password_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise SourceError(
                f"{settings.password_file}: the stream's password cannot be read: {why}"
            ) from None
        login = f"{login}:{quote(secret, safe='')}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def without_password(address: str) -> str:
    """The address as it may be shown: without user name, password, query, and whatever calls itself a secret.

    It need not be a correct one: a password with a slash in it must not be shown either.
    """
    scheme, there, rest = address.partition("://")
    if not there:
        return address
    rest = re.split("[?#]", rest.rpartition("@")[2], maxsplit=1)[0]
    return f"{scheme}://" + _SECRET.sub(r"\1=***", rest)


def holds_password(address: str) -> bool:
    """Whether the address itself lets somebody in, so that whoever reads the configuration can look at the camera."""
    _, there, rest = address.partition("://")
    login, at, _ = rest.rpartition("@")
    return bool(there) and ((bool(at) and ":" in login) or _SECRET.search(rest) is not None)
