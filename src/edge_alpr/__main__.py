"""This file makes ``python -m edge_alpr`` the same as ``edge-alpr``."""

from __future__ import annotations

import sys

from edge_alpr.cli import main

if __name__ == "__main__":
    sys.exit(main())
