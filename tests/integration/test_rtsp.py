"""A network camera over real RTSP, with a password: both decoders read it, notice its end, and find it again."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge_alpr.capture.stream import StreamSource, has_pyav
from edge_alpr.capture.video import VideoSettings, VideoSource
from edge_alpr.errors import SourceError
from edge_alpr.ops.clock import SystemClock
from fixtures.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.types import FrameSource

PYTHON = "/usr/bin/python3"  # Debian's, which knows GStreamer
SERVER = Path(__file__).parents[1] / "fixtures/rtsp_server.py"
USER, PASSWORD = "viewer", "p@ss/word"
NEEDED = "python3-gst-1.0 gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}"
_ASK = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0')"


def _has_server() -> bool:
    if not Path(PYTHON).exists():
        return False
    asked = subprocess.run([PYTHON, "-c", _ASK], capture_output=True, check=False)
    return asked.returncode == 0


pytestmark = pytest.mark.skipif(not _has_server(), reason=f"needs {NEEDED}")


@contextmanager
def rtsp_server(port: int = 0) -> Iterator[int]:
    """Gives the port it listens on; leaving kills it, as a cut cable would."""
    command = [PYTHON, str(SERVER), str(port), USER, PASSWORD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD, encoding="utf-8")
    return path


@pytest.fixture(
    params=[
        pytest.param(
            StreamSource, id="PyAV", marks=pytest.mark.skipif(not has_pyav(), reason="needs PyAV")
        ),
        pytest.param(VideoSource, id="OpenCV"),
    ]
)
def kind(request: pytest.FixtureRequest) -> type[StreamSource | VideoSource]:
    asked: type[StreamSource | VideoSource] = request.param
    return asked


def settings_of(port: int, password_file: Path) -> VideoSettings:
    return VideoSettings(
        device=f"rtsp://127.0.0.1:{port}/live",
        username=USER,
        password_file=password_file,
        timeout_s=10,
    )


def test_a_stream_is_read_until_it_is_cut_and_found_again(
    kind: type[StreamSource | VideoSource], password_file: Path
) -> None:
    with rtsp_server() as port:
        source: FrameSource = kind(settings_of(port, password_file), SystemClock())
        frames = source.frames()
        seen = list(islice(frames, 12))
        assert all(frame.size_wh == (320, 176) for frame in seen)
        times = [frame.at.mono_s for frame in seen]
        assert times == sorted(times)
    with pytest.raises(SourceError, match=rf"^rtsp://127\.0\.0\.1:{port}/live: ") as caught:
        list(frames)
    assert PASSWORD not in str(caught.value)
    with rtsp_server(port):
        again: list[int] = []

        def comes_back() -> bool:
            try:
                again.extend(frame.sequence for frame in islice(source.frames(), 3))
            except SourceError:
                return False
            return True

        assert eventually(comes_back)
    assert again[0] > seen[-1].sequence


def test_a_wrong_password_is_an_error_that_does_not_show_it(
    kind: type[StreamSource | VideoSource], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("hunter2", encoding="utf-8")
    with rtsp_server() as port:
        source = kind(settings_of(port, wrong), SystemClock())
        with pytest.raises(SourceError) as caught:
            next(source.frames())
    assert "hunter2" not in str(caught.value)
    assert f"127.0.0.1:{port}" in str(caught.value)
