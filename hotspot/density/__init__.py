"""Kernel density surfaces."""
