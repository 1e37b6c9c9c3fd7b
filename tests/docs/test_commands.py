"""What the documents tell people to type: every command and option in them exists, every command is in the README."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from edge_alpr.cli import VERBS, build_parser

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "systemd/*", "models/*.md", "seeds/*.md")
    for path in ROOT.glob(pattern)
    if path.is_file()
)
_FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]*\bedge-alpr [^`\n]*)`")
_START = re.compile(r"^ExecStart=(.*)$", re.MULTILINE)
_MAKE = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)


def parsers() -> dict[str, argparse.ArgumentParser]:
    (commands,) = [
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(commands.choices)


def words_after_program(line: str) -> list[str]:
    """The arguments of ``edge-alpr`` in a line of shell, up to a pipe or ``>``; empty if it is not in it."""
    words = shlex.split(line, comments=True)
    for number, word in enumerate(words):
        is_user = number > 0 and words[number - 1] == "-u"  # sudo -u edge-alpr edge-alpr ...
        if word.rpartition("/")[2] == "edge-alpr" and not is_user:
            rest = words[number + 1 :]
            ends = [n for n, each in enumerate(rest) if each in {"|", ">", "&&", ";"}]
            return rest[: ends[0]] if ends else rest
    return []


def whole_commands() -> list[tuple[str, list[str]]]:
    """What stands in the documents as something to type as it is."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = [block.replace("\\\n", " ") for block in _FENCE.findall(text)]  # continued lines
        lines = [line for block in blocks for line in block.splitlines()]
        place = str(page.relative_to(ROOT))
        found += [(place, words_after_program(line)) for line in lines + _START.findall(text)]
    for verb, parser in parsers().items():
        examples = re.findall(r"^ *(edge-alpr .*?)$", _epilog(parser), re.MULTILINE)
        found += [(f"edge-alpr {verb} --help", words_after_program(line)) for line in examples]
    return [(place, words) for place, words in found if words]


def _epilog(parser: argparse.ArgumentParser) -> str:
    return parser.epilog or ""


def mentions() -> list[tuple[str, str]]:
    """What stands in running text, with placeholders in it."""
    return [
        (str(page.relative_to(ROOT)), words)
        for page in PAGES
        for words in _INLINE.findall(page.read_text(encoding="utf-8"))
    ]


def test_the_documents_were_found() -> None:
    """The control: a pattern that finds nothing would make every test below pass."""
    places = {place for place, _ in whole_commands()}
    assert places >= {
        "README.md",
        "systemd/README.md",
        "systemd/edge-alpr-camera.service",
        "edge-alpr read --help",
        "edge-alpr collect --help",
    }
    assert mentions()


@pytest.mark.parametrize(("place", "words"), whole_commands())
def test_a_command_in_a_document_can_be_typed(place: str, words: list[str]) -> None:
    try:
        build_parser().parse_args(words)
    except SystemExit as ended:
        assert ended.code == 0, f"{place}: edge-alpr {' '.join(words)}"


@pytest.mark.parametrize(("place", "words"), mentions())
def test_a_command_named_in_a_sentence_exists_with_its_options(place: str, words: str) -> None:
    verb, *rest = re.split(r"[\s=|\[\]]+", words.split("edge-alpr ", 1)[1])
    if verb.isupper():  # COMMAND
        return
    if verb.startswith("-"):
        known = build_parser()._option_string_actions
        rest = [verb]
    else:
        assert verb in VERBS, f"{place}: {words}"
        known = parsers()[verb]._option_string_actions
    unknown = [
        word for word in rest if word.startswith("-") and len(word) > 1 and word not in known
    ]
    assert unknown == [], f"{place}: {words}"


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_is_in_the_readme(verb: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"edge-alpr {verb} " in text or f"make {verb} " in text


def test_every_verb_of_make_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        (str(page.relative_to(ROOT)), verb)
        for page in PAGES
        for verb in _MAKE.findall(page.read_text(encoding="utf-8"))
    }
    assert named
    assert {each for each in named if each[1] not in known} == set()
