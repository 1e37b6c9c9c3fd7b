"""This file writes a unit's first configuration: what must be known, each with a word on why, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The answers to a few questions."""

    address: UnitAddress
    camera: str
    """``picamera2``, ``/dev/video0``, ``rtsp://...``, or the path of a recording."""
    broker: str
    """``mqtts://host[:port]`` or ``mqtt://host[:port]``."""
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    unit_key: Path | None = None
    collector_keys: Path | None = None
    policy: Path | None = None
    authorities: Path | None = None
    spool: Path | None = None


def first_config(first: First) -> str:
    """The YAML text; `load_config` says whether it holds."""
    return "\n".join(_lines(first)) + "\n"


def _lines(first: First) -> Iterator[str]:
    yield "# The configuration of one unit, begun by `edge-alpr init`. All options: config.example.yaml."
    yield "# After a change: `edge-alpr check` on this file, then restart both services."
    yield "version: 1"
    yield ""
    yield "# Who this unit is: its MQTT topics are alpr/v1/<org>/<site>/<name>/..."
    unit = {"org": first.address.org, "site": first.address.site, "name": first.address.unit}
    yield from _section("unit", unit)
    yield "# Where pictures come from. Which lens from where: `edge-alpr plan`. Aim and focus: `edge-alpr aim`."
    yield from _section("camera", _camera(first.camera))
    yield "# The rules that an authority has signed for this unit. Without them only hits on a list would leave it."
    papers = {"file": first.policy, "authorities": first.authorities}
    yield from _section("policy", papers, "file: policy.json", "authorities: authorities/")
    yield "# With unit_key events are signed; collector_keys says whose receipts count (`edge-alpr keys`)."
    keys = {"unit_key": first.unit_key, "collector_keys": first.collector_keys}
    yield from _section("keys", keys, "unit_key: unit.key", "collector_keys: collectors/")
    yield "# The broker. A password is never written here: only the name of the file that holds it."
    link = {
        "url": first.broker,
        "username": first.username,
        "password_file": first.password_file,
        "ca_file": first.ca_file,
        "cert_file": first.cert_file,
        "key_file": first.key_file,
    }
    yield from _section("mqtt", link)
    if first.collector_keys is not None:
        yield "# Keep each message until a collector has signed that it stored it."
        yield from _section("uplink", {"confirm": "receipt"})
    if first.spool is not None:
        yield "# What waits for the broker lies here: on the card, not in memory."
        yield from _section("spool", {"path": first.spool})


def _camera(named: str) -> dict[str, object]:
    if named == "picamera2":
        return {"kind": "picamera2"}
    if "://" in named or named.startswith("/dev/") or named.isdigit():
        return {"kind": "video", "device": named}
    return {"kind": "files", "path": named}


def _section(name: str, options: Mapping[str, object], *samples: str) -> Iterator[str]:
    """With what was given; what was not is shown commented out."""
    given = {key: value for key, value in options.items() if value is not None}
    mark = "" if given else "# "
    yield f"{mark}{name}:"
    for key, value in given.items():
        # JSON's strings are YAML's, so that no plate-like or odd word is taken for something else.
        yield f"  {key}: {json.dumps(str(value), ensure_ascii=False)}"
    for sample in samples:
        if sample.partition(":")[0] not in given:
            yield f"#   {sample}"
    yield ""
