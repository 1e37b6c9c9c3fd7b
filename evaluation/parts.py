"""This file is what ``make eval`` measures, part by part: photographs, passes, plate-free hours, a parked vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_alpr.app.score_clip import Snapshots, score_clip
from edge_alpr.app.single_frame import SingleFrame
from edge_alpr.commands.eval import chosen_photographs, pass_section, photograph_section
from edge_alpr.commands.examine import Examiner
from edge_alpr.commands.progress import progress
from edge_alpr.commands.replay import EPOCH, RecordedClock
from edge_alpr.evaluate.pass_figures import pass_figures, stray_lines
from edge_alpr.ops.health import StatusBoard
from evaluation.drive.film import Film
from evaluation.drive.parked import plan_parked
from evaluation.drive.plan import plan_passes
from evaluation.drive.plate_free import Panorama, plan_streets
from evaluation.drive.stock import plate_free, plates_with_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from edge_alpr.config.settings import Config
    from edge_alpr.evaluate.judge import ClipOutcome
    from edge_alpr.evaluate.page import Section

PANORAMA_S = 600.0
"""Length of one clip of panned photographs."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    passes: int
    plate_free_minutes: int
    parked_minutes: int


QUICK = Amount(passes=96, plate_free_minutes=20, parked_minutes=5)
FULL = Amount(passes=300, plate_free_minutes=120, parked_minutes=30)


class Parts:
    """Each method measures one part and gives its figures and its section of the report."""

    def __init__(self, config: Config, root: Path, amount: Amount, seed: int) -> None:
        self._config = config
        self._root, self._amount, self._seed = root, amount, seed

    def photographs(self) -> tuple[dict[str, Any], Section]:
        """Every labelled photograph of the ``val`` split."""
        photographs = chosen_photographs(self._root, "val", None)
        examiner = Examiner(self._config)
        for photograph in progress(photographs, len(photographs), "photographs"):
            examiner.take(photograph)
        figures = examiner.figures()
        return figures, photograph_section(examiner, figures)

    def passes(self) -> tuple[dict[str, Any], Section]:
        """Traffic with the plates of the ``val`` split, and some rendered ones."""
        casts = plan_passes(self._amount.passes, plates_with_text(self._root), seed=self._seed)
        return self._play("Passes", (Film(cast) for cast in casts), compare=True)

    def plate_free(self) -> tuple[dict[str, Any], Section]:
        """Half of it rendered streets, half photographs without plates, if there are any."""
        seconds = 60.0 * self._amount.plate_free_minutes
        pictures = plate_free(self._root)
        streets = plan_streets(seconds / 2 if pictures else seconds, seed=self._seed)
        films: list[Film | Panorama] = [Film(cast) for cast in streets]
        left, number = (seconds / 2 if pictures else 0.0), 0
        while left > 0:
            start = round(number * PANORAMA_S / 20) % len(pictures)
            films.append(
                Panorama(
                    pictures[start:] + pictures[:start],
                    seconds=min(PANORAMA_S, left),
                    seed=self._seed + number,
                    name=f"panorama-{number}",
                )
            )
            left, number = left - PANORAMA_S, number + 1
        return self._play("Without plates", films)

    def parked(self) -> tuple[dict[str, Any], Section]:
        """One vehicle that stands, by day; a shorter time at night and in infrared."""
        minutes = self._amount.parked_minutes
        films = [
            Film(plan_parked(minutes if light == "day" else minutes / 3, seed=seed, light=light))
            for seed, light in enumerate(("day", "night", "ir"), self._seed)
        ]
        return self._play("Parked", films)

    def _play(
        self, title: str, films: Iterable[Film | Panorama], *, compare: bool = False
    ) -> tuple[dict[str, Any], Section]:
        outcomes: list[ClipOutcome] = []
        snapshots = Snapshots()
        single = SingleFrame(self._config) if compare else None
        for film in films:
            board = StatusBoard()
            outcome = score_clip(
                self._config,
                film.truth,
                film,
                clock=RecordedClock(EPOCH),
                count=board.count,
                single=single,
                snapshots=snapshots,
            )
            outcomes.append(outcome)
            right = sum(verdict.folded for verdict in outcome.verdicts)
            print(
                f"{film.truth.name}: {right} of {len(outcome.verdicts)} passes right, "
                f"{len(outcome.strays)} false events in {film.truth.seconds:.0f} s",
                flush=True,
            )
            for line in stray_lines(outcome):
                print(f"  {line}", flush=True)
        figures = pass_figures(outcomes)
        return figures, pass_section(title, outcomes, figures, snapshots)
