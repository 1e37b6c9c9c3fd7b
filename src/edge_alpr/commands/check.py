"""This file is ``edge-alpr check``: is this configuration valid, and what is in force with it?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.build import load_unit_key
from edge_alpr.app.list_watch import local_list
from edge_alpr.app.policy_in_force import load_policy
from edge_alpr.app.sealing import load_sealing
from edge_alpr.capture.video import VideoSettings, holds_password
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import describe, load_config
from edge_alpr.errors import PolicyError
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from edge_alpr.config.settings import Config
    from edge_alpr.policy.in_force import InForce


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "check",
        help="check a configuration file",
        description="Check a configuration file. Every mistake is named with its line; without one, "
        "the values in force are shown, and what its policy comes to. No camera is opened, nothing is sent.",
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
    policy = load_policy(config)
    if (trouble := policy.in_force.trouble_at(SystemClock().now().utc_s)) is not None:
        raise PolicyError(f"{arguments.file}: policy: {trouble}; with it no plate leaves the unit")
    sealed = load_sealing(config, policy.in_force, load_unit_key(config))
    listed = local_list(config, policy.in_force, SystemClock().now().utc_s)
    described = describe(config)
    for warning in warnings(config, policy.in_force):
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
    print(f"\n{policy.announcement}; {policy.in_force.sha256}")
    if sealed is not None:
        print(f"sealed to {sealed}")
    if config.policy.hotlist_file is not None:
        whose = "signed by nobody" if listed.state is None else f"number {listed.version}"
        print(f"hotlist {listed.name}, {whose}: {len(listed)} entries")
    print(f"{arguments.file}: valid")
    return 0


def warnings(config: Config, in_force: InForce) -> Iterator[str]:
    """What is allowed and should not be."""
    camera, mqtt = config.camera, config.mqtt
    if isinstance(camera, VideoSettings) and holds_password(camera.device):
        yield (
            "camera.device: holds a password, which everybody sees who may read this file: "
            "use camera.username and camera.password_file"
        )
    if mqtt.password_file is not None and not mqtt.broker().tls:
        yield "mqtt.url: the password goes over the network in clear: use mqtts://"
    if in_force.rules.test:
        yield "policy.file: a bench policy, which lets every read out of the unit: not for a road"
    elif config.policy.hotlist_file is not None and config.policy.list_authorities is None:
        yield "policy.hotlist_file: without policy.list_authorities no list is believed"


def _shown(value: Any) -> str:
    return "-" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
