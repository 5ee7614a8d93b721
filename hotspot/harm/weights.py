"""Read a table of harm weights by offence code, and give the sourced medians of groups."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import folder_of, listed, require_choice
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = ("cambridge", "ons")
_HEADERS = {
    "cambridge": {
        "offence": r"(home office|ho)? ?(offence |crime )?(classification|class|code)( code)?",
        "weight": r"(cchi|cambridge|crime)? ?(harm )?(index |score |weight )?(in )?\(?(cchi|days|score|value)\)?.*",
    },
    "ons": {
        "offence": r"(home office |ho )?offence code",
        "weight": r"(offence |severity |css |crime severity )?weight.*",
    },
}
_NONE = frozenset({"", "-", "..", "n/a", "na", "nan", "none"})
_DEEPEST_HEADER = 30
_GROUPS = (
    ("homicide", "homicide", 5475.0),
    ("violence with injury", "violence_with_injury", 365.0),
    ("violence without injury", "violence_without_injury", 10.0),
    ("stalking and harassment", "stalking_harassment", 10.0),
    ("rape", None, 2555.0),
    ("other sexual offences", None, 182.25),
    ("unlawful driving: death or serious injury", None, 365.0),
    ("robbery", "robbery", 365.0),
    ("possession of weapons", "weapons", 273.75),
    ("public order", "public_order", 7.5),
    ("arson", None, 185.0),
    ("criminal damage", None, 2.0),
    ("residential burglary", None, 273.5),
    ("non-residential burglary", None, 183.5),
    ("shoplifting", "shoplifting", 1.0),
    ("vehicle offences", "vehicle_crime", 5.0),
    ("other theft, theft from the person, bicycle theft", "theft", 2.0),
    ("possession of drugs", None, 3.0),
    ("trafficking of drugs", None, 5.0),
    ("miscellaneous", None, 10.0),
)


def offence_code(text: object) -> str | None:
    """
    Write a Home Office offence code in one way.

    Parameters
    ----------
    text
        Code as supplied: ``8N``, ``08n ``, ``008/01``, ``00801``, or a code before its title (``8N Assault…``).

    Returns
    -------
    str or None
        ``8N``, ``8/1``; None where there is no code.

    Examples
    --------
    >>> from hotspot.harm import offence_code
    >>> [offence_code(text) for text in ("8N", "008n ", "008/01", "00801", "8N Assault with injury", "Affray")]
    ['8N', '8N', '8/1', '8/1', '8N', None]
    """
    if not isinstance(text, str):
        return None
    code = text.strip().upper()
    titled = re.match(r"(\d{1,3}(?:[A-Z]{1,2}|[/.]\d{1,2}[A-Z]?))(?=[\s:\u2013-])", code)
    code = titled.group(1) if titled else code
    if re.fullmatch(r"\d{5}", code):
        code = f"{code[:3]}/{code[3:]}"
    found = re.fullmatch(r"0*(\d+)([A-Z]{0,2})(?:([/.])(\d{1,2})([A-Z]?))?", code)
    if not found:
        return None
    number, letters, mark, part, end = found.groups()
    if part is None:
        return number + letters
    # 4.1 and 4.10 are different offences; 008/01 and 8/1 are not
    return f"{number}{letters}{mark}{part if mark == '.' else int(part)}{end}"


def read_harm_weights(
    path: str | Path, *, scheme: str = "cambridge", columns: Mapping[str, str] | None = None, sheet: str | int = 0
) -> pd.Series:
    """
    Read a table of harm weights that you have fetched, keyed by Home Office offence code.

    Parameters
    ----------
    path
        A ``.csv`` or ``.xlsx`` file. No table comes with the library: the Cambridge Crime Harm Index and the ONS crime
        severity weights are their makers', and change.
    scheme
        ``cambridge`` (days of imprisonment) or ``ons`` (severity weight, no unit). It names the headings looked for in
        the first 30 rows, and stands in the record: never mix the two.
    columns
        Headings of the file, ``{"offence": …, "weight": …}``, where they are not recognised.
    sheet
        Name or number of the sheet of a workbook.

    Returns
    -------
    Series
        ``weight``, float64, 0 or more, indexed by `offence_code`; named after the scheme, ``cambridge`` or ``ons``.

    Raises
    ------
    InputError
        There is no such file; headings are not found or more than one fits; a weight is negative, infinite or text; a
        code has two weights; there is no weight at all.
    ConfigError
        The scheme or a name in ``columns`` is not known.

    Notes
    -----
    Rows without a code (headings, notes) and codes without a weight are left out and counted in the record. A code
    left out has no weight; it is not 0. Workbooks in which codes are numbers cannot tell 4.1 from 4.10: where their
    weights differ the table is refused.

    References
    ----------
    Sherman, L., Neyroud, P. W. and Neyroud, E. (2016). The Cambridge Crime Harm Index. Policing 10, 171-183.
    Office for National Statistics (2016). Developing a crime severity score for England and Wales.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "weights.csv"
    ...     pd.DataFrame({"Offence code": ["008N", "5D"], "Days": [20, 1460]}).to_csv(table, index=False)
    ...     weights = hs.read_harm_weights(table, columns={"offence": "Offence code", "weight": "Days"})
    >>> weights.to_dict()
    {'8N': 20.0, '5D': 1460.0}
    """
    require_choice(scheme, SCHEMES, "scheme")
    if columns is not None and set(columns) != {"offence", "weight"}:
        raise ConfigError("columns: name exactly two, {'offence': heading, 'weight': heading}.")
    if isinstance(sheet, bool) or not isinstance(sheet, str | int):
        raise ConfigError(f"sheet: {sheet!r} must be the name or the number of one sheet.")
    path = Path(path)
    if not path.is_file():
        raise InputError(f"path: there is no file {path.name!r} in {folder_of(path)}.")
    table = _cells(path, sheet)
    head, where = _header(table, scheme, columns)
    body = table.iloc[head + 1 :]
    texts = body[where["weight"]].str.strip()
    codes = body[where["offence"]].map(offence_code)
    blank = texts.str.lower().isin(_NONE)
    rows = codes.notna() & ~blank
    # a comma before three digits groups thousands; before one or two it is a decimal comma, and 182,5 is not 1,825
    plain = texts[rows].str.replace(r",(?=\d{3}(?!\d))", "", regex=True)
    weights = pd.to_numeric(plain, errors="coerce").astype("float64")
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        raise InputError(
            f"path: {int(wrong.sum())} of {len(weights)} weights are text, negative or infinite "
            f"(first in row {int(weights.index[wrong][0]) + 1}). Mend the table; leave a cell empty for no weight."
        )
    found = pd.DataFrame({"code": codes[rows].astype("str"), "weight": weights}).drop_duplicates()
    twice = found["code"][found["code"].duplicated()]
    if len(twice):
        raise InputError(
            f"path: {twice.nunique()} offence code(s) have two weights (first: {twice.iloc[0]}, in row "
            f"{int(twice.index[0]) + 1}). Keep one."
        )
    if found.empty:
        raise InputError("path: no row has an offence code and a weight. Is it the right sheet?")
    note(
        "read_harm_weights", scheme=scheme, rows=len(body), codes=len(found), without_code=int(codes.isna().sum()),
        without_weight=int((codes.notna() & blank).sum()), median=float(found["weight"].median()),
    )  # fmt: skip
    return pd.Series(found["weight"].to_numpy(), index=pd.Index(found["code"], name="offence"), name=scheme)


def harm_weights_by_group() -> pd.DataFrame:
    """
    Give the medians of offence groups in the Cambridge Crime Harm Index of 2026: rough defaults, not offence weights.

    Returns
    -------
    DataFrame
        Indexed by group: ``category`` of ours that stands for exactly this group (else missing: ``sexual`` is rape or
        not, and the two are 2,555 and 182 days) and ``weight``, in days of imprisonment.

    Notes
    -----
    A third party took these medians; they are not the index. They mislead within groups: violence with injury has
    the median 365 (mean 943.5, range 2 to 4,380), while its commonest offence, assault with injury (8N), is some 10 to
    20 days. Use offence codes where there are any. `weigh_harm` uses these only if told ``fallback="group"``.

    Examples
    --------
    >>> import hotspot as hs
    >>> hs.harm_weights_by_group().loc["robbery"].to_dict()
    {'category': 'robbery', 'weight': 365.0}
    """
    names, categories, weights = zip(*_GROUPS, strict=True)
    columns = {"category": pd.array(categories, dtype="str"), "weight": weights}
    return pd.DataFrame(columns, index=pd.Index(names, name="group"))


def _cells(path: Path, sheet: str | int) -> pd.DataFrame:
    """Read every cell as text, without a heading."""
    try:
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            cells = pd.read_excel(path, sheet_name=sheet, header=None, dtype="str")
        else:
            lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            cells = pd.DataFrame(list(csv.reader(lines)), dtype="str")
    except ImportError as error:
        raise InputError("path: reading a workbook needs openpyxl. Install it, or save the sheet as CSV.") from error
    except (ValueError, KeyError, csv.Error, zipfile.BadZipFile) as error:
        raise InputError(f"path: {path.name!r} cannot be read as a table, or has no sheet {sheet!r}.") from error
    return cells.fillna("").astype("str")


def _header(table: pd.DataFrame, scheme: str, columns: Mapping[str, str] | None) -> tuple[int, dict[str, int]]:
    """Find the row of headings, and the two columns."""
    for row in range(min(_DEEPEST_HEADER, len(table))):
        cells = [" ".join(str(cell).split()).casefold() for cell in table.iloc[row]]
        where: dict[str, list[int]] = {}
        for field, pattern in _HEADERS[scheme].items():
            if columns is None:
                where[field] = [i for i, cell in enumerate(cells) if re.fullmatch(pattern, cell)]
            else:
                heading = " ".join(columns[field].split()).casefold()
                where[field] = [i for i, cell in enumerate(cells) if cell == heading]
        if all(where.values()):
            several = [field for field, places in where.items() if len(places) > 1]
            if several:
                raise InputError(
                    f"path: more than one column of row {row + 1} could be the {listed(several)}. "
                    "Say which: columns={'offence': …, 'weight': …}."
                )
            return row, {field: places[0] for field, places in where.items()}
    raise InputError(
        f"path: no row among the first {_DEEPEST_HEADER} has headings for an offence code and a weight. "
        "Name them: columns={'offence': …, 'weight': …}, or another sheet=."
    )


__all__ = ["SCHEMES", "harm_weights_by_group", "offence_code", "read_harm_weights"]
