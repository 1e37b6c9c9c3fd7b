"""This file is ``edge-alpr keys``: make, show, enroll and revoke keys; `keys_tls` and `keys_epochs` have the rest."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.commands import keys_epochs, keys_tls
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.pair import KeyPair, PublicKey
from edge_alpr.keys.ring import KeyRing, Member, enroll, parse_public, revoke
from edge_alpr.keys.sealing import SealKey
from edge_alpr.keys.validity import Validity, parse_time
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse

    from edge_alpr.keys.sealing import SealPublic

EXAMPLES = """\
examples:
  edge-alpr keys init unit.key --role unit
  edge-alpr keys init police.key --role agency
  edge-alpr keys show unit.key
  edge-alpr keys enroll units/ example-org/example-site/unit-1 unit.key.pub
  edge-alpr keys enroll holders/ agency/city-police police.key.pub
  edge-alpr keys revoke units/ 0f3a5b7c9d1e2f40
  edge-alpr keys show units/
  edge-alpr keys request --config edge-alpr.yaml --out unit.csr
  edge-alpr keys import unit.pem --config edge-alpr.yaml
  edge-alpr keys epochs issue court.key court-epochs/ --name court --retain-days 21 --out epochs.json
  edge-alpr keys epochs destroy court-epochs/
  edge-alpr keys epochs list court-epochs/

docs/keys.md tells the whole way, docs/sealing.md that of agencies and custodians.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "keys",
        help="make, show and enroll keys; request and import a certificate",
        description="Keys by which a unit signs its messages and a collector its receipts, keys that agencies and "
        "custodians open sealed reads with, and the certificate by which a unit proves to the broker who it is.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_init(actions)
    _add_show(actions)
    _add_enroll(actions)
    _add_revoke(actions)
    keys_tls.add(actions, EXAMPLES)
    keys_epochs.add(actions)


def _add_init(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "init",
        _init,
        "make a key for a unit, a collector, an agency or a custodian",
        more="Only its owner can read the file, and it is never overwritten. The public key goes into FILE.pub beside "
        "it; where only that is missing, it is written again. To an agency, or to a resident who asks a holder, things "
        "are sealed (X25519); all others sign (Ed25519). To a unit things are sealed too, with a second key that "
        "follows from its first: with --role unit both are in FILE.pub.",
        shown=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the private key goes")
    parser.add_argument(
        "--role",
        choices=("unit", "collector", "agency", "custodian", "authority", "person", "resident"),
        default="collector",
        help="whose key it is (default: %(default)s: one that signs)",
    )


def _init(arguments: argparse.Namespace) -> int:
    private: Path = arguments.file
    public = Path(f"{private}.pub")
    kind = SealKey if arguments.role in {"agency", "resident"} else KeyPair
    if public.exists():
        raise KeyFileError(f"{public} is there already and is never overwritten")
    if private.exists():
        # An init that was killed between its two files: the key may be in use, and its public half is no secret.
        key = kind.load(private)
        shown = _publish(key, public, arguments.role)
        print(f"{private} was there already and is kept; {public} was missing", file=sys.stderr)
    else:
        key = kind.generate()
        key.save(private)
        try:
            shown = _publish(key, public, arguments.role)
        except BaseException:
            private.unlink()  # a moment old, and nobody has seen it
            raise
    for each in shown:
        print(f"{each.kid}  {each}")
    return 0


def _publish(key: KeyPair | SealKey, public: Path, role: str) -> list[PublicKey | SealPublic]:
    shown: list[PublicKey | SealPublic] = [key.public]
    if role == "unit" and isinstance(key, KeyPair):
        shown.append(SealKey.of_unit(key).public)
    write_new(public, "".join(f"{each}\n" for each in shown).encode(), 0o644)
    return shown


def _add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "show",
        _show,
        "show the public key of a key file, or what is enrolled in a ring",
        more="One line a key: its name by hash, the public key, for whom it is enrolled, and its bounds. Private keys "
        "are never shown.",
        shown=EXAMPLES,
    )
    parser.add_argument("path", type=Path, metavar="FILE|RING")
    parser.add_argument(
        "--seal",
        action="store_true",
        help="of a unit's private key, also the key to seal to it with",
    )
    parser.add_argument("--json", action="store_true", help="a list of objects")


def _show(arguments: argparse.Namespace) -> int:
    found = [
        {"kid": key.kid, "public": str(key), "name": name, "bounds": bounds}
        for key, name, bounds in _keys_in(arguments.path, seal=arguments.seal)
    ]
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        for one in found:
            print("  ".join(part for part in one.values() if part is not None))
    return 0


def _keys_in(
    path: Path, *, seal: bool = False
) -> list[tuple[PublicKey | SealPublic, str | None, str | None]]:
    """Each key, whom it speaks for, and from when until when."""
    if not path.is_dir():
        content = read_public(path)
        if b"PRIVATE KEY" in content:
            return [(key, None, None) for key in _public_halves(path, seal=seal)]
        lines = content.decode("utf-8", errors="replace").splitlines()
        if lines and all(len(line.split()) == 1 for line in lines):
            return [(parse_public(line.strip()), None, None) for line in lines]
    return [(m.key, m.name, " ".join(m.validity.words()) or None) for m in KeyRing.load(path)]


def _public_halves(path: Path, *, seal: bool) -> list[PublicKey | SealPublic]:
    try:
        key = KeyPair.load(path)
    except KeyFileError as signing:
        try:
            return [SealKey.load(path).public]
        except KeyFileError:
            raise signing from None
    return [key.public, SealKey.of_unit(key).public] if seal else [key.public]


def _add_enroll(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "enroll",
        _enroll,
        "believe a public key for one unit, one collector or one holder",
        more="Adds a file to the folder RING. `edge-alpr keys revoke` ends it.",
        shown=EXAMPLES,
    )
    parser.add_argument("ring", type=Path, metavar="RING", help="folder; made if it is missing")
    parser.add_argument(
        "name",
        metavar="NAME",
        help="org/site/unit, the name of a collector, agency/NAME or custodian/NAME",
    )
    parser.add_argument(
        "key", metavar="KEY", help="ed25519:..., x25519:..., or a file that holds it"
    )
    when = "a day, or a time as 2026-11-24T02:13:39Z"
    parser.add_argument("--from", dest="begin", metavar="TIME", help=f"not before: {when}")
    parser.add_argument("--until", metavar="TIME", help="not from then on")


def _enroll(arguments: argparse.Namespace) -> int:
    if ":" in arguments.key.partition("/")[0]:
        keys = [parse_public(arguments.key)]
    else:
        found = _keys_in(Path(arguments.key))
        keys = [key for key, _, _ in found]
        if len(keys) != 1 and any(name is not None for _, name, _ in found):
            raise KeyFileError(f"{arguments.key}: holds {len(keys)} keys; expected one")
    begin_s = None if arguments.begin is None else parse_time(arguments.begin)
    end_s = None if arguments.until is None else parse_time(arguments.until)
    for key in keys:
        member = Member(arguments.name, key, Validity(begin_s, end_s))
        print(f"{key.kid}  {arguments.name}  {enroll(arguments.ring, member)}")
    return 0


def _add_revoke(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "revoke",
        _revoke,
        "believe a key no more",
        more="Adds a file to the folder RING, so that the key is refused even if it is enrolled again.",
        shown=EXAMPLES,
    )
    parser.add_argument("ring", type=Path, metavar="RING")
    parser.add_argument("who", metavar="KID|NAME", help="one key, or all keys of a name")
    parser.add_argument("--at", metavar="TIME", help="from then on (default: now)")


def _revoke(arguments: argparse.Namespace) -> int:
    at_s = SystemClock().now().utc_s if arguments.at is None else parse_time(arguments.at)
    for path in revoke(arguments.ring, arguments.who, at_s):
        print(path)
    return 0
