"""The commands of the training: render, train-reader, train-detector, evaluate, export."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from edge_training.detector_export import DetectorExport, export_detector
from edge_training.detector_train import DetectorTraining, train_detector
from edge_training.reader_average import Averaging, average_reader
from edge_training.reader_export import ReaderExport, export_reader, reading_with
from edge_training.reader_train import ReaderTraining, train_reader
from edge_training.render import RenderSettings, render
from edge_training.score import load_judges, score_all, table

HERE = Path(__file__).parents[2]
WEIGHTS = HERE / "weights"
MODELS = HERE.parent / "models"
CACHE = HERE.parent / ".cache" / "training"
FONTS = Path("/usr/share/fonts")

Command = Callable[[argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; every one of them may be interrupted and given again."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options = _parser().parse_args(arguments)
    run: Command = options.run_command
    run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edge-training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, what: str) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=what,
            description=what,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        command.set_defaults(run_command=run)
        return command

    command = add(
        "render", _render, "fill the store with rendered plates and re-photographed real ones"
    )
    _store(command)
    _fonts(command)
    command.add_argument(
        "--photographs",
        type=Path,
        help="root of the data sets; without it nothing but rendered plates is made",
    )
    command.add_argument(
        "--samples", type=int, default=1_000_000, help="made by each worker in all"
    )
    command.add_argument(
        "--capacity", type=int, default=200_000, help="kept of each worker; 15 kB each"
    )
    command.add_argument("--workers", type=int, default=1)
    command.add_argument("--seed", type=int, default=1)

    command = add(
        "train-reader", _train_reader, "train the reader from the store, resuming where it stopped"
    )
    _store(command)
    command.add_argument(
        "--run", type=Path, default=CACHE / "reader", help="checkpoint, log and curve"
    )
    command.add_argument(
        "--start", type=Path, default=WEIGHTS / "reader.pt", help="weights of an earlier cycle"
    )
    command.add_argument("--from-nothing", action="store_true", help="ignore --start")
    command.add_argument("--samples", type=int, default=600_000, help="length of this cycle")
    command.add_argument("--batch", type=int, default=64)
    command.add_argument(
        "--rate", type=float, default=1.4e-3, help="peak learning rate; 2e-3 from nothing"
    )
    command.add_argument(
        "--aligned",
        type=int,
        default=0,
        help="alignment loss for the first so many samples; 60000 from nothing",
    )
    command.add_argument(
        "--photographed",
        type=float,
        default=0.28,
        help="share of real crops in a batch, at most 0.4",
    )
    command.add_argument("--judges", type=Path, help="root of the data sets to score on")
    command.add_argument("--score-every", type=int, default=40_000, help="samples")
    command.add_argument("--threads", type=int, default=1)
    command.add_argument("--seed", type=int, default=1)

    command = add(
        "train-detector", _train_detector, "train the detector on pictures composed on the fly"
    )
    _fonts(command)
    command.add_argument("--photographs", type=Path, required=True, help="root of the data sets")
    command.add_argument(
        "--run", type=Path, default=CACHE / "detector", help="checkpoint, log and curve"
    )
    command.add_argument(
        "--start", type=Path, default=WEIGHTS / "detector.pt", help="weights of an earlier cycle"
    )
    command.add_argument("--from-nothing", action="store_true", help="ignore --start")
    command.add_argument("--pictures", type=int, default=200_000, help="length of this cycle")
    command.add_argument(
        "--rate", type=float, default=1.8e-3, help="peak learning rate; 3e-3 from nothing"
    )
    command.add_argument("--mined", type=Path, help="what mine wrote: unlabelled plates, mistakes")
    command.add_argument("--threads", type=int, default=1)
    command.add_argument("--seed", type=int, default=1)

    command = add("mine", _mine, "look for unlabelled plates and mistakes on training photographs")
    command.add_argument("--photographs", type=Path, required=True, help="root of the data sets")
    command.add_argument("--weights", type=Path, default=WEIGHTS / "detector.pt")
    command.add_argument("--to", type=Path, default=CACHE / "detector" / "mined.json")

    command = add("average-reader", _average_reader, "average the weights of two cycles")
    _store(command)
    command.add_argument("--earlier", type=Path, default=WEIGHTS / "reader.pt")
    command.add_argument("--later", type=Path, default=CACHE / "reader" / "weights.pt")
    command.add_argument("--share", type=float, default=0.5, help="of the later weights")
    command.add_argument("--to", type=Path, default=CACHE / "reader" / "averaged" / "weights.pt")

    command = add(
        "evaluate", _evaluate, "score an exported reader on photographs that never trained"
    )
    command.add_argument("--model", type=Path, default=MODELS / "reader.onnx")
    command.add_argument("--photographs", type=Path, required=True, help="root of the data sets")

    command = add("export", _export, "write a model as INT8 ONNX with its card")
    command.add_argument("network", choices=("reader", "detector"))
    _store(command)
    _fonts(command)
    command.add_argument("--weights", type=Path, help="default: weights/<network>.pt")
    command.add_argument("--photographs", type=Path, required=True, help="root of the data sets")
    command.add_argument("--models", type=Path, default=MODELS)
    command.add_argument(
        "--reviewed", type=Path, help="detector: plates on judging photographs that nobody labelled"
    )
    command.add_argument(
        "--threshold",
        type=float,
        help="detector: score a plate needs; default: by composed pictures",
    )
    return parser


def _store(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--store", type=Path, default=CACHE / "store", help="folder of the rendered samples"
    )


def _fonts(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fonts", type=Path, nargs="+", default=[FONTS], help="folders searched for fonts"
    )


def _start(options: argparse.Namespace) -> Path | None:
    """The weights to start from; none where none were asked for or none exist."""
    start: Path = options.start
    return None if options.from_nothing or not start.exists() else start


def _render(options: argparse.Namespace) -> None:
    render(
        RenderSettings(
            store=options.store,
            fonts=tuple(options.fonts),
            photographs=options.photographs,
            samples=options.samples,
            capacity=options.capacity,
            workers=options.workers,
            seed=options.seed,
        )
    )


def _train_reader(options: argparse.Namespace) -> None:
    train_reader(
        ReaderTraining(
            store=options.store,
            run=options.run,
            start=_start(options),
            samples=options.samples,
            batch=options.batch,
            rate=options.rate,
            aligned=options.aligned,
            photographed=options.photographed,
            judges=options.judges,
            score_every=options.score_every,
            threads=options.threads,
            seed=options.seed,
        )
    )


def _average_reader(options: argparse.Namespace) -> None:
    average_reader(
        Averaging(options.earlier, options.later, options.share, options.store, options.to)
    )


def _train_detector(options: argparse.Namespace) -> None:
    train_detector(
        DetectorTraining(
            photographs=options.photographs,
            fonts=tuple(options.fonts),
            run=options.run,
            start=_start(options),
            pictures=options.pictures,
            rate=options.rate,
            mined=options.mined,
            threads=options.threads,
            seed=options.seed,
        )
    )


def _mine(options: argparse.Namespace) -> None:
    from edge_training.detector_mine import mine  # noqa: PLC0415 - only this command needs it

    mine(options.weights, options.photographs, options.to)


def _evaluate(options: argparse.Namespace) -> None:
    print(table(score_all(reading_with(options.model), load_judges(options.photographs))))


def _export(options: argparse.Namespace) -> None:
    weights = options.weights or WEIGHTS / f"{options.network}.pt"
    if options.network == "reader":
        export_reader(ReaderExport(weights, options.store, options.photographs, options.models))
        return
    export_detector(
        DetectorExport(
            weights,
            options.photographs,
            tuple(options.fonts),
            options.models,
            options.reviewed,
            options.threshold,
        )
    )


if __name__ == "__main__":
    main()
