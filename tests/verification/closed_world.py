"""Closed populations: small processes for who is there, who meets whom and who recovers.

Whatever decides an infection is the model's own: acts_and_condoms, discordant_pairs, exposure, force_of_infection and
infection (and source, where a test asks who infected whom). Tables (arrays given with a Step) say who and how many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from plain import GROUPS, STREET, WOMEN

from swmodel import codes, rng
from swmodel.binding import Step
from swmodel.declare import Attr, Param, Roll, process
from swmodel.engine import Engine
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.exits import end_pairs
from swmodel.processes.transmission import discordant_pairs, exposure, force_of_infection, infection, source

SOURCE = "assumption: made for tests"
INFECTION = tuple(Step(p) for p in (acts_and_condoms, discordant_pairs, exposure, force_of_infection, infection))
WHO_INFECTED_WHOM = Step(source)
PLAIN = {
    # Contacts of one act without a condom, at the same risk in every stage; acts as exact numbers. Acts of two men have
    # the risk of a man to a woman, so that a population of one sex is like any other.
    "condom_use": 0.0, "stage_risk": 1.0, "fixed_acts": 1.0, "acts_per_contact": 1.0, "condom_breakage": 0.0,
    "anal_share": 0.0, "anal_condom_ratio": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What the engine asks of a scenario."""

    people: int
    step: float
    stop: float
    parameters: dict[str, Any] = field(default_factory=dict)
    start: float = 0.0
    work_settings: tuple[str, ...] = ("street",)


@process(
    phase="demography",
    over="step",
    creates="people",
    attributes=(
        Attr("hiv_stage", "i1", codes.SUSCEPTIBLE, "stage of HIV infection (codes)"),
        Attr("infected_step", "i4", -1, "step of infection"),
        Attr("frailty", "f8", 1.0, "susceptibility relative to the mean"),
        Attr("circumcised", "b1", 0, "circumcised"),
        Attr("sex", "i1", codes.FEMALE, "female or male at birth (codes)"),
        Attr("position", "i1", codes.VERSATILE, "not used"),
        Attr("stage_clock", "f8", 0.0, "time left in this stage", clock=True),
    ),
    params=(Param("stage_duration", 1.0, "years", (0.01, 50.0), SOURCE, "time in a stage", by="hiv_stage"),),
    writes=("uid", "alive", "group", "sex", "hiv_stage", "frailty", "circumcised"),
)
def arrive(new_rows, step, first_group, first_sex, first_stage, first_frailty, first_circumcised,
           uid, alive, group, sex, hiv_stage, frailty, circumcised):  # fmt: skip
    """Everybody is there from the first step, in rows 0, 1, 2 and so on."""
    if step > 0:
        return 0
    for k in range(len(new_rows)):
        i = new_rows[k]
        uid[i], alive[i], group[i], hiv_stage[i] = k, True, first_group[k], first_stage[k]
        sex[i], frailty[i], circumcised[i] = first_sex[k], first_frailty[k], first_circumcised[k]
    return len(first_group)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    attributes=(
        Attr("pair_propensity", "f8", 1.0, "personal odds of a condom of both partners", table="pairs"),
        Attr("until", "i4", 0, "step at which the pair ends", table="pairs"),
    ),
    params=(Param("regular_contacts", 24.0, "per year", (1.0, 365.0), SOURCE, "contacts a year in a regular pair"),),
    writes=("pair_a", "pair_b", "kind"),
)
def join(new_rows, step, first_a, first_b, first_kind, pair_a, pair_b, kind):
    """Pairs that last from the first step to the end."""
    if step > 0:
        return 0
    for k in range(len(new_rows)):
        pair_a[new_rows[k]], pair_b[new_rows[k]], kind[new_rows[k]] = first_a[k], first_b[k], first_kind[k]
    return len(first_kind)


@process(phase="pairs", over="step", writes=("pair_a", "pair_b"))
def meet(n_pairs, step, key, blocks, size, women, contacts, by_chance, pair_a, pair_b):
    """Instantaneous contacts within each block of `size` people, both partners drawn from all of the block.

    With `women`, from its first `women` people and from the others. The number in a step is `contacts`, or Poisson of
    that mean. A contact depends on its running number only: halving the step leaves the same contacts in their order.
    """
    width = np.int64(4096) if by_chance else np.int64(contacts)
    a_size, b_from = (women, women) if women > 0 else (size, 0)
    row = 0
    for block in range(blocks):
        count, first = np.int64(contacts), block * size
        if by_chance:
            count = np.int64(rng.poisson(contacts, rng.uniform(key, block, 1, step, 0)))
        for k in range(count):
            u, v, _, _ = rng.philox(block, 0, step * width + k, 0, key)
            pair_a[row] = first + np.int64((u * np.uint64(a_size)) >> rng.HALF)
            pair_b[row] = first + b_from + np.int64((v * np.uint64(size - b_from)) >> rng.HALF)
            row += 1
    for p in range(row, n_pairs):
        pair_a[p], pair_b[p] = 0, 0


@process(
    phase="pairs",
    over="step",
    rolls=(Roll("carriers", "people living with HIV at the start of the step"),),
)
def find_carriers(n_people, hiv_stage, carriers):
    """List them; where they are few, most people are passed over eight at a time."""
    count, whole = 0, n_people // 8
    eights = hiv_stage[: 8 * whole].view(np.uint64)
    for block in range(whole + 1):
        if block == whole or eights[block] != 0:
            for i in range(8 * block, min(8 * block + 8, n_people)):
                carriers[count] = i
                count += hiv_stage[i] > 0
    return count


@process(
    phase="pairs",
    over="carriers",
    params=(Param("removal", 1.0, "per year", (0.0, 10.0), SOURCE, "rate of recovery", by="group"),),
    attributes=(
        Attr("recovery_clock", "f8", 0.0, "time left to recovery", clock=True),
        Attr("recoveries", "u4", 0, "how often"),
    ),
    writes=("hiv_stage", "recovery_clock", "infection_clock", "recoveries"),
)
def recover(rows, dt, key, uid, group, hiv_stage, recovery_clock, infection_clock, recoveries, removal):
    """Back to susceptible, with new clocks: as if replaced by somebody new."""
    for i in rows:
        if rng.run_down(recovery_clock, i, removal[group[i]] * dt):
            recoveries[i] += 1
            hiv_stage[i] = codes.SUSCEPTIBLE
            rng.rewind(recovery_clock, i, key, uid[i], 2 * recoveries[i], 0.0)
            rng.rewind(infection_clock, i, key, uid[i], 2 * recoveries[i] + 1, 0.0)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    params=(Param("contact_rate", 30.0, "per year", (0.0, 1000.0), SOURCE, "contacts a year", by="group"),),
    attributes=(
        Attr("steady_partners", "i1", 0, "not used"),
        Attr("casual_partners", "i1", 0, "not used"),
        Attr("needle_partners", "i1", 0, "not used"),
        Attr("injects", "b1", 0, "not used"),
        Attr("since", "i4", 0, "step at which the pair formed", table="pairs"),
    ),
    writes=("pair_a", "pair_b", "kind", "since", "until"),
)
def contacts_of_carriers(new_rows, carriers, step, dt, key, hiv_stage, size, women, contact_rate, group, pair_a, pair_b,
                         kind, since, until):  # fmt: skip
    """A Poisson number of contacts of everyone who lives with HIV, with the other sex of the block of `size` people.

    Contacts of two people without HIV are left out, as nothing can come of them; so are those who recovered just now.
    """
    used = 0
    for i in carriers:
        if hiv_stage[i] == codes.SUSCEPTIBLE:
            continue
        count = rng.poisson(contact_rate[group[i]] * dt, rng.uniform(key, i, 0, step, 0))
        if len(new_rows) == 0:
            used += count
            continue
        first = np.int64(i) // size * size
        woman = np.int64(i) - first < women
        for k in range(count):
            p, used = new_rows[used], used + 1
            u, _, _, _ = rng.philox(i, 1, step, k, key)
            other = first + np.int64((u * np.uint64(size - women if woman else women)) >> rng.HALF)
            other += women if woman else 0
            pair_a[p], pair_b[p] = (i, other) if woman else (other, i)
            kind[p], since[p], until[p] = codes.ONE_OFF_CLIENT, step, step + 1
    return used


def people(group: Any, stage: Any, frailty: Any = None, circumcised: Any = None) -> Step:
    """The step that makes everybody, from arrays of what they are."""
    n = len(group)
    tables = {
        "first_group": np.array(group, np.uint8),
        "first_sex": np.where(np.isin(group, (WOMEN, STREET)), codes.FEMALE, codes.MALE).astype(np.int8),
        "first_stage": np.array(stage, np.int8),
        "first_frailty": np.ones(n) if frailty is None else np.array(frailty, float),
        "first_circumcised": np.zeros(n, np.bool_) if circumcised is None else np.array(circumcised, np.bool_),
    }
    return Step(arrive, tables=tables)


def pairs(a: Any, b: Any, kind: Any) -> Step:
    """The step that makes lasting pairs, from arrays of rows and kinds."""
    return Step(join, tables={"first_a": np.array(a, np.uint32), "first_b": np.array(b, np.uint32),
                              "first_kind": np.array(kind, np.int8)})  # fmt: skip


def mixing(blocks: int, size: int, contacts: float, women: int = 0, by_chance: bool = False) -> list[Step]:
    """Instantaneous contacts in every step, within each block: casual ones, or paid ones if `women` says who sells."""
    rows = round(blocks * contacts + (10.0 * (blocks * contacts) ** 0.5 if by_chance else 0.0))
    zeros, kind = np.zeros(rows, np.int64), codes.ONE_OFF_CLIENT if women else codes.CASUAL_PARTNER
    tables = {"blocks": blocks, "size": size, "women": women, "contacts": float(contacts), "by_chance": by_chance}
    return [pairs(zeros, zeros, zeros + kind), Step(meet, tables=tables)]


def recovery() -> list[Step]:
    """Recovery at the rate `removal`, before contacts."""
    return [Step(find_carriers), Step(recover)]


def contacts_of_infected(size: int, women: int) -> list[Step]:
    """Contacts of those living with HIV; they are over at the end of the step. Comes after `recovery`."""
    none = np.zeros(0, np.int64)
    regular = {"regular_pairs": np.zeros((GROUPS, GROUPS)), "regular_apart": np.zeros(GROUPS)}
    contacts = Step(contacts_of_carriers, tables={"size": size, "women": women})
    return [pairs(none, none, none), contacts, Step(end_pairs, tables=regular)]


def engine(steps: list[Step], step: float, stop: float, seed: int, **parameters: Any) -> Engine:
    """An engine of these steps and the model's own of infection; `parameters` go over the plain ones."""
    everybody = next(len(s.tables["first_group"]) for s in steps if s.process is arrive)
    one_act = {"act_rate": {"casual": 1.0 / step}}
    of_men = dict.fromkeys(("anal_receptive_risk", "anal_insertive_risk"), parameters["risk_per_act"])
    frame = Frame(everybody, step, stop, PLAIN | one_act | of_men | parameters)
    return Engine(frame, [*INFECTION, *steps], seed)


def living_with_hiv(made: Engine, size: int) -> np.ndarray:
    """How many live with HIV now in each block of `size` people."""
    stage = made.people.arrays["hiv_stage"][: made.people.n]
    return (stage.reshape(-1, size) > 0).sum(axis=1)
