"""This file is ``edge-alpr replay``: the whole pipeline over a recording, with the same result each time."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.policy_in_force import load_policy, within_ram
from edge_alpr.app.replay import replay_events
from edge_alpr.capture.files import FilesSettings
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.commands.numbers import positive
from edge_alpr.config.load import load_config
from edge_alpr.config.profiles import built_in
from edge_alpr.config.settings import Config
from edge_alpr.delivery.policy import Policy
from edge_alpr.message.codec import encode
from edge_alpr.ops.health import StatusBoard
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from edge_alpr.message.event import PlateEvent

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class RecordedClock:
    """Stands still: a replay takes all its times from the recording."""

    def __init__(self, start: datetime) -> None:
        self._now = Moment(0.0, start.timestamp())

    def now(self) -> Moment:
        return self._now


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "replay",
        help="run the pipeline over a recording",
        description="Run the whole pipeline over every frame of a clip or a folder of pictures: one final event "
        "per vehicle pass, in order. The same recording gives the same events. Without a configuration every "
        "read is shown and marked as a test; with one, its policy holds.",
        epilog=examples(
            "edge-alpr replay clip.mp4",
            "edge-alpr replay --fps 0.5 --single photos/ --jsonl    # photographs that are not of one road",
            "edge-alpr replay --start 2026-11-24T08:00:00Z --config my-unit.yaml clip.mp4",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("path", type=Path, metavar="CLIP|FOLDER")
    parser.add_argument(
        "--fps", type=positive, help="frames per second (default: the clip's own, 10 for pictures)"
    )
    parser.add_argument(
        "--start",
        type=_time,
        default=EPOCH,
        metavar="TIME",
        help="time of the first frame (RFC 3339; default 2000)",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="take settings and policy from a file"
    )
    parser.add_argument(
        "--single", action="store_true", help="believe a plate that is seen in one frame only"
    )
    parser.add_argument(
        "--jsonl", action="store_true", help="events as JSON lines instead of a table"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.config:
        config = load_config(arguments.config)
        in_force = load_policy(config).in_force
        config = within_ram(config, in_force.rules)
    else:
        config, in_force = Config(), built_in("bench")
    camera = FilesSettings(path=arguments.path, fps=arguments.fps, start=arguments.start)
    config = replace(config, camera=camera)
    if arguments.single:
        track = replace(config.track, min_detections=1)
        # Two photographs of one vehicle are two pictures, not one pass.
        config = replace(config, track=track, policy=replace(config.policy, again_s=0.0))
    board = StatusBoard()
    # The recording has a time of its own, in which no policy need have been in force.
    policy = Policy(replace(in_force, signed=None), config.policy)
    for event in replay_events(config, policy, RecordedClock(arguments.start), board.count):
        if arguments.jsonl:
            sys.stdout.write(encode(event).decode() + "\n")
        else:
            print(_row(event))
        sys.stdout.flush()
    failed = board.snapshot()["counts"]
    return 1 if failed.get("capture.unreadable") or failed.get("capture.truncated") else 0


def _row(event: PlateEvent) -> str:
    mark = "ambiguous" if event.plate.ambiguous else ""
    seen = f"{event.read.agree}/{event.read.read} of {event.read.frames} frames"
    return f"{event.time.captured}  {event.plate.text:<10} {event.plate.confidence:6.1%}  {seen:20} {mark}".rstrip()


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 2026-11-24T08:00:00Z"
        ) from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
