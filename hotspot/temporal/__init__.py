"""Counts by period and their coverage."""
