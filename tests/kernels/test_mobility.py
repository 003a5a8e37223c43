"""Trips and moves for good, and the end of visits, person by person."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kernels import whole_run
from kernels.by_name import DT, TIME, WIDE, Result, by_group, call, group_of, key_of
from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.layout import Layout
from swmodel.model import contents
from swmodel.processes.mobility import mobility, visitors_go

KEY = key_of(mobility)
PORT, LAKE = 0, 1
THREE = Layout((("bar", codes.WOMEN),), sites=("port", "lake", "hill"))
BAR = [group_of(f"bar@{site}", WIDE) for site in WIDE.sites]
DRIVER = [group_of(f"men:drivers@{site}", WIDE) for site in WIDE.sites]
AWAY = {"port": {"lake": 1.0}, "lake": {"port": 1.0}}


def go(layout: Layout = WIDE, **given: Any) -> Result:
    """One step of people of the bar at home at the port; trips and moves lead to the other site."""
    plain = {"trip_destination": AWAY, "migration_destination": AWAY, "trip_duration": 1.0}
    return call(mobility, layout=layout, **{**plain, **given})


def spent(**given: Any) -> list[float]:
    """What the step takes off each clock, as a hazard per year."""
    return ((1.0 - go(trip_clock=1.0, **given).trip_clock) / DT).tolist()


def word(place: int, people: int) -> np.ndarray:
    """The uniform of one word of the first draw of each person."""
    return np.array([(float(rng.philox(uid, 1, 1, 0, KEY)[place]) + 0.5) * rng.WORD for uid in range(people)])


def test_nobody() -> None:
    """No people: nothing happens. Exact."""
    assert go(people_rows=0).touched == set()


def test_no_hazard_no_trip() -> None:
    """Where nobody travels or moves, clocks stand still, whatever the season. Exact."""
    assert go(group=BAR, home=[0, 1], trip_clock=1e-300, trip_season_strength=1.0).touched == set()


def test_clocks_fall_by_trips_and_moves_at_home_and_by_returns_away() -> None:
    """At home by the rates of trips and of moves of the group, away by one over the duration there. Exact."""
    rates = {"trip_rate": {"bar": 2.0, "drivers": 6.0}, "migration_rate": {"bar": 0.5, "drivers": 0.0},
             "trip_duration": {"bar": 0.25, "drivers": 0.5}}  # fmt: skip
    given = {"group": [BAR[0], BAR[1], DRIVER[0], DRIVER[1]], "home": [0, 0, 1, 1]}
    assert spent(**given, **rates) == pytest.approx([2.5, 4.0, 2.0, 6.0], abs=1e-12)
    result = go(trip_clock=1.0, **given, **rates)
    assert result.touched == {"trip_clock", "away"}


@pytest.mark.parametrize("month", [1, 4, 12])
def test_trips_have_a_season(month: int) -> None:
    """The rate of trips is highest in the middle of the month named, lowest half a year from it; moves are even. Exact.

    Away, the season does not matter.
    """
    given = {"trip_rate": 2.0, "migration_rate": 0.25, "trip_season_peak": float(month), "trip_season_strength": 0.5}
    for months, factor in ((0, 1.5), (3, 1.0), (6, 0.5), (9, 1.0), (1, 1.0 + 0.5 * math.cos(math.pi / 6))):
        time = TIME + (month - 0.5 + months) / 12.0
        assert spent(group=BAR[:1], time=time, **given) == pytest.approx([2.0 * factor + 0.25], abs=1e-9)
    assert spent(group=BAR[1:], time=TIME, **given) == pytest.approx([1.0], abs=1e-12)  # who is away


def test_a_trip_leads_away_and_back() -> None:
    """Clocks at zero: who is at home goes to the other site in the same role, who is away comes home. Exact.

    Trips are counted where they begin; who is away at the end of the step is counted there.
    """
    group = [BAR[0], BAR[1], DRIVER[1], DRIVER[0]]
    result = go(group=group, home=[0, 0, 1, 1], trip_clock=0.0, trip_rate=1e-6, trip_duration=1e9)
    assert result.group.tolist() == [BAR[1], BAR[0], DRIVER[0], DRIVER[1]]
    assert result.trip_times.tolist() == [1] * 4 and not result.changed("home")
    assert result.counters["trips"].tolist() == by_group({BAR[0]: 1, DRIVER[1]: 1}, WIDE)
    assert result.counters["away"].tolist() == by_group({BAR[1]: 1, DRIVER[0]: 1}, WIDE)
    assert not result.counters["moves"].any()


def test_every_group_travels_as_what_it_is() -> None:
    """Whoever travels keeps population, role, setting and occupation. Exact; all 32 groups."""
    every = np.arange(len(WIDE.groups))
    site = WIDE.tables["site_of"]
    result = go(group=every, home=site, trip_clock=0.0, trip_rate=1e-6, trip_duration=1e9)
    other = [WIDE.tables["at_site"][g, 1 - site[g]] for g in every]
    assert result.group.tolist() == other


def test_moves_change_the_home() -> None:
    """Who moves for good is at home at the new site, and not away; counted by the group left. Exact."""
    result = go(group=[BAR[0], DRIVER[1]], home=[0, 1], trip_clock=0.0, migration_rate=1e-6)
    assert result.group.tolist() == [BAR[1], DRIVER[0]] and result.home.tolist() == [1, 0]
    assert result.counters["moves"].tolist() == by_group({BAR[0]: 1, DRIVER[1]: 1}, WIDE)
    assert not result.counters["away"].any() and not result.counters["trips"].any()
    assert result.migrant.tolist() == [True, True]


def test_trips_and_moves_are_drawn_by_their_hazards() -> None:
    """At home one clock serves both; a keyed uniform says which it was. Exact; n = 40."""
    result = go(group=[BAR[0]] * 40, trip_clock=0.0, trip_rate=3e-6, migration_rate=1e-6, trip_duration=1e9)
    u = word(2, 40)
    assert result.changed("home") == np.flatnonzero(u >= 0.75).tolist() and 0 < (u >= 0.75).sum() < 40
    assert result.changed("migrant") == result.changed("home")  # a trip makes nobody a migrant
    assert result.counters["trips"].sum() == (u < 0.75).sum() == result.counters["away"].sum()
    assert (result.group == BAR[1]).all()


@pytest.mark.parametrize("rate", ["trip_rate", "migration_rate"])
def test_destinations_are_drawn_by_the_row_of_the_home(rate: str) -> None:
    """A second uniform of the same draw falls into the shares of the row of the home. Exact; n = 40, three sites."""
    rows = {"port": {"lake": 0.25, "hill": 0.75}, "lake": {"port": 1.0}, "hill": {"port": 0.5, "lake": 0.5}}
    bar = [group_of(f"bar@{site}", THREE) for site in THREE.sites]
    given = dict.fromkeys(("trip_destination", "migration_destination"), AWAY | {"hill": {"port": 1.0}})
    given[rate.replace("rate", "destination")] = rows
    home = np.arange(40) % 3
    result = go(THREE, group=np.array(bar)[home], home=home, trip_clock=0.0, trip_duration=1e9, **{rate: 1e-6}, **given)
    v = word(3, 40)
    expected = np.select([home == 0, home == 1], [np.where(v < 0.25, 1, 2), 0], np.where(v < 0.5, 0, 1))
    assert result.group.tolist() == np.array(bar)[expected].tolist()
    assert set(expected[home == 0]) == {1, 2} and set(expected[home == 2]) == {0, 1}
    assert result.home.tolist() == (home if rate == "trip_rate" else expected).tolist()


def test_several_trips_in_one_step() -> None:
    """A trip may begin and end within a step: each threshold is keyed by its number, and the rest is spent. Exact.

    The clock is followed by hand, at 30 trips a year of a week or two.
    """
    rates = {"trip_rate": 30.0, "trip_duration": 0.03}
    people = 20
    result = go(group=[BAR[0]] * people, trip_clock=0.5, trip_times=3, **rates)
    for uid in range(people):
        clock, left, at_home, times = 0.5, DT, True, 3
        while True:
            hazard = (30.0 if at_home else 1.0 / 0.03) * left
            if clock - hazard > 0.0:
                clock -= hazard
                break
            left *= (hazard - clock) / hazard
            times, at_home = times + 1, not at_home
            clock = rng.exponential(KEY, uid, 1, times, 0)
        assert result.trip_times[uid] == times and (result.group[uid] == BAR[0]) == at_home
        assert result.trip_clock[uid] == pytest.approx(clock, abs=1e-12)
    assert result.trip_times.max() >= 6
    assert result.counters["away"][BAR[1]] == (result.group == BAR[1]).sum()


def test_the_step_does_not_matter() -> None:
    """One step, or six of a sixth of it, lead to the same places, clocks and homes. Exact; n = 40, three sites."""
    rows = {"port": {"lake": 0.25, "hill": 0.75}, "lake": {"port": 1.0}, "hill": {"port": 0.5, "lake": 0.5}}
    given = {"trip_rate": 12.0, "trip_duration": 0.08, "migration_rate": 2.0, "trip_destination": rows,
             "migration_destination": rows}  # fmt: skip
    clock = [rng.exponential(KEY, uid, 0, 0, 0) for uid in range(40)]
    state = {"group": [group_of("bar@port", THREE)] * 40, "home": 0, "trip_clock": clock}
    whole = go(THREE, **state, **given)
    for _ in range(6):
        state = go(THREE, dt=DT / 6.0, **state, **given).written
    for name in ("group", "home", "trip_times"):
        assert state[name].tolist() == getattr(whole, name).tolist()
    assert state["trip_clock"].tolist() == pytest.approx(whole.trip_clock.tolist(), abs=1e-12)
    assert len(set(whole.home)) == 3 and whole.trip_times.max() > 2


def test_the_dead_stay() -> None:
    """Rows of nobody are not moved, and count nowhere. Exact."""
    result = go(group=[BAR[0], BAR[1]], alive=False, trip_clock=0.0, trip_rate=5.0)
    assert result.touched <= {"trip_clock"}


def test_rows_outside_the_chunk_are_left_alone() -> None:
    """Rows below `lo` and from `hi` on are not looked at. Exact."""
    result = go(group=[BAR[0]] * 4, trip_clock=0.0, trip_rate=1e-6, lo=np.uint64(1), hi=np.uint64(3))
    assert result.changed("group") == result.changed("trip_clock") == [1, 2]


def test_visits_end_on_their_step() -> None:
    """Whose stay ends now or before goes away, and who has a step left, or lives here, stays. Exact."""
    result = call(visitors_go, rows=[0, 1, 2, 3], stays_until=[6, 7, 8, 2147483647, 0], step=7)
    assert result.cause.tolist() == [codes.MOVED_AWAY, codes.MOVED_AWAY, codes.STAYS, codes.STAYS, codes.STAYS]
    assert call(visitors_go, people_rows=2, rows=[], stays_until=0).touched == set()


def test_every_visitor_goes_in_time() -> None:
    """Nobody from elsewhere is left whose stay is over, whether they buy still or have stopped. Exact; 3,000 people.

    After three years of a run with everything on, in which visitors stay for 0.2 years.
    """
    scenario = whole_run.everything(3000, 1988)
    scenario = replace(scenario, parameters={**scenario.parameters, "stop_buying": 1.0})
    engine = Engine(scenario, contents(scenario), 5).run()
    until = engine.attribute("stays_until")
    assert (until < 2147483647).sum() > 5
    assert (until >= engine.step).all()
