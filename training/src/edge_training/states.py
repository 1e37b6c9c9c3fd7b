"""What the plates of the United States say: each state's name, mottos and serial formats as data.

Patterns are written as in `texts`. They were written down from general knowledge of recent issues: for variety, not
for validation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One state, district or territory."""

    code: str
    """As in ISO 3166-2, lower case, without ``us-``."""

    name: str
    motto: str
    patterns: tuple[str, ...]
    weight: float
    """The populous ones come more often."""


_POPULOUS = "az ca fl ga il in ma md mi mo nc nj ny oh pa tn tx va wa wi"

_ROWS = """
al|Alabama|Heart of Dixie|##@##@#/#@####@/##@####/#@##@##
ak|Alaska|The Last Frontier|@@@ ###/@@@###
ar|Arkansas|The Natural State|### @@@/@@@ ##@/@@@*##@
as|American Samoa|Motu o Fiafiaga|####/#####
az|Arizona|Grand Canyon State|@@@####/@#@ ##@/@@@ #@#/###*@@@
ca|California|dmv.ca.gov|#@@@###/#@@@###/#@#####/@######
co|Colorado|Colorful|@@@-###/###-@@@/@@@*@##/###*@@@
ct|Connecticut|Constitution State|@@*#####/###*@@@/@@@-####/#@@@@#
dc|Washington, DC|Taxation Without Representation|@@ ####/@@*####/@@-####
de|Delaware|The First State|######/#####/####/######
fl|Florida|Sunshine State|@##*#@@/@@@*@##/###*@@@/@##*##@/@@@@##
ga|Georgia|Peach State|@@@####/@@@*####/###*@@@/@@@ ####
gu|Guam|Tano Y Chamorro|@@ ####/@@*####
hi|Hawaii|Aloha State|@@@*###/@@@ ###
ia|Iowa|The Hawkeye State|### @@@/@@@ ###/###*@@@
id|Idaho|Famous Potatoes|#@ #####/#@*#@###/@ ######/#@*####/#@ @####
il|Illinois|Land of Lincoln|@@ #####/@## ####/### ####/@### ###/@@ ####/####@@
in|Indiana|Crossroads of America|###@@/###@@@/##@####/##@#####/@@@###
ks|Kansas|The Sunflower State|###*@@@/###@@@/#### @@@/@@@*###
ky|Kentucky|Bluegrass State|###*@@@/### @@@/@#@###/@@@ ###
la|Louisiana|Sportsman's Paradise|###*@@@/@@@*###/### @@@
ma|Massachusetts|The Spirit of America|###@@#/#@@@##/####@@/#@@ @##/@@## @@/##@@##/### @@#
md|Maryland|maryland.gov|#@@####/#@@*####/@@@*###/##@ ###/#@@ ##@
me|Maine|Vacationland|####*@@/#### @@/###*@@@/##@*@##
mi|Michigan|Great Lakes|@@@ ####/#@@ @##/@@@ @##/@@@*####
mn|Minnesota|10,000 lakes|###*@@@/@@@*###/###-@@@/@@@-###
mo|Missouri|Show-Me State|@@#*@#@/##@*@##/@@# @#@/###*@@@/###-@@@
mp|Northern Marianas|Hafa Adai|@@@ ###/@@@*###
ms|Mississippi|Hospitality State|@@@ ###/@@@*###/@@@ ####/@@#*###
mt|Montana|Big Sky Country|##-####@/#-####@/#-#####@/@@@*###/##*####
nc|North Carolina|First in Flight|@@@-####/@@@*####/@@@-###
nd|North Dakota|Peace Garden State|###*@@@/### @@@/@@@ ###
ne|Nebraska|nebraska.gov|@@@*###/@@@ ###/##-@###/#-@####/##*@###
nh|New Hampshire|Live Free or Die|###*####/### ####/###*###/#######
nj|New Jersey|Garden State|@##-@@@/@##*@@@/@@@-##@/@@@*##@/@@@-###
nm|New Mexico|Land of Enchantment|###-@@@/###*@@@/@@@*###/@@@ @##/### @@@
nv|Nevada|Silver State|###*@@@/##@*###/###-@@@/## @###/###@##
ny|New York|Empire State|@@@-####/@@@*####/@@@ ####/@@@ ###
oh|Ohio|Birthplace of Aviation|@@@ ####/@@@####/@@@*####/@@##@@/@@@ ###
ok|Oklahoma|Native America|@@@-###/###*@@@/###-@@@/@@@*###
or|Oregon|Pacific Wonderland|###*@@@/@@@*###/### @@@/###@@@
pa|Pennsylvania|visitPA.com|@@@-####/@@@*####/@@@ ####/@@@####
pr|Puerto Rico|Isla del Encanto|@@@-###/@@@*###/@@@ ###
ri|Rhode Island|Ocean State|@@-###/######/### ###/#####/@@ ###/###*###
sc|South Carolina|Smiling Faces|###*@@@/@@@ ###/### @@@/@@@*###/####*@@
sd|South Dakota|Great Faces Great Places|#@@ ###/##@ ###/#@#*###/##@@##/##@*###
tn|Tennessee|Volunteer State|@##-##@/@@@ ###/###*@@@/@##*##@/@@@ ####/###-@@@
tx|Texas|The Lone Star State|@@@-####/@@@*####/###*@@@/@@#*@###/@##*@@@/@@@ ##@
ut|Utah|Greatest Snow on Earth|@##*#@@/###*@@@/@#@*#@@/@@@ ###/### @@@
va|Virginia|Virginia is for Lovers|@@@-####/@@@ ####/@@@-###/###-@@@/@@@*###
vi|Virgin Islands|America's Caribbean|@@@ ###/@@@*###
vt|Vermont|Green Mountain State|@@@*###/@@@ ###/###@###
wa|Washington|Evergreen State|@@@####/###*@@@/###-@@@/@@@*###/@@@####
wi|Wisconsin|America's Dairyland|###-@@@/@@@-####/@@@*###/@##-##@/###*@@@
wv|West Virginia|Wild, Wonderful|#@@ ###/#@ ####/@@ ####/#@@*###/@@@ ###
wy|Wyoming|Like No Place on Earth|#*#####/##*####/#-####@/##*###@/#-#####
"""

STATES: tuple[State, ...] = tuple(
    State(code, name, motto, tuple(patterns.split("/")), 1.6 if code in _POPULOUS else 1.0)
    for code, name, motto, patterns in (row.split("|") for row in _ROWS.strip().splitlines())
)

STATE_WORDS = tuple(
    word for state in STATES for word in (state.name, state.name.upper(), state.motto)
)
"""All that is printed beside the serial, for `fonts.Typefaces`."""
