"""Violence against people who sell sex, by whom, and what lasts of it.

Each perpetrator has a hazard, by group: of clients, police and others while somebody sells sex, of a partner while she
has one, of a manager while under his control. Those who suffered violence recently may suffer more (an arrow); so do
those on whom other arrows weigh. What lasts is a state of an exponential length, in which further arrows start: fewer
condoms, less testing and care. Forced sex by a client or partner is an act without a condom in a pair of the step; by
others, one with a man of the site (`assaults`).
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, Roll, process

NEVER = -1e9  # a year long before any
KINDS = len(codes.PERPETRATORS)


@rng.helper
def hazards_of_violence(i, g, hazards, violence_hazard, steady_partners, managed, violence_rate, client_violence_rate,
                        police_violence_rate, partner_violence_rate, manager_violence_rate,
                        other_violence_rate):  # fmt: skip
    """Fill `hazards` (per year, by perpetrator) for one person; returns their sum."""
    hazards[codes.BY_CLIENT] = violence_hazard[codes.BY_CLIENT, g] * client_violence_rate[i]
    hazards[codes.BY_POLICE] = violence_hazard[codes.BY_POLICE, g] * police_violence_rate[i]
    hazards[codes.BY_PARTNER] = violence_hazard[codes.BY_PARTNER, g] * partner_violence_rate[i]
    hazards[codes.BY_PARTNER] *= 1.0 if steady_partners[i] > 0 else 0.0
    hazards[codes.BY_MANAGER] = violence_hazard[codes.BY_MANAGER, g] * manager_violence_rate[i]
    hazards[codes.BY_MANAGER] *= 1.0 if managed[i] else 0.0
    hazards[codes.BY_OTHER] = violence_hazard[codes.BY_OTHER, g] * other_violence_rate[i]
    total = 0.0
    for who in range(KINDS):
        hazards[who] *= np.float64(violence_rate[i])
        total += hazards[who]
    return total


@process(
    phase="structure",
    over="step",
    attributes=(
        Attr("violence_rate", "f4", 1.0, "relative hazard of violence, by whomever", reset=True),
        Attr("client_violence_rate", "f4", 1.0, "relative hazard of violence by clients", reset=True),
        Attr("police_violence_rate", "f4", 1.0, "relative hazard of violence by police", reset=True),
        Attr("partner_violence_rate", "f4", 1.0, "relative hazard of violence by an intimate partner", reset=True),
        Attr("manager_violence_rate", "f4", 1.0, "relative hazard of violence by a manager", reset=True),
        Attr("other_violence_rate", "f4", 1.0, "relative hazard of violence by others", reset=True),
        Attr("violence_clock", "f8", 0.0, "hazard left before violence", clock=True),
        Attr("violence_times", "u4", 0, "how often somebody suffered violence since the start"),
        Attr("violence_until", "f4", NEVER, "year until which violence is recent"),
        Attr("violence_last", "f4", NEVER, "year of the last violence"),
        Attr("forced_by_clients", "u1", 0, "forced acts of this step by clients", reset=True),
        Attr("forced_by_partners", "u1", 0, "forced acts of this step by partners", reset=True),
        Attr("forced_by_others", "u1", 0, "forced acts of this step by police, managers and others", reset=True),
    ),
    params=(
        Param(
            "violence_hazard",
            0.0,
            "per year",
            (0.0, 20.0),
            "assumption (none until the place says so; P400: 0.43 of sex workers, 0.32-0.55, suffered violence at work "
            "within a year, a hazard of 0.56 in all)",
            "violence, physical or sexual, by perpetrator and by work setting",
            by=("perpetrator", "group"),
        ),
        Param(
            "sexual_share",
            {"client": 0.5, "partner": 0.3, "all": 0.3},
            "proportion",
            (0.0, 1.0),
            "P401 for clients (0.117 sexual, 0.118 physical, 0.226 any within six months); assumption for the others",
            "violence that is forced sex",
            by="perpetrator",
        ),
        Param(
            "violence_memory",
            0.577,
            "years",
            (0.05, 5.0),
            "assumption (P479, a half-life of 0.4 years, 0.25-0.5, is a recollection)",
            "mean time for which violence weighs on what somebody does",
        ),
    ),
    counters=(
        Counter("violence_events", "violence, by perpetrator", by=("perpetrator",)),
        Counter("violence_suffered", "violence suffered, by group"),
        Counter("forced_acts", "acts forced on people, by perpetrator", by=("perpetrator",)),
        Counter("violence_onsets", "times that violence came to be recent"),
        Counter("prophylaxis_needed", "forced acts on people not known to live with HIV"),
    ),
    rolls=(
        Roll("forced", "rows of people on whom a client or partner forced an act in this step"),
        Roll("assaulted", "rows of people on whom police, a manager or others forced an act in this step"),
    ),
    writes=("violence_clock", "violence_times", "violence_until", "violence_last", "forced_by_clients",
            "forced_by_partners", "forced_by_others"),
)  # fmt: skip
def violence(selling, dt, time, key, uid, group, care_state, steady_partners, managed, violence_rate,
             client_violence_rate, police_violence_rate, partner_violence_rate, manager_violence_rate,
             other_violence_rate, violence_clock, violence_times, violence_until, violence_last, forced_by_clients,
             forced_by_partners, forced_by_others, violence_hazard, sexual_share, violence_memory, forced, assaulted,
             violence_events, violence_suffered, forced_acts, violence_onsets, prophylaxis_needed):  # fmt: skip
    """Run down each worker's clock of violence; note by whom it was, whether sex was forced, and how long it lasts."""
    hazards, count, others = np.empty(KINDS), 0, 0
    for i in selling:
        g, left = group[i], dt
        total = hazards_of_violence(i, g, hazards, violence_hazard, steady_partners, managed, violence_rate,
                                    client_violence_rate, police_violence_rate, partner_violence_rate,
                                    manager_violence_rate, other_violence_rate)  # fmt: skip
        while rng.run_down(violence_clock, i, left * total):
            left *= rng.unspent(violence_clock, i, left * total)
            violence_times[i] += 1
            a, b, c, d = rng.philox(uid[i], 1, violence_times[i], 0, key)
            violence_clock[i] = -math.log(rng.to_unit(a, b))
            u, who = (np.float64(c) + 0.5) * rng.WORD * total, 0
            while who < KINDS - 1 and u >= hazards[who]:
                u -= hazards[who]
                who += 1
            when = time + 0.5 * dt - left
            violence_last[i] = when
            if when >= violence_until[i]:
                violence_until[i] = when - violence_memory * math.log((np.float64(d) + 0.5) * rng.WORD)
                violence_onsets[g] += 1
            violence_events[who] += 1
            violence_suffered[g] += 1
            if u < sexual_share[who] * hazards[who]:
                forced_acts[who] += 1
                prophylaxis_needed[g] += care_state[i] == codes.UNDIAGNOSED
                forced_by_clients[i] += who == codes.BY_CLIENT
                forced_by_partners[i] += who == codes.BY_PARTNER
                forced_by_others[i] += who != codes.BY_CLIENT and who != codes.BY_PARTNER
        forced[count], assaulted[others] = i, i
        count += forced_by_clients[i] + forced_by_partners[i] > 0
        others += forced_by_others[i] > 0
    return count, others


@process(
    phase="exposures",
    over="selling",
    attributes=(Attr("violence_recent", "f4", 0.0, "1 while violence is recent, of those who sell sex"),),
    writes=("violence_recent",),
)
def recall_violence(rows, time, dt, violence_until, violence_recent):
    """For whom violence is recent when the step begins; nothing reads it of people who do not sell sex."""
    for i in rows:
        violence_recent[i] = 1.0 if violence_until[i] > time - 0.5 * dt else 0.0


@rng.helper
def place_of(row, rows):
    """The place of `row` in the rising list `rows`; -1 if it is not there."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < row:
            low = middle + 1
        else:
            high = middle
    return low if low < len(rows) and rows[low] == row else -1


@rng.helper
def draw_lot(p, by, victim, other, forced, key, uid, step, kind, condom_share, best, earliest):
    """Keep pair `p` for its victim if its lot is the lowest; of several with one person the one with fewer condoms."""
    k = place_of(victim, forced)
    if k < 0:
        return
    lot = rng.uniform(key, uid[victim], uid[other], step, np.uint64(kind[p]))
    if lot < earliest[k, by] or (lot == earliest[k, by] and condom_share[p] < condom_share[best[k, by]]):
        best[k, by], earliest[k, by] = p, lot


@process(
    phase="behaviour",
    over="step",
    counters=(
        Counter("forced_in_pairs", "forced acts laid on a pair of the step, by kind", by=("pair_kind",)),
    ),
    writes=("condom_share",),
)  # fmt: skip
def forced_sex(forced, n_pairs, step, key, uid, forced_by_clients, forced_by_partners, pair_a, pair_b, kind, pair_acts,
               form_of, condom_share, forced_in_pairs):  # fmt: skip
    """Lay each forced act on a pair of its victim, drawn by lot among those with clients, or with steady partners.

    That act is without a condom, one among the acts of the pair in the step. Acts with a condom were counted before, as
    those who are asked how often they use condoms do not count it.
    """
    if len(forced) == 0:
        return
    best, earliest = np.full((len(forced), 2), -1, np.int64), np.full((len(forced), 2), np.inf)
    for p in range(n_pairs):
        a, b = pair_a[p], pair_b[p]
        by_clients, by_partners = forced_by_clients[a], forced_by_partners[a] + forced_by_partners[b]
        if by_clients + by_partners == 0 or pair_acts[p] <= 0.0 or kind[p] == codes.NONE:
            continue
        form = form_of[kind[p]]
        if by_clients > 0 and (form == codes.REGULAR or form == codes.ONE_OFF):
            draw_lot(p, 0, a, b, forced, key, uid, step, kind, condom_share, best, earliest)
        elif form == codes.STEADY and forced_by_partners[a] > 0:
            draw_lot(p, 1, a, b, forced, key, uid, step, kind, condom_share, best, earliest)
        elif form == codes.STEADY and forced_by_partners[b] > 0:
            draw_lot(p, 1, b, a, forced, key, uid, step, kind, condom_share, best, earliest)
    for k in range(len(forced)):
        for by in range(2):
            p, acts = best[k, by], forced_by_clients[forced[k]] if by == 0 else forced_by_partners[forced[k]]
            if p >= 0 and acts > 0:
                condom_share[p] *= max(1.0 - np.float64(acts) / max(np.float64(pair_acts[p]), 1.0), 0.0)
                forced_in_pairs[kind[p]] += acts


@process(
    phase="measure",
    over="workers",
    params=(
        Param(
            "violence_reported",
            0.7,
            "proportion",
            (0.05, 1.0),
            "assumption (no source opened for violence; fewer say so face to face than where nobody knows them)",
            "people who suffered violence who say so face to face, of those who say so where nobody knows them",
        ),
    ),
    counters=(
        Counter("violence_asked", "sex workers who are asked about violence"),
        Counter("violence_within_a_year", "sex workers who suffered violence within the last twelve months"),
        Counter("violence_ever", "sex workers who ever suffered violence since the start of the run"),
        Counter("violence_weighs", "sex workers for whom violence is recent"),
        Counter("violence_told", "those who say face to face that it was within twelve months", expected=True),
    ),
)
def histories_of_violence(rows, time, dt, alive, group, role_of, violence_last, violence_until, violence_reported,
                          violence_asked, violence_within_a_year, violence_ever, violence_weighs,
                          violence_told):  # fmt: skip
    """What sex workers would say at the end of the step if asked about violence; nothing from before the run."""
    now = time + 0.5 * dt
    for i in rows:
        g = group[i]
        if not alive[i] or role_of[g] != codes.WORKER:
            continue
        recent = violence_last[i] > now - 1.0
        violence_asked[g] += 1
        violence_within_a_year[g] += recent
        violence_ever[g] += violence_last[i] > NEVER
        violence_weighs[g] += violence_until[i] > now
        violence_told[g] += recent * rng.tally(violence_reported)
