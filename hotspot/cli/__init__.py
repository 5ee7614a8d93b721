"""Run hotspot from the command line; each command stands in the module of its subject."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hotspot import __version__
from hotspot.cli.fetch import fetch
from hotspot.cli.locations import locate, score
from hotspot.cli.quality import quality
from hotspot.cli.sources import sources
from hotspot.cli.study import check, demo, evaluate, init, run
from hotspot.errors import HotspotError

app = typer.Typer(
    name="hotspot",
    help="Fuse police, emergency-department and other agency data, find hotspots of violence, publish them safely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, init, check, run, evaluate, quality, locate):
    app.command()(command)
app.add_typer(fetch)
app.add_typer(sources)
app.command("score-locations")(score)


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"hotspot {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _version(asked=asked), is_eager=True, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    """Fuse police, emergency-department and other agency data, find hotspots of violence, publish them safely."""


def main() -> None:
    """Run the command; what the user can mend is told in a sentence, with its own exit code."""
    try:
        app(standalone_mode=True)
    except HotspotError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
