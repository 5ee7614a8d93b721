"""Bring sources together: combine, link, compare."""
