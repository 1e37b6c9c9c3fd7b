"""Log lines: their two forms, and that nothing that looks like a plate gets into them."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.ops.logs import JsonFormatter, LogSettings, TextFormatter, mask_plates, set_up
from edge_alpr.plates import ALPHABET, MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATE = "AB12CDE"  # made up

plates = st.text(ALPHABET, min_size=5, max_size=MAX_LENGTH).filter(
    lambda t: any(c.isdigit() for c in t) and any(c.isalpha() for c in t)
)
harmless = (
    "SHA256",
    "SHA384",
    "SHA512",
    "TLSV1",
    "TLSV12",
    "MQTT5",
    "MQTT311",
    "UTF8",
    "UTF16",
    "INT8",
    "UINT8",
)
surroundings = st.sampled_from(
    [
        "{}",
        "read {}",
        "read {}.",
        "{}: not listed",
        "plate:{}",
        "'{}'",
        "({})",
        "text={}",
        "{}, {}",
        "a\n{}\nb",
        "<{}>",
    ]
)


@given(
    plates.filter(lambda t: not t.startswith(("SHA", "UTF", "TLSV", "MQTT", "ISO", "RFC"))),
    surroundings,
)
def test_what_looks_like_a_plate_is_blotted_out_wherever_it_stands(plate: str, around: str) -> None:
    line = around.format(plate, plate)
    masked = mask_plates(line)
    assert plate not in masked or plate in ("ED25519", "UINT8")
    assert len(masked) == len(line)


@pytest.mark.parametrize(
    "line",
    [
        "cam0: 1280x720 at 15.0 frames/s",
        "2026-11-24T08:00:00Z started",
        "10.0.0.17:8883 refused",
        "/var/lib/edge-alpr/spool.sqlite3",
        "models/READER2.onnx is missing",
        "TLSV12 with SHA384",
        "ED25519 key, INT8 model, H264 clip",
        "sha256:9f86d081884c7d65",
        "boot 3f9a12bc, seq 12345678",
        "UNIT-A17F2 is online",
        "ERROR 12345",
        "CAMERA",
    ],
)
def test_ordinary_words_stay(line: str) -> None:
    assert mask_plates(line) == line


@pytest.mark.parametrize("word", harmless)
def test_names_of_standards_stay(word: str) -> None:
    assert mask_plates(f"uses {word}.") == f"uses {word}."


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("road/ab12cde.jpg: skipped", "road/*******.jpg: skipped"),
        ("/x/DK10482.PNG is damaged", "/x/*******.PNG is damaged"),
        ("'12345.webp'", "'*****.webp'"),
        ("a/IMG_0042.a.jpeg;", "a/**********.jpeg;"),
        ("models/reader.onnx, clip.mp4, notes.jpgs", "models/reader.onnx, clip.mp4, notes.jpgs"),
    ],
)
def test_the_name_of_a_picture_is_blotted_out(line: str, masked: str) -> None:
    assert mask_plates(line) == masked


def record(message: str, *, bug: bool = False) -> logging.LogRecord:
    made = logging.LogRecord("edge_alpr.vision", logging.WARNING, __file__, 1, message, (), None)
    if bug:
        try:
            int(f"{PLATE}: {PLATE}.")
        except ValueError:
            made.exc_info = sys.exc_info()
    made.created, made.msecs = 1_767_225_600.25, 250.0
    return made


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
@pytest.mark.parametrize("bug", [False, True])
def test_neither_form_shows_a_plate_not_even_in_a_traceback(
    formatter: logging.Formatter, bug: bool
) -> None:
    line = formatter.format(record(f"saw {PLATE}.", bug=bug))
    assert PLATE not in line
    assert "*******" in line
    assert ("ValueError" in line) is bug


def test_a_text_line_names_the_room() -> None:
    line = TextFormatter().format(record("careful"))
    assert line.endswith(" warning vision: careful")


def test_a_json_line_is_one_object() -> None:
    line = JsonFormatter().format(record("careful\nnow"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00.250Z",
        "level": "warning",
        "logger": "edge_alpr.vision",
        "message": "careful\nnow",
    }


@pytest.fixture
def _root() -> Iterator[None]:
    """Puts the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root")
@pytest.mark.parametrize("form", ["text", "json"])
def test_logging_goes_to_standard_error_masked(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(LogSettings(format=form, level="warning"))  # type: ignore[arg-type]
    logging.getLogger("edge_alpr.spool").info("not shown")
    logging.getLogger("some.library").warning("token %s", PLATE)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "not shown" not in shown.err
    assert "token *******" in shown.err


@pytest.mark.usefixtures("_root")
def test_setting_up_twice_shows_a_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        set_up(LogSettings())
    logging.getLogger("edge_alpr.spool").info("hello")
    assert capsys.readouterr().err.count("hello") == 1
