"""This file is ``edge-alpr support-bundle``: what a supporter needs to see of a unit, without a plate in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.doctor.bundle import pack, write_bundle
from edge_alpr.doctor.examine import examine
from edge_alpr.doctor.surroundings import Surroundings

if TYPE_CHECKING:
    import argparse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "support-bundle",
        help="pack what a supporter needs to see, without a plate in it",
        description="Packs what the doctor finds, the configuration without secrets, counters and the journal into a "
        "file. Neither spool nor lists nor pictures go into it, and what looks like a plate in a log is blotted out.",
        epilog=examples("edge-alpr support-bundle my-unit.yaml --out support.tar.gz"),
        formatter_class=HelpText,
    )
    parser.add_argument("file", type=Path, metavar="UNIT.yaml", help="the unit's configuration")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new .tar.gz")
    parser.add_argument("--no-camera", action="store_true", help="leave the camera alone")
    parser.add_argument("--no-network", action="store_true", help="send nothing, look nothing up")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    around = Surroundings()
    findings = list(
        examine(
            arguments.file,
            around,
            with_camera=not arguments.no_camera,
            with_network=not arguments.no_network,
        )
    )
    files = pack(arguments.file, around, findings)
    write_bundle(arguments.out, files)
    for name, content in sorted(files.items()):
        print(f"{len(content):9} {name}")
    print(f"{arguments.out}: look through it before you hand it on")
    return 0
