"""Rates per population with exact limits, and their empirical Bayes smoothing."""
