"""This file lays out ``--help``: sentences are wrapped, a block of lines such as the examples stays as it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class HelpText(argparse.HelpFormatter):
    """For argparse's ``formatter_class``."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "".join(indent + line for line in text.splitlines(keepends=True))
        return super()._fill_text(text, width, indent)


def examples(*lines: str) -> str:
    """For ``epilog``: what can be typed as it stands."""
    return "\n".join(("examples:", *(f"  {line}" for line in lines)))


def add_action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    words: str,
    *,
    more: str = "",
    shown: str,
) -> argparse.ArgumentParser:
    """A verb below a command: ``words`` for the list of verbs, ``more`` after them in its own help, and those lines of
    ``shown`` that use it as its examples."""
    lines = (line.strip() for line in shown.splitlines() if f" {name} " in line)
    parser = actions.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}. {more}".strip(),
        epilog=examples(*lines),
        formatter_class=HelpText,
    )
    parser.set_defaults(run=run)
    return parser
