"""PRV-1 and PRV-14: of vehicles that nobody looks for nothing is left anywhere; no plate at all is in a log or a topic.

Sightings are injected after the vote, and the pictures that the camera shows are read as ever. Then every writable
byte is searched: of the unit as it ended, of a copy made while it ran, of the broker. The list names a few of the
injected, so that the spool and the broker are in use; they must be found, or the search would prove nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.mosquitto import Mosquitto, find_mosquitto
from fixtures.policies import hits_as_tests, signed_for
from fixtures.searching import finds
from trust.planted import MARK, planted
from trust.planted_unit import Traces, bodies, run_over_planted, topics

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.recordings import Stills
    from fixtures.soak import Count, Publish

pytestmark = [pytest.mark.broker, pytest.mark.model]

SEED = 1
WANTED = ("EXTRA1X", "EXTRA2X", "EXTRA3X")
"""On the list, and injected in place of planted ones now and then (`trust.injected`)."""


def searched(traces: Traces) -> dict[str, bytes]:
    """Everything that a thief of the unit and of the broker would hold, by name."""
    return {"card": traces.card, "copy while running": traces.killed, "broker": traces.broker}


def test_what_nobody_looks_for_is_written_nowhere(
    mosquitto: Mosquitto,
    stills_folder: Stills,
    tmp_path: Path,
    count: Count,
    publish: Publish,
) -> None:
    mosquitto.start()
    sightings, rounds = count(2000, 100_000), count(3, 125)
    wanted = tmp_path / "wanted.csv"
    wanted.write_text("\n".join(WANTED) + "\n", encoding="utf-8")
    policy = signed_for(tmp_path / "policy", hits_as_tests(tmp_path))
    traces = run_over_planted(
        tmp_path,
        mosquitto,
        stills_folder,
        sightings=sightings,
        rounds=rounds,
        seed=SEED,
        wanted=WANTED,
        collected=False,
        policy={**policy, "hotlist_file": str(wanted), "send_images": True, "send_unread": True},
    )
    found = {
        where: finds(content, [MARK, *stills_folder.texts])
        for where, content in searched(traces).items()
    }
    kept = finds(traces.card, WANTED)["ascii"]
    publish(
        "PRV-1",
        "only hits are kept",
        injected=sightings,
        passes_from_pixels=traces.counts["passes.read"],
        dropped=traces.counts["delivery.dropped_non_hit"],
        bytes_searched=sum(map(len, searched(traces).values())),
        finds=sum(sum(each.values()) for each in found.values()),
        finds_of_the_few_on_the_list=kept,
        paths_written_elsewhere=len(traces.elsewhere),
    )
    assert traces.counts["delivery.dropped_non_hit"] >= sightings
    assert traces.counts["passes.read"] >= rounds * len(stills_folder.texts) * 0.9
    assert found == {where: {} for where in found}
    assert kept > 0, "the search would not find what is there"
    assert traces.elsewhere == []


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, stills_folder: Stills) -> Traces:
    """A run under a bench policy, which lets every plate out, to a collector."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    folder = tmp_path_factory.mktemp("bench")
    broker = Mosquitto(folder / "broker")
    broker.start()
    try:
        return run_over_planted(folder, broker, stills_folder, sightings=200, rounds=2, seed=SEED)
    finally:
        broker.kill()


def test_control_under_a_bench_policy_every_plate_is_found(
    mosquitto: Mosquitto, stills_folder: Stills, tmp_path: Path, publish: Publish
) -> None:
    mosquitto.start()
    traces = run_over_planted(
        tmp_path, mosquitto, stills_folder, sightings=200, rounds=1, seed=SEED, collected=False
    )
    found = finds(traces.card, [MARK, *stills_folder.texts])
    publish("PRV-1", "control: a bench policy", injected=200, finds=sum(found.values()))
    assert [text for text in planted(SEED, 200) if text.encode() not in traces.card] == []
    assert [text for text in stills_folder.texts if text.encode() not in traces.card] == []


def test_no_plate_is_in_a_log_a_topic_or_a_metric(
    bench: Traces, stills_folder: Stills, publish: Publish
) -> None:
    """At level debug, of units and collectors through which every plate goes."""
    places = {
        "unit's output": bench.said,
        "collector's output": bench.collector_said,
        "collector's metrics": bench.metrics,
        "topics and properties": topics(bench),
        "health, status and info": bodies(bench, "health", "status", "info"),
        "broker's log": bench.broker_log,
    }
    plates = [MARK, *stills_folder.texts]
    found = {where: finds(content, plates) for where, content in places.items()}
    through = finds(bodies(bench, "read"), [MARK])["ascii"]
    publish(
        "PRV-14",
        "a run at level debug",
        plates_that_went_through=through,
        bytes_searched=sum(map(len, places.values())),
        finds=sum(sum(each.values()) for each in found.values()),
    )
    assert all(places.values()), "a place without a word proves nothing"
    assert found == {where: {} for where in places}
    assert through >= 200, "the control: the same search finds them in the events"
    assert finds(bench.store, [MARK])["ascii"] >= 200
