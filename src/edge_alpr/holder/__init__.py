"""The holder's side: who may look for a plate in what is kept, for what, how often, and who may be given any of it.

`admit` decides (pure), `desk` does it and writes it down, `verdicts` confirm and refute hits, `upkeep` deletes what
nobody confirmed, `resident` answers whoever asks about their own plate. The store comes as an `archive.Archive`.
"""
