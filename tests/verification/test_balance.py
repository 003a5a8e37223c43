"""Books that must balance at every step of the whole model: people, infections, pairs, and what pairs do. All exact."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from books import Books

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, PairKind, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
MORE = {"tests_per_year": 1.0, "art_rate": 2.0, "eligible_from": 1.0, "risk_per_act": 0.004}  # so that all of it occurs
PREVALENCE = {"fsw": 0.14, "clients": 0.025, "women": 0.004, "men": 0.004}
SITES = ("north", "south")
THERE = {"north": {"south": 1.0}, "south": {"north": 1.0}}
PLACE = {
    **MORE, "initial_prevalence": {**PREVALENCE, "msm": 0.05, "msw": 0.2, "tsw": 0.2, "trans_women": 0.1},
    "immigrant_prevalence": 0.1, "immigrant_share": {"fsw": 0.4, "msw": 0.2}, "growth_rate": 0.04,
    "site_share": {"north": 0.4, "south": 0.6}, "msm_share": 0.1, "trans_share": 0.03, "leaving_shape": 3.0,
    "pause_rate": 0.6,
    "sex_worker_share": {"fsw": 0.03, "msw": 0.2, "tsw": 0.3}, "switch_rate": {"fsw": 0.3}, "leave_sex_work": 0.3,
    "part_time_share": {"street": 0.5}, "manager_control": {"brothel": 0.5}, "managed_leaving": 0.5,
    "client_share": {"clients:locals": 0.2, "clients:drivers": 0.4, "clients_of_men": 0.2,
                     "clients_of_trans_women": 0.1},
    "stop_buying": 0.3, "client_visits": 30.0, "occupation_share": {"locals": 0.7, "drivers": 0.3, "tourists": 0.05},
    "visitor_stay": {"tourists": 0.2}, "setting_choice": {"drivers": {"street": 3.0, "brothel": 1.0}},
    "worker_volume": {"fsw": 300.0, "msw": 100.0, "tsw": 100.0}, "alcohol_condom_odds": 0.5,
    "trip_rate": {"clients:drivers": 6.0, "fsw": 2.0, "all": 0.5}, "trip_duration": 0.1, "trip_destination": THERE,
    "migration_rate": {"sex_workers": 0.2, "all": 0.02}, "migration_destination": THERE,
    "casual_rate": {"women": 0.3, "fsw": 0.6}, "assortativity": {"casual": 0.3}, "duration_shape": {"spouse": 2.0},
    "pair_duration": {"casual_men": 0.5, "regular_of_men": 0.7}, "act_rate": {"casual_men": 40.0},
    "injecting_share": {"sex_workers": 0.2, "men": 0.03, "msm": 0.05}, "injecting_start": 0.02, "needle_rate": 6.0,
}  # fmt: skip


def cotonou() -> Scenario:
    """A small Cotonou with care, PrEP and ten times its HIV at the start: 5,000 people, 120 steps."""
    scenario = load(SETTING, people=5000, stop=1995)
    prep = Lever("prep", "oral_prep", 1986.0, 1995.0, Target(("women", *scenario.work_settings)), coverage=0.3)
    return replace(
        scenario, parameters={**scenario.parameters, **MORE, "initial_prevalence": PREVALENCE}, levers=(prep,)
    )


def place() -> Scenario:
    """Two sites, occupations, visitors, men and trans women who sell sex, people who inject: 6,000 people, 96 steps."""
    kinds = (PairKind("casual_men", "casual", ("msm", "msw", "former_msw", "clients_of_men")),
             PairKind("regular_of_men", "regular", ("msw",)))  # fmt: skip
    settings = {"brothel": "women", "street": "women", "bar": "men", "corner": "trans_women"}
    scenario = replace(load(SETTING), start=1990.0, stop=1998.0, people=6000, groups={}, sites=SITES,
                       work_settings=tuple(settings), workers=settings, occupations=("locals", "drivers", "tourists"),
                       pair_kinds=kinds, parameters=PLACE)  # fmt: skip
    everyone = Target(scenario.layout.group_names)
    prep = Lever("prep", "oral_prep", 1991.0, 1998.0, everyone, coverage=0.3)
    condoms = Lever("condoms", "condom_programme", 1991.0, 1998.0, everyone, uptake=0.5, dropout=0.2)
    return replace(scenario, levers=(prep, condoms))


SCENARIOS = {"cotonou": (cotonou, 801), "place": (place, 802)}
EACH = pytest.mark.parametrize("name", SCENARIOS)


@cache
def books(name: str) -> Books:
    """The books of one run."""
    scenario, seed = SCENARIOS[name]
    made = scenario()
    return Books(Engine(made, contents(made), seed))


def wrong(name: str, *which: str) -> dict[str, list[int]]:
    """Those of the books named that did not balance, with the steps."""
    return {book: books(name).wrong[book] for book in which if book in books(name).wrong}


def seen(name: str, *what: str) -> bool:
    """True if all of that happened in the run."""
    return min(books(name).seen[one] for one in what) > 0


@pytest.mark.case("29")
@EACH
def test_people(name: str) -> None:
    """N(t+1) = N(t) + entrants + immigrants - departures at every step, nobody is there twice, and no row is lost.

    Exact; 120 steps of 5,000 people, or 96 of 6,000 at two sites, with departures of every cause. Planted: those who
    move away are not counted.
    """
    assert wrong(name, "entrants", "people", "departures", "identity", "rows") == {}
    assert seen(name, "immigrant", *codes.CAUSES[1:])


@pytest.mark.case("29")
@EACH
def test_infections(name: str) -> None:
    """S + I = N in every group and at every step, and infections, arrivals and departures with HIV account for I.

    Exact, with care. Planted: people on PrEP are not among those without HIV.
    """
    names = ("people", "susceptible", "living_with_hiv", "diagnosed", "on_art", "prep_users", "infections")
    assert wrong(name, *names, "status", "living", "recovery", "cumulative", "sources") == {}
    assert seen(name, "infected", "arrived with HIV", "infected by one_off_client", "infected by regular_client")
    assert min(books(name).run.count(one).max() for one in ("on_art", "prep_users")) > 0
    assert name == "cotonou" or seen(name, "infected by casual_men", "infected by needle")


@pytest.mark.case("29")
@EACH
def test_roles(name: str) -> None:
    """Workers and clients of each population are those who were there, came or began, less who stopped or left.

    Exact, at every step, with pauses, returns, changes of setting and visitors. Planted: a return from a pause is not
    counted.
    """
    assert wrong(name, "workers", "clients", "pauses", "setting left") == {}
    assert seen(name, "spells_begun", "spells_ended", "buying_begun", "buying_ended")
    assert name == "cotonou" or seen(name, "pauses", "returns", "switches", "pausing")


@pytest.mark.case("29")
@EACH
def test_groups(name: str) -> None:
    """Groups are consistent: sex, population and occupation for life; home, unless on a trip; a role that fits.

    Exact, at every step. Planted: those on a trip are counted where they live.
    """
    books_of_it = ("population for life", "sex and population", "sites", "visitors", "register", "away")
    assert wrong(name, *books_of_it) == {}
    assert name == "cotonou" or seen(name, "trips", "moves", "away")


@pytest.mark.case("29")
@EACH
def test_pairs(name: str) -> None:
    """Each pair is of two living, distinct people of fitting populations, in and after every step; the dead have none.

    Exact, with pairs of every kind; regular pairs are of workers and clients of one market. Planted: pairs outlive the
    man; regular pairs outlive sex work.
    """
    assert wrong(name, "endpoints", "dead endpoints", "populations", "dates", "free rows", "pair rows") == {}
    assert wrong(name, "dead people", "regulars", "one contact", "spouses", "needle pairs") == {}
    kinds = [
        kind
        for kind in books(name).run.layout.pair_kinds[1:]
        if kind != "forced" and (name == "place" or kind != "needle")
    ]
    assert seen(name, *kinds)


@pytest.mark.case("29")
@EACH
def test_pairs_that_form(name: str) -> None:
    """Pairs form between people at one site, of the kind for their groups; paid ones of a worker and a client of hers.

    Exact, at every step. Planted: women meet men wherever they are.
    """
    assert wrong(name, "one site", "kinds", "sellers", "buyers", "markets", "needles", "formed") == {}
    assert wrong(name, "visits", "visits made") == {}
    kinds = [
        kind
        for kind in books(name).run.layout.pair_kinds[1:]
        if kind != "forced" and (name == "place" or kind != "needle")
    ]
    assert seen(name, *(f"formed: {kind}" for kind in kinds))


@pytest.mark.case("29")
@EACH
def test_partners(name: str) -> None:
    """The numbers of partners that people carry are those of the table of pairs, on both sides, at every step.

    Exact. Planted: a pair that ends stays with the man.
    """
    assert wrong(name, "steady_partners", "casual_partners", "needle_partners") == {}


@pytest.mark.case("29")
@EACH
def test_both_sides(name: str) -> None:
    """Acts, acts with a condom and paid contacts, added up from one side and from the other, are as counted.

    Exact, in fixed point, by site and work setting; none while the partners are apart. Planted: regular clients come
    once a month, in the count of workers; partners who are apart have acts.
    """
    assert wrong(name, "acts", "condom_acts", "contacts_sold", "contacts_bought", "regular_sold", "both sides") == {}
    assert wrong(name, "contacts not made", "acts while apart", "apart", "pairs now") == {}
    assert name == "cotonou" or seen(name, "apart")
