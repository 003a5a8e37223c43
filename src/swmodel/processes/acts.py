"""Acts in each pair, and the share of them with a condom.

Acts are Poisson. A condom is decided act by act; its odds are a product: baseline of the pair's kind and year x work
setting x personal propensity and factor `condom_odds` of both partners. The baseline is what surveys report as a mean
over people; it is stretched so that the mean over propensities comes back to it (Zeger, Liang and Albert 1988,
Biometrics 44:1049).
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

STRETCH = 0.3460  # (16 sqrt(3) / (15 pi)) squared


@rng.helper
def baseline_odds(condom_use, condom_spread):
    """The median pair's odds of a condom, for each kind; shape (kinds,). Never is 0, always is infinite."""
    stretch = math.sqrt(1.0 + STRETCH * condom_spread * condom_spread)
    odds = np.full(len(condom_use), np.inf)
    for k in range(len(condom_use)):
        if condom_use[k] < 1.0:
            odds[k] = (condom_use[k] / (1.0 - condom_use[k])) ** stretch
    return odds


@process(
    phase="behaviour",
    over="pairs",
    attributes=(
        Attr("condom_odds", "f4", 1.0, "relative odds of a condom at each act", reset=True),
        Attr("work_volume", "f4", 1.0, "relative capacity of a worker; at 0 nobody is met", reset=True),
        Attr("client_condom_odds", "f4", 1.0, "relative odds of a condom with clients, of a sex worker", reset=True),
        Attr("partner_time", "f4", 1.0, "relative time with partners who do not pay", reset=True),
        Attr("condom_share", "f4", 0.0, "probability of a condom at an act", table="pairs"),
        Attr("pair_acts", "f4", 0.0, "expected acts in this step", table="pairs"),
    ),
    params=(
        Param(
            "act_rate",
            {"spouse": 77.3, "casual": 50.0, "own_partner": 60.0, "needle": 120.0, "all": 0.0},
            "per year",
            (0.0, 400.0),
            "P379 for spouses; casual, own and needle partners assumptions",
            "acts a year in lasting pairs that are not paid; shared injections of needle partners",
            by="pair_kind",
            forms=(codes.STEADY, codes.CASUAL, codes.NEEDLE),
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
            forms=(codes.STEADY, codes.CASUAL, codes.REGULAR, codes.ONE_OFF),
        ),
        Param(
            "setting_condom_odds",
            1.0,
            "odds ratio",
            (0.01, 100.0),
            "assumption (no difference until data say so)",
            "odds of a condom with clients by work setting",
            by="group",
        ),
        Param(
            "anal_share",
            {"regular_client": 0.0573, "one_off_client": 0.0573, "all": 0.0},
            "proportion",
            (0.0, 1.0),
            "P374: 0.006-0.165 of acts with clients (Eswatini); none in other pairs, an assumption",
            "acts of women with men that are anal",
            by="pair_kind",
        ),
        Param(
            "anal_condom_ratio",
            0.768,
            "ratio",
            (0.0, 1.3),
            "P362: 0.504-0.949",
            "share of anal acts with a condom, relative to vaginal acts of the same pair",
        ),
        Param(
            "condom_spread",
            1.0,
            "log odds",
            (0.0, 5.0),
            "assumption (spread between people)",
            "standard deviation of a pair's log odds of a condom, from the propensities of both",
            constant=True,
        ),
    ),
    counters=(
        Counter("pairs_now", "pairs, those of one contact included", by=("pair_kind",)),
        Counter("pairs_apart", "pairs that rest, as the partners are at different sites", by=("pair_kind",)),
        Counter("acts", "acts, or shared injections of needle partners", by=("pair_kind",), expected=True),
        Counter("condom_acts", "acts with a condom", by=("pair_kind",), expected=True),
        Counter("contacts_sold", "paid contacts, by the worker's group", expected=True),
        Counter("contacts_bought", "paid contacts, by the client's group", expected=True),
        Counter("regular_sold", "paid contacts with regular clients, by the worker's group", expected=True),
    ),
    writes=("condom_share", "pair_acts"),
)
def acts_and_condoms(lo, hi, dt, group, condom_odds, client_condom_odds, work_volume, partner_time, pair_a, pair_b,
                     kind, pair_propensity, condom_share, pair_acts, condom_odds_varies, client_condom_odds_varies,
                     work_volume_varies, partner_time_varies, act_rate, regular_contacts, acts_per_contact,
                     condom_use, setting_condom_odds, condom_spread,
                     form_of, role_of, site_of,
                     pairs_now, pairs_apart, acts, condom_acts, contacts_sold, contacts_bought,
                     regular_sold):  # fmt: skip
    """Expected acts and condom probability of every pair in this step."""
    kinds, groups, sites = len(acts), len(role_of), 0
    baseline = baseline_odds(condom_use, condom_spread)
    act_means, contacts = np.zeros(kinds, np.float32), np.zeros(kinds, np.int64)
    for k in range(kinds):  # loops, since expressions of whole arrays take a second each to compile
        act_means[k] = act_rate[k] * dt
        if form_of[k] == codes.REGULAR or form_of[k] == codes.ONE_OFF:
            of_pair = regular_contacts * dt if form_of[k] == codes.REGULAR else 1.0
            contacts[k], act_means[k] = rng.tally(of_pair), of_pair * acts_per_contact
        elif form_of[k] == codes.FORCED:
            baseline[k], act_means[k] = 0.0, 1.0
    sells_at, buys_at = np.full(groups, -1, np.int64), np.full(groups, -2, np.int64)
    for g in range(groups):
        sites = max(sites, site_of[g])
        if role_of[g] == codes.WORKER:
            sells_at[g] = site_of[g]
        elif role_of[g] == codes.CLIENT:
            buys_at[g] = site_of[g]
    pairs, idle, shares = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    missed = np.zeros(kinds, np.int64)  # acts of pairs of which one partner is held for a part of the step
    for p in range(lo, hi):
        k = kind[p]
        a, b = pair_a[p], pair_b[p]
        n = act_means[k]
        odds = baseline[k] * pair_propensity[p]
        if condom_odds_varies:
            odds = odds * condom_odds[a] * condom_odds[b]
        if contacts[k] > 0:
            g, h = group[a], group[b]
            odds *= setting_condom_odds[g] * (client_condom_odds[a] if client_condom_odds_varies else 1.0)
            if sells_at[g] == buys_at[h] and (not work_volume_varies or work_volume[a] > 0.0):
                contacts_sold[g] += contacts[k]
                contacts_bought[h] += contacts[k]
                regular_sold[g] += contacts[k] * (form_of[k] == codes.REGULAR)
            else:  # they are at different sites, or she stopped selling or meets nobody, or he stopped buying
                n = np.float32(0.0)
                idle[k] += 1
                pairs_apart[k] += site_of[g] != site_of[h]
        elif sites > 0 and site_of[group[a]] != site_of[group[b]]:
            n = np.float32(0.0)
            idle[k] += 1
            pairs_apart[k] += 1
        elif partner_time_varies and form_of[k] != codes.FORCED:
            n *= partner_time[a] * partner_time[b]
            missed[k] += rng.tally(act_means[k]) - rng.tally(np.float64(n))
        condom_share[p], pair_acts[p] = odds / (1.0 + odds) if odds < np.inf else 1.0, n
        pairs[k] += 1
        shares[k] += rng.tally(np.float64(condom_share[p]) * n)
    for k in range(1, kinds):
        pairs_now[k] += pairs[k]
        acts[k] += (pairs[k] - idle[k]) * rng.tally(act_means[k]) - missed[k]
        condom_acts[k] += shares[k]
