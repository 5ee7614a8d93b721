"""Name the failures a user can mend, each with the exit code the command returns."""

from __future__ import annotations


class HotspotError(ValueError):
    """Whatever is wrong with what the user gave; the message says how to mend it."""

    exit_code = 10


class InputError(HotspotError):
    """A file, frame or column cannot be used as it is."""


class CRSError(InputError):
    """Coordinates have no reference system, or not the one they should have."""


class ConfigError(HotspotError):
    """An argument, mapping or study file asks for something that does not exist or does not fit."""

    exit_code = 11


class ComparabilityError(ConfigError):
    """Sources that are not alike were to be added or compared."""


class DisclosureError(HotspotError):
    """What was to be written would disclose, or nobody has declared whether it does."""

    exit_code = 12


class OutputError(HotspotError):
    """A result cannot be written where it should go."""

    exit_code = 13


class LockedError(OutputError):
    """Another run is writing to the same folder."""

    exit_code = 75


class FetchError(HotspotError):
    """A server did not give what it was asked for."""

    exit_code = 69


class HotspotWarning(UserWarning):
    """A result stands, but must be read with the caution the message names."""
