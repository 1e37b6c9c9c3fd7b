"""This file is ``edge-alpr keys request|import``: ask for the certificate of TLS, and take it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.build import unit_address
from edge_alpr.commands.help_text import add_action
from edge_alpr.config.load import load_config
from edge_alpr.errors import ConfigError, KeyFileError, Problem
from edge_alpr.keys.certificate import import_certificate, make_request
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse

    from edge_alpr.config.settings import Config


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser], shown: str) -> None:
    _add_request(actions, shown)
    _add_import(actions, shown)


def _add_request(actions: argparse._SubParsersAction[argparse.ArgumentParser], shown: str) -> None:
    parser = add_action(
        actions,
        "request",
        _request,
        "write a certificate signing request",
        more="Makes the key of TLS if mqtt.key_file is not there, and writes a request for the broker's authority. The "
        "common name is the unit's address, org/site/unit.",
        shown=shown,
    )
    _add_config(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--new-key",
        action="store_true",
        help="ask for a new key, which waits beside the old one until its certificate is imported",
    )


def _request(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.config)
    key_file, _ = _tls_files(config, arguments.config)
    request = make_request(key_file, str(unit_address(config)), new_key=arguments.new_key)
    if arguments.out is None:
        sys.stdout.write(request)
    else:
        write_new(arguments.out, request.encode(), 0o644)
    return 0


def _add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser], shown: str) -> None:
    parser = add_action(
        actions,
        "import",
        _import,
        "take the certificate that the authority made",
        more="Checks that it fits the key, the name and the day, then puts it into mqtt.cert_file.",
        shown=shown,
    )
    parser.add_argument(
        "certificate", type=Path, metavar="CERTIFICATE", help="PEM; the chain may follow"
    )
    _add_config(parser)


def _import(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.config)
    key_file, cert_file = _tls_files(config, arguments.config)
    try:
        taken = import_certificate(
            read_public(arguments.certificate),
            key_file=key_file,
            cert_file=cert_file,
            name=str(unit_address(config)),
            now_s=SystemClock().now().utc_s,
        )
    except KeyFileError as error:
        raise KeyFileError(f"{arguments.certificate}: {error}") from None
    print(
        f"{cert_file}: by {taken.issuer}, serial {taken.serial}, ends {taken.not_after:%Y-%m-%d %H:%M} UTC"
    )
    return 0


def _tls_files(config: Config, path: Path) -> tuple[Path, Path]:
    """The key's file and the certificate's file; both must be named, or there is nothing to fill."""
    key_file, cert_file = config.mqtt.key_file, config.mqtt.cert_file
    if key_file is None or cert_file is None:
        missing = "mqtt.key_file" if key_file is None else "mqtt.cert_file"
        what = "needed: it says where the file goes"
        raise ConfigError([Problem(str(path), missing, what)])
    return key_file, cert_file


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE",
        help="the unit's configuration: mqtt.key_file, mqtt.cert_file and the unit's names",
    )
