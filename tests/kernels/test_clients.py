"""What clients want, what workers could take, and what comes of it in a month; then the visits of each client."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    HOME,
    ONE,
    PLAIN,
    STREET,
    WIDE,
    Result,
    by_group,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.layout import Layout
from swmodel.processes.clients import (
    LEAST_TOGETHER,
    MARGIN,
    demand_and_supply,
    market_tables,
    visits_of_clients,
)

GROUPS = len(PLAIN.groups)
BAR, STREET_AT = ([group_of(f"{name}@{site}", WIDE) for site in WIDE.sites] for name in ("bar", "street"))
USUAL = {CLIENT: 12.0, STREET: 1.0}  # people scheduled
DRIVERS, GENERAL = (
    [group_of(f"clients:{name}@{site}", WIDE) for site in WIDE.sites] for name in ("drivers", "general")
)


def month(layout: Layout = PLAIN, scheduled: Mapping[int, float] = USUAL, **given: Any) -> Result:
    """One step of demand and supply; `scheduled` people by group, the same at each of three steps."""
    tables = market_tables(SimpleNamespace(layout=layout))
    people = np.tile(by_group(scheduled, layout), (3, 1))
    plain = {"clients": [], "workers": [], "expected_people": people, "regular_share": 0.0, "client_visits": 12.0,
             "worker_volume": {"sex_workers": 144.0, "all": 0.0}, "visiting": by_group({}, layout)}  # fmt: skip
    return call(demand_and_supply, layout=layout, **{**tables, **plain, **given})


def test_demand_is_added_over_clients() -> None:
    """Visits x trait x relative volume x step, of those on the list. Exact."""
    result = month(clients=[0, 2], group=[CLIENT] * 3, market_trait=[1.0, 9.0, 0.5], client_volume=[2.0, 9.0, 1.0])
    assert result.counters["contacts_wanted"].tolist() == by_group({CLIENT: 2 * ONE + ONE // 2})
    assert not result.counters["contacts_offered"].any()


def test_demand_is_by_group_of_clients() -> None:
    """Clients of each occupation and site have their own visits. Exact."""
    visits = {"drivers": 24.0, "clients:general@lake": 36.0, "all": 12.0}
    result = month(WIDE, group=[GENERAL[0], DRIVERS[0], GENERAL[1], DRIVERS[1]], clients=range(4), client_visits=visits)
    wanted = by_group({GENERAL[0]: ONE, DRIVERS[0]: 2 * ONE, GENERAL[1]: 3 * ONE, DRIVERS[1]: 2 * ONE}, WIDE)
    assert result.counters["contacts_wanted"].tolist() == wanted


def test_supply_is_added_over_workers_by_setting() -> None:
    """Volume of the setting x trait x step, less of those who work part-time; relative demand does not count. Exact."""
    volumes = {"brothel": 12.0, "home": 24.0, "all": 999.0}
    result = month(workers=[0, 1, 3, 4], group=[BROTHEL, HOME, BROTHEL, BROTHEL, HOME], worker_volume=volumes,
                   market_trait=[1.0, 2.0, 9.0, 0.25, 1.0], client_volume=9.0, part_time=[0, 0, 0, 0, 1],
                   part_time_volume=0.5)  # fmt: skip
    assert result.counters["contacts_offered"].tolist() == by_group({BROTHEL: ONE + ONE // 4, HOME: 5 * ONE})
    assert not result.counters["contacts_wanted"].any()


def test_nobody_buys_or_sells() -> None:
    """Without clients and workers nothing is wanted, offered or counted; the bound is that of the schedule. Exact."""
    result = month(people_rows=2)
    assert not any(counter.any() for counter in result.counters.values())
    assert not result.take.any() and not result.anew.any()
    assert result.visit_bound[CLIENT] == pytest.approx(MARGIN, abs=1e-14)
    nothing = month(people_rows=2, scheduled={})
    assert not nothing.visit_bound.any()


@pytest.mark.parametrize(("weight", "made"), [(0.0, 2.0), (0.5, 4.0), (1.0, 8.0)])
def test_what_is_met_is_counted_by_setting(weight: float, made: float) -> None:
    """Contacts sought, met and unmet, and their price: demand of 2, supply of 8, or the other way round. Exact."""
    given = {"market_balance": weight, "price_level": {"street": 3.0}, "price_response": 0.5, "substitution": 0.0}
    few = month(group=[CLIENT, CLIENT, STREET], clients=[0, 1], workers=[2], worker_volume=96.0, **given)
    assert few.counters["contacts_sought"].tolist() == by_group({STREET: 2 * ONE})
    assert few.counters["contacts_met"][STREET] == pytest.approx(made * ONE, abs=1.0)
    assert few.counters["price_paid"][STREET] == pytest.approx(made * 3.0 * 0.5 * ONE, abs=1.0)
    assert not few.counters["contacts_unmet"].any() and not few.counters["contacts_moved"].any()
    many = month(
        group=[CLIENT, CLIENT, STREET], clients=[0, 1], workers=[2], worker_volume=24.0, client_visits=48.0, **given
    )
    met = {0.0: 6.0, 0.5: 4.0, 1.0: 2.0}[weight]  # of 8 wanted and 2 offered; at most three times 2
    assert many.counters["contacts_met"][STREET] == pytest.approx(met * ONE, abs=1.0)
    assert many.counters["contacts_unmet"][STREET] == pytest.approx((8.0 - met) * ONE, abs=1.0)
    assert many.counters["price_paid"][STREET] == pytest.approx(met * 3.0 * 2.0 * ONE, abs=1.0)


def test_what_moves_is_counted_where_it_was_wanted_and_met() -> None:
    """Clients whose setting has no capacity go to the other: moved by the one wanted, met in the one found. Exact.

    Half of 8 contacts are wanted in a brothel that offers 1; the street offers 12, so that it has room for 8.
    """
    result = month(scheduled={CLIENT: 8.0, BROTHEL: 1.0, STREET: 1.0}, group=[CLIENT] * 8 + [BROTHEL, STREET],
                   clients=range(8), workers=[8, 9], market_trait=[1.0] * 8 + [1.0 / 12.0, 1.0], market_balance=0.0,
                   most_contacts=1.0, substitution=0.5)  # fmt: skip
    counted = {"contacts_sought": {BROTHEL: 4.0, STREET: 4.0}, "contacts_moved": {BROTHEL: 1.5},
               "contacts_unmet": {BROTHEL: 1.5}, "contacts_met": {BROTHEL: 1.0, STREET: 5.5}}  # fmt: skip
    for name, amounts in counted.items():
        expected = [ONE * amount for amount in by_group(amounts)]
        assert result.counters[name].tolist() == pytest.approx(expected, abs=2.0), name


def test_contacts_sought_are_met_unmet_or_moved() -> None:
    """In every market and at every site, what is sought is met, there or elsewhere, or unmet. Exact.

    Demand decides, so that no more is met than sought. Two sites, two markets, five settings and clients and workers of
    random volumes, those of bars a tenth of what is usual: 60 people.
    """
    rows = np.arange(60)
    group = np.array([*DRIVERS, *GENERAL, group_of("clients_of_men@port", WIDE), *BAR, *STREET_AT,
                      group_of("park@port", WIDE)])[rows % 10]  # fmt: skip
    role = WIDE.tables["role_of"][group]
    scheduled = dict.fromkeys(set(group.tolist()), 6.0)
    trait = np.array([rng.gamma(key_of(visits_of_clients), uid, 0, 1.0) for uid in rows])
    trait[np.isin(group, BAR)] *= 0.1
    lists = {"clients": rows[role == codes.CLIENT], "workers": rows[role == codes.WORKER]}
    rules = {"market_balance": 0.0, "most_contacts": 1.0, "substitution": 0.7, "worker_volume": 30.0}
    result = month(WIDE, scheduled, group=group, market_trait=trait, **lists, **rules)
    count = {name: counter.astype(float) / ONE for name, counter in result.counters.items()}
    t = WIDE.tables
    for market, site in {(t["market_of"][g], t["site_of"][g]) for g in group.tolist()}:
        inside = (t["market_of"] == market) & (t["site_of"] == site)
        total = {name: values[inside].sum() for name, values in count.items()}
        assert total["contacts_sought"] == pytest.approx(total["contacts_wanted"], abs=1e-5)
        assert total["contacts_met"] + total["contacts_unmet"] == pytest.approx(total["contacts_sought"], abs=1e-5)
        assert total["contacts_met"] <= total["contacts_offered"] + 1e-5
    assert count["contacts_moved"].sum() > 0.1


def test_the_bound_depends_on_the_schedule_alone() -> None:
    """Whoever is there today, bound, choice and expected regular pairs are those of the schedule. Exact."""
    given = {"regular_share": 0.5, "scheduled": {CLIENT: 8.0, BROTHEL: 1.0, STREET: 2.0}}
    nobody = month(people_rows=3, **given)
    somebody = month(
        group=[CLIENT, STREET, BROTHEL], clients=[0], workers=[1, 2], market_trait=[9.0, 1.0, 1.0], **given
    )
    for name in ("visit_bound", "expected_regular", "choice"):
        assert np.array_equal(getattr(nobody, name), getattr(somebody, name))
    assert somebody.choice[CLIENT].tolist() == pytest.approx(by_group({BROTHEL: 1 / 3, STREET: 2 / 3}), abs=1e-14)
    assert somebody.expected_regular[CLIENT, STREET] > somebody.expected_regular[CLIENT, BROTHEL] > 0.0
    assert somebody.anew[CLIENT, STREET] != nobody.anew[CLIENT, STREET]


def test_the_schedule_counts_part_time_workers() -> None:
    """Where half of those of a setting work part-time, its capacity is that much less by the schedule. Exact."""
    given = {"part_time_share": {"street": 0.5, "all": 0.0}, "part_time_volume": 0.25}
    result = month(people_rows=1, scheduled={CLIENT: 8.0, BROTHEL: 5.0, STREET: 8.0}, **given)
    assert result.choice[CLIENT].tolist() == pytest.approx(by_group({BROTHEL: 0.5, STREET: 0.5}), abs=1e-14)


def test_the_step_of_the_schedule_is_taken() -> None:
    """Expected people are those of this step. Exact."""
    people = np.zeros((3, GROUPS))
    people[1] = by_group({CLIENT: 3.0, HOME: 1.0})
    for step, chosen in ((1, {HOME: 1.0}), (2, {})):
        assert month(people_rows=1, expected_people=people, step=step).choice[CLIENT].tolist() == by_group(chosen)


def regulars(count: float) -> np.ndarray:
    """So many regular pairs of clients with workers of the street."""
    pairs = np.zeros((GROUPS, GROUPS))
    pairs[CLIENT, STREET] = count
    return pairs


RULES = {"regular_share": 0.5, "regular_contacts": 24.0, "leave_sex_work": 0.2, "pause_rate": 0.1, "stop_buying": 0.3}
TWELVE = {"group": [CLIENT] * 12 + [STREET], "clients": range(12), "workers": [12], **RULES}
STAY = math.exp(-0.6 / 12.0)  # the chance that both partners of a pair still sell and buy a month later


def test_regular_pairs_of_now_leave_less_to_visits() -> None:
    """Pairs counted at the end of the last step, if both still sell and buy, provide their contacts at one site. Exact.

    Those apart make more visits turn regular, down to a fifth that are together.
    """
    one, three = month(regular_pairs=regulars(1.0), **TWELVE), month(regular_pairs=regulars(3.0), **TWELVE)
    assert one.turns_regular[CLIENT, STREET] == three.turns_regular[CLIENT, STREET]
    each = 1.0 + one.turns_regular[CLIENT, STREET]  # two contacts in the first month of a pair, one of a visit
    wanted = one.counters["contacts_wanted"][CLIENT] / ONE
    left = one.anew[CLIENT, STREET] - three.anew[CLIENT, STREET]
    assert wanted == pytest.approx(12.0, abs=1e-5)  # as many as the worker could take
    assert left * each * wanted == pytest.approx(4.0 * STAY, abs=1e-5)
    turns = []
    for apart in (0.0, 2.0, 8.0, 1e9):
        result = month(regular_pairs=regulars(2.0), regular_apart=by_group({STREET: apart}), **TWELVE)
        turns.append(result.turns_regular[CLIENT, STREET])
    odds = [t / (1.0 - t) for t in turns]
    assert odds[1] / odds[0] == pytest.approx(2.0, rel=1e-12)
    assert odds[2] / odds[0] == pytest.approx(1.0 / LEAST_TOGETHER, rel=1e-12) == odds[3] / odds[0]


def test_no_regular_pairs_are_not_pairs_apart() -> None:
    """Where there are no regular pairs, as in the first step, as many visits turn regular as in balance. Exact."""
    none, some = (month(regular_pairs=regulars(count), **TWELVE) for count in (0.0, 2.0))
    assert none.turns_regular[CLIENT, STREET] == some.turns_regular[CLIENT, STREET]


def test_regulars_make_up_for_who_is_sent_to_their_setting() -> None:
    """Clients have regulars where none of their group wants to go; those whom others send on meet them. Exact.

    Eight drivers want a contact each in bars, four others one each in a bar or the street. Bars take half of the 10
    contacts, and a fifth of them find room in the street: 1.6 of drivers, who have 0.4 regular pairs there.
    """
    pairs = np.zeros((len(WIDE.groups),) * 2)
    pairs[DRIVERS[0], STREET_AT[0]] = 0.4
    result = month(
        WIDE, {DRIVERS[0]: 8.0, GENERAL[0]: 4.0, BAR[0]: 1.0, STREET_AT[0]: 1.0}, clients=range(12), workers=[12, 13],
        group=[DRIVERS[0]] * 8 + [GENERAL[0]] * 4 + [BAR[0], STREET_AT[0]], market_trait=[1.0] * 12 + [5 / 12, 1.0],
        setting_choice={"drivers": {"street": 0.0, "all": 1.0}, "general": 1.0}, market_balance=0.0, most_contacts=1.0,
        substitution=0.4, regular_pairs=pairs, **RULES,
    )  # fmt: skip
    assert result.choice[DRIVERS[0]].tolist() == by_group({BAR[0]: 1.0}, WIDE)
    assert result.take[BAR[0]] == pytest.approx(0.5, abs=1e-5)
    assert result.elsewhere[BAR[0]] == pytest.approx(0.2, abs=1e-5)
    each = 1.0 + result.turns_regular  # two contacts in the first month of a pair, one of a visit
    left = (result.anew * each)[[DRIVERS[0], DRIVERS[0], GENERAL[0], GENERAL[0]], [*BAR[:1], *STREET_AT[:1]] * 2]
    assert left.tolist() == pytest.approx([1.0, 1.0 - 0.8 * STAY / 1.6, 1.0, 1.0], abs=1e-5)


def test_regulars_of_visitors_last_as_long_as_their_stay() -> None:
    """Those who stay for a while do not stop buying before they go: as many visits turn regular as fits. Exact.

    A regular pair has two contacts in each month that it lasts, which are to be half of all: as many as visits that do
    not turn regular. It lasts 1 / (1 - q) months, with q the chance to last another: neither its date nor a death, nor
    her leaving or a pause, nor his stopping if he lives there, or his going if he stays for half a year.
    """
    group = [DRIVERS[0], GENERAL[0], BAR[0]]
    result = month(WIDE, dict.fromkeys(group, 1.0), group=group, clients=[0, 1], workers=[2], pair_duration=1.0,
                   background_mortality=0.02, visiting=by_group(dict.fromkeys(DRIVERS, 1), WIDE),
                   visitor_stay={"drivers": 0.5, "general": 0.0}, **RULES)  # fmt: skip
    month_more = (1.0 - 1.0 / 12.0) * math.exp(-(0.2 + 0.1 + 2 * 0.02) / 12.0)
    for clients, q in ((DRIVERS[0], month_more * (1.0 - 2.0 / 12.0)), (GENERAL[0], month_more * math.exp(-0.3 / 12.0))):
        turns = result.turns_regular[clients, BAR[0]]
        assert turns / (1.0 - turns) * 2.0 / (1.0 - q) == pytest.approx(1.0, rel=1e-12)


def visit(**given: Any) -> Result:
    """Visits of clients at a bound of all that they want."""
    return call(
        visits_of_clients, **{"visit_bound": by_group({CLIENT: 1.0}), "client_visits": 12.0, "group": CLIENT, **given}
    )


def test_visits_of_nobody() -> None:
    """Without clients, or where the bound is none, no clock runs. Exact."""
    assert visit(people_rows=2, rows=[]).touched == set()
    assert visit(visit_clock=[1e-9], visit_bound=by_group({})).touched == set()


def test_visits_run_the_clock_of_those_on_the_list() -> None:
    """A clock falls by visits x trait x relative volume x bound x step; no visit before it runs out. Exact."""
    traits, volumes = [1.0, 1.0, 2.0], [0.5, 1.0, 2.0]
    result = visit(rows=[0, 2], visit_clock=9.0, market_trait=traits, client_volume=volumes,
                   visit_bound=by_group({CLIENT: 0.5}))  # fmt: skip
    assert result.visit_clock.tolist() == pytest.approx([8.75, 9.0, 7.0], abs=1e-15)
    assert result.touched == {"visit_clock"}


def test_visits_are_at_the_rate_and_bound_of_the_group() -> None:
    """Each group of clients has its visits and its bound. Exact."""
    bound = by_group({GENERAL[0]: 1.0, DRIVERS[0]: 0.5, GENERAL[1]: 0.25}, WIDE)
    group = [GENERAL[0], DRIVERS[0], GENERAL[1], DRIVERS[1]]
    result = visit(layout=WIDE, group=group, visit_clock=9.0, visit_bound=bound,
                   client_visits={"drivers": 24.0, "all": 12.0})  # fmt: skip
    assert (9.0 - result.visit_clock).tolist() == pytest.approx([1.0, 1.0, 0.25, 0.0], abs=1e-14)


@pytest.mark.filterwarnings("error")  # of an overflow
def test_visits_are_as_many_as_thresholds_passed() -> None:
    """Each threshold passed is one visit, and the next is keyed by person and visit. Exact; 8 and 400 a step."""
    for spent in (8.0, 400.0):
        result = visit(visit_clock=[1.0], uid=[5], visit_times=3, client_visits=12.0 * spent)
        clock, count = 1.0 - spent, 0
        while clock <= 0.0:
            count += 1
            clock += rng.exponential(key_of(visits_of_clients), 5, 0, 3 + count, 0)
        assert count > 2
        assert result.visits.tolist() == [count] and result.visit_times.tolist() == [3 + count]
        assert result.visit_clock[0] == pytest.approx(clock, abs=1e-9)
