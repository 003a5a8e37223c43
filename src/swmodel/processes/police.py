"""Police and people who sell sex: contact, arrest and detention, extortion, condoms taken away.

Contact has a hazard by group while somebody is free. Who is arrested is held for an exponential time, in which nobody
is met, clients or partners, and no contact happens. What lasts of a contact is a state of an exponential length, in
which arrows start.
"""

import math

import numpy as np

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process

NEVER = -1e9  # a year long before any


@process(
    phase="structure",
    over="selling",
    attributes=(
        Attr("police_rate", "f4", 1.0, "relative hazard of contact with police", reset=True),
        Attr("police_clock", "f8", 0.0, "hazard left before contact with police", clock=True),
        Attr("police_times", "u4", 0, "contacts with police since the start"),
        Attr("police_until", "f4", NEVER, "year until which contact with police is recent"),
        Attr("condoms_taken_until", "f4", NEVER, "year until which somebody goes without condoms that police took"),
        Attr("detained_until", "f4", NEVER, "year until which somebody is held by police"),
    ),
    params=(
        Param(
            "police_contact",
            0.0,
            "per year",
            (0.0, 50.0),
            "assumption (none until the place says so; P419, 0.4 of workers within a year, is a recollection)",
            "contact with police of people who sell sex, while they are free",
            by="group",
        ),
        Param("arrest_share", 0.1, "proportion", (0.0, 1.0),
              "assumption (P474, detention of 0.05 a year, is a recollection)", "contacts that end in arrest"),
        Param("detention", 0.04, "years", (0.0005, 5.0), "assumption (two weeks; no source opened)",
              "mean time held after an arrest"),
        Param("extortion_share", 0.5, "proportion", (0.0, 1.0), "assumption (no source opened)",
              "contacts without arrest in which money or goods are extorted"),
        Param("confiscation_share", 0.3, "proportion", (0.0, 1.0),
              "assumption (P420, 0.25 of workers within a year, is a recollection)",
              "contacts without arrest in which condoms are taken away"),
        Param("confiscation_lasts", 0.02, "years", (0.001, 1.0), "assumption (a week; no source opened)",
              "mean time without condoms after they were taken"),
        Param("police_memory", 0.577, "years", (0.05, 5.0),
              "assumption (P479, a half-life of 0.4 years, 0.25-0.5, is a recollection)",
              "mean time for which contact with police weighs on what somebody does"),
    ),
    counters=(
        Counter("police_contacts", "contacts with police"),
        Counter("arrests", "arrests"),
        Counter("extortions", "contacts with police in which money or goods were extorted"),
        Counter("confiscations", "contacts with police in which condoms were taken"),
        Counter("policed", "people who sell sex, at the beginning of a step"),
        Counter("time_detained", "years held by police", expected=True),
    ),
    writes=("police_clock", "police_times", "police_until", "condoms_taken_until", "detained_until", "work_volume",
            "partner_time"),
)  # fmt: skip
def police(rows, dt, time, key, uid, group, police_rate, police_clock, police_times, police_until,
           condoms_taken_until, detained_until, work_volume, partner_time,
           police_contact, arrest_share, detention, extortion_share, confiscation_share, confiscation_lasts,
           police_memory, police_contacts, arrests, extortions, confiscations, policed, time_detained):  # fmt: skip
    """Run down each worker's clock of contact with police over the time that she is free; settle what each brings."""
    first, last = time - 0.5 * dt, time + 0.5 * dt
    for i in rows:
        g = group[i]
        hazard, now = police_contact[g] * np.float64(police_rate[i]), first
        policed[g] += 1
        held = 0.0
        if detained_until[i] > first:
            now = min(np.float64(detained_until[i]), last)
            held = now - first
        while now < last and rng.run_down(police_clock, i, hazard * (last - now)):
            now = last - rng.unspent(police_clock, i, hazard * (last - now)) * (last - now)
            police_times[i] += 1
            police_contacts[g] += 1
            a, b, c, d = rng.philox(uid[i], 1, police_times[i], 0, key)
            police_clock[i] = -math.log(rng.to_unit(a, b))
            lasts = rng.exponential(key, uid[i], 2, police_times[i], 0)
            if now >= police_until[i]:
                police_until[i] = now + police_memory * lasts
            if (np.float64(c) + 0.5) * rng.WORD < arrest_share:
                arrests[g] += 1
                stay = detention * rng.exponential(key, uid[i], 3, police_times[i], 0)
                detained_until[i] = now + stay
                held += min(stay, last - now)
                now += stay
                continue
            extortions[g] += (np.float64(d) + 0.5) * rng.WORD < extortion_share
            u, v = rng.uniforms(key, uid[i], 4, police_times[i], 0)
            if u < confiscation_share:
                confiscations[g] += 1
                condoms_taken_until[i] = max(np.float64(condoms_taken_until[i]), now - confiscation_lasts * math.log(v))
        if held > 0.0:  # exactly 0 for who is held throughout, whatever the rounding of years
            free = (last - first - held) / dt if held < last - first else 0.0
            work_volume[i] *= free
            partner_time[i] *= free
        time_detained[g] += rng.tally(held)


@process(
    phase="exposures",
    over="selling",
    attributes=(
        Attr("police_recent", "f4", 0.0, "1 while contact with police is recent, of those who sell sex"),
        Attr("condoms_taken", "f4", 0.0, "1 while somebody who sells sex goes without condoms that police took"),
        Attr("detained", "f4", 0.0, "1 while somebody who sells sex is held by police"),
    ),
    writes=("police_recent", "condoms_taken", "detained"),
)
def recall_police(rows, time, dt, police_until, condoms_taken_until, detained_until,
                  police_recent, condoms_taken, detained):  # fmt: skip
    """For whom contact with police, and what came of it, weighs when the step begins."""
    now = time - 0.5 * dt
    for i in rows:
        police_recent[i] = 1.0 if police_until[i] > now else 0.0
        condoms_taken[i] = 1.0 if condoms_taken_until[i] > now else 0.0
        detained[i] = 1.0 if detained_until[i] > now else 0.0
