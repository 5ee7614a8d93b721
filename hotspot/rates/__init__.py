"""Rates per population with exact limits, their smoothing, and standardisation by strata."""

from hotspot.rates.incidence import incidence_rate
from hotspot.rates.smoothing import empirical_bayes, gamma_poisson
from hotspot.rates.standardisation import indirect_standardisation

__all__ = ["empirical_bayes", "gamma_poisson", "incidence_rate", "indirect_standardisation"]
