"""Open workbooks within bounds and find where their tables begin and end."""

from hotspot.sheets.layout import HEAD_ROWS, Header, find_header, is_note, may_be_note
from hotspot.sheets.workbook import Workbook, as_texts, is_workbook, open_workbook

__all__ = [
    "HEAD_ROWS",
    "Header",
    "Workbook",
    "as_texts",
    "find_header",
    "is_note",
    "is_workbook",
    "may_be_note",
    "open_workbook",
]
