"""Lists of wanted plates: read and believed, kept within limits, matched, linted. Pure: no clock, no file, no network.

`list` reads and verifies one, `limits` says which of its entries count, `match` looks a read up, `in_force` holds the
list that a unit goes by, `write` makes and signs one, `pack` and `plain` are its two other forms, `lint` finds what its
author should mend.
"""
