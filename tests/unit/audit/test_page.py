"""The page for residents: whole, accessible, without a script, and with nothing in it that is not for everybody."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.audit.page import page
from edge_alpr.audit.report import public_report, report
from edge_alpr.audit.verify import read_log, verify
from fakes.keys import UNIT_KEY
from fixtures.audit_logs import MadeLog

if TYPE_CHECKING:
    from pathlib import Path

VOID = frozenset({"meta", "br", "link", "img", "hr"})


class Checker(HTMLParser):
    """Notes what is in a page, and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.fixture
def made(tmp_path: Path) -> tuple[MadeLog, MadeLog]:
    return (
        MadeLog(tmp_path / "camera.jsonl", "o/s/u/camera", 3).unit_days(40),
        MadeLog(tmp_path / "holder.jsonl", "city-police/holder", 3).holder_days(90),
    )


def exact(made: tuple[MadeLog, ...]) -> dict[str, Any]:
    return report([each.path.read_bytes() for each in made])


def written(told: dict[str, Any], title: str = "Plate readers", **words: str) -> str:
    return page(told, [], title=title, words=words, files=["camera.jsonl", "holder.jsonl"])


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    return checker


def test_a_page_is_whole_and_needs_nothing_beside_it(made: tuple[MadeLog, MadeLog]) -> None:
    text = written(public_report(exact(made)))
    checker = checked(text)
    assert text.startswith("<!doctype html>")
    for never in ("script", "img", "link", "iframe", "form", "object"):
        assert checker.tags(never) == []
    assert "http" not in text
    assert "url(" not in text


def test_a_page_can_be_read_by_those_who_do_not_see_it(made: tuple[MadeLog, MadeLog]) -> None:
    checker = checked(written(public_report(exact(made))))
    assert checker.tags("html") == [{"lang": "en"}]
    assert any("width=device-width" in str(each) for each in checker.tags("meta"))
    assert len(checker.tags("h1")) == len(checker.tags("main")) == 1
    assert len(checker.tags("table")) == len(checker.tags("caption")) > 5
    assert all(each.get("scope") == "row" for each in checker.tags("th"))
    bars = [each for each in checker.tags("span") if each.get("class") == "bar"]
    assert bars
    assert all(each.get("aria-hidden") == "true" for each in bars)


def test_the_same_report_gives_the_same_page(made: tuple[MadeLog, MadeLog]) -> None:
    assert written(public_report(exact(made))) == written(public_report(exact(made)))


def test_the_figures_that_residents_ask_for_are_in_it(made: tuple[MadeLog, MadeLog]) -> None:
    told = public_report(exact(made))
    text = checked(written(told, stolen_vehicle="a stolen vehicle")).text
    for figure in (told["traffic"]["seen"], told["hits"]["total"], told["queries"]["total"]):
        assert f"{figure:,}" in text
    for words in ("a stolen vehicle", "Shared with", "county-sheriff", "immigration status"):
        assert words in text
    assert str(told["held"]["oldest"])[:10] in text
    for log in told["logs"]:
        assert log["sha256"] in text


def test_what_was_verified_is_said(made: tuple[MadeLog, MadeLog]) -> None:
    camera, _ = made
    verdict = verify(read_log(camera.path.read_bytes()), [UNIT_KEY.public], [camera.checkpoint()])
    text = page(public_report(exact(made)), [verdict], title="t", words={}, files=["camera.jsonl"])
    assert f"{verdict.covered:,} of {verdict.entries:,} entries are signed" in text


def test_the_exact_report_is_not_for_everybody(made: tuple[MadeLog, MadeLog]) -> None:
    with pytest.raises(ValueError, match="not for everybody"):
        written(exact(made))


def test_a_name_that_is_markup_is_shown_as_it_is(made: tuple[MadeLog, MadeLog]) -> None:
    told = public_report(exact(made))
    told["hits"]["by_list"] = {"<script>alert(1)</script>": 9}
    checker = checked(written(told, title="<b>"))
    assert checker.tags("script") == []
    assert "<script>alert(1)</script>" in checker.text


def test_a_unit_that_did_nothing_has_a_page_too(tmp_path: Path) -> None:
    made = MadeLog(tmp_path / "camera.jsonl", "o/s/u/camera")
    made.log.append("stop", {})
    text = checked(written(public_report(exact((made,))))).text
    assert "None in this time." in text
    assert text.count("This page can not say") == 4, "of searches without a holder's log"
    assert "No list of wanted plates was in force." in text
    nothing = checked(written(public_report(report([])))).text
    assert "Nothing was written down in this time." in nothing


def test_a_zero_is_told_only_where_a_log_could_have_told_otherwise(
    made: tuple[MadeLog, MadeLog], tmp_path: Path
) -> None:
    camera, holder = made
    of_both = checked(written(public_report(exact(made)))).text
    assert "not told" not in of_both
    assert "can not say" not in of_both
    assert checked(written(public_report(exact((camera,))))).text.count("not told") == 4
    assert checked(written(public_report(exact((holder,))))).text.count("not told") == 5
    second = MadeLog(tmp_path / "camera.jsonl.2", "o/s/u/camera/2").unit_days(1)
    assert "can not say" in checked(written(public_report(exact((second,))))).text


def test_a_few_vehicles_are_not_called_none(made: tuple[MadeLog, MadeLog]) -> None:
    """Vehicles are told in tens: three are fewer than ten, and not 0."""
    few = {"seen": 3, "read": 3, "kept": 1, "matched": 1, "delivered": 1, "dropped": {"no_hit": 2}}
    told = exact(made)
    public = public_report({**told, "traffic": {**told["traffic"], **few}})
    assert (public["traffic"]["seen"], public["traffic"]["dropped"]) == ("<10", {"no_hit": "<10"})
    assert "fewer than 10" in checked(written(public)).text
