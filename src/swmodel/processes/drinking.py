"""Hazardous drinking of people who sell sex: a share of them, by place and year.

Everybody keeps one number for life that says how soon she is among them. What follows is violence by clients, not fewer
condoms: a trial of counselling saw less drinking and less violence, and no change in condom use.
"""

import numpy as np

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process


@rng.helper
def with_odds(share, ratio):
    """A share whose odds are multiplied by `ratio`."""
    return share * ratio / (1.0 + share * (ratio - 1.0))


@process(
    phase="movement",
    over="workers",
    section="drinking",
    attributes=(
        Attr("drinks", "f4", 0.0, "1 while a sex worker's drinking is hazardous or harmful"),
        Attr("drinking_odds", "f4", 1.0, "relative odds of hazardous drinking", reset=True),
    ),
    params=(
        Param("hazardous_drinking", 0.0, "proportion", (0.0, 1.0),
              "assumption (none until the place says so; P408: 0.173 hazardous and 0.095 harmful in Mombasa)",
              "sex workers whose drinking is hazardous or harmful", by="group"),
    ),
    counters=(
        Counter("drinking_asked", "sex workers who are asked about drinking"),
        Counter("drinkers", "sex workers whose drinking is hazardous or harmful"),
    ),
    writes=("drinks",),
)  # fmt: skip
def drinking(rows, key, uid, group, drinking_odds, drinks, hazardous_drinking, drinking_asked, drinkers):
    """Whose drinking is hazardous, among those who sell sex now."""
    for i in rows:
        g = group[i]
        drinks[i] = rng.uniform(key, uid[i], 0, 0, 0) < with_odds(hazardous_drinking[g], np.float64(drinking_odds[i]))
        drinking_asked[g] += 1
        drinkers[g] += drinks[i] > 0.0
