"""This file lays out ``--help``: sentences are wrapped, a block of lines such as the examples stays as it is."""

from __future__ import annotations

import argparse


class HelpText(argparse.HelpFormatter):
    """For argparse's ``formatter_class``."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "".join(indent + line for line in text.splitlines(keepends=True))
        return super()._fill_text(text, width, indent)


def examples(*lines: str) -> str:
    """For ``epilog``: what can be typed as it stands."""
    return "\n".join(("examples:", *(f"  {line}" for line in lines)))
