"""The commands about source files: list, show, guess, check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotspot.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

sources = typer.Typer(
    name="sources",
    help="Say how an agency's columns become ours: list and show the built-in sources, propose one for a new file.",
    no_args_is_help=True,
)


@sources.command("list")
def list_sources() -> None:
    """List the built-in sources: name, label, what is shared, whether it derives from patients."""
    from hotspot.ingest import builtin_sources, read_source

    rows = [("name", "label", "shared as", "health")]
    for name in builtin_sources():
        source = read_source(name)
        rows.append((name, source.label, source.shared_as.replace("_", " "), "yes" if source.health else "no"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@sources.command()
def show(name: Annotated[str, typer.Argument(help="A built-in source, such as ed_istv.")]) -> None:
    """Print the text of a built-in source, to be copied and changed."""
    from importlib import resources

    from hotspot.checks import require_choice
    from hotspot.ingest import builtin_sources

    require_choice(name, builtin_sources(), "NAME")
    text = (resources.files("hotspot.ingest") / "sources" / f"{name}.toml").read_text(encoding="utf-8")
    typer.echo(text.rstrip("\n"))


@sources.command()
def guess(
    file: Annotated[str, typer.Argument(help="The agency's file; of a folder or archive the first file is looked at.")],
    *,
    name: Annotated[str | None, typer.Option(help="Name of the source, such as ed. Default: by the headers.")] = None,
    health: Annotated[
        bool | None,
        typer.Option(
            "--health/--not-health", help="Whether the records derive from patients. Default: by the headers, else yes."
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet of a workbook. Default: the one with the largest table.")
    ] = None,
) -> None:
    """
    Propose a source file: hotspot sources guess FILE > mine.toml.

    The source file goes to the standard output, a short account of what was decided to the standard error. Check every
    line before you rely on it.
    """
    from hotspot.ingest import guess_source

    with Progress() as progress:
        progress("Looking at the file")
        found = guess_source(file, name=name, health=health, sheet=sheet)
    typer.echo(found.to_toml(), nl=False)
    typer.echo(found.summary(), err=True)


@sources.command()
def check(
    source: Annotated[str, typer.Argument(help="Built-in source, or the path of your own TOML file.")],
    files: Annotated[list[str], typer.Argument(help="The agency's files: paths, a glob, a folder or a zip archive.")],
) -> None:
    """Read files with a source and say what was kept, rejected, placed and not understood; write nothing."""
    from hotspot.ingest import read_incidents

    with Progress() as progress:
        progress("Reading")
        read_incidents(files, source=source, max_reject=1.0)
    facts: Mapping[str, Any] = next(note.facts for note in progress.notes if note.step == "read_incidents")
    typer.echo(f"{facts['read']:,} rows read, {facts['kept']:,} kept, {facts['located']:,} with a point.")
    for reason, count in facts.get("rejected", {}).items():
        if count:
            typer.echo(f"  rejected, {reason}: {count:,}")
    typer.echo("Columns:")
    for field, header in facts["columns"].items():
        typer.echo(f"  {field} = {header!r}")
    if facts.get("unread_columns"):
        typer.echo(f"Not read: {', '.join(map(repr, facts['unread_columns']))}")
