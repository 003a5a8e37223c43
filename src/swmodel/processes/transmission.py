"""HIV passes between partners, as one hazard clock for each person.

Every pair with one partner living with HIV adds acts x risk per act to the other's force of infection, in fixed point,
so that no order matters. Thinning a Poisson number of acts by condoms, stage, treatment and circumcision is exact.
When a person's clock runs out, the source is drawn among the pairs of that step in proportion to what each added.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, Roll, process
from swmodel.state import in_order

FORCE_LIMIT = np.int64(rng.FIXED_LIMIT * rng.FIXED_SCALE)  # beyond any clock; two of it still fit


@process(
    phase="demography",
    over="entrants",
    params=(
        Param(
            "initial_prevalence",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (set by the place: the state of the epidemic at the start)",
            "people living with HIV at the start",
            by="group",
            constant=True,
        ),
        Param(
            "immigrant_prevalence",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (set by the place)",
            "people from elsewhere living with HIV when they arrive",
            by="group",
        ),
        Param(
            "entry_prevalence",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (set by the place; nobody, unless it says so)",
            "people living with HIV when they turn 18",
            by="group",
        ),
    ),
    attributes=(
        Attr("hiv_stage", "i1", codes.SUSCEPTIBLE, "stage of HIV infection (codes)"),
        Attr("infected_step", "i4", -1, "step of infection; -1 if never or before entry"),
    ),
    writes=("hiv_stage",),
)
def arrive_with_hiv(rows, step, key, uid, group, immigrant, role_of, hiv_stage, initial_prevalence,
                    immigrant_prevalence, entry_prevalence):  # fmt: skip
    """People who live with HIV at the start, when they arrive or turn 18; past the acute stage, undiagnosed."""
    for i in rows:
        g = group[i]
        if step == 0 and (not immigrant[i] or role_of[g] == codes.WORKER):
            share = initial_prevalence[g]
        else:
            share = immigrant_prevalence[g] if immigrant[i] else entry_prevalence[g]
        if share > 0.0 and rng.uniform(key, uid[i], 0, 0, 0) < share:
            hiv_stage[i] = codes.CD4_500


@process(
    phase="transmission",
    over="step",
    rolls=(Roll("discordant", "rows of pairs of which one partner lives with HIV", table="pairs"),),
)
def discordant_pairs(n_pairs, hiv_stage, pair_a, pair_b, discordant):
    """Find the pairs in which HIV may pass. In a free row both partners are the same, so that it is passed over."""
    count = 0
    for p in range(n_pairs):
        discordant[count] = p
        count += (hiv_stage[pair_a[p]] > 0) != (hiv_stage[pair_b[p]] > 0)
    return count


@rng.helper
def share_receptive(mine, other):
    """The share of anal acts in which somebody is receptive, by both positions: the one who is more so always is."""
    return 0.5 if mine == other else 1.0 if mine > other else 0.0


@process(
    phase="transmission",
    over="discordant",
    attributes=(
        Attr("hazard", "f4", 0.0, "hazard of infection in this step, of a discordant pair", table="pairs"),
        Attr("care_state", "i1", codes.UNDIAGNOSED, "place in the cascade of care (codes)"),
        Attr("infectiousness", "f4", 1.0, "relative risk of passing HIV on", reset=True),
        Attr("susceptibility", "f4", 1.0, "relative risk of acquiring HIV", reset=True),
    ),
    params=(
        Param(
            "risk_per_act",
            0.00085,
            "probability per act",
            (0.0, 1.0),
            "P006: 0.0006-0.00109 (Geidelberg cotonou_calibration)",
            "man to woman, past the acute stage, no condom",
        ),
        Param(
            "woman_to_man", 1.0, "relative risk", (0.0, 5.0), "P007: 0.53-2", "woman to man relative to man to woman"
        ),
        Param(
            "stage_risk",
            {
                "acute": 9.2,
                "cd4_over_500": 1.0,
                "cd4_350_500": 1.0,
                "cd4_200_350": 1.586,
                "cd4_below_200": 7.3,
                "all": 0.0,
            },
            "relative risk",
            (0.0, 40.0),
            "P031, P035, P032",
            "risk by the stage of the partner living with HIV",
            by="hiv_stage",
        ),
        Param(
            "unsuppressed_risk", 0.244, "relative risk", (0.0, 1.0), "P071: 0.0139-0.656", "on ART, not yet suppressed"
        ),
        Param("suppressed_risk", 0.0, "relative risk", (0.0, 1.0), "P070: 0-0.01 (PARTNER2)", "on ART and suppressed"),
        Param(
            "condom_efficacy",
            0.8,
            "proportion",
            (0.0, 1.0),
            "P052: 0.58-0.95",
            "risk taken away by a condom that does not fail",
        ),
        Param("condom_breakage", 0.012, "proportion", (0.0, 1.0), "P060: 0.007-0.018", "condoms that break"),
        Param("circumcision_risk", 0.5, "relative risk", (0.0, 1.0), "P075: 0.34-0.72", "risk of circumcised men"),
        Param(
            "sti_cofactor",
            1.0,
            "relative risk",
            (1.0, 20.0),
            "assumption (stands for other STIs until they are modelled: P079-P101)",
            "risk multiplied by other STIs of either partner",
            by="pair_kind",
        ),
        Param(
            "anal_receptive_risk",
            0.0138,
            "probability per act",
            (0.0, 1.0),
            "P016: 0.0138 (Patel 2014)",
            "receptive anal act, past the acute stage, no condom",
        ),
        Param(
            "anal_insertive_risk",
            0.0017,
            "probability per act",
            (0.0, 1.0),
            "P019: 0.0009-0.0026",
            "insertive anal act, past the acute stage, no condom",
        ),
        Param(
            "needle_risk",
            0.0063,
            "probability per act",
            (0.0, 1.0),
            "assumption (P138, 0.0041-0.0092, is a recollection)",
            "shared injection, past the acute stage",
        ),
        Param(
            "fixed_acts",
            0.0,
            "switch",
            (0.0, 1.0),
            "assumption (acts are Poisson; 1 takes them as exact numbers)",
            "acts as exact numbers",
        ),
    ),
    writes=("hazard",),
)
def exposure(rows, sex, position, hiv_stage, care_state, infectiousness, susceptibility, frailty, circumcised,
             pair_a, pair_b, kind, condom_share, pair_acts, hazard, infectiousness_varies, susceptibility_varies,
             risk_per_act, woman_to_man, stage_risk, unsuppressed_risk, suppressed_risk, condom_efficacy,
             condom_breakage, circumcision_risk, sti_cofactor, anal_share, anal_condom_ratio, anal_receptive_risk,
             anal_insertive_risk, needle_risk, fixed_acts, form_of):  # fmt: skip
    """The hazard that each discordant pair adds.

    Acts of a woman with a man are vaginal or anal; between two people assigned male they are anal. Circumcision lowers
    the risk of vaginal and of insertive anal acts.
    """
    protects = condom_efficacy * (1.0 - condom_breakage)
    for p in rows:
        source, other = pair_a[p], pair_b[p]
        if hiv_stage[source] == codes.SUSCEPTIBLE:
            source, other = other, source
        k, cut = kind[p], circumcision_risk if circumcised[other] else 1.0
        if form_of[k] == codes.NEEDLE:
            risk = needle_risk
        else:
            covered, anal = condom_share[p] * protects, anal_share[k]
            bare = 1.0 - min(covered * anal_condom_ratio, protects)
            if sex[source] == sex[other]:
                receptive = share_receptive(position[other], position[source])
                risk = (receptive * anal_receptive_risk + (1.0 - receptive) * anal_insertive_risk * cut) * bare
            elif sex[other] == codes.FEMALE:
                risk = (1.0 - anal) * risk_per_act * (1.0 - covered) + anal * anal_receptive_risk * bare
            else:
                risk = (1.0 - anal) * risk_per_act * woman_to_man * (1.0 - covered) + anal * anal_insertive_risk * bare
                risk *= cut
            risk *= sti_cofactor[k]
        passes = stage_risk[hiv_stage[source]] * (infectiousness[source] if infectiousness_varies else 1.0)
        risk *= passes * (susceptibility[other] if susceptibility_varies else 1.0) * frailty[other]
        if care_state[source] == codes.SUPPRESSED:
            risk *= suppressed_risk
        elif care_state[source] == codes.ON_ART:
            risk *= unsuppressed_risk
        if fixed_acts > 0.5:
            risk = -math.log1p(-risk) if risk < 1.0 else np.inf
        hazard[p] = min(pair_acts[p] * risk, rng.FIXED_LIMIT) if pair_acts[p] > 0.0 else 0.0


@process(
    phase="transmission",
    over="step",
    attributes=(Attr("force", "i8", 0, "force of infection of the exposed in this step, fixed point"),),
    rolls=(Roll("exposed", "rows of people who may acquire HIV in this step"),),
    writes=("force",),
)
def force_of_infection(discordant, hiv_stage, pair_a, pair_b, hazard, force, exposed):
    """Add up what pairs add to each person, in integers."""
    count = 0
    for p in discordant:
        other = pair_b[p] if hiv_stage[pair_a[p]] > 0 else pair_a[p]
        amount = rng.fixed(hazard[p])
        if amount > 0:
            if force[other] == 0:
                exposed[count] = other
                count += 1
            force[other] = min(force[other] + amount, FORCE_LIMIT)
    return count


@process(
    phase="transmission",
    over="exposed",
    attributes=(Attr("infection_clock", "f8", 0.0, "force of infection left before infection", clock=True),),
    counters=(Counter("infections", "new HIV infections"),),
    writes=("force", "infection_clock", "stage_clock", "hiv_stage", "infected_step"),
)
def infection(rows, step, dt, group, force, infection_clock, stage_clock, hiv_stage, infected_step,
              stage_duration, infections):  # fmt: skip
    """Those whose clock runs out acquire HIV; the force of infection starts at nothing in the next step.

    What is left of the step counts towards the acute stage, so that the stage has its mean length whatever the step.
    """
    for i in rows:
        spent = rng.floating(force[i])
        if rng.run_down(infection_clock, i, spent):
            stage_clock[i] -= rng.unspent(infection_clock, i, spent) * dt / stage_duration[codes.ACUTE]
            hiv_stage[i] = codes.ACUTE
            infected_step[i] = step
            infections[group[i]] += 1
        force[i] = 0


@rng.helper
def first_to_pass(pairs, other, key, uid, step, pair_a, pair_b, kind, hazard):
    """The pair, of those given, through which HIV came to the person in row `other`.

    One exponential for each partner and kind of pair, at the rate that all such pairs add together: a couple may have
    several, as a client who comes twice a month.
    """
    best, earliest = pairs[0], np.inf
    for j in range(len(pairs)):
        p = pairs[j]
        giver = pair_b[p] if pair_a[p] == other else pair_a[p]
        total, repeated = np.int64(0), False
        for m in range(len(pairs)):
            q = pairs[m]
            if kind[q] == kind[p] and (pair_a[q] == giver or pair_b[q] == giver):
                total = min(total + rng.fixed(hazard[q]), FORCE_LIMIT)
                repeated |= m < j
        if total > 0 and not repeated:
            time = rng.exponential(key, uid[other], uid[giver], step, np.uint64(kind[p])) / rng.floating(total)
            if time < earliest:
                best, earliest = p, time
    return best


@process(
    phase="transmission",
    over="step",
    attributes=(
        Attr("source_uid", "u4", 0, "who passed HIV on"),
        Attr("source_kind", "i1", codes.NONE, "kind of the pair through which HIV came"),
    ),
    counters=(Counter("infections_by_kind", "new HIV infections by the kind of pair", by=("pair_kind",)),),
    writes=("source_uid", "source_kind"),
)
def source(discordant, step, key, uid, pair_a, pair_b, kind, hazard, infected_step, source_uid, source_kind,
           infections_by_kind):  # fmt: skip
    """Draw the source among the pairs of the step: the first of exponentials whose rates are what each pair added."""
    pairs, who = np.empty(len(discordant), np.int64), np.empty(len(discordant), np.int64)  # at most
    count = 0
    for p in discordant:
        a, b = pair_a[p], pair_b[p]
        if hazard[p] > 0.0 and (infected_step[a] == step or infected_step[b] == step):
            pairs[count], who[count] = p, a if infected_step[a] == step else b
            count += 1
    order = in_order(who[:count])
    k = 0
    while k < count:
        last = k
        while last < count and who[order[last]] == who[order[k]]:
            last += 1
        other = who[order[k]]
        p = first_to_pass(pairs[order[k:last]], other, key, uid, step, pair_a, pair_b, kind, hazard)
        giver = pair_b[p] if pair_a[p] == other else pair_a[p]
        source_uid[other], source_kind[other] = uid[giver], kind[p]
        infections_by_kind[kind[p]] += 1
        k = last
