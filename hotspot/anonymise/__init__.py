"""Keep identifiers out: the tripwire, pseudonyms, coarser values, masked points, and how far records single out."""

from hotspot.anonymise.formats import is_nhs_number
from hotspot.anonymise.generalise import generalise
from hotspot.anonymise.geomask import geomask
from hotspot.anonymise.key import key_fingerprint, make_key
from hotspot.anonymise.mentions import count_mentions, mentions_in
from hotspot.anonymise.pseudonymise import pseudonymise
from hotspot.anonymise.risk import KAnonymity, LDiversity, k_anonymity, l_diversity
from hotspot.anonymise.tripwire import (
    Finding,
    find_identifiers,
    find_mentions,
    identifier_headers,
    refuse_identifiers,
)
from hotspot.anonymise.values import is_person, looks_personal
from hotspot.anonymise.withhold import withhold_points

__all__ = [
    "Finding",
    "KAnonymity",
    "LDiversity",
    "count_mentions",
    "find_identifiers",
    "find_mentions",
    "generalise",
    "geomask",
    "identifier_headers",
    "is_nhs_number",
    "is_person",
    "k_anonymity",
    "key_fingerprint",
    "l_diversity",
    "looks_personal",
    "make_key",
    "mentions_in",
    "pseudonymise",
    "refuse_identifiers",
    "withhold_points",
]
