"""Stands in for Raspberry Pi OS's pykms, which picamera2 imports to show pictures on a screen; none is shown here."""

from __future__ import annotations


class _Names(type):
    def __getattr__(cls, name: str) -> str:
        return name


class PixelFormat(metaclass=_Names):
    """Every name of a format, as itself."""
