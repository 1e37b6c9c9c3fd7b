"""Writes the transparency page: a report in its public form as one HTML file, for the residents it is about.

No script, no picture, nothing from another server: it can be kept, printed, and read on an old telephone. The same
report gives the same bytes.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from edge_alpr.audit.page_check import how_to_check
from edge_alpr.audit.page_words import (
    ENOUGH,
    LIMITS,
    MOST_SHOWN,
    NO_LOG,
    NOT_TOLD,
    OF_HOLDERS,
    STYLE,
    TABLES,
    TILES,
    UNIT,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge_alpr.audit.verify import Verdict


def page(
    report: Mapping[str, Any],
    verdicts: Sequence[Verdict],
    *,
    title: str,
    words: Mapping[str, str],
    files: Sequence[str],
) -> str:
    """The page.

    Args:
        report: in its public form.
        verdicts: what was found when the logs were verified; empty if they were not.
        title: whose cameras they are.
        words: what labels mean, for people: purposes for example.
        files: what the logs are called where they can be had.

    Raises:
        ValueError: the report is the exact one, which is not for everybody.
    """
    if report["form"] != "public":
        raise ValueError("an exact report is not for everybody")
    parts = [
        f"<header><h1>{_text(title)}</h1>{_period(report)}</header>",
        f"<main>{_tiles(report)}",
        _kept_share(report),
        *(_section(report, *section, words) for section in TABLES),
        _confirmed(report),
        _held(report),
        _rules(report, words),
        _machine(report),
        how_to_check(report, verdicts, files, title),
        _list_of("What this page can not show", LIMITS),
        "</main>",
        _footer(report),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{STYLE}</style>"
    )
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _footer(report: Mapping[str, Any]) -> str:
    return (
        f"<footer>Made by edge-alpr from {len(report['logs'])} audit logs alone ({_text(report['schema'])}, public "
        "form). No figure was entered by hand.</footer>"
    )


def _text(value: Any) -> str:
    return html.escape(str(value))


def _figure(value: Any) -> str:
    if isinstance(value, str) and value.startswith("<"):
        return f"fewer than {value[1:]}"
    return f"{value:,}" if type(value) is int else _text(value)


def _shown(value: Any) -> str:
    """A figure, or a day if it is a time."""
    if value is None:
        return "none"
    return _day(value) if isinstance(value, str) and value.endswith("Z") else _figure(value)


def _day(at: str | None) -> str:
    return "" if at is None else f'<time datetime="{_text(at)}">{_text(at[:10])}</time>'


def _period(report: Mapping[str, Any]) -> str:
    if report["first"] is None:
        return '<p class="soft">Nothing was written down in this time.</p>'
    begin, end = report["since"] or report["first"], report["until"] or report["last"]
    hours = report["traffic"]["active_hours"]
    worked = f"{hours:,.0f} hours" if hours >= 1 else "less than an hour"
    bounds = f"{_day(begin)} to {_day(end)}" if begin[:10] != end[:10] else _day(begin)
    told = f" The cameras worked for {worked} of it." if _tells(report, of_holders=False) else ""
    return f'<p class="soft">{bounds}, times in UTC.{told}</p>'


def _tells(report: Mapping[str, Any], *, of_holders: bool) -> bool:
    """Whether a log of a holder, or of a unit, is among those that were given: without it a 0 means nothing."""
    return any((UNIT.search(log["origin"]) is None) == of_holders for log in report["logs"])


def _tiles(report: Mapping[str, Any]) -> str:
    items = ""
    for tile in TILES:
        section, name = tile.path
        known = _tells(report, of_holders=section in OF_HOLDERS)
        value = _shown(report[section][name]) if known else NOT_TOLD
        items += f'<li><b>{value}</b><span class="name">{tile.name}</span><p>{tile.means}</p></li>'
    return f'<ul class="tiles">{items}</ul>'


def _kept_share(report: Mapping[str, Any]) -> str:
    seen, kept = report["traffic"]["seen"], report["traffic"]["kept"]
    if type(seen) is not int or seen < ENOUGH:
        return ""
    bound = "fewer than " if kept == "<5" else ""
    per = round(10_000 * (5 if bound else kept) / seen)
    return (
        f"<p>Of 10,000 vehicles that drove past, {bound}{per:,} had their plate kept. "
        "The others left no trace but this count.</p>"
    )


def _section(
    report: Mapping[str, Any],
    name: str,
    heading: str,
    tables: Sequence[tuple[str, str]],
    words: Mapping[str, str],
) -> str:
    section = report[name]
    if not _tells(report, of_holders=name in OF_HOLDERS):
        return f"<section><h2>{heading}</h2><p>{NO_LOG}</p></section>"
    if section["total"] == 0:
        return f"<section><h2>{heading}</h2><p>None in this time.</p></section>"
    shown = "".join(_table(caption, section[table], words) for table, caption in tables)
    more = ""
    if name == "queries":
        most = section["most_for_one_plate_by_one_person"]
        more = (
            f"<p>Different people: {_figure(section['people'])}. Different plates: {_figure(section['plates'])}. "
            f"The most searches for one plate by one person: {_figure(most)}.</p>"
        )
    return f"<section><h2>{heading}</h2>{shown}{more}</section>"


def _table(caption: str, table: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if not table:
        return ""
    most = max((value for value in table.values() if type(value) is int), default=0)
    rows = sorted(table.items(), key=lambda row: (-_size(row[1]), row[0]))
    lines = "".join(
        f'<tr><th scope="row">{_text(_named(name, words))}{_bar(value, most)}</th>'
        f'<td class="count">{_figure(value)}</td></tr>'
        for name, value in rows
    )
    return f'<div class="wide"><table><caption>{_text(caption)}</caption><tbody>{lines}</tbody></table></div>'


def _size(value: Any) -> int:
    return value if type(value) is int else 4


def _bar(value: Any, most: int) -> str:
    if type(value) is not int or not most:
        return ""
    return f'<span class="bar" style="width:{100 * value / most:.0f}%" aria-hidden="true"></span>'


def _named(name: str, words: Mapping[str, str]) -> str:
    return words.get(name, "not said" if name == "unnamed" else name.replace("_", " "))


def _confirmed(report: Mapping[str, Any]) -> str:
    told = report["confirmation"]
    heading = "<section><h2>Whether hits were right</h2>"
    if not _tells(report, of_holders=True):
        return f"{heading}<p>{NO_LOG}</p></section>"
    share = told["refuted_share"]
    wrong = f" That is {100 * share:.0f} % wrong." if isinstance(share, float) else ""
    return (
        f"{heading}<p>A named person must compare picture and plate before a hit "
        f"counts. Confirmed: {_figure(told['confirmed'])}. Wrong, by that person's word: {_figure(told['refuted'])}."
        f"{wrong} Nobody has said yet: {_figure(told['not_judged'])}.</p>"
        f"{_table('Confirmed, by list', told['confirmed_by_list'], {})}"
        f"{_table('Wrong, by list', told['refuted_by_list'], {})}"
        f"{_table('What came of confirmed hits', report['outcomes'], {})}</section>"
    )


def _held(report: Mapping[str, Any]) -> str:
    held, purged = report["held"], report["purged"]
    oldest = _day(held["oldest"]) or "none"
    told = _tells(report, of_holders=True)
    where = "" if told else " (in cameras only; holders were not asked)"
    answered = f"{_figure(report['answers']['total'])} answered" if told else NOT_TOLD
    return (
        "<section><h2>What is held, and what was deleted</h2>"
        f"<p>Held at the end of this time: {_figure(held['messages'])}, the oldest from {oldest}{where}. "
        f"Deleted because their time was over or nobody confirmed them: {_figure(purged['messages'])}.</p>"
        f"{_table('Deleted, by cause', purged['by_cause'], {})}"
        f"{_table('Keys destroyed, and with them all that was sealed to them', report['keys_destroyed'], {})}"
        f"<p>Requests of residents whether their plate is held: {answered}.</p></section>"
    )


def _rules(report: Mapping[str, Any], words: Mapping[str, str]) -> str:
    lists = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>entries: {_figure(about["entries"])}, since '
        f"{_day(about['since'])}</td></tr>"
        for name, about in report["lists"]["in_force"].items()
    )
    policies = "".join(
        f"<li>From {_day(each['since'])}: {_text(each['state'])}, <code>{_text(each['policy'])}</code></li>"
        for each in report["policies"]
    )
    shown = f"<ol>{policies}</ol>" if policies else "<p>None was named in this time.</p>"
    if len(report["policies"]) > MOST_SHOWN:
        changes = len(report["policies"])
        shown = f"<details><summary>They changed {changes} times</summary>{shown}</details>"
    table = (
        f'<div class="wide"><table><caption>Lists in force</caption><tbody>{lists}</tbody></table></div>'
        if lists
        else "<p>No list of wanted plates was in force.</p>"
    )
    return (
        "<section><h2>Under which rules</h2><p>Policies in force, by the digest that is also in every message. The "
        f"text of a policy can be asked for by it.</p>{shown}{table}"
        f"{_table('Lists that were refused', report['lists']['refused'], words)}"
        f"{_table('Entries of lists that were refused', report['lists']['entries_refused'], words)}</section>"
    )


def _machine(report: Mapping[str, Any]) -> str:
    log = report["log"]
    tamper = "".join(f'<p class="warn">{_text(what)}: {n}</p>' for what, n in log["tamper"].items())
    gaps = report["gaps"]
    return (
        "<section><h2>About the machines</h2>"
        f"<p>Software: {_text(', '.join(report['versions']['software']) or 'not named')}. Started {log['starts']} "
        f"times, of which {log['unclean_ends']} after an end without notice, such as a power cut. Messages lost: "
        f"{_figure(gaps['messages'])}. Entries of the log that could not be written: {_figure(log['missed'])}. Clock "
        f"set: {log['clock_steps']} times, by {log['largest_step_s']:g} s at most.</p>{tamper}</section>"
    )


def _list_of(heading: str, items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<section><h2>{heading}</h2><ul>{lines}</ul></section>"
