"""This file is ``edge-alpr keys``: make, show and enroll signing keys; ask for and import the certificate of TLS."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.build import unit_address
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import load_config
from edge_alpr.errors import ConfigError, KeyFileError, Problem
from edge_alpr.keys.certificate import import_certificate, make_request
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import KeyPair, PublicKey
from edge_alpr.keys.ring import KeyRing, Member, enroll, revoke
from edge_alpr.keys.validity import Validity, parse_time
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from edge_alpr.config.settings import Config

EXAMPLES = """\
examples:
  edge-alpr keys init unit.key
  edge-alpr keys show unit.key
  edge-alpr keys enroll units/ example-org/example-site/unit-1 unit.pub
  edge-alpr keys revoke units/ 0f3a5b7c9d1e2f40
  edge-alpr keys show units/
  edge-alpr keys request --config edge-alpr.yaml --out unit.csr
  edge-alpr keys import unit.pem --config edge-alpr.yaml

docs/keys.md tells the whole way.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "keys",
        help="make, show and enroll keys; request and import a certificate",
        description="Keys by which a unit signs its messages and a collector its receipts, and the certificate by "
        "which a unit proves to the broker who it is.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_init(actions)
    _add_show(actions)
    _add_enroll(actions)
    _add_revoke(actions)
    _add_request(actions)
    _add_import(actions)


# ------------------------------------------------------------------ keys that sign


def _add_init(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "init",
        _init,
        "make a signing key for a unit or a collector",
        "Only its owner can read the file, and it is never overwritten. The public key goes into FILE.pub beside it; "
        "where only that is missing, it is written again.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the private key goes")


def _init(arguments: argparse.Namespace) -> int:
    private: Path = arguments.file
    public = Path(f"{private}.pub")
    if public.exists():
        raise KeyFileError(f"{public} is there already and is never overwritten")
    if private.exists():
        # An init that was killed between its two files: the key may be in use, and its public half is no secret.
        key = KeyPair.load(private)
        _publish(key, public)
        print(f"{private} was there already and is kept; {public} was missing", file=sys.stderr)
    else:
        key = KeyPair.generate()
        key.save(private)
        try:
            _publish(key, public)
        except BaseException:
            private.unlink()  # a moment old, and nobody has seen it
            raise
    print(f"{key.kid}  {key.public}")
    return 0


def _publish(key: KeyPair, public: Path) -> None:
    write_new(public, f"{key.public}\n".encode(), 0o644)


def _add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "show",
        _show,
        "show the public key of a key file, or what is enrolled in a ring",
        "One line a key: its name by hash, the public key, for whom it is enrolled, and its bounds. Private keys are "
        "never shown.",
    )
    parser.add_argument("path", type=Path, metavar="FILE|RING")
    parser.add_argument("--json", action="store_true", help="a list of objects")


def _show(arguments: argparse.Namespace) -> int:
    found = [
        {"kid": key.kid, "public": str(key), "name": name, "bounds": bounds}
        for key, name, bounds in _keys_in(arguments.path)
    ]
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        for one in found:
            print("  ".join(part for part in one.values() if part is not None))
    return 0


def _keys_in(path: Path) -> list[tuple[PublicKey, str | None, str | None]]:
    """Each key, whom it speaks for, and from when until when."""
    if not path.is_dir():
        content = read_public(path)
        if b"PRIVATE KEY" in content:
            return [(KeyPair.load(path).public, None, None)]
        if len(content.split()) == 1:
            text = content.decode("utf-8", errors="replace").strip()
            return [(PublicKey.parse(text), None, None)]
    return [(m.key, m.name, " ".join(m.validity.words()) or None) for m in KeyRing.load(path)]


def _add_enroll(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "enroll",
        _enroll,
        "believe a public key for one unit or one collector",
        "Adds a file to the folder RING. `edge-alpr keys revoke` ends it.",
    )
    parser.add_argument("ring", type=Path, metavar="RING", help="folder; made if it is missing")
    parser.add_argument("name", metavar="NAME", help="org/site/unit, or the name of a collector")
    parser.add_argument("key", metavar="KEY", help="ed25519:..., or a file that holds it")
    when = "a day, or a time as 2026-11-24T02:13:39Z"
    parser.add_argument("--from", dest="begin", metavar="TIME", help=f"not before: {when}")
    parser.add_argument("--until", metavar="TIME", help="not from then on")


def _enroll(arguments: argparse.Namespace) -> int:
    if arguments.key.startswith("ed25519:"):
        key = PublicKey.parse(arguments.key)
    else:
        found = _keys_in(Path(arguments.key))
        if len(found) != 1:
            raise KeyFileError(f"{arguments.key}: holds {len(found)} keys; expected one")
        key = found[0][0]
    begin_s = None if arguments.begin is None else parse_time(arguments.begin)
    end_s = None if arguments.until is None else parse_time(arguments.until)
    member = Member(arguments.name, key, Validity(begin_s, end_s))
    print(f"{key.kid}  {arguments.name}  {enroll(arguments.ring, member)}")
    return 0


def _add_revoke(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "revoke",
        _revoke,
        "believe a key no more",
        "Adds a file to the folder RING, so that the key is refused even if it is enrolled again.",
    )
    parser.add_argument("ring", type=Path, metavar="RING")
    parser.add_argument("who", metavar="KID|NAME", help="one key, or all keys of a name")
    parser.add_argument("--at", metavar="TIME", help="from then on (default: now)")


def _revoke(arguments: argparse.Namespace) -> int:
    at_s = SystemClock().now().utc_s if arguments.at is None else parse_time(arguments.at)
    for path in revoke(arguments.ring, arguments.who, at_s):
        print(path)
    return 0


# ------------------------------------------------------------------ the certificate of TLS


def _add_request(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "request",
        _request,
        "write a certificate signing request",
        "Makes the key of TLS if mqtt.key_file is not there, and writes a request for the broker's authority. The "
        "common name is the unit's address, org/site/unit.",
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


def _add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _action(
        actions,
        "import",
        _import,
        "take the certificate that the authority made",
        "Checks that it fits the key, the name and the day, then puts it into mqtt.cert_file.",
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


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
    more: str,
) -> argparse.ArgumentParser:
    sentence = f"{words[0].upper()}{words[1:]}. {more}"
    shown = examples(*(line.strip() for line in EXAMPLES.splitlines() if f" keys {name} " in line))
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=words, description=sentence, epilog=shown, formatter_class=HelpText
    )
    parser.set_defaults(run=run)
    return parser
