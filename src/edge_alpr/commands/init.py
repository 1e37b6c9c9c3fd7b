"""This file is ``edge-alpr init``: a unit's first configuration, by a few questions or by options."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.first import First, first_config
from edge_alpr.config.load import load_config
from edge_alpr.errors import ConfigError, EdgeAlprError, KeyFileError
from edge_alpr.keys.files import write_new
from edge_alpr.message.topics import UnitAddress

if TYPE_CHECKING:
    import argparse

FILES: Final = {
    "password_file": "file whose first line is the broker's password",
    "ca_file": "authority of the broker's certificate",
    "cert_file": "the unit's own certificate",
    "key_file": "its key",
    "unit_key": "the key that events are signed with",
    "collector_keys": "keys of the collectors whose receipts count",
    "policy": "the policy that an authority signed",
    "authorities": "keys of those who may sign policies",
    "spool": "where messages wait (default /var/lib/edge-alpr/spool.db)",
}
QUESTIONS: Final = {
    "org": "Whose unit is it (organisation)?",
    "site": "Where does it stand (site)?",
    "name": "What is its name there?",
    "camera": "Which camera: picamera2, /dev/video0, or rtsp://host/path?",
    "broker": "Which broker (mqtts://host)?",
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "init",
        help="write a unit's first configuration",
        description="Writes a commented configuration. At a terminal it asks for what no option says; without one, "
        "defaults hold. The file is checked before it is put there, and none is ever overwritten.",
        epilog=examples(
            "edge-alpr init my-unit.yaml",
            "edge-alpr init my-unit.yaml --org city --site main-street --camera picamera2 --broker mqtts://broker.example",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("file", type=Path, metavar="UNIT.yaml")
    for option, question in QUESTIONS.items():
        parser.add_argument(f"--{option}", metavar=option.upper(), help=question)
    parser.add_argument("--username", metavar="NAME", help="for the broker")
    for option, words in FILES.items():
        parser.add_argument(f"--{option.replace('_', '-')}", type=Path, metavar="PATH", help=words)
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    file: Path = arguments.file
    if file.exists():
        raise KeyFileError(f"{file} is there already and is never overwritten")
    asking = not arguments.yes and sys.stdin.isatty()
    answers = {
        option: getattr(arguments, option) or _answer(option, question, asking=asking)
        for option, question in QUESTIONS.items()
    }
    try:
        address = UnitAddress(answers["org"], answers["site"], answers["name"])
    except ValueError as error:
        raise EdgeAlprError(str(error)) from None
    first = First(
        address=address,
        camera=answers["camera"],
        broker=answers["broker"],
        username=arguments.username,
        **{option: getattr(arguments, option) for option in FILES},
    )
    _put(file, first_config(first))
    print(f"{file} is written and valid. Next:")
    print(
        f"  edge-alpr check {file}     what is in force with it\n  edge-alpr doctor {file}    what is still missing"
    )
    return 0


def _put(file: Path, text: str) -> None:
    """Write it beside its place, check it there, so that relative paths mean the same, and only then give it its name.

    Raises:
        ConfigError: an answer does not hold.
        KeyFileError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    write_new(draft, text.encode(), 0o644)
    try:
        load_config(draft)
        write_new(file, text.encode(), 0o644)
    except ConfigError as error:
        told = str(error).replace(str(draft), "what would be written")
        raise EdgeAlprError(f"nothing was written:\n{told}") from None
    finally:
        draft.unlink(missing_ok=True)


def _answer(option: str, question: str, *, asking: bool) -> str:
    default = _default(option)
    if not asking:
        return default
    return input(f"{question} [{default}] ").strip() or default


def _default(option: str) -> str:
    if option == "name":
        plain = "".join(c if c.isalnum() else "-" for c in socket.gethostname().lower()).strip("-")
        return plain[:63] if plain.isascii() and plain else "unit-1"
    return {
        "org": "example-org",
        "site": "example-site",
        "camera": "picamera2",
        "broker": "mqtt://localhost:1883",
    }[option]
