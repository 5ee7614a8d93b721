"""Policies, suppression and the release gate."""

from hotspot.disclosure.levels import choose_level
from hotspot.disclosure.policy import DisclosurePolicy
from hotspot.disclosure.release import Release, release
from hotspot.disclosure.surfaces import ReleasedSurface

__all__ = ["DisclosurePolicy", "Release", "ReleasedSurface", "choose_level", "release"]
