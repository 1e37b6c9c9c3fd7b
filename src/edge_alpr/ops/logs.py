"""This file sets up logging: text or JSON lines on standard error, with licence plates masked.

No line of ours contains a plate: `plates.Plate` shows itself masked (docs/adr/0009). The mask here is the second net:
whatever looks like one, in the words of a library or in an exception, is blotted out, and so is the name of a picture.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from dataclasses import dataclass
from typing import Literal

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}

_LOOKS_LIKE_A_PLATE = re.compile(
    r"(?<![\w./-])(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*[0-9])[A-Z0-9]{5,12}(?![\w/-]|[.:]\w)"
)
_PICTURE = re.compile(
    r"[^\s/'\"():;=]+(?=\.(?:jpe?g|png|bmp|webp|tiff?|pgm|ppm)(?!\w))", re.IGNORECASE
)
"""The name of a picture, without folder and suffix: collections name pictures by their plate."""
_HARMLESS = re.compile(
    r"^(SHA\d+|UTF\d+|TLSV\d+|MQTT\d+|ED25519|P256|ISO\d+|RFC\d+|QOS\d|H26[45]|INT8|UINT8|[A-F0-9]{16,})$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What the program says about itself on standard error."""

    format: Literal["text", "json"] = "text"
    """text for people, json for log collectors."""
    level: Literal["debug", "info", "warning"] = "info"
    """The least important lines that are shown."""


def mask_plates(line: str) -> str:
    """The line with everything that looks like a plate blotted out, and with pictures' names.

    That is a word of capital letters and digits mixed, 5 to 12 long. It cannot know a plate of letters only, of digits
    only, in lower case or shorter: those are kept out by their type.
    """

    def blot(match: re.Match[str]) -> str:
        word = match.group()
        return word if _HARMLESS.match(word) else "*" * len(word)

    line = _PICTURE.sub(lambda name: "*" * len(name.group()), line)
    return _LOOKS_LIKE_A_PLATE.sub(blot, line)


class TextFormatter(logging.Formatter):
    """``07:31:02 warning capture: words``"""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%H:%M:%S", time.localtime(record.created))
        room = record.name.removeprefix("edge_alpr.")
        words = mask_plates(_words(self, record))
        return f"{stamp} {record.levelname.lower():7} {room}: {words}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return json.dumps(
            {
                "time": f"{stamp}.{int(record.msecs):03d}Z",
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": mask_plates(_words(self, record)),
            }
        )


def _words(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    words = record.getMessage()
    if record.exc_info:
        words = f"{words}\n{formatter.formatException(record.exc_info)}"
    return words


def set_up(settings: LogSettings) -> None:
    """Send all logging to standard error in the chosen form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[settings.level])
