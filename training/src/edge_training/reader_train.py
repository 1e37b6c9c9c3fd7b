"""Trains the reader from a growing store, in cycles that each end annealed; stop it and start it again at will."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from edge_training import curves
from edge_training.progress import Progress
from edge_training.reader_loss import about_loss, alignment_loss, ctc_loss
from edge_training.reader_net import CROP_HEIGHT, CROP_WIDTH, ReaderNet, as_sequence, greedy_texts
from edge_training.score import Judge, Score, load_judges, score_all, table
from edge_training.store import Store
from edge_training.weights import (
    Average,
    Cycle,
    load_history,
    load_weights,
    save_history,
    save_weights,
    save_whole,
    start_from,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

log = logging.getLogger(__name__)

WARM_UP = 0.03
"""Share of a cycle in which the learning rate climbs."""

FLOOR = 0.01
"""Share of the peak rate that is left at a cycle's end."""

WEIGHT_DECAY = 0.02
CLIP = 5.0
AVERAGE = 0.998
SAVE_EVERY = 10_000
"""Samples between two checkpoints: at most a minute and a half of work is lost."""

FIRST_SAMPLES = 3_000
"""Training waits until the store holds so many."""


@dataclass(frozen=True, slots=True)
class ReaderTraining:
    """One cycle of training."""

    store: Path
    run: Path
    """Folder for the checkpoint, the log and the curve. A checkpoint in it is resumed."""

    start: Path | None
    """Weights to start from where there is no checkpoint; None: from nothing."""

    samples: int
    """Length of the cycle."""

    batch: int
    rate: float
    """Peak learning rate: 2e-3 from nothing, 60-75 % of the last peak in a later cycle."""

    aligned: int
    """Alignment loss for the first so many samples."""

    photographed: float
    """Share of real crops in a batch, where the store has them; never above 0.4."""

    judges: Path | None
    """Root of the data sets to score on, or None."""

    score_every: int
    threads: int
    seed: int


def train_reader(settings: ReaderTraining) -> ReaderNet:
    """Run the cycle to its end and return the averaged network, also saved as ``weights.pt`` in the run's folder.

    Raises:
        ValueError: more than 40 % of photographs asked for.
    """
    if not 0 <= settings.photographed <= 0.4:
        raise ValueError(
            "the photographs are few: more than 40 % of a batch would be learnt by heart"
        )
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    cycle = _Cycle(settings)
    store = _wait_for(settings)
    judges = load_judges(settings.judges) if settings.judges else {}
    rng = np.random.default_rng([settings.seed, cycle.seen])
    progress, loss = Progress("train-reader", settings.samples, cycle.seen), math.nan
    next_save, next_score = cycle.seen + SAVE_EVERY, cycle.seen + settings.score_every
    while cycle.seen < settings.samples:
        now = cycle.step(store, rng)
        loss = now if math.isnan(loss) else 0.98 * loss + 0.02 * now
        if cycle.seen >= min(next_save, next_score, settings.samples):
            cycle.save()
            next_save = cycle.seen + SAVE_EVERY
            progress.at(cycle.seen, f"loss {loss:.3f}")
            store.refresh()
        if cycle.seen >= min(next_score, settings.samples):
            next_score += settings.score_every
            _report(settings, cycle, loss, judges, store.held)
    return cycle.averaged()


def _wait_for(settings: ReaderTraining) -> Store:
    share = settings.photographed
    store = Store(settings.store, {"rendered": 1 - share, "photographed": share})
    while store.held < FIRST_SAMPLES:
        log.info("waiting for samples in %s (%d)", settings.store, store.held)
        time.sleep(10)
        store.refresh()
    return store


class _Cycle:
    """Network, optimiser, average and progress: all that a checkpoint holds."""

    def __init__(self, settings: ReaderTraining) -> None:
        self._settings = settings
        self._file = settings.run / "checkpoint.pt"
        self.net = ReaderNet()
        self.seen, self.steps, self.core_seconds = 0, 0, 0.0
        self.history = load_history(settings.start) if settings.start else []
        if not self._file.exists() and settings.start is not None:
            fresh = start_from(self.net, load_weights(settings.start))
            log.info("new in this network: %s", ", ".join(fresh) or "nothing")
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        vectors = [p for p in self.net.parameters() if p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": WEIGHT_DECAY},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.99))
        self.average = Average(self.net, AVERAGE)
        if self._file.exists():
            state = torch.load(self._file, map_location="cpu", weights_only=True)
            self.net.load_state_dict(state["net"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.weights = state["average"]
            self.seen, self.steps = state["seen"], state["steps"]
            self.core_seconds, self.history = state["core_seconds"], state["history"]
            log.info("resumed after %d samples", self.seen)

    def step(self, store: Store, rng: np.random.Generator) -> float:
        """One batch; its loss."""
        started, settings = time.process_time(), self._settings
        for group in self.optimiser.param_groups:
            group["lr"] = settings.rate * rate_at(self.seen / settings.samples)
        batch = store.draw(rng, settings.batch)
        texts = torch.from_numpy(batch.texts)
        self.net.train()
        logits, about = self.net(augment(batch.crops, rng))
        sequence = as_sequence(logits)
        loss = ctc_loss(sequence, texts)
        loss = loss + about_loss(about, texts, torch.from_numpy(batch.regions))
        if self.seen < settings.aligned:
            loss = loss + alignment_loss(sequence, texts, torch.from_numpy(batch.steps))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimiser.step()
        self.steps += 1
        self.seen += settings.batch
        self.average.follow(self.net, self.steps)
        self.core_seconds += time.process_time() - started
        return loss.item()

    def averaged(self) -> ReaderNet:
        net = ReaderNet()
        net.load_state_dict(self.average.weights)
        return net.eval()

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights with their history."""
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
        save_history([*self.history, self._this_cycle()], file)

    def _this_cycle(self) -> Cycle:
        settings = self._settings
        return {
            "samples": self.seen,
            "core_seconds": round(self.core_seconds),
            "batch": settings.batch,
            "rate": settings.rate,
            "photographed": settings.photographed,
            "seed": settings.seed,
        }


def rate_at(progress: float) -> float:
    """The share of the peak learning rate at a point of the cycle (0..1): a climb, then a cosine down to `FLOOR`."""
    climb = min(1.0, max(progress, 1e-4) / WARM_UP)
    return climb * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def augment(crops: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
    """A batch with noise, 4 % inverted, a patch erased in 15 %: ``(N, 1, 64, 192) float32``, 0..255."""
    luma = torch.from_numpy(crops).float()
    n = len(luma)
    if rng.random() < 0.5:
        deviations = torch.from_numpy(rng.uniform(0, 9, n).astype(np.float32))
        luma += torch.randn_like(luma) * deviations[:, None, None]
    inverted = torch.from_numpy(rng.random(n) < 0.04)
    luma[inverted] = 255 - luma[inverted]
    for k in np.nonzero(rng.random(n) < 0.15)[0]:
        rows, columns = rng.integers(3, 18), rng.integers(2, 12)
        y, x = rng.integers(CROP_HEIGHT - rows), rng.integers(CROP_WIDTH - columns)
        luma[k, y : y + rows, x : x + columns] = float(rng.uniform(0, 255))
    return luma.unsqueeze(1)


def reading_with(net: ReaderNet, crops: NDArray[np.uint8]) -> list[str]:
    """What the network says to ``(N, 1, 64, 192) uint8`` crops, by the best path."""
    with torch.inference_mode():
        return greedy_texts(net(torch.from_numpy(crops))[0])


def _report(
    settings: ReaderTraining, cycle: _Cycle, loss: float, judges: Mapping[str, Judge], held: int
) -> None:
    """Score the average, extend the log, redraw the curve."""
    net = cycle.averaged()
    scores: dict[str, Score] = score_all(lambda crops: reading_with(net, crops), judges)
    row: dict[str, float] = {
        "samples": cycle.seen,
        "core_seconds": round(cycle.core_seconds),
        "loss": round(loss, 4),
    }
    row |= {"rate": settings.rate * rate_at(cycle.seen / settings.samples), "store": held}
    row |= {f"{name}/exact": round(score.exact, 4) for name, score in scores.items()}
    row |= {f"{name}/folded": round(score.folded, 4) for name, score in scores.items()}
    curves.append(settings.run / "log.jsonl", row)
    rows = curves.read(settings.run / "log.jsonl")
    curves.draw(rows, [f"{name}/folded" for name in scores], settings.run / "curve.png")
    log.info(
        "%d samples, %d core-s, loss %.3f\n%s", cycle.seen, cycle.core_seconds, loss, table(scores)
    )
