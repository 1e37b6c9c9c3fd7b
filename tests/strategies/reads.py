"""Hypothesis strategies for plate texts and for what a reader might say of them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from edge_alpr.plates import ALPHABET, MAX_LENGTH
from edge_alpr.types import PlateRead

texts = st.text(ALPHABET, min_size=1, max_size=MAX_LENGTH)


def make_read(text: str, sureness: float | list[float]) -> PlateRead:
    """A read whose character scores are ``sureness``, the rest of each row shared evenly among the others."""
    best = np.broadcast_to(np.asarray(sureness, np.float32), (len(text),))
    rows = np.repeat(((1 - best) / (len(ALPHABET) - 1))[:, None], len(ALPHABET), axis=1)
    rows[np.arange(len(text)), [ALPHABET.index(c) for c in text]] = best
    return PlateRead(text, rows.astype(np.float32), float(np.prod(best)))


@st.composite
def reads(draw: st.DrawFn, words: st.SearchStrategy[str] = texts) -> PlateRead:
    """Reads that are surer of their own characters than of any other."""
    text = draw(words)
    return make_read(text, [draw(st.floats(0.25, 1, width=32)) for _ in text])


@st.composite
def similar_reads(draw: st.DrawFn, *, most: int = 6) -> list[PlateRead]:
    """Several reads of one plate: its text with characters mistaken, missed and invented."""
    truth = draw(st.text(ALPHABET, min_size=3, max_size=8))
    found = []
    for _ in range(draw(st.integers(1, most))):
        text = list(truth)
        for _ in range(draw(st.integers(0, 2))):
            place = draw(st.integers(0, len(text) - 1))
            change = draw(st.sampled_from(["mistake", "miss", "invent"]))
            if change == "miss" and len(text) > 1:
                del text[place]
            elif change == "invent":
                text.insert(place, draw(st.sampled_from(ALPHABET)))
            else:
                text[place] = draw(st.sampled_from(ALPHABET))
        found.append(draw(reads(st.just("".join(text)))))
    return found
