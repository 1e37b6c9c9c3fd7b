"""The room where light becomes frames; what is too large to be one is refused here."""

MAX_PIXELS = 50_000_000
"""Largest picture and video frame. Decoding takes about six bytes a pixel; a file of 0.4 MB can hold 900 million."""
