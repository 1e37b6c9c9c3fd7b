"""REL-1: both halves killed with SIGKILL in turn while messages flow. What was said to be safe arrives, once."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.keys.ring import Member, enroll
from edge_alpr.spool.feed import SpoolFeed
from fakes.keys import COLLECTOR_KEY
from fakes.tally import Tally
from faults.kills import (
    Account,
    Camera,
    Half,
    Killable,
    Passing,
    UplinkHalf,
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


@dataclass(frozen=True, slots=True)
class Mode:
    """What lets a message leave the spool: sections of the unit's configuration, options of the collector."""

    name: str
    unit: dict[str, dict[str, Any]] = field(default_factory=dict)
    collector: tuple[str, ...] = ()


@pytest.fixture(params=["puback", "receipt"])
def mode(request: pytest.FixtureRequest, tmp_path: Path) -> Mode:
    return _mode(request.param, tmp_path)


def _mode(name: str, folder: Path) -> Mode:
    if name == "puback":
        return Mode(name)
    key, ring = folder / "centre.pem", folder / "collectors"
    COLLECTOR_KEY.save(key)
    enroll(ring, Member("central", COLLECTOR_KEY.public))
    return Mode(
        name,
        {
            "keys": {"collector_keys": str(ring)},
            "uplink": {"confirm": "receipt", "receipt_timeout_s": 2.0},
        },
        (f"--receipt-key={key}", "--name=central"),
    )


def test_over_made_up_passes_no_acknowledged_message_is_lost_or_doubled(
    mosquitto: Mosquitto, tmp_path: Path, mode: Mode, count: Count, publish: Publish
) -> None:
    config = write_unit(
        tmp_path / "unit", _started(mosquitto), tmp_path / "no-pictures", **mode.unit
    )
    spool = config.parent / "card/spool.db"
    spool.parent.mkdir()
    account = Account()
    found = _kill_and_compare(
        account,
        {
            "camera": lambda: Passing(spool, account, 40),
            "uplink": lambda: UplinkHalf(config, account),
        },
        config,
        mosquitto,
        mode,
        kills=count(6, 300),
        wait_s=0.4,
    )
    publish("REL-1", f"made-up passes, {mode.name}", **found)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"]) == (0, 0)


@pytest.mark.model
def test_over_pictures_no_acknowledged_message_is_lost_or_doubled(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path, count: Count, publish: Publish
) -> None:
    mode = _mode("receipt", tmp_path)
    road = stills_folder.play_to(tmp_path / "road", rounds=50)
    config = write_unit(
        tmp_path / "unit", _started(mosquitto), road, camera={"pace": "fast"}, **mode.unit
    )
    account = Account()
    found = _kill_and_compare(
        account,
        {
            "camera": lambda: Camera(config, account),
            "uplink": lambda: UplinkHalf(config, account),
        },
        config,
        mosquitto,
        mode,
        kills=count(3, 1000),
        wait_s=0.8,
    )
    publish("REL-1", "edge-alpr run over rendered pictures, receipt", **found)
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
    mode: Mode,
    *,
    kills: int,
    wait_s: float,
) -> dict[str, Any]:
    store = config.parent / "plates.db"
    feed = SpoolFeed(config.parent / "card/spool.db", count=Tally())
    to = f"sqlite:{store}"
    with RunningCollector(mosquitto.url, to, config.parent, *mode.collector) as collector:
        collector.wait_until_collecting()
        uplink = kill_in_turn(start, account, random.Random(1), kills=kills, wait_s=wait_s)
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
        "confirmed_by": mode.name,
        "seconds_from_start_to_work": {h: _spread(s) for h, s in account.back_s.items()},
        "processor_seconds_of_these": {h: _spread(s) for h, s in account.back_cpu_s.items()},
        "seconds_of_these_to_open_the_spool": _spread(account.opened_s),
    }


def _spread(seconds: list[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    ranked = sorted(seconds)
    p99 = ranked[max(0, math.ceil(0.99 * len(ranked)) - 1)]
    return {"n": len(ranked), "median": round(statistics.median(ranked), 3), "p99": round(p99, 3)}
