"""This file is ``edge-alpr reset``: the factory reset of a unit that is sold, moved or handed back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.app.factory_reset import belongings, discard, fill, forget
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import load_config

if TYPE_CHECKING:
    import argparse

NOT_ASKED: Final = 2
LEFT: Final = 1


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "reset",
        help="take everything off a unit but the software",
        description="Overwrites and removes what a unit holds: spool, audit log, runtime folder, keys and "
        "certificates, policy, rings, passwords, and the configuration that names them. Without --yes it only says "
        "what would go. The services must be stopped.",
        epilog=examples(
            "edge-alpr reset /etc/edge-alpr/edge-alpr.yaml",
            "edge-alpr reset /etc/edge-alpr/edge-alpr.yaml --yes --free-space",
        )
        + "\nMessages that were not delivered are lost. Take the unit's key off the rings that believe in it, and its "
        "certificate\noff the broker's access list. On flash, overwriting is no proof: docs/threats.md says what is.\n",
        formatter_class=HelpText,
    )
    parser.add_argument("file", type=Path, metavar="UNIT.yaml", help="the unit's configuration")
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument(
        "--free-space",
        action="store_true",
        help="then also overwrite the free space of the card: about half an hour for 32 GB",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.file)
    paths = belongings(config, arguments.file)
    if not arguments.yes:
        for path in paths:
            print(path)
        print(f"{len(paths)} files would go. Nothing is removed without --yes.", file=sys.stderr)
        return NOT_ASKED
    failures = forget(config, paths)
    for failure in failures:
        print(f"edge-alpr: still there: {failure}", file=sys.stderr)
    print(f"{len(paths) - len(failures)} files are gone; what is left is the software.")
    if arguments.free_space:
        folder = next(each for each in config.spool.path.absolute().parents if each.is_dir())
        written = fill(folder)
        told = "and the card is told to erase it" if discard(folder) else "the card cannot be told"
        print(f"{written} bytes of free space are overwritten, {told}.")
    return LEFT if failures else 0
