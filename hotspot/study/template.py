"""Write the study file that users start from; it is also the one the demo runs."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from hotspot.errors import OutputError


def write_template(path: str | Path, *, overwrite: bool = False) -> Path:
    """
    Write a commented study file.

    Parameters
    ----------
    path
        File to write.
    overwrite
        Whether a file that is there may be replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If the file is there already, or cannot be written.
    """
    file = Path(path)
    text = files("hotspot.study").joinpath("template.toml").read_text(encoding="utf-8")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError:
        raise OutputError(f"{file.name!r} is there already. Choose another name, or add --force.") from None
    except OSError as error:
        raise OutputError(f"{file.name!r} cannot be written: {error.strerror}.") from None
    return file
