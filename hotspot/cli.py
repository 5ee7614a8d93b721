"""Run hotspot from the command line: demo, init, check, run, quality."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from hotspot import __version__
from hotspot.errors import HotspotError, HotspotWarning

if TYPE_CHECKING:
    import warnings
    from collections.abc import Iterable, Sequence

    from geopandas import GeoDataFrame

    from hotspot.record import Note

app = typer.Typer(
    name="hotspot",
    help="Fuse police, emergency-department and other agency data, find hotspots of violence, publish them safely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StudyFile = Annotated[Path, typer.Argument(help="The study file (TOML); 'hotspot init' writes one to start from.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="Folder that relative paths in the study start from. Default: the study file's own."),
]


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


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")] = Path("demo-output"),
    *,
    seed: Annotated[int, typer.Option(help="Seed of the synthetic city.")] = 1,
) -> None:
    """
    Run the whole analysis on a synthetic city.

    Writes the city's agency files (data/), the study file (study.toml), and what two readers would get:
    restricted/ for the tasking meeting, shareable/ for everyone else. Everything in it is invented.
    """
    from hotspot.datasets import write_city
    from hotspot.study import run_study, write_template

    write_city(folder / "data", seed=seed)
    study = folder / "study.toml"
    write_template(study, overwrite=True)
    with _Progress() as progress:
        releases = run_study(study, data=folder / "data", out=folder, progress=progress)
    _report(progress.notes, folder, releases)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Study file to write.")] = Path("study.toml"),
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented study file to start from."""
    from hotspot.study import write_template

    write_template(path, overwrite=force)
    typer.echo(f"Wrote {path}. Edit it, then: hotspot check {path}")


@app.command()
def check(study: StudyFile, *, data: DataFolder = None) -> None:
    """Read a study file and all its inputs, account for every row, and write nothing."""
    from hotspot.study import check_study

    with _Progress() as progress:
        notes = check_study(study, data=data, progress=progress)
    _account(notes)
    typer.echo("The study can run: hotspot run " + str(study))


@app.command()
def run(
    study: StudyFile,
    *,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write into. Default: <study name>-output beside the study.")
    ] = None,
) -> None:
    """Run a study: read, count, rate, test, release, and write one folder for each policy."""
    from hotspot.study import output_folder, run_study

    with _Progress() as progress:
        releases = run_study(study, data=data, out=out, progress=progress)
    _report(progress.notes, output_folder(study, out), releases)


@app.command()
def quality(
    files: Annotated[list[str], typer.Argument(help="The agency's files: paths, a glob, a folder or a zip archive.")],
    *,
    source: Annotated[str, typer.Option(help="Built-in source (such as ed_istv), or the path of your own TOML file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the pages and tables.")] = Path("quality"),
    gazetteer: Annotated[
        Path | None,
        typer.Option(help="Named places: columns name, longitude and latitude (or easting and northing), kind."),
    ] = None,
    received: Annotated[
        str | None, typer.Option(help="Day on which the extract arrived, such as 2024-01-15. Default: not known.")
    ] = None,
    first: Annotated[str | None, typer.Option(help="First month that is due, such as 2023-01.")] = None,
    last: Annotated[str | None, typer.Option(help="Last month that is due.")] = None,
    expected: Annotated[
        list[str] | None, typer.Option(help="Provider that should share; repeat for each. Absent ones are named.")
    ] = None,
    max_reject: Annotated[
        float, typer.Option(help="Largest share of unreadable rows before the extract is refused.")
    ] = 0.5,
) -> None:
    """
    Grade an agency's extract and write a page for each provider.

    Each page is for its own provider only: it holds exact counts, and no value of any record.
    """
    from hotspot.ingest import quality_report, read_incidents
    from hotspot.outputs import save_quality_report

    if (first is None) != (last is None):
        raise typer.BadParameter("--first and --last go together.")
    with _Progress() as progress:
        progress("Reading")
        places = None if gazetteer is None else _places(gazetteer)
        records = read_incidents(files, source=source, gazetteer=places, max_reject=max_reject)
        progress("Grading")
        period = None if first is None or last is None else (first, last)
        report = quality_report(
            records, period=period, received=received, expected=expected or None, notes=progress.notes
        )
        written = save_quality_report(report, out)
    typer.echo(report.summary())
    typer.echo("\nWritten:")
    for path in written:
        typer.echo(f"  {path}")
    typer.echo("Send each provider its own page only: small counts are in it.")


def _places(path: Path) -> GeoDataFrame:
    """Read a gazetteer whose columns have the usual names."""
    import csv

    from hotspot.errors import InputError
    from hotspot.locate import read_gazetteer

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            headers = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError):
        raise InputError(f"gazetteer: {path.name!r} cannot be read as UTF-8 text.") from None
    usual = ("name", "longitude", "latitude", "easting", "northing", "kind", "area_code")
    columns = {name: name for name in usual if name in headers}
    if "longitude" in columns:
        columns = {name: header for name, header in columns.items() if name not in {"easting", "northing"}}
    if "name" not in columns:
        raise InputError(f"gazetteer: {path.name!r} has no column 'name'. Rename its columns to: {', '.join(usual)}.")
    return read_gazetteer(path, **columns)


class _Progress:
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
        import warnings

        self._warnings = self._catching.__enter__()
        warnings.simplefilter("always", HotspotWarning)
        self.notes = self._recording.__enter__()
        self._status.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._status.stop()
        self._recording.__exit__(None, None, None)
        self._catching.__exit__(None, None, None)
        said = [str(entry.message) for entry in self._warnings or () if issubclass(entry.category, HotspotWarning)]
        for message in dict.fromkeys(said):
            typer.echo(f"Note: {message}", err=True)

    def __call__(self, step: str) -> None:
        self._status.update(step)


def _account(notes: Iterable[Note]) -> None:
    from hotspot.study import account

    typer.echo("\n".join(account(notes)))


def _report(notes: Sequence[Note], folder: Path, policies: Iterable[str]) -> None:
    _account(notes)
    typer.echo("\nWritten:")
    for policy in policies:
        typer.echo(f"  {folder / policy / 'map.html'}")
    typer.echo("Open map.html in any browser; it needs no network.")


def main() -> None:
    """Run the command; what the user can mend is told in a sentence, with its own exit code."""
    try:
        app(standalone_mode=True)
    except HotspotError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
