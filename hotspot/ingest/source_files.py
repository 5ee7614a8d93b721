"""Read the text of a source file: written by hand, or by somebody who means harm."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def is_file(path: Path) -> bool:
    """Tell whether there is such a file; of a name that can be none there is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_toml(file: Path, title: str) -> dict[str, Any]:
    """
    Read the tables of a TOML file.

    Parameters
    ----------
    file
        Its path.
    title
        What messages call it.

    Returns
    -------
    dict
        Tables by name, not checked yet.

    Raises
    ------
    ConfigError
        If it is not there, no regular file, not text or not TOML, or nested too deeply.
    """
    try:
        waits = file.exists() and not file.is_file()  # a pipe would be waited for
    except (OSError, ValueError):
        waits = False  # the reading says what is wrong
    if waits:
        raise ConfigError(f"{title} is no regular file.")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{title} is not there.") from None
    except RecursionError:
        raise ConfigError(f"{title} is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{title} is not valid TOML: {error}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{title} cannot be read as UTF-8 text: {type(error).__name__}.") from None
    except (OSError, ValueError) as error:  # also a number of thousands of digits, or a path that can be none
        raise ConfigError(f"{title[:100]} cannot be read: {type(error).__name__}.") from None


__all__ = ["is_file", "read_toml"]
