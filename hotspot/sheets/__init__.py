"""Open workbooks within bounds, and find where the tables of sheets and of text begin and end."""

from hotspot.sheets.layout import HEAD_ROWS, Header, find_header, is_lone_text, is_note, may_be_note
from hotspot.sheets.small_table import frame_of_rows, workbook_rows
from hotspot.sheets.workbook import Workbook, as_texts, is_workbook, open_workbook

__all__ = [
    "HEAD_ROWS",
    "Header",
    "Workbook",
    "as_texts",
    "find_header",
    "frame_of_rows",
    "is_lone_text",
    "is_note",
    "is_workbook",
    "may_be_note",
    "open_workbook",
    "workbook_rows",
]
