"""Messages between arrival and commit."""

from __future__ import annotations

import threading

import pytest

from edge_alpr.spool.waiting import Waiting
from edge_alpr.types import Outgoing

HIT = Outgoing("alert", "cam0", None, hit=True)
OTHER = Outgoing("read", "cam0", None)


def body(seq: int) -> bytes:
    return str(seq).encode()


def test_numbers_count_from_one_and_order_is_kept() -> None:
    waiting = Waiting(10)
    assert [waiting.add(OTHER, body)[0] for _ in range(3)] == [1, 2, 3]
    assert [row.body for row in waiting.take(2)] == [b"1", b"2"]
    assert len(waiting) == 1


def test_rows_put_back_come_first_again() -> None:
    waiting = Waiting(10)
    for _ in range(4):
        waiting.add(OTHER, body)
    waiting.put_back(waiting.take(2))
    assert [row.seq for row in waiting.take(9)] == [1, 2, 3, 4]


def test_a_body_that_cannot_be_made_uses_no_number() -> None:
    waiting = Waiting(10)
    with pytest.raises(ZeroDivisionError):
        waiting.add(OTHER, lambda seq: b"x" * (seq // 0))
    assert waiting.add(OTHER, body) == (1, None)


def test_a_full_queue_gives_up_its_oldest_other() -> None:
    waiting = Waiting(3)
    for outgoing in (HIT, OTHER, OTHER):
        waiting.add(outgoing, body)
    seq, lost = waiting.add(HIT, body)
    assert (seq, lost and lost.seq) == (4, 2)
    assert [row.seq for row in waiting.take(9)] == [1, 3, 4]


@pytest.mark.parametrize("new", [HIT, OTHER])
def test_a_queue_full_of_hits_gives_up_the_new_message(new: Outgoing) -> None:
    waiting = Waiting(2)
    waiting.add(HIT, body)
    waiting.add(HIT, body)
    seq, lost = waiting.add(new, body)
    assert (seq, lost and lost.seq) == (3, 3)
    assert [row.seq for row in waiting.take(9)] == [1, 2]


def test_many_threads_get_numbers_without_gaps_in_queue_order() -> None:
    waiting = Waiting(10_000)
    threads = [
        threading.Thread(target=lambda: [waiting.add(OTHER, body) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in waiting.take(10_000)] == list(range(1, 2001))


def test_a_row_does_not_print_its_body() -> None:
    waiting = Waiting(1)
    waiting.add(OTHER, lambda _: b"EDGE042")
    assert "EDGE042" not in repr(waiting.take(1))
