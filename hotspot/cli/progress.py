"""Show what a command is at, and say each warning once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import typer

from hotspot.errors import HotspotWarning

if TYPE_CHECKING:
    import warnings

    from hotspot.record import Note


class Progress:
    """Show the step at hand on standard error, where it disturbs no pipe; keep the notes, and say each warning once."""

    def __init__(self) -> None:
        import warnings

        from rich.console import Console

        from hotspot.record import recording

        self._status = Console(stderr=True).status("Starting")
        self._recording = recording()
        self._catching = warnings.catch_warnings(record=True)
        self._warnings: list[warnings.WarningMessage] | None = None
        self.notes: list[Note] = []

    def __enter__(self) -> Self:
        """Start to show, to record and to catch warnings."""
        import warnings

        self._warnings = self._catching.__enter__()
        warnings.simplefilter("always", HotspotWarning)
        self.notes = self._recording.__enter__()
        self._status.start()
        return self

    def __exit__(self, *problem: object) -> None:
        """Stop, and say the warnings."""
        self._status.stop()
        self._recording.__exit__(None, None, None)
        self._catching.__exit__(None, None, None)
        said = [str(entry.message) for entry in self._warnings or () if issubclass(entry.category, HotspotWarning)]
        for message in dict.fromkeys(said):
            typer.echo(f"Note: {message}", err=True)

    def __call__(self, step: str) -> None:
        """Name the step at hand."""
        self._status.update(step)
