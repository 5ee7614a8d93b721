"""Write the quality of one provider's records as one page of HTML: no network, no script, one A4 sheet."""

from __future__ import annotations

import math
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspot.ingest.quality_advice import IDENTIFIERS, advise, headline, month_name, nouns
from hotspot.ingest.quality_grades import NOT_APPLICABLE, NOT_KNOWN, STRONG, THRESHOLDS, USABLE, WEAK, Threshold
from hotspot.ingest.quality_indicators import ALL_MONTHS, UNDATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hotspot.ingest.quality_advice import Advice

_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_NONE = "\N{EN DASH}"
_MONTHS_SHOWN = 12
_ADVICE_SHOWN = 5
_NAME_SHOWN = 80
_BY_NAME = {t.indicator: t for t in THRESHOLDS}
_MINIMUM = ("time", "place", "weapon", "all_three")
_TIERS = (
    ("usable_point", "Point: address or venue"),
    ("usable_street", "Street or postcode"),
    ("usable_lsoa", "Neighbourhood (LSOA)"),
    ("usable_outcode", "Postcode district"),
)
_MONTH_ROWS = (
    ("time", "Time"),
    ("place", "Place"),
    ("weapon", "Weapon"),
    ("all_three", "All three"),
    ("usable_lsoa", "On the map"),
)
_SOURCES = {"ed": "emergency department", "local_authority": "local authority"}
_CHECKED = {STRONG: "fine", USABLE: "check", WEAK: "mend"}
"""What a grade is called where less is better: a default time is not *strong*."""
_ARROWS = {"high": "▲", "low": "▼"}
_STATE_SHOWN = {"submitted": "yes", "partial": "partial", "missing": "missing"}


def quality_page(
    provider: str,
    *,
    source: str,
    indicators: pd.DataFrame,
    grades: pd.DataFrame,
    red_flags: pd.DataFrame,
    account: pd.DataFrame,
) -> str:
    """
    Write the page of one provider.

    Parameters
    ----------
    provider
        Name, escaped here.
    source
        Its source.
    indicators, grades
        The provider's rows, by month, `ALL_MONTHS` among them.
    red_flags, account
        As in `QualityReport`; empty where not known for this provider alone.

    Returns
    -------
    str
        The page. It holds counts and shares, never a value of a record.
    """
    whole: Any = indicators.loc[ALL_MONTHS]
    said: Any = grades.loc[ALL_MONTHS]
    shown = printable(provider)
    name = escape(shown if len(shown) <= _NAME_SHOWN else shown[:_NAME_SHOWN] + "…")
    noun = nouns(source)["noun"]
    parts = [
        _head(name, source, indicators, account),
        _verdict(source, whole, said, indicators),
        '<div class="two"><section><h2>The three minimum items</h2>',
        _bars([(key, _label(_BY_NAME[key], noun)) for key in _MINIMUM], whole, said),
        "</section><section><h2>How finely a record can be placed</h2>",
        _bars(_TIERS, whole, said),
        f'<p class="small">Of the {int(whole["placeable"]):,} records neither at a home nor at the hospital.</p>',
        "</section></div>",
        _months(indicators, grades),
        _fix_first(advise(source, indicators, grades, red_flags, account)),
        _checks(whole, said, red_flags, noun),
        _foot(),
    ]
    style = files("hotspot.ingest").joinpath("quality_page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Quality of records: {name}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<p class="mark"><b>For {name} only</b>: small counts are shown, not disclosure-controlled for others. '
        "Do not pass on.</p>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def printable(text: str) -> str:
    """Replace characters that steer a terminal or turn the direction of writing, lines apart."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _head(name: str, source: str, indicators: pd.DataFrame, account: pd.DataFrame) -> str:
    """Say whose records these are, from when, and how many were read."""
    months = _month_labels(indicators)
    span = "no month known" if not months else month_name(months[0])
    if len(months) > 1:
        span += f" to {month_name(months[-1])}"
    read = ""
    if not account.empty:
        rejected = int(account["rows"]["read"] - account["rows"]["kept"])
        read = f" {int(account['rows']['read']):,} rows read, {rejected:,} rejected."
    return (
        f"<header><div><h1>Quality of your records: {name}</h1>"
        f"<p>{escape(_SOURCES.get(source, source).capitalize())} records, {span}.{read}</p></div></header>"
    )


def _verdict(source: str, whole: pd.Series, said: pd.Series, indicators: pd.DataFrame) -> str:
    """Give the overall grade in words, with four figures."""
    phrase, why = headline(source, said)
    months = indicators.loc[_month_labels(indicators), "state"]
    figures = [
        ("Records", f"{int(whole['records']):,}"),
        ("Months in full", f"{(months == 'submitted').sum()} of {len(months)}" if len(months) else NOT_KNOWN),
        ("All three items", _share(whole["all_three"], said["all_three"])),
        ("Placed to LSOA", _share(whole["usable_lsoa"], said["usable_lsoa"])),
    ]
    listing = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in figures)
    return (
        f'<section class="verdict {_css(said["overall"])}" aria-label="Overall grade"><div><strong>{phrase}</strong>'
        f"<p>{escape(why)}</p></div><dl>{listing}</dl></section>"
    )


def _bars(items: Sequence[tuple[str, str]], whole: pd.Series, said: pd.Series) -> str:
    """Draw shares as bars, with ticks at the thresholds where there are any."""
    rows = []
    for key, label in items:
        limit = _BY_NAME.get(key)
        grade = said[key] if limit else ""
        value = whole[key]
        width = 0.0 if math.isnan(value) else 100 * value
        kind = _css(grade) if limit else "none"
        ticks = [] if limit is None else [limit.usable, limit.strong]
        lines = "".join(f'<line x1="{100 * x:g}" x2="{100 * x:g}" y1="0" y2="13" vector-effect="non-scaling-stroke"/>'
                        for x in ticks)  # fmt: skip
        shown = _NONE if math.isnan(value) else _share(value, grade)
        rows.append(
            f'<tr><th scope="row">{label}</th><td class="track"><svg viewBox="0 0 100 13" preserveAspectRatio="none" '
            f'aria-hidden="true"><rect class="back" width="100" height="13"/><rect class="{kind}" width="{width:.1f}" '
            f'height="13"/>{lines}</svg></td><td class="value">{shown}</td><td>{_badge(grade)}</td></tr>'
        )
    return f'<table class="bars"><tbody>{"".join(rows)}</tbody></table>'


def _months(indicators: pd.DataFrame, grades: pd.DataFrame) -> str:
    """Give the last twelve months as a strip: volume, state, and the share of each item."""
    every = _month_labels(indicators)
    months = every[-_MONTHS_SHOWN:]
    if not months:
        return "<h2>Month by month</h2><p>No record has a date, so no month can be told.</p>"
    table = indicators.loc[months]
    peak = max(1, int(table["records"].max()) if table["records"].notna().any() else 1)
    head = "".join(f'<th scope="col">{month_name(month).replace(" ", "<br>")}</th>' for month in months)
    body = [_strip_row("Records", [_volume(row["records"], peak) for _, row in table.iterrows()])]
    counts = [_count(n, said) for n, said in zip(table["records"], table["volume"], strict=True)]
    body.append(_strip_row("Count", counts))
    states = [f'<td class="state {state}">{_STATE_SHOWN[state]}</td>' for state in table["state"]]
    body.append(_strip_row("Received", states))
    for key, label in _MONTH_ROWS:
        graded = zip(grades.loc[months, key], table[key], strict=True)
        cells = [f'<td class="{_css(grade)}">{_short(value)}</td>' for grade, value in graded]
        if table[key].notna().any():
            body.append(_strip_row(label, cells))
    more = f" The last {len(months)} of {len(every)} months are shown." if len(every) > len(months) else ""
    if table["volume"].isin(_ARROWS).any():
        more += " ▲ ▼: more or fewer than in the usual month, and not by chance."
    undated = ""
    if UNDATED in indicators.index:
        undated = f" {int(indicators['records'][UNDATED]):,} records have no date at all and are in no month."
    return (
        "<section><h2>Month by month</h2>"
        '<div class="scroll"><table class="months"><caption class="small">Percent of the records of each month; grey: '
        f"too few to grade. “Missing” means that nothing arrived, not that nothing happened.{more}{undated}</caption>"
        f'<thead><tr><th scope="row"><span class="small">Month</span></th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div></section>"
    )


def _strip_row(label: str, cells: Sequence[str]) -> str:
    return f'<tr><th scope="row">{label}</th>{"".join(cells)}</tr>'


def _count(records: object, volume: object) -> str:
    """Show one month's records, with an arrow where they are far from the usual month."""
    if pd.isna(records):  # type: ignore[call-overload]  # any scalar
        return f"<td>{_NONE}</td>"
    arrow = _ARROWS.get(str(volume))
    mark = f' <span role="img" aria-label="{volume}">{arrow}</span>' if arrow else ""
    return f"<td>{int(str(records)):,}{mark}</td>"


def _volume(records: object, peak: int) -> str:
    """Draw one month's records as a column."""
    height = 0 if pd.isna(records) else max(1.0, 30 * int(str(records)) / peak)  # type: ignore[call-overload]
    return (
        '<td class="volume"><svg viewBox="0 0 20 30" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="0" y="{30 - height:.1f}" width="20" height="{height:.1f}"/></svg></td>'
    )


def _fix_first(advice: Sequence[Advice]) -> str:
    """List what to mend first."""
    if not advice:
        return "<h2>What to fix first</h2><p>Nothing stands out. Keep sending every month.</p>"
    rows = [
        f'<li><span class="number {_css(one.grade)}">{number}</span>'
        f"<span><b>{escape(one.what)}</b> {escape(one.how)}</span></li>"
        for number, one in enumerate(advice[:_ADVICE_SHOWN], start=1)
    ]
    more = len(advice) - len(rows)
    rest = f'<p class="small">{more} more in the table, by grade.</p>' if more > 0 else ""
    return f"<section><h2>What to fix first</h2><ol>{''.join(rows)}</ol>{rest}</section>"


def _checks(whole: pd.Series, said: pd.Series, red_flags: pd.DataFrame, noun: str) -> str:
    """Give the other checks in two columns."""
    shown = [t for t in THRESHOLDS if t.indicator not in {*_MINIMUM, "usable_lsoa", "months_submitted"}]
    rows = [
        f'<tr><th scope="row">{_label(t, noun)}</th><td>{_value(t, whole, said)}</td>'
        f"<td>{_badge(said[t.indicator], words={} if t.more_is_better else _CHECKED)}</td></tr>"
        for t in shown
    ]
    flags = NOT_KNOWN if red_flags.empty else f"{int(red_flags['count'].get(IDENTIFIERS, 0)):,}"
    kind = "" if red_flags.empty else STRONG if flags == "0" else WEAK
    word = {"": NOT_KNOWN, STRONG: "none seen", WEAK: "take out"}[kind]
    badge = f'<span class="grade {_css(kind)}">{word}</span>'
    value = _NONE if red_flags.empty else flags
    rows.append(f'<tr><th scope="row">Columns like personal identifiers</th><td>{value}</td><td>{badge}</td></tr>')
    half = (len(rows) + 1) // 2
    tables = "".join(
        f'<table class="checks"><tbody>{"".join(part)}</tbody></table>' for part in (rows[:half], rows[half:])
    )
    return f'<section><h2>Other checks</h2><div class="two">{tables}</div></section>'


def _foot() -> str:
    """Say how to read the page, and what it does not mean."""
    return (
        "<footer><p>How to read it: ticks on the bars mark where a share becomes usable and strong. Placed: from 60% "
        "strong, 30 to 60% usable with caveats, below 30% context only, after what hospitals in London and Milwaukee "
        "reach; the other marks are our own. The overall grade is the weakest of the minimum items, the placing and "
        "the months received.</p><p>Percentages describe the records that arrived. A strong grade means that the "
        "records can be used, not that they are complete or true. “Partial”: received before the month ended, "
        "far below the usual month, or a week and more without a record that chance does not explain.</p></footer>"
    )


def _label(threshold: Threshold, noun: str) -> str:
    """Name an indicator in the words of the source."""
    return threshold.label.replace("assault", noun).replace("Assault", noun.capitalize())


def _value(threshold: Threshold, whole: pd.Series, said: pd.Series) -> str:
    """Show a value in its unit."""
    value = whole[threshold.indicator]
    if threshold.indicator == "days_to_receipt":
        return _NONE if math.isnan(value) else f"{value:.0f} d"
    return _NONE if math.isnan(value) else _share(value, said[threshold.indicator])


def _share(value: float, grade: str) -> str:
    """Show a share as a percentage that never rounds to all or nothing; what does not apply is said in words."""
    if math.isnan(value):
        return grade if grade in {NOT_APPLICABLE, NOT_KNOWN} else NOT_KNOWN
    return _short(value) + "%"


def _short(value: float) -> str:
    """Round a share to a whole percentage, 0 and 100 only where it is exactly that."""
    if math.isnan(value):
        return _NONE
    if value in (0, 1):
        return f"{100 * value:.0f}"
    return f"{min(max(round(100 * value), 1), 99)}"


def _badge(grade: str, words: Mapping[str, str] | None = None) -> str:
    return f'<span class="grade {_css(grade)}">{(words or {}).get(grade, grade)}</span>' if grade else ""


def _css(grade: str) -> str:
    return grade if grade in (STRONG, USABLE, WEAK) else "none"


def _month_labels(indicators: pd.DataFrame) -> list[str]:
    return [str(month) for month in indicators.index if month not in (ALL_MONTHS, UNDATED)]
