"""Trains the detector on pictures composed on the fly, in one cycle that ends annealed; stop and restart it at will."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from edge_training import curves
from edge_training.chance import Chance
from edge_training.detector_loss import measure
from edge_training.detector_mine import load_mined
from edge_training.detector_net import DetectorNet, normalise
from edge_training.detector_paste import Texture
from edge_training.detector_rendered import render_scenes
from edge_training.detector_score import Judged, TorchModel, load_judges, score_all, table
from edge_training.detector_targets import assign
from edge_training.detector_window import WINDOW, Scene, load_scenes
from edge_training.fonts import Typefaces
from edge_training.photographs import DATA_SETS, for_training
from edge_training.plate import draw_plate
from edge_training.scenes import Picture, compose
from edge_training.weights import (
    Average,
    load_history,
    load_weights,
    save_history,
    save_weights,
    save_whole,
)
from edge_training.words import WORDS

log = logging.getLogger(__name__)

WARM_UP = 2_000
"""Pictures during which the learning rate climbs."""

FLOOR = 0.01
"""Share of the peak rate that is left at a cycle's end."""

WEIGHT_DECAY = 0.02
CLIP = 5.0
AVERAGE = 0.999
CROP_SHARE = 0.3
"""Share of pasted plates that are photographed plate crops; the others are rendered."""

RENDERED_SCENES = 60
"""About 2 % of the scenes; a minute of rendering."""

SAVE_EVERY = 300
"""Batches between two checkpoints."""

REPORT_THRESHOLD = 0.5
JUDGED_PER_SET = 60


@dataclass(frozen=True, slots=True)
class DetectorTraining:
    """One cycle of training."""

    photographs: Path
    """Root of the data sets."""

    fonts: tuple[Path, ...]
    run: Path
    """Folder for the checkpoint, the log and the curve. A checkpoint in it is resumed."""

    start: Path | None
    """Weights to start from where there is no checkpoint; None: from nothing."""

    pictures: int
    """Length of the cycle."""

    batch: int = 16
    rate: float = 2.5e-3
    """Peak learning rate; 60-75 % of it in a later cycle."""

    score_every: int = 25_000
    """Pictures between two scores on some of the judges."""

    mined: Path | None = None
    """JSON by `detector_mine`: unlabelled plates to leave out, mistakes to show more often."""

    threads: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PlateProps:
    """Plates to paste: rendered ones, and photographed crops, whose margin of some percent makes them inexact."""

    faces: Typefaces
    crops: list[Texture]

    def plate(self, chance: Chance) -> tuple[Texture, bool]:
        if self.crops and chance.happens(CROP_SHARE):
            return chance.pick(self.crops), False
        return Texture.solid(draw_plate(chance, self.faces).luma), True


def train_detector(settings: DetectorTraining) -> DetectorNet:
    """Run the cycle to its end and return the averaged network, also saved as ``weights.pt`` in the run's folder."""
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    cycle = _Cycle(settings)
    material = load_material(settings.photographs, settings.fonts, settings.mined)
    log.info("%d photographs, plates %s", len(material.scenes), material.plates)
    judges = load_judges(settings.photographs, JUDGED_PER_SET)
    running: Tensor | None = None
    next_score = cycle.seen + settings.score_every
    while cycle.seen < settings.pictures:
        started, first = time.process_time(), cycle.seen
        pictures = [
            compose(Chance(settings.seed, first + k), material.scenes, material.props)
            for k in range(settings.batch)
        ]
        parts = cycle.step(pictures)
        cycle.core_seconds += time.process_time() - started
        running = parts if running is None else running.lerp(parts, 0.02)
        if cycle.seen % (settings.batch * 200) == 0:
            log.info("%d pictures, loss %s", cycle.seen, [round(float(v), 3) for v in running])
        if cycle.seen % (settings.batch * SAVE_EVERY) == 0:
            cycle.save()
        if cycle.seen >= next_score or cycle.seen >= settings.pictures:
            next_score += settings.score_every
            cycle.save()
            _report(settings, cycle, running, judges)
    return cycle.averaged()


@dataclass(frozen=True, slots=True)
class Material:
    """What pictures are composed of."""

    scenes: list[Scene]
    props: PlateProps
    plates: dict[str, int]
    """Labelled plates that train, by data set."""


def load_material(
    photographs: Path, fonts: tuple[Path, ...], mined: Path | None = None
) -> Material:
    """All photographs that may train, and the plates to paste into them."""
    permitted = [
        photograph
        for name, facts in DATA_SETS.items()
        if facts.use == "train"
        for photograph in for_training(photographs, name)
    ]
    counts: Counter[str] = Counter()
    for photograph in permitted:
        counts[photograph.data_set] += len(photograph.plates)
    crops = [Texture.solid(p.luma()) for p in permitted if p.is_crop]
    props = PlateProps(Typefaces.load(fonts, WORDS), crops)
    scenes = load_scenes(permitted, load_mined(mined)) + render_scenes(RENDERED_SCENES)
    return Material(scenes, props, dict(counts))


class _Cycle:
    """Network, optimiser, average and progress: all that a checkpoint holds."""

    def __init__(self, settings: DetectorTraining) -> None:
        self._settings = settings
        self._file = settings.run / "checkpoint.pt"
        self.net = DetectorNet()
        self.seen, self.steps, self.core_seconds = 0, 0, 0.0
        self.history = load_history(settings.start) if settings.start else []
        if not self._file.exists() and settings.start is not None:
            self.net.load_state_dict(load_weights(settings.start))
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        vectors = [p for p in self.net.parameters() if p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": WEIGHT_DECAY},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.rate)
        self.average = Average(self.net, AVERAGE)
        if self._file.exists():
            state = torch.load(self._file, map_location="cpu", weights_only=True)
            self.net.load_state_dict(state["net"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.weights = state["average"]
            self.seen, self.steps = state["seen"], state["steps"]
            self.core_seconds = state["core_seconds"]
            self.history = state.get("history", self.history)
            log.info("resumed after %d pictures", self.seen)

    def step(self, pictures: list[Picture]) -> Tensor:
        """One batch; its losses for score, box and corners."""
        settings = self._settings
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate * rate_at(self.seen, settings.pictures)
        luma = torch.stack([torch.from_numpy(p.luma) for p in pictures])[:, None]
        self.net.train()
        raw = self.net(normalise(luma).contiguous(memory_format=torch.channels_last))
        losses = measure(raw, assign([p.marks for p in pictures], WINDOW, WINDOW))
        self.optimiser.zero_grad(set_to_none=True)
        losses.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimiser.step()
        self.steps += 1
        self.seen += len(pictures)
        self.average.follow(self.net, self.steps)
        return torch.stack([part.detach() for part in losses])

    def averaged(self) -> DetectorNet:
        net = DetectorNet()
        net.load_state_dict(self.average.weights)
        return net.eval()

    def save(self) -> None:
        state = {
            "net": self.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.weights,
            "seen": self.seen,
            "steps": self.steps,
            "core_seconds": self.core_seconds,
            "history": self.history,
        }
        save_whole(state, self._file)
        file = self._settings.run / "weights.pt"
        save_weights(self.average.weights, file)
        cycle = {
            "pictures": self.seen,
            "core_seconds": round(self.core_seconds),
            "rate": self._settings.rate,
        }
        save_history([*self.history, cycle], file)


def rate_at(seen: int, pictures: int) -> float:
    """The share of the peak learning rate after ``seen`` of ``pictures``: a climb, then a cosine down to `FLOOR`."""
    climb = min(1.0, (seen + 1) / WARM_UP)
    progress = min(1.0, seen / pictures)
    return climb * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * progress)))


def _report(
    settings: DetectorTraining, cycle: _Cycle, losses: Tensor, judges: dict[str, list[Judged]]
) -> None:
    """Score the averaged network on some of the judges, and keep the curve."""
    scores = score_all(TorchModel(cycle.averaged()), judges, REPORT_THRESHOLD)
    log.info("after %d pictures, %.0f core-s\n%s", cycle.seen, cycle.core_seconds, table(scores))
    row = {"samples": float(cycle.seen), "core_s": round(cycle.core_seconds)}
    row |= dict(zip(("loss_score", "loss_box", "loss_corners"), losses.tolist(), strict=True))
    row |= {f"{name} AP50": s.ap50 for name, s in scores.items() if s.ap50 is not None}
    row |= {f"{name} false/picture": s.false_per_picture for name, s in scores.items()}
    curves.append(settings.run / "log.jsonl", row)
    rows = curves.read(settings.run / "log.jsonl")
    curves.draw(
        rows, [name for name in rows[-1] if name.endswith("AP50")], settings.run / "curve.png"
    )
