"""Score a ranking on a later period."""
