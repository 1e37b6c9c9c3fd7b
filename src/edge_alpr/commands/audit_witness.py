"""This file has the two sides of a cosignature: ``audit prove`` for who has a log, ``audit cosign`` for a witness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.audit.checkpoint import checkpoint_path, load_checkpoint, read_checkpoint
from edge_alpr.audit.note import WITNESS, verifier_key
from edge_alpr.audit.verify import read_log
from edge_alpr.audit.witness import Request, Witness, make_request, read_request
from edge_alpr.commands.help_text import add_action
from edge_alpr.errors import AuditError, KeyFileError
from edge_alpr.keys.files import read_public, write_over
from edge_alpr.keys.pair import KeyPair, PublicKey
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

KEY = "ed25519:"


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser], shown: str) -> None:
    proving = add_action(
        actions,
        "prove",
        _prove,
        "write what a witness needs to cosign",
        more="The log's newest checkpoint, and a proof that what the witness saw before is still in it. A witness "
        "needs no log.",
        shown=shown,
    )
    proving.add_argument("log", type=Path, metavar="LOG")
    proving.add_argument(
        "--from",
        dest="old",
        type=int,
        default=0,
        metavar="N",
        help="how many entries the witness has seen (default: none)",
    )
    proving.add_argument("--checkpoint", type=Path, metavar="FILE", help="default: LOG.checkpoint")
    proving.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    cosigning = add_action(
        actions,
        "cosign",
        _cosign,
        "sign a checkpoint as a witness, if it denies nothing that was seen",
        more="What was seen of each log is kept in a folder. A log that was rewritten or cut is refused.",
        shown=shown,
    )
    cosigning.add_argument("asked", type=Path, metavar="REQUEST|LOG")
    add_keys(cosigning, needed=True)
    cosigning.add_argument("--as", dest="name", required=True, metavar="NAME", help="the witness")
    cosigning.add_argument(
        "--witness-key", type=Path, required=True, metavar="FILE", help="its private key"
    )
    cosigning.add_argument(
        "--state", type=Path, required=True, metavar="FOLDER", help="what it has seen"
    )
    cosigning.add_argument(
        "--successor",
        action="store_true",
        help="take a log that follows a damaged one for new; look into why first",
    )
    cosigning.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def add_keys(parser: argparse.ArgumentParser, *, needed: bool) -> None:
    parser.add_argument(
        "--key",
        action="append",
        required=needed,
        metavar="KEY",
        help="whose signature is believed: ed25519:..., a .pub file, or a ring (may be given again)",
    )


def _prove(arguments: argparse.Namespace) -> int:
    log: Path = arguments.log
    checkpoint, note = load_checkpoint(arguments.checkpoint or checkpoint_path(log))
    _give(str(make_request(_leaves(log), arguments.old, checkpoint, note)), arguments.out)
    return 0


def _cosign(arguments: argparse.Namespace) -> int:
    key = KeyPair.load(arguments.witness_key)
    witness = Witness(arguments.state, arguments.name, key)
    note = witness.cosign(
        _request(arguments.asked, witness),
        keys_of(arguments.key),
        SystemClock().now().utc_s,
        successor=arguments.successor,
    )
    _give(str(note), arguments.out)
    if arguments.out is not None:
        checkpoint, _ = read_checkpoint(str(note))
        print(f"{checkpoint.origin}: {checkpoint.size} entries cosigned by {arguments.name}")
        print(f"its key for other tools: {verifier_key(arguments.name, key.public, WITNESS)}")
    return 0


def _request(path: Path, witness: Witness) -> Request:
    """What is asked: a request as it is, or what follows from a log and its checkpoint."""
    try:
        start = path.read_bytes()[:4]
    except OSError as error:
        raise AuditError(f"{path}: {error.strerror}") from None
    if start == b"old ":
        return read_request(path.read_text(encoding="utf-8"))
    checkpoint, note = load_checkpoint(checkpoint_path(path))
    seen = witness.seen(checkpoint.origin)
    old = 0 if seen is None or seen.origin != checkpoint.origin else seen.size
    if old > checkpoint.size:
        return Request(old, (), str(note))  # the witness says what is wrong with that
    return make_request(_leaves(path), old, checkpoint, note)


def _leaves(log: Path) -> Sequence[bytes]:
    try:
        reading = read_log(log.read_bytes())
    except OSError as error:
        raise AuditError(f"{log}: {error.strerror}") from None
    if reading.problems:
        raise AuditError(f"{log}: {reading.problems[0]}")
    return reading.leaves


def _give(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
    else:
        write_over(out, text.encode(), 0o644)


# ------------------------------------------------------------------ keys on the command line


def keys_of(named: Sequence[str]) -> list[PublicKey]:
    """The signing keys that were named, by themselves, in files or in rings.

    Raises:
        KeyFileError: one is none, or a file or a folder has none.
    """
    return [key for each in named for key, _ in _named_keys(each)]


def witnesses_of(named: Sequence[str]) -> dict[str, list[PublicKey]]:
    """Keys by the witness's name.

    Raises:
        KeyFileError: one has no name, or is no key.
    """
    found: dict[str, list[PublicKey]] = {}
    for each in named:
        name, equals, text = each.partition("=")
        pairs = [(PublicKey.parse(text), name)] if equals and text.startswith(KEY) else None
        for key, who in pairs or _named_keys(each):
            if not who:
                raise KeyFileError(
                    f"{each}: a witness has a name: NAME=ed25519:..., or `ed25519:... NAME`"
                )
            found.setdefault(who, []).append(key)
    return found


def _named_keys(named: str) -> list[tuple[PublicKey, str]]:
    if named.startswith(KEY):
        return [(PublicKey.parse(named), "")]
    found = list(_keys_in(Path(named)))
    if not found:
        raise KeyFileError(f"{named}: has no key that signs (ed25519:...)")
    return found


def _keys_in(path: Path) -> Iterator[tuple[PublicKey, str]]:
    """Keys of a file or of a folder's ``.pub`` files, each with the name beside it. Whether one is revoked is not
    asked: what it signed before that stands, and since when, a witness knows."""
    files = sorted(path.glob("*.pub")) if path.is_dir() else [path]
    for file in files:
        for line in read_public(file).decode("utf-8", errors="replace").splitlines():
            words = line.partition("#")[0].split()
            if words and words[0].startswith(KEY):
                yield PublicKey.parse(words[0]), words[1] if len(words) > 1 else ""
