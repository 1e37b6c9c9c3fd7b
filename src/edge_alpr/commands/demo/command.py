"""This file is ``edge-alpr demo``: a rendered drive-by goes through the whole product, and the outcome is judged."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.commands.demo.broker import find_broker
from edge_alpr.commands.demo.children import DemoError
from edge_alpr.commands.demo.play import play
from edge_alpr.commands.demo.report import (
    print_head,
    print_read,
    print_table,
    summarise,
    write_sheet,
)
from edge_alpr.commands.demo.second import second_act
from edge_alpr.commands.demo.verdict import judge
from edge_alpr.commands.help_text import HelpText
from edge_alpr.commands.numbers import within
from edge_alpr.commands.progress import progress
from edge_alpr.scene.clip import render_clip
from edge_alpr.scene.drive import Drive

if TYPE_CHECKING:
    import argparse

    from edge_alpr.commands.demo.verdict import Read

DESCRIPTION = """\
Render a drive-by (day and night, plates of several regions, none of them anybody's), start an MQTT broker on a free
loopback port, run the unit and the collector as processes of their own, print each read as the collector stores it,
and compare the reads with what drove by. The unit runs under the bench policy, which lets every read through and marks
it as a test. In a second act three vehicles pass a unit under the rules of a law, one of them on a signed hotlist: the
collector gets that one, sealed, and no file holds any of the three plates. Nothing leaves this machine.
"""

ENDING = """\
examples:
  edge-alpr demo
  edge-alpr demo --passes 4 --seed 7 --out /tmp/demo
  edge-alpr demo --pace fast

exit status: 0 every pass was read, and all that the second act claims is so; 1 reads are missing (a text with more
than two wrong characters is no read), or a claim does not hold; 70 something the demo needs is not there, or a process
of it died
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="see the whole product at work, with rendered traffic",
        description=DESCRIPTION,
        epilog=ENDING,
        formatter_class=HelpText,
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for clip, logs and sheet (default: a new one in the temporary folder)",
    )
    parser.add_argument(
        "--passes", type=within(1, 40), default=10, metavar="N", help="vehicles (default: 10)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="another number, other traffic (default: 1)",
    )
    parser.add_argument(
        "--pace",
        choices=("real-time", "fast"),
        default="real-time",
        help="play the clip as a camera would, or as quickly as it can be processed (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments.out)
    broker = find_broker()
    drive = Drive(arguments.seed, passes=arguments.passes)
    clip = folder / "drive-by.avi"
    print(
        f"rendering {len(drive) / drive.fps:.0f} s of traffic, {arguments.passes} vehicles",
        flush=True,
    )
    render_clip(clip, drive, progress(drive.frames(), len(drive), "rendering", steps=4))
    known = {truth.text for truth in drive.truth}
    reads: list[Read] = []
    print("a read comes when its vehicle has left the view")
    with closing(play(folder, clip, arguments.pace, broker, len(drive) / drive.fps)) as stored:
        for read in stored:
            if not reads:
                print_head()
            print_read(read, read.text in known)
            reads.append(read)
    outcome = judge(drive.truth, reads)
    print_table(outcome)
    summary = summarise(outcome)
    sheet = folder / "sheet.png"
    write_sheet(sheet, clip, outcome.verdicts, summary.partition(";")[0].replace(",", " -"))
    print(f"\n{summary}\npicture sheet: {sheet}\nclip and logs: {folder}")
    kept = second_act(_emptied(folder / "second-act"), broker, arguments.seed)
    return 0 if outcome.complete and kept else 1


def _emptied(folder: Path) -> Path:
    """The folder of the second act, without what an earlier demo left in it: keys are never written over."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder.absolute()


def _folder(wanted: Path | None) -> Path:
    """The folder for everything, made if need be.

    Raises:
        DemoError: it cannot be.
    """
    folder = wanted or Path(tempfile.mkdtemp(prefix="edge-alpr-demo-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise DemoError(f"{folder}: is a file; name a folder with --out") from None
    except OSError as error:
        raise DemoError(f"{folder}: cannot be used: {error.strerror}") from None
    return folder
