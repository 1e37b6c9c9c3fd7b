"""This file is ``edge-alpr schema``: the JSON Schemas of the configuration and of what is exchanged over MQTT."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.config.load import config_schema
from edge_alpr.message.asked import CONSENT, QUESTION, REQUEST, VERDICT
from edge_alpr.message.condition import HEALTH, INFO, STATUS
from edge_alpr.message.epochs import epochs_schema
from edge_alpr.message.hotlist import entry_schema, head_schema
from edge_alpr.message.log_piece import piece_schema
from edge_alpr.message.notice import clock_schema, gap_schema
from edge_alpr.message.partner import DECLARATION, PARTNER
from edge_alpr.message.receipt import receipt_schema
from edge_alpr.message.schema import event_schema
from edge_alpr.message.sealed import sealed_schema
from edge_alpr.message.summary import summary_schema
from edge_alpr.message.told import ANSWER, CORRECTION, RELEASE
from edge_alpr.message.unread import unread_schema
from edge_alpr.policy.profile import profile_schema

if TYPE_CHECKING:
    import argparse

SCHEMAS = {
    "config": config_schema,
    "event": event_schema,
    "receipt": receipt_schema,
    "gap": gap_schema,
    "clock": clock_schema,
    "unread": unread_schema,
    "sealed": sealed_schema,
    "epochs": epochs_schema,
    "summary": summary_schema,
    "audit": piece_schema,
    "policy": profile_schema,
    "hotlist": head_schema,
    "hotlist-entry": entry_schema,
    **{
        kind.name.partition("/")[0]: kind.schema
        for kind in (
            REQUEST,
            CONSENT,
            VERDICT,
            QUESTION,
            PARTNER,
            DECLARATION,
            RELEASE,
            ANSWER,
            CORRECTION,
        )
    },
    **{
        kind.name.partition("/")[0].removeprefix("unit."): kind.schema
        for kind in (STATUS, INFO, HEALTH)
    },
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "schema",
        help="print a JSON Schema",
        description="Print the JSON Schema of the configuration (for editors), or of the plate event, the receipt, the "
        "gap, the clock, the summary, a piece of the audit log or what a unit tells of itself (for those who exchange "
        "them with us), of what people "
        "sign at a holder's desk and what that answers, or of a policy's profile (for those who write one).",
        epilog=examples(
            "edge-alpr schema event > plate.read-1.0.json",
            "edge-alpr schema config    # for an editor: the first line of config.example.yaml names it",
        ),
        formatter_class=HelpText,
    )
    parser.add_argument("which", choices=sorted(SCHEMAS))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    print(json.dumps(SCHEMAS[arguments.which](), indent=2))
    return 0
