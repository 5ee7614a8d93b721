"""
London: the method that, given the years to 2017, lists most of the violence of 2018.

    python examples/open_data/london_backtest.py FOLDER_OF_DATA [FIGURE]

The data are open: Metropolitan Police counts by LSOA and year, 2011 to 2018 (Open Government Licence). The six LSOAs of
the City of London have a force of their own and are not in them.
"""

import sys
from pathlib import Path

import pandas as pd

import hotspot as hs
from hotspot.evaluation import Past, methods

data = Path(sys.argv[1]) / "london_lsoa_layers"
areas = hs.read_areas(
    data / "census_geog" / "london-2011-lsoa-gen20.shp",
    code="LSOA11CD",
    population=(data / "population" / "london-mid2019-pop.csv", "LSOA11CD", "Persons_All-Ages"),
)
years = [str(year) for year in range(2011, 2019)]
counts = pd.read_csv(data / "crime" / "london-2011-2018-major-violence.csv", index_col="LSOA11CD")[years]
counts = counts.reindex(areas.index)  # what is not covered is missing, not 0
graph = hs.contiguity(areas)


def with_neighbours(past: Past) -> pd.Series:
    """Rank an area by its own events and half of those of its neighbours, per km²: a method of one's own."""
    total = past.total.fillna(0)
    return (total + 0.5 * pd.Series(graph.lag(total), index=total.index)) / past.size


table = hs.backtest(
    {
        "three years": methods.count(3),
        "seven years": methods.count(),
        "crude rate": methods.rate(),
        "smoothed rate": methods.empirical_bayes(),
        "local Moran first": methods.local_moran(graph, population="population"),
        "with neighbours": with_neighbours,
    },
    counts,
    areas,
    train=7,
    shares=[0.005, 0.01, 0.02, 0.05, 0.1],
)
shown = [
    "hit_rate",
    "hit_rate_lower",
    "hit_rate_upper",
    "pai",
    "pei",
    "rri",
    "to_best",
    "to_best_lower",
    "to_best_upper",
]
for share in (0.01, 0.02, 0.05):
    print("\n" + "\n".join(hs.findings(table, share=share)))
    print(table.loc["all"].xs(share, level="area_share")[shown].round(3).to_string())
for figure in sys.argv[2:]:
    hs.draw_backtest(table).savefig(figure)
