"""Rank places for tasking."""
