"""Who has no contact has no infection: wives and their husbands, sites without travel, and what each site causes.

All exact, since every draw belongs to a person: whoever is elsewhere changes nothing.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from whole import Look, begin, of_pairs, rows, steps

from swmodel import codes
from swmodel.engine import Engine
from swmodel.scenario.spec import Lever, Target

# A market, partners, shared needles and deaths, with so much HIV that all of it occurs.
LIVELY = {
    "sex_worker_share": 0.03, "leave_sex_work": 0.3, "client_share": 0.3, "stop_buying": 0.3, "client_visits": 20.0,
    "worker_volume": {"sex_workers": 300.0}, "steady_rate": 0.5, "casual_rate": 0.2, "background_mortality": 0.02,
    "growth_rate": 0.02, "initial_prevalence": 0.1, "risk_per_act": 0.004, "leave_age": 65.0, "pause_rate": 0.2,
    "steady_at_start": 0.5, "restart_ratio": 3.0, "tests_per_year": 0.5, "symptomatic_testing": 1.0,
    "injecting_share": 0.03, "injecting_start": 0.005,
}  # fmt: skip


# Case 9


class Wives:
    """10 years of 20,000 people of whom only clients and workers meet more than one: infections of wives, seed 901."""

    def __init__(self) -> None:
        faithful = {"casual_rate": 0.0, "pause_rate": 0.0, "sex_worker_share": 0.01, "leave_sex_work": 0.0}
        faithful |= {"steady_rate": {"women": 0.5, "all": 0.0}, "steady_at_start": {"women": 0.8, "all": 0.0}}
        faithful |= {"injecting_share": 0.0, "injecting_start": 0.0}
        self.run = run = begin(901, 20_000, 10, **LIVELY | faithful)
        self.husband, self.sick = np.full(run.people.capacity, -1), np.zeros(run.people.capacity, np.bool_)
        Look(run, "discordant_pairs", self.look)
        self.with_sick, self.wrong, self.exposed = 0, 0, 0
        for step in steps(run):
            group, infected, source, kind, uid = rows(run, "group", "infected_step", "source_uid", "source_kind", "uid")
            wives = np.flatnonzero((infected == step) & (group == 0))
            his = self.husband[wives]
            fine = (his >= 0) & self.sick[his] & (source[wives] == uid[his]) & (kind[wives] == codes.SPOUSE)
            self.with_sick += int(fine.sum())
            self.wrong += int((~fine).sum())

    def look(self, run: Engine) -> None:
        """Who is married to whom, and who lives with HIV, just before transmission."""
        (stage,) = rows(run, "hiv_stage")
        a, b, kind = of_pairs(run, "pair_a", "pair_b", "kind")
        married = kind == codes.SPOUSE
        self.husband[:], self.sick[:] = -1, False
        self.husband[a[married]], self.sick[: run.people.n] = b[married], stage > 0
        self.exposed += int((self.sick[b[married]] & ~self.sick[a[married]]).sum())


@pytest.mark.case("9")
def test_wives_are_infected_by_their_husbands_only() -> None:
    """Wives who meet only their husband are infected only while he lives with HIV, and by him.

    Exact; 10 years of 20,000 people, more than 300 infections of wives, and as many of others.
    """
    wives = Wives()
    assert wives.wrong == 0
    assert wives.with_sick == wives.run.count("infections")[:, 0].sum() > 300
    assert wives.run.count("infections")[:, 1:].sum() > 300
    assert wives.exposed > 1000


# Case 10


@cache
def places(count: int, removed: tuple[int, ...] = (), coverage: float = 1.0) -> Engine:
    """10 years of `count` sites of 5,000 people each, seed 1001; nobody at the sites `removed` acquires HIV."""
    names = ("a", "b", "c")[:count]
    levers: tuple[Lever, ...] = ()
    if removed:
        layout = begin(1001, 10, 1, sites=names).layout
        here = tuple(layout.group_names[g] for g in np.flatnonzero(np.isin(layout.tables["site_of"], removed)))
        values = {"prep_efficacy": 1.0, "prep_adherence": 1.0}
        levers = (Lever("prep", "oral_prep", 2000.0, 2010.0, Target(here), coverage=coverage, values=values),)
    return begin(1001, 5000 * count, 10, sites=names, levers=levers, **LIVELY).run()


def at_first_site(run: Engine) -> dict[str, np.ndarray]:
    """The attributes of everybody at site 0, in order of their uid."""
    group, alive, uid = rows(run, "group", "alive", "uid")
    here = np.flatnonzero(alive & (run.layout.tables["site_of"][group] == 0))
    here = here[np.argsort(uid[here])]
    return {name: array[here] for name, array in run.people.arrays.items()}


def counted_at_first_site(run: Engine, name: str) -> np.ndarray:
    """A counter by group, for the groups of site 0, which stand in the same order whatever the other sites."""
    return run.count(name)[:, run.layout.tables["site_of"] == 0]


@pytest.mark.case("10")
@pytest.mark.parametrize("count", [2, 3])
def test_further_sites_change_nothing(count: int) -> None:
    """Without travel each person at a site is the same, in all they are, whether there are other sites or not.

    Exact, but for the last bits of clocks, as shares of sites are rounded; 6,000 people after 10 years with a market,
    partners, needles, births and deaths, more than 300 infections; alone, with a second site, and with a third.
    """
    alone, other = at_first_site(places(1)), at_first_site(places(count))
    assert (alone["infected_step"] >= 0).sum() > 300
    for name in alone.keys() - {"group", "last_group", "trip_clock"}:  # codes differ; one site has no trips
        if name.endswith("_clock"):
            np.testing.assert_allclose(other[name], alone[name], rtol=0.0, atol=1e-9)
        else:
            np.testing.assert_array_equal(other[name], alone[name], err_msg=name)
    assert ((other["group"] % count) == 0).all()
    assert (other["group"] // count == alone["group"]).all()


@pytest.mark.case("10")
@pytest.mark.parametrize("count", [2, 3])
def test_further_sites_count_for_nothing(count: int) -> None:
    """Without travel all that is counted at a site, month by month, is the same with other sites as without.

    Exact, but for amounts of the market, which may differ by 1e-5 contacts a month, as shares are rounded.
    """
    counters = [c for c in places(1).counters.values() if c.by == ("group",)]
    assert len(counters) > 20
    for c in counters:
        alone, other = (counted_at_first_site(places(k), c.name) for k in (1, count))
        np.testing.assert_allclose(other, alone, rtol=0.0, atol=1e-5 if c.expected else 0.0, err_msg=c.name)
    assert places(count).count("infections").sum() > 1.5 * places(1).count("infections").sum()


# Case 42


def infections(*removed: int, coverage: float = 1.0) -> int:
    """Infections among two sites, if those `removed` have none."""
    return int(places(2, removed, coverage).count("infections").sum())


@pytest.mark.case("42")
def test_population_attributable_fractions_add_up() -> None:
    """The share of infections due to a population is 0 for none, 1 for all, and adds up over two that never meet.

    Exact, as runs share every clock; two sites of 5,000 people, more than 700 infections in 10 years. Nobody acquires
    HIV where its transmission is taken away. Taking it away at nobody (a coverage of none) changes no count at all.
    """
    everything = infections()
    assert everything > 700
    due = {removed: everything - infections(*removed) for removed in ((0,), (1,), (0, 1))}
    assert everything - infections(0, 1, coverage=0.0) == 0
    assert due[0, 1] == everything
    assert due[0,] + due[1,] == everything
    assert min(due[0,], due[1,]) > 300
    np.testing.assert_array_equal(places(2, (0, 1), 0.0).record, places(2).record)
