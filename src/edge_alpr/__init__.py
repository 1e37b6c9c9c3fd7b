"""Open firmware for roadside licence-plate cameras."""

__version__ = "0.1.0"
