"""Economic need: shocks, debt, dependants, and their sum, person by person."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, DT, HOME, ONE, STREET, TIME, Result, by_group, call, key_of
from swmodel import rng
from swmodel.processes.need import NEVER, UNKNOWN, economic_need

ALPHA, MANY = 1e-4, 20_000
TWO_SIDED = stats.norm.isf(ALPHA / 2)
KEY = key_of(economic_need)
FIRST, LAST = TIME - 0.5 * DT, TIME + 0.5 * DT  # ends of the step
YEAR = 2e-4  # to which a year is kept in single precision


def needing(uid: Any = (), **given: Any) -> Result:
    """One step of people of the street on whom nobody depends, without hazards and without debt."""
    rows = next((len(v) for v in given.values() if np.ndim(v) and not isinstance(v, dict)), 0)
    who = uid if len(uid) else np.arange(rows)
    return call(economic_need, uid=who, **{"group": [STREET] * len(who), "depend": 0, "repay_rate": 0.0, **given})


def thresholds(seed: int, name: str) -> np.ndarray:
    """First thresholds of a clock, as the engine would draw them."""
    key = rng.stream_key(seed, f"clock:{name}")
    return np.array([rng.exponential(key, uid, 0, 0, 0) for uid in range(MANY)])


# --- shocks ----------------------------------------------------------------------------------------------------------


def test_clocks_of_shocks() -> None:
    """They fall by the hazard of the group times the relative one, and not at all without either. Exact."""
    result = needing(shock_hazard={"brothel": 2.0, "street": 0.5, "all": 0.0}, group=[BROTHEL, STREET, HOME, STREET],
                     shock_clock=9.0, shock_rate=[1.0, 3.0, 5.0, 0.0])  # fmt: skip
    assert ((9.0 - result.shock_clock) / DT).tolist() == pytest.approx([2.0, 1.5, 0.0, 0.0], abs=1e-12)
    assert result.touched == {"shock_clock", "need_asked"}
    none = needing(range(3), shock_clock=1e-300, debt_clock=1e-300)
    assert none.touched == {"need_asked"}


def test_several_shocks_in_a_step() -> None:
    """Each draws the time until the next and for how long it is felt; the latest end counts. Exact; n = 40."""
    hazard, memory, clock = 40.0, 0.03, 0.25
    result = needing(range(40), shock_hazard=hazard, shock_memory=memory, shock_clock=clock, shock_times=1)
    most = 0
    for uid in range(40):
        at, end, times = clock, NEVER, 1
        while at <= hazard * DT:
            times += 1
            u, v = rng.uniforms(KEY, uid, 1, times, 0)
            end = max(end, FIRST + at / hazard - memory * math.log(v))
            at -= math.log(u)
        assert result.shock_times[uid] == times
        assert result.shock_clock[uid] == pytest.approx(at - hazard * DT, abs=1e-12)
        assert result.shock_until[uid] == pytest.approx(end, abs=YEAR)
        most = max(most, times)
    assert most > 4
    assert result.counters["shocks"].tolist() == by_group({STREET: int(result.shock_times.sum()) - 40})


def test_a_shock_never_shortens_another() -> None:
    """One that is felt until long after stays so. Exact; n = 40."""
    ahead = LAST + 40.0
    result = needing(range(40), shock_hazard=1e-3, shock_clock=0.0, shock_until=ahead, shock_memory=0.02)
    assert result.changed("shock_until") == [] and (result.shock_times == 1).all()


def test_shocks_as_a_queue_with_many_servers() -> None:
    """Over 2 years shocks are Poisson, and one is felt by all but exp(-h m (1 - exp(-t / m))) of people.

    Each is felt on its own for an exponential time of mean m. h = 1.2 a year, m = 0.4 years, steps of a year, which
    changes nothing. Exact binomials for those who feel one at 1 and 2 years, and normal for 48,000 shocks; n = 20,000,
    alpha 1e-4; power 0.99 at shares 7% off and a hazard 3% off.
    """
    state: dict[str, Any] = {"shock_clock": thresholds(31, "shock_clock")}
    total = 0
    for year in (1, 2):
        result = needing(range(MANY), time=TIME + year - 0.5, dt=1.0, shock_hazard=1.2, shock_memory=0.4, **state)
        state, total = result.written, total + int(result.counters["shocks"].sum())
        share = -math.expm1(-1.2 * 0.4 * -math.expm1(-year / 0.4))
        felt = int((result.need_felt > 0.0).sum())
        assert stats.binomtest(felt, MANY, share).pvalue > ALPHA
    assert total == state["shock_times"].sum()
    assert abs(total - 2.4 * MANY) < TWO_SIDED * math.sqrt(2.4 * MANY)


# --- debt ------------------------------------------------------------------------------------------------------------


def test_clocks_of_debt() -> None:
    """Those free of debt run at the hazard of falling into it, those in debt at the rate of paying it back. Exact.

    The hazard is higher while a shock is felt, at the beginning of the step or from within it.
    """
    given = {"debt_hazard": 0.5, "repay_rate": 2.0, "debt_after_shock": 3.0, "debt_clock": 9.0}
    result = needing(indebted=[0, 1, 0, 1, 0, 0], shock_until=[NEVER, NEVER, FIRST + 0.01, LAST, NEVER, FIRST - 0.01],
                     debt_rate=[1.0, 9.0, 1.0, 9.0, 4.0, 1.0], repaying_rate=[9.0, 1.0, 9.0, 0.5, 9.0, 9.0],
                     **given)  # fmt: skip
    spent = ((9.0 - result.debt_clock) / DT).tolist()
    assert spent == pytest.approx([0.5, 2.0, 1.5, 1.0, 2.0, 0.5], abs=1e-12)
    assert not {"indebted", "debt_times", "debts_begun", "debts_repaid"} & result.touched
    struck = needing(range(1), shock_hazard=1e-3, shock_clock=0.0, shock_memory=5.0, **given)
    assert (9.0 - struck.debt_clock[0]) / DT == pytest.approx(1.5, abs=1e-12)


def test_falling_into_debt_and_paying_it_back() -> None:
    """When the clock runs out the state changes; what is left of the step is spent at the other rate. Exact; n = 40."""
    for owed, rate, other in ((0, 0.6, 2.4), (1, 2.4, 0.6)):
        result = needing(range(40), indebted=owed, debt_hazard=0.6, repay_rate=2.4, debt_clock=0.25 * rate * DT,
                         debt_times=4)  # fmt: skip
        assert (result.indebted == 1 - owed).all() and (result.debt_times == 5).all()
        drawn = np.array([rng.exponential(KEY, uid, 2, 5, 0) for uid in range(40)])
        assert result.debt_clock == pytest.approx(drawn - 0.75 * other * DT, abs=1e-12)
        assert result.counters["debts_begun"][STREET] == 40 * (1 - owed)
        assert result.counters["debts_repaid"][STREET] == 40 * owed
        assert result.counters["in_debt"][STREET] == 40 * (1 - owed)


def test_debt_is_a_chain_of_two_states() -> None:
    """f / (f + r) (1 - exp(-(f + r) t)) of people are in debt if nobody was, at f of falling into it and r of repaying.

    Who begins in debt is in it with the rest of the chance. f = 0.6, r = 1 a year, t = 2; exact binomials, n = 10,000
    each, alpha 1e-4; power 0.99 at shares 10% off. More than one change in a step is later by a step: 0.001 at most.
    """
    state: dict[str, Any] = {"debt_clock": thresholds(32, "debt_clock"), "indebted": np.arange(MANY) % 2}
    for step in range(24):
        result = needing(range(MANY), time=TIME + step * DT, debt_hazard=0.6, repay_rate=1.0, **state)
        state = result.written
    gone, settled = math.exp(-1.6 * 2.0), 0.6 / 1.6
    for first, share in ((0, settled * (1.0 - gone)), (1, settled + (1.0 - settled) * gone)):
        assert stats.binomtest(int(state["indebted"][first::2].sum()), MANY // 2, share).pvalue > ALPHA


# --- dependants ------------------------------------------------------------------------------------------------------


def test_dependants_are_poisson() -> None:
    """The mean is that of the group in which somebody is when she starts; a keyed quantile. Chi-square.

    n = 20,000, mean 2, alpha 1e-4; power 0.99 at a mean 4% off.
    """
    result = needing(range(MANY), depend=UNKNOWN, dependants=2.0)
    last = 7
    p = stats.poisson.pmf(np.arange(last), 2.0)
    p = np.append(p, 1.0 - p.sum())
    assert stats.chisquare(np.bincount(np.minimum(result.depend, last)), MANY * p).pvalue > ALPHA
    drawn = [int(stats.poisson.ppf(rng.uniform(KEY, uid, 3, 0, 0), 2.0)) for uid in range(200)]
    assert result.depend[:200].tolist() == drawn
    by = needing(range(300), depend=UNKNOWN, dependants={"home": 3.0, "all": 0.0}, group=[HOME, STREET, BROTHEL] * 100)
    assert by.depend[0::3].any() and not by.depend[1::3].any() and not by.depend[2::3].any()


def test_dependants_stay() -> None:
    """Once drawn they do not change, whatever the mean is later; none is a number, too, and 255 none. Exact."""
    kept = needing(depend=[0, 1, 7, UNKNOWN - 1], dependants=9.0)
    assert kept.changed("depend") == []
    many = needing(range(50), depend=UNKNOWN, dependants=20.0)
    assert (many.depend < UNKNOWN).all() and needing(range(50), dependants=20.0, **many.written).changed("depend") == []
    more = needing(range(50), depend=UNKNOWN, dependants=15.0)
    assert (more.depend <= many.depend).all() and (more.depend < many.depend).any()


# --- need ------------------------------------------------------------------------------------------------------------


def test_need_is_a_sum() -> None:
    """Of the rank, each dependant, debt and a shock that is felt at the end of the step; times the ratio. Exact."""
    weights = {"need_of_rank": 0.4, "need_of_dependant": 0.05, "need_of_debt": 0.2, "need_of_shock": 0.3}
    result = needing(need=[0.5, 0.0, 0.0, 0.0, 0.5, 0.5], depend=[0, 3, 0, 0, 1, 1], indebted=[0, 0, 1, 0, 1, 1],
                     shock_until=[NEVER, LAST - 0.01, NEVER, LAST + 0.01, LAST + 1, LAST + 1],
                     need_ratio=[1, 1, 1, 1, 1, 0.5], **weights)  # fmt: skip
    expected = np.array([0.2, 0.15, 0.2, 0.3, 0.75, 0.375])
    assert result.need_felt == pytest.approx(expected, rel=1e-6)
    assert result.counters["need_summed"][STREET] == pytest.approx(expected.sum() * ONE, abs=6)
    assert result.counters["need_asked"].tolist() == by_group({STREET: 6})
    assert result.counters["in_debt"].tolist() == by_group({STREET: 3})


def test_need_is_at_most_one() -> None:
    """Whatever is added up, and by whatever it is multiplied; none at a ratio of 0. Exact."""
    result = needing(need=[1.0, 1.0, 1.0], depend=[100, 0, 100], indebted=1, shock_until=LAST + 1.0,
                     need_ratio=[1.0, 9.0, 0.0])  # fmt: skip
    assert result.need_felt.tolist() == [1.0, 1.0, 0.0]


def test_debt_of_this_step_counts() -> None:
    """Need is that of the end of the step: who falls into debt in it is in need of it. Exact."""
    assert needing(range(1), debt_hazard=1.0, debt_clock=1e-9).need_felt == pytest.approx([0.2])
    assert needing(indebted=[1], repay_rate=1.0, debt_clock=1e-9).need_felt.tolist() == [0.0]


def test_the_order_of_rows_is_nothing() -> None:
    """The same befalls the same people in whatever order; rows that are not listed keep all. Exact; n = 100."""
    given = {"shock_hazard": 9.0, "debt_hazard": 4.0, "repay_rate": 4.0, "dependants": 2.0, "depend": UNKNOWN,
             "shock_clock": 0.2, "debt_clock": 0.2}  # fmt: skip
    order = np.random.default_rng(1).permutation(100)
    one, other = needing(np.arange(100), **given), needing(order, **given)
    for name in economic_need.writes:
        assert np.array_equal(getattr(one, name)[order], getattr(other, name))
    assert one.indebted.any() and one.shock_times.any()
    few = needing(range(4), rows=[0, 3], **given)
    assert all(set(few.changed(name)) <= {0, 3} for name in economic_need.writes)
