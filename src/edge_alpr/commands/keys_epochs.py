"""This file is ``edge-alpr keys epochs``: a custodian's daily keys, made ahead, listed, and destroyed at their end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_alpr.audit.log import AuditLog
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.numbers import positive, positive_int
from edge_alpr.keys.files import write_over
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import CUSTODIAN, Member
from edge_alpr.message.document import dump_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.clock import SystemClock
from edge_alpr.seal.custody import AHEAD_DAYS, Custody
from edge_alpr.seal.epochs import DAY_S, epochs_document

if TYPE_CHECKING:
    import argparse

    from edge_alpr.seal.custody import Held

EXAMPLES: Final = """\
examples:
  edge-alpr keys epochs issue court.key court-epochs/ --name court --retain-days 21 --out epochs.json
  edge-alpr keys epochs destroy court-epochs/ --log court.log --name court
  edge-alpr keys epochs list court-epochs/ --json

Run `destroy` every few minutes (a timer, cron): it is what ends the retention. docs/sealing.md tells the whole way.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "epochs",
        help="a custodian's daily keys: issue, destroy, list",
        description="Reads that nobody looked for are sealed to a key of their day, which the custodian destroys when "
        "the time of the policy is over. Then nobody opens them, wherever they lie.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    issue = add_action(
        verbs,
        "issue",
        _issue,
        "make the keys of the days ahead and sign their public halves",
        more="Keys that are there already stay. The bundle goes to the units: `seal.epochs` of their configuration "
        "names it.",
        shown=EXAMPLES,
    )
    issue.add_argument("key", type=Path, metavar="KEY", help="the custodian's signing key")
    issue.add_argument("folder", type=Path, metavar="FOLDER", help="of the daily keys")
    issue.add_argument(
        "--name", required=True, metavar="NAME", help="the custodian's, without custodian/"
    )
    issue.add_argument(
        "--retain-days",
        type=positive,
        required=True,
        metavar="DAYS",
        help="a key is destroyed so long after the beginning of its day; the policy's days at most",
    )
    issue.add_argument(
        "--days", type=positive_int, default=AHEAD_DAYS, metavar="N", help="default: %(default)s"
    )
    issue.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    destroy = add_action(
        verbs,
        "destroy",
        _destroy,
        "destroy the keys whose time is over",
        more="Prints the days. What is sealed to them opens for nobody from then on.",
        shown=EXAMPLES,
    )
    destroy.add_argument("folder", type=Path, metavar="FOLDER")
    destroy.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="the custodian's audit log, which says it; with --name",
    )
    destroy.add_argument("--name", metavar="NAME", help="the custodian's, without custodian/")
    listing = add_action(
        verbs, "list", _list, "list the days, and what became of their keys", shown=EXAMPLES
    )
    listing.add_argument("folder", type=Path, metavar="FOLDER")
    listing.add_argument("--json", action="store_true", help="a list of objects")


def _issue(arguments: argparse.Namespace) -> int:
    key = KeyPair.load(arguments.key)
    custodian = Member(f"{CUSTODIAN}{arguments.name}", key.public).name
    now_s = SystemClock().now().utc_s
    epochs = Custody(arguments.folder).issue(
        custodian, now_s, retain_s=arguments.retain_days * DAY_S, days=arguments.days
    )
    body = dump_document(epochs_document(epochs, now_s, key)) + b"\n"
    if arguments.out is None:
        sys.stdout.buffer.write(body)
    else:
        write_over(arguments.out, body, 0o644)
    print(f"{len(epochs)} days, the last is {epochs.last_day}", file=sys.stderr)
    return 0


def _destroy(arguments: argparse.Namespace) -> int:
    if (arguments.log is None) is not (arguments.name is None):
        print("edge-alpr keys epochs destroy: --log and --name go together", file=sys.stderr)
        return 2
    clock = SystemClock()
    log = None
    if arguments.log is not None:
        log = AuditLog(arguments.log, None, origin=f"{CUSTODIAN}{arguments.name}", clock=clock)

    def told(held: Held) -> None:
        if log is not None:
            facts = {"epoch": held.epoch.day, "kid": held.epoch.key.kid, "class": "window"}
            log.append("key_destroyed", facts)
        print(f"{held.epoch.day}  {held.epoch.key.kid}  destroyed")

    Custody(arguments.folder).destroy(clock.now().utc_s, told)
    if log is not None:
        log.close()
    return 0


def _list(arguments: argparse.Namespace) -> int:
    days = Custody(arguments.folder).days(SystemClock().now().utc_s)
    if arguments.json:
        print(json.dumps([_shown(held) for held in days], indent=2))
    else:
        for held in days:
            until = to_text(held.epoch.until_s)
            print(f"{held.epoch.day}  {held.epoch.key.kid}  until {until}  {held.state}")
    return 0


def _shown(held: Held) -> dict[str, str | None]:
    return {
        "day": held.epoch.day,
        "kid": held.epoch.key.kid,
        "until": to_text(held.epoch.until_s),
        "state": held.state,
        "destroyed": None if held.destroyed_s is None else to_text(held.destroyed_s),
    }
