"""Economic need of people who sell sex: who depends on them, debt, and shocks that pass.

Debt comes and goes: people fall into it at a hazard, higher after a shock, and pay it back at another. A shock (an
illness, an eviction, a funeral) is felt for an exponential time. Need is a sum of parts, at most 1, from which arrows
lead to the price for an act without a condom, the number of clients, and leaving.
"""

import math

import numpy as np

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process

NEVER = -1e9  # a year long before any
UNKNOWN = 255


@process(
    phase="movement",
    over="workers",
    section="need",
    attributes=(
        Attr("need_felt", "f4", 0.0, "economic need of somebody who sells sex, from 0 to 1"),
        Attr("shock_until", "f4", NEVER, "year until which an economic shock is felt"),
        Attr("shock_clock", "f8", 0.0, "hazard left before an economic shock", clock=True),
        Attr("shock_times", "u4", 0, "economic shocks since the start"),
        Attr("debt_clock", "f8", 0.0, "hazard left before falling into debt, or paying it back", clock=True),
        Attr("debt_times", "u4", 0, "how often somebody fell into debt or paid it back"),
        Attr("depend", "u1", UNKNOWN, "people who depend on somebody who sells sex; 255 before she starts"),
        Attr("need_ratio", "f4", 1.0, "relative economic need", reset=True),
        Attr("shock_rate", "f4", 1.0, "relative hazard of an economic shock", reset=True),
        Attr("debt_rate", "f4", 1.0, "relative hazard of falling into debt", reset=True),
        Attr("repaying_rate", "f4", 1.0, "relative rate of paying debt back", reset=True),
    ),
    params=(
        Param("shock_hazard", 0.0, "per year", (0.0, 20.0),
              "assumption (none until the place says so; no source opened)", "economic shocks", by="group"),
        Param("shock_memory", 0.25, "years", (0.02, 5.0), "assumption (no source opened)",
              "mean time for which an economic shock is felt"),
        Param("debt_hazard", 0.0, "per year", (0.0, 20.0),
              "assumption (none until the place says so; P460, 0.5 in debt, 0.2-0.8, is a recollection)",
              "falling into debt", by="group"),
        Param("debt_after_shock", 3.0, "rate ratio", (1.0, 50.0), "assumption (no source opened)",
              "hazard of falling into debt while a shock is felt, relative to other times"),
        Param("repay_rate", 0.5, "per year", (0.0, 12.0), "assumption (two years in debt; no source opened)",
              "paying debt back, of those in debt"),
        Param("dependants", 0.0, "count", (0.0, 20.0), "assumption (none until the place says so; no source opened)",
              "mean number of people who depend on a sex worker, when she starts; Poisson between them", by="group"),
        Param("need_of_rank", 0.4, "ratio", (0.0, 1.0), "assumption (what needs weigh was not found)",
              "need of those whom their start in life left in most need"),
        Param("need_of_dependant", 0.05, "ratio", (0.0, 1.0), "assumption (what needs weigh was not found)",
              "need for each person who depends on somebody"),
        Param("need_of_debt", 0.2, "ratio", (0.0, 1.0), "assumption (what needs weigh was not found)",
              "need of being in debt"),
        Param("need_of_shock", 0.3, "ratio", (0.0, 1.0), "assumption (what needs weigh was not found)",
              "need while a shock is felt"),
    ),
    counters=(
        Counter("need_asked", "sex workers whose need is summed"),
        Counter("need_summed", "economic need of sex workers, from 0 to 1", expected=True),
        Counter("in_debt", "sex workers in debt"),
        Counter("shocks", "economic shocks of sex workers"),
        Counter("debts_begun", "times that a sex worker fell into debt"),
        Counter("debts_repaid", "times that a sex worker was free of debt again"),
    ),
    writes=("need_felt", "shock_until", "shock_clock", "shock_times", "debt_clock", "debt_times", "depend",
            "indebted"),
)  # fmt: skip
def economic_need(rows, time, dt, key, uid, group, need, need_ratio, shock_rate, debt_rate, repaying_rate,
                  need_felt, shock_until, shock_clock, shock_times, debt_clock, debt_times, depend, indebted,
                  shock_hazard, shock_memory, debt_hazard, debt_after_shock, repay_rate, dependants, need_of_rank,
                  need_of_dependant, need_of_debt, need_of_shock,
                  need_asked, need_summed, in_debt, shocks, debts_begun, debts_repaid):  # fmt: skip
    """Run down each worker's clocks of shocks and of debt, and sum up what she needs at the end of the step."""
    now = time + 0.5 * dt
    for i in rows:
        g, left = group[i], dt
        hazard = shock_hazard[g] * np.float64(shock_rate[i])
        while rng.run_down(shock_clock, i, hazard * left):
            left *= rng.unspent(shock_clock, i, hazard * left)
            shock_times[i] += 1
            u, v = rng.uniforms(key, uid[i], 1, shock_times[i], 0)
            shock_clock[i] = -math.log(u)
            shock_until[i] = max(np.float64(shock_until[i]), now - left - shock_memory * math.log(v))
            shocks[g] += 1
        falls = debt_hazard[g] * np.float64(debt_rate[i])
        falls *= debt_after_shock if shock_until[i] > now - dt else 1.0
        repays = repay_rate * np.float64(repaying_rate[i])
        hazard = (repays if indebted[i] else falls) * dt
        if rng.run_down(debt_clock, i, hazard):
            debts_begun[g] += not indebted[i]
            debts_repaid[g] += indebted[i]
            indebted[i] = not indebted[i]
            debt_times[i] += 1
            carried = rng.unspent(debt_clock, i, hazard) * (repays if indebted[i] else falls) * dt
            debt_clock[i] = rng.exponential(key, uid[i], 2, debt_times[i], 0) - carried
        if depend[i] == UNKNOWN:
            depend[i] = min(rng.poisson(dependants[g], rng.uniform(key, uid[i], 3, 0, 0)), UNKNOWN - 1)
        felt = need_of_rank * need[i] + need_of_dependant * depend[i]
        felt += need_of_debt if indebted[i] else 0.0
        felt += need_of_shock if shock_until[i] > now else 0.0
        need_felt[i] = min(felt * need_ratio[i], 1.0)
        need_asked[g] += 1
        need_summed[g] += rng.tally(np.float64(need_felt[i]))
        in_debt[g] += indebted[i]
