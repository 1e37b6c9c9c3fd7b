"""The room of ``edge-alpr demo``: a rendered drive-by through the real unit, a real broker and the real collector."""

from edge_alpr.commands.demo.command import add

__all__ = ["add"]
