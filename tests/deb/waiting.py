"""Says how many messages wait in a spool: ``waiting.py SPOOL.db``."""

from __future__ import annotations

import sqlite3
import sys

if __name__ == "__main__":
    with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as spool:
        print(spool.execute("SELECT count(*) FROM message").fetchone()[0])
