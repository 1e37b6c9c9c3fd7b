"""This file is ``edge-alpr query``: ask a holder for the passes of one plate, and answer who may be answered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.desk import open_desk
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.paper import (
    REFUSED,
    add_consent,
    add_desk,
    add_request,
    consent_of,
    request_of,
)
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.files import read_public
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse

    from edge_alpr.holder.desk import Found
    from edge_alpr.holder.state import State
    from edge_alpr.message.kept import Kept

EXAMPLES = """\
examples:
  edge-alpr query ask --person person/example-org/ann --key ann.key --plate - --purpose stolen_vehicle --offence felony --case 2026-0815 --since 2026-11-20 --under example-org --out request.json
  edge-alpr query consent request.json --person person/example-org/bob --key bob.key --out consent.json
  edge-alpr query run request.json --desk desk/
  edge-alpr query run request.json --consent consent.json --desk desk/ --json

exit status: 77 if the request is refused; that is in the desk's log. docs/holders.md tells the whole way.
"""  # noqa: E501 - what can be typed as it stands


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "query",
        help="look for one plate in what a holder keeps",
        description="A person of the holder's own organisation asks by a signed request: for which purpose, because of "
        "which offence, in which case. The desk checks it against the policy in force and writes it into its log.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    asking = add_action(
        actions,
        "ask",
        lambda arguments: request_of(arguments, "query", None),
        "write and sign a request",
        more="It is good for a day, and for one answer.",
        shown=EXAMPLES,
    )
    add_request(asking)
    consenting = add_action(
        actions,
        "consent",
        consent_of,
        "put a second person's name under a request",
        more="It is needed where the policy wants it, and when a plate or a person comes up too often.",
        shown=EXAMPLES,
    )
    add_consent(consenting)
    running = add_action(
        actions,
        "run",
        run,
        "answer a request at the holder's desk",
        more="Nothing is opened before all is checked, and nothing is printed before it is in the log.",
        shown=EXAMPLES,
    )
    running.add_argument("request", type=Path, metavar="REQUEST", help="the signed request")
    running.add_argument("--consent", type=Path, metavar="FILE", help="a second person's consent")
    running.add_argument("--json", action="store_true", help="the events as units signed them")
    add_desk(running)


def run(arguments: argparse.Namespace) -> int:
    request = read_public(arguments.request)
    consent = None if arguments.consent is None else read_public(arguments.consent)
    with open_desk(arguments.desk, SystemClock()) as opened:
        try:
            found = opened.desk.query(request, consent)
        except RefusedError as refused:
            print(f"edge-alpr: {refused}", file=sys.stderr)
            return REFUSED
    if arguments.json:
        print(json.dumps([_told(kept, state) for kept, state in found.passes], indent=2))
    else:
        _print(found)
    if found.not_opened:
        print(
            f"{found.not_opened} sealed reads of that time could not be asked: a key is not at this desk",
            file=sys.stderr,
        )
    return 0


def _told(kept: Kept, state: State | None) -> dict[str, Any]:
    return {"state": state, "captured": kept.captured, "event": json.loads(kept.body)}


def _print(found: Found) -> None:
    for kept, state in found.passes:
        test = "  TEST" if kept.test else ""
        print(f"{kept.captured}  {kept.unit}/{kept.camera}  {kept.id}  {state or 'no hit'}{test}")
    print(f"{len(found.passes)} passes; request {found.digest}")
