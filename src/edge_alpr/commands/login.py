"""The options by which a command comes into a broker, the same for every command that does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.link.address import Broker

if TYPE_CHECKING:
    import argparse


def add_login(group: argparse._ArgumentGroup, *, whose: str = "our") -> None:
    """``whose`` name and certificate they are, for the help."""
    group.add_argument(
        "--username", metavar="NAME", help=f"{whose} name, if there is no certificate"
    )
    group.add_argument(
        "--password-file", type=Path, metavar="FILE", help="file whose first line is the password"
    )
    group.add_argument(
        "--ca", type=Path, metavar="FILE", help="authority of the broker's certificate"
    )
    group.add_argument("--cert", type=Path, metavar="FILE", help=f"{whose} certificate")
    group.add_argument(
        "--key", type=Path, metavar="FILE", help="its key, if it is not in the same file"
    )
    group.add_argument(
        "--protocol", choices=("auto", "5", "3.1.1"), default="auto", help="MQTT version"
    )


def broker_of(arguments: argparse.Namespace) -> Broker:
    """The broker that ``--broker`` and the login name.

    Raises:
        ValueError: they do not fit together, or a file cannot be read.
    """
    return Broker.at(
        arguments.broker,
        username=arguments.username,
        password_file=arguments.password_file,
        ca_file=arguments.ca,
        cert_file=arguments.cert,
        key_file=arguments.key,
    )
