"""The commands that run a study: demo, init, check, run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotspot.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hotspot.record import Note

StudyFile = Annotated[Path, typer.Argument(help="The study file (TOML); 'hotspot init' writes one to start from.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="Folder that relative paths in the study start from. Default: the study file's own."),
]


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
    with Progress() as progress:
        releases = run_study(study, data=folder / "data", out=folder, progress=progress)
    _report(progress.notes, folder, releases)


def init(
    path: Annotated[Path, typer.Argument(help="Study file to write.")] = Path("study.toml"),
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented study file to start from."""
    from hotspot.study import write_template

    write_template(path, overwrite=force)
    typer.echo(f"Wrote {path}. Edit it, then: hotspot check {path}")


def check(study: StudyFile, *, data: DataFolder = None) -> None:
    """Read a study file and all its inputs, account for every row, and write nothing."""
    from hotspot.study import check_study

    with Progress() as progress:
        notes = check_study(study, data=data, progress=progress)
    _account(notes)
    typer.echo("The study can run: hotspot run " + str(study))


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

    with Progress() as progress:
        releases = run_study(study, data=data, out=out, progress=progress)
    _report(progress.notes, output_folder(study, out), releases)


def evaluate(
    study: StudyFile,
    *,
    data: DataFolder = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder to write 'restricted-evaluation' into. Default: <study name>-output beside the study."
        ),
    ] = None,
) -> None:
    """
    Ask which list would have caught most of what came next.

    Goes back in time, lets each method make its list from the periods before, and scores it on the next: by count,
    rate, smoothed rate, local Moran, density (and, with linkage, the fused list), beside the last period and a blind
    list. The table [evaluation] of the study says what is compared.
    """
    from hotspot.evaluation import findings
    from hotspot.outputs.evaluation_page import STAMP
    from hotspot.study import evaluate_study, output_folder
    from hotspot.study.evaluate import FOLDER

    with Progress() as progress:
        table = evaluate_study(study, data=data, out=out, progress=progress)
    typer.echo(STAMP)
    for sentence in findings(table):
        typer.echo(sentence)
    folder = output_folder(study, out) / FOLDER
    typer.echo(
        f"\nWritten:\n  {folder / 'evaluation.html'}\n  {folder / 'evaluation.csv'}\n  {folder / 'evaluation.svg'}"
    )


def _account(notes: Iterable[Note]) -> None:
    from hotspot.study import account

    typer.echo("\n".join(account(notes)))


def _report(notes: Sequence[Note], folder: Path, policies: Iterable[str]) -> None:
    _account(notes)
    typer.echo("\nWritten:")
    for policy in policies:
        typer.echo(f"  {folder / policy / 'map.html'}")
    typer.echo("Open map.html in any browser; it needs no network.")
