"""This file is ``edge-alpr aim``: a page for the technician's phone, to turn, focus and try the camera."""

from __future__ import annotations

import ipaddress
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.capture.files import FilesSettings
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.commands.source import with_source
from edge_alpr.config.load import load_config
from edge_alpr.config.settings import Config
from edge_alpr.errors import EdgeAlprError

if TYPE_CHECKING:
    import argparse

PLATES_M = {"eu": 0.52, "us": 0.305}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "aim",
        help="aim and focus the camera with a phone",
        description="Opens a page with the live picture, with numbers that say whether plates can be read, and with "
        "lanes and masks to draw. The camera's service is paused meanwhile and always started again. The page ends "
        "by itself; beyond this machine it is encrypted. It shows no plate's text, and covers plates in the picture.",
        epilog=examples(
            "edge-alpr aim --config my-unit.yaml --speed 50",
            "edge-alpr aim --config my-unit.yaml --host 192.168.4.1    # for a phone in the unit's network",
            "edge-alpr aim --source clip.mp4",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration (YAML)")
    parser.add_argument("--source", metavar="URL", help="camera instead of the configured one")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="default: %(default)s"
    )
    parser.add_argument("--port", type=int, default=8443, help="default: %(default)s")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="time box; default: %(default)s"
    )
    parser.add_argument(
        "--speed", type=float, default=50.0, metavar="KMH", help="speed limit; default: %(default)s"
    )
    parser.add_argument(
        "--plate",
        choices=tuple(PLATES_M),
        default="eu",
        help="size of plates; default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        address = ipaddress.ip_address(arguments.host)
    except ValueError:
        raise EdgeAlprError(
            f"--host {arguments.host}: give an IP address of this machine"
        ) from None
    if not (1 <= arguments.minutes <= 240 and arguments.speed > 0 and 1 <= arguments.port <= 65535):
        raise EdgeAlprError("--minutes 1 to 240, --speed above 0, --port 1 to 65535")
    try:
        from edge_alpr.aim.eye import Aim  # noqa: PLC0415
        from edge_alpr.aim.session import Plan, run_sitting  # noqa: PLC0415 - an extra of its own
    except ModuleNotFoundError as error:
        raise EdgeAlprError(f"{error.name} is missing: pip install 'edge-alpr[aim]'") from None
    config = load_config(arguments.config) if arguments.config else Config()
    if arguments.source:
        config = with_source(config, arguments.source)
    if isinstance(config.camera, FilesSettings):
        config = replace(config, camera=replace(config.camera, pace="real-time"))
    plan = Plan(
        config_file=arguments.config,
        aim=Aim(arguments.speed, PLATES_M[arguments.plate]),
        host=str(address),
        port=arguments.port,
        minutes=arguments.minutes,
        token=secrets.token_urlsafe(16),
        tls=not address.is_loopback,
    )
    return run_sitting(config, plan, _announce)


def _announce(url: str, fingerprint: str | None) -> None:
    import segno  # noqa: PLC0415 - an extra of its own

    print(url, flush=True)
    if sys.stdout.isatty():
        segno.make(url, error="l").terminal(compact=True)
    if fingerprint is not None:
        print(
            f"The browser warns, since nobody vouches for it. SHA-256 of its certificate:\n{fingerprint}",
            flush=True,
        )
