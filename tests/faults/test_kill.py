"""REL-1: both halves killed with SIGKILL in turn while messages flow. What was said to be safe arrives, once."""

from __future__ import annotations

import math
import random
import statistics
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.spool.feed import SpoolFeed
from fakes.tally import Tally
from faults.kills import (
    Account,
    Camera,
    Daemon,
    Half,
    Killable,
    Passing,
    kill_in_turn,
    stored_by_boot,
)
from fixtures.eventually import eventually
from fixtures.running import RunningCollector
from fixtures.unit import write_unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faults.conftest import Count, Publish
    from fixtures.mosquitto import Mosquitto
    from fixtures.recordings import Stills

pytestmark = pytest.mark.broker

_DRAIN_S = 600.0
_SOAK_S = 360.0
"""At most so long is killed; the figures say how often that was."""


def test_over_made_up_passes_no_acknowledged_message_is_lost_or_doubled(
    mosquitto: Mosquitto, tmp_path: Path, count: Count, publish: Publish
) -> None:
    config = write_unit(tmp_path / "unit", _started(mosquitto), tmp_path / "no-pictures")
    spool = config.parent / "card/spool.db"
    spool.parent.mkdir()
    account = Account()
    found = _kill_and_compare(
        account,
        {"camera": lambda: Passing(spool, account, 40), "uplink": lambda: Daemon(config, "uplink")},
        config,
        mosquitto,
        kills=count(6, 1000),
        wait_s=0.4,
    )
    publish("REL-1", "made-up passes", **found)
    assert found["acknowledged"] > 2 * sum(account.kills.values())
    assert (found["lost"], found["doubled"]) == (0, 0)


@pytest.mark.model
def test_over_pictures_no_acknowledged_message_is_lost_or_doubled(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path, count: Count, publish: Publish
) -> None:
    road = stills_folder.play_to(tmp_path / "road", rounds=50)
    config = write_unit(tmp_path / "unit", _started(mosquitto), road, camera={"pace": "fast"})
    account = Account()
    found = _kill_and_compare(
        account,
        {"camera": lambda: Camera(config, account), "uplink": lambda: Daemon(config, "uplink")},
        config,
        mosquitto,
        kills=count(3, 300),
        wait_s=2.0,
    )
    publish("REL-1", "edge-alpr run over rendered pictures", **found)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"]) == (0, 0)


def _started(mosquitto: Mosquitto) -> str:
    mosquitto.use_option(
        "max_queued_messages 0"
    )  # no limit: the collector may be slower than a drain
    mosquitto.start()
    return mosquitto.url


def _kill_and_compare(
    account: Account,
    start: dict[Half, Callable[[], Killable]],
    config: Path,
    mosquitto: Mosquitto,
    *,
    kills: int,
    wait_s: float,
) -> dict[str, Any]:
    store = config.parent / "plates.db"
    feed = SpoolFeed(config.parent / "card/spool.db", count=Tally())
    with RunningCollector(mosquitto.url, f"sqlite:{store}", config.parent) as collector:
        collector.wait_until_collecting()
        rng = random.Random(1)
        uplink = kill_in_turn(start, account, rng, kills=kills, wait_s=wait_s, give_up_s=_SOAK_S)
        assert eventually(lambda: feed.depth().messages == 0, _DRAIN_S), "it does not drain"
        eventually(lambda: account.lost(stored_by_boot(store)[0]) == 0, _DRAIN_S / 10)
        uplink.kill()
        feed.close()
        assert collector.stop() == 0, collector.log
        said = collector.log
    stored, passes = stored_by_boot(store)
    messages = sum(map(len, stored.values()))
    again = said.rpartition("duplicates ")[2].partition(",")[0] if "duplicates " in said else "0"
    return {
        "kills": dict(account.kills),
        "boots": len(account.acknowledged),
        "acknowledged": sum(account.acknowledged.values()),
        "stored": messages,
        "lost": account.lost(stored),
        "doubled": abs(passes - messages),
        "sent_again_on_the_wire": int(again),
        "confirmed_by": "puback",
        "seconds_from_start_to_work": _spread(account.back_s),
        "seconds_of_these_to_open_the_spool": _spread(account.opened_s),
    }


def _spread(seconds: list[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    ranked = sorted(seconds)
    p99 = ranked[max(0, math.ceil(0.99 * len(ranked)) - 1)]
    return {"n": len(ranked), "median": round(statistics.median(ranked), 3), "p99": round(p99, 3)}
