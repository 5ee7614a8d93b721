"""Record a run: versions, parameters, and everything each step chose and counted."""

from __future__ import annotations

import math
import platform
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import numpy as np

from hotspot import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotspot.record import Note

_DISTRIBUTION = "violence-hotspot"


def build_run_record(notes: Iterable[Note], *, parameters: Mapping[str, object]) -> dict[str, object]:
    """
    Put the record of a run together, as plain JSON values.

    Parameters
    ----------
    notes
        What the run recorded, in order; reading steps hold the SHA-256 of every input.
    parameters
        The settings after defaults were filled in, seeds included.

    Returns
    -------
    dict
        ``software``, ``versions``, ``parameters`` and ``notes``. It holds exact counts: for the restricted
        folder only. It holds no time of day, so the same run gives the same record.
    """
    return {
        "software": f"hotspot {__version__}",
        "versions": {"python": platform.python_version(), **_versions()},
        "parameters": _plain(parameters),
        "notes": [{"step": entry.step, "facts": _plain(entry.facts)} for entry in notes],
    }


def _versions() -> dict[str, str]:
    """Look up the installed version of everything the distribution asks for."""
    try:
        asked = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    names = [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in asked if "extra ==" not in line]
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _plain(value: object) -> object:
    """Turn what steps report into plain JSON values: no number is lost, none is written as NaN."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
