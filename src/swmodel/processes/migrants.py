"""What being elsewhere takes from people who sell sex: papers, the language, trust in authorities; home, on a trip.

A share of migrants lacks the first three. Everybody keeps one number for life that says how soon she is among them.
Trips weigh on people only in a scenario that says how many migrants lack papers, be it none.
"""

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process


@process(
    phase="movement",
    over="workers",
    section="migrants",
    attributes=(
        Attr("without_papers", "f4", 0.0, "1 while somebody lacks papers or the language, or fears authorities"),
        Attr("on_trip", "f4", 0.0, "1 while a sex worker is on a trip"),
        Attr("papers_ratio", "f4", 1.0, "relative share of migrants without papers or the language", reset=True),
    ),
    params=(
        Param("papers_lacking", 0.0, "proportion", (0.0, 1.0),
              "assumption (none until the place says so; no source opened)",
              "migrants who sell sex without papers or the language, or in fear of authorities", by="group"),
    ),
    counters=(
        Counter("papers_asked", "sex workers who are asked about papers and the language"),
        Counter("papers_lack", "sex workers who lack papers or the language, or fear authorities"),
        Counter("on_a_trip", "sex workers on a trip"),
    ),
    writes=("without_papers", "on_trip"),
)  # fmt: skip
def be_elsewhere(rows, key, uid, group, home, migrant, site_of, papers_ratio, without_papers, on_trip, papers_lacking,
                 papers_asked, papers_lack, on_a_trip):  # fmt: skip
    """Who lacks papers or the language, and who is on a trip, among those who sell sex now."""
    for i in rows:
        g = group[i]
        u = rng.uniform(key, uid[i], 0, 0, 0)
        without_papers[i] = migrant[i] and u < papers_lacking[g] * papers_ratio[i]
        on_trip[i] = site_of[g] != home[i]
        papers_asked[g] += 1
        papers_lack[g] += without_papers[i] > 0.0
        on_a_trip[g] += on_trip[i] > 0.0
