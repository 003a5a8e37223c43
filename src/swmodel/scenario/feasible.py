"""Numbers that cannot be together, found before a run: each message names them.

Only what no run could bring about is refused; what a run merely misses is flagged in its `asked.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.scenario.check import Checker, plain
from swmodel.scenario.declarations import Declarations
from swmodel.scenario.spec import Scenario
from swmodel.scenario.tree import Node
from swmodel.values import is_series, tabulate

MOST_ADDED = 0.1  # of a population a year who come from elsewhere to sell sex and stay
SUM_TOLERANCE = 1e-6  # of a row of a matrix of moves
MATRICES = {"trip_destination": "trip_rate", "migration_destination": "migration_rate"}  # and the rate that uses it
NEEDED = ("sex_worker_share", "client_share", "casual_rate")  # without these, nothing is checked


class Numbers:
    """The values of a scenario at the years that it names; `place` finds where a value stands in the file."""

    def __init__(self, scenario: Scenario, known: Declarations, root: Node) -> None:
        self.scenario, self.known, self.root, self.layout = scenario, known, root, scenario.layout
        self.years = np.array(sorted({scenario.start, scenario.stop, *years_in(scenario.parameters)}))
        self.years = self.years[(self.years >= scenario.start) & (self.years <= scenario.stop)]

    def at(self, name: str) -> np.ndarray:
        """A parameter in engine units at each year; shape (years, *labels)."""
        param = self.known.parameters[name]
        value = self.scenario.parameters.get(name, param.default)
        return tabulate(param, value, self.layout, self.years)

    def place(self, name: str) -> Node:
        """The node of a parameter in the file; the whole file where it does not give it."""
        node = self.root.value.get("parameters")
        for key in (self.known.parameters[name].section, name):
            if node is None or not node.is_map or key not in node.value:
                return self.root
            node = node.value[key]
        return node if node is not None else self.root

    def groups(self, role: int) -> list[int]:
        """The codes of the groups of a role."""
        return [code for code, group in enumerate(self.layout.groups) if group.role == role]

    def adults(self) -> np.ndarray:
        """The share of everyone at the start by the population, occupation and site of each group; shape (groups,)."""
        women, msm, trans = (float(self.at(name)[0]) for name in ("fraction_female", "msm_share", "trans_share"))
        present = {g.population for g in self.layout.groups}
        msm, trans = msm * (codes.MSM in present), trans * (codes.TRANS_WOMEN in present)
        by_population = [
            women,
            (1 - women) * (1 - trans) * (1 - msm),
            (1 - women) * (1 - trans) * msm,
            (1 - women) * trans,
        ]
        site, work, stay = (self.at(name)[0] for name in ("site_share", "occupation_share", "visitor_stay"))
        lives = np.where(stay > 0.0, 0.0, work)
        share = []
        for g in self.layout.groups:
            part = by_population[g.population] * site[g.site] / max(site.sum(), 1e-12)
            if g.occupation >= 0:
                part *= work[g.occupation] / max(lives.sum(), 1e-12)
            share.append(part)
        return np.array(share)


def years_in(value: Any) -> Iterator[float]:
    """Every year that a value, or a mapping of values, names."""
    if is_series(value):
        yield from value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from years_in(part)


def check_feasible(check: Checker, root: Node, scenario: Scenario, known: Declarations) -> None:
    """Record every combination of numbers that no run could bring about."""
    if any(name not in known.parameters for name in NEEDED):
        return
    numbers = Numbers(scenario, known, root)
    if not check_somebody(check, numbers):
        return
    check_matrices(check, numbers)
    check_people(check, numbers)
    check_arrivals(check, numbers)
    check_shares(check, numbers)
    check_market(check, numbers)
    check_partners(check, numbers)


def check_somebody(check: Checker, numbers: Numbers) -> bool:
    """Somebody lives at some site, and some men are residents; otherwise nothing else can be said."""
    before = len(check.problems)
    if not numbers.at("site_share")[0].any():
        check.add(
            numbers.place("site_share"), "nobody lives anywhere: site_share is 0 at every site", "", "a share above 0"
        )
    stay, work = numbers.at("visitor_stay")[0], numbers.at("occupation_share")[0]
    if numbers.layout.occupations and not (work[stay == 0.0] > 0.0).any():
        words = "no man lives in the place: every occupation with a share has a visitor_stay above 0"
        check.add(numbers.place("visitor_stay"), words, "", "0 for an occupation of residents")
    return len(check.problems) == before


def check_shares(check: Checker, numbers: Numbers) -> None:
    """The shares of a population who sell and buy sex at a site are less than everyone."""
    layout, sells, buys = numbers.layout, numbers.at("sex_worker_share"), numbers.at("client_share")
    visiting = numbers.at("visitor_stay")[0] > 0.0
    told: set[tuple[int, int]] = set()
    for g in layout.groups:
        among = (g.population, g.occupation)
        if among in told or (g.occupation >= 0 and visiting[g.occupation]):
            continue
        same = [c for c, h in enumerate(layout.groups)
                if (h.population, h.occupation, h.site) == (g.population, g.occupation, g.site)]  # fmt: skip
        parts = [(sells if layout.groups[c].role == codes.WORKER else buys)[:, c] for c in same
                 if layout.groups[c].role in (codes.WORKER, codes.CLIENT)]  # fmt: skip
        most = max((float(total) for total in sum(parts, np.zeros(len(numbers.years)))), default=0.0)
        if most >= 1.0:
            told.add(among)
            name = "client_share" if all(layout.groups[c].role != codes.WORKER for c in same) else "sex_worker_share"
            if any(layout.groups[c].role == codes.CLIENT for c in same) and g.population == codes.MSM:
                name = "client_share"
            where = f" at {layout.sites[g.site]}" if len(layout.sites) > 1 else ""
            who = codes.POPULATIONS[g.population].replace("_", " ")
            words = (
                f"{most:.3g} of the {who}{where} would sell or buy sex, by sex_worker_share and client_share together"
            )
            check.add(numbers.place(name), words, "", "less than 1")


def check_matrices(check: Checker, numbers: Numbers) -> None:
    """The rows of a matrix of moves sum to 1, and nobody moves to where they are."""
    sites = numbers.layout.sites
    for name, rate in MATRICES.items():
        if len(sites) < 2 or not numbers.at(rate).any():
            continue
        for k in range(len(sites)):
            rows = numbers.at(name)[:, k]
            row = rows[int(np.argmax(np.abs(rows.sum(axis=1) - 1.0) + rows[:, k]))]  # of the year that is furthest off
            if row[k] > 0.0:
                words = f"{name} has people of '{sites[k]}' move to where they are"
                check.add(numbers.place(name), words, plain(float(row[k])), "0, or leave it out")
            elif abs(row.sum() - 1.0) > SUM_TOLERANCE:
                listed = " + ".join(f"{plain(float(part))} ({sites[j]})" for j, part in enumerate(row) if part > 0.0)
                words = f"{name} of '{sites[k]}' must sum to 1, as {rate} is above 0"
                check.add(numbers.place(name), words, f"{listed or '0'} = {plain(float(f'{row.sum():.9g}'))}")


def check_people(check: Checker, numbers: Numbers) -> None:
    """Every work setting has somebody, and no group of sellers is expected to be less than one person."""
    share, adults = numbers.at("sex_worker_share"), numbers.adults()
    for k, (setting, population) in enumerate(numbers.layout.settings):
        members = [c for c in numbers.groups(codes.WORKER) if numbers.layout.groups[c].setting == k]
        if not share[:, members].any():
            words = f"nobody works in '{setting}': sex_worker_share is 0 there in every year"
            check.add(numbers.place("sex_worker_share"), words, "", "a share above 0, or no such work setting")
            continue
        most = float((share[:, members] * adults[members]).sum(axis=1).max()) * numbers.scenario.people
        if most < 1.0:
            who = {v: n for n, v in codes.SELLING.items()}[population].replace("_", " ")
            among = adults[members].sum() * numbers.scenario.people
            words = (
                f"'{setting}' would have {most:.2g} people at the start: sex_worker_share "
                f"{plain(float(share[:, members].max()))} of {among:.3g} {who} among {numbers.scenario.people:,} people"
            )
            need = int(np.ceil(numbers.scenario.people / max(most, 1e-9)))
            check.add(numbers.place("sex_worker_share"), words, "", f"a larger share, or at least {need:,} people")


def check_arrivals(check: Checker, numbers: Numbers) -> None:
    """Those who come from elsewhere to sell sex, and stay when they stop, do not swamp the population."""
    layout, stay = numbers.layout, 1.0 - float(numbers.at("return_home_share")[0])
    names = ("sex_worker_share", "immigrant_share", "leave_sex_work")
    share, foreign, leave = (numbers.at(name) for name in names)
    added = share * foreign * leave * stay
    for population in dict.fromkeys(of for _, of in layout.settings):
        for site in range(max(1, len(layout.sites))):
            here = [c for c in numbers.groups(codes.WORKER)
                    if (layout.groups[c].population, layout.groups[c].site) == (population, site)]  # fmt: skip
            total = float(added[:, here].sum(axis=1).max())
            if total > MOST_ADDED:
                where = f" at {layout.sites[site]}" if len(layout.sites) > 1 else ""
                words = (
                    f"those who come from elsewhere to sell sex and stay would add {100 * total:.3g} % a year to the "
                    f"{codes.POPULATIONS[population].replace('_', ' ')}{where} (sex_worker_share x immigrant_share x "
                    f"leave_sex_work x (1 - return_home_share), over all work settings)"
                )
                check.add(numbers.place("immigrant_share"), words, "", f"at most {100 * MOST_ADDED:g} % a year")
                return


def check_market(check: Checker, numbers: Numbers) -> None:
    """Clients of a population at a site want no more than its workers could take at the very most."""
    layout, adults = numbers.layout, numbers.adults()
    buys = np.where(numbers.at("visitor_stay")[0] > 0.0, 1.0, 0.0)
    share, visits = numbers.at("client_share"), numbers.at("client_visits")
    usual = 1.0 - numbers.at("part_time_share") * (1.0 - numbers.at("part_time_volume"))[:, None]
    takes = numbers.at("sex_worker_share") * numbers.at("worker_volume") * usual * numbers.at("most_contacts")[:, None]
    for market, label in codes.WORKER_LABELS.items():
        for site in range(max(1, len(layout.sites))):
            here = [c for c, g in enumerate(layout.groups) if g.market == market and g.site == site]
            workers = [c for c in here if layout.groups[c].role == codes.WORKER]
            clients = [c for c in here if layout.groups[c].role == codes.CLIENT]
            if not workers or not clients:
                continue
            buying = np.stack(
                [
                    np.maximum(
                        share[:, c], buys[layout.groups[c].occupation] if layout.groups[c].occupation >= 0 else 0.0
                    )
                    for c in clients
                ],
                axis=1,
            )
            wanted = (buying * visits[:, clients] * adults[clients]).sum(axis=1)
            most = (takes[:, workers] * adults[workers]).sum(axis=1)
            year = int(np.argmax(wanted - most))
            if wanted[year] > most[year]:
                people = numbers.scenario.people
                where = f" at {layout.sites[site]}" if len(layout.sites) > 1 else ""
                words = (
                    f"in {plain(float(numbers.years[year]))}, clients of {label}{where} would want "
                    f"{wanted[year] * people:,.0f} contacts a year, and the workers there could take "
                    f"{most[year] * people:,.0f} at the very most"
                )
                allowed = "fewer client_visits or clients, or more workers, worker_volume or most_contacts"
                check.add(numbers.place("client_visits"), words, "", allowed)


def check_partners(check: Checker, numbers: Numbers) -> None:
    """Nobody is asked to have more partners at a time, on average, than the limit allows."""
    layout, duration = numbers.layout, numbers.at("pair_duration")
    rate, limit, told = numbers.at("casual_rate"), numbers.at("casual_limit"), set[str]()
    most = numbers.at("casual_age_ratio").max(axis=1)  # at the age at which people look most often
    for code, group in enumerate(layout.groups):
        kind = layout.tables["kind_for"][codes.CASUAL, code]
        found = group.population == codes.MSM  # by others of his kind, as often as he finds one
        degree = most * rate[:, code] * duration[:, kind] * (2.0 if found else 1.0)
        year = int(np.argmax(degree - limit[:, code]))
        if group.population != codes.MEN and group.name not in told and degree[year] > limit[year, code]:
            told.add(group.name)
            words = (
                f"'{group.name}' would have {degree[year]:.3g} casual partners at a time (casual_rate "
                f"{most[year] * rate[year, code]:.3g} a year x pair_duration {duration[year, kind]:.3g} years"
                f"{', twice, as others find them too' if found else ''}), and casual_limit is "
                f"{plain(float(limit[year, code]))}"
            )
            check.add(numbers.place("casual_rate"), words, "", "a lower rate or duration, or a higher limit")
    check_limit_of_men(check, numbers, rate, limit, duration)
    needles = 2.0 * numbers.at("needle_rate") * duration[:, codes.NEEDLE_PARTNER]
    if (needles > numbers.at("needle_limit")).any():
        words = (
            f"people who inject would share with {needles.max():.3g} others at a time (needle_rate x pair_duration, "
            f"twice, as others find them too), and needle_limit is {plain(float(numbers.at('needle_limit').min()))}"
        )
        check.add(numbers.place("needle_rate"), words, "", "a lower rate or duration, or a higher limit")


def check_limit_of_men(
    check: Checker, numbers: Numbers, rate: np.ndarray, limit: np.ndarray, duration: np.ndarray
) -> None:
    """Women do not ask, on average, for more casual partners at a time than the men may have."""
    layout, adults = numbers.layout, numbers.adults()
    kinds = layout.tables["kind_for"][codes.CASUAL]
    # Shares of everyone by group: those who sell or buy are few, so the people outside the market stand for all.
    women = [c for c in numbers.groups(codes.OUTSIDE) if layout.groups[c].population == codes.WOMEN]
    men = [c for c in numbers.groups(codes.OUTSIDE) if layout.groups[c].population == codes.MEN]
    asked = (rate[:, women] * duration[:, kinds[women]] * adults[women]).sum(axis=1) / max(adults[men].sum(), 1e-12)
    allowed = (limit[:, men] * adults[men]).sum(axis=1) / max(adults[men].sum(), 1e-12)
    year = int(np.argmax(asked - allowed))
    if asked[year] > allowed[year]:
        words = (
            f"women would ask of each man {asked[year]:.3g} casual partners at a time, and his casual_limit is lower"
        )
        check.add(numbers.place("casual_limit"), words, plain(float(f"{allowed[year]:.3g}")), "a lower casual_rate too")
