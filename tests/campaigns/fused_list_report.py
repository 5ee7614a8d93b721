# ruff: noqa: T201 - the script prints its table
"""Sum up what fused_list.py measured: tables under measured/, and the figure of docs/question.md.

python tests/campaigns/fused_list_report.py [build/fused_list] [docs]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from fused_list_city import VARIED
from scipy.stats import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AS_IT_IS, SEEN_ALIKE = "as it is", "no hidden places"
MAIN, EXPECTED = "injured outside the home", "expected"
BUDGETS = (("ground", 0.01), ("ground", 0.02), ("ground", 0.05), ("ten", 10.0))
BESIDE = "police"
EQUAL = 1e-9
"""Lists of the same places differ by rounding alone."""
MINUS = "\N{MINUS SIGN}"
GROUND = (0.5, 1, 2, 5, 10, 20)
FEW = ("police", "fused", "police and ED", "ED", "ambulance", "ED and ambulance", "everything of this year")
CEILING = "the best possible"
SAID = dict(zip(BUDGETS, ("1 % of the ground", "2 %", "5 %", "ten areas"), strict=True))
OUTCOMES = (MAIN, "all outside the home", "all violence", "harm outside the home")
LISTS = {
    CEILING: "the best possible: true chances", "everything of this year": "everything that truly happened this year",
    "fused": "**fused: police, ED and ambulance, linked**", "fused, smoothed": "the same, smoothed",
    "fused, chance taken out": "the same, chance matches taken out",
    "added up, not linked": "the three added up, not linked", "mean rank": "mean percentile rank of the three",
    "ED and ambulance": "ED and ambulance, linked", "ambulance": "ambulance alone", "ED": "ED alone",
    "police and ED": "police and ED, linked", "police, scaled by hidden share": "police, scaled by the hidden share",
    "police": "**police alone**", "police, smoothed": "the same, smoothed",
    "police, five years": "police alone, five years", "police, also without injury": "police, also without injury",
    "police.uk, all violence": "police.uk, all violence and robbery",
}  # fmt: skip
KEYS = ["variant", "unit", "when", "outcome", "budget", "share"]
INK, FUSED, POLICE, LIGHT = "#17212b", "#08417a", "#7a7a7a", "#c6d4e3"
LOOKS = {
    CEILING: {"color": INK, "linewidth": 1.2, "linestyle": (0, (4, 3))},
    "fused": {"color": FUSED, "linewidth": 3},
    "police": {"color": POLICE, "linewidth": 3},
}
"""Lines differ in lightness and stroke, so that the figure can be read in grey."""


def interval(values: pd.Series) -> dict[str, float]:
    """Give the mean over cities and its 95 % interval (Student's t)."""
    reach = float(t.ppf(0.975, len(values) - 1)) * values.sem()
    return {"": values.mean(), "_lower": values.mean() - reach, "_upper": values.mean() + reach}


def compared(table: pd.DataFrame, name: str) -> dict[str, float]:
    """Say what a list catches, and city by city how much more than the police-only list (rows: cities)."""
    gain, points = table[name] / table[BESIDE] - 1, table[name] - table[BESIDE]
    found: dict[str, float] = {"cities": len(table)}
    for label, values in (("caught", table[name]), ("gain", gain), ("points", points)):
        found |= {f"{label}{end}": value for end, value in interval(values).items()}
    low, high = points.quantile([0.05, 0.95])
    possible = (table[CEILING] - table[BESIDE]).mean()
    reached = points.mean() / possible if possible > 0 else np.nan
    return found | {
        "points_p05": low, "points_p95": high, "gain_p05": gain.quantile(0.05), "gain_p95": gain.quantile(0.95),
        "better": (points > EQUAL).mean(), "as_good": (points.abs() <= EQUAL).mean(), "reached": reached,
    }  # fmt: skip


def by_city(raw: pd.DataFrame) -> pd.DataFrame:
    """Put values of one outcome below one another: one row for a city and budget, one column for a list."""
    given = raw.assign(share=np.where(raw["budget"] == "ten", 10.0, raw["share"]))
    outcomes = [name for name in given if name not in {*KEYS, "list", "seed"}]
    long = given.melt(id_vars=[name for name in KEYS if name != "outcome"] + ["list", "seed"], value_vars=outcomes,
                      var_name="outcome", value_name="caught")  # fmt: skip
    return long.pivot_table(index=[*KEYS, "seed"], columns="list", values="caught")


def summed_up(cities: pd.DataFrame) -> pd.DataFrame:
    """Compare every list with the police-only list, for each variant, unit, outcome and budget."""
    rows = []
    for key, table in cities.groupby(level=KEYS):
        about = dict(zip(KEYS, key, strict=True))
        chosen = (about["budget"], about["share"]) in BUDGETS
        main = about["outcome"] == MAIN and about["when"] == EXPECTED
        curve = main and about["variant"] in {AS_IT_IS, SEEN_ALIKE}
        if not (curve or chosen):
            continue
        names = list(table) if main and about["variant"] == AS_IT_IS else [*FEW, CEILING]
        rows += [about | {"list": name} | compared(table, name) for name in names]
    return pd.DataFrame(rows).round(4)


def read(raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read every city's values, and the facts about them."""
    facts = sorted(raw.glob("*_facts.parquet"))
    values = [path for path in sorted(raw.glob("*.parquet")) if path not in facts]
    about = pd.concat([pd.read_parquet(path) for path in facts], ignore_index=True)
    return pd.concat([by_city(pd.read_parquet(path)) for path in values]), about


def report(raw: Path, docs: Path) -> None:
    """Write the summary, the main comparison city by city, the facts, and the figure; print the comparison."""
    cities, about = read(raw)
    table = summed_up(cities)
    measured = docs / "measured"
    measured.mkdir(parents=True, exist_ok=True)
    table.to_csv(measured / "fused_list.csv", index=False, lineterminator="\n")
    main = cities.xs((AS_IT_IS, EXPECTED, MAIN), level=["variant", "when", "outcome"])
    chosen = pd.MultiIndex.from_tuples(BUDGETS)
    kept = main[main.index.droplevel(["unit", "seed"]).isin(chosen)][[*FEW[:2], FEW[-1], CEILING]]
    kept.round(9).reset_index().to_csv(measured / "fused_list_cities.csv", index=False, lineterminator="\n")
    facts = about.groupby("variant").agg("mean").drop(columns="seed").round(4)
    facts.to_csv(measured / "fused_list_facts.csv", lineterminator="\n")
    for name, lines in tables(table, facts).items():
        print(f"{name}\n\n{lines}")
    figure(table, docs / "images" / "fused_list.svg")


def percent(value: float, digits: int = 1) -> str:
    """Write a share in per cent."""
    return f"{100 * value:.{digits}f} %".replace("-", MINUS)


def ranged(row: pd.Series, name: str, unit: str = " %") -> str:
    """Write a mean in per cent, or in points, with its interval."""
    mean, low, high = (f"{100 * row[f'{name}{end}']:.1f}".replace("-", MINUS) for end in ("", "_lower", "_upper"))
    return f"{mean}{unit} ({low} to {high})"


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table of the page."""
    lines = [head, ("---", *["--:"] * (len(head) - 1)), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def tables(table: pd.DataFrame, facts: pd.DataFrame) -> dict[str, str]:
    """Write the tables of docs/question.md."""
    at = table.set_index(["variant", "unit", "when", "outcome", "budget", "share", "list"]).sort_index()

    def one(budget: tuple[str, float], name: str = "fused", variant: str = AS_IT_IS, unit: str = "areas",
            when: str = EXPECTED, outcome: str = MAIN) -> pd.Series:  # fmt: skip
        return at.loc[(variant, unit, when, outcome, *budget, name)]

    main = [
        (label, percent(one(budget, "police", unit=unit)["caught"]), percent(one(budget, unit=unit)["caught"]),
         ranged(one(budget, unit=unit), "gain"), ranged(one(budget, unit=unit), "points", ""),
         percent(one(budget, unit=unit)["better"], 0), percent(one(budget, unit=unit)["reached"], 0))
        for unit in ("areas", "cells") for budget, label in SAID.items() if (unit, budget[0]) != ("cells", "ten")
    ]  # fmt: skip
    shown = [(unit, budget) for unit in ("areas", "cells") for budget in (("ground", 0.02), ("ground", 0.05))]
    lists = [
        (label, *(percent(one(budget, name, unit=unit)["caught"]) for unit, budget in shown))
        for name, label in LISTS.items()
    ]
    outcomes = [
        (f"{outcome}, {'mean of 20 years' if when == EXPECTED else 'the next year'}",
         *(ranged(one(budget, when=when, outcome=outcome), "gain") for budget in SAID))
        for outcome in OUTCOMES for when in (EXPECTED, "one year")
    ]  # fmt: skip
    given = set(table["variant"])
    varied = [
        (name, percent(1 - facts.loc[name, "police"], 0), percent(facts.loc[name, "ED records placed"], 0),
         *(ranged(one(("ground", share), variant=name), "gain") for share in (0.02, 0.05)),
         ranged(one(("ground", 0.05), "police and ED", name), "gain"))
        for name in VARIED if name in given
    ]  # fmt: skip
    return {
        "main": markdown(("budget", "police", "fused", "gain", "points", "cities better", "of the possible"), main),
        "lists": markdown(("list", "areas, 2 %", "areas, 5 %", "cells, 2 %", "cells, 5 %"), lists),
        "outcomes": markdown(("judged on", *SAID.values()), outcomes),
        "varied": markdown(("cities", "police never hear", "ED placed", "2 %", "5 %", "ED alone added, 5 %"), varied),
    }


def figure(table: pd.DataFrame, path: Path) -> None:
    """Draw what the lists catch, and how much more the fused one does, over the share of the ground that is listed."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style = {"font.family": "DejaVu Sans", "font.size": 11, "svg.hashsalt": "fused list", "axes.spines.top": False,
             "axes.spines.right": False, "axes.edgecolor": INK, "text.color": INK, "axes.labelcolor": INK,
             "xtick.labelcolor": INK, "ytick.labelcolor": INK}  # fmt: skip
    is_main = (table[["when", "outcome", "unit", "budget"]] == [EXPECTED, MAIN, "areas", "ground"]).all(axis=1)
    main = table[is_main].set_index(["variant", "list", "share"]).sort_index()
    with mpl.rc_context(style):
        drawn = Figure(figsize=(11, 6))
        left, right = drawn.subplots(1, 2)
        drawn.subplots_adjust(left=0.065, right=0.972, top=0.73, bottom=0.2, wspace=0.17)
        draw_caught(left, main.loc[AS_IT_IS])
        draw_more(right, main.loc[AS_IT_IS, "fused"], main.loc[SEEN_ALIKE, "fused"])
        write_around(drawn, main.loc[AS_IT_IS, "fused"])
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {}, dpi=110)


def prepare(axes: Axes, title: str, *, every: float, to: float) -> None:
    """Set up the axes: share of the ground across, per cent up."""
    axes.set_title(title, loc="left", fontsize=11.5, fontweight="bold", pad=12)
    axes.set_xscale("log")
    axes.set_xlim(0.5, 20)
    axes.set_xticks(GROUND, [f"{x:g} %" for x in GROUND], minor=False)
    axes.minorticks_off()
    axes.set_xlabel("share of the city's ground that is on the list")
    axes.set_ylim(0, to)
    axes.set_yticks(np.arange(0, to + 1e-9, every))
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", pad=9)


def draw_caught(axes: Axes, main: pd.DataFrame) -> None:
    """Draw the share of later violence that each list catches."""
    prepare(axes, "Share of the later violence that lies on the list", every=20, to=90)
    axes.set_yticks(np.arange(0, 81, 20), [f"{y} %" for y in range(0, 81, 20)])
    for name, look in LOOKS.items():
        caught = 100 * main.loc[name, "caught"]
        axes.plot(100 * caught.index, caught, solid_capstyle="round", **look)
    best, fused, police = (100 * main.loc[name, "caught"] for name in (CEILING, "fused", "police"))
    arrow = {"arrowstyle": "-", "color": INK, "linewidth": 0.8, "shrinkB": 2}
    axes.annotate("the best list there could be", (7, best[0.07]), (2.1, best[0.07] + 22),
                  arrowprops=arrow, va="center")  # fmt: skip
    axes.text(2.7, fused[0.05] + 5, "police, hospital and\nambulance, linked", color=FUSED, ha="right", va="center",
              fontweight="bold")  # fmt: skip
    axes.text(7.3, police[0.07] - 6, "police alone", color="#5c5c5c", va="center", fontweight="bold")


def draw_more(axes: Axes, fused: pd.DataFrame, seen_alike: pd.DataFrame) -> None:
    """Draw how many of 100 later events the fused list catches more, with both intervals."""
    x, top = 100 * fused.index, 5 * np.ceil(20 * fused["points_p95"].max() + 0.2)
    prepare(axes, "Caught beyond police alone, of 100 later events", every=5, to=top)
    axes.set_yticks(np.arange(0, top, 5), [f"+{y:g}" if y else "0" for y in np.arange(0, top, 5)])
    axes.fill_between(x, 100 * fused["points_p05"], 100 * fused["points_p95"], color=LIGHT, linewidth=0)
    axes.fill_between(x, 100 * fused["points_lower"], 100 * fused["points_upper"], color="#6f9bc8", linewidth=0)
    axes.plot(x, 100 * fused["points"], color=FUSED, linewidth=2.2)
    for share in (0.02, 0.05, 0.1):
        mean = 100 * fused["points"][share]
        axes.plot(100 * share, mean, "o", color=FUSED, markersize=6)
        axes.annotate(f"+{mean:.1f}", (100 * share, mean), (-8, 7), textcoords="offset points", color=FUSED,
                      fontweight="bold", ha="right", fontsize=12)  # fmt: skip
    axes.set_ylim(-1.5, top)
    axes.axhline(0, color=INK, linewidth=0.8)
    few = 100 * seen_alike["points"]
    axes.plot(100 * few.index, few, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.annotate("in cities without\nsuch places", (12.5, few[0.15]), (12.5, few[0.15] + 2.4), ha="center",
                  fontsize=10)  # fmt: skip
    arrow = {"arrowstyle": "-", "color": INK, "linewidth": 0.8, "shrinkB": 0}
    axes.annotate("nine cities in ten", (4.6, 100 * fused["points_p95"][0.05]), (0.62, top * 0.86), arrowprops=arrow,
                  va="center", fontsize=10)  # fmt: skip
    axes.annotate("mean of all cities,\nwith its 95 % interval", (3.3, 100 * np.interp(0.033, fused.index,
                  fused["points"])), (0.62, top * 0.62), arrowprops=arrow, va="center", fontsize=10)  # fmt: skip


def write_around(drawn: Figure, fused: pd.DataFrame) -> None:
    """Write the finding above the figure, and what it rests on."""
    one, two, five = (f"{100 * fused['gain'][share]:.0f} %" for share in (0.01, 0.02, 0.05))
    title = f"Fusing finds {one} more of the later violence on 1 % of the ground, {two} on 2 %, {five} on 5 %"
    drawn.text(0.012, 0.935, title, fontsize=14.5, fontweight="bold")
    beside = (
        f"{int(fused['cities'].iloc[0])} synthetic cities; violence with injury outside the home, a third of it in "
        "places that the police mostly do not see.\n"
        "What was put in comes out: this is what fusing can find where that is so, not what it found in a real place."
    )
    drawn.text(0.012, 0.85, beside, fontsize=10.5, linespacing=1.5)
    below = (
        "Lists of areas of half a square kilometre, made of one year's records. Every list gets the same ground, to "
        "the last metre,\nand is judged on the mean of 20 later years. python tests/campaigns/fused_list.py repeats it."
    )
    drawn.text(0.012, 0.022, below, fontsize=9.5, color="#4a4a4a", linespacing=1.4)


if __name__ == "__main__":
    report(*(Path(given) for given in (*sys.argv[1:], *("build/fused_list", "docs")[len(sys.argv) - 1 :])))
