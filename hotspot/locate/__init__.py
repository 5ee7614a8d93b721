"""Find the place that a free-text location names, offline."""
