"""This file is ``edge-alpr run``: the daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.daemon import run_daemon
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.commands.source import with_source
from edge_alpr.config.load import load_config
from edge_alpr.config.settings import Config
from edge_alpr.ops.logs import set_up

if TYPE_CHECKING:
    import argparse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "run",
        help="run the unit",
        description="Run the unit: camera, vision and spool on one side, the link to the broker on the other. "
        "SIGTERM or Ctrl-C ends it in order; a second one at once. With a recording as its source it ends when "
        "the recording is over and everything is delivered.",
        epilog=examples(
            "edge-alpr run --config my-unit.yaml",
            "edge-alpr run --config my-unit.yaml --source clip.mp4",
            "edge-alpr run --config my-unit.yaml --only camera    # one of the two services of systemd/",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration (YAML)")
    parser.add_argument(
        "--source",
        metavar="URL",
        help="camera instead of the configured one: path, /dev/video0, rtsp://...",
    )
    parser.add_argument(
        "--only", choices=("camera", "uplink"), help="run one half, as the systemd services do"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.config) if arguments.config else Config()
    if arguments.source:
        config = with_source(config, arguments.source)
    set_up(config.log)
    return run_daemon(config, arguments.only)
