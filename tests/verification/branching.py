"""Outbreaks among so many that everyone met is at risk: each contact of a carrier is with somebody fresh.

The pool of people at risk is walked through, so that nobody is met twice in a step and nobody who carries HIV is met.
An outbreak is then a branching process whatever its size. Whatever decides an infection, and who infected whom, is the
model's own: acts_and_condoms, discordant_pairs, exposure, force_of_infection, infection and source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from closed_world import SOURCE, Frame

from swmodel import codes, rng
from swmodel.binding import Step
from swmodel.declare import Attr, Param, Roll, process
from swmodel.engine import Engine
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.transmission import discordant_pairs, exposure, force_of_infection, infection, source
from swmodel.state import give_row

INFECTION = (acts_and_condoms, discordant_pairs, exposure, force_of_infection, infection, source)
PLAIN = {"condom_use": 0.0, "stage_risk": 1.0, "fixed_acts": 1.0, "condom_breakage": 0.0}


@process(
    phase="demography",
    over="step",
    creates="people",
    attributes=(
        Attr("sex", "i1", codes.FEMALE, "female or male"),
        Attr("position", "i1", codes.VERSATILE, "position in anal sex"),
        Attr("type", "i1", 0, "type of the outbreak"),
        Attr("hiv_stage", "i1", codes.SUSCEPTIBLE, "stage of HIV infection (codes)"),
        Attr("infected_step", "i4", -1, "step of infection"),
        Attr("frailty", "f8", 1.0, "susceptibility relative to the mean"),
        Attr("circumcised", "b1", 0, "circumcised"),
        Attr("stage_clock", "f8", 0.0, "time left in this stage", clock=True),
        Attr("lineage", "i4", -1, "the first case from whom the infection comes"),
        Attr("generation", "i4", 0, "generations from the first case"),
    ),
    params=(Param("stage_duration", 1.0, "years", (0.01, 50.0), SOURCE, "time in a stage", by="hiv_stage"),),
    writes=("uid", "alive", "type", "sex", "hiv_stage", "lineage"),
)
def arrive(new_rows, step, pool, first_cases, sex_of, uid, alive, type, sex, hiv_stage, lineage):
    """Everybody is there from the first step, type by type; the first of each type are the first cases."""
    if step > 0:
        return 0
    if len(new_rows) == 0:
        return pool[len(pool) - 1]
    case = 0
    for t in range(len(sex_of)):
        for k in range(pool[t], pool[t + 1]):
            i = new_rows[k]
            uid[i], alive[i], type[i], sex[i] = k, True, t, sex_of[t]
            if k < pool[t] + first_cases[t]:
                hiv_stage[i], lineage[i], case = codes.CD4_500, case, case + 1
    return len(new_rows)


@process(
    phase="movement",
    over="step",
    attributes=(
        Attr("recovery_clock", "f8", 0.0, "time left to recovery", clock=True),
        Attr("recoveries", "u4", 0, "how often"),
    ),
    rolls=(Roll("carriers", "people who carry HIV, after recovery"),),
    writes=("hiv_stage", "recovery_clock", "infection_clock", "recoveries"),
)
def recover(n_people, dt, key, uid, type, lineage, hiv_stage, recovery_clock, infection_clock, recoveries, removal,
            members, most, carriers):  # fmt: skip
    """Carriers recover, as if replaced by somebody new; at once when their outbreak has `most` members."""
    count = 0
    for i in range(n_people):
        if hiv_stage[i] == codes.SUSCEPTIBLE:
            continue
        if rng.run_down(recovery_clock, i, removal[type[i]] * dt) or members[lineage[i]] >= most:
            recoveries[i] += 1
            hiv_stage[i] = codes.SUSCEPTIBLE
            rng.rewind(recovery_clock, i, key, uid[i], 2 * recoveries[i], 0.0)
            rng.rewind(infection_clock, i, key, uid[i], 2 * recoveries[i] + 1, 0.0)
        else:
            carriers[count] = i
            count += 1
    return count


@process(phase="pairs", over="step", creates="pairs", attributes=(
    Attr("pair_propensity", "f8", 1.0, "personal odds of a condom of both partners", table="pairs"),
), params=(Param("regular_contacts", 24.0, "per year", (1.0, 365.0), SOURCE, "contacts a year in a regular pair"),),
   writes=("pair_a", "pair_b", "kind", "fresh"))  # fmt: skip
def meet_fresh(new_rows, carriers, step, dt, key, uid, type, hiv_stage, generation, contacts, pool, fresh, last,
               pair_a, pair_b, kind):  # fmt: skip
    """A Poisson number of contacts of each carrier with fresh people of each type; none of the `last` generation."""
    used = 0
    for i in carriers:
        if generation[i] >= last:
            continue
        for t in range(len(fresh)):
            count = rng.poisson(contacts[type[i], t] * dt, rng.uniform(key, uid[i], t, step, 0))
            used += count
            if len(new_rows) == 0:
                continue
            for k in range(count):
                while hiv_stage[fresh[t]] != codes.SUSCEPTIBLE:
                    fresh[t] = fresh[t] + 1 if fresh[t] + 1 < pool[t + 1] else pool[t]
                p = new_rows[used - count + k]
                pair_a[p], pair_b[p], kind[p] = i, fresh[t], codes.CASUAL_PARTNER
                fresh[t] = fresh[t] + 1 if fresh[t] + 1 < pool[t + 1] else pool[t]
    return used


@process(phase="progression", over="step", writes=("lineage", "generation", "members"))
def kin(exposed, step, infected_step, source_uid, lineage, generation, members):
    """Those infected in this step belong to the outbreak of their source, one generation on; a uid is a row here."""
    for i in exposed:
        if infected_step[i] == step:
            lineage[i] = lineage[source_uid[i]]
            generation[i] = generation[source_uid[i]] + 1
            members[lineage[i]] += 1


@process(phase="exit", over="step", writes=("kind", "pair_b", "pairs_book", "pairs_free"))
def part(n_pairs, pair_a, kind, pair_b, pairs_book, pairs_free):
    """Contacts are over at the end of the step."""
    for p in range(n_pairs):
        if kind[p] != codes.NONE:
            kind[p], pair_b[p] = codes.NONE, pair_a[p]
            give_row(p, pairs_book, pairs_free)


@dataclass
class Outbreaks:
    """Outbreaks from `first` cases of each type, who have `rates[j, i]` contacts a year of type j with type i.

    They recover at the rates `removal`. There are `pool` people of each type. `members` counts everybody ever infected
    in each outbreak, the first case included.
    """

    first: tuple[int, ...]
    rates: np.ndarray
    removal: np.ndarray
    sexes: tuple[int, ...]
    pool: tuple[int, ...]
    seed: int
    dt: float
    most: int = 2**31 - 1  # members, at which an outbreak is stopped
    last: int = 2**31 - 1  # generation, which has no contacts

    def run(self, **risks: Any) -> Outbreaks:
        """Until nobody carries HIV any more."""
        self.members = np.ones(sum(self.first), np.int64)
        pool = np.concatenate(([0], np.cumsum(self.pool)))
        fresh = pool[:-1] + np.array(self.first)
        tables = {"pool": pool, "first_cases": np.array(self.first), "sex_of": np.array(self.sexes), "fresh": fresh,
                  "removal": self.removal, "contacts": self.rates, "members": self.members, "most": self.most,
                  "last": self.last}  # fmt: skip
        steps = [Step(p, tables=tables) for p in (arrive, recover, meet_fresh, *INFECTION, kin, part)]
        frame = Frame(int(pool[-1]), self.dt, 2000.0, PLAIN | {"act_rate": {"casual": 1.0 / self.dt}} | risks)
        self.engine = made = Engine(frame, steps, self.seed)
        while made.step == 0 or len(made.rolls["carriers"]) > 0:
            made.advance()
            assert len(made.rolls["carriers"]) + made.pairs.n < min(self.pool)  # so that nobody is met twice in a step
        self.reused = bool((made.people.arrays["recoveries"][: made.people.n] > 1).any())
        return self

    def stay(self) -> np.ndarray:
        """The chance that a carrier of each type is still one after another step."""
        return np.exp(-self.removal * self.dt)
