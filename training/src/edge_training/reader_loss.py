"""The reader's loss: CTC, what is known of the plate as a whole, and at first where the renderer put each character.

Plain CTC sits on a plateau of blanks for its first tens of thousands of samples. Cross-entropy at each character's
own step ("alignment loss") took the error rate to .4 in 72 core-seconds, where plain CTC had learnt nothing in 91.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from edge_training.reader_net import BLANK

BLANK_BETWEEN = 0.5
"""Weight of a blank half-way between two neighbouring characters."""

BLANK_EVERYWHERE = 0.3
"""Weight of the mean log-probability of the blank over all steps: most of them show no character's centre."""

PLATE_SHARE, REGION_SHARE = 0.1, 0.1
"""Weights beside CTC's mean per character: reading comes first."""

FAR_APART = 12
"""Steps. Characters farther apart are not neighbours: there is a gap or another line between them."""


def about_loss(about: Tensor, texts: Tensor, regions: Tensor) -> Tensor:
    """How wrong the second output is: whether there is a plate, and which regions its label leaves open.

    Args:
        about: ``(N, 1 + R)`` logits: "a plate", then the regions.
        texts: ``(N, L)`` classes; an empty text is no plate.
        regions: ``(N, R) bool``. Where all are open the plate teaches nothing about regions.
    """
    there = (texts[:, 0] > 0).float()
    plate = F.binary_cross_entropy_with_logits(about[:, 0], there)
    shares = about[:, 1:].log_softmax(1).masked_fill(~regions, -torch.inf)
    region = -shares.logsumexp(1)[there > 0].sum() / max(1, len(there))
    return PLATE_SHARE * plate + REGION_SHARE * region


def ctc_loss(sequence: Tensor, texts: Tensor) -> Tensor:
    """CTC over a batch, the mean per character.

    Args:
        sequence: ``(T, N, C)`` log-probabilities.
        texts: ``(N, L)`` classes, 0 after the end. An empty text asks for blanks only.
    """
    steps, n, _ = sequence.shape
    lengths = (texts > 0).sum(1)
    whole = torch.full((n,), steps, dtype=torch.long)
    each = F.ctc_loss(
        sequence, texts[texts > 0], whole, lengths, BLANK, reduction="none", zero_infinity=True
    )
    # An empty text counts as one of six characters, so that it weighs like a plate's.
    return (each / torch.where(lengths > 0, lengths, 6)).mean()


def alignment_loss(sequence: Tensor, texts: Tensor, places: Tensor) -> Tensor:
    """How unlike the sequence is one that says each character where it stands, and blank elsewhere.

    Args:
        sequence: ``(T, N, C)`` log-probabilities.
        texts: ``(N, L)`` classes, 0 after the end.
        places: ``(N, L)`` steps, -1 where unknown.
    """
    sample, nth = torch.nonzero(places >= 0, as_tuple=True)
    blanks = -BLANK_EVERYWHERE * sequence[:, :, BLANK].mean()
    if not len(sample):
        return blanks
    step = places[sample, nth]
    characters = -sequence[step, sample, texts[sample, nth]].mean()
    distance = (step[1:] - step[:-1]).abs()
    neighbours = (sample[1:] == sample[:-1]) & (distance >= 2) & (distance < FAR_APART)
    if not neighbours.any():
        return characters + blanks
    between = ((step[1:] + step[:-1]) // 2)[neighbours]
    gaps = -BLANK_BETWEEN * sequence[between, sample[1:][neighbours], BLANK].mean()
    return characters + gaps + blanks
