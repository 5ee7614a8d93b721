"""Recompute a local statistic with PySAL, and say where and why the two differ."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hotspot.clusters.inference import WEIGHTED_TIE, neighbour_ranks, pair_ranks
from hotspot.clusters.local_geary import pairs_of
from hotspot.clusters.quadrants import standardise, times_own
from hotspot.clusters.sites import aligned, numbers_of, read_sites
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.empirical_bayes import standardised_rates
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites
    from hotspot.numerics.permutation import TailCounts

    Floats = npt.NDArray[np.float64]

_STATISTICS = {"moran": "moran_i", "gi": "gi_z", "geary": "geary_c"}
_STANDARD_ERRORS = 4.5
"""Monte-Carlo standard errors within which two p-values are the same: passed by chance once in 150,000 areas."""
_SAME = 1e-8


class _Theirs(NamedTuple):
    statistic: Floats
    p: Floats
    label: npt.NDArray[np.object_]


def compare_with_pysal(
    result: pd.DataFrame,
    y: pd.Series,
    graph: Graph | W,
    *,
    population: pd.Series | None = None,
    star: bool = True,
    permutations: int = 999,
    alpha: float = 0.05,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Recompute local Moran, Getis-Ord or local Geary with PySAL's esda, and say where and why the two differ.

    Needs ``pip install "violence-hotspot[pysal]"``.

    Parameters
    ----------
    result
        What `local_moran`, `local_moran_rate`, `getis_ord` or `local_geary` returned.
    y
        The values it was computed from; for `local_moran_rate` the events.
    graph
        The neighbours it was computed with.
    population
        For `local_moran_rate`: the population.
    star
        For `getis_ord`: as it was there.
    permutations
        Of PySAL, and of ours for the comparison of like with like.
    alpha
        Level at which PySAL's labels are given; it corrects for no number of tests.
    seed
        Of PySAL's random numbers.

    Returns
    -------
    DataFrame
        Indexed like ``result``: ``statistic``, ``pysal_statistic``, ``p``, ``pysal_p``, ``label``, ``pysal_label``,
        ``ties`` (share of draws whose sum equals the observed one) and ``why``:

        * ``same``: same label, and p-values that agree once both report the smaller tail;
        * ``tails or correction``: such p-values agree, and the labels differ because ours are two-sided or corrected
          for the number of areas (both by default), theirs are neither;
        * ``own value``: Gi* alone. Theirs holds the area's own value, ours draws it anew; with it held, ours agrees;
        * ``ties``: p-values differ where draws tie with the observed sum. Ours counts ties in both tails; in
          floating-point sums a tie may fall on either side;
        * ``No data``, ``No neighbours``, ``Undefined``: not tested by us. Areas without a value are left out before
          PySAL is asked; it gives areas without neighbours, and constants, a p-value;
        * ``unexplained``: none of these.

    Raises
    ------
    ConfigError
        esda is not installed.
    InputError
        ``result`` is none of the four, or its areas are not those of ``y`` and ``graph``.

    Notes
    -----
    esda's local Moran divides the variance by n - 1, ours by n: ``pysal_statistic`` is given in our convention, so
    that what remains different is. Its Getis-Ord z takes the variance of binary weights; where weights differ within a
    row the z-scores therefore differ, and p-values alone are compared; where values sum to less than 0 its z is turned
    round. p-values are the same to Monte-Carlo error where the smaller tails differ by no more
    than 4.5 standard errors of their difference.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = [f"E{i:02}" for i in range(30)]
    >>> line = {code: [c for c in codes if abs(int(c[1:]) - int(code[1:])) in (1, 2)] for code in codes}
    >>> graph, y = Graph.from_dicts(line), pd.Series([i * i % 17 + i / 7 for i in range(30)], codes)
    >>> found = hs.compare_with_pysal(hs.local_moran(y, graph), y, graph)
    >>> bool((found["statistic"] - found["pysal_statistic"]).abs().max() < 1e-9), sorted(set(found["why"]))
    (True, ['same', 'tails or correction'])
    """
    try:
        import esda  # noqa: F401 - only whether it is there
    except ImportError as missing:
        raise ConfigError(
            'compare_with_pysal needs esda: pip install "violence-hotspot[pysal]" brings it.'
        ) from missing
    kind = next((kind for kind, column in _STATISTICS.items() if column in result), None)
    if kind is None or not result.index.equals(y.index):
        raise InputError(
            "result: give what local_moran, local_moran_rate, getis_ord or local_geary returned for this y: "
            + (f"it has no column {', '.join(_STATISTICS.values())}." if kind is None else "its areas are others.")
        )
    values = numbers_of(y, "y")
    if population is not None:
        people = aligned(population, "population", y, "y")
        usable = np.isfinite(values) & (people > 0)
        values, counts = np.full(len(values), np.nan), values
        values[usable] = standardised_rates(counts[usable], people[usable])
    sites = read_sites(y, values, graph, "y", own=kind == "gi" and star)
    theirs = _esda(sites, kind, star=star, permutations=permutations, alpha=alpha, seed=seed)
    column, label = _STATISTICS[kind], f"{kind}_label"
    found = pd.DataFrame(
        {
            "statistic": result[column],
            "pysal_statistic": sites.column(theirs.statistic, np.nan),
            "p": result[f"{kind}_p"],
            "pysal_p": sites.column(theirs.p, np.nan),
            "label": result[label],
            "pysal_label": pd.array(sites.column(theirs.label, "No data"), dtype="str"),
        },
        index=result.index,
    )
    plain, held = _smaller_tails(sites, kind, star=star, permutations=permutations, seed=seed)
    why = _reasons(found, theirs, plain, held, sites, kind)
    found["ties"] = sites.column(held.ties / permutations, np.nan)
    found["why"] = pd.array(why, dtype="str")
    note("compare_with_pysal", statistic=column, permutations=permutations, why=_counted(why))
    return found


def _counted(why: list[str]) -> dict[str, int]:
    return {reason: why.count(reason) for reason in sorted(set(why))}


def _weights(sites: Sites) -> Graph:
    """Build the graph that PySAL sees: the areas with a value, an area's own weight first in its row."""
    from libpysal.graph import Graph as LibpysalGraph

    focal = np.repeat(np.arange(len(sites.rows)), sites.degree)
    order = np.lexsort((sites.neighbours, sites.neighbours != focal, focal))
    alone = np.flatnonzero(sites.degree == 0)
    links = pd.DataFrame(
        {
            "focal": np.r_[focal[order], alone],
            "neighbor": np.r_[sites.neighbours[order], alone],
            "weight": np.r_[sites.weights[order], np.zeros(len(alone))],
        }
    ).sort_values("focal", kind="stable")
    return LibpysalGraph.from_adjacency(links)


def _esda(sites: Sites, kind: str, *, star: bool, permutations: int, alpha: float, seed: int) -> _Theirs:
    import esda

    y, graph = sites.y, _weights(sites)
    n = len(y)
    if not sites.varies():
        return _Theirs(np.full(n, np.nan), np.full(n, np.nan), np.full(n, "Undefined", object))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about islands and conventions that our columns spell out
        if kind == "moran":
            moran = esda.Moran_Local(y, graph, permutations=permutations, seed=seed, n_jobs=1, keep_simulations=False)
            names = np.array(["", "High-High", "Low-High", "Low-Low", "High-Low"], object)[moran.q]
            statistic, p = moran.Is * n / (n - 1), moran.p_sim
        elif kind == "gi":
            binary = sites.equal_weights  # its z has the variance of binary weights
            getis = esda.G_Local(
                y,
                graph,
                transform="B" if binary else "R",
                permutations=permutations,
                star=None if star else False,
                seed=seed,
                n_jobs=1,
                keep_simulations=False,
            )
            # its G is a share of the sum of values, and turns round where that is below 0
            z = getis.Zs * np.sign(y.sum() - (0.0 if star else y))
            names = np.where(z > 0, "Hot", "Cold").astype(object)
            statistic, p = z, getis.p_sim
        else:
            options = (
                {"drop_islands": False} if "drop_islands" in inspect.signature(esda.Geary_Local).parameters else {}
            )
            geary = esda.Geary_Local(
                graph, permutations=permutations, seed=seed, n_jobs=1, keep_simulations=False, **options
            ).fit(y)
            names = np.where(geary.localG < np.nanmean(geary.localG), "like", "unlike").astype(object)
            statistic, p = np.asarray(geary.localG, np.float64), geary.p_sim
    label = np.where(p <= alpha, names, "Not significant").astype(object)
    return _Theirs(np.asarray(statistic, np.float64), np.asarray(p, np.float64), label)


def _smaller_tails(
    sites: Sites, kind: str, *, star: bool, permutations: int, seed: int
) -> tuple[TailCounts, TailCounts]:
    """Rank by our rule, and with the area's own value held as PySAL does; the two differ for Gi* alone."""
    if kind == "geary":
        z = standardise(sites.y)
        pairs, own, slack = pairs_of(sites, z)
        ranks = pair_ranks(sites, pairs, own, slack, seed=seed, conditional=True)(0, permutations)
        return ranks, ranks
    if kind == "moran":
        z = standardise(sites.y)
        ranks = times_own(neighbour_ranks(sites, seed=seed, conditional=True), z)(0, permutations)
        return ranks, ranks
    ours = neighbour_ranks(sites, seed=seed, conditional=not star)(0, permutations)
    held = neighbour_ranks(sites.without_own(), seed=seed, conditional=True)(0, permutations) if star else ours
    return ours, held


def _agree(ranks: TailCounts, theirs: Floats) -> npt.NDArray[np.bool_]:
    smaller = (np.minimum(ranks.at_least, ranks.at_most) + 1) / (ranks.draws + 1)
    middle = np.clip((smaller + theirs) / 2, 1 / (ranks.draws + 1), 0.5)
    error = _STANDARD_ERRORS * np.sqrt(2 * middle * (1 - middle) / ranks.draws) + 2 / (ranks.draws + 1)
    return np.asarray(np.abs(np.minimum(smaller, 0.5) - np.minimum(theirs, 0.5)) <= error)


def _reasons(
    found: pd.DataFrame, theirs: _Theirs, plain: TailCounts, held: TailCounts, sites: Sites, kind: str
) -> list[str]:
    untested = found["label"].isin(["No data", "No neighbours", "Undefined"]).to_numpy()
    ours, other = found["statistic"].to_numpy()[sites.rows], theirs.statistic
    comparable = kind != "gi" or sites.equal_weights
    same_value = (np.abs(ours - other) <= _SAME * (1.0 + np.abs(ours))) | (not comparable)
    like, with_own_held = _agree(plain, theirs.p), _agree(held, theirs.p)
    ties = held.ties > WEIGHTED_TIE
    same_label = np.array([_matches(kind, a, b) for a, b in zip(
        found["label"].to_numpy()[sites.rows], theirs.label, strict=True)], bool)  # fmt: skip
    reason = np.select(
        [~same_value, like & same_label, like, with_own_held, ties],
        ["unexplained", "same", "tails or correction", "own value", "ties"],
        "unexplained",
    ).astype(object)
    why = np.full(len(found), "No data", object)
    why[sites.rows] = reason
    return [str(label) if skipped else str(text) for label, skipped, text in zip(
        found["label"], untested, why, strict=True)]  # fmt: skip


def _matches(kind: str, ours: str, theirs: str) -> bool:
    if kind != "geary" or ours == "Not significant":
        return ours == theirs
    return theirs == ("unlike" if ours == "Negative" else "like")
