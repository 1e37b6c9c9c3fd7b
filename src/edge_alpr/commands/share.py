"""This file is ``edge-alpr share``: give another organisation what it may have, sealed to its own key."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from edge_alpr.app.desk import open_desk
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.commands.paper import (
    REFUSED,
    add_consent,
    add_desk,
    add_out,
    add_request,
    consent_of,
    days_later,
    now_text,
    read_document,
    request_of,
    write_signed,
)
from edge_alpr.errors import EdgeAlprError, MessageError
from edge_alpr.holder.desk import RELEASE_INFO
from edge_alpr.holder.refusal import RefusedError
from edge_alpr.keys.encoding import from_base64, to_base64
from edge_alpr.keys.files import read_public, write_new
from edge_alpr.keys.proof import document_sha256, verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import parse_document
from edge_alpr.message.partner import DECLARATION, PARTNER
from edge_alpr.ops.clock import SystemClock
from edge_alpr.policy.purposes import PROHIBITED
from edge_alpr.policy.rules import Party

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  edge-alpr share partner far-pd --party out_of_state --signs-with far.key.pub --seal-to far-seal.key.pub --authority city-clerk --key clerk.key --out far-pd.json
  edge-alpr share declare far-2026-1 --organisation far-pd --to example-org --text declaration.txt --signed-by "Z. Chief" --recipient-key far-seal.key.pub --key far.key --out declaration.json
  edge-alpr share ask --person person/far-pd/zed --key zed.key --plate - --purpose abduction --offence felony --case 2026-77 --since 2026-11-20 --under example-org --declaration declaration.json --out request.json
  edge-alpr share consent request.json --person person/example-org/ann --key ann.key --out consent.json
  edge-alpr share run request.json --consent consent.json --desk desk/ --out release.sealed
  edge-alpr share open release.sealed --key far-seal.key --holders holders/

exit status: 77 if the request is refused; that is in the desk's log. docs/holders.md tells the whole way.
"""  # noqa: E501 - what can be typed as it stands


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "share",
        help="give another organisation what the policy allows",
        description="Another organisation asks by a signed request, a person of the holder's own consents, and what is "
        "given is sealed to the key that an authority has named. Another state's agency must first have declared in "
        "writing what it will not use it for.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_partner(actions)
    _add_declare(actions)
    asking = add_action(
        actions,
        "ask",
        _ask,
        "write and sign a request on behalf of another organisation",
        more="It is good for a day, and for one answer.",
        shown=EXAMPLES,
    )
    add_request(asking)
    asking.add_argument("--declaration", type=Path, metavar="FILE", help="what was declared")
    consenting = add_action(
        actions,
        "consent",
        consent_of,
        "let it out: a person of the holder's organisation signs",
        shown=EXAMPLES,
    )
    add_consent(consenting)
    running = add_action(
        actions, "run", _run, "answer a request at the holder's desk", shown=EXAMPLES
    )
    running.add_argument("request", type=Path, metavar="REQUEST", help="the signed request")
    running.add_argument("--consent", type=Path, metavar="FILE", help="who of us lets it out")
    add_desk(running)
    add_out(running)
    opening = add_action(
        actions, "open", _open, "open what one was given", more="For the recipient.", shown=EXAMPLES
    )
    opening.add_argument("release", type=Path, metavar="FILE", help="what was given")
    opening.add_argument("--key", required=True, type=Path, metavar="FILE", help="our own key")
    opening.add_argument(
        "--holders", required=True, type=Path, metavar="RING", help="the keys of those who may give"
    )


def _add_partner(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "partner",
        _partner,
        "say who an organisation is, and which keys are its own",
        more="For an authority that signs policies. The file goes into the desk's folder partners/.",
        shown=EXAMPLES,
    )
    parser.add_argument("organisation", metavar="NAME")
    parties = [party for party in get_args(Party) if party != "own_agency"]
    parser.add_argument("--party", required=True, choices=parties)
    parser.add_argument("--signs-with", required=True, type=Path, metavar="FILE", help="public key")
    parser.add_argument("--seal-to", required=True, type=Path, metavar="FILE", help="public key")
    parser.add_argument("--authority", required=True, metavar="NAME", help="who signs, as enrolled")
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="its key")
    parser.add_argument(
        "--days", type=float, default=365.0, metavar="N", help="holds so long (365)"
    )
    add_out(parser)


def _partner(arguments: argparse.Namespace) -> int:
    document = {
        "schema": PARTNER.name,
        "authority": arguments.authority,
        "organisation": arguments.organisation,
        "party": arguments.party,
        "signs_with": _public(arguments.signs_with),
        "seal_to": _public(arguments.seal_to),
        "not_before": now_text(),
        "expires": days_later(arguments.days),
    }
    return write_signed(PARTNER, document, arguments.key, arguments.out)


def _add_declare(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "declare",
        _declare,
        "declare in writing what one will not use plates for",
        more="For another state's agency. The file goes into the desk's folder declarations/.",
        shown=EXAMPLES,
    )
    parser.add_argument("id", metavar="ID", help="a name for it, as far-2026-1")
    parser.add_argument("--organisation", required=True, metavar="NAME", help="who declares")
    parser.add_argument("--to", required=True, metavar="NAME", help="the holder's organisation")
    parser.add_argument(
        "--never-for",
        action="append",
        default=[],
        metavar="CODE",
        help="besides what the software prohibits by itself",
    )
    parser.add_argument("--text", required=True, type=Path, metavar="FILE", help="the signed words")
    parser.add_argument("--signed-by", required=True, metavar="TEXT", help="name and office")
    parser.add_argument(
        "--recipient-key", required=True, type=Path, metavar="FILE", help="public key to seal to"
    )
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="our signing key")
    parser.add_argument(
        "--days", type=float, default=365.0, metavar="N", help="holds so long (365)"
    )
    add_out(parser)


def _declare(arguments: argparse.Namespace) -> int:
    document = {
        "schema": DECLARATION.name,
        "id": arguments.id,
        "organisation": arguments.organisation,
        "to": arguments.to,
        "never_for": sorted({*PROHIBITED, *arguments.never_for}),
        "text": read_public(arguments.text).decode("utf-8", errors="replace").strip(),
        "signed_by": arguments.signed_by,
        "recipient_key": _public(arguments.recipient_key),
        "at": now_text(),
        "expires": days_later(arguments.days),
    }
    return write_signed(DECLARATION, document, arguments.key, arguments.out)


def _ask(arguments: argparse.Namespace) -> int:
    named = None
    if arguments.declaration is not None:
        declaration = read_document(arguments.declaration)
        named = {"id": str(declaration.get("id")), "sha256": document_sha256(declaration)}
    return request_of(arguments, "share", named)


def _run(arguments: argparse.Namespace) -> int:
    request = read_public(arguments.request)
    consent = None if arguments.consent is None else read_public(arguments.consent)
    if arguments.out.exists():
        raise EdgeAlprError(f"{arguments.out} is there already and is never overwritten")
    with open_desk(arguments.desk, SystemClock()) as opened:
        try:
            released = opened.desk.share(request, consent)
        except RefusedError as refused:
            print(f"edge-alpr: {refused}", file=sys.stderr)
            return REFUSED
    write_new(arguments.out, f"{to_base64(released.body)}\n".encode(), 0o600)
    print(f"{arguments.out}: {released.items} passes for {released.recipient}, sealed to its key")
    if released.withheld:
        print(
            f"{released.withheld} more are hits that nobody has confirmed, or tests",
            file=sys.stderr,
        )
    return 0


def _open(arguments: argparse.Namespace) -> int:
    try:
        sealed = from_base64(read_public(arguments.release).decode("ascii").strip())
        body = SealKey.load(arguments.key).open(sealed, info=RELEASE_INFO)
        document = parse_document(body)
        verify_document(document, KeyRing.load(arguments.holders))
    except (MessageError, ValueError) as error:
        raise EdgeAlprError(f"{arguments.release}: {error}") from None
    document["events"] = [json.loads(event) for event in document["events"]]
    print(json.dumps(document, indent=2))
    return 0


def _public(path: Path) -> str:
    return read_public(path).decode("ascii", errors="replace").split()[0]
