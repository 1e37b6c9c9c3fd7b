"""Computes the report a second time, as docs/audit.md defines it: a question to all entries for every figure.

Written from that page and not from `report`, with which it shares the parsing of JSON and nothing else: if the two
differ, one of them, or the page, is wrong (PRV-13).
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Any

from edge_alpr.audit.table import Table
from edge_alpr.message.document import parse_document


def recompute(
    files: list[bytes], since: str | None = None, until: str | None = None
) -> dict[str, Any]:
    """The exact report over several logs.

    Raises:
        MessageError: one holds something that is no JSON.
    """
    logs = [[parse_document(line) for line in file.splitlines()] for file in files]
    names = [str(log[0]["facts"].get("origin", "")) if log else "" for log in logs]
    chosen = [
        [
            entry
            for entry in log
            if (since or "") <= entry["at"] and not (until and entry["at"] >= until)
        ]
        for log in logs
    ]
    rows = [
        {
            **entry["facts"],
            "@kind": entry["kind"],
            "@at": entry["at"],
            "@log": name,
            "@n": entry["n"],
        }
        for name, log in zip(names, chosen, strict=True)
        for entry in log
    ]
    rows.sort(key=lambda row: (row["@at"], row["@log"], row["@n"]))
    about = [
        {
            "origin": name,
            "entries": len(log),
            "counted": len(inside),
            "sha256": hashlib.sha256(file).hexdigest(),
        }
        for name, log, inside, file in zip(names, logs, chosen, files, strict=True)
    ]
    times = [row["@at"] for row in rows]
    head = {
        "schema": "audit.report/1.0",
        "form": "exact",
        "since": since,
        "until": until,
        "first": min(times, default=None),
        "last": max(times, default=None),
        "logs": sorted(about, key=lambda one: (one["origin"], one["sha256"])),
    }
    table = Table(rows)
    return {**head, **_of_a_unit(table), **_of_a_holder(table), **_of_the_log(table)}


def recompute_public(exact: dict[str, Any]) -> dict[str, Any]:
    """The form for everybody: in nine sections no count from 1 to 4, nor a sum that one would follow from."""
    shown: dict[str, Any] = json.loads(json.dumps(exact))
    shown["form"] = "public"
    people = ["hits", "confirmation", "outcomes", "queries", "shares", "opened", "refused"]
    people += ["answers", "purged"]
    tables = [shown[name] for name in people]
    tables += [inner for table in tables for inner in table.values() if isinstance(inner, dict)]
    verdicts = shown["confirmation"]
    for table in [shown["outcomes"], *tables[len(people) :]]:
        small = [name for name, amount in table.items() if amount < 5]
        large = sorted((amount, name) for name, amount in table.items() if amount >= 5)
        if len(small) == 1 and large:
            table[large[0][1]] = "withheld"
    if {1, 2, 3, 4} & {verdicts[name] for name in ("confirmed", "refuted", "not_judged")}:
        for table in (verdicts, verdicts["confirmed_by_list"], verdicts["refuted_by_list"]):
            for name, value in table.items():
                table[name] = value if isinstance(value, dict) else "withheld"
    for table in tables:
        for name, amount in table.items():
            if type(amount) is int and 1 <= amount <= 4:
                table[name] = "<5"
    traffic = shown["traffic"]
    for name in ("matched", "kept"):
        traffic[name] = "<5" if 1 <= traffic[name] <= 4 else traffic[name]
    for table, names in ((traffic, ("seen", "read", "delivered")), (traffic["dropped"], None)):
        for name in names or list(table):
            low = table[name] - table[name] % 10
            near = low + 10 if table[name] - low >= 5 else low
            table[name] = "<10" if table[name] in range(1, 10) else near
    return shown


def _of_a_unit(table: Table) -> dict[str, Any]:
    counts = table.of("counts")
    told = table.of("hit")
    gone = table.of("withdrawn").values("event")
    named, nameless = told.has("event").last_by("event"), told.where(lambda row: "event" not in row)
    stand = Table([*named.rows, *nameless.rows]).where(lambda row: row.get("event") not in gone)
    real = stand.where(lambda row: row.get("test") is not True)
    judged = table.of("confirm", "refute").last_by("event")
    refuted = len(judged.of("refute"))
    lists = {row["event"]: row["list"] for row in named.rows if "list" in row}
    by_list = Table(
        {"@kind": row["@kind"], "list": lists.get(row["event"], row.get("list", "unnamed"))}
        for row in judged.rows
    )
    said_held = counts.has("held").last_by("@log")
    purges = table.of("purge")
    policies = [
        {"since": row["@at"], "policy": row["policy"], "state": row["state"]}
        for row in table.of("policy").rows
    ]
    changed = [
        now
        for before, now in zip([None, *policies], policies, strict=False)
        if before is None or (before["policy"], before["state"]) != (now["policy"], now["state"])
    ]
    accepted = table.of("list_accepted")
    return {
        "traffic": {
            "seen": counts.sum("seen"),
            "read": counts.sum("read"),
            "matched": counts.sum("matched"),
            "kept": counts.sum("kept"),
            "delivered": counts.sum("delivered"),
            "dropped": counts.merge("dropped"),
            "active_hours": round(counts.sum("active_s") / 3600, 1),
        },
        "hits": {
            "total": len(real),
            "tests": len(stand) - len(real),
            "withdrawn": len(gone),
            "by_purpose": real.group("purpose"),
            "by_list": real.group("list"),
            "by_class": real.group("class"),
        },
        "confirmation": {
            "confirmed": len(judged) - refuted,
            "refuted": refuted,
            "not_judged": len(
                real.where(lambda row: row.get("event") not in judged.values("event"))
            ),
            "refuted_share": round(refuted / len(judged), 4) if len(judged) else None,
            "confirmed_by_list": by_list.of("confirm").group("list"),
            "refuted_by_list": by_list.of("refute").group("list"),
        },
        "purged": {
            "messages": purges.sum("messages"),
            "by_cause": purges.group("cause", lambda row: row["messages"]),
            "by_class": purges.group("class", lambda row: row["messages"]),
        },
        "held": {
            "messages": said_held.sum("held"),
            "oldest": min(said_held.values("oldest"), default=None),
        },
        "gaps": {
            "messages": table.of("gap").sum("messages"),
            "of_unknown_size": len(table.of("gap").where(lambda row: "messages" not in row)),
        },
        "keys_destroyed": table.of("key_destroyed").group("class"),
        "lists": {
            "accepted": len(accepted),
            "refused": table.of("list_refused").group("reason"),
            "entries_refused": table.of("list_accepted", "list_refused").merge("refused"),
            "in_force": {
                row["list"]: {
                    "entries": row["entries"],
                    "version": row.get("version"),
                    "since": row["@at"],
                }
                for row in sorted(accepted.last_by("list").rows, key=lambda row: str(row["list"]))
            },
        },
        "policies": changed,
        "policies_refused": table.of("policy_refused").group("reason"),
        "commands_refused": table.of("command_refused").group("reason"),
    }


def _of_a_holder(table: Table) -> dict[str, Any]:
    queries, shares = table.of("query"), table.of("share")
    opened, refused, answers = table.of("open"), table.of("refused"), table.of("answer")
    who_and_whom = [(row["person"], row["subject"]) for row in queries.rows]
    return {
        "outcomes": table.of("outcome").last_by("event").group("outcome"),
        "queries": {
            "total": len(queries),
            "found": queries.sum("found"),
            "by_purpose": queries.group("purpose"),
            "by_organisation": queries.group("organisation"),
            "people": len(queries.values("person")),
            "plates": len(queries.values("subject")),
            "most_for_one_plate_by_one_person": max(
                map(who_and_whom.count, who_and_whom), default=0
            ),
        },
        "shares": {
            "total": len(shares),
            "items": shares.sum("items"),
            **{f"by_{name}": shares.group(name) for name in ("recipient", "party", "purpose")},
        },
        "opened": {"total": len(opened), "items": opened.sum("items")},
        "refused": {
            "total": len(refused),
            **{
                f"by_{name}": refused.group(name)
                for name in ("action", "reason", "purpose", "organisation")
            },
        },
        "answers": {
            "total": len(answers),
            "held": len(answers.where(lambda row: row["held"] is True)),
        },
    }


def _of_the_log(table: Table) -> dict[str, Any]:
    starts = table.of("start")
    models = {name for row in starts.has("models").rows for name in row["models"]}
    steps = [abs(row["offset_s"]) for row in table.of("clock").rows]
    unclean = 0
    for log in starts.values("@log"):
        turns = table.of("start", "stop").where(lambda row, log=log: row["@log"] == log)  # type: ignore[misc]
        kinds = [row["@kind"] for row in turns.rows]
        unclean += sum(pair == ("start", "start") for pair in pairwise(kinds))
    return {
        "versions": {
            "software": sorted(starts.values("software")),
            "models": {
                name: sorted(
                    {
                        row["models"][name]
                        for row in starts.has("models").rows
                        if name in row["models"]
                    }
                )
                for name in sorted(models)
            },
        },
        "log": {
            "starts": len(starts),
            "stops": len(table.of("stop")),
            "unclean_ends": unclean,
            "repairs": len(table.of("repair")),
            "missed": table.of("missed").sum("entries"),
            "tamper": table.of("tamper").group("what"),
            "clock_steps": len(steps),
            "largest_step_s": max(steps, default=0.0),
        },
    }
