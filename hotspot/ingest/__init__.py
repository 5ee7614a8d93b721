"""Read agency extracts into one schema."""
