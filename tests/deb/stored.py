"""Shows what a collector has stored: ``stored.py [--numbers] READS.db``. Ends with 1 while there is no read.

With ``--numbers`` it shows which numbers of each boot are in, and ends with 1 if one is missing in between.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from itertools import groupby


def show_reads(store: sqlite3.Connection) -> bool:
    """One line a pass; whether there is any."""
    rows = store.execute("SELECT body, signer FROM current_passes ORDER BY rowid").fetchall()
    for body, signer in rows:
        event = json.loads(body)
        text = event["plate"]["text"]
        print(event["unit"], event["boot"], event["seq"], text, "signed by", signer)
    return bool(rows)


def show_numbers(store: sqlite3.Connection) -> bool:
    """One line a boot; whether no number is missing."""
    whole = True
    rows = store.execute("SELECT boot, seq FROM messages ORDER BY boot, seq").fetchall()
    for boot, group in groupby(rows, key=lambda row: row[0]):
        numbers = [number for _, number in group]
        missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
        print(f"boot {boot}: {numbers[0]} to {numbers[-1]}, {len(missing)} missing")
        whole = whole and not missing
    return whole


if __name__ == "__main__":
    show = show_numbers if "--numbers" in sys.argv else show_reads
    try:
        with sqlite3.connect(f"file:{sys.argv[-1]}?mode=ro", uri=True) as opened:
            sys.exit(not show(opened))
    except sqlite3.OperationalError as error:
        sys.exit(f"not yet: {error}")
