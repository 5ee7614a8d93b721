"""Fetch published data for those who have a network, when they ask for it and never else."""
