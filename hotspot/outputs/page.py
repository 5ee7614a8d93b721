"""Build the map page of a release: Folium underneath, one data block, constant code, no network."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from branca.element import Figure, MacroElement

from hotspot.errors import OutputError
from hotspot.outputs.atomic import write_atomically
from hotspot.outputs.export import require_release
from hotspot.outputs.offline import OfflineMap, Verbatim
from hotspot.outputs.page_data import page_data
from hotspot.record import note

if TYPE_CHECKING:
    from pathlib import Path

    from hotspot.disclosure import Release

_SCRIPTS = ("page_model.js", "page_map.js", "page_panels.js", "page_start.js")
_SVG_MOST = 3_000
"""Above this many areas a browser draws canvas faster than SVG."""


class TaskingPage(MacroElement):
    """Everything around the map: panels, legend, list, footer. Data travels in one JSON block."""

    def __init__(self, data: dict[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca leaves it untyped
        self._name = "TaskingPage"
        self._id = "tasking"
        self.data = data

    def render(self, **_options: object) -> str:
        """Put style, data block and code into the figure."""
        figure = self.get_root()
        if not isinstance(figure, Figure):
            raise OutputError("page: it stands in no figure. Add it to a folium.Map.")
        style = _resource("page.css")
        view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
        figure.header.add_child(Verbatim(f"{view}\n<style>{style}</style>"), name="page_style")
        block = f'<script type="application/json" id="hotspot-data">{_json(self.data)}</script>'
        figure.html.add_child(Verbatim(block), name="page_data")
        code = "\n".join(_resource(name) for name in _SCRIPTS)
        figure.script.add_child(Verbatim(f"(function () {{\n'use strict';\n{code}\n}})();"), name="zz_page")
        return ""


def build_map(release: Release) -> OfflineMap:
    """
    Build the page of a release as a Folium map.

    Parameters
    ----------
    release
        What may be shown.

    Returns
    -------
    folium.Map
        Shows in a notebook, takes more layers by ``add_child``, saves as one page without network.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from shapely.geometry import box
    >>> counts = gpd.GeoDataFrame({"n_ed": [3, 12]}, index=["A", "B"], crs=27700,
    ...     geometry=[box(6e5, 2e5, 600900, 200900), box(600900, 2e5, 601800, 200900)])
    >>> page = hs.build_map(hs.release(counts)).get_root().render()
    >>> "Content-Security-Policy" in page
    True
    """
    require_release(release)
    left, bottom, right, top = release.areas.to_crs(4326).total_bounds
    data = page_data(release)
    title = str(data["meta"]["title"]) if isinstance(data["meta"], dict) else ""
    page = OfflineMap(
        [round((bottom + top) / 2, 5), round((left + right) / 2, 5)],
        title=title,
        zoom_start=11,
        zoomSnap=0.1,
        maxZoom=18,
        attributionControl=False,
        prefer_canvas=len(release.areas) > _SVG_MOST,
    )
    page.add_child(TaskingPage(data), name="tasking")
    return page


def save_map(release: Release, path: str | Path) -> Path:
    """
    Write the page of a release: one HTML file that opens in any browser with no network.

    Parameters
    ----------
    release
        What may be shown; everything hidden is absent from the file.
    path
        The file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood there before is untouched.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from shapely.geometry import box
    >>> counts = gpd.GeoDataFrame({"n_ed": [3, 12]}, index=["A", "B"], crs=27700,
    ...     geometry=[box(6e5, 2e5, 600900, 200900), box(600900, 2e5, 601800, 200900)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hs.save_map(hs.release(counts), folder + "/map.html").name
    'map.html'
    """
    page = build_map(release).get_root().render()
    done = write_atomically(path, lambda draft: draft.write_text(page, encoding="utf-8", newline="\n"))
    note("save_map", file=done.name, areas=len(release.areas), kilobytes=round(len(page.encode()) / 1000))
    return done


def _resource(name: str) -> str:
    return files("hotspot.outputs").joinpath(name).read_text(encoding="utf-8")


def _json(data: dict[str, object]) -> str:
    """Write JSON that cannot end its script element and that every browser reads."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
