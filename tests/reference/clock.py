"""Slow, obvious twins of the clock: minute by minute, and every window there is."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import combinations, product


def hour_shares(start, end):
    """Give the share of a record in each (weekday, hour): count its minutes one by one. Whole minutes only."""
    minutes = int((end - start).total_seconds()) // 60
    if minutes == 0:
        return {(start.weekday(), start.hour): Fraction(1)}
    shares = {}
    for minute in range(minutes):
        at = start + timedelta(minutes=minute)
        key = (at.weekday(), at.hour)
        shares[key] = shares.get(key, 0) + Fraction(1, minutes)
    return shares


def every_window():
    """List every window: first day, days, first hour, hours; and the cells it holds."""
    for day, days, hour, hours in product(range(7), range(1, 8), range(24), range(1, 25)):
        if hour + hours <= 24:
            run = [(day + past) % 7 for past in range(days)]
            yield set(run), {(d, h) for d in run for h in range(hour, hour + hours)}


def fewest_hours(values, share, most):
    """Try all sets of windows on different days; give the fewest hours that hold the share, and the windows."""
    total = sum(values.values())
    found = []
    windows = list(every_window())
    for number in range(1, most + 1):
        for chosen in combinations(windows, number):
            if sum(len(days) for days, _ in chosen) > len(set().union(*(days for days, _ in chosen))):
                continue
            cells = set().union(*(held for _, held in chosen))
            if sum(values[cell] for cell in cells) >= share * total:
                found.append((len(cells), number))
    return min(found)
