"""This file is ``edge-alpr eval``: how many plates of labelled pictures, or passes of labelled clips, read right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_alpr.app.score_clip import Snapshots, score_clip
from edge_alpr.app.single_frame import SingleFrame
from edge_alpr.capture.files import FilesSettings, FilesSource
from edge_alpr.capture.picture import load_picture
from edge_alpr.commands.draw import save_picture
from edge_alpr.commands.examine import Examiner
from edge_alpr.commands.help_text import HelpText, examples
from edge_alpr.commands.numbers import within
from edge_alpr.commands.progress import progress
from edge_alpr.commands.replay import EPOCH, RecordedClock
from edge_alpr.config.load import load_config
from edge_alpr.config.settings import Config
from edge_alpr.evaluate.failures import failure_tiles, sheet
from edge_alpr.evaluate.labels import LabelError, find_folders, read_photographs
from edge_alpr.evaluate.page import Section, Tile, page, write_page
from edge_alpr.evaluate.pass_figures import describe, pass_figures, stray_lines
from edge_alpr.evaluate.tables import (
    as_text,
    pass_lines,
    pass_rows,
    picture_lines,
    picture_rows,
    reliability_rows,
)
from edge_alpr.evaluate.truth import SUFFIX, TruthError, read_truth
from edge_alpr.message.timestamps import to_text
from edge_alpr.ops.clock import SystemClock
from edge_alpr.ops.health import StatusBoard

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from edge_alpr.evaluate.judge import ClipOutcome
    from edge_alpr.evaluate.labels import Photograph

DESCRIPTION = """\
Measure how many plates are read right, with 95 % intervals: in labelled photographs (a folder with labels.jsonl, or
a folder of such folders), or with --passes in clips whose passes are known (clip.avi beside clip.truth.json), through
the whole pipeline as replay runs it. Both formats are described in docs/evaluation.md. Nothing leaves this machine;
a report shows the plates that were not read right.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "eval",
        help="measure accuracy on labelled pictures or clips",
        description=DESCRIPTION,
        epilog=examples(
            "edge-alpr eval photographs/ --report report", "edge-alpr eval --passes clips/"
        ),
        formatter_class=HelpText,
    )
    parser.add_argument(
        "path", type=Path, metavar="DATASET|CLIPS", help="folder, or one clip's truth"
    )
    parser.add_argument(
        "--passes", action="store_true", help="the folder holds clips with their truth"
    )
    parser.add_argument("--report", type=Path, metavar="DIR", help="write an HTML report into DIR")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of tables")
    parser.add_argument(
        "--split", choices=("train", "val", "all"), default="val", help="photographs (default: val)"
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="only this folder or clip; may be repeated"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="take settings from a file")
    parser.add_argument("--models", type=Path, metavar="DIR", help="use other models")
    parser.add_argument(
        "--threads", type=within(1, 8), default=1, metavar="N", help="1 to 8 (default 1)"
    )
    parser.add_argument(
        "--no-single", action="store_true", help="do not compare passes with single frames"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments.config) if arguments.config else Config()
    inference = replace(config.inference, threads=arguments.threads)
    if arguments.models:
        inference = replace(inference, models_dir=arguments.models)
    config = replace(config, inference=inference)
    return (_passes if arguments.passes else _photographs)(config, arguments)


def _photographs(config: Config, arguments: argparse.Namespace) -> int:
    photographs = chosen_photographs(arguments.path, arguments.split, arguments.only)
    examiner = Examiner(config)
    for photograph in progress(photographs, len(photographs), "reading"):
        examiner.take(photograph)
    figures = examiner.figures()
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        lines = picture_lines(figures["whole"])
        print("\n".join([*lines, "", as_text(picture_rows(figures["whole"]))]))
        print("\nlabelled plates given to the reader alone\n")
        print(as_text(picture_rows(figures["crops"])))
    if arguments.report:
        section = photograph_section(examiner, figures)
        _report(arguments.report, "Photographs", str(arguments.path), [section], figures)
        if (picture := sheet(section.tiles)) is not None:
            save_picture(arguments.report / "failures.png", picture)
    return 1 if examiner.unreadable else 0


def chosen_photographs(root: Path, split: str, only: Sequence[str] | None) -> list[Photograph]:
    """The labelled photographs of a folder or of the folders in it; rendered ones are left out.

    Raises:
        LabelError: there are none, or a label is wrong.
    """
    folders = [folder for folder in find_folders(root) if not only or folder.name in only]
    photographs = [
        photograph
        for folder in folders
        for photograph in read_photographs(folder)
        if split in ("all", photograph.split) and not photograph.is_rendered
    ]
    if not photographs:
        raise LabelError(f"{root}: no labelled photographs (labels.jsonl, docs/evaluation.md)")
    return photographs


def photograph_section(examiner: Examiner, figures: dict[str, Any]) -> Section:
    """What a report says about photographs."""
    whole = figures["whole"]
    tiles = failure_tiles(examiner.whole, load_picture)
    return Section(
        "Photographs",
        picture_rows(whole),
        tuple(picture_lines(whole)),
        whole["calibration"],
        tiles,
    )


def _passes(config: Config, arguments: argparse.Namespace) -> int:
    outcomes, snapshots = [], Snapshots()
    single = None if arguments.no_single else SingleFrame(config)
    truths = _truth_files(arguments.path, arguments.only)
    for path in progress(truths, len(truths), "playing"):
        clip = read_truth(path)
        files = FilesSettings(path=path.parent / clip.name, fps=clip.fps, start=EPOCH)
        clock, board = RecordedClock(EPOCH), StatusBoard()
        source = FilesSource(files, clock, board.count, config.unit.camera)
        outcomes.append(
            score_clip(
                config,
                clip,
                source,
                clock=clock,
                count=board.count,
                single=single,
                snapshots=snapshots if arguments.report else None,
            )
        )
    figures = pass_figures(outcomes)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join([*pass_lines(figures), "", as_text(pass_rows(figures)), ""]))
        print(as_text(reliability_rows(figures["calibration"])))
    if arguments.report:
        section = pass_section("Passes", outcomes, figures, snapshots)
        _report(arguments.report, "Passes", str(arguments.path), [section], figures)
    return 0


def _truth_files(path: Path, only: Sequence[str] | None) -> list[Path]:
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    files = [file for file in files if not only or file.name.removesuffix(SUFFIX) in only]
    if not files:
        raise TruthError(f"{path}: no clips with their truth (*{SUFFIX}, docs/evaluation.md)")
    return files


def pass_section(
    title: str, outcomes: Sequence[ClipOutcome], figures: dict[str, Any], snapshots: Snapshots
) -> Section:
    """What a report says about passes."""
    tiles = []
    for verdict in (verdict for outcome in outcomes for verdict in outcome.verdicts):
        said = describe(verdict) if verdict.counts else None
        png = snapshots.png.get(verdict.truth.id)
        if said is not None and png is not None:
            read = f", read {verdict.told.text}" if verdict.told else ""
            tiles.append(Tile(png, f"{said}: {verdict.truth.text}{read} ({verdict.truth.id})"))
    lines = [*pass_lines(figures), *(line for outcome in outcomes for line in stray_lines(outcome))]
    return Section(title, pass_rows(figures), tuple(lines), figures["calibration"], tuple(tiles))


def _report(
    folder: Path, title: str, of: str, sections: list[Section], figures: dict[str, Any]
) -> None:
    now = to_text(SystemClock().now().utc_s)[:10]
    lead = f"Measured by edge-alpr eval on {of}, {now}. Shares with their 95 % intervals (Wilson)."
    write_page(folder / "report.html", page(f"{title}: accuracy", lead, sections))
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nreport: {folder / 'report.html'}")
