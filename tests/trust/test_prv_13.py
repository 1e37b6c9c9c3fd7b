"""PRV-13: a report can be computed from the logs again, by code that was written apart, and comes out the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.audit.recompute import recompute, recompute_public
from edge_alpr.audit.report import public_report, report
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.soak import Count, Publish

NOON = "2026-01-01T12:00:00.000Z"
EVENING = "2026-01-02T03:00:00.000Z"


def made_logs(folder: Path, seed: int) -> list[bytes]:
    """Two units and a holder."""
    made = [
        MadeLog(folder / "camera.jsonl", "o/s/u/camera", seed).unit_days(10 + seed % 20),
        MadeLog(folder / "other.jsonl", "o/s/v/camera", seed).unit_days(3 * seed % 7),
        MadeLog(folder / "holder.jsonl", "city-police/holder", seed).holder_days(
            20 + 7 * seed % 60
        ),
    ]
    return [each.path.read_bytes() for each in made]


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every figure by its path."""
    if isinstance(value, dict) and value:
        return {
            k: v for name, each in value.items() for k, v in flat(each, f"{path}/{name}").items()
        }
    return {path: value}


def test_the_numbers_are_identical(tmp_path: Path, count: Count, publish: Publish) -> None:
    tries = count(6, 100)
    different: list[str] = []
    figures, shown, hidden = 0, 0, 0
    for seed in range(tries):
        (folder := tmp_path / str(seed)).mkdir()
        logs = made_logs(folder, seed)
        for since, until in ((None, None), (NOON, EVENING), (None, NOON), (EVENING, None)):
            told = report(logs, since=since, until=until)
            again = recompute(logs, since, until)
            public, public_again = public_report(told), recompute_public(again)
            for one, other in ((told, again), (public, public_again)):
                mine, theirs = flat(one), flat(other)
                figures += len(mine)
                different += [
                    f"{seed} {path}: {mine.get(path)!r} {theirs.get(path)!r}"
                    for path in sorted({*mine, *theirs})
                    if mine.get(path) != theirs.get(path)
                ]
            values = list(flat(public).values())
            hidden += sum(values.count(word) for word in ("<5", "<10", "withheld"))
            shown += sum(type(value) is int for value in values)
    publish(
        "PRV-13",
        "report and recomputation",
        logs=3 * tries,
        reports=8 * tries,
        figures=figures,
        different=len(different),
        counts_hidden_in_public=hidden,
        counts_shown_in_public=shown,
    )
    assert different == []


def test_the_logs_are_rich_enough_for_that(tmp_path: Path) -> None:
    """The control: nothing that is always zero was compared."""
    seen: dict[str, Any] = {}
    for seed in range(6):
        (folder := tmp_path / str(seed)).mkdir()
        seen |= {
            path: value
            for path, value in flat(report(made_logs(folder, seed))).items()
            if value not in (0, None, {}, [], 0.0)
        }
    empty = {
        path
        for path in flat(report(made_logs(tmp_path, 1)))
        if not any(known == path or known.startswith(f"{path}/") for known in seen)
    }
    assert empty == {"/since", "/until"}


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"seen":', b'"seem":'), (b'"kind":"query"', b'"kind":"quiry"'), (b'"until"', b'"untie"')],
)
def test_a_report_of_other_logs_is_another_report(tmp_path: Path, old: bytes, new: bytes) -> None:
    """The other control: the comparison notices."""
    logs = made_logs(tmp_path, 45)
    changed = [data.replace(old, new, 1) for data in logs]
    assert changed != logs
    assert recompute(changed) != report(logs)


def test_no_public_figure_about_people_is_below_five(tmp_path: Path) -> None:
    for seed in range(8):
        (folder := tmp_path / str(seed)).mkdir()
        exact = report(made_logs(folder, seed))
        public = public_report(exact)
        sections = {name: public[name] for name in ("hits", "queries", "shares", "refused")}
        for path, value in flat(sections).items():
            assert not (type(value) is int and 0 < value < 5), path
        assert json.loads(json.dumps(exact)) == exact


def test_one_hidden_count_cannot_be_had_by_subtraction(tmp_path: Path) -> None:
    alone = 0
    for seed in range(8):
        (folder := tmp_path / str(seed)).mkdir()
        public = public_report(report(made_logs(folder, seed)))
        for section in ("hits", "queries", "shares", "refused"):
            for table in public[section].values():
                if isinstance(table, dict) and len(table) > 1:
                    values = list(table.values())
                    gone = values.count("<5") + values.count("withheld")
                    assert gone != 1, (section, table)
                    alone += values.count("withheld")
    assert alone > 0, "it never came to that"


@pytest.mark.parametrize("kept", [1, 2, 3, 4])
@pytest.mark.parametrize("dropped", [0, 1, 7, 15, 994])
def test_what_was_kept_does_not_follow_from_what_was_read_and_dropped(
    tmp_path: Path, kept: int, dropped: int
) -> None:
    """Each of 1 to 4 would be published the same way for some number of dropped reads."""
    exact = report(made_logs(tmp_path, 2))

    def published(kept: int, dropped: int) -> object:
        traffic = {"matched": kept, "kept": kept, "delivered": kept, "read": kept + dropped}
        counts = {**exact["traffic"], **traffic, "dropped": {"no_hit": dropped}}
        return public_report({**exact, "traffic": counts})["traffic"]

    mine = published(kept, dropped)
    for other in {1, 2, 3, 4} - {kept}:
        near = range(max(0, dropped - 10), dropped + 10)
        assert any(published(other, reads) == mine for reads in near)


def test_verdicts_do_not_follow_from_the_number_of_hits(tmp_path: Path) -> None:
    exact = report(made_logs(tmp_path, 3))
    few = {**exact["confirmation"], "confirmed": 30, "refuted": 2, "not_judged": 9}
    shown = public_report({**exact, "confirmation": few})["confirmation"]
    assert set(flat(shown).values()) == {"withheld"}
