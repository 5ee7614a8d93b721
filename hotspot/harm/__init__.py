"""Weigh offences by the harm they do, with the count always beside."""

from hotspot.harm.weighing import count_harm, weigh_harm
from hotspot.harm.weights import harm_weights_by_group, offence_code, read_harm_weights

__all__ = ["count_harm", "harm_weights_by_group", "offence_code", "read_harm_weights", "weigh_harm"]
