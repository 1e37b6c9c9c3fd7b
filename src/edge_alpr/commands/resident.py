"""This file is ``edge-alpr resident``: was my plate kept here, until when, and who asked for it?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.desk import open_desk
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.paper import (
    REFUSED,
    add_desk,
    add_out,
    add_signer,
    now_text,
    plate_of,
    salt,
    write_signed,
)
from edge_alpr.errors import EdgeAlprError, MessageError
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.holder.resident import ANSWER_INFO
from edge_alpr.keys.encoding import from_base64, to_base64
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.asked import QUESTION
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.told import ANSWER
from edge_alpr.ops.clock import SystemClock
from edge_alpr.policy.purposes import PURPOSE_WORDS

if TYPE_CHECKING:
    import argparse

    from edge_alpr.message.told import Answer

EXAMPLES = """\
examples:
  edge-alpr resident ask --plate - --reply-to resident.key.pub --person person/city/clerk --key clerk.key --out question.json
  edge-alpr resident answer question.json --desk desk/ --out answer.sealed
  edge-alpr resident read answer.sealed --key resident.key --holders holders/

exit status: 77 if the question is refused; that is in the desk's log. docs/holders.md tells the whole way.
"""  # noqa: E501 - what can be typed as it stands


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "resident",
        help="ask a holder what it keeps of one's own plate",
        description="The clerk who has seen the registration signs the question; the holders' keys find the answer, "
        "which is sealed to the resident's key: neither clerk nor operator can read it.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    asking = add_action(
        actions, "ask", _ask, "write and sign a question", more="For the clerk.", shown=EXAMPLES
    )
    asking.add_argument("--plate", required=True, metavar="PLATE|-", help="- reads it")
    asking.add_argument(
        "--reply-to", required=True, type=Path, metavar="FILE", help="the resident's public key"
    )
    add_signer(asking)
    add_out(asking)
    answering = add_action(
        actions, "answer", _answer, "answer a question at the holder's desk", shown=EXAMPLES
    )
    answering.add_argument("question", type=Path, metavar="QUESTION", help="the signed question")
    add_desk(answering)
    add_out(answering)
    reading = add_action(
        actions, "read", _read, "read an answer", more="For the resident.", shown=EXAMPLES
    )
    reading.add_argument("answer", type=Path, metavar="FILE", help="the sealed answer")
    reading.add_argument("--key", required=True, type=Path, metavar="FILE", help="one's own key")
    reading.add_argument(
        "--holders", required=True, type=Path, metavar="RING", help="the holder's public key"
    )
    reading.add_argument("--json", action="store_true", help="as it was signed")


def _ask(arguments: argparse.Namespace) -> int:
    document = {
        "schema": QUESTION.name,
        "person": arguments.person,
        "plate": plate_of(arguments.plate),
        "reply_to": read_public(arguments.reply_to).decode("ascii", errors="replace").strip(),
        "salt": salt(),
        "at": now_text(),
    }
    return write_signed(QUESTION, document, arguments.key, arguments.out)


def _answer(arguments: argparse.Namespace) -> int:
    question = read_public(arguments.question)
    if arguments.out.exists():
        raise EdgeAlprError(f"{arguments.out} is there already and is never overwritten")
    with open_desk(arguments.desk, SystemClock()) as opened:
        try:
            answered = opened.residents.answer(question)
        except RefusedError as refused:
            print(f"edge-alpr: {refused}", file=sys.stderr)
            return REFUSED
    write_new(arguments.out, f"{to_base64(answered.body)}\n".encode(), 0o600)
    print(f"{arguments.out}: sealed to the resident's key")
    return 0


def _read(arguments: argparse.Namespace) -> int:
    try:
        sealed = from_base64(read_public(arguments.answer).decode("ascii").strip())
        document = parse_document(SealKey.load(arguments.key).open(sealed, info=ANSWER_INFO))
        verify_document(document, KeyRing.load(arguments.holders))
        answer = ANSWER.read(document)
    except (MessageError, ValueError) as error:
        raise EdgeAlprError(f"{arguments.answer}: {error}") from None
    if arguments.json:
        print(dump_document(document).decode())
    else:
        print("\n".join(_words(answer)))
    return 0


def _words(answer: Answer) -> list[str]:
    told = [f"{answer.holder} answered at {answer.at}."]
    told += [
        f"Kept: {each.items} time{'s' * (each.items > 1)} by {each.under}, until {each.until or 'no set time'}."
        for each in answer.kept
    ] or ["Kept: nothing."]
    if answer.not_opened:
        told.append(
            f"{answer.not_opened} sealed reads could not be asked: the keys that open them are not at this desk."
        )
    told += [_use(each) for each in answer.asked] or [
        f"Asked for: by nobody until {answer.asked_until}."
    ]
    told.append(f"Uses after {answer.asked_until} are told in a later answer, not in this one.")
    return told


def _use(use: Any) -> str:
    words = {"query": "looked for it", "share": "was given what is kept", "refused": "was refused"}
    purpose = PURPOSE_WORDS.get(use.purpose, use.purpose)
    return f"Asked for: on {use.day}, {use.organisation} {words[use.act]} because of {purpose}."
