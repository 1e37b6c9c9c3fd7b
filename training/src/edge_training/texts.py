"""What is written on plates: national syntaxes as data, and the free texts that break them.

A pattern is written with ``@`` for a letter, ``#`` for a digit and ``{name}`` for one of `CODES`; every other letter or
digit stands for itself. Between the groups stands a gap, ``-`` (a dash), ``.`` (a dot) or ``*`` (an emblem or a
sticker). To train for another country, add its rows to `SYNTAXES`.

The syntaxes were written down from general knowledge of each country's issues: for variety, not for validation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_training.states import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_training.chance import Chance

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NO_LOOK_ALIKES = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Without I, O and Q, as many countries issue."""

CONSONANTS = "BCDFGHJKLMNPRSTVWXYZ"
CYRILLIC = "ABEKMHOPCTYX"
"""Letters that are the same in the Latin and the Cyrillic alphabet."""

LETTERS_OF_BRAZIL = LETTERS + "QQODWVYM"
"""The ones that its dies make hard to tell apart come twice."""

GREEK = "ABEZHIKMNOPTYX"

FREE_SHARE = 0.06
"""Texts of no syntax on a country's plates: the network must not be surer of a syntax than of what it sees."""

VANITY_SHARE = 0.05
"""Of the plates of a style that sells chosen texts."""

CODES: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "at": "W L G GU S SL I K KL LB BN MD TU PL WN WY VB LL FR RO GM BA ZE JO KU IM LA DO FK B BL",
        "bg": "C CA CB A B BH BP BT E EB EH H K KH M OB P PA PB PK PP CC CH CM CO CT T TX X Y",
        "ch": "AG AR AI BL BS BE FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH",
        "cz": "A B C E H J K L M P S T U Z",
        "de": "B M K F S D HH HB H L DD N HD KA MA FR A UL RO OD OS OL MI BI DO BO GI GI IN LO KI HRO "
        "ERZ GOE SLK LDK HSK BOR COE ROW STD WOB ESS NES TIR FFB EBE OAL OHZ BIR OPR LOS SPN",
        "hr": "ZG ST RI OS ZD PU KA SK SB DU VZ KC VK SI BJ OG CK GS IM KR KT MA NA PZ VU VT ZU",
        "pl": "WA WB WE WI WZ WPI WPR WOT WRA KR KRA KNT KWI DW DWR DTR GD GDA GA GKA PO PZ POB PKO SK SC "
        "SO SBI SZY LU LUB LLU BI BIA BAU EL ELW EOP ZS ZKO ZGR OP OK ON TK TKI TOS RZ RZE RJA NO NOE "
        "NEL FZ FG FSL CB CT CIN CGD",
        "ro": "AB AR AG BC BH BN BR BT BV BZ CJ CL CS CT CV DB DJ GJ GL GR HD HR IF IL IS MH MM MS NT OT PH "
        "SB SJ SM SV TL TM TR VL VN VS",
        "rs": "BG NS NI KG SU ZR PA SM VA KV UZ CA SO LE VR PI PO BO JA ZA KI",
        "si": "LJ MB CE KR KP NM GO MS SG KK PO",
        "sk": "BA BB BJ BL BN BR BS BY CA DK DS DT GA GL HC HE IL KA KE KK KM KN KS LC LE LM LV MA MI ML MT MY "
        "NM NO NR NZ PB PD PE PK PN PO PP PT PU PV RA RK RS RV SA SB SC SE SI SK SL SN SO SP SV TN TO TR "
        "TS TT TV VK VT ZA ZC ZH ZM ZV",
        "gb": "AB AE AK BD BG BK BT BX CE CN CX DA DK DY EA EJ EO EY FD FE FJ FX GB GD GJ GK GN GX HF HG HJ HN "
        "HX KC KE KM KT KV KX LA LB LC LD LF LG LJ LK LM LN LO LR LS LT LV LX MA MF MJ MK MM MV MX NA NG "
        "NH NJ NK NL NU NV NX OE OU OV OW OX OY PE PJ PK PL PN PO RA RE RF RJ RK RO RV RX SA SB SC SD SF "
        "SG SH SJ SK SL SM SN ST VA VE VK VN VO VU VX WA WD WF WG WJ WK WL WM WN WO WP WR WU WV WX YA YB "
        "YC YD YE YF YG YH YJ YK YL YM YN YO YP YR YS YT YX",
        "in": "AP AR AS BR CG CH DD DL GA GJ HP HR JH JK KA KL MH ML MN MP MZ NL OD OR PB PY RJ SK TN TR TS UK "
        "UP WB",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Syntax:
    """One country's way of writing a plate, in one plate style."""

    style: str
    country: str
    pattern: str
    letters: str = LETTERS
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PlateText:
    """The groups of characters from left to right, and what stands between them."""

    groups: tuple[str, ...]
    separators: tuple[str, ...]
    national: bool
    """Whether a syntax decides between O and 0, I and 1."""

    region: str = ""
    """A label of `regions`; empty where nothing is known."""

    @property
    def text(self) -> str:
        return "".join(self.groups)


def _rows(
    style: str, country: str, patterns: str, letters: str = LETTERS, weight: float = 1.0
) -> list[Syntax]:
    """Several patterns of one country, divided by ``|``; together they weigh ``weight``."""
    parts = patterns.split("|")
    return [Syntax(style, country, part, letters, weight / len(parts)) for part in parts]


OTHER_US = (
    "@@@####|#@@@###|###@@@|@@@###|@######|@@#####|######|#####|@#####|####@@|@@####|#@#####|@@@@###|@ #####|"
    "@@*#####|@###*###|@@-#####|#####@@|#@@####|@@@##"
)
"""Lorries, trailers, special issues: of any state."""

SYNTAXES: tuple[Syntax, ...] = (
    *(
        Syntax("us", f"us-{state.code}", pattern, letters, state.weight / len(state.patterns))
        for state in STATES
        for pattern in state.patterns
        for letters in (LETTERS, NO_LOOK_ALIKES)
    ),
    *_rows("us", "us", OTHER_US, weight=16.0),
    *_rows("us", "ca", "@@@@ ###|@@@ ###|###@@@|@@@-####|@@ ####", weight=5.0),
    *_rows("us", "mx", "@@@-##-##|@@@-###-@|@@-##-###|@##-@@@", weight=3.0),
    *_rows("eu", "al", "@@ ###@@", NO_LOOK_ALIKES),
    *_rows("eu", "at", "{at}*####@|{at}*###@@|{at}*#####@|{at}*#@@@"),
    *_rows("eu", "ba", "@##-@-###|###-@-###"),
    *_rows("eu", "be", "#-@@@-###|@@@-###|###-@@@"),
    *_rows("eu", "bg", "{bg} #### @@|{bg}####@@", CYRILLIC),
    *_rows("eu", "by", "#### @@-#", CYRILLIC),
    *_rows("eu", "ch", "{ch}*######|{ch}*#####|{ch}.### ###|{ch}.####"),
    *_rows("eu", "cy", "@@@ ###", GREEK),
    *_rows("eu", "cz", "#{cz}# ####|#{cz}#*####|#{cz}@*####"),
    *_rows(
        "eu",
        "de",
        "{de}*@@ ###|{de}*@ ####|{de}*@ ###|{de}*@@ ##|{de}*@@ ####|{de} @@ ###|{de}-@ ###",
    ),
    *_rows("eu", "dk", "@@ ## ###|@@ #####", NO_LOOK_ALIKES),
    *_rows("eu", "ee", "### @@@", NO_LOOK_ALIKES),
    *_rows("eu", "es", "#### @@@", CONSONANTS),
    *_rows("eu", "es", "@-#### @@|@@-####-@|@ #### @@"),
    *_rows("eu", "fi", "@@@-###|@@-###|@@@-##"),
    *_rows("eu", "fr", "@@-###-@@", "ABCDEFGHJKLMNPQRSTVWXYZ"),
    *_rows("eu", "fr", "#### @@ ##|### @@@ ##|### @@ ##"),
    *_rows("eu", "ge", "@@-###-@@|@@@-###"),
    *_rows("eu", "gr", "@@@-####|@@@ ####", GREEK),
    *_rows("eu", "hr", "{hr}*####-@@|{hr}*###-@@|{hr}*####-@"),
    *_rows("eu", "hu", "@@@-###|@@@*###|@@ @@-###"),
    *_rows("eu", "ie", "##-@-#####|##-@@-####|###-@-####|##-@-####|###-@@-###"),
    *_rows("eu", "is", "@@*###|@@*@##"),
    *_rows("eu", "it", "@@ ###@@|@@*###@@", "ABCDEFGHJKLMNPRSTVWXYZ"),
    *_rows("eu", "li", "FL*#####|FL*####"),
    *_rows("eu", "lt", "@@@ ###|@@@*###", NO_LOOK_ALIKES),
    *_rows("eu", "lu", "@@ ####|#####|####"),
    *_rows("eu", "lv", "@@-####|@@-###|@@-##"),
    *_rows("eu", "md", "@@@ ###|@ @@ ###"),
    *_rows("eu", "me", "@@ @@###|@@*@@###"),
    *_rows("eu", "mk", "@@ ####-@@|@@*####@@|@@ ###-@@"),
    *_rows("eu", "mt", "@@@ ###"),
    *_rows(
        "eu", "nl", "##-@@-@@|##-@@@-#|#-@@@-##|@@-###-@|@-###-@@|@@-@@-##|@@-##-@@", CONSONANTS
    ),
    *_rows("eu", "no", "@@ #####", NO_LOOK_ALIKES),
    *_rows(
        "eu", "pl", "{pl} #####|{pl} ####@|{pl} ###@@|{pl}*#@###|{pl}*##@@|{pl} @###|{pl}*#####"
    ),
    *_rows("eu", "pt", "##-##-@@|##-@@-##|@@-##-##|@@ ## @@"),
    *_rows("eu", "ro", "{ro} ## @@@|B ### @@@|B ## @@@|{ro} ######"),
    *_rows("eu", "rs", "{rs}*###-@@|{rs}*####-@@|{rs} ###-@@"),
    *_rows("eu", "ru", "@###@@ ##|@###@@ ###|@ ### @@ ##", CYRILLIC),
    *_rows("eu", "se", "@@@ ###|@@@*###|@@@ ##@", "ABCDEFGHJKLMNOPRSTUWXYZ"),
    *_rows("eu", "si", "{si}*@@-###|{si}*##-@@@|{si}*@#-###|{si}*###-@@"),
    *_rows("eu", "sk", "{sk}*###@@|{sk}-###@@|{sk} ###@@|{sk}*###@@|AA*###@@"),
    *_rows("eu", "tr", "## @@@ ###|## @@ ###|## @ ####|## @@@ ##|## @@ ####"),
    *_rows("eu", "ua", "@@ #### @@", CYRILLIC),
    *_rows("uk", "gb", "{gb}## @@@|{gb}## @@@|{gb}##@@@", "ABCDEFGHJKLMNOPRSTUVWXYZ"),
    *_rows("uk", "gb", "@### @@@|@## @@@|@@@ ###@|@@@ ##@|@@@ ###|### @@@|@@@ ####"),
    *_rows("uk", "au", "@@@ ###|### @@@|@@@ ##@|#@@ #@@|@@ ## @@"),
    *_rows("uk", "pk", "@@@ ###|@@@-###|@@ ####|@@@ ####|@@@ ##"),
    *_rows("uk", "my", "@@@ ####|@@@####|@@ ####|@@@ ###"),
    *_rows("br", "br", "@@@-####|@@@ ####|@@@.####|@@@-####", LETTERS_OF_BRAZIL, weight=2.5),
    *_rows("br", "br", "@@@#@##|@@@#@##|@@@ #@##", LETTERS_OF_BRAZIL, weight=1.5),
    *_rows("br", "ar", "@@ ### @@|@@@ ###|@@@*###"),
    *_rows(
        "in",
        "in",
        "{in} ## @@ ####|{in} ## @ ####|{in}##@@####|{in}## @@ ####|{in}-##-@@-####|{in} #@@@ ####",
    ),
    *_rows("in", "ae", "@ #####|#####|## #####"),
)

STYLES: Mapping[str, float] = {"us": 0.34, "eu": 0.31, "uk": 0.06, "br": 0.24, "in": 0.05}
"""Share of each plate style in the rendered samples."""

VANITY_STYLES = ("us", "uk", "in")

_TOKEN = re.compile(r"\{(\w+)\}|([ \-.*])|(.)")


def choose_text(chance: Chance, style: str) -> PlateText:
    """A text for a plate of ``style`` (a key of `STYLES`)."""
    rows = [syntax for syntax in SYNTAXES if syntax.style == style]
    syntax = chance.pick_weighted(rows, [row.weight for row in rows])
    if chance.happens(FREE_SHARE):
        return replace(free_text(chance), region=syntax.country)
    if style in VANITY_STYLES and chance.happens(VANITY_SHARE):
        return replace(vanity_text(chance), region=syntax.country)
    return fill(chance, syntax)


def fill(chance: Chance, syntax: Syntax) -> PlateText:
    """One text of a syntax."""
    groups, separators = [""], []
    for code, separator, character in _TOKEN.findall(syntax.pattern):
        if separator:
            separators.append(separator)
            groups.append("")
        elif code:
            groups[-1] += chance.pick(CODES[code])
        else:
            choices = {"@": syntax.letters, "#": DIGITS}.get(character, character)
            groups[-1] += chance.pick(choices)
    return PlateText(tuple(groups), tuple(separators), national=True, region=syntax.country)


def free_text(chance: Chance) -> PlateText:
    """4 to 8 letters and digits in any order, sometimes in two groups."""
    text = "".join(chance.pick(chance.pick((LETTERS, DIGITS))) for _ in range(chance.whole(4, 8)))
    if chance.happens(0.6):
        return PlateText((text,), (), national=False)
    cut = chance.whole(1, len(text) - 1)
    return PlateText((text[:cut], text[cut:]), (" ",), national=False)


def vanity_text(chance: Chance) -> PlateText:
    """3 to 7 letters that could be said aloud, sometimes with a figure."""
    text = "".join(
        chance.pick("AEIOUY" if chance.happens(0.45) else LETTERS)
        for _ in range(chance.whole(3, 7))
    )
    if len(text) < 7 and chance.happens(0.3):
        text += chance.pick(DIGITS)
    return PlateText((text,), (), national=False)
