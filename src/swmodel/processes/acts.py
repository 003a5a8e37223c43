"""Acts in each pair, and the share of them with a condom.

Acts are Poisson. A condom is decided act by act, on the logit scale: baseline of the pair's kind and year + setting +
the traits of both + the factor `condom_logit` of both. The baseline is what surveys report as a mean over people; it is
stretched so that the mean over traits comes back to it (Zeger, Liang and Albert 1988, Biometrics 44:1049).
"""

import math

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

STRETCH = 0.3460  # (16 sqrt(3) / (15 pi)) squared
HALF_SQRT = math.sqrt(0.5)


@process(
    phase="behaviour",
    over="pairs",
    attributes=(
        Attr("condom_logit", "f8", 0.0, "added to the log odds of a condom at each act", reset=True),
        Attr("condom_share", "f8", 0.0, "probability of a condom at an act", table="pairs"),
        Attr("pair_acts", "f8", 0.0, "expected acts in this step", table="pairs"),
    ),
    params=(
        Param(
            "act_rate",
            {"spouse": 77.3, "casual": 50.0, "own_partner": 60.0, "regular_client": 24.0, "all": 0.0},
            "per year",
            (0.0, 400.0),
            "P379, P342; casual and own partner assumptions",
            "acts a year in lasting pairs",
            by="pair_kind",
        ),
        Param(
            "acts_per_contact",
            1.0,
            "acts",
            (0.0, 10.0),
            "P343; 1-3.3 in Geidelberg cotonou_calibration",
            "acts in one paid contact",
        ),
        Param(
            "condom_use",
            {
                "spouse": 0.03,
                "casual": 0.2,
                "own_partner": 0.3,
                "regular_client": 0.5,
                "one_off_client": 0.6,
                "all": 0.0,
            },
            "proportion",
            (0.0, 1.0),
            "P358, P366; set by year in each place",
            "acts with a condom, mean over people",
            by="pair_kind",
        ),
        Param(
            "setting_condom_odds",
            1.0,
            "odds ratio",
            (0.01, 100.0),
            "assumption (no difference until data say so)",
            "odds of a condom with clients by work setting",
            by="work_setting",
        ),
        Param(
            "condom_spread",
            1.0,
            "log odds",
            (0.0, 5.0),
            "assumption (spread between people)",
            "standard deviation of the pair's propensity",
        ),
    ),
    counters=(
        Counter("acts", "acts", by=("pair_kind",), expected=True),
        Counter("condom_acts", "acts with a condom", by=("pair_kind",), expected=True),
    ),
    writes=("condom_share", "pair_acts"),
)
def acts_and_condoms(lo, hi, dt, group, condom_trait, condom_logit, pair_a, pair_b, kind, condom_share, pair_acts,
                     act_rate, acts_per_contact, condom_use, setting_condom_odds, condom_spread,
                     acts, condom_acts):  # fmt: skip
    """Expected acts and condom probability of every pair in this step."""
    stretch = math.sqrt(1.0 + STRETCH * condom_spread * condom_spread)
    for p in range(lo, hi):
        k = kind[p]
        if k == codes.NONE:
            continue
        a, b = pair_a[p], pair_b[p]
        n = acts_per_contact if k == codes.ONE_OFF_CLIENT else act_rate[k] * dt
        share = condom_use[k]
        if 0.0 < share < 1.0:
            x = math.log(share / (1.0 - share)) * stretch
            x += condom_spread * HALF_SQRT * (condom_trait[a] + condom_trait[b]) + condom_logit[a] + condom_logit[b]
            if k >= codes.REGULAR_CLIENT and group[a] >= codes.FIRST_SETTING:
                x += math.log(setting_condom_odds[group[a] - codes.FIRST_SETTING])
            share = 1.0 / (1.0 + math.exp(-x))
        condom_share[p], pair_acts[p] = share, n
        acts[k] += rng.tally(n)
        condom_acts[k] += rng.tally(n * share)
