"""Write reference.md from the code: every public name, every column. Run it after changing either."""

from __future__ import annotations

import inspect
from pathlib import Path

import hotspot as hs
from hotspot.schema import CATEGORIES, COLUMNS

PAGE = Path(__file__).with_name("reference.md")


def reference() -> str:
    """Give the text of the page."""
    lines = [
        "# Reference",
        "",
        "Made from the code by `python docs/make_reference.py`; `help(hs.<name>)` tells the rest.",
        "",
    ]
    lines += ["## Public names", "", "| name | what it does |", "|---|---|"]
    for name in sorted(hs.__all__, key=str.lower):
        text = inspect.getdoc(getattr(hs, name)) if name != "__version__" else "Version of the library."
        lines.append(f"| `{name}` | {(text or '').split(chr(10) * 2)[0].replace(chr(10), ' ')} |")
    lines += ["", "## Columns", "", "What happens to a column at the release gate is its *disclosure*:", ""]
    lines += ["`public` as it is; `count` by the policy's threshold and rounding; `sum` from published parts;"]
    lines += [
        "`derived` computed by `analyse` from protected counts; `internal` restricted only; `never` of record level.",
        "",
    ]
    lines += ["| frame | column | unit | meaning | disclosure |", "|---|---|---|---|---|"]
    for column in COLUMNS:
        suffix = f", `{column.name}_<source>`" if column.by_source else ""
        unit = column.unit.replace("|", "/")
        lines.append(f"| {column.frame} | `{column.name}`{suffix} | {unit} | {column.meaning} | {column.disclosure} |")
    lines += ["", "## Categories", "", ", ".join(f"`{name}`" for name in CATEGORIES), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8", newline="\n")
