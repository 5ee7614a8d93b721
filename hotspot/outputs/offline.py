"""Write Folium maps as one page that needs no network and runs no code but its own."""

from __future__ import annotations

import base64
import hashlib
import html
import html.parser
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from hotspot.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_STAMP = "NOT DISCLOSURE-CONTROLLED"
_STAMP_STYLE = """<style>
#hotspot-stamp { position: fixed; z-index: 9999; left: 0; right: 0; top: 0; background: #17212b; color: #fff;
  text-align: center; font: 700 12px/24px "Segoe UI", Arial, sans-serif; letter-spacing: .12em; }
.leaflet-top { margin-top: 24px; }
</style>
"""
_FAVICON = '<link rel="icon" href="data:,">'
_DROPPED = ("bootstrap", "jquery", "awesome", "glyphicons")
"""Assets that Folium links on every map and that neither its layers nor ours need without pop-ups."""
_NODE_OF = "\nwindow.$ = html => [Object.assign(document.createElement('div'), {innerHTML: html}).firstElementChild];\n"
"""All that Folium's pop-ups ask of jQuery: make a node of their own markup."""
_URL_ATTRIBUTES = {"src", "href", "srcset", "poster", "action", "formaction", "background", "data", "xlink:href"}
_LOCAL = ("#", "data:", "blob:", "about:")


def safe_html(text: object) -> str:
    """
    Make any text safe to hand to a Folium pop-up, tooltip, layer name or title.

    Parameters
    ----------
    text
        Whatever came from data.

    Returns
    -------
    str
        The same text with every character that could end it, or start code, written as an entity.

    Examples
    --------
    >>> import hotspot as hs
    >>> hs.safe_html("<b>Fish & Chips</b>")
    '&lt;b&gt;Fish &amp; Chips&lt;/b&gt;'
    """
    escaped = html.escape(str(text), quote=True)
    return escaped.translate({ord(sign): f"&#{ord(sign)};" for sign in "`{}$\\%"})


class Verbatim(Element):
    """An element whose text stands in the page as it is: no template is made of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.text = text

    def render(self, **_options: object) -> str:
        """Give the text."""
        return self.text


class OfflineFigure(Figure):
    """A Folium figure that writes library code into the page instead of linking to it."""

    stamp = ""

    def render(self, **options: object) -> str:
        """
        Write the page.

        Raises
        ------
        OutputError
            If anything in it would load from elsewhere or run code that is not its own.
        """
        parts = (self.header, self.html, self.script)
        # Folium adds a fresh script at each rendering; a second one must give the same page.
        before = [dict(part._children) for part in parts]  # noqa: SLF001 - branca offers no other way
        try:
            return self._page(options)
        finally:
            for part, children in zip(parts, before, strict=True):
                part._children.clear()  # noqa: SLF001 - as above
                part._children.update(children)  # noqa: SLF001 - as above

    def _page(self, options: dict[str, Any]) -> str:
        _refuse_remote(self)
        for child in list(self._children.values()):
            child.render(**options)
        trusted: list[str] = []
        for name, element in list(self.header._children.items()):  # noqa: SLF001 - as above
            if isinstance(element, (JavascriptLink, CssLink)):
                self.header._children[name] = _inlined(name, element, trusted)  # noqa: SLF001 - as above
        for part in (self.header, self.html, self.script):
            _freeze(part)
        head, body = self.header.render(**options), self.html.render(**options)
        script = "\n" + _closed_in(self.script.render(**options)) + "\n"
        head = re.sub(r",\s*maximum-scale=1\.0,\s*user-scalable=no", "", head)  # pinch zoom is an accessibility need
        trusted += [script, *re.findall(r"<script>(\s*L_NO_TOUCH = \w+;\s*L_DISABLE_3D = \w+;\s*)</script>", head)]
        title = f"<title>{safe_html(self.title)}</title>\n" if self.title else ""
        stamp = (
            f'{_STAMP_STYLE}<div role="note" id="hotspot-stamp">{safe_html(self.stamp)}</div>\n' if self.stamp else ""
        )
        if "<iframe" in script:
            raise OutputError("page: folium.IFrame opens a page within the page. Put its text into the pop-up itself.")
        if "$(" in script:
            trusted.append(_NODE_OF)
            head += f"\n<script>{_NODE_OF}</script>"
        page = (
            '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
            f"{_content_security_policy(trusted)}{title}{_FAVICON}\n{head}\n</head>\n<body>\n{stamp}{body}\n"
            f"<script>{script}</script>\n</body>\n</html>\n"
        )
        check_page(page, trusted)
        return page


class OfflineMap(folium.Map):
    """A Folium map that carries Leaflet alone, in an offline figure."""

    default_js = [("leaflet", "leaflet.js")]  # noqa: RUF012 - Folium reads the class attribute
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012 - as above

    def __init__(self, location: list[float], *, title: str, **options: Any) -> None:  # noqa: ANN401 - Folium's own
        super().__init__(location, tiles=None, **options)
        self._id = "hotspot"
        figure = OfflineFigure(title=title)
        figure._id = "page"  # noqa: SLF001 - ids are random by default; a page must be reproducible
        figure.add_child(self, name="map")
        self._parent = figure


def offline(map_object: Element, *, title: str | None = None) -> Figure:
    """
    Make any finished Folium map save as one page that needs no network.

    Parameters
    ----------
    map_object
        A `folium.Map`, what ``GeoDataFrame.explore(tiles=None)`` returned, or anything else with a figure.
    title
        Title of the page.

    Returns
    -------
    branca.element.Figure
        Call its ``save(path)``. The page is stamped NOT DISCLOSURE-CONTROLLED: nothing in it went through a
        release.

    Raises
    ------
    OutputError
        When it is rendered, if a layer would fetch something (tiles, a linked file), or a plugin brings assets
        that are not at hand.

    Examples
    --------
    >>> import folium
    >>> import hotspot as hs
    >>> page = hs.offline(folium.Map([51.5, -3.2], tiles=None), title="Cardiff").render()
    >>> "NOT DISCLOSURE-CONTROLLED" in page, "https://cdn" in page
    (True, False)
    """
    old = map_object.get_root()
    if not isinstance(old, Figure):
        raise OutputError(f"map_object: {type(map_object).__name__} stands in no figure. Give a folium.Map.")
    new = OfflineFigure(width=old.width, height=old.height, ratio=old.ratio, title=title or old.title)
    new.stamp = _STAMP
    for name, child in old._children.items():  # noqa: SLF001 - branca offers no other way
        new.add_child(child, name=name)
    for part in ("header", "html", "script"):
        for name, element in getattr(old, part)._children.items():  # noqa: SLF001 - as above
            getattr(new, part).add_child(element, name=name)
    return new


def check_page(page: str, trusted: list[str]) -> None:
    """Raise OutputError if a page would load anything, or holds a script or handler that is not ours."""
    found = _PageReader()
    found.feed(page)
    problems = [f"{tag} {name}={url[:60]!r}" for tag, name, url in found.urls]
    styles = "\n".join(found.styles)
    urls = re.findall(r"(?:url\(\s*['\"]?|@import\s+(?:url\()?['\"]?)([^'\")\s;]+)", styles)
    problems += [f"CSS {url[:60]!r}" for url in urls if not url.startswith(_LOCAL)]
    problems += [f"script {text[:40]!r}" for text in found.scripts if text not in trusted]
    problems += [f"handler {tag} {name}" for tag, name in found.handlers]
    if problems:
        raise OutputError(
            f"page: {len(problems)} thing(s) in it would load from elsewhere or run code that is not its own "
            f"(first: {problems[0]}). Remove the layer or plugin that brings them."
        )


@cache
def leaflet_asset(name: str) -> str:
    """Read a file of Leaflet from the package that ships it, images inlined, source maps dropped."""
    from xstatic.pkg import leaflet

    folder = Path(leaflet.BASE_DIR)
    text = (folder / name).read_text(encoding="utf-8")
    text = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "", text)

    def inline(match: re.Match[str]) -> str:
        return f"url({_data_uri(folder / match.group(1))})"

    text = re.sub(r"url\((images/[\w.-]+)\)", inline, text)
    if name.endswith(".js"):
        icons = {
            "iconUrl": "marker-icon.png",
            "iconRetinaUrl": "marker-icon-2x.png",
            "shadowUrl": "marker-shadow.png",
        }
        options = ",".join(f"{key}:'{_data_uri(folder / 'images' / file)}'" for key, file in icons.items())
        # Leaflet looks for its marker images beside the style sheet, which an inlined page does not have.
        text += f"\ndelete L.Icon.Default.prototype._getIconUrl;L.Icon.Default.mergeOptions({{{options}}});"
    return text


def _data_uri(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode("ascii")


def _inlined(name: str, element: Element, trusted: list[str]) -> Verbatim:
    """Give the text of a linked asset, or nothing for those no map of ours needs."""
    if name in {"leaflet", "leaflet_css"}:
        is_script = isinstance(element, JavascriptLink)
        text = leaflet_asset("leaflet.js" if is_script else "leaflet.css")
        if is_script:
            trusted.append(text)
            return Verbatim(f"<script>{text}</script>")
        return Verbatim(f"<style>{text}</style>")
    if any(word in name.lower() for word in _DROPPED):
        return Verbatim("")
    raise OutputError(f"page: no offline copy of {name!r}, which a plugin asks for. Remove the plugin.")


def _freeze(part: Element) -> None:
    """Keep text that is already rendered from being made a template a second time."""
    for name, element in list(part._children.items()):  # noqa: SLF001 - branca offers no other way
        if type(element) is Element and element._template_str is not None and not element._children:  # noqa: SLF001 - as above
            part._children[name] = Verbatim(element._template_str)  # noqa: SLF001 - as above


def _closed_in(script: str) -> str:
    """Rewrite what could end a script element inside a script; it means the same to JavaScript."""
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", script, flags=re.IGNORECASE)


def _content_security_policy(trusted: list[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") for text in trusted)
    hashes = " ".join(sorted({f"'sha256-{digest}'" for digest in digests}))
    return (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'\">\n"
    )


def _refuse_remote(figure: Figure) -> None:
    """Refuse layers whose address stands in JavaScript, where a look at the page cannot see it."""
    for element in _descendants(figure):
        kind = type(element).__name__
        if type(element) is folium.Icon:
            raise OutputError("page: folium.Icon needs a web font. Use a marker without icon=, or a CircleMarker.")
        options = getattr(element, "options", None)
        found = list(options.values()) if isinstance(options, dict) else []
        found += [getattr(element, name, None) for name in ("url", "embed_link", "image", "icon_image")]
        remote = any(isinstance(address, str) and re.match(r"\s*(https?:)?//", address) for address in found)
        if isinstance(element, folium.TileLayer) or (remote and not isinstance(element, (JavascriptLink, CssLink))):
            raise OutputError(f"page: {kind} would fetch from the network. Remove it; for a map, use tiles=None.")


def _descendants(element: Element) -> Iterator[Element]:
    yield element
    for child in getattr(element, "_children", {}).values():
        yield from _descendants(child)


class _PageReader(html.parser.HTMLParser):
    """Collect what a page would load or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.urls: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.handlers: list[tuple[str, str]] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses, handlers and the start of scripts and styles."""
        given = dict(attrs)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append((tag, name))
            if name in _URL_ATTRIBUTES and value and not value.startswith(_LOCAL) and tag != "a":
                self.urls.append((tag, name, value))
            if name == "style" and value:
                self.styles.append(value)
        if tag == "script" and not (given.get("type") or "").endswith("json"):
            self._inside = "script"
            self.scripts.append("")
        elif tag == "style":
            self._inside = "style"
            self.styles.append("")

    def handle_endtag(self, tag: str) -> None:
        """Note the end of scripts and styles."""
        if tag in {"script", "style"}:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Collect the text of scripts and styles."""
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "style":
            self.styles[-1] += data
