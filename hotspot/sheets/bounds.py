"""Check how far a packed workbook unpacks, and how wide its sheets are, before any reader sees it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from hotspot.errors import InputError

MAX_UNPACKED = 2 * 1024**3
"""Largest size of a workbook, unpacked."""
MAX_RATIO = 200
"""Largest ratio of unpacked to packed size: more is a decompression bomb."""
MAX_CELLS = 1 << 26
"""Largest rectangle of cells of a sheet: the reader makes room for all of it, filled or not."""
_SMALL = 1024**2
_PIECE = 1 << 22
_TEXT_DOCUMENTS = {"word/": "a Word document", "ppt/": "a PowerPoint document"}
_EXCEL_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/.*|xl/_rels/.*|xl/(?:workbook|sharedStrings|styles)\.(?:xml|bin)|xl/worksheets/.*",
    re.IGNORECASE,
)
_ODS_PARTS = re.compile(r"mimetype|content\.xml|META-INF/manifest\.xml|styles\.xml", re.IGNORECASE)
_DATE_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true)["']""")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)(\d+)["']""")
_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z]\d{7})""")
"""A reference beyond column Z or row 999,999; where there is none, a sheet spans so many cells at most:"""
_NEAR = 26 * 999_999
_ROW_HEADER, _LAST_CELL_RECORD = 0, 11


def kind_of_package(content: bytes) -> str | None:
    """
    Tell what kind of office document a zip archive is.

    Returns
    -------
    str or None
        ``xlsx``, ``xlsb`` or ``ods``; the wording of another document of an office program; None for an archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return kind_of_members(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error):
        return None


def kind_of_members(archive: zipfile.ZipFile) -> str | None:
    """Tell the same of an open archive."""
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        if "xl/workbook.bin" in names:
            return "xlsb"
        if any(name.startswith("xl/") for name in names):
            return "xlsx"
        found = [what for start, what in _TEXT_DOCUMENTS.items() if any(name.startswith(start) for name in names)]
        return found[0] if found else "an Office document without sheets"
    if "mimetype" in names and "content.xml" in names:
        mimetype = archive.read("mimetype") if archive.getinfo("mimetype").file_size < _SMALL else b""
        spreadsheet = mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet")
        return "ods" if spreadsheet else "an OpenDocument file that is no spreadsheet"
    return None


def check_package(content: bytes, where: str) -> tuple[str, bytes, bool]:
    """
    Unpack a workbook within bounds and pack what a reader needs of it anew.

    Parameters
    ----------
    content
        A zip archive.
    where
        What messages call the file.

    Returns
    -------
    tuple
        Its kind; an archive of the parts that were checked, so that a reader sees exactly these; whether its days
        count from 1904.

    Raises
    ------
    InputError
        If it is no workbook, damaged, encrypted, or unpacks beyond the bounds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            kind = kind_of_members(archive)
            if kind not in {"xlsx", "xlsb", "ods"}:
                raise InputError(f"{where} is {kind or 'an archive, not a workbook'}. Ask for a workbook or CSV.")
            return kind, *_repacked(archive, kind, where)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, zlib.error, KeyError) as error:
        raise InputError(
            f"{where} is a damaged or incomplete workbook ({type(error).__name__}). Ask for it again, "
            "or open it in a spreadsheet program and save a copy."
        ) from None


def _repacked(archive: zipfile.ZipFile, kind: str, where: str) -> tuple[bytes, bool]:
    """Copy the parts that hold cells into a new archive without compression."""
    wanted = _ODS_PARTS if kind == "ods" else _EXCEL_PARTS
    total = 0
    from_1904 = False
    checked = io.BytesIO()
    names: set[str] = set()
    with zipfile.ZipFile(checked, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            if entry.is_dir() or not wanted.fullmatch(entry.filename):
                continue
            if entry.flag_bits & 1:
                raise InputError(f"{where} is encrypted. Save a copy without a password.")
            if entry.filename.casefold() in names:
                raise InputError(f"{where} holds a part twice: it is damaged. Open it and save a copy.")
            names.add(entry.filename.casefold())
            part = _unpacked(archive, entry, where, MAX_UNPACKED - total)
            total += len(part)
            _check_part(entry.filename.casefold(), part, kind, where)
            from_1904 |= entry.filename.casefold() == "xl/workbook.xml" and _DATE_1904.search(part) is not None
            copy.writestr(zipfile.ZipInfo(entry.filename), part)
    return checked.getvalue(), from_1904


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str, room: int) -> bytes:
    """Unpack one part, counting as it grows: a header can lie about the size."""
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > room or (size > _SMALL and size > MAX_RATIO * max(entry.compress_size, 1)):
                raise InputError(
                    f"{where} would unpack beyond {MAX_UNPACKED >> 30} GiB or {MAX_RATIO} to 1. "
                    "That is not a workbook of records."
                )
            pieces.append(piece)
    return b"".join(pieces)


def _check_part(name: str, part: bytes, kind: str, where: str) -> None:
    """Refuse a document type, which a workbook never has, and a sheet whose cells are scattered too far."""
    if name.endswith(".xml") and b"<!DOCTYPE" in part:
        raise InputError(f"{where} holds a document type declaration, which no workbook has. It is not read.")
    cells = 0
    if kind == "ods" and name == "content.xml":
        cells = _cells_of_ods(part)
    elif name.startswith("xl/worksheets/") and kind == "xlsx" and name.endswith(".xml"):
        cells = _cells_of_xlsx(part)
    elif name.startswith("xl/worksheets/") and kind == "xlsb" and name.endswith(".bin"):
        cells = _cells_of_xlsb(part)
    if cells > MAX_CELLS:
        raise InputError(
            f"{where} has a sheet of {cells:,} cells between its first and its last filled one, more than "
            f"{MAX_CELLS:,}. A stray cell far away from the table does this: delete the rows and columns outside it."
        )


def _cells_of_xlsx(part: bytes) -> int:
    """Give the area of the rectangle that the cell references of a sheet span."""
    if not _FAR.search(part):
        return _NEAR
    columns: set[bytes] = set()
    last = 0
    start = 0
    while start < len(part):
        cut = part.find(b"<", start + _PIECE)  # never inside a reference
        end = cut if cut >= 0 else len(part)
        found = _PLACE.findall(part, start, end)
        columns.update(column for column, _ in found)
        last = max([last, *(int(row[:9]) for row in {row for _, row in found})])
        start = end
    widest = max((_column_number(column) for column in columns), default=0)
    return widest * max(last, 1)


def _column_number(letters: bytes) -> int:
    """Read the letters of a column as its number; more than a sheet can have counts as very many."""
    number = 0
    for letter in letters.upper()[:6]:
        number = 26 * number + letter - 64
    return number


def _cells_of_xlsb(part: bytes) -> int:
    """Give the same of a binary sheet, record by record."""
    position, row, column = 0, 0, 0
    while position + 1 < len(part):
        record = part[position]
        position += 1
        if record & 0x80:
            record = (record & 0x7F) | (part[position] & 0x7F) << 7
            position += 1
        length = shift = 0
        for shift in (0, 7, 14, 21):
            byte = part[position] if position < len(part) else 0
            position += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if record <= _LAST_CELL_RECORD:
            number = int.from_bytes(part[position : position + 4], "little")
            if record == _ROW_HEADER:
                row = max(row, number)
            else:
                column = max(column, number)
        position += length
    return (row + 1) * (column + 1)


def _cells_of_ods(part: bytes) -> int:
    """Give the largest area of a table of an OpenDocument spreadsheet, repeated rows and columns counted."""
    sheet = _OdsSheet()
    parser = expat.ParserCreate()
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    try:
        parser.Parse(part, True)  # noqa: FBT003 - positional only
    except expat.ExpatError:
        raise zipfile.BadZipFile from None
    return sheet.area


class _OdsSheet:
    """Follow the rows and cells of an OpenDocument table."""

    def __init__(self) -> None:
        self.area = self.row = self.column = self.width = self.height = 0
        self.in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count a row or a cell."""
        if self.in_cell:
            self._fill()
        if name == "table:table":
            self.row = self.width = self.height = 0
        elif name == "table:table-row":
            self.row += self._times(attributes, "table:number-rows-repeated")
            self.column = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self.column += self._times(attributes, "table:number-columns-repeated")
            self.in_cell = True
            if any(key.startswith(("office:", "calcext:")) or key == "table:formula" for key in attributes):
                self._fill()

    def end(self, name: str) -> None:
        """Leave a cell, or measure a table."""
        if name in {"table:table-cell", "table:covered-table-cell"}:
            self.in_cell = False
        elif name == "table:table":
            self.area = max(self.area, self.width * self.height)

    def _fill(self) -> None:
        self.width, self.height = max(self.width, self.column), max(self.height, self.row)

    @staticmethod
    def _times(attributes: dict[str, str], key: str) -> int:
        text = attributes.get(key, "1")
        return min(int(text), 1 << 40) if text.isascii() and text.isdigit() and len(text) < 18 else 1 << 40  # noqa: PLR2004 - a number


__all__ = ["check_package", "kind_of_members", "kind_of_package"]
