"""The rules a unit and a holder live under: profiles as data, merged so that the strictest wins, signed, explained.

Pure: no clock, no network, no thread. `rules` is the vocabulary, `lattice` says what stricter means, `merge` applies
it, `decide` is the only place where a read is let through.
"""
