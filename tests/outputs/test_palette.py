"""Colours can be told apart: by name, by readers who confuse red and green, and on a photocopy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hotspot.fusion.cluster_agreement import AGREEMENTS
from hotspot.outputs import palette
from hotspot.schema import MORAN_LABELS

PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
"""Machado, Oliveira and Fernandes (2009), full loss of the long and of the middle cones."""


def linear(colour):
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light):
    """Turn linear light into CIE L*a*b* (D65)."""
    rgb_to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = rgb_to_xyz @ np.clip(light, 0, 1) / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def lightness(colour):
    return lab(linear(colour))[0]


def least_apart(colours, eye):
    seen = [lab(eye @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2))


def test_every_class_of_clusters_has_a_colour_or_is_told_as_absent():
    for colours in palette.CLUSTERS.values():
        assert set(colours) | set(palette.ABSENT) == {*MORAN_LABELS, "Suppressed"}
        assert not set(colours) & set(palette.ABSENT)


def test_every_class_of_agreement_has_a_colour():
    for colours in palette.AGREEMENT.values():
        assert set(colours) == set(AGREEMENTS)


@pytest.mark.parametrize("eye", [np.eye(3), PROTAN, DEUTAN], ids=["usual", "protan", "deutan"])
@pytest.mark.parametrize("name", ["standard", "safe"])
def test_clusters_and_agreement_are_told_apart_by_all_eyes(name, eye):
    assert least_apart(palette.CLUSTERS[name].values(), eye) > 12
    drawn = [colour for label, colour in palette.AGREEMENT[name].items() if label != "not covered"]
    assert least_apart(drawn, eye) > 14


@pytest.mark.parametrize("eye", [np.eye(3), PROTAN, DEUTAN], ids=["usual", "protan", "deutan"])
def test_the_sources_are_told_apart_by_all_eyes(eye):
    assert least_apart([palette.SOURCES[source] for source in ("police", "ed", "ambulance")], eye) > 14


def test_the_three_usual_sources_differ_on_a_photocopy():
    grey = sorted(lightness(palette.SOURCES[source]) for source in ("police", "ed", "ambulance"))
    assert min(np.diff(grey)) > 12


@pytest.mark.parametrize("ramp", [*palette.RATES.values(), palette.DENSITY], ids=[*palette.RATES, "density"])
def test_each_class_of_a_ramp_is_darker_than_the_one_before(ramp):
    assert (np.diff([lightness(colour) for colour in ramp]) < -4).all()


def test_thin_classes_of_a_surface_cover_less_of_the_map():
    assert len(palette.DENSITY) == len(palette.DENSITY_OPACITY)
    assert (np.diff(palette.DENSITY_OPACITY) > 0).all()


def test_every_source_has_a_colour_of_its_own():
    sources = ("police", "ed", "housing", "school", "ambulance")
    colours = palette.source_colours(sources)
    assert list(colours) == list(sources)
    assert len(set(colours.values())) == len(sources)
    assert colours["ed"] == palette.SOURCES["ed"]
    assert palette.source_colours(("school", "housing"))["school"] == palette.OTHER_SOURCES[0]


def test_more_sources_than_colours_still_have_one():
    sources = tuple(f"source_{letter}" for letter in "abcdefghijkl")
    assert set(palette.source_colours(sources).values()) == set(palette.OTHER_SOURCES)
