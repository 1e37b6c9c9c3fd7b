"""This file is ``edge-alpr check``: is this configuration valid, and what is in force with it?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.capture.video import VideoSettings, holds_password
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import describe, load_config

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from edge_alpr.config.settings import Config


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "check",
        help="check a configuration file",
        description="Check a configuration file. Every mistake is named with its line; without one, "
        "the values in force are shown. Nothing is opened, nothing is sent.",
        epilog=examples(
            "edge-alpr check my-unit.yaml",
            "edge-alpr check --json my-unit.yaml | jq .mqtt",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument(
        "file", nargs="?", type=Path, default=Path("edge-alpr.yaml"), help="default: edge-alpr.yaml"
    )
    parser.add_argument("--json", action="store_true", help="show the values as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.file)
    described = describe(config)
    for warning in warnings(config):
        print(f"{arguments.file}: warning: {warning}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(described, indent=2))
        return 0
    for section, options in described.items():
        if isinstance(options, dict):
            print(f"{section}:")
            for name, value in options.items():
                print(f"  {name}: {_shown(value)}")
        else:
            print(f"{section}: {_shown(options)}")
    print(f"\n{arguments.file}: valid")
    return 0


def warnings(config: Config) -> Iterator[str]:
    """What is allowed and should not be."""
    camera, mqtt = config.camera, config.mqtt
    if isinstance(camera, VideoSettings) and holds_password(camera.device):
        yield (
            "camera.device: holds a password, which everybody sees who may read this file: "
            "use camera.username and camera.password_file"
        )
    if mqtt.password_file is not None and not mqtt.broker().tls:
        yield "mqtt.url: the password goes over the network in clear: use mqtts://"
    if config.policy.profile == "bench":
        yield "policy.profile: bench lets every read out of the unit: not for a road"


def _shown(value: Any) -> str:
    return "-" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
