"""REL-2: power cuts at random steps. Nothing acknowledged is lost; without the protection, something is."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pytest

from edge_alpr.spool import sql
from faults.card import Card
from faults.power import cut_power

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish

CUTS, ALL_CUTS = 60, 1000


@dataclass(slots=True)
class Sum:
    """Of many cuts."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    cuts_with_loss: int = 0
    false: int = 0
    damaged: int = 0


def many_cuts(
    count: int, folder: Path, patch: pytest.MonkeyPatch, *, lying: bool, lazy_folder: bool
) -> Sum:
    total = Sum()
    for seed in range(count):
        card = Card(lying=lying, lazy_folder=lazy_folder)
        outcome = cut_power(seed, card, folder / str(seed), patch)
        shutil.rmtree(folder / str(seed))
        total.cuts += 1
        total.acknowledged += outcome.acknowledged
        total.lost += outcome.lost
        total.cuts_with_loss += outcome.lost > 0
        total.false += outcome.false
        total.damaged += outcome.damaged
    return total


@pytest.mark.parametrize("lazy_folder", [False, True], ids=["as-ext4", "lazy-folder"])
def test_no_acknowledged_message_is_lost_and_the_file_is_always_whole(
    lazy_folder: bool,
    fast_folder: Path,
    count: Count,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    total = many_cuts(
        count(CUTS, ALL_CUTS), fast_folder, monkeypatch, lying=False, lazy_folder=lazy_folder
    )
    publish("REL-2", f"shipped, {'lazy folder' if lazy_folder else 'as ext4'}", **asdict(total))
    assert total.acknowledged > 100 * total.cuts
    assert (total.lost, total.false, total.damaged) == (0, 0, 0)


def test_control_with_synchronous_normal_messages_are_lost(
    fast_folder: Path, count: Count, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    normal = tuple(
        p.replace("synchronous=FULL", "synchronous=NORMAL") for p in sql.EVERY_CONNECTION
    )
    assert normal != sql.EVERY_CONNECTION
    monkeypatch.setattr(sql, "EVERY_CONNECTION", normal)
    total = many_cuts(
        count(CUTS, ALL_CUTS), fast_folder, monkeypatch, lying=False, lazy_folder=False
    )
    publish("REL-2", "control: synchronous=NORMAL", **asdict(total))
    assert total.lost > 0


def test_control_on_a_card_that_lies_about_sync_messages_are_lost(
    fast_folder: Path, count: Count, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No software can mend this: such a card must not be used."""
    total = many_cuts(
        count(CUTS, ALL_CUTS), fast_folder, monkeypatch, lying=True, lazy_folder=False
    )
    publish("REL-2", "control: card that lies about sync", **asdict(total))
    assert total.lost > 0


def test_control_without_the_care_at_the_change_of_journal_messages_are_lost(
    fast_folder: Path, count: Count, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollback journal whose deletion was not durable comes back and undoes the database."""
    monkeypatch.setattr(sql, "DURABLE", ("PRAGMA synchronous=FULL", "PRAGMA journal_mode=WAL"))
    monkeypatch.setattr(Card, "sync_folder", lambda _card: None)
    total = many_cuts(
        count(CUTS, ALL_CUTS), fast_folder, monkeypatch, lying=False, lazy_folder=True
    )
    publish("REL-2", "control: FULL before WAL, folder not synced", **asdict(total))
    assert total.lost > 0
