"""Policies, suppression and the release gate."""
