"""What clients pay more for acts without a condom."""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Counter, Param, process


@process(
    phase="behaviour",
    over="pairs",
    section="clients",
    params=(
        Param(
            "premium",
            0.23,
            "ratio",
            (0.0, 3.0),
            "P369: 0.23 (0.15-0.46) of the price, in Mexico; from there, an assumption elsewhere",
            "what a client who offers more for an act without a condom pays more, relative to the price",
        ),
    ),
    counters=(
        Counter("premiums_accepted", "acts without a condom for which a client paid more", expected=True),
        Counter("premiums_paid", "what was paid more for them, in prices of a contact", expected=True),
    ),
)
def premiums(lo, hi, group, pair_a, kind, premium_share, condom_share, pair_acts, premium, price_level,
             premiums_accepted, premiums_paid):  # fmt: skip
    """Count acts without a condom with clients who offer more, by the worker's group.

    With regular clients offers and condoms are taken as independent from act to act.
    """
    for p in range(lo, hi):
        if premium_share[p] > 0.0 and kind[p] != codes.NONE:
            g = group[pair_a[p]]
            accepted = np.float64(pair_acts[p]) * premium_share[p] * (1.0 - np.float64(condom_share[p]))
            premiums_accepted[g] += rng.tally(accepted)
            premiums_paid[g] += rng.tally(accepted * premium * price_level[g])
