"""This file is ``edge-alpr export``: takes a unit off this board or card, so that it can go on on another one."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.moving import export_unit
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import load_config
from edge_alpr.errors import EdgeAlprError, KeyFileError
from edge_alpr.keys.files import read_private, read_public
from edge_alpr.keys.sealing import SealPublic
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "export",
        help="move a unit to other hardware: take it off here",
        description="Writes a unit's identity, keys, configuration and undelivered messages to one locked file, and "
        "retires the unit here: it does not start any more. The services must be stopped. A passphrase is asked for, "
        "or read from a file; or the file is sealed to a key.",
        epilog=examples(
            "edge-alpr export /etc/edge-alpr/edge-alpr.yaml --out unit.moved",
            "edge-alpr export my-unit.yaml --out unit.moved --to workshop.key.pub",
        )
        + "\nImport it on the new hardware, then reset the old. Who has the file and the passphrase can be this unit:\n"
        "import it once, and destroy it.\n",
        formatter_class=HelpText,
    )
    parser.add_argument("file", type=Path, metavar="UNIT.yaml", help="the unit's configuration")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="its first line, mode 0600"
    )
    how.add_argument(
        "--to",
        type=Path,
        metavar="KEY.pub",
        help="a sealing key (edge-alpr keys init --role agency)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.file)
    to: str | SealPublic
    if arguments.to is not None:
        to = SealPublic.parse(read_public(arguments.to).decode("ascii", "replace").strip())
    else:
        to = passphrase(arguments.passphrase_file, twice=True)
    count = export_unit(config, arguments.file, arguments.out, to, SystemClock().now().utc_s)
    print(f"{arguments.out}: {count} files. The unit is retired here and does not start any more.")
    print(
        f"Next: edge-alpr import {arguments.out.name} on the new hardware, then edge-alpr reset here."
    )
    return 0


def passphrase(file: Path | None, *, twice: bool) -> str:
    """From a file that only its owner may read, or from the terminal.

    Raises:
        KeyFileError: the file cannot be used.
        EdgeAlprError: there is neither, or it was typed in two ways.
    """
    if file is not None:
        try:
            return read_private(file).decode("utf-8").split("\n", 1)[0].rstrip("\r")
        except UnicodeDecodeError:
            raise KeyFileError(f"{file}: not UTF-8 text") from None
    if not sys.stdin.isatty():
        raise EdgeAlprError("no terminal to ask at: name --passphrase-file, or a key")
    typed = getpass.getpass("passphrase: ")
    if twice and getpass.getpass("once more: ") != typed:
        raise EdgeAlprError("these were two different ones")
    return typed
