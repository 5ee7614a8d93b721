"""Write what a back-test found: one page, one figure and one table, in a folder of its own."""

from __future__ import annotations

import io
import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hotspot import __version__
from hotspot.errors import ConfigError
from hotspot.evaluation import draw_backtest
from hotspot.evaluation.findings import at_share, findings
from hotspot.evaluation.list_scores import ALL, RANDOM, require_scores
from hotspot.outputs.atomic import SOFTWARE, staged_folder, write_manifest
from hotspot.outputs.export import safe_csv
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_NOTHING = "\N{EN DASH}"
_BLIND = "a list drawn blindly"
_QUESTION = "Which list would have caught most?"
KIND = "evaluation"
"""What the manifest calls the folder, so that it never takes the place of a release."""
STAMP = "NOT DISCLOSURE-CONTROLLED: for those inside the information-sharing protocol only"
_TERMS = (
    ("Caught", "share of all later events that happened at the places on the list."),
    ("PAI", "how many times more that is than a blind list of the same ground would hold."),
    ("Of the possible", "what it caught, as a share of what somebody would have caught who knew the future (PEI)."),
    ("Held", "share caught later, as part of the share in the training period (RRI); below 100 % places fell back."),
    ("More than", "share of all events caught more than by the list it is compared with, in the same draws of places."),
)


def save_evaluation(
    table: pd.DataFrame,
    folder: str | Path,
    *,
    title: str,
    subtitle: str = "",
    method: Sequence[str] = (),
    marking: str = "",
    against: str = "last period",
    share: float | None = None,
) -> Path:
    """
    Write a back-test for the meeting: ``evaluation.html``, ``evaluation.svg`` and ``evaluation.csv``.

    Parameters
    ----------
    table
        From `backtest`.
    folder
        The folder; an earlier output in it is replaced, anything else refused.
    title, subtitle
        What was tested; escaped here.
    method
        Sentences on data, periods and choices.
    marking
        Protective marking beside the stamp.
    against
        As given to `backtest`.
    share
        Share of the ground that the page speaks of; None takes the middle one of the table.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        If the folder holds a file that no run wrote, or cannot be written; what stood there before is untouched.
    LockedError
        If another run is writing to it.

    Notes
    -----
    The scores are computed from exact counts, so everything is stamped. It needs no network and runs no script.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"2023": [5, 1, 0, 2], "2024": [6, 1, 0, 2]}, index=list("ABCD"))
    >>> table = hs.backtest({}, counts, pd.Series(1.0, index=list("ABCD")), train=1, shares=[0.25, 0.5], draws=99)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = hs.save_evaluation(table, place + "/evaluation", title="Violence")
    ...     print(sorted(file.name for file in folder.iterdir()))
    ['evaluation.csv', 'evaluation.html', 'evaluation.svg', 'manifest.json']
    """
    texts = {
        "title": title,
        "subtitle": subtitle,
        "marking": marking,
        **{f"method[{i}]": one for i, one in enumerate(method)},
    }
    for name, text in texts.items():
        given: object = text
        if not isinstance(given, str):
            raise ConfigError(f"{name}: give text, not {type(given).__name__}.")
    require_scores(table)
    if against not in set(table.index.get_level_values("method")):
        raise ConfigError(f"against: {against!r} is no method of the table.")
    stamp = STAMP if not marking else f"{marking} \N{EN DASH} {STAMP}"
    figure = _svg(table, stamp)
    page = _page(table, figure, stamp, title, subtitle, method, against, share)
    flat = table.reset_index()
    flat[["step", "method"]] = flat[["step", "method"]].astype(str)
    with staged_folder(folder, kind=KIND) as stage:
        (stage / "evaluation.html").write_text(page, encoding="utf-8", newline="\n")
        (stage / "evaluation.svg").write_text(figure, encoding="utf-8", newline="\n")
        safe_csv(flat.set_index("step"), stage / "evaluation.csv", stamp=stamp)
        write_manifest(stage, {"software": f"{SOFTWARE} {__version__}", "kind": KIND, "stamp": stamp, "title": title})
    note("save_evaluation", folder=Path(folder).name, rows=len(table))
    return Path(folder)


def _svg(table: pd.DataFrame, stamp: str) -> str:
    """Draw the figure as SVG, the same bytes every time."""
    import matplotlib as mpl

    handle = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "hotspot", "svg.fonttype": "none", "font.family": "sans-serif"}):
        draw_backtest(table, stamp=stamp).savefig(
            handle, format="svg", metadata={"Date": None, "Creator": None, "Rights": stamp}
        )
    return handle.getvalue()


def _page(
    table: pd.DataFrame, figure: str, stamp: str, title: str, subtitle: str, method: Sequence[str], against: str,
    share: float | None,
) -> str:  # fmt: skip
    style = files("hotspot.outputs").joinpath("evaluation_page.css").read_text(encoding="utf-8")
    drawing = re.sub(r"^.*?(?=<svg)", "", figure, flags=re.DOTALL).replace("<svg ", '<svg role="img" ', 1)
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in findings(table, share=share))
    terms = "".join(f"<dt>{name}</dt><dd>{meaning}</dd>" for name, meaning in _TERMS)
    methods = "".join(f"<p>{escape(sentence)}</p>" for sentence in method)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_QUESTION} {escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<p class="mark"><b>{escape(stamp)}</b></p>\n'
        f"<h1>{_QUESTION} {escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n"
        f'<div class="finding">{sentences}</div>\n<figure>{drawing}</figure>\n'
        f"{_by_method(table, against, share)}\n{_by_step(table, share)}\n"
        f"<h2>How to read it</h2><dl>{terms}</dl>\n<h2>How it was done</h2>{methods}\n"
        '<footer class="small"><p>A list that caught much says that the past told where. It is not an effect of '
        "anything that was done there, and not a forecast about any person. What is counted is what was recorded.</p>"
        "</footer>\n"
        "</body>\n</html>\n"
    )


def _by_method(table: pd.DataFrame, against: str, share: float | None) -> str:
    """Give every method's scores at the share the page speaks of, best first."""
    rows = at_share(table, share)
    ground = f"{100 * rows.attrs['share']:g} %"
    rows = rows.sort_values("hit_rate", ascending=False, kind="stable")
    limits, gains = "hit_rate_lower" in rows, "gain" in rows
    heads = ["List by", "Caught", *(["from to"] if limits else []), "PAI", "Of the possible", "Held"]
    heads += [f"More than {against}", "from to"] if gains else []
    lines = []
    for place, (name, row) in enumerate(rows.iterrows()):
        cells = [_percent(row["hit_rate"])]
        cells += [_range(row, "hit_rate")] if limits else []
        cells += [_number(row["pai"]), _percent(row["pei"]), _percent(row.get("rri"))]
        itself = name == against
        cells += [_NOTHING if itself else _points(row["gain"])] if gains else []
        cells += [_NOTHING if itself else _range(row, "gain", points=True)] if gains else []
        kind = ' class="best"' if place == 0 else ""
        body = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f'<tr{kind}><th scope="row">{escape(_BLIND if name == RANDOM else str(name))}</th>{body}</tr>')
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f'<h2>Lists on {ground} of the ground, all tested periods together</h2><div class="wide"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _by_step(table: pd.DataFrame, share: float | None) -> str:
    """Give what each list caught in each tested period, where there are several."""
    whole = at_share(table, share)
    steps = [step for step in dict.fromkeys(table.index.get_level_values("step")) if step != ALL]
    if not steps:
        return ""
    chosen = table[table.index.get_level_values("area_share") == whole.attrs["share"]]["hit_rate"]
    order = whole.drop(index=RANDOM)["hit_rate"].sort_values(ascending=False, kind="stable").index
    lines = []
    for name in order:
        caught = [chosen[(step, name, whole.attrs["share"])] for step in steps]
        cells = "".join(f"<td>{_percent(value)}</td>" for value in caught)
        lines.append(f'<tr><th scope="row">{escape(str(name))}</th>{cells}</tr>')
    head = "".join(f'<th scope="col">{escape(str(step))}</th>' for step in steps)
    return (
        '<h2>Caught in each tested period</h2><div class="wide"><table><thead><tr><th scope="col">List by</th>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _percent(value: object) -> str:
    number = float("nan") if value is None else 100 * float(str(value))
    return _NOTHING if number != number else f"{number:.1f} %"  # noqa: PLR0124 - NaN is not itself


def _number(value: object) -> str:
    number = float(str(value))
    return _NOTHING if number != number else f"{number:.1f}"  # noqa: PLR0124


def _points(value: object) -> str:
    number = 100 * float(str(value))
    return _NOTHING if number != number else f"{number:+.1f}".replace("-", "\N{MINUS SIGN}")  # noqa: PLR0124


def _range(row: pd.Series, name: str, *, points: bool = False) -> str:
    write = _points if points else _percent
    lower, upper = write(row[f"{name}_lower"]), write(row[f"{name}_upper"])
    return lower if lower == upper == _NOTHING else f"{lower.removesuffix(' %')} to {upper}"


__all__ = ["save_evaluation"]
