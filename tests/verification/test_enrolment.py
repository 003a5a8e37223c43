"""Enrolment in programmes against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plain import GROUPS, call
from scipy import optimize, stats
from whole import MONTH, START, Look, begin, groups, rows

from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.interventions.enrolment import enrol_by_rate, enrol_to_coverage
from swmodel.scenario.spec import Lever, Target
from swmodel.state import start_clocks

ALPHA = 1e-4
N = 200_000
KEY = rng.stream_key(301, "programme")
CLOCK = np.array([rng.stream_key(301, "clock:programme.enrol_clock")], np.uint64)
ANYONE = codes.ELIGIBLE["anyone"]
EVER = {"step": 0, "spell_start": np.zeros(N, np.int32), "work_from": 0.0, "work_to": math.inf}  # years in sex work
EVERYWHERE = {"target_groups": np.ones(GROUPS, np.bool_), "age_from": 18.0, "age_to": 65.0, "eligible": ANYONE, **EVER}
ALIKE = np.ones(GROUPS)  # everybody is found as easily
VISIBLE = np.where(np.arange(GROUPS) % 2, 2.5, 1.0)  # groups of odd number more easily


@pytest.mark.case("17")
def test_coverage_from_uptake_and_dropout() -> None:
    """Uptake u, dropout d, exit m, entrants not covered: coverage is u/(u+d+m) (1 - exp(-(u+d+m) t)).

    Binomial(100,000, 0.517913) at 2 years and Binomial(100,000, 0.666585) at 12 years, and likewise in groups that
    programmes find 2.5 times as easily, where u is 2.5 times as high (0.792 and 0.833); alpha 1e-4 each; power 0.99 at
    an absolute error of 0.01. Steps of 1/48 year bias it by less than 0.0003. Planted: uptake 3 percent too low;
    visibility counts for dropout too.
    """
    u, d, m, dt = 0.5, 0.2, 0.05, 1 / 48
    uid, birth = np.arange(N, dtype=np.uint32), np.full(N, 1970.0)
    alive, group, care = np.ones(N, np.bool_), (uid % 2).astype(np.uint8), np.zeros(N, np.int8)
    covered, times, clock = np.zeros(N, np.int8), np.zeros(N, np.uint16), np.zeros((1, N))
    start_clocks(np.arange(N, dtype=np.int32), uid, clock, CLOCK)
    chance, new = np.random.default_rng(302), N
    state = {"lo": 0, "hi": N, "dt": dt, "key": KEY, "uid": uid, "alive": alive, "group": group, "birth": birth,
             "care_state": care, "time": 2000.0, "covered": covered, "enrol_clock": clock[0], "enrol_times": times,
             "uptake": u, "dropout": d, "outreach_visibility": VISIBLE, **EVERYWHERE}  # fmt: skip
    for step in range(1, 577):
        call(enrol_by_rate, **state)
        rows = np.flatnonzero(chance.random(N) < -math.expm1(-m * dt)).astype(np.int32)
        uid[rows], covered[rows], times[rows] = np.arange(new, new + len(rows)), 0, 0
        start_clocks(rows, uid, clock, CLOCK)
        new += len(rows)
        for g in (0, 1) if step in (96, 576) else ():
            joins = u * VISIBLE[g]
            p = joins / (joins + d + m) * -math.expm1(-(joins + d + m) * step * dt)
            assert (step, g) != (96, 0) or abs(p - 0.517913) < 1e-6
            assert stats.binomtest(int(covered[group == g].sum()), N // 2, p).pvalue > ALPHA


@pytest.mark.case("17")
def test_who_is_no_longer_a_target_leaves_at_once() -> None:
    """Nobody outside the target stays covered, and nobody joins without uptake. Exact; n = 200,000.

    Planted: who is no longer a target stays enrolled.
    """
    uid, group = np.arange(N, dtype=np.uint32), (np.arange(N) % GROUPS).astype(np.uint8)
    covered, target = np.ones(N, np.int8), np.arange(GROUPS) >= 3
    call(enrol_by_rate, lo=0, hi=N, dt=1 / 12, key=KEY, uid=uid, alive=np.ones(N, np.bool_), group=group,
         birth=np.full(N, 1970.0), care_state=np.zeros(N, np.int8), time=2000.0, covered=covered,
         enrol_clock=np.full(N, 50.0), enrol_times=np.zeros(N, np.uint16), uptake=0.0, dropout=0.0,
         outreach_visibility=ALIKE, **{**EVERYWHERE, "target_groups": target})  # fmt: skip
    assert np.array_equal(covered == 1, target[group])


@pytest.mark.case("18")
@pytest.mark.parametrize("visibility", [ALIKE, VISIBLE], ids=["alike", "visible"])
@pytest.mark.parametrize("groups", [(0,), (3,), (2, 3, 4), tuple(range(GROUPS))])
def test_coverage_is_kept(groups: tuple[int, ...], visibility: np.ndarray) -> None:
    """Coverage of the target is what is asked within half a person, while people come, go and get diagnosed. Exact.

    n = 20,000 people, 60 steps, a ramp from 0 to 0.8; a higher coverage reaches the same people and others. Planted:
    coverage rounded down; coverage of people who may be diagnosed.
    """
    n, chance = 20_000, np.random.default_rng(303)
    uid = np.arange(n, dtype=np.uint32)
    target = np.isin(np.arange(GROUPS), groups)
    alive, care = np.ones(n, np.bool_), np.zeros(n, np.int8)
    group, birth = chance.integers(0, GROUPS, n).astype(np.uint8), 1985.0 - chance.random(n) * 60
    covered, more, eligible = np.zeros(n, np.int8), np.zeros(n, np.int8), codes.ELIGIBLE["hiv_negative"]
    for step in range(60):
        time, coverage = 2000.0 + step / 12, min(0.8, 0.02 * step)
        alive &= chance.random(n) > 0.002
        care[chance.random(n) < 0.002] = codes.DIAGNOSED
        moved = chance.random(n) < 0.01
        group[moved] = chance.integers(0, GROUPS, int(moved.sum()))
        for share, reached in ((coverage, covered), (coverage + 0.1, more)):
            call(enrol_to_coverage, n_people=n, key=KEY, uid=uid, alive=alive, group=group, birth=birth, time=time,
                 dt=1 / 12, care_state=care, covered=reached, coverage=share, outreach_visibility=visibility,
                 target_groups=target, age_from=20.0, age_to=50.0, eligible=eligible, **EVER)  # fmt: skip
        age = time - birth
        fits = alive & target[group] & (care == codes.UNDIAGNOSED) & (age >= 20.0) & (age < 50.0)
        assert not covered[~fits].any()
        assert abs(int(covered.sum()) - coverage * fits.sum()) <= 0.5 + 1e-9
        assert (more >= covered).all()


@pytest.mark.case("17")
@pytest.mark.parametrize("years", [(0.0, 1.0), (0.5, 2.5), (2.0, math.inf)])
def test_targets_by_years_in_sex_work(years: tuple[float, float]) -> None:
    """At full coverage the covered are those who began to sell sex so many years ago, in every step of a run. Exact.

    5,000 people, 60 steps, spells that begin and end, some before the run; n > 50 covered and not covered at the end.
    Planted: years in sex work count from birth; years in sex work count from the start of the run.
    """
    lever = Lever("outreach", "peer_outreach", START, START + 5, Target(("street",), years_in_work=years), coverage=1.0)
    run, seen = begin(1701, 5000, 5.0, levers=(lever,), sex_worker_share=0.2, leave_sex_work=0.5), []

    def look(run: Engine) -> None:
        alive, group, since, reached = rows(run, "alive", "group", "spell_start", "outreach.covered")
        (works,) = groups(run, "street")
        ago = (run.step - since) * MONTH
        target = alive & works[group] & (ago >= years[0]) & (ago < years[1])
        assert np.array_equal(reached == 1, target)
        seen.append((int(target.sum()), int((alive & works[group] & ~target).sum())))

    Look(run, "role_clocks", look)
    run.run()
    assert len(seen) == 60 and min(seen[-1]) > 50


@pytest.mark.case("18")
def test_coverage_reaches_those_whom_programmes_find() -> None:
    """At a coverage of 0.4, groups that are found v times as easily are reached at a share of 1 - exp(-v x).

    x is such that 0.4 of all are. Binomial for each of two halves of 200,000 people (0.264 and 0.536), which is on the
    safe side, as the total is fixed: alpha 1e-4, power 0.99 at 0.01. Planted: visibility to the power of 0.9.
    """
    uid = np.arange(N, dtype=np.uint32)
    covered, group = np.zeros(N, np.int8), (uid % 2).astype(np.uint8)
    call(enrol_to_coverage, n_people=N, key=KEY, uid=uid, alive=np.ones(N, np.bool_), group=group, time=2000.0,
         dt=1 / 12, birth=np.full(N, 1970.0), care_state=np.zeros(N, np.int8), covered=covered, coverage=0.4,
         outreach_visibility=VISIBLE, **EVERYWHERE)  # fmt: skip
    x = optimize.brentq(lambda x: 0.4 + 0.5 * (np.expm1(-x) + np.expm1(-2.5 * x)), 0.0, 2.0)
    for g in (0, 1):
        events = int(covered[group == g].sum())
        assert stats.binomtest(events, N // 2, -math.expm1(-VISIBLE[g] * x)).pvalue > ALPHA
