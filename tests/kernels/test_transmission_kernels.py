"""Transmission, pair by pair and person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, CLIENT, HOME, MEN, WIDE, WOMEN, Result, by_group, call, group_of, key_of
from swmodel import codes, rng
from swmodel.processes.transmission import (
    arrive_with_hiv,
    discordant_pairs,
    exposure,
    force_of_infection,
    infection,
    source,
)

ALPHA = 1e-4


def add_up(**given: Any) -> Result:
    """Force of infection from pairs of men 0 and 1, who live with HIV, or 4, who does not, with women 2 and 3."""
    people = {"hiv_stage": [2, 2, 0, 0, 0], "pair_a": [2, 2, 3], "pair_b": [0, 1, 0], "discordant": [0, 1, 2]}
    return call(force_of_infection, **{**people, **given})


def arrivals() -> np.ndarray:
    """The uniforms of arrivals, of uid 0 to 39."""
    return np.array([rng.uniform(key_of(arrive_with_hiv), uid, 0, 0, 0) for uid in range(40)])


def test_arrival_nobody() -> None:
    """No entrants, or prevalence zero: nobody lives with HIV. Exact."""
    assert call(arrive_with_hiv, people_rows=3, rows=[], initial_prevalence=1.0).touched == set()
    assert call(arrive_with_hiv, people_rows=3, immigrant=True).touched == set()


def test_arrival_everybody() -> None:
    """Prevalence one: all entrants live with HIV, past the acute stage; others are not looked at. Exact."""
    result = call(arrive_with_hiv, people_rows=4, rows=[1, 3], initial_prevalence=1.0)
    assert result.hiv_stage.tolist() == [0, codes.CD4_500, 0, codes.CD4_500]


def test_arrival_at_the_start_is_by_group() -> None:
    """At the first step a keyed uniform meets the prevalence of the group, that of sellers from elsewhere too.

    Exact; n = 40.
    """
    group, shares = np.arange(40) % 4, {"women": 0.0, "men": 0.5, "clients": 1.0, "brothel": 0.25, "all": 0.0}
    result = call(
        arrive_with_hiv, group=group, immigrant=group == BROTHEL, initial_prevalence=shares, immigrant_prevalence=1.0
    )
    assert (WOMEN, MEN, CLIENT, BROTHEL) == (0, 1, 2, 3)
    assert result.changed("hiv_stage") == np.flatnonzero(arrivals() < np.array([0.0, 0.5, 1.0, 0.25])[group]).tolist()


def test_arrival_of_visitors_is_that_of_people_from_elsewhere() -> None:
    """Clients who come for a while have the prevalence of immigrants of their group, at the start too.

    Exact; n = 40.
    """
    drivers, bar = (group_of(f"{name}@lake", WIDE) for name in ("clients_of_women:drivers", "bar"))
    shares = {"immigrant_prevalence": {"drivers": 0.5, "bar": 0.25, "all": 1.0}, "initial_prevalence": 0.75}
    for step, selling in ((0, 0.75), (3, 0.25)):
        result = call(arrive_with_hiv, layout=WIDE, step=step, group=[drivers, bar] * 20, immigrant=True, **shares)
        expected = arrivals() < np.array([0.5, selling] * 20)
        assert result.changed("hiv_stage") == np.flatnonzero(expected).tolist()


def test_arrival_at_18_is_by_group() -> None:
    """After the first step those who turn 18 have the prevalence at entry of their group, immigrants theirs. Exact."""
    group = np.arange(40) % 2
    given = {"group": group, "initial_prevalence": 1.0, "entry_prevalence": {"women": 0.4, "all": 0.1}}
    result = call(arrive_with_hiv, step=3, immigrant=np.arange(40) >= 30, immigrant_prevalence=0.7, **given)
    expected = arrivals() < np.where(np.arange(40) >= 30, 0.7, np.array([0.4, 0.1])[group])
    assert result.changed("hiv_stage") == np.flatnonzero(expected).tolist()
    assert len(call(arrive_with_hiv, step=0, **given).changed("hiv_stage")) == 40


def test_arrival_later_is_for_immigrants() -> None:
    """After the first step only immigrants live with HIV when they enter, if nobody does who turns 18. Exact."""
    given = {"step": 1, "initial_prevalence": 1.0, "immigrant": [False, True, False, True]}
    assert call(arrive_with_hiv, immigrant_prevalence=1.0, **given).changed("hiv_stage") == [1, 3]
    assert call(arrive_with_hiv, immigrant_prevalence=0.0, **given).changed("hiv_stage") == []


def test_discordant_pairs_are_found() -> None:
    """Pairs in which one partner, she or he, lives with HIV at any stage are listed in order. Exact."""
    stages = [0, 1, 5, 0]
    result = call(discordant_pairs, hiv_stage=stages, pair_a=[0, 0, 1, 1, 2], pair_b=[1, 3, 2, 3, 0])
    assert result.discordant.tolist() == [0, 3, 4]


def test_discordant_free_rows_are_passed_over() -> None:
    """In a free row both partners are one and the same. Exact."""
    assert call(discordant_pairs, hiv_stage=[0, 2], pair_a=[0, 1], pair_b=[0, 1]).returned == 0
    assert call(discordant_pairs, people_rows=1, pairs_rows=0).returned == 0


def test_discordant_all() -> None:
    """All of the pairs: the list holds them, the last included; rows beyond those in use are not read. Exact."""
    given = {"hiv_stage": [0, 2], "pair_a": [0, 1, 0], "pair_b": [1, 0, 1]}
    assert call(discordant_pairs, **given).discordant.tolist() == [0, 1, 2]
    assert call(discordant_pairs, n_pairs=2, **given).discordant.tolist() == [0, 1]


def test_force_adds_up_by_person() -> None:
    """A woman exposed in two pairs is listed once, with the sum of both. Exact."""
    result = add_up(hazard=[0.25, 0.5, 0.125])
    assert result.exposed.tolist() == [2, 3]
    assert [rng.floating(f) for f in result.force] == [0.0, 0.0, 0.75, 0.125, 0.0]
    assert result.touched == {"force"}


def test_force_is_on_the_partner_without_hiv() -> None:
    """Whether she or he lives with HIV, the other one is exposed. Exact."""
    result = call(
        force_of_infection, hiv_stage=[2, 0, 0, 5], pair_a=[0, 2], pair_b=[1, 3], discordant=[0, 1], hazard=0.5
    )
    assert result.exposed.tolist() == [1, 2]


def test_force_of_nothing_exposes_nobody() -> None:
    """No pairs, hazard zero, or one below what fixed point can hold: nobody is listed. Exact."""
    assert add_up(discordant=[]).returned == 0
    result = add_up(hazard=[0.0, 0.0, 2.0**-42])
    assert result.returned == 0 and result.touched == set()


def test_force_without_bound_is_held_at_the_limit() -> None:
    """An infinite hazard, or two of them, are the largest amount that there is, from which no sum goes on. Exact."""
    most = rng.fixed(rng.FIXED_LIMIT)
    for hazard in ([np.inf, 0.0, 0.0], [np.inf, np.inf, 0.0], [rng.FIXED_LIMIT] * 3, [rng.FIXED_LIMIT, 0.5, 0.0]):
        result = add_up(hazard=hazard)
        assert result.force[2] == most and result.exposed.tolist() == [2, 3][: result.returned]
    assert most == 1 << 61  # two of it fit


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pairs", [1, 2, 9])
def test_force_of_certain_infections_infects(pairs: int) -> None:
    """By acts as exact numbers, each certain to pass HIV: one pair or more infect, whatever the clock. Exact.

    Nothing overflows on the way from the hazards to the clock.
    """
    people = {"hiv_stage": [0, *[2] * pairs]}
    both = {"pair_a": [0] * pairs, "pair_b": np.arange(pairs) + 1}
    sure = {"pair_acts": 1.0, "risk_per_act": 1.0, "fixed_acts": 1.0}
    sex = {"sex": [codes.FEMALE, *[codes.MALE] * pairs], "kind": codes.ONE_OFF_CLIENT, "anal_share": 0.0}
    hazard = call(exposure, **sex, **people, **both, **sure).hazard
    forced = call(force_of_infection, hazard=hazard, discordant=np.arange(pairs), **people, **both)
    result = call(infection, rows=forced.exposed, force=forced.force, infection_clock=40.0, **people)
    assert result.changed("hiv_stage") == [0] and result.hiv_stage[0] == codes.ACUTE
    assert result.counters["infections"].sum() == 1 and not result.force.any()


def test_infection_when_the_clock_runs_out() -> None:
    """A threshold that the force reaches exactly is infection, a larger one is not; every force is used up. Exact."""
    result = call(
        infection, step=7, group=[0, BROTHEL, HOME], force=rng.fixed(0.25), infection_clock=[0.5, 0.25, 0.125]
    )
    assert result.hiv_stage.tolist() == [0, codes.ACUTE, codes.ACUTE]
    assert result.infected_step.tolist() == [-1, 7, 7]
    assert result.counters["infections"].tolist() == by_group({BROTHEL: 1, HOME: 1})
    assert result.infection_clock.tolist() == [0.25, 0.0, -0.125]
    assert result.force.tolist() == [0, 0, 0]


def test_infection_starts_the_acute_stage() -> None:
    """What is left of the step of infection counts towards the acute stage; others keep their clocks. Exact."""
    result = call(
        infection, dt=0.5, force=rng.fixed(1.0), infection_clock=[0.25, 1.0, 2.0], stage_clock=[3.0, 3.0, 3.0],
        stage_duration=0.5,
    )  # fmt: skip
    assert result.stage_clock.tolist() == [3.0 - 0.75, 3.0, 3.0]
    assert result.hiv_stage.tolist() == [1, 1, 0]


def test_infection_of_those_exposed_only() -> None:
    """People off the list keep everything; an empty list changes nothing. Exact."""
    given = {"force": rng.fixed(1.0), "infection_clock": [0.5, 0.5, 0.5]}
    result = call(infection, rows=[2], **given)
    assert all(result.changed(name) == [2] for name in ("force", "infection_clock", "hiv_stage", "infected_step"))
    assert call(infection, rows=[], **given).touched == set()


def trace(**given: Any) -> Result:
    """Sources at step 5, of woman 2 and man 3, who acquired HIV in it, and of woman 4, who did so before."""
    people = {"uid": [10, 11, 12, 13, 14], "infected_step": [0, 0, 5, 5, 4]}
    pairs = {"pair_a": [2, 2, 0, 4], "pair_b": [0, 1, 3, 1], "kind": [1, 5, 2, 4]}
    return call(source, **{"step": 5, "discordant": [0, 1, 2, 3], **people, **pairs, **given})


def test_source_is_one_pair_for_each_infection() -> None:
    """With one pair to choose from, that is the source; whoever was infected earlier keeps theirs. Exact."""
    result = trace(hazard=[0.0, 0.1, 0.2, 0.3])
    assert result.source_uid.tolist() == [0, 0, 11, 10, 0]
    assert result.source_kind.tolist() == [0, 0, codes.ONE_OFF_CLIENT, codes.CASUAL_PARTNER, 0]
    assert result.counters["infections_by_kind"].tolist() == [0, 0, 1, 0, 0, 1, 0, 0]
    assert result.touched == {"source_uid", "source_kind", "infections_by_kind"}


def test_source_is_the_first_of_keyed_exponentials() -> None:
    """Among two pairs the smaller draw over hazard wins, one infection is counted. Exact; n = 20 identities."""
    chosen = set()
    for uid in range(100, 120):
        result = trace(uid=[10, 11, uid, 13, 14], hazard=[0.1, 0.2, 0.0, 0.0])
        race = [rng.exponential(key_of(source), uid, g, 5, k) / h for g, k, h in ((10, 1, 0.1), (11, 5, 0.2))]
        assert result.source_uid[2] == 10 + int(np.argmin(race))
        assert result.counters["infections_by_kind"].sum() == 1
        chosen.add(int(result.source_uid[2]))
    assert chosen == {10, 11}


def test_source_adds_up_pairs_of_one_partner_and_kind() -> None:
    """A partner's pairs of one kind have one draw, over all their hazards; another kind has its own. Exact; n = 40."""
    chosen = set()
    key, pairs = key_of(source), {"pair_a": [2, 2, 2, 2], "pair_b": [0, 1, 0, 0], "kind": [5, 5, 5, 4]}
    runners = ((10, 5, 0.1 + 0.3), (11, 5, 0.5), (10, 4, 0.2))
    for uid in range(100, 140):
        result = trace(uid=[10, 11, uid, 13, 14], infected_step=[0, 0, 5, 0, 0], hazard=[0.1, 0.5, 0.3, 0.2], **pairs)
        race = [rng.exponential(key, uid, giver, 5, kind) / hazard for giver, kind, hazard in runners]
        winner = runners[int(np.argmin(race))][:2]
        assert (result.source_uid[2], result.source_kind[2]) == winner
        assert result.counters["infections_by_kind"].sum() == 1
        chosen.add(winner)
    assert len(chosen) == 3


def test_source_is_in_proportion_to_pairs() -> None:
    """A giver with two of three equal pairs is the source of 2/3, with one of another kind too.

    Exact binomial, n = 2,000, alpha 1e-4 each; a share that is off by 0.066 is found with power 0.99.
    """
    n = 2000
    takers = np.arange(2, n + 2)
    people = {"infected_step": np.where(np.arange(n + 2) < 2, 0, 5), "discordant": np.arange(3 * n)}
    pairs = {"pair_a": np.tile(takers, 3), "pair_b": np.repeat([0, 1, 0], n), "hazard": 0.25}
    for kinds in ([5, 5, 5], [5, 5, 4]):
        result = call(source, step=5, kind=np.repeat(kinds, n), uid=np.arange(n + 2) + 7, **people, **pairs)
        assert set(result.source_uid[takers]) == {7, 8}
        assert stats.binomtest(int((result.source_uid[takers] == 7).sum()), n, 2 / 3).pvalue > ALPHA


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("hazard", [[np.inf, 9.0, 9.0], [9.0, np.inf, 9.0], [0.0, np.inf, 1.0], [1e-9, np.inf, 1.0]])
def test_source_of_certain_infection(hazard: list[float]) -> None:
    """Where one hazard has no bound its giver is the source, be it the first or second pair with him. Exact; n = 20."""
    pairs = {"pair_a": [2, 2, 2], "pair_b": [0, 0, 1], "kind": [5, 5, 5], "discordant": [0, 1, 2]}
    for uid in range(100, 120):
        for order in ([0, 1, 2], [2, 1, 0]):
            result = trace(uid=[10, 11, uid, 13, 14], hazard=hazard, **{**pairs, "discordant": order})
            assert result.source_uid[2] == 10 and result.counters["infections_by_kind"].sum() == 1


def test_source_does_not_depend_on_the_order_of_pairs() -> None:
    """The same pairs listed backwards, or mixed, give the same sources. Exact."""
    hazard = [0.125, 0.25, 0.5, 0.75]
    for pairs in ({}, {"pair_a": [2, 2, 2, 2], "pair_b": [0, 1, 0, 1], "kind": [5, 5, 5, 4]}):
        forward = trace(hazard=hazard, **pairs)
        for order in ([3, 2, 1, 0], [0, 2, 1, 3], [2, 3, 0, 1]):
            other = trace(hazard=hazard, discordant=order, **pairs)
            assert forward.source_uid.tolist() == other.source_uid.tolist()
            assert np.array_equal(forward.counters["infections_by_kind"], other.counters["infections_by_kind"])


def test_source_of_nobody() -> None:
    """Without an infection in this step, or without pairs, nothing is written. Exact."""
    assert trace(infected_step=[0, 0, 4, 4, 4], hazard=0.5).touched == set()
    assert trace(discordant=[], hazard=0.5).touched == set()
