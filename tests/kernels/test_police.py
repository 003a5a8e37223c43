"""Police, detention, the law and single arrows, person by person."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    HOME,
    MEN,
    ONE,
    STREET,
    TIME,
    WOMEN,
    Result,
    by_group,
    call,
    key_of,
)
from kernels.by_name import PLAIN as LAYOUT
from swmodel import codes, rng
from swmodel.interventions.policing import policing
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.law import REGIMES, law, practice
from swmodel.processes.pathways import carry
from swmodel.processes.police import NEVER, police, recall_police
from swmodel.processes.rolls import who_trades

KEY = key_of(police)
FIRST, LAST = TIME - 0.5 * DT, TIME + 0.5 * DT  # ends of the step, which are years in double precision
ROUNDING = 1e-10  # of the length of a step, as a difference of two years
YEAR = 2e-4  # to which a year is kept in single precision
HAZARD = 0.001  # so small that a clock of 0 runs out at the very beginning of a step, and once


def met(contact: Any = HAZARD, **given: Any) -> Result:
    """One step of people who work in the brothel; contact brings nothing unless said otherwise."""
    rows = next((len(v) for v in given.values() if np.ndim(v) and not isinstance(v, dict)), given.get("people_rows", 0))
    nothing = {"arrest_share": 0.0, "extortion_share": 0.0, "confiscation_share": 0.0}
    return call(police, **{"group": [BROTHEL] * rows, "police_contact": contact, **nothing, **given})


def words(uid: int, times: int) -> tuple[float, float, float]:
    """What the `times`-th contact draws: the next threshold, uniforms of arrest and of extortion."""
    a, b, c, d = rng.philox(uid, 1, times, 0, KEY)
    return -math.log(rng.to_unit(a, b)), (float(c) + 0.5) * rng.WORD, (float(d) + 0.5) * rng.WORD


def stay(uid: int, times: int) -> float:
    """How long the arrest at the `times`-th contact lasts, in means."""
    return rng.exponential(KEY, uid, 3, times, 0)


# --- contact ---------------------------------------------------------------------------------------------------------


def test_contact_is_at_the_hazard_of_the_setting() -> None:
    """Clocks fall by the hazard of the group times the relative hazard; all who are listed are counted. Exact."""
    result = met({"street": 3.0, "brothel": 0.5, "all": 0.0}, group=[BROTHEL, STREET, HOME], police_clock=9.0,
                 police_rate=[4.0, 2.0, 7.0])  # fmt: skip
    assert ((9.0 - result.police_clock) / DT).tolist() == pytest.approx([2.0, 6.0, 0.0], abs=ROUNDING)
    assert result.counters["policed"].tolist() == by_group({BROTHEL: 1, STREET: 1, HOME: 1})
    assert result.touched == {"police_clock", "policed"}


def test_nobody_without_a_hazard() -> None:
    """At a hazard, or a relative hazard, of none no clock moves. Exact."""
    assert met(0.0, people_rows=2, police_clock=1e-300).touched == {"policed"}
    assert met(5.0, people_rows=2, police_clock=1e-300, police_rate=0.0).touched == {"policed"}


def test_several_contacts_in_a_step() -> None:
    """The clock is drawn anew at each contact, and goes on at once where nobody is held. Exact; n = 40."""
    n, hazard = 40, 40.0
    result = met(hazard, uid=np.arange(n) + 5, police_clock=0.25, police_times=1)
    for k in range(n):
        total, times = 0.25, 1
        while total <= hazard * DT:
            times += 1
            total += words(k + 5, times)[0]
        assert result.police_times[k] == times
        assert result.police_clock[k] == pytest.approx(total - hazard * DT, abs=ROUNDING)
    assert result.police_times.max() > 4
    assert result.counters["police_contacts"].tolist() == by_group({BROTHEL: int(result.police_times.sum()) - n})
    assert not {"work_volume", "detained", "detained_until", "arrests", "time_detained"} & result.touched


def test_what_lasts_of_a_contact() -> None:
    """An end that is past is drawn anew from the contact on, one ahead is kept. Exact; n = 40."""
    ahead = LAST + 0.25
    result = met(police_clock=0.0, police_until=[NEVER, ahead] * 20, police_memory=0.5)
    ends = [FIRST + 0.5 * rng.exponential(KEY, uid, 2, 1, 0) if uid % 2 == 0 else ahead for uid in range(40)]
    assert result.police_until == pytest.approx(np.array(ends), abs=YEAR)


def test_states_are_as_of_the_beginning_of_the_step() -> None:
    """Each of the three is 1 where its end lies beyond the beginning of the step, else 0, in rows listed. Exact."""
    until, names = [FIRST - 0.01, FIRST + 0.01, NEVER, NEVER], ("police_recent", "condoms_taken", "detained")
    for name, ends in zip(names, ("police_until", "condoms_taken_until", "detained_until"), strict=True):
        result = call(recall_police, rows=[0, 1, 2], **{ends: until, name: [1.0, 0.0, 1.0, 1.0]})
        assert getattr(result, name).tolist() == [0.0, 1.0, 0.0, 1.0]
        assert result.touched == {name}


# --- arrest and detention --------------------------------------------------------------------------------------------


def test_arrests_are_a_share_of_contacts() -> None:
    """A keyed uniform says who is arrested; the time held is drawn for that contact. Exact; n = 60."""
    result = met(police_clock=0.0, people_rows=60, arrest_share=0.25, detention=2.0)
    arrested = [uid for uid in range(60) if words(uid, 1)[1] < 0.25]
    assert result.changed("detained_until") == arrested and 5 < len(arrested) < 30
    assert result.counters["arrests"].tolist() == by_group({BROTHEL: len(arrested)})
    ends = np.array([FIRST + 2.0 * stay(uid, 1) for uid in arrested])
    assert result.detained_until[arrested] == pytest.approx(ends, abs=YEAR)


def test_who_is_held_works_less() -> None:
    """Capacity falls by the share of the step that is spent held, of whoever is arrested or was before. Exact; n = 30.

    Who was is held until a fifth of the step is over, or beyond its end.
    """
    result = met(police_clock=0.0, people_rows=30, arrest_share=1.0, detention=DT, work_volume=0.5)
    held = np.array([min(stay(uid, 1), 1.0) for uid in range(30)])
    assert result.work_volume == pytest.approx(0.5 * (1.0 - held), rel=1e-6, abs=1e-9)
    assert result.partner_time == pytest.approx(1.0 - held, rel=1e-6, abs=1e-9)
    assert 0 < (held == 1.0).sum() < 30
    assert result.counters["time_detained"][BROTHEL] == pytest.approx(held.sum() * DT * ONE, abs=30)
    before = met(0.0, detained_until=[FIRST + DT / 5, LAST + 1.0, NEVER])
    share = (float(np.float32(FIRST + DT / 5)) - FIRST) / DT
    assert before.work_volume == pytest.approx([1.0 - share, 0.0, 1.0], rel=1e-6, abs=1e-9)
    assert before.counters["time_detained"][BROTHEL] == pytest.approx((share + 1.0) * DT * ONE, abs=2)


@pytest.mark.parametrize("step", [1 / 12, 1 / 24, 1 / 26, 1 / 365])
def test_who_is_held_throughout_has_no_capacity_at_all(step: float) -> None:
    """In each of 600 steps the capacity of who is held from its beginning to its end is 0, not nearly. Exact.

    Paid pairs have their acts whenever it is above 0.
    """
    times = 1985.0 + (np.arange(600) + 0.5) * step
    left = [met(0.0, time=time, dt=step, detained_until=[time + 1.0]).work_volume[0] for time in times]
    assert set(left) == {0.0}


def test_clocks_stand_still_while_somebody_is_held() -> None:
    """Only the free part of the step is at risk; who is held throughout is not at risk at all. Exact."""
    until = float(np.float32(FIRST + DT / 4))
    result = met(6.0, police_clock=9.0, detained_until=[until, LAST + 1.0, NEVER])
    free = [(LAST - until) / DT, 0.0, 1.0]
    assert ((9.0 - result.police_clock) / (6.0 * DT)).tolist() == pytest.approx(free, abs=ROUNDING)


def test_arrest_ends_contact_until_release() -> None:
    """After an arrest the new clock runs from the release on, and not at all if that is beyond the step. Exact; n = 40.

    The time left of the step after release is spent at the same hazard.
    """
    hazard, clock = 2.0, 2.0 * DT / 4
    result = met(hazard, people_rows=40, police_clock=clock, arrest_share=1.0, detention=DT)
    twice = 0
    for uid in range(40):
        spent = max(0.0, 0.75 - stay(uid, 1)) * hazard * DT
        if spent >= words(uid, 1)[0]:
            twice += 1
            continue
        assert result.police_times[uid] == 1
        assert result.police_clock[uid] == pytest.approx(words(uid, 1)[0] - spent, abs=ROUNDING)
    assert twice < 10
    assert result.detained_until[result.police_times == 1].min() >= np.float32(FIRST + DT / 4)


def test_arrest_brings_neither_extortion_nor_confiscation() -> None:
    """Who is arrested is not asked for money, nor are condoms taken. Exact."""
    result = met(police_clock=0.0, people_rows=20, arrest_share=1.0, extortion_share=1.0, confiscation_share=1.0)
    assert not {"extortions", "confiscations", "condoms_taken_until", "condoms_taken"} & result.touched


def test_partners_miss_each_other_while_one_is_held() -> None:
    """Acts with partners who do not pay fall by the time held of both; paid and forced ones do not. Exact.

    Those missed are not counted. Planted: partners meet all the same while one is held.
    """
    kinds = [codes.SPOUSE, codes.CASUAL_PARTNER, codes.OWN_PARTNER, codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT,
             codes.FORCED_ACT]  # fmt: skip
    pairs = {"group": [BROTHEL, CLIENT], "pair_a": 0, "pair_b": 1, "kind": kinds}
    held, free = (call(acts_and_condoms, partner_time=time, **pairs) for time in ([0.25, 0.5], [1.0, 1.0]))
    shares = [0.125, 0.125, 0.125, 1.0, 1.0, 1.0]
    assert held.pair_acts.tolist() == pytest.approx((free.pair_acts * shares).tolist(), rel=1e-6)
    for k, share in zip(kinds, shares, strict=True):
        assert held.counters["acts"][k] == pytest.approx(free.counters["acts"][k] * share, abs=1)


def test_nobody_who_is_held_has_contacts() -> None:
    """At a capacity of 0 paid pairs have no acts, and her own partner has; at half of it, all have theirs. Exact."""
    pairs = {"group": [BROTHEL, CLIENT], "pair_a": 0, "pair_b": 1, "kind": [codes.REGULAR_CLIENT, codes.OWN_PARTNER]}
    held = call(acts_and_condoms, work_volume=[0.0, 1.0], **pairs)
    free = call(acts_and_condoms, work_volume=[0.5, 1.0], **pairs)
    assert held.pair_acts.tolist() == [0.0, free.pair_acts[1]] and free.pair_acts.all()
    assert not held.counters["contacts_sold"].any() and free.counters["contacts_sold"].any()


# --- extortion and condoms -------------------------------------------------------------------------------------------


def test_extortion_is_a_share_of_contacts() -> None:
    """A keyed uniform of the contact says whether money is extorted; it changes nothing else. Exact; n = 60."""
    result = met(police_clock=0.0, people_rows=60, extortion_share=0.4)
    count = sum(words(uid, 1)[2] < 0.4 for uid in range(60))
    assert result.counters["extortions"].tolist() == by_group({BROTHEL: count}) and 10 < count < 40
    plain = met(police_clock=0.0, people_rows=60)
    assert result.touched - plain.touched == {"extortions"}


def test_confiscation_is_a_share_of_contacts() -> None:
    """One of two uniforms says whether condoms are taken, the other for how long; never shorter than before. Exact.

    n = 60, of whom a third go without condoms anyhow until long after, and another third for a short while.
    """
    earlier = [NEVER, LAST + 50.0, FIRST + 1e-3] * 20
    result = met(police_clock=0.0, condoms_taken_until=earlier, confiscation_share=0.4, confiscation_lasts=0.1)
    expected = []
    for uid in range(60):
        u, v = rng.uniforms(KEY, uid, 4, 1, 0)
        end = FIRST - 0.1 * math.log(v)
        expected.append(max(end, earlier[uid]) if u < 0.4 else earlier[uid])
    taken = sum(rng.uniforms(KEY, uid, 4, 1, 0)[0] < 0.4 for uid in range(60))
    assert result.condoms_taken_until == pytest.approx(np.array(expected), abs=YEAR)
    assert result.counters["confiscations"].tolist() == by_group({BROTHEL: taken}) and 10 < taken < 40


def test_policing_is_on_those_reached() -> None:
    """The ratio multiplies the hazard of contact of whoever is reached; 1 changes nothing, 0 ends contact. Exact."""
    assert call(policing, covered=[1, 0], contact_ratio=5.0, police_rate=2.0).police_rate.tolist() == [10.0, 2.0]
    assert call(policing, covered=[1], contact_ratio=1.0).touched == set()
    ended = call(policing, covered=[1], contact_ratio=0.0).written
    assert met(9.0, people_rows=1, police_clock=1e-300, **ended).touched == {"policed"}


# --- the law ---------------------------------------------------------------------------------------------------------


def moved(steps: int, lag: Any, **laws: Any) -> np.ndarray:
    """How far practice has moved, from laws by step and group, or one number for both; shape (3, steps, groups)."""
    series = {name: np.broadcast_to(np.asarray(laws.get(name, 0.0), float), (steps, 2)) for name in REGIMES}
    series["law_lag"] = np.broadcast_to(np.asarray(lag, float), (steps,))
    return practice(SimpleNamespace(dt=DT, series=lambda name: series[name]))["practice_moved"]


@pytest.mark.parametrize("level", [0.0, 0.1, 0.3, 1.0])
def test_a_law_that_stands_moves_nothing(level: float) -> None:
    """Whatever it is, practice has moved by exactly 0 at every step. Exact."""
    assert not moved(600, 2.0, criminalised=level, regulated=level).any()


def test_practice_follows_the_law() -> None:
    """After a switch practice approaches it exponentially, at 1 / `law_lag`; one regime, one group, apart. Exact."""
    switch = np.zeros((60, 2))
    switch[12:, 1] = 1.0
    found = moved(60, 0.5, clients_criminalised=switch)
    since = np.arange(1, 49) * DT
    assert found[1, 12:, 1] == pytest.approx(1.0 - np.exp(-since / 0.5), abs=1e-12)
    assert not found[1, :12].any() and not found[1, :, 0].any() and not found[[0, 2]].any()


def test_practice_is_what_it_moved_from_the_start() -> None:
    """A law that is repealed moves practice to minus its share; without a lag at once. Exact."""
    repealed = np.where(np.arange(24) < 6, 0.75, 0.25)[:, None]
    assert moved(24, 0.0, regulated=repealed)[2, :, 0].tolist() == [0.0] * 6 + [-0.5] * 18
    slow = moved(24, 20.0, regulated=repealed)[2, :, 0]
    assert (np.diff(slow[5:]) < 0.0).all() and -0.5 < slow[-1] < 0.0


def test_practice_is_that_of_each_group() -> None:
    """Everybody who sells or buys has that of their group at this step, and nobody else. Exact."""
    table = np.zeros((3, 2, len(LAYOUT.groups)))
    table[:, 1] = np.arange(3)[:, None] + np.arange(len(LAYOUT.groups)) / 8
    result = call(law, group=[CLIENT, WOMEN, BROTHEL, STREET, MEN], selling=[2, 3], buying=[0], step=1,
                  practice_moved=table)  # fmt: skip
    groups = np.array([CLIENT, 0, BROTHEL, STREET, 0])
    listed = np.array([1, 0, 1, 1, 0])
    for k, name in enumerate(REGIMES):
        assert getattr(result, f"law_{name}").tolist() == (listed * (k + groups / 8)).tolist()


def test_who_trades_is_listed_in_order() -> None:
    """Rows of living workers, and of living clients, in the order of the rows. Exact."""
    group = [WOMEN, CLIENT, BROTHEL, FORMER, STREET, CLIENT, MEN, HOME, CLIENT]
    result = call(who_trades, group=group, alive=[1, 1, 1, 1, 1, 0, 1, 0, 1])
    assert result.selling.tolist() == [2, 4] and result.buying.tolist() == [1, 8]
    assert call(who_trades, people_rows=0).selling.tolist() == []


# --- arrows ----------------------------------------------------------------------------------------------------------


def test_an_arrow_is_a_power_of_its_effect() -> None:
    """The effect to the power of exposure times the causal share, on what was there; 0 leaves it alone. Exact.

    A negative exposure divides. Single precision keeps 2^-23 of each.
    """
    exposure = [0.0, 1.0, 0.5, -1.0, 2.0]
    result = call(carry, exposure=exposure, mediator=3.0, strength=0.4, causal_share=0.5, from_trial=False)
    assert result.mediator == pytest.approx([3.0 * 0.4 ** (0.5 * x) for x in exposure], rel=2.0**-22)
    assert result.changed("mediator") == [1, 2, 3, 4]


def test_what_a_trial_found_is_taken_whole() -> None:
    """The causal share is on observed effects alone; at a share of 0 those are nothing, at 1 whole. Exact."""
    given = {"exposure": [1.0], "mediator": 1.0, "strength": 0.25}
    for share in (0.0, 0.5, 1.0):
        assert call(carry, causal_share=share, from_trial=True, **given).mediator.tolist() == [0.25]
        assert call(carry, causal_share=share, from_trial=False, **given).mediator.tolist() == [0.25**share]


def test_arrows_are_on_those_listed() -> None:
    """Rows that are not listed keep their mediator, whatever their exposure; an effect of 1 changes nobody. Exact."""
    given = {"exposure": [1.0, 1.0, 1.0], "mediator": 1.0, "causal_share": 1.0, "from_trial": False}
    assert call(carry, rows=[1], strength=2.0, **given).mediator.tolist() == [1.0, 2.0, 1.0]
    assert call(carry, strength=1.0, **given).touched == set()
