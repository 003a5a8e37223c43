"""Who would be where without HIV: expected numbers by group and age, worked out before a run.

They depend on no lever, so that every scenario has the same entrants, and the same hazards of starting to sell or buy
sex: those that keep each group at the share asked for, given deaths, ageing, leaving, pauses, returns and moves. A
cohort-component projection by quarters of a year, of age too, begun long enough before the run for
ages and spells to be in balance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.layout import NONE, Layout

QUARTER = 0.25  # years in a step of the projection, and years of age in a cell, so that a step moves all up by one
BURN_IN = 40.0  # years before the run in which the balance is reached
FEWEST = 1e-9  # people; guards divisions
ALIKE = 1000.0  # gamma shape from which everybody is as likely to leave sex work
CLASSES = 8  # of people by their own hazard of leaving, where they differ
MOST_AT_ONCE = 0.25  # of a group who may leave it in one step of the projection; with faster rates, steps are divided


def stable_ages(growth: float, mortality: float, leave_age: float) -> tuple[float, float]:
    """Rate of decline of the stable age density, and the share of people per year who enter at 18."""
    r = growth + mortality if abs(growth + mortality) > 1e-9 else 1e-9  # none would divide by zero
    return r, r / (1.0 - math.exp(-r * (leave_age - codes.ADULT_AGE)))


def exp(amounts: np.ndarray) -> np.ndarray:
    """The exponential of each amount; NumPy's own may differ in its last bit from one processor to another."""
    return np.array([math.exp(x) for x in amounts])


def classes(shape: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes of a gamma of mean 1: the edges between them, the share of people in each, and the harmonic mean of each.

    Shapes (classes - 1,), (classes,) and (classes,). The harmonic mean gives a class its number of people who stay.
    Classes are narrow where the trait is low, since it is those who stay longest.
    """
    if shape >= ALIKE:
        return np.zeros(0), np.ones(1), np.ones(1)
    fine, most = 4_000, 1.0 + 12.0 / math.sqrt(shape)
    root = (np.arange(fine) + 0.5) / fine  # a grid of roots, since the low end counts most
    x = most * root**2
    density = np.array([math.exp((shape - 1.0) * math.log(v) - shape * (v - 1.0)) for v in x]) * root
    below = np.cumsum(density) / density.sum()
    cuts = np.searchsorted(below, ((np.arange(CLASSES) + 1) / CLASSES) ** 2)
    parts = np.split(np.arange(fine), cuts[:-1])
    weight = np.array([density[part].sum() for part in parts]) / density.sum()
    mean = np.array([density[part].sum() / (density[part] / x[part]).sum() for part in parts])
    return x[cuts[:-1]], weight, mean


@dataclass(frozen=True)
class Projection:
    """Expected numbers on the grid `times`: `start` (hazard of starting, by group), `immigrants` (a year, by group),
    `people` (by group), each of shape (times, groups), and `origin`, the share of the men at each site by the site at
    which they were numbered, of shape (times, sites, sites of birth).

    `first` has who is where at the start, of shape (classes, groups, age cells), with those who pause among former
    workers; `first_paused` those who pause by the setting that they left, of shape (classes, groups).
    """

    times: np.ndarray
    start: np.ndarray
    immigrants: np.ndarray
    people: np.ndarray
    origin: np.ndarray
    first: np.ndarray
    first_paused: np.ndarray

    def at(self, name: str, times: np.ndarray) -> np.ndarray:
        """One of the series at other times, held constant within each step of the grid."""
        place = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, len(self.times) - 1)
        return np.ascontiguousarray(getattr(self, name)[place])


class Flows:
    """The rates of one moment, in arrays by group; shape (groups,) unless said otherwise."""

    def __init__(self, context: Any, times: np.ndarray) -> None:
        layout: Layout = context.layout
        self.tables, self.return_home = layout.tables, context.value("return_home_share")
        names = ("sex_worker_share", "client_share", "leave_sex_work", "pause_rate", "resume_rate", "switch_rate",
                 "stop_buying", "immigrant_share", "migration_rate")  # fmt: skip
        self.series = {name: context.at(name, times + (QUARTER if "share" in name else 0.0)) for name in names}
        self.mortality, self.growth = context.at("background_mortality", times), context.at("growth_rate", times)
        self.destination = context.at("migration_destination", times)
        role = self.tables["role_of"]
        self.works, self.buys = role == codes.WORKER, (role == codes.CLIENT)
        self.visits = visitors(context)
        self.buys = self.buys & ~self.visits
        self.share = np.where(self.works, self.series["sex_worker_share"], 0.0)
        self.share = np.where(self.buys, self.series["client_share"], self.share)
        leave = self.series["leave_sex_work"]
        self.leave = np.where(self.works, leave, np.where(self.buys, self.series["stop_buying"], 0.0))
        self.pause = np.where(self.works, self.series["pause_rate"], 0.0)
        self.switch = np.where(self.works, self.series["switch_rate"], 0.0)
        self.pool = pools(layout)

    def fastest(self, k: int, most: float) -> float:
        """The highest rate per year at which people leave a group, or return; `most` multiplies that of workers."""
        away = (
            self.leave[k] * np.where(self.works, most, 1.0)
            + self.pause[k]
            + self.switch[k]
            + self.series["migration_rate"][k]
        )
        back = np.where(self.works, self.series["resume_rate"][k], 0.0).max() if self.pause.any() else 0.0
        return float(max(away.max(), back))

    def moving(self, k: int) -> np.ndarray | None:
        """Rates from group to group of switching and of moving for good; shape (groups, groups). None without any."""
        share, switch, move = self.share[k], self.switch[k], self.series["migration_rate"][k]
        if not switch.any() and not move.any():
            return None
        rates = np.zeros((len(share), len(share)))
        for g in np.flatnonzero(self.works & (switch > 0.0)):
            others = self.works & (self.pool == self.pool[g])
            others[g] = False
            if share[others].sum() > 0.0:
                rates[g] += np.where(others, switch[g] * share / share[others].sum(), 0.0)
        site = self.tables["site_of"]
        for g in np.flatnonzero((move > 0.0) & ~self.visits):
            for s, target in enumerate(self.tables["at_site"][g]):
                if s != site[g]:
                    rates[g, target] += move[g] * self.destination[k, site[g], s]
        return rates - np.diag(rates.sum(axis=1))


def pools(layout: Layout) -> np.ndarray:
    """A number for the people among whom sellers or buyers are a share: population, occupation and site; by group."""
    t, most = layout.tables, max(1, len(layout.sites))
    trade = (t["occupation_of"] + 1) * len(codes.POPULATIONS)
    return np.asarray((t["population_of"] + trade) * most + t["site_of"])


def visitors(context: Any) -> np.ndarray:
    """The groups whose members come from elsewhere and go again; shape (groups,), bool."""
    stay, occupation = context.value("visitor_stay"), context.layout.tables["occupation_of"]
    return (occupation != NONE) & (stay[np.maximum(occupation, 0)] > 0.0)


def entering(context: Any, times: np.ndarray, dt: float, size: np.ndarray) -> np.ndarray:
    """Adults who enter per year at each of `times`; growth, and whoever dies or leaves at the last age."""
    growth, mortality = context.at("growth_rate", times), context.at("background_mortality", times)
    span = context.value("leave_age") - codes.ADULT_AGE
    _, birth = stable_ages(growth[0], mortality[0], context.value("leave_age"))
    rates = np.zeros(len(size))
    dead = np.cumsum(mortality) * dt
    for k in range(len(size)):
        ago = (k + 0.5) * dt - span
        j = int(ago / dt)
        if ago < 0:
            cohort = birth * context.people * math.exp(growth[0] * ago) * math.exp(-dead[k] + mortality[0] * ago)
        else:
            cohort = rates[j] * math.exp(dead[j] - dead[k])
        rates[k] = (growth[k] + mortality[k]) * size[k] + cohort
    return np.maximum(rates, 0.0)


def first_shares(context: Any) -> np.ndarray:
    """The share of everyone at entry, by group outside the market; shape (groups,), sum 1."""
    t, layout = context.layout.tables, context.layout
    women, msm, trans = (context.value(name) for name in ("fraction_female", "msm_share", "trans_share"))
    present = set(t["population_of"])
    msm, trans = msm if codes.MSM in present else 0.0, trans if codes.TRANS_WOMEN in present else 0.0
    males = (1.0 - women) * np.array([0.0, (1.0 - trans) * (1.0 - msm), (1.0 - trans) * msm, trans])
    males[codes.WOMEN] = women
    site = context.value("site_share")
    site = site / site.sum()
    occupation = np.where(context.value("visitor_stay") > 0.0, 0.0, context.value("occupation_share"))
    occupation = occupation / max(occupation.sum(), FEWEST)
    share = np.zeros(len(layout.groups))
    for g, group in enumerate(layout.groups):
        if group.role == codes.OUTSIDE:
            by_work = occupation[group.occupation] if group.occupation != NONE else 1.0
            share[g] = males[group.population] * site[group.site] * by_work
    return share


def project(context: Any, starting: np.ndarray) -> Projection:
    """The projection of a run; `starting` has the relative hazard of starting to sell sex by age cell."""
    first, last = context.start, context.stop
    before = first - BURN_IN + np.arange(round(BURN_IN / QUARTER)) * QUARTER
    after = first + np.arange(math.ceil((last - first) / QUARTER + 1e-9)) * QUARTER
    flows = Flows(context, np.concatenate((np.full(len(before), first), after)))
    growth = flows.growth[len(before) :]
    size = context.people * exp(np.cumsum(growth) * QUARTER - growth * QUARTER / 2)
    rates = entering(context, after, QUARTER, size)
    _, birth = stable_ages(growth[0], flows.mortality[0], context.value("leave_age"))
    early = birth * context.people * exp(growth[0] * (before - first))
    state = State(context, flows, starting)
    state.begin(math.exp(-growth[0] * BURN_IN) * context.people)
    for k, rate in enumerate(early):
        state.advance(k, rate)
    opening = (state.with_paused(), state.paused.sum(axis=-1))
    steps = []
    for k, rate in enumerate(rates, len(before)):
        state.advance(k, rate)
        steps.append((state.hazard, state.foreign, state.totals(), state.origins()))
    start, immigrants, people, origin = (np.array(series) for series in zip(*steps, strict=True))
    return Projection(after, start, immigrants, people, origin, *opening)


class State:
    """Expected numbers, of shape (classes, groups, age cells), moved on step by step.

    Classes are of people by their own hazard of leaving sex work. `paused` counts by the setting that was left.
    """

    def __init__(self, context: Any, flows: Flows, starting: np.ndarray) -> None:
        self.flows, self.t = flows, flows.tables
        span = context.value("leave_age") - codes.ADULT_AGE
        self.ages = np.minimum((np.arange(len(starting)) + 1) * QUARTER, span)
        _, weight, trait = classes(context.value("leaving_shape"))
        self.people, self.paused = np.zeros((2, len(weight), len(flows.pool), len(starting)))
        self.weight, self.entry = weight, weight[:, None] * first_shares(context)
        self.leaving, self.most = np.where(flows.works, trait[:, None], 1.0), float(trait.max())
        self.starting = np.where(flows.works[:, None], starting[None, :], 1.0)
        self.restart = context.value("restart_ratio")
        self.wanted = flows.works | flows.buys
        self.same_pool = flows.pool[:, None] == flows.pool[None, :]
        self.decline, _ = stable_ages(flows.growth[0], flows.mortality[0], context.value("leave_age"))
        self.hazard = self.foreign = np.zeros(len(flows.pool))
        sites = max(1, len(context.layout.sites))
        self.born = np.zeros((sites, sites))  # men by site of birth and site

    def begin(self, size: float) -> None:
        """Everybody outside the market, with stable ages; the burn-in brings the rest."""
        density = np.diff(1.0 - exp(-self.decline * np.concatenate(([0.0], self.ages))))
        self.people[:] = self.entry[:, :, None] * size * density / density.sum()
        for g in np.flatnonzero(self.t["population_of"] == codes.MEN):
            self.born[self.t["site_of"][g], self.t["site_of"][g]] += self.people[:, g].sum()

    def with_paused(self) -> np.ndarray:
        """Everybody, those who pause among former workers; shape (classes, groups, age cells)."""
        made = self.people.copy()
        for g in np.flatnonzero(self.flows.works):
            made[:, self.t["former_of"][g]] += self.paused[:, g]
        return made

    def totals(self) -> np.ndarray:
        """People by group, those who pause among former workers."""
        made, paused = (cells.sum(axis=(0, 2)) for cells in (self.people, self.paused))
        np.add.at(made, self.t["former_of"][self.flows.works], paused[self.flows.works])
        return made

    def origins(self) -> np.ndarray:
        """The share of the men at each site by site of birth; shape (sites, sites of birth)."""
        return self.born.T / np.maximum(self.born.sum(axis=0)[:, None], FEWEST)

    def advance(self, k: int, entering: float) -> None:
        """One step: everybody grows older, then the rest in as many parts as the fastest rate needs."""
        for cells in (self.people, self.paused):
            cells[..., 1:] = cells[..., :-1].copy()
            cells[..., 0] = 0.0
        parts = max(1, math.ceil(self.flows.fastest(k, self.most) * QUARTER / MOST_AT_ONCE))
        hazard = foreign = np.zeros(len(self.hazard))
        for _ in range(parts):
            self.part(k, entering, QUARTER / parts)
            hazard, foreign = hazard + self.hazard / parts, foreign + self.foreign / parts
        self.hazard, self.foreign = hazard, foreign

    def part(self, k: int, entering: float, dt: float) -> None:
        """Part of a step: deaths, entry, leaving, pauses, returns, moves; then whoever must start, starts."""
        f, people, paused = self.flows, self.people, self.paused
        moves = f.moving(k)
        out = (f.leave[k] * self.leaving * dt)[:, :, None] * people
        pauses = (f.pause[k] * dt)[:, None] * people
        returns = (f.series["resume_rate"][k] * dt)[:, None] * paused
        moved = 0.0 if moves is None else dt * (moves.T @ people)
        dies = f.mortality[k] * dt
        people *= 1.0 - dies
        paused *= 1.0 - dies
        people += returns - out - pauses + moved
        paused += pauses - returns
        gone = np.where(f.works, self.t["former_of"], self.t["outside_of"])
        home = 1.0 - f.series["immigrant_share"][k] * f.works * f.return_home
        for g in np.flatnonzero(self.wanted):
            people[:, gone[g]] += out[:, g] * home[g]
        people[:, :, 0] += self.entry * entering * dt
        self.move_men(k, entering, dt)
        self.start(k, dt)

    def start(self, k: int, dt: float) -> None:
        """Bring every group of sellers and buyers to its share, from those outside and those who left for good."""
        f, people = self.flows, self.people
        everyone = self.totals()
        target = f.share[k] * (self.same_pool @ np.where(f.visits, 0.0, everyone))
        missing = np.where(self.wanted, np.maximum(target - people.sum(axis=(0, 2)), 0.0), 0.0)
        foreign = np.where(f.works, f.series["immigrant_share"][k], 0.0)
        outside, former = self.t["outside_of"], np.where(f.works, self.t["former_of"], NONE)
        fresh, again = self.could_start(outside, former)
        ready = (fresh + again).sum(axis=(0, 2))
        # At most half of those who could start do so in one part of a step, however many groups they could start in.
        hazard = missing * (1.0 - foreign) / np.maximum(ready, FEWEST) * self.wanted
        total, again_too = np.zeros(len(hazard)), np.flatnonzero(self.wanted & (former != NONE))
        np.add.at(total, outside[self.wanted], hazard[self.wanted])
        np.add.at(total, former[again_too], self.restart * hazard[again_too])
        share = 0.5 / np.maximum(total, 0.5)
        hazard *= np.where(former != NONE, np.minimum(share[outside], share[former]), share[outside])
        came = hazard[:, None] * (fresh + again)
        for g in np.flatnonzero(self.wanted):
            people[:, outside[g]] -= hazard[g] * fresh[:, g]
            if former[g] != NONE:
                people[:, former[g]] -= hazard[g] * again[:, g]
        ages = self.starting * exp(-self.decline * self.ages)[None, :]
        ages /= ages.sum(axis=1)[:, None]
        people += came + self.weight[:, None, None] * ((missing * foreign)[:, None] * ages)
        # Those who leave in the step have come back to those who could start, and those who start have gone: the hazard
        # is one of the number that is left, which is near the mean over the step.
        fresh, again = self.could_start(outside, former)
        left = (fresh + again).sum(axis=(0, 2))
        self.hazard = hazard / dt * ready / np.maximum(left, FEWEST)
        self.foreign = missing * foreign / dt

    def could_start(self, outside: np.ndarray, former: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those who never sold or bought, and those who left for good, weighted by how likely they are to start."""
        fresh = self.starting * self.people[:, outside]
        again = self.restart * self.starting * self.people[:, former]
        return fresh, np.where((former != NONE)[:, None], again, 0.0)

    def move_men(self, k: int, entering: float, dt: float) -> None:
        """Keep count of where the men at a site were numbered."""
        f = self.flows
        men = (self.t["population_of"] == codes.MEN) & ~f.visits
        site, move = self.t["site_of"], f.series["migration_rate"][k]
        stock, entry = self.people.sum(axis=(0, 2)), self.entry.sum(axis=0)
        span = self.ages[-1]
        self.born *= 1.0 - (f.mortality[k] + 1.0 / span) * dt
        for s in range(len(self.born)):
            here = men & (site == s)
            self.born[s, s] += entry[here].sum() * entering * dt
            rate = (move * stock)[here].sum() / max(stock[here].sum(), FEWEST)
            if rate > 0.0:
                leaving = self.born[:, s] * rate * dt
                self.born[:, s] -= leaving
                self.born += leaving[:, None] * f.destination[k, s][None, :]
