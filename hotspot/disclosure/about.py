"""Check the words that travel with the figures: title, period, sources, caveats, method."""

from __future__ import annotations

from collections.abc import Mapping

from hotspot.checks import listed, nearest
from hotspot.errors import ConfigError

_TEXTS = ("title", "organisation", "period", "geography", "beside_police")
_LISTS = ("sources", "caveats", "method")
_SOURCE = ("id", "label", "note")


def check_about(about: Mapping[str, object]) -> dict[str, object]:
    """
    Refuse words of another name or kind; fill in what is not said.

    Parameters
    ----------
    about
        As `hotspot.release` takes it.

    Returns
    -------
    dict
        Every known key, copied: text or ``""``, list or ``[]``.

    Raises
    ------
    ConfigError
        If a key is not known or holds something of another kind.
    """
    for key in about:
        if key not in (*_TEXTS, *_LISTS):
            raise ConfigError(f"about: {key!r} is not known.{nearest(str(key), (*_TEXTS, *_LISTS))}")
    wrong = [key for key in _TEXTS if not isinstance(about.get(key, ""), str)]
    if wrong:
        raise ConfigError(f"about: {listed(wrong)} must be text.")
    lists = {key: _as_list(key, about.get(key, ())) for key in _LISTS}
    wrong = [key for key in ("caveats", "method") if not all(isinstance(line, str) for line in lists[key])]
    if wrong:
        raise ConfigError(f"about: {listed(wrong)} must be lists of text.")
    lists["sources"] = [_as_source(source) for source in lists["sources"]]
    return {**{key: about.get(key, "") for key in _TEXTS}, **lists}


def _as_list(key: str, given: object) -> list[object]:
    if not isinstance(given, (list, tuple)):
        raise ConfigError(f"about: {key!r} must be a list, not {type(given).__name__}.")
    return list(given)


def _as_source(given: object) -> dict[str, str]:
    """Copy what is said of one source."""
    if not isinstance(given, Mapping) or not {"id", "label"} <= set(given):
        raise ConfigError("about: each of 'sources' is a mapping with 'id', 'label' and, if there is one, 'note'.")
    for key, text in given.items():
        if key not in _SOURCE:
            raise ConfigError(f"about: 'sources' has {key!r}, which is not known.{nearest(str(key), _SOURCE)}")
        if not isinstance(text, str):
            raise ConfigError(f"about: {key!r} of a source must be text.")
    return {str(key): str(text) for key, text in given.items()}
