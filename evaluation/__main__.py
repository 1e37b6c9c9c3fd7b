"""This file is ``python -m evaluation FOLDER``: measures accuracy, writes a report, holds it against the release gates.

FOLDER holds labelled photographs (docs/evaluation.md). What is made of them goes to --out, which is outside version
control, and shows plates that were not read right: treat it as you treat the photographs.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from edge_alpr.commands.numbers import positive_int
from edge_alpr.config.settings import Config
from edge_alpr.errors import EdgeAlprError
from edge_alpr.evaluate.page import page, write_page
from edge_alpr.evaluate.tables import as_text
from evaluation.gates import GATES, read_gates
from evaluation.parts import FULL, QUICK, Parts

PARTS = ("photographs", "passes", "plate-free", "parked")


def main() -> int:
    arguments = _arguments()
    amount = FULL if arguments.full else QUICK
    if arguments.passes:
        amount = replace(amount, passes=arguments.passes)
    if arguments.minutes:
        amount = replace(amount, plate_free_minutes=arguments.minutes)
    config = Config()
    config = replace(
        config, inference=replace(config.inference, models_dir=arguments.models, threads=1)
    )
    parts = Parts(config, arguments.root, amount, arguments.seed)
    figures, sections = {}, []
    for part in arguments.parts:
        figures[part], section = getattr(parts, part.replace("-", "_"))()
        sections.append(section)
        print("\n".join(["", section.title, *section.lines, as_text(section.rows), ""]), flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=2) + "\n"
    (arguments.out / "figures.json").write_text(text, encoding="utf-8")
    lead = "Shares with their 95 % intervals (Wilson). Photographs were never trained on."
    write_page(arguments.out / "report.html", page("Accuracy", lead, sections))
    results = [gate.judge(figures) for gate in read_gates(arguments.gates)]
    print("\n".join(map(str, results)))
    print(f"\nreport: {arguments.out / 'report.html'}")
    failed = [result.gate.name for result in results if result.state == "failed"]
    for name in failed:
        print(f"gate not met: {name}", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("root", type=Path, help="folder with folders of labelled photographs")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="default: all")
    parser.add_argument(
        "--full", action="store_true", help="300 passes, 2 h without plates, 30 min parked (hours)"
    )
    parser.add_argument("--passes", type=positive_int, metavar="N", help="that many instead")
    parser.add_argument(
        "--minutes", type=positive_int, metavar="N", help="without plates: that many instead"
    )
    parser.add_argument("--seed", type=int, default=1, help="other traffic (default 1)")
    parser.add_argument("--models", type=Path, help="use other models than those shipped")
    parser.add_argument(
        "--out", type=Path, default=Path(".cache/evaluation"), help="default: %(default)s"
    )
    parser.add_argument("--gates", type=Path, default=GATES, help="another file of gates")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EdgeAlprError as problem:
        print(f"evaluation: {problem}", file=sys.stderr)
        sys.exit(2)
