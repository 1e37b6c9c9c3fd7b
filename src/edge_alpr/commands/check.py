"""This file is ``edge-alpr check``: is this configuration valid, and what is in force with it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.capture.video import without_password
from edge_alpr.config.load import describe, load_config

if TYPE_CHECKING:
    import argparse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "check",
        help="check a configuration file",
        description="Check a configuration file. Every mistake is named with its line; without one, "
        "the values in force are shown. Nothing is opened, nothing is sent.",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, default=Path("edge-alpr.yaml"), help="default: edge-alpr.yaml"
    )
    parser.add_argument("--json", action="store_true", help="show the values as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    described = describe(load_config(arguments.file))
    camera = described.get("camera") or {}
    if "device" in camera:
        camera["device"] = without_password(camera["device"])
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


def _shown(value: Any) -> str:
    return "-" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
