"""This file is ``edge-alpr desk``: set up a holder's desk, look at it, and delete what nobody confirmed in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.app.desk import open_desk
from edge_alpr.app.desk_folder import Head, make_desk
from edge_alpr.app.desk_log import LOG
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.holder.state import state_of
from edge_alpr.ops.clock import SystemClock

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  edge-alpr desk init desk/ --organisation city --name city --store sqlite:../plates.db
  edge-alpr desk show desk/
  edge-alpr desk purge desk/

docs/holders.md tells the whole way.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "desk",
        help="set up and look at the desk of a holder",
        description="A desk is a folder: the policy in force, the keys of those who may ask, what other agencies have "
        "declared, and the log of every use. `query`, `share`, `confirm` and `resident` work at one.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    making = add_action(
        actions,
        "init",
        _init,
        "make a desk, with keys of its own and nobody who may ask",
        more="Put a signed policy into it as policy.json, its authority into authorities/, and enroll persons.",
        shown=EXAMPLES,
    )
    making.add_argument("desk", type=Path, metavar="DIR")
    making.add_argument(
        "--organisation",
        required=True,
        metavar="NAME",
        help="the first part of its units' addresses",
    )
    making.add_argument(
        "--name", required=True, metavar="NAME", help="what it signs as: others enroll its key so"
    )
    making.add_argument(
        "--store",
        required=True,
        metavar="STORE",
        help="a collector's database: postgresql://..., or sqlite:PATH from the folder on",
    )
    for name, run, words in (
        ("show", _show, "say what is in force, who may ask, and what waits"),
        ("purge", _purge, "delete the hits that nobody confirmed in time"),
    ):
        looking = add_action(actions, name, run, words, shown=EXAMPLES)
        looking.add_argument("desk", type=Path, metavar="DIR")


def _init(arguments: argparse.Namespace) -> int:
    head = Head(arguments.organisation, arguments.name, arguments.store)
    key = make_desk(arguments.desk, head)
    print(f"{key.kid}  {key.public}  {head.name}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_desk(arguments.desk, SystemClock()) as opened:
        house = opened.house
        policy = opened.trouble or "none"
        if house.policy is not None:
            over = house.policy.refusal(SystemClock().now().utc_s)
            policy = (
                over
                or f"{house.policy.name} for {house.policy.scope}, until {house.policy.expires}"
            )
        states = [state_of(kept, opened.audit_key.subject) for kept in opened.hits.all()]
        entries = len(opened.log.written())
    print(f"organisation  {house.organisation}, signs as {house.name} ({opened.key.kid})")
    print(f"policy        {policy}")
    print(
        f"persons       {', '.join(sorted({member.name for member in house.persons})) or 'nobody'}"
    )
    print(f"partners      {len(house.partners)}, declarations {len(house.declarations)}")
    print(f"hits          {len(states)} held, {states.count('unverified')} wait for a person")
    print(f"log           {arguments.desk / LOG}, {entries} entries")
    return 0


def _purge(arguments: argparse.Namespace) -> int:
    with open_desk(arguments.desk, SystemClock()) as opened:
        print(f"{opened.purge()} hits deleted that nobody confirmed in time")
    return 0
