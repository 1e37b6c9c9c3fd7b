"""A damaged file: what can be read of it is kept and sent, what cannot is announced, and nothing false is sent."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from edge_alpr.spool import aside, salvage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.spool_bench import SpoolBench

PAGE = 4096


def fill(bench: SpoolBench, messages: int = 300) -> dict[tuple[str, int], bytes]:
    """Messages of many sizes; what was given, by boot and number."""
    rng = random.Random(5)
    bench.spool.open()
    given = {}
    for _ in range(messages):
        body = rng.randbytes(rng.randrange(300, 6000))
        (seq,) = bench.put(body, hit=rng.random() < 0.2)
        given[bench.spool.boot, seq] = body
    assert bench.spool.flush(0)
    return given


def spoil(path: Path, seed: int, pages: int) -> None:
    """Noise over some pages, but not over the first, which says that it is a database."""
    rng = random.Random(seed)
    with path.open("r+b") as file:
        for _ in range(pages):
            file.seek(rng.randrange(4, path.stat().st_size // PAGE) * PAGE)
            file.write(rng.randbytes(PAGE))


def delivered(bench: SpoolBench) -> dict[tuple[str, int], bytes]:
    return {(m.boot, m.seq): m.body for m in bench.feed.pending(10_000, 0.0)}


@pytest.mark.parametrize("seed", range(6))
def test_most_of_a_file_with_noise_in_some_pages_is_saved(
    make_bench: Callable[..., SpoolBench], seed: int
) -> None:
    first = make_bench()
    given = fill(first)
    first.close()
    spoil(first.path, seed, pages=3)
    second = make_bench()
    second.spool.open()
    found = delivered(second)
    assert second.tally["spool.damaged"] == 1
    assert second.tally["spool.salvaged"] == len(found) > 0.8 * len(given)
    assert all(given[key] == body for key, body in found.items())


def test_the_announcement_of_the_loss_leaves_out_what_was_saved(bench: SpoolBench) -> None:
    """Else its receipt would cover them before they were sent."""
    given = fill(bench)
    bench.feed.delivered(bench.feed.pending(1, 0.0))  # empties the log
    bench.feed.close()
    bench.db.execute("PRAGMA shrink_memory")
    noise = bench.path.with_name("noise")
    shutil.copy(bench.path, noise)
    spoil(noise, 1, pages=4)
    bench.spool._file.close()
    shutil.move(noise, bench.path)
    bench.spool._file._identity = None
    bench.spool._file.open()
    saved = {seq for _, seq in delivered(bench)}
    bench.put(b"new")
    assert bench.spool.flush(5)
    mine = [loss for loss in bench.spool.losses() if loss.boot == bench.spool.boot]
    lost = {seq for loss in mine for seq in range(loss.first, loss.last + 1)}
    assert len(saved) > 0.8 * len(given)
    assert lost == {seq for _, seq in given} - saved
    assert {loss.cause for loss in mine} == {"damaged"}


def test_noise_all_over_gives_nothing_and_does_not_take_long(
    make_bench: Callable[..., SpoolBench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salvage, "_WITHIN_S", 1e9)  # it is the number of tries that ends it
    first = make_bench()
    fill(first)
    first.close()
    pages = first.path.stat().st_size // PAGE
    with first.path.open("r+b") as file:
        file.seek(PAGE)
        file.write(random.Random(2).randbytes((pages - 1) * PAGE))
    second = make_bench()
    second.spool.open()
    assert delivered(second) == {}
    assert second.tally["spool.damaged"] == 1
    assert second.tally["spool.salvaged"] == 0


def test_what_was_set_aside_is_deleted_after_a_week_and_not_before(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench()
    bench.path.parent.mkdir()
    bench.path.write_bytes(b"noise" * 1000)
    bench.spool.open()
    (kept,) = bench.path.parent.glob("*.damaged-*")
    bench.clock.pass_s(aside.KEPT_S)
    bench.spool.commit()
    assert kept.exists()
    bench.clock.pass_s(3700)
    bench.spool.commit()
    assert not kept.exists()


@pytest.mark.parametrize("name", ["20991231T235959Z", "19700101T000000Z", "soonZ"])
def test_a_date_that_cannot_be_counts_as_long_ago(tmp_path: Path, name: str) -> None:
    path = tmp_path / "spool.db"
    path.with_name(f"spool.db.damaged-{name}").write_bytes(b"noise")
    assert aside.forget_old(path, 1_767_225_600.0)
    assert list(tmp_path.iterdir()) == []
