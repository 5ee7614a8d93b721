"""Bring sources together: combine, link, compare."""

from hotspot.fusion.combining import combine

__all__ = ["combine"]
