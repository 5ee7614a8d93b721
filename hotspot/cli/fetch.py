"""The commands that fetch published data; the only ones that use a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotspot.cli.progress import Progress

fetch = typer.Typer(
    name="fetch",
    help="Fetch published data. Only these commands use a network, and only for what is named.",
    no_args_is_help=True,
)
Refresh = Annotated[bool, typer.Option("--refresh", help="Fetch again what is there already.")]
Portal = Annotated[str | None, typer.Option(help="Another address of the portal's folder of services.")]


@fetch.command("police-uk")
def police_uk(
    *,
    force: Annotated[
        list[str], typer.Option(help="Force as data.police.uk names it, such as surrey; repeat for more.")
    ],
    first: Annotated[str, typer.Option("--from", help="First month, such as 2024-01.")],
    last: Annotated[str, typer.Option("--to", help="Last month.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("police"),
    refresh: Refresh = False,
    archives: Annotated[str | None, typer.Option(help="Another address of the folder of archives.")] = None,
) -> None:
    """
    Fetch the street-level crime of some forces, month by month, from the archives of data.police.uk.

    Only the files of those forces travel. Run it again after a broken connection: what is complete stays.
    """
    from hotspot.errors import FetchError
    from hotspot.fetch import Transport
    from hotspot.fetch.police_uk import ARCHIVES, fetch_police_uk

    with Progress() as progress:
        got = fetch_police_uk(
            out, forces=force, first=first, last=last, refresh=refresh, archives=archives or ARCHIVES,
            transport=Transport(progress=progress),
        )  # fmt: skip
    typer.echo(f"{len(got.files)} files in {out} ({got.fetched} fetched now). Open Government Licence v3.0.")
    for name in got.absent:
        typer.echo(f"Not in the archive: {name}. The force sent nothing for that month: absent is not zero.")
    if got.files:
        typer.echo(f"Read them: hs.read_incidents({str(out)!r}, source='police_uk')")
    if got.unpublished:
        raise FetchError(f"to: not published: {', '.join(got.unpublished)}. Months come out about two months later.")


@fetch.command("boundaries")
def boundaries(
    name: Annotated[
        str, typer.Argument(help="lsoa-2021, ward-2024, … ('hotspot fetch list'), or a service's own name.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("geography"),
    refresh: Refresh = False,
    portal: Portal = None,
) -> None:
    """Fetch boundaries from the ONS Open Geography Portal as one GeoJSON file."""
    from hotspot.fetch import SERVICES, Transport, fetch_boundaries
    from hotspot.fetch.open_geography import PORTAL

    with Progress() as progress:
        got = fetch_boundaries(
            name, out, refresh=refresh, portal=portal or PORTAL, transport=Transport(progress=progress)
        )
    _told(got.path, got.records, fetched=got.fetched)
    known = SERVICES.get(name)
    columns = f"code={known.code!r}, name={known.name!r}" if known else f"code=… of {', '.join(got.columns)}"
    typer.echo(f"Read it: hs.read_areas({str(got.path)!r}, {columns})")


@fetch.command("lookup")
def lookup(
    name: Annotated[str, typer.Argument(help="lsoa11-lsoa21, … ('hotspot fetch list'), or a service's own name.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("geography"),
    refresh: Refresh = False,
    portal: Portal = None,
) -> None:
    """Fetch a lookup of codes from the ONS Open Geography Portal as one CSV file."""
    from hotspot.fetch import Transport, fetch_lookup
    from hotspot.fetch.open_geography import PORTAL

    with Progress() as progress:
        got = fetch_lookup(name, out, refresh=refresh, portal=portal or PORTAL, transport=Transport(progress=progress))
    _told(got.path, got.records, fetched=got.fetched)
    typer.echo(f"Its columns: {', '.join(got.columns)}")


@fetch.command("list")
def list_names(
    words: Annotated[list[str] | None, typer.Argument(help="Parts of a service's name, for --online.")] = None,
    *,
    online: Annotated[bool, typer.Option("--online", help="Ask the portal for today's names.")] = False,
    portal: Portal = None,
) -> None:
    """List the names of boundaries and lookups; with --online, the portal's own."""
    from hotspot.fetch import SERVICES, Transport, search_services
    from hotspot.fetch.open_geography import PORTAL

    if not online:
        for name, service in SERVICES.items():
            typer.echo(f"{name:20} {service.kind:11} {service.service}")
        return
    with Progress() as progress:
        found = search_services(" ".join(words or []), portal=portal or PORTAL, transport=Transport(progress=progress))
    for name in found:
        typer.echo(name)
    typer.echo(f"{len(found)} services.", err=True)


def _told(path: Path, records: int, *, fetched: bool) -> None:
    """Say what came."""
    typer.echo(f"{path}: {records:,} records, {'fetched now' if fetched else 'there already'}. OGL v3.0.")
