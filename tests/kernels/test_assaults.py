"""Acts that police, managers and others force: with whom they are, and what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from kernels.by_name import BROTHEL, DT, MEN, PLAIN, TIME, WIDE, Result, by_group, call, group_of
from swmodel import codes
from swmodel.processes.assaults import assaults

ALPHA = 1e-4
FIRST_BIRTH, CELLS = 1900.0, 12  # men are numbered by month of birth from here on
MONTHS = int((TIME - FIRST_BIRTH) * CELLS)


def force(acts: int, ages: list[float], people: int = 1, layout: Any = PLAIN, step: int = 0, **given: Any) -> Result:
    """Row 0 and on sell sex, and suffer so many acts each; behind them one man of each age. Men come in one block."""
    born = np.sort(TIME - np.array(ages))[:, None]
    sites = max(len(layout.sites), 1)
    blocks = np.zeros((2 * sites, MONTHS + 1), np.int64)
    blocks[codes.MEN * sites] = (born < FIRST_BIRTH + np.arange(MONTHS + 1) / CELLS).sum(axis=0)
    rows = people + np.argsort(TIME - np.array(ages))[::-1]  # the oldest man has the lowest number
    sums = np.ones((step + 1, sites, 2 * sites))
    home = given.pop("group", [BROTHEL] * people + [MEN] * len(ages))
    plain = {"group": home, "assaulted": range(people), "forced_by_others": acts, "row_of_man": rows, "step": step,
             "new_rows": range(acts * people), "pairs_rows": acts * people, "men_born": blocks,
             "first_birth": FIRST_BIRTH, "births_per_year": CELLS, "candidate_men": sums,
             "leave_age": 65.0}  # fmt: skip
    return call(assaults, layout=layout, **{**plain, **given})


def test_each_act_is_with_an_adult_man() -> None:
    """Of a boy of 17, men of 19 to 64 and one of 66, only the men are drawn, each as likely as the others.

    Chi-square over 4,000 acts on twenty men, alpha 1e-4; power 0.99 where one man is left out. Planted: no older man
    is drawn for a forced act.
    """
    ages = [17.0, *np.linspace(19.0, 64.0, 20), 66.0]
    result = force(40, ages, people=100)
    assert result.returned == 4000 and result.kind.tolist() == [codes.FORCED_ACT] * 4000
    assert np.array_equal(np.bincount(result.pair_a), np.full(100, 40))
    found = np.bincount(result.pair_b, minlength=122)[100:]
    assert found[0] == found[-1] == 0
    assert stats.chisquare(found[1:-1]).pvalue > ALPHA
    assert result.counters["assaults_laid"].tolist() == by_group({BROTHEL: 4000})


def test_an_act_lasts_one_step() -> None:
    """It begins in the step and ends with it. Exact."""
    result = force(2, [30.0, 40.0], step=7)
    assert result.since.tolist() == [7, 7] and result.until.tolist() == [8, 8]


def test_as_many_rows_are_asked_for_as_acts() -> None:
    """Before there are rows the answer is their number, and nothing is written. Exact."""
    result = force(3, [30.0], people=2, new_rows=[], pairs_rows=6)
    assert result.returned == 6 and result.touched == set()


def test_who_died_or_is_elsewhere_is_not_drawn() -> None:
    """Of three men one is dead and one on a trip: all acts are with the third. Exact; 40 acts."""
    port, lake = (group_of(f"bar@{site}", WIDE) for site in WIDE.sites)
    here, there = (group_of(f"men:general@{site}", WIDE) for site in WIDE.sites)
    assert port != lake
    result = force(40, [30.0, 31.0, 32.0], layout=WIDE, group=[port, here, there, here], row_of_man=[-1, 2, 1],
                   candidate_men=np.ones((1, 2, 4)))  # fmt: skip
    assert result.returned == 40 and set(result.pair_b.tolist()) == {1}


def test_where_nobody_is_no_act_is_laid() -> None:
    """Without men at the site, alive or expected, nothing is laid and no row is used. Exact."""
    for given in ({"row_of_man": [-1]}, {"candidate_men": np.zeros((1, 1, 2))}):
        result = force(5, [30.0], **given)
        assert result.returned == 0 and not result.counters["assaults_laid"].any()
    assert force(5, [16.0]).returned == 0


def test_draws_are_those_of_the_person_and_the_act() -> None:
    """Whoever else suffers one, each act is with the same man; another step brings others. Exact; 20 people."""
    ages = list(np.linspace(19.0, 64.0, 30))
    all_of_them = force(2, ages, people=20).pair_b.reshape(20, 2)
    some = force(2, ages, people=20, assaulted=[3, 9], pairs_rows=40).pair_b[:4].reshape(2, 2)
    assert np.array_equal(some, all_of_them[[3, 9]])
    later = force(2, ages, people=20, step=1).pair_b.reshape(20, 2)
    assert (later != all_of_them).mean() > 0.8 and DT > 0.0
