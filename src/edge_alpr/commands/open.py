"""This file is ``edge-alpr open``: holders open sealed messages, or the custodian lets an agency open them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.audit.kinds import check_facts
from edge_alpr.audit.log import AuditLog
from edge_alpr.commands.help_text import HelpText
from edge_alpr.commands.open_source import sealed_bodies
from edge_alpr.errors import EdgeAlprError, MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.keys.ring import KeyRing
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.document import dump_document, parse_document
from edge_alpr.message.sealed import is_sealed
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.ops.clock import SystemClock
from edge_alpr.seal.custody import Custody
from edge_alpr.seal.open import MissingKeyError, open_outer, open_sealed, release

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

EXAMPLES: Final = """\
examples:
  edge-alpr open sqlite:reads.db --agency-key police.key --units units/
  edge-alpr open sqlite:reads.db --agency-key police.key --epochs court-epochs/ --day 2026-11-24
  edge-alpr open messages.jsonl --epochs court-epochs/ --release > for-the-agency.jsonl
  edge-alpr open for-the-agency.jsonl --agency-key police.key --log police.log --person person/city/a-smith
  mosquitto_sub -t 'alpr/v1/+/+/+/up/alert/#' | edge-alpr open - --agency-key police.key

A hit opens with the agency's key. What nobody looked for takes two: the custodian's key of its day, and the agency's.
They need not meet: the custodian releases, the agency opens. What is past its end is not opened, whoever has the keys.
To look for one plate under the rules of a policy, with a purpose, use `query`; this opens whatever its keys open, and
with --log writes down that it did.

exit status: 0 all of it was opened; 1 something was not, which the last line says; 78 a key cannot be used
"""
_NOTHING: Final = 1


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "open",
        help="open sealed messages with their holders' keys",
        description="Open sealed messages from a store, a file or standard input. The reads go to standard output, one "
        "a line, as the unit signed them; the last line, on standard error, says what is missing.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "source",
        metavar="WHAT",
        help="sqlite:PATH, postgresql://..., a file with a message a line, or - for standard input",
    )
    keys = parser.add_argument_group("keys")
    keys.add_argument("--agency-key", type=Path, metavar="FILE", help="edge-alpr keys init")
    keys.add_argument(
        "--epochs", type=Path, metavar="FOLDER", help="the custodian's (edge-alpr keys epochs)"
    )
    keys.add_argument(
        "--units",
        type=Path,
        metavar="RING",
        help="the units' public keys: open only what one of them signed",
    )
    which = parser.add_argument_group("which")
    which.add_argument("--unit", metavar="ORG/SITE/UNIT", help="of one unit")
    which.add_argument("--day", metavar="DAY", help="of one of the custodian's days, 2026-11-24")
    what = parser.add_argument_group("what becomes of it")
    what.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="write pictures there, named by their pass"
    )
    what.add_argument(
        "--release",
        action="store_true",
        help="as the custodian: take off the outer layer and print what the agencies can open",
    )
    what.add_argument(
        "--tag",
        action="append",
        metavar="HEX",
        help="with --release: only reads with one of these tags, which an agency made of a plate",
    )
    log = parser.add_argument_group("who did it")
    log.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="the holder's audit log, which says it; with --person",
    )
    log.add_argument("--person", metavar="PERSON", help="person/ORGANISATION/NAME")
    log.add_argument("--case-no", metavar="NO", help="for the log")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if (arguments.log is None) is not (arguments.person is None):
        print("edge-alpr open: --log and --person go together", file=sys.stderr)
        return 2
    agency = None if arguments.agency_key is None else SealKey.load(arguments.agency_key)
    custody = None if arguments.epochs is None else Custody(arguments.epochs)
    units = None if arguments.units is None else KeyRing.load(arguments.units)
    epochs: dict[str, SealKey | None] = {}

    def epoch(day: str) -> SealKey | None:
        if day not in epochs:
            epochs[day] = None if custody is None else custody.key(day)
        return epochs[day]

    if arguments.release:
        work = _releasing(epoch, None if arguments.tag is None else frozenset(arguments.tag))
    else:
        work = _opening(agency, epoch, units, arguments.pictures)
    done: Counter[str] = Counter()
    not_done: Counter[str] = Counter()
    clock = SystemClock()
    with _noted(arguments, clock, done):
        for body in sealed_bodies(arguments.source, arguments.unit, arguments.day):
            try:
                document = parse_document(body)
                if units is not None and is_sealed(document):
                    verify_document(document, units)
                if _is_over(document, clock.now().utc_s):
                    not_done["its time is over"] += 1
                else:
                    done[work(document)] += 1
            except MissingKeyError as error:
                not_done[str(error)] += 1
            except MessageError as error:
                not_done[f"not as it should be: {error}"] += 1
    print(_told(done, not_done), file=sys.stderr)
    if not arguments.release and units is None and done:
        print("signatures were not checked: --units names who is believed", file=sys.stderr)
    return _NOTHING if not_done else 0


@contextmanager
def _noted(arguments: argparse.Namespace, clock: SystemClock, done: Counter[str]) -> Iterator[None]:
    """Writes into the log who opened how many, also where that was cut short. What cannot be written ends it first."""
    if arguments.log is None:
        yield
        return
    organisation = arguments.person.split("/")[1] if "/" in arguments.person else ""
    log = AuditLog(arguments.log, None, origin=f"holder/{organisation}", clock=clock)
    who = {"person": arguments.person, "organisation": organisation, "case_no": arguments.case_no}
    try:
        check_facts("open", {**who, "items": 0})
        log.state()
    except ValueError as error:
        raise EdgeAlprError(f"{arguments.log}: {error}") from None
    try:
        yield
    finally:
        log.append("open", {**who, "items": done.total()})
        log.close()


def _is_over(document: dict[str, Any], now_s: float) -> bool:
    """Whether everybody should have deleted it by now."""
    header = document.get("header", document)
    try:
        return to_seconds(str(header["delete_after"])) <= now_s
    except (ValueError, KeyError, TypeError):
        raise MessageError("delete_after: not a time") from None


# ------------------------------------------------------------------ what is done with each


def _opening(
    agency: SealKey | None,
    epoch: Callable[[str], SealKey | None],
    units: KeyRing | None,
    pictures: Path | None,
) -> Callable[[dict[str, Any]], str]:
    def work(document: dict[str, Any]) -> str:
        content = open_sealed(document, agency, epoch)
        header = document.get("header", document)
        if header["content"] == "picture":
            return _picture(content, header, pictures)
        event = parse_document(content)
        if any(event.get(name) != header[name] for name in ("org", "site", "unit", "boot", "seq")):
            raise MessageError("the read inside is not the one that the header names")
        if units is not None:
            verify_document(event, units)
        sys.stdout.buffer.write(content + b"\n")
        return "reads"

    return work


def _picture(content: bytes, header: dict[str, Any], folder: Path | None) -> str:
    head, _, jpeg = content.partition(b"\n")
    try:
        named = json.loads(head)
        name = f"{header['camera']}-{named['id']}-{named['kind']}.jpg"
    except (ValueError, KeyError, TypeError):
        raise MessageError("a picture without its head") from None
    if folder is None:
        return "pictures, which --pictures writes"
    if "/" in name:
        raise MessageError("a picture with a path for its name")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg)
    except OSError as error:
        raise EdgeAlprError(f"{folder}: {error.strerror}") from None
    return "pictures"


def _releasing(
    epoch: Callable[[str], SealKey | None], tags: frozenset[str] | None
) -> Callable[[dict[str, Any]], str]:
    def work(document: dict[str, Any]) -> str:
        day = document.get("epoch")
        if not is_sealed(document) or document.get("class") != "window":
            return "hits, which the agency opens alone"
        key = epoch(str(day))
        if key is None:
            raise MissingKeyError(
                f"the key of {document.get('custodian')} for {day} is missing or destroyed"
            )
        found = [inner for inner in open_outer(document, key) if tags is None or inner.tag in tags]
        for inner in found:
            sys.stdout.buffer.write(dump_document(release(document, inner)) + b"\n")
        return "reads for the agencies" if found else "others"

    return work


def _told(done: Counter[str], not_done: Counter[str]) -> str:
    total = done.total() + not_done.total()
    if not total:
        return "nothing sealed was found"
    told = ", ".join(f"{n} {what}" for what, n in sorted(done.items())) or "nothing"
    if not not_done:
        return f"of {total} sealed messages: {told}"
    missing = "; ".join(f"{n}: {why}" for why, n in not_done.most_common())
    return f"of {total} sealed messages: {told}; not opened {not_done.total()} ({missing})"
