"""This file names a stack of profiles on the command line, for the actions of ``edge-alpr policy`` that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def stacked(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str, run: object
) -> argparse.ArgumentParser:
    """An action over profiles by name or file."""
    parser = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.add_argument(
        "profiles", nargs="+", metavar="PROFILE", help="a shipped profile's name, or a file"
    )
    parser.set_defaults(run=run)
    return parser
