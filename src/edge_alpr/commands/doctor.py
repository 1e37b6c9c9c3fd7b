"""This file is ``edge-alpr doctor``: what is wrong with this unit, and what to do about it?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr import __version__
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.doctor.examine import examine
from edge_alpr.doctor.surroundings import Surroundings
from edge_alpr.doctor.table import as_json, row, summary
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    import argparse

    from edge_alpr.doctor.finding import Finding

WRONG: Final = 1


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "doctor",
        help="say what is wrong with this unit, and what to do about it",
        description="Goes through the unit from its configuration to its collector: camera, networks, card, board, "
        "clock, policy, keys, broker, services. Looks through the camera for some seconds if no unit holds it, and "
        "sends a test message to the unit's own topic. Run it as the user that the unit "
        "runs as. Ends with 1 if something failed.",
        epilog=examples(
            "edge-alpr doctor my-unit.yaml",
            "sudo -u edge-alpr edge-alpr doctor /etc/edge-alpr/edge-alpr.yaml",
            "edge-alpr doctor --no-network --json my-unit.yaml | jq '.findings[] | select(.grade == \"fail\")'",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument(
        "file", nargs="?", type=Path, default=Path("edge-alpr.yaml"), help="default: edge-alpr.yaml"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--no-camera", action="store_true", help="leave the camera alone")
    parser.add_argument("--no-network", action="store_true", help="send nothing, look nothing up")
    parser.add_argument(
        "--time-server", metavar="HOST[:PORT]", help="compare the clock with it (SNTP)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    around = Surroundings(time_server=arguments.time_server)
    found: list[Finding] = []
    colour = sys.stdout.isatty()
    for finding in examine(
        arguments.file,
        around,
        with_camera=not arguments.no_camera,
        with_network=not arguments.no_network,
    ):
        found.append(finding)
        if not arguments.json:
            print(row(finding, colour=colour), flush=True)
    if arguments.json:
        print(as_json(found, to_text(around.clock.now().utc_s), __version__))
    else:
        print(f"\n{summary(found)}")
    return WRONG if any(finding.grade == "fail" for finding in found) else 0
