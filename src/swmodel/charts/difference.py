"""What levers change: infections averted, as the difference between runs that share their chance events."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swmodel.study.paired import interval

if TYPE_CHECKING:
    import pandas as pd

MEASURE = "new_infections"
GROUPS = ("all", "fsw", "clients", "others")


@dataclass(frozen=True)
class Impact:
    """Infections averted in one group from the year `since` to the end; `runs` has one value a pair of runs."""

    scenario: str
    group: str
    since: int
    until: int
    runs: np.ndarray
    share: float  # median, of the infections of the baseline in the same years; NaN if it has none

    @property
    def span(self) -> tuple[float, float, float]:
        """Median and 95 % interval of the paired difference; the interval is NaN with one pair."""
        middle, low, high = interval(self.runs[:, None])[:3, 0].tolist()
        return middle, low, high

    @property
    def clear(self) -> bool:
        """True if the difference is not zero by chance; with one pair, if it is not zero."""
        return apart(self.runs)


def apart(differences: np.ndarray) -> bool:
    """True if neither the 95 % interval of the differences nor that of their mean holds zero.

    Of few pairs the first alone says little: three differences have one sign by chance in a quarter of all cases.
    """
    if len(differences) == 1:
        return bool(differences[0] != 0)
    _, low, high, _, mean_low, mean_high = interval(differences[:, None])[:, 0].tolist()
    return not (low <= 0 <= high or mean_low <= 0 <= mean_high)


def infections(frame: pd.DataFrame) -> pd.DataFrame:
    """New infections by (scenario, draw, seed, year), one column a group of GROUPS that can be had."""
    rows = frame[(frame["measure"] == MEASURE) & frame["group"].isin(["all", "fsw", "clients"])]
    wide = rows.pivot(index=["scenario", "draw", "seed", "year"], columns="group", values="value")
    if {"all", "fsw", "clients"} <= set(wide.columns):
        wide["others"] = wide["all"] - wide["fsw"] - wide["clients"]
    return wide[[group for group in GROUPS if group in wide.columns]]


def first_difference(frame: pd.DataFrame, baseline: str, scenario: str) -> int:
    """The first year in which any measure of any run differs from its twin; the last year if none does."""
    keys = ["draw", "seed", "year", "measure", "group"]
    ours = frame[frame["scenario"] == scenario].set_index(keys)["value"]
    theirs = frame[frame["scenario"] == baseline].set_index(keys)["value"]
    both = ours.to_frame("ours").join(theirs.rename("theirs"), how="inner")
    differ = (both["ours"] != both["theirs"]) & both.notna().any(axis=1)
    years = both.index.get_level_values("year")
    return int(years[differ].min() if differ.any() else years.max())


def impacts(frame: pd.DataFrame, baseline: str, scale: float = 1.0) -> dict[str, dict[str, Impact]]:
    """Infections averted by every scenario but the baseline, by group; `frame` is the long table of all of them."""
    wide = infections(frame)
    if wide.empty:
        return {}
    found: dict[str, dict[str, Impact]] = {}
    for name in dict.fromkeys(frame["scenario"]):
        if name == baseline:
            continue
        since = first_difference(frame, baseline, name)
        ours, theirs = wide.loc[name].align(wide.loc[baseline], join="inner", axis=0)
        ours, theirs = (one[one.index.get_level_values("year") >= since] for one in (ours, theirs))
        until = int(ours.index.get_level_values("year").max())
        base, left = (one.groupby(["draw", "seed"]).sum() for one in (theirs, ours))
        found[name] = {}
        for group in wide.columns:
            expected, fewer = base[group].to_numpy(float), (base[group] - left[group]).to_numpy(float)
            share = np.divide(fewer, expected, out=np.full(len(fewer), math.nan), where=expected > 0)
            middle = float(np.median(share[~np.isnan(share)])) if (~np.isnan(share)).any() else math.nan
            found[name][str(group)] = Impact(name, str(group), since, until, scale * fewer, middle)
    return found


def alike(best: Impact, other: Impact) -> bool:
    """True if two scenarios cannot be told apart run by run; False where there is but one pair."""
    return len(best.runs) == len(other.runs) > 1 and not apart(best.runs - other.runs)
