"""This file is ``edge-alpr audit``: verify logs, report from them, and write the page for residents."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.audit.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from edge_alpr.audit.join import join, names_in
from edge_alpr.audit.page import page
from edge_alpr.audit.recompute import recompute, recompute_public
from edge_alpr.audit.report import public_report, report
from edge_alpr.audit.verify import Verdict, read_log, verify
from edge_alpr.commands import audit_witness
from edge_alpr.commands.help_text import HelpText, add_action
from edge_alpr.errors import AuditError
from edge_alpr.keys.files import write_over
from edge_alpr.keys.validity import parse_time
from edge_alpr.message.document import parse_document
from edge_alpr.message.timestamps import to_text
from edge_alpr.policy.purposes import PURPOSE_WORDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from edge_alpr.audit.checkpoint import Checkpoint
    from edge_alpr.audit.note import Note

EXAMPLES = """\
examples:
  edge-alpr audit verify camera.jsonl --key unit.key.pub
  edge-alpr audit verify camera.jsonl --key units/ --checkpoint cosigned.txt --witness witnesses.pub
  edge-alpr audit report camera.jsonl uplink.jsonl holder.jsonl --key keys/ --since 2026-11-01 --until 2026-12-01
  edge-alpr audit report camera.jsonl --key unit.key.pub --check report.json
  edge-alpr audit page camera.jsonl holder.jsonl --key keys/ --title "Plate readers of Example City" --out page.html
  edge-alpr audit join pieces.jsonl --log example-org/example-site/unit-1/camera --out camera.jsonl
  edge-alpr audit prove camera.jsonl --from 120 --out request.txt
  edge-alpr audit cosign request.txt --key units/ --as league --witness-key league.key --state seen/ --out cosigned.txt

exit status: 1 if a log is not what was signed, or a report not what the logs give. docs/audit.md tells the whole way,
and how to check a log without this program.
"""
INTACT, NOT_INTACT = 0, 1


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "audit",
        help="verify audit logs, and report from them",
        description="What a unit and a holder write down about themselves: whether it is whole, and what it says.",
        epilog=EXAMPLES,
        formatter_class=HelpText,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    verifying = add_action(
        actions,
        "verify",
        _verify,
        "say whether logs are what was signed and seen",
        more="A checkpoint beside a log (LOG.checkpoint) is taken by itself.",
        shown=EXAMPLES,
    )
    _add_logs(verifying, key_needed=True)
    verifying.add_argument("--json", action="store_true", help="the verdicts as a list of objects")
    reporting = add_action(
        actions,
        "report",
        _report,
        "compute the figures from logs alone",
        more="Prints JSON; docs/audit.md defines every figure. With --key the logs are verified first.",
        shown=EXAMPLES,
    )
    _add_logs(reporting)
    _add_period(reporting)
    reporting.add_argument(
        "--public", action="store_true", help="hide counts of people's affairs below five"
    )
    reporting.add_argument(
        "--check",
        type=Path,
        metavar="REPORT",
        help="compute by the second, separate program and compare with this report, of either form",
    )
    paging = add_action(
        actions,
        "page",
        _page,
        "write the page for residents",
        more="One HTML file without a script, from the report's public form.",
        shown=EXAMPLES,
    )
    _add_logs(paging)
    _add_period(paging)
    paging.add_argument(
        "--title", default="Plate readers: what they did", help="the page's heading"
    )
    paging.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page")
    joining = add_action(
        actions,
        "join",
        _join,
        "put a log together from the messages that its unit sent",
        more="PIECES has one message of up/audit a line, as a collector keeps them; - is standard input.",
        shown=EXAMPLES,
    )
    joining.add_argument("pieces", metavar="PIECES")
    joining.add_argument("--log", metavar="NAME", help="which one, if there are several")
    joining.add_argument("--out", type=Path, required=True, metavar="FILE", help="the log")
    audit_witness.add(actions, EXAMPLES)


def _add_logs(parser: argparse.ArgumentParser, *, key_needed: bool = False) -> None:
    parser.add_argument("logs", type=Path, nargs="+", metavar="LOG", help="a log's file")
    audit_witness.add_keys(parser, needed=key_needed)
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a signed checkpoint, from wherever: a collector, a witness (may be given again)",
    )
    parser.add_argument(
        "--witness",
        action="append",
        metavar="RING|NAME=KEY",
        help="whose cosignature must be on a checkpoint: NAME=ed25519:..., or a file of `ed25519:... NAME`",
    )


def _add_period(parser: argparse.ArgumentParser) -> None:
    when = "a day, or a time as 2026-11-24T02:13:39Z"
    parser.add_argument("--since", metavar="TIME", help=f"entries from then on: {when}")
    parser.add_argument("--until", metavar="TIME", help="entries before then")


# ------------------------------------------------------------------ verify


def _verify(arguments: argparse.Namespace) -> int:
    verdicts = list(_verdicts(arguments))
    if arguments.json:
        print(json.dumps([{**asdict(each), "intact": each.intact} for each in verdicts], indent=2))
    else:
        for verdict in verdicts:
            _tell(verdict)
    return INTACT if all(verdict.intact for verdict in verdicts) else NOT_INTACT


def _tell(verdict: Verdict) -> None:
    name = verdict.origin or "a log without a name"
    if not verdict.intact:
        print(f"{name}: NOT INTACT", *verdict.problems, sep="\n  ")
        return
    seen = (
        f", {verdict.witnessed} seen by {', '.join(verdict.witnesses)}" if verdict.witnesses else ""
    )
    print(f"{name}: intact; {verdict.entries} entries, {verdict.covered} signed{seen}")
    if verdict.covered < verdict.entries:
        left = verdict.entries - verdict.covered
        print(f"  the last {left} are chained but not signed yet: ask for a newer checkpoint")


def _verdicts(arguments: argparse.Namespace) -> Iterator[Verdict]:
    keys = audit_witness.keys_of(arguments.key or [])
    witnesses = None
    if arguments.witness is not None:
        witnesses = audit_witness.witnesses_of(arguments.witness)
    given = [load_checkpoint(path) for path in arguments.checkpoint]
    readings = [(path, read_log(_bytes(path))) for path in arguments.logs]
    origins = {reading.origin for _, reading in readings}
    for checkpoint, _ in given:
        if checkpoint.origin not in origins:
            raise AuditError(f"a checkpoint of {checkpoint.origin} was given, but not that log")
    for path, reading in readings:
        mine: list[tuple[Checkpoint, Note]] = [
            each for each in given if each[0].origin == reading.origin
        ]
        if (beside := checkpoint_path(path)).exists():
            mine.append(load_checkpoint(beside))
        yield verify(reading, keys, mine, witnesses)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AuditError(f"{path}: {error.strerror}") from None


# ------------------------------------------------------------------ report and page


def _report(arguments: argparse.Namespace) -> int:
    if not _may_be_used(arguments):
        return NOT_INTACT
    logs, period = _distinct(arguments.logs), _period(arguments)
    if arguments.check is not None:
        return _check(arguments.check, recompute(logs, *period))
    told = report(logs, since=period[0], until=period[1])
    print(json.dumps(public_report(told) if arguments.public else told, indent=2))
    return INTACT


def _check(path: Path, again: dict[str, Any]) -> int:
    told = parse_document(_bytes(path))
    if told.get("form") == "public":
        again = recompute_public(again)
    different = sorted(name for name in {*told, *again} if told.get(name) != again.get(name))
    if different:
        print(f"{path}: is not what the logs give: {', '.join(different)}")
        return NOT_INTACT
    print(f"{path}: every figure is what the logs give")
    return INTACT


def _page(arguments: argparse.Namespace) -> int:
    if not _may_be_used(arguments):
        return NOT_INTACT
    since, until = _period(arguments)
    logs = _distinct(arguments.logs)
    text = page(
        public_report(report(logs, since=since, until=until)),
        list(_verdicts(arguments)) if arguments.key else [],
        title=arguments.title,
        words={str(name): words for name, words in PURPOSE_WORDS.items()},
        files=[path.name for path in arguments.logs],
    )
    write_over(arguments.out, text.encode(), 0o644)
    print(arguments.out)
    return INTACT


def _distinct(paths: Sequence[Path]) -> list[bytes]:
    """The logs, none of which is given twice: it would be counted twice."""
    logs: dict[str, bytes] = {}
    for path in paths:
        body = _bytes(path)
        origin = read_log(body).origin
        if origin in logs:
            raise AuditError(f"{path}: the log of {origin} was given already; give each once")
        logs[origin] = body
    return list(logs.values())


def _may_be_used(arguments: argparse.Namespace) -> bool:
    """Whether the logs are intact, as far as that was asked; says on standard error what is wrong."""
    if arguments.key:
        problems = [
            f"{verdict.origin}: {problem}"
            for verdict in _verdicts(arguments)
            for problem in verdict.problems
        ]
    else:
        print("note: without --key the logs are not held to any signature", file=sys.stderr)
        readings = [(path, read_log(_bytes(path))) for path in arguments.logs]
        problems = [f"{path}: {what}" for path, reading in readings for what in reading.problems]
    for problem in problems:
        print(problem, file=sys.stderr)
    return not problems


def _period(arguments: argparse.Namespace) -> tuple[str | None, str | None]:
    since, until = (
        None if text is None else to_text(parse_time(text))
        for text in (arguments.since, arguments.until)
    )
    if since and until and since >= until:
        raise AuditError(
            f"--since {since} is not before --until {until}: nothing lies between them"
        )
    return since, until


# ------------------------------------------------------------------ join


def _join(arguments: argparse.Namespace) -> int:
    data = sys.stdin.buffer.read() if arguments.pieces == "-" else _bytes(Path(arguments.pieces))
    documents = [parse_document(line) for line in data.splitlines() if line.strip()]
    pieces = [each for each in documents if str(each.get("schema")).startswith("unit.audit/1.")]
    names = names_in(pieces)
    name = arguments.log or (names[0] if len(names) == 1 else None)
    if name is None:
        raise AuditError(
            f"there are pieces of {len(names)} logs; say which by --log: {', '.join(names)}"
        )
    log, checkpoints = join(pieces, name)
    write_over(arguments.out, log, 0o644)
    save_checkpoint(checkpoint_path(arguments.out), checkpoints[-1][1])
    print(f"{arguments.out}: {log.count(bytes([10]))} entries of {name}")
    return INTACT
