"""This file is ``edge-alpr import``: lets a unit that was taken off other hardware go on here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.moving import import_unit
from edge_alpr.commands.export import passphrase
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.errors import EdgeAlprError
from edge_alpr.keys.locked import wants_passphrase
from edge_alpr.keys.sealing import SealKey

if TYPE_CHECKING:
    import argparse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "import",
        help="move a unit to other hardware: put it on here",
        description="Puts the files of a unit that was exported to the places that they had, owned by the users of the "
        "same names if this is run as root. Nothing is overwritten. The file is marked as used; destroy it.",
        epilog=examples(
            "edge-alpr import unit.moved",
            "edge-alpr import unit.moved --key workshop.key --root /mnt/card",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what edge-alpr export wrote")
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help="where a new card is mounted"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="its first line, mode 0600"
    )
    how.add_argument("--key", type=Path, metavar="KEY", help="the private key that it is sealed to")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    locked = arguments.file.read_bytes()
    by: str | SealKey
    if arguments.key is not None:
        by = SealKey.load(arguments.key)
    elif wants_passphrase(locked):
        by = passphrase(arguments.passphrase_file, twice=False)
    else:
        raise EdgeAlprError(f"{arguments.file}: sealed to a key: name it with --key")
    places = import_unit(locked, by, arguments.root)
    used = arguments.file.with_name(f"{arguments.file.name}.imported")
    arguments.file.rename(used)
    for place in places:
        print(place)
    print(
        f"{len(places)} files. Next: edge-alpr doctor, then start the services, and destroy {used}."
    )
    return 0
