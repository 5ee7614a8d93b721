"""Boards of squares whose answer is plain; the list of places by plain loops over sets, every distance from scratch."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


def lay_board(values, side=100.0):
    """Lay the rows of a matrix as squares of 100 m, the first row at the bottom."""
    matrix = np.asarray(values)
    rows, columns = np.indices(matrix.shape)
    cells = shapely.box(
        columns.ravel() * side, rows.ravel() * side, (columns.ravel() + 1) * side, (rows.ravel() + 1) * side
    )
    codes = [f"C{row}{column}" for row, column in zip(rows.ravel(), columns.ravel(), strict=True)]
    return gpd.GeoDataFrame({"n_police": pd.array(matrix.ravel(), "Int64")}, index=codes, geometry=cells, crs=27700)


def naive_places(counts, budget, merge, spacing):
    """Take cells from the best down, and join them to sets of codes."""
    score = counts["n_police"].astype(float)
    order = sorted((code for code in counts.index if score[code] > 0), key=lambda code: (-score[code], code))
    shapes = counts.geometry
    places = []

    def edge(a, b):
        return shapes[a].intersection(shapes[b]).length > 0

    def near(code, place):
        return spacing is not None and any(shapes[code].distance(shapes[other]) < spacing for other in place)

    for code in order:
        touched = [place for place in places if merge > 1 and any(edge(code, other) for other in place)]
        close = [place for place in places if near(code, place)]
        if touched and sum(map(len, touched)) < merge and all(place in touched for place in close):
            first, *others = touched
            first.extend(cell for place in others for cell in place)
            first.append(code)
            places = [place for place in places if not any(place is other for other in others)]
            continue
        room = [place for place in touched if len(place) < merge and all(other is place for other in close)]
        if room:
            room[0].append(code)
        elif not close:
            if len(places) == budget:
                break
            places.append([code])
    return [sorted(place, key=order.index) for place in places]
