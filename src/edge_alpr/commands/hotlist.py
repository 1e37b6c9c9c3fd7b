"""This file is ``edge-alpr hotlist``: lint, sign, approve and verify lists of wanted plates; `hotlist_send` sends."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.commands import hotlist_send
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.hotlist_rules import add_rules, rules_of
from edge_alpr.commands.numbers import positive, positive_int
from edge_alpr.commands.policy_signing import address_of
from edge_alpr.errors import EdgeAlprError, PolicyError
from edge_alpr.hotlist.lint import lint, sound_entries
from edge_alpr.hotlist.list import Terms, read_list
from edge_alpr.hotlist.pack import unpack
from edge_alpr.hotlist.rows import read_rows
from edge_alpr.hotlist.write import approved_list, signed_list
from edge_alpr.keys.files import write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.hotlist import MOST_BYTES
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from edge_alpr.hotlist.lint import Remark
    from edge_alpr.hotlist.rows import Row

MOST_TOLD: Final = 200
"""Remarks that are printed of one level; a long list has more than anybody reads at once."""
SOME_REFUSED: Final = 1

EXAMPLES = """\
examples:
  edge-alpr hotlist lint wanted.csv
  edge-alpr hotlist sign wanted.csv --authority city-police --key police.key --scope city --seq 7 --out wanted.hotlist
  edge-alpr hotlist approve wanted.hotlist --approver chief --key chief.key --out wanted.approved
  edge-alpr hotlist verify wanted.hotlist --authorities authorities/ --unit city/main-street/unit-1
  edge-alpr hotlist send wanted.hotlist --units units/ --broker mqtts://broker.example --ca ca.pem --cert me.pem

docs/hotlists.md tells the whole way, and what this cannot see.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "hotlist",
        help="lint, sign, approve, verify and send a list of wanted plates",
        description="A hotlist is signed by an authority, sealed to each unit, held in memory there, and ends within a "
        "day. Every entry names a reason, a case and a person. No message of these commands quotes a plate; an entry "
        "is named by its line.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_lint(actions)
    _add_sign(actions)
    _add_approve(actions)
    _add_verify(actions)
    hotlist_send.add(actions, EXAMPLES)


# ------------------------------------------------------------------ lint


def _add_lint(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "lint",
        _lint,
        "find entries that a unit would refuse, and such as harm",
        more="FILE is a table (CSV) with a heading, or JSON lines; docs/hotlists.md lists the columns. Exits with 1 if "
        "an entry would be refused.",
        shown=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    add_rules(parser)
    parser.add_argument("--json", action="store_true", help="a JSON line for each remark")


def _lint(arguments: argparse.Namespace) -> int:
    rows, remarks = _linted(arguments)
    if arguments.json:
        for remark in remarks:
            print(json.dumps(asdict(remark)))
    else:
        _tell(arguments.file, remarks)
        refused = {remark.line for remark in remarks if remark.level == "refused"}
        print(f"{len(rows)} entries, {len(refused)} would be refused", file=sys.stderr)
    return SOME_REFUSED if any(remark.level == "refused" for remark in remarks) else 0


def _linted(arguments: argparse.Namespace) -> tuple[list[Row], list[Remark]]:
    now_s = SystemClock().now().utc_s
    try:
        rows = read_rows(_content(arguments.file), now_s)
    except PolicyError as error:
        raise PolicyError(f"{arguments.file}: {error}") from None
    # A second signature can only be added to what is signed.
    return rows, lint(rows, rules_of(arguments)[0], now_s, approved=True)


def _tell(file: Path, remarks: Sequence[Remark]) -> None:
    for level in ("refused", "look"):
        of_level = [remark for remark in remarks if remark.level == level]
        for remark in of_level[:MOST_TOLD]:
            print(f"{file}:{remark.line}: {level}: {remark.code}: {remark.words}")
        if len(of_level) > MOST_TOLD:
            print(f"{file}: {level}: and {len(of_level) - MOST_TOLD} more (--json has all)")


# ------------------------------------------------------------------ sign and approve


def _add_sign(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "sign",
        _sign,
        "make a signed list of a table or of JSON lines",
        more="Refuses a file of which a unit would leave entries out, unless told to leave them out here. A file with "
        "a heading alone makes an empty list, which takes the one before it away.",
        shown=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--authority", required=True, metavar="NAME", help="who signs, as enrolled")
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="its private key")
    parser.add_argument(
        "--scope", required=True, metavar="ORG[/SITE[/UNIT]]", help="the units it is for"
    )
    parser.add_argument(
        "--seq",
        required=True,
        type=positive_int,
        metavar="N",
        help="one more than the last for this scope",
    )
    parser.add_argument(
        "--days", type=positive, default=1.0, metavar="N", help="it matches for so long (1)"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="where it goes")
    parser.add_argument(
        "--leave-out", action="store_true", help="sign without the entries that would be refused"
    )
    add_rules(parser)


def _sign(arguments: argparse.Namespace) -> int:
    rows, remarks = _linted(arguments)
    entries = sound_entries(rows, remarks)
    if len(entries) < len(rows) and not arguments.leave_out:
        _tell(arguments.file, [remark for remark in remarks if remark.level == "refused"])
        raise EdgeAlprError(
            f"{arguments.file}: {len(rows) - len(entries)} entries would be refused: mend them, or use --leave-out"
        )
    document = signed_list(
        entries,
        KeyPair.load(arguments.key),
        authority=arguments.authority,
        scope=arguments.scope,
        seq=arguments.seq,
        now_s=SystemClock().now().utc_s,
        hours=arguments.days * 24.0,
        policy_sha256=rules_of(arguments)[1] if arguments.policy else None,
    )
    write_new(arguments.out, document, 0o600)
    print(f"{arguments.out}: {len(entries)} entries, {len(rows) - len(entries)} left out")
    if any(entry.approved_by for entry in entries):
        rules, now_s = rules_of(arguments)[0], SystemClock().now().utc_s
        alone = sound_entries(rows, lint(rows, rules, now_s, approved=False))
        if more := len(entries) - len(alone):
            print(f"{more} of them count only with a second signature: approve it")
    return 0


def _add_approve(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "approve",
        _approve,
        "add the signature of a second person to a signed list",
        more="Needed where a policy demands it of every entry, and for entries beyond what one person may ask for. The "
        "approver is enrolled on the units as the authorities are.",
        shown=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="LIST")
    parser.add_argument("--approver", required=True, metavar="NAME", help="who, as enrolled")
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="their private key")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="where it goes")


def _approve(arguments: argparse.Namespace) -> int:
    document = approved_list(
        _content(arguments.file),
        KeyPair.load(arguments.key),
        approver=arguments.approver,
        now_s=SystemClock().now().utc_s,
    )
    write_new(arguments.out, document, 0o600)
    print(f"{arguments.out}: approved by {arguments.approver}")
    return 0


# ------------------------------------------------------------------ verify


def _add_verify(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "verify",
        _verify,
        "tell whether a unit would believe a list, and which entries would count",
        more="Checks what the unit does, but for the numbers that it has had. Exits with 1 if entries do not count, "
        "with 78 if the list does not.",
        shown=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="LIST")
    parser.add_argument(
        "--authorities",
        required=True,
        type=Path,
        metavar="RING",
        help="the keys of those whose lists the unit believes",
    )
    parser.add_argument(
        "--unit-key",
        type=Path,
        metavar="FILE",
        help="the unit's private key: the list is sealed to it, as it is sent",
    )
    add_rules(parser, unit_required=True)


def _verify(arguments: argparse.Namespace) -> int:
    address = address_of(arguments.unit)
    rules, sha256 = rules_of(arguments)
    document = _content(arguments.file)
    if arguments.unit_key is not None:
        document = unpack(document, SealKey.of_unit(KeyPair.load(arguments.unit_key)), address)
    terms = Terms(
        authorities=KeyRing.load(arguments.authorities),
        address=address,
        rules=rules,
        policy_sha256=sha256,
    )
    accepted = read_list(document, terms, SystemClock().now().utc_s)
    head = accepted.head
    print(f"{head.authority} number {head.seq} for {head.scope}, until {head.expires}")
    print(f"second signature: {accepted.approver or 'none'}")
    for purpose, entries in sorted(accepted.gathered.purposes.items()):
        print(f"  {entries:7} {purpose}")
    for reason, entries in accepted.reasons.items():
        lines = [str(n) for n, each in accepted.refused.items() if each == reason]
        print(f"  {entries:7} do not count: {reason} (entry {', '.join(lines[:10])})")
    total = Counter(accepted.gathered.purposes).total()
    print(f"{total} of {head.count} entries count")
    return SOME_REFUSED if accepted.refused else 0


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: {error.strerror}") from None
