"""Adults who are forced into sex work or held in it by a debt, until that ends: reduced agency, as a state.

Who starts a spell may be coerced, and who starts it in debt and under a manager may be held by that debt. While it
lasts nobody in it may refuse clients, leave, or go to services as others do (arrows); it ends at a rate.
"""

import numpy as np

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process


@process(
    phase="movement",
    over="workers",
    attributes=(
        Attr("bonded", "f4", 0.0, "1 while somebody is forced to sell sex, or held by a debt"),
        Attr("bond_clock", "f8", 0.0, "rate left before that ends", clock=True),
        Attr("bond_times", "u4", 0, "how often it ended"),
        Attr("coercion_ratio", "f4", 1.0, "relative share of those who start who are coerced or bonded", reset=True),
        Attr("release_rate", "f4", 1.0, "relative rate at which coercion and bondage end", reset=True),
    ),
    params=(
        Param("coerced_share", 0.0, "proportion", (0.0, 1.0),
              "assumption (none until the place says so; P463: 0.05 forced in Karnataka, 0.24 in West Bengal)",
              "adults who start to sell sex who are forced to", by="group"),
        Param("debt_bond_share", 0.0, "proportion", (0.0, 1.0), "assumption (none until the place says so)",
              "of those who start in debt and under a manager, those whom the debt holds", by="group"),
        Param("bondage_duration", 1.0, "years", (0.05, 20.0),
              "assumption (P464, 12 months, 1-36, is a recollection)", "mean time for which coercion or bondage lasts"),
    ),
    counters=(
        Counter("bonds_begun", "people who started to sell sex coerced or bonded"),
        Counter("bonds_ended", "people whose coercion or bondage ended while they sold sex"),
        Counter("bonded_now", "sex workers who are coerced or bonded"),
        Counter("workers_asked", "sex workers, of whom some are coerced or bonded"),
    ),
    writes=("bonded", "bond_clock", "bond_times"),
)  # fmt: skip
def coercion(rows, step, dt, key, uid, group, spell_start, spells, indebted, managed, coercion_ratio, release_rate,
             bonded, bond_clock, bond_times, coerced_share, debt_bond_share, bondage_duration,
             bonds_begun, bonds_ended, bonded_now, workers_asked):  # fmt: skip
    """Draw whether a spell begins in coercion or bondage, and run down the clock of those in it."""
    for i in rows:
        g, left = group[i], dt
        workers_asked[g] += 1
        if spell_start[i] == step:
            held = debt_bond_share[g] if indebted[i] and managed[i] else 0.0
            share = (1.0 - (1.0 - coerced_share[g]) * (1.0 - held)) * np.float64(coercion_ratio[i])
            u, v = rng.uniforms(key, uid[i], 1, spells[i], 0)
            bonded[i] = u < share
            left = v * dt  # of the step in which the spell began
            bonds_begun[g] += bonded[i] > 0.0
        if bonded[i] > 0.0 and rng.run_down(bond_clock, i, np.float64(release_rate[i]) / bondage_duration * left):
            bonded[i] = 0.0
            bond_times[i] += 1
            bond_clock[i] = rng.exponential(key, uid[i], 0, bond_times[i], 0)
            bonds_ended[g] += 1
        bonded_now[g] += bonded[i] > 0.0
