"""This file is ``edge-alpr confirm``: a named person compares picture and plate of a hit, and says whether they fit."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.desk import open_desk
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.paper import REFUSED, add_desk, add_signer, now_text
from edge_alpr.errors import EdgeAlprError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.state import alert_json, state_of
from edge_alpr.holder.upkeep import end_s
from edge_alpr.holder.verdicts import event_sha256
from edge_alpr.keys.files import write_new
from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.proof import sign_document
from edge_alpr.message.asked import VERDICT
from edge_alpr.message.document import dump_document
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse

    from edge_alpr.app.desk import OpenDesk
    from edge_alpr.message.kept import Kept

EXAMPLES = """\
examples:
  edge-alpr confirm list --desk desk/
  edge-alpr confirm show 019ae1fc-99d4-7001-8203-000000000001 --person person/city/ann --key ann.key --desk desk/ --picture plate.jpg
  edge-alpr confirm accept 019ae1fc-99d4-7001-8203-000000000001 --person person/city/ann --key ann.key --desk desk/
  edge-alpr confirm outcome 019ae1fc-99d4-7001-8203-000000000001 --what stop --person person/city/ann --key ann.key --desk desk/
  edge-alpr confirm refute 019ae1fc-99d4-7001-8203-000000000001 --because misread --person person/city/ann --key ann.key --desk desk/

exit status: 77 if it is refused; that is in the desk's log. docs/holders.md tells the whole way.
"""  # noqa: E501 - what can be typed as it stands


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "confirm",
        help="compare picture and plate of a hit, and confirm or refute it",
        description="A hit is unverified until a named person has confirmed it with their own key. A refuted one is "
        "deleted, and whoever was told of it is told so; one that nobody confirms in time is deleted by itself.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(
        actions,
        "list",
        _list,
        "name the hits that are held, without their plates",
        more="With the minutes that are left of those that wait for a person.",
        shown=EXAMPLES,
    )
    add_desk(listing)
    showing = _on_pass(
        actions,
        "show",
        _show,
        "look at a hit: plate, evidence and picture",
        "The log has who looked.",
    )
    showing.add_argument(
        "--picture", type=Path, metavar="FILE", help="write the plate's picture there"
    )
    _on_pass(actions, "accept", _accept, "confirm a hit: picture and plate fit", "")
    refuting = _on_pass(
        actions,
        "refute",
        _refute,
        "refute a hit: it is deleted and corrected",
        "Whoever was told of it is sent a signed correction by the collector.",
    )
    refuting.add_argument(
        "--because",
        required=True,
        choices=("misread", "other_vehicle", "entry_is_wrong", "unreadable"),
        help="what is wrong with it",
    )
    telling = _on_pass(
        actions,
        "outcome",
        _outcome,
        "say what came of a confirmed hit",
        "Some laws ask whether a stop was made because of it; the public report counts these.",
    )
    telling.add_argument(
        "--what", required=True, choices=("stop", "arrest", "recovery", "citation", "nothing")
    )


def _on_pass(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Any,
    words: str,
    more: str,
) -> argparse.ArgumentParser:
    parser = add_action(actions, name, run, words, more=more, shown=EXAMPLES)
    parser.add_argument("id", metavar="PASS", help="as `confirm list` names it")
    add_signer(parser)
    add_desk(parser)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    clock = SystemClock()
    with open_desk(arguments.desk, clock) as opened:
        subject_of = opened.audit_key.subject
        for kept in opened.hits.all():
            alert = alert_json(kept, subject_of)
            left_s = end_s(kept, opened.house) - clock.now().utc_s
            waits = alert["state"] == "unverified" and math.isfinite(left_s)
            left = f"  {max(0.0, left_s) / 60:.0f} min left" if waits else ""
            who = f"  by {alert['person']}" if alert["person"] else ""
            lists = ", ".join(sorted({hit["list"] for hit in alert["event"]["hits"]}))
            print(
                f"{kept.id}  {kept.captured}  {kept.unit}/{kept.camera}  {lists}  {alert['state']}{who}{left}"
            )
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_desk(arguments.desk, SystemClock()) as opened:
        kept = _hit(opened, arguments.id)
        _look(opened, arguments, kept)
        pictures = opened.hits.pictures(kept)
        alert = alert_json(kept, opened.audit_key.subject)
    if arguments.picture is not None:
        if not pictures:
            raise EdgeAlprError("there is no picture of it: without one it cannot be confirmed")
        write_new(arguments.picture, pictures[0], 0o600)
    print(json.dumps(alert, indent=2))
    return 0


def _outcome(arguments: argparse.Namespace) -> int:
    with open_desk(arguments.desk, SystemClock()) as opened:
        kept = _hit(opened, arguments.id)
        if state_of(kept, opened.audit_key.subject) != "confirmed":
            raise EdgeAlprError(f"{kept.id}: nobody has confirmed it, so nothing may come of it")
        organisation = _known(opened, arguments, kept)
        opened.log.record(
            "outcome",
            person=arguments.person,
            organisation=organisation,
            event=kept.id,
            outcome=arguments.what,
        )
    print(f"{kept.id}: {arguments.what}, by {arguments.person}")
    return 0


def _look(opened: OpenDesk, arguments: argparse.Namespace, kept: Kept) -> None:
    """Write down who looks, before anything is shown."""
    organisation = _known(opened, arguments, kept)
    opened.log.record(
        "open", person=arguments.person, organisation=organisation, items=1, event=kept.id
    )


def _known(opened: OpenDesk, arguments: argparse.Namespace, kept: Kept) -> str:
    """The person's organisation, which must be this house; the key must be theirs.

    Raises:
        EdgeAlprError: it is not; that is in the log.
    """
    persons, kid = opened.house.persons, KeyPair.load(arguments.key).kid
    member = persons.get(kid)
    refusal = "is not enrolled" if member is None else persons.refusal(member)
    theirs = member is not None and member.name == arguments.person
    organisation = arguments.person.split("/")[1:2]
    if refusal or not theirs or organisation != [opened.house.organisation]:
        opened.log.record("refused", action="show", reason="not_signed", event=kept.id)
        raise EdgeAlprError(f"{arguments.key}: key {kid} {refusal or 'belongs to somebody else'}")
    return opened.house.organisation


def _accept(arguments: argparse.Namespace) -> int:
    return _say(arguments, "confirmed", "fits")


def _refute(arguments: argparse.Namespace) -> int:
    return _say(arguments, "refuted", arguments.because)


def _say(arguments: argparse.Namespace, verdict: str, because: str) -> int:
    with open_desk(arguments.desk, SystemClock()) as opened:
        kept = _hit(opened, arguments.id)
        org, site, unit = kept.unit.split("/")
        document = {
            "schema": VERDICT.name,
            "person": arguments.person,
            "verdict": verdict,
            "because": because,
            "org": org,
            "site": site,
            "unit": unit,
            "id": kept.id,
            "event": event_sha256(kept),
            "at": now_text(),
        }
        signed = dump_document(sign_document(document, KeyPair.load(arguments.key)))
        try:
            opened.verdicts.take(signed)
        except RefusedError as refused:
            print(f"edge-alpr: {refused}", file=sys.stderr)
            return REFUSED
    print(f"{kept.id}: {verdict} by {arguments.person}")
    return 0


def _hit(opened: OpenDesk, name: str) -> Kept:
    kept = opened.hits.named(name)
    if kept is None:
        raise EdgeAlprError(
            f"no hit {name[:64]!r} is held (any more): see `edge-alpr confirm list`"
        )
    return kept
