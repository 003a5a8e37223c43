"""Who looks for partners, person by person, and where candidates are expected to be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    MEN,
    ONE,
    PLAIN,
    TIME,
    WIDE,
    WOMEN,
    Result,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.layout import Layout
from swmodel.processes.partners import candidates, seeking_partners

KEY = key_of(seeking_partners)
STEADY, CASUAL, BOTH = 1, 2, 3  # what somebody looks for


def seek(**given: Any) -> Result:
    """One step, not the first, of women whose clocks have run out unless said otherwise."""
    return call(seeking_partners, **{"step": 1, "steady_clock": 0.0, "casual_clock": 0.0, **given})


def test_seeking_nobody() -> None:
    """No people, in the first step and later: nothing happens. Exact."""
    assert seek(people_rows=0).touched == set()
    assert seek(people_rows=0, step=0).touched == set()


def test_seeking_is_for_women() -> None:
    """Men and clients never look, and their clocks do not run, though a rate is declared for all groups. Exact."""
    group = [WOMEN, MEN, CLIENT, BROTHEL, FORMER]
    result = seek(group=group, steady_clock=1e-9, casual_clock=1e-9, steady_rate=5.0, casual_rate=5.0)
    assert result.seeking.tolist() == [BOTH, 0, 0, BOTH, BOTH]
    assert result.changed("steady_clock") == result.changed("casual_clock") == [0, 3, 4]


def test_seeking_is_for_trans_women_and_men_who_have_sex_with_men() -> None:
    """Everyone but men who have sex with women only looks, whatever they do in the market and wherever. Exact."""
    every = np.arange(len(WIDE.groups))
    result = seek(layout=WIDE, group=every, steady_clock=1e-9, casual_clock=1e-9, steady_rate=5.0, casual_rate=5.0)
    looks = [BOTH if g.population != codes.MEN else 0 for g in WIDE.groups]
    assert result.seeking.tolist() == looks and looks.count(0) == 8


def test_seeking_is_told_apart() -> None:
    """Whose steady clock has run out looks for a steady partner, whose casual clock for a casual one. Exact."""
    result = seek(steady_clock=[9.0, 0.0, 9.0, 0.0], casual_clock=[9.0, 9.0, 0.0, 0.0])
    assert result.seeking.tolist() == [0, STEADY, CASUAL, BOTH]


def test_seeking_runs_casual_clocks_by_age() -> None:
    """The rate of the group x the ratio of the age, from the birthday that begins a band on; steady clocks run alike.

    What people are due to look for counts, of the living. Exact to rounding. Planted: ages begin
    a year late where rates depend on them.
    """
    ages = [18.5, 24.99, 25.01, 34.99, 35.01, 44.99, 45.01, 54.99, 55.01, 80.0]
    ratios = dict(zip(codes.AGE_BANDS, (2.0, 1.0, 0.5, 0.25, 0.0), strict=True))
    given = {"birth": [TIME - age for age in ages], "casual_rate": 1.2, "steady_rate": 0.3, "steady_clock": 1.0,
             "casual_clock": 1.0, "alive": [True] * 9 + [False]}  # fmt: skip
    result = seek(**given, casual_age_ratio=ratios)
    expected = [1.2 * ratio * DT for ratio in ratios.values() for _ in range(2)]
    assert (1.0 - result.casual_clock).tolist() == pytest.approx(expected, abs=1e-15)
    assert (1.0 - result.steady_clock).tolist() == pytest.approx([0.3 * DT] * 10, abs=1e-15)
    assert result.counters["casual_due"][WOMEN] == pytest.approx(sum(expected[:9]) * ONE, abs=9)
    alike = seek(**given)
    assert (1.0 - alike.casual_clock).tolist() == pytest.approx([1.2 * DT] * 10, abs=1e-15)


def test_seeking_runs_clocks_by_the_rate_of_the_group() -> None:
    """Clocks fall by rate x step of the group, and nothing else is written while they have time left. Exact."""
    rates = {"steady_rate": {"women": 0.25, "fsw": 0.5}, "casual_rate": {"women": 1.0, "fsw": 2.0}}
    result = seek(group=[WOMEN, BROTHEL], steady_clock=1.0, casual_clock=1.0, **rates)
    assert (1.0 - result.steady_clock).tolist() == pytest.approx([0.25 * DT, 0.5 * DT], abs=1e-15)
    assert (1.0 - result.casual_clock).tolist() == pytest.approx([1.0 * DT, 2.0 * DT], abs=1e-15)
    assert result.touched == {"steady_clock", "casual_clock", "casual_due"}


def test_seeking_a_steady_partner_is_for_those_without() -> None:
    """With a steady partner her steady clock halts, even if it has run out; the casual one goes on. Exact."""
    result = seek(steady_partners=[1, 1], steady_clock=[0.0, 5.0], casual_clock=[0.0, 5.0])
    assert result.seeking.tolist() == [CASUAL, 0]
    assert result.changed("steady_clock") == [] and result.changed("casual_clock") == [0, 1]


def test_seeking_a_casual_partner_is_for_those_below_the_limit() -> None:
    """At the limit of her group nobody looks, while the clock goes on; below it she does. Exact."""
    result = seek(group=[WOMEN, WOMEN, BROTHEL], casual_partners=[4, 5, 5], casual_limit={"women": 5.0, "fsw": 6.0})
    assert result.seeking.tolist() == [BOTH, STEADY, BOTH]
    assert result.changed("casual_clock") == [0, 1, 2]


def test_seeking_passes_over_the_dead() -> None:
    """A row of nobody does not look, in the first step neither. Exact."""
    for step in (0, 1):
        assert not seek(people_rows=3, alive=False, step=step, steady_at_start=1.0).seeking.any()


@pytest.mark.parametrize(("share", "steady"), [(0.0, 0), (1.0, STEADY)])
def test_seeking_at_the_start(share: float, steady: int) -> None:
    """In the first step a share of women look for a steady partner, once only, whatever their clocks say. Exact."""
    given = {"group": [WOMEN, BROTHEL, MEN, CLIENT, WOMEN], "steady_clock": [9, 9, 9, 9, 0],
             "casual_clock": [9, 0, 9, 9, 0]}  # fmt: skip
    result = seek(step=0, steady_at_start=share, **given)
    assert result.seeking.tolist() == [steady, steady + CASUAL, 0, 0, BOTH]
    assert seek(steady_at_start=share, **given).seeking.tolist() == [0, CASUAL, 0, 0, BOTH]


def test_seeking_at_the_start_is_by_group() -> None:
    """A keyed uniform meets the share of the group, of trans women and MSM too. Exact; n = 40."""
    names = ("women", "msm", "club", "men:general")
    group = [group_of(f"{name}@lake", WIDE) for name in names] * 10
    shares = {"women": 0.75, "msm": 0.25, "tsw": 0.5, "men": 1.0, "all": 0.0}
    result = seek(layout=WIDE, step=0, group=group, steady_clock=9.0, casual_clock=9.0, steady_at_start=shares)
    u = np.array([rng.uniform(KEY, uid, 0, 0, 1) for uid in range(40)])
    assert result.seeking.tolist() == (u < np.array([0.75, 0.25, 0.5, 0.0] * 10)).astype(int).tolist()


def prepared(
    layout: Layout, people: dict[str, float], origin: Any, visiting: Any = None, **given: Any
) -> dict[str, np.ndarray]:
    """The tables of candidates, for numbers of people by group and shares of men by site and site of birth."""
    groups, sites = len(layout.groups), len(layout.tables["at_site"][0])
    expected = np.zeros((1, groups))
    for label, number in people.items():
        expected[0, group_of(label, layout)] = number
    series = {"trip_rate": np.zeros((1, groups)), "trip_duration": np.full((1, groups), 0.1),
              "trip_destination": np.zeros((1, sites, sites)), "bisexual_share": np.full(1, 0.5)}  # fmt: skip
    for name, value in given.items():
        series[name] = np.array(value, float)[None]
    visiting = np.zeros(groups, bool) if visiting is None else visiting
    tables = {"origin": np.array(origin, float)[None], "expected_people": expected, "visiting": visiting}
    return candidates(SimpleNamespace(layout=layout, tables=tables, series=series.__getitem__))


def test_candidates_of_one_place() -> None:
    """With one site and no MSM every candidate is of the one block of men. Exact."""
    made = prepared(PLAIN, {"men": 30.0, "clients": 10.0, "women": 50.0}, [[1.0]])
    assert made["candidate_men"].tolist() == [[[1.0, 1.0]]] and made["candidate_msm"].tolist() == [[[0.0]]]


PEOPLE = {"men:general@port": 20.0, "clients_of_women:drivers@port": 20.0, "men:general@lake": 10.0, "msm@port": 6.0,
          "park@port": 2.0, "clients_of_men@lake": 4.0}  # fmt: skip


def test_candidates_are_men_by_where_they_were_born() -> None:
    """At each site, of the men there by site of birth, then the bisexual half of the MSM there. Exact.

    MSM are numbered where they are at home, and look among themselves by site alone.
    """
    made = prepared(WIDE, PEOPLE, [[0.75, 0.25], [0.2, 0.8]])
    at_port, at_lake = np.array([30.0, 10.0, 4.0, 0.0]), np.array([2.0, 8.0, 0.0, 2.0])
    for site, amounts in enumerate((at_port, at_lake)):
        expected = np.cumsum(amounts) / amounts.sum()
        assert made["candidate_men"][0, site].tolist() == pytest.approx(expected.tolist(), abs=1e-12)
    assert made["candidate_msm"][0].tolist() == [[1.0, 1.0], [0.0, 1.0]]


def test_candidates_on_a_trip_are_met_where_they_are() -> None:
    """A group that travels once a year for a year is half away, and is met at the other site. Exact.

    Men who do not travel, and MSM, stay where they are.
    """
    drivers = group_of("clients_of_women:drivers@port", WIDE)
    rates, durations = np.zeros(len(WIDE.groups)), np.ones(len(WIDE.groups))
    rates[drivers] = 1.0
    made = prepared(WIDE, PEOPLE, np.eye(2), bisexual_share=0.0, trip_rate=rates, trip_duration=durations,
                    trip_destination=[[0.0, 1.0], [1.0, 0.0]])  # fmt: skip
    assert made["candidate_men"][0, 0].tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0], abs=1e-12)
    assert made["candidate_men"][0, 1].tolist() == pytest.approx([0.5, 1.0, 1.0, 1.0], abs=1e-12)


def test_visitors_are_not_expected_as_candidates() -> None:
    """Men of an occupation who come from elsewhere have no number, so searches do not lead to theirs. Exact."""
    visiting = np.array([g.occupation == 1 for g in WIDE.groups])
    made = prepared(WIDE, PEOPLE, np.eye(2), visiting=visiting, bisexual_share=0.0)
    fewer = prepared(WIDE, {k: n for k, n in PEOPLE.items() if "drivers" not in k}, np.eye(2), bisexual_share=0.0)
    alone = prepared(WIDE, {"clients_of_women:drivers@port": 20.0}, np.eye(2), visiting=visiting)
    assert np.array_equal(made["candidate_men"], fewer["candidate_men"]) and not alone["candidate_men"].any()


def test_candidates_at_each_step() -> None:
    """Shares follow the numbers of each step. Exact."""
    groups = len(WIDE.groups)
    people = np.zeros((2, groups))
    people[:, group_of("men:general@port", WIDE)] = 10.0
    people[1, group_of("msm@port", WIDE)] = 20.0
    series = {"trip_rate": np.zeros((2, groups)), "trip_duration": np.zeros((2, groups)),
              "trip_destination": np.zeros((2, 2, 2)), "bisexual_share": np.array([0.5, 0.5])}  # fmt: skip
    tables = {"origin": np.array([np.eye(2)] * 2), "expected_people": people,
              "visiting": np.zeros(groups, bool)}  # fmt: skip
    made = candidates(SimpleNamespace(layout=WIDE, tables=tables, series=series.__getitem__))["candidate_men"]
    assert made[:, 0].tolist() == [[1.0, 1.0, 1.0, 1.0], [0.5, 0.5, 1.0, 1.0]]
    assert made.flags.c_contiguous
