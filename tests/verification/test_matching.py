"""How partners find each other: by site, with whom, at which age, and the structure of what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse, stats
from whole import MONTH, Look, begin, groups, of_pairs, rows, steps

from swmodel import codes
from swmodel.engine import Engine

ALPHA = 1e-4

# Case 31

RATES, DURATION = (0.4, 1.0), 2.0  # at which single women of each site begin to look; mean years of a pair


@pytest.mark.case("31")
def test_monogamous_pairing_by_site() -> None:
    """A share f / (f + s) of the women of each site has a steady partner, all of them at that site.

    f = 0.4 and 1, s = 0.5: 0.444 and 0.667. By the month it is P (1 - Q) / (P + Q - P Q) at its end. Binomial, n =
    34,000 women below 75 of each site (11,500 at three times, 5 years apart), alpha 1e-4 each; power 0.9 at 0.014.
    """
    rates = {"women@a": RATES[0], "women@b": RATES[1], "all": 0.0}
    run = begin(3101, 100_000, 15, sites=("a", "b"), fraction_female=0.4, polygynous_share=1.0, steady_rate=rates,
                pair_duration={"spouse": DURATION, "all": 1.0})  # fmt: skip
    site = run.layout.tables["site_of"]
    counts = np.zeros((2, 2), np.int64)
    for step in steps(run):
        if step + 1 not in (60, 120, 180):
            continue
        group, alive, sex, birth, entered, partners = rows(
            run, "group", "alive", "sex", "birth", "entered", "steady_partners"
        )
        seen = alive & (sex == codes.FEMALE) & (entered == 0) & (run.times[step] - birth < 75.0)
        np.add.at(counts, (site[group[seen]], partners[seen]), 1)
        a, b, kind = of_pairs(run, "pair_a", "pair_b", "kind")
        assert (site[group[a]] == site[group[b]])[kind != codes.NONE].all()
    assert counts.sum() > 65_000
    q = MONTH / DURATION
    for rate, (single, paired) in zip(RATES, counts.tolist(), strict=True):
        p = -np.expm1(-rate * MONTH)
        assert stats.binomtest(paired, single + paired, p * (1.0 - q) / (p + q - p * q)).pvalue > ALPHA


# Case 32


def triangles_and_paths(a: np.ndarray, b: np.ndarray) -> tuple[int, int]:
    """Triangles, and paths of two couples, in the graph of the couples a-b."""
    n = int(max(a.max(), b.max())) + 1
    graph = sparse.csr_array((np.ones(2 * len(a)), (np.append(a, b), np.append(b, a))), shape=(n, n))
    graph.data[:] = 1.0  # of those who are a couple twice over
    degree = graph.sum(axis=1)
    return round((graph @ graph).multiply(graph).sum() / 6), round((degree * (degree - 1.0)).sum() / 2)


@pytest.mark.case("32")
def test_women_and_men_form_no_triangles() -> None:
    """Among women and men the network of all kinds of pair has no triangle: every pair is of a woman and a man.

    Exact; 10,000 people after 3 years, 20,000 pairs with those of one contact, in mid-step.
    """
    run = begin(3201, 10_000, 3, sex_worker_share=0.05, client_share=0.4, client_visits=20.0, steady_rate=1.0,
                casual_rate={"women": 1.0, "street": 3.0, "all": 0.0}, steady_at_start=0.5, leave_sex_work=0.3,
                stop_buying=0.3, worker_volume={"sex_workers": 400.0}, polygynous_share=0.5)  # fmt: skip
    found: list[tuple[int, int]] = []

    def look(run: Engine) -> None:
        (sex,) = rows(run, "sex")
        a, b, kind = of_pairs(run, "pair_a", "pair_b", "kind")
        a, b = a[kind != codes.NONE], b[kind != codes.NONE]
        assert (sex[a] == codes.FEMALE).all()
        assert (sex[b] == codes.MALE).all()
        found.append(triangles_and_paths(a, b))

    Look(run, "acts_and_condoms", look)
    run.run()
    assert [triangles for triangles, _ in found] == [0] * 36
    assert found[-1][1] > 20_000


@pytest.mark.case("32")
def test_clustering_among_men_by_chance() -> None:
    """Where anyone may meet anyone, casual pairs of men cluster by chance alone: (mean degree) / (N - 1).

    All are so close in age that age does not count. Triangles are Poisson given the pairs, n = 28,000 triangles among
    2,200 men with 56 partners each, alpha 1e-4; power 0.9 at 3.1% off.
    """
    run = begin(3202, 4000, 40 / 365, 1.0 / 365, work_settings=("bar",), workers={"bar": "men"}, msm_share=1.0,
                fraction_female=0.3, leave_age=18.9, casual_rate={"msm": 365.0, "all": 0.0},
                pair_duration={"casual": 80.0}).run()  # fmt: skip
    alive, sex, birth, entered = rows(run, "alive", "sex", "birth", "entered")
    oldest = run.times[-1] - 18.9 + 1.0 / 12  # a candidate may be up to a month too old
    there = alive & (sex == codes.MALE) & (entered == 0) & (birth > oldest)
    a, b, kind = of_pairs(run, "pair_a", "pair_b", "kind")
    both = (kind != codes.NONE) & there[a] & there[b]
    number = np.cumsum(there) - 1
    a, b = number[a[both]], number[b[both]]
    n, couples = there.sum(), len(np.unique(np.minimum(a, b) * 10**6 + np.maximum(a, b)))
    triangles, _ = triangles_and_paths(a, b)
    p = 2.0 * couples / n / (n - 1.0)
    expected = n * (n - 1.0) * (n - 2.0) / 6.0 * p**3
    assert expected > 25_000
    assert abs(triangles - expected) < stats.norm.isf(ALPHA / 2) * np.sqrt(expected)


# Case 33

LIKE, ACTIVITY = 0.4, 2.0  # searches for one's like; readiness of clients relative to other men


@pytest.mark.case("33")
def test_mixing() -> None:
    """With assortativity w, a partner is of type j with probability w d_ij + (1 - w) c_j N_j / sum.

    Types: in sex work as worker or client, or not; w = 0.4, clients c = 2 times as ready as other men. Chi-square on
    casual pairs as they form, given the type of who looks, 4 cells, n = 43,000 and 17,000 pairs, alpha 1e-4; power 0.9
    if w is off by 0.02, or c by 8%.
    """
    run = begin(3301, 80_000, 5, sex_worker_share=0.3, leave_sex_work=1.0, client_share=0.5, stop_buying=1.0,
                casual_rate=0.6, male_activity={"clients": ACTIVITY, "all": 1.0}, pair_duration={"casual": 80.0},
                assortativity={"casual": LIKE, "all": 0.0}, start_age_to=100.0)  # fmt: skip
    market = np.isin(run.layout.tables["role_of"], (codes.CLIENT, codes.WORKER))
    pairs, expected = np.zeros((2, 2)), np.zeros((2, 2))
    for step in steps(run):
        group, alive, sex, birth = rows(run, "group", "alive", "sex", "birth")
        a, b, kind, since = of_pairs(run, "pair_a", "pair_b", "kind", "since")
        age = run.times[step] - birth
        # Young men are not yet as likely to buy; who looks is old enough to look for none of them.
        new = (kind == codes.CASUAL_PARTNER) & (since == step) & (age[a] > 40.0) & (age[a] < 80.0)
        np.add.at(pairs, (market[group[a[new]]].astype(int), market[group[b[new]]].astype(int)), 1)
        men = alive & (sex == codes.MALE) & (age > 25.0)
        ready = np.bincount(market[group[men]], minlength=2) * [1.0, ACTIVITY]
        looking = np.bincount(market[group[a[new]]], minlength=2)
        expected += looking[:, None] * (LIKE * np.eye(2) + (1.0 - LIKE) * ready / ready.sum())
    assert (pairs.sum(axis=1) > [40_000, 15_000]).all()
    statistic = ((pairs - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, 2) > ALPHA


# Case 34

GAP, SPREAD = 5.0, 4.0


def of_gaps() -> Callable[[np.ndarray], np.ndarray]:
    """The distribution function of the age gap: normal, and a candidate up to half a year older or younger.

    Months of birth shift the year of candidates by up to a month, to older men.
    """
    x = np.arange(-30.0, 40.0, 1.0 / 240)
    within = np.convolve(np.ones(240) / 240, np.ones(20) / 20)  # of a year, from half a year younger on; and a month
    density = np.convolve(stats.norm(GAP, SPREAD).pdf(x), within)[: len(x)]
    sums = np.cumsum(density) / 240

    def cdf(gap: np.ndarray) -> np.ndarray:
        return np.interp(gap + 0.5, x, sums)

    return cdf


def gaps(kind: int, seed: int, people: int, years: float, **given: object) -> tuple[np.ndarray, Engine]:
    """Age gaps, at their formation, of the pairs of women from 40 to 75; men are of all ages alike, up to 100."""
    run = begin(seed, people, years, age_gap=GAP, age_gap_spread=SPREAD, **given)
    found = []
    for step in steps(run):
        (birth,) = rows(run, "birth")
        a, b, kinds, since = of_pairs(run, "pair_a", "pair_b", "kind", "since")
        age = run.times[step] - birth[a]
        new = (kinds == kind) & (since == step) & (age > 40.0) & (age < 75.0)
        found.append(birth[a[new]] - birth[b[new]])
    return np.concatenate(found), run


@pytest.mark.case("34")
def test_age_gap_of_casual_pairs() -> None:
    """Casual partners are older by a normal age gap when they meet.

    Kolmogorov-Smirnov, n = 70,000 pairs of women from 40 to 75, alpha 1e-4; power 0.9 at a mean that is 0.1 years off
    or a spread that is 4% off.
    """
    found, run = gaps(codes.CASUAL_PARTNER, 3401, 40_000, 4, casual_rate={"women": 2.0, "all": 0.0},
                      pair_duration={"casual": 10.0})  # fmt: skip
    assert len(found) > 65_000
    assert run.count("unmatched").sum() == 0
    assert stats.kstest(found, of_gaps()).pvalue > ALPHA


@pytest.mark.case("34")
def test_age_gap_while_many_are_unmatched() -> None:
    """Husbands are older by the same age gap where most women who look find nobody, as they go on to look for that age.

    Kolmogorov-Smirnov, n = 55,000 pairs of women from 40 to 75, alpha 1e-4; power 0.9 at a mean that is 0.1 years off
    or a spread that is 4% off.
    """
    found, run = gaps(codes.SPOUSE, 3402, 40_000, 8, fraction_female=0.6, steady_rate={"women": 4.0, "all": 0.0},
                      pair_duration={"spouse": 1.0, "all": 1.0})  # fmt: skip
    assert len(found) > 50_000
    assert run.count("unmatched").sum() > run.count("pairs_formed").sum()
    assert stats.kstest(found, of_gaps()).pvalue > ALPHA


# Case 35


@pytest.mark.case("35")
def test_concurrency() -> None:
    """Of women with a casual partner, 1 - k e^-k / (1 - e^-k) have two or more, if their number is Poisson of mean k.

    k = 1.5 - 1/12, rate x duration less the pairs of the month that end in it: 0.547. Binomial, n = 22,000 women with a
    partner, after 6 and after 12 years, alpha 1e-4; power 0.9 at 0.017, which is 4% of k. Women who would find two in
    one month find the second in the next. The census counts the same women, exactly.
    """
    run = begin(3501, 60_000, 12, casual_rate={"women": 1.0, "all": 0.0}, fraction_female=0.4,
                pair_duration={"casual": 1.5})  # fmt: skip
    (women,) = groups(run, "women")
    one, several = 0, 0
    for step in steps(run):
        if step + 1 not in (72, 144):
            continue
        group, alive, birth, entered, partners = rows(run, "group", "alive", "birth", "entered", "casual_partners")
        there = alive & women[group]
        assert run.count("with_partner")[step] @ women == (there & (partners > 0)).sum()
        assert run.count("with_several")[step] @ women == (there & (partners > 1)).sum()
        seen = there & (entered == 0) & (run.times[step] - birth < 75.0)
        one += int((seen & (partners > 0)).sum())
        several += int((seen & (partners > 1)).sum())
    k = 1.5 - MONTH
    assert one > 20_000
    assert stats.binomtest(several, one, 1.0 - k * np.exp(-k) / -np.expm1(-k)).pvalue > ALPHA
