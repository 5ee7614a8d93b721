"""Rates per population with exact limits, and their empirical Bayes smoothing."""

from hotspot.rates.incidence import empirical_bayes, incidence_rate

__all__ = ["empirical_bayes", "incidence_rate"]
