"""What people keep for life, and who sells and buys at the start, person by person."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kernels import whole_run
from kernels.by_name import (
    BROTHEL,
    CLIENT,
    FORMER,
    HOME,
    MEN,
    PLAIN,
    STREET,
    TIME,
    WIDE,
    WOMEN,
    Result,
    by_group,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.layout import Layout
from swmodel.model import contents
from swmodel.processes.demography import blocks_of
from swmodel.processes.traits import traits

ROUNDING = 2.0**-23  # of single precision, in which factors, traits and columns of pairs are kept
KEY = key_of(traits)
AGE = 30.0
QUARTERS = 188  # age cells, from 18 to 65
MALE = [codes.MALE] * 30


def chances(layout: Layout, amounts: dict[tuple[int, int], float], cells: int = QUARTERS) -> np.ndarray:
    """The chance of each group summed up by block; `amounts` by age cell (0 for those who enter later) and group.

    Of one class of people by their hazard of leaving; shape (1, 1 + cells, blocks, groups). Blocks of whom nothing is
    said are outside the market, in the first group of theirs.
    """
    t = layout.tables
    made = np.zeros((1 + cells, len(blocks_of(layout)), len(layout.groups)))
    for b, (population, site) in enumerate(blocks_of(layout).tolist()):
        inside = (t["population_of"] == population) & (t["site_of"] == site)
        for cell in range(1 + cells):
            weight = np.zeros(len(layout.groups))
            for (place, g), amount in amounts.items():
                weight[g] = amount if place == cell and inside[g] else weight[g]
            if not weight.any():
                weight[np.flatnonzero(inside & (t["role_of"] == codes.OUTSIDE))[0]] = 1.0
            made[cell, b] = np.cumsum(weight) / weight.sum()
    return made[None]


def draw(layout: Layout = PLAIN, **given: Any) -> Result:
    """Traits of people aged 30 who enter after the start, unless said otherwise."""
    t = layout.tables
    place = {tuple(block): b for b, block in enumerate(blocks_of(layout).tolist())}
    block_of = [place[p, s] for p, s in zip(t["population_of"].tolist(), t["site_of"].tolist(), strict=True)]
    works = t["role_of"] == codes.WORKER
    tables = {"block_of": block_of, "chance_of_group": chances(layout, {}), "class_above": [],
              "paused_at_start": [by_group({}, layout)],
              "paused_in": np.tile(np.cumsum(works) / works.sum(), (1, len(works), 1))}  # fmt: skip
    return call(traits, layout=layout, **{"step": 1, "birth": TIME - AGE, **tables, **given})


def at_age(layout: Layout, amounts: dict[int, float], age: float = AGE) -> np.ndarray:
    """The chances where groups have these amounts at one age, in quarters of a year."""
    return chances(layout, {(1 + int(4.0 * (age - 18.0)), g): amount for g, amount in amounts.items()})


def start(layout: Layout, amounts: dict[int, float], age: float = AGE, **given: Any) -> Result:
    """Traits at the first step, of people of one age, whose groups have these amounts at that age."""
    table = at_age(layout, amounts, age)
    return draw(layout, **{"step": 0, "birth": TIME - age, "chance_of_group": table, **given})


def u(number: int, n: int = 30, partner: int = 0, occasion: int = 0) -> np.ndarray:
    """The uniforms of a draw for uid 0 to n - 1."""
    return np.array([rng.uniform(KEY, uid, partner, occasion, number) for uid in range(n)])


def words(number: int, n: int = 30) -> np.ndarray:
    """The four words of a block of random numbers, as uniforms, for uid 0 to n - 1; shape (4, n)."""
    return np.array([rng.philox(uid, 0, 0, number, KEY) for uid in range(n)], float).T * rng.WORD


def test_nobody() -> None:
    """Without entrants nothing is drawn. Exact."""
    assert draw(people_rows=3, rows=[], circumcised_share=1.0, debt_share=1.0).touched == set()


def test_entrants_only() -> None:
    """People who entered before keep what they have. Exact."""
    given = {"circumcised_share": 1.0, "polygynous_share": 1.0, "debt_share": 1.0, "injecting_share": 1.0}
    result = draw(sex=[0, 1, 1, 0], group=[WOMEN, MEN, MEN, WOMEN], rows=[0, 2], leaving_shape=2.0, **given)
    for name in ("condom_propensity", "market_trait", "frailty", "need", "indebted", "injects", "leaving_trait"):
        assert result.changed(name) == [0, 2], name
    assert result.changed("circumcised") == result.changed("polygynous") == [2]


def test_traits_have_their_own_draws() -> None:
    """Each trait is keyed by the person and its own draw; clients' and workers' volumes have their own shape. Exact."""
    result = draw(sex=[0, 1], group=[WOMEN, MEN], uid=[5, 9], condom_spread=2.0, worker_volume_shape=0.5,
                  client_visit_shape=3.0, frailty_shape=7.0)  # fmt: skip
    for i, (uid, shape) in enumerate(((5, 0.5), (9, 3.0))):
        odds = math.exp(math.sqrt(0.5) * 2.0 * rng.normal(KEY, uid, 0, 0, 0))
        assert result.condom_propensity[i] == pytest.approx(odds, rel=ROUNDING)
        assert result.market_trait[i] == pytest.approx(rng.gamma(KEY, uid, 1, shape), rel=ROUNDING)
        assert result.frailty[i] == pytest.approx(rng.gamma(KEY, uid, 2, 7.0), rel=ROUNDING)


def test_no_spread() -> None:
    """With no spread in condoms everyone is the median person. Exact."""
    assert draw(people_rows=5, condom_spread=0.0).condom_propensity.tolist() == [1.0] * 5


@pytest.mark.parametrize(("share", "men"), [(0.0, []), (1.0, [1, 3])])
def test_traits_of_men(share: float, men: list[int]) -> None:
    """At a share of 0 no man is circumcised or polygynous, at 1 all are; women never. Exact."""
    result = draw(sex=[0, 1, 0, 1], group=[WOMEN, MEN] * 2, circumcised_share=share, polygynous_share=share)
    assert result.changed("circumcised") == result.changed("polygynous") == men


def test_circumcision_is_by_the_group_of_entry() -> None:
    """Each site has its share, by a keyed uniform; trans women may be circumcised, and no woman is. Exact; n = 30."""
    groups = [group_of(name, WIDE) for name in ("men:general@port", "men:general@lake", "trans_women@lake")]
    shares = {"port": 0.0, "lake": 0.5, "women@lake": 1.0}
    result = draw(WIDE, sex=MALE, group=groups * 10, circumcised_share=shares)
    expected = (words(7)[0] < 0.5) & (np.arange(30) % 3 > 0)
    assert result.circumcised.tolist() == expected.tolist() and 0 < expected.sum() < 20
    assert not draw(WIDE, group=[group_of("women@lake", WIDE)], circumcised_share=1.0).circumcised.any()


def test_polygyny_is_of_men_of_both_sorts() -> None:
    """Men and MSM may have two steady partners, women and trans women may not. Exact."""
    group = [group_of(f"{name}@port", WIDE) for name in ("women", "men:drivers", "msm", "trans_women")]
    result = draw(WIDE, sex=[0, 1, 1, 1], group=group, polygynous_share=1.0)
    assert result.polygynous.tolist() == [False, True, True, False]


def test_education_is_drawn_by_the_shares() -> None:
    """Levels take their shares of the sum, by a keyed uniform; shares need not sum to 1. Exact; n = 30."""
    for scale in (1.0, 4.0):
        shares = {"none": 0.25 * scale, "primary": 0.5 * scale, "secondary": 0.25 * scale}
        result = draw(people_rows=30, education_share=shares)
        assert result.education.tolist() == np.searchsorted([0.25, 0.75], words(6)[2]).tolist()
        assert set(result.education) == {0, 1, 2}
    assert set(draw(people_rows=30, education_share={"none": 0, "primary": 1, "secondary": 0}).education) == {1}


def test_need_debt_and_injecting() -> None:
    """Need is a rank, debt has its share, injecting that of the group; each by a word of its own. Exact; n = 30."""
    group = [WOMEN, MEN] * 15
    shares = {"women": 0.25, "men": 0.75, "all": 1.0}
    result = draw(sex=[0, 1] * 15, group=group, debt_share=0.4, injecting_share=shares)
    need, debt, _, injects = words(6)
    assert result.need.tolist() == need.astype(np.float32).tolist()
    assert result.indebted.tolist() == (debt < 0.4).tolist()
    assert result.injects.tolist() == (injects < np.array([0.25, 0.75] * 15)).tolist()
    assert not draw(people_rows=30, debt_share=0.0).indebted.any()
    assert not draw(people_rows=30).injects.any()


def test_positions() -> None:
    """MSM are receptive, versatile or insertive by their shares and one word; trans women receptive; others neither.

    Exact; n = 30.
    """
    msm = group_of("msm@lake", WIDE)
    result = draw(WIDE, sex=MALE, group=[msm] * 30, receptive_share=0.2, insertive_share=0.3)
    place = np.searchsorted([0.2, 0.7], words(7)[2])
    expected = np.array([codes.RECEPTIVE, codes.VERSATILE, codes.INSERTIVE])[place]
    assert result.position.tolist() == expected.tolist() and len(set(place)) == 3
    others = [group_of(f"{name}@lake", WIDE) for name in ("women", "men:general", "trans_women")]
    found = draw(WIDE, sex=[0, 1, 1], group=others, receptive_share=0.5, insertive_share=0.5)
    assert found.position.tolist() == [codes.VERSATILE, codes.VERSATILE, codes.RECEPTIVE]


def test_who_is_bisexual() -> None:
    """A share of MSM, by a word of its own, and nobody else. Exact; n = 30."""
    msm = group_of("msm@port", WIDE)
    result = draw(WIDE, sex=MALE, group=[msm] * 30, bisexual_share=0.4)
    assert result.bisexual.tolist() == (words(7)[3] < 0.4).tolist() and 0 < result.bisexual.sum() < 30
    others = [group_of(f"{name}@port", WIDE) for name in ("women", "men:general", "trans_women")]
    assert not draw(WIDE, sex=[0, 1, 1], group=others, bisexual_share=1.0).bisexual.any()


def test_volume_is_of_sellers_or_of_buyers() -> None:
    """Men and MSM have the shape of clients unless they sell; women and trans women that of workers. Exact."""
    names = ("women", "men:general", "msm", "park", "clients_of_men", "trans_women", "club")
    group = [group_of(f"{name}@port", WIDE) for name in names]
    result = draw(WIDE, group=group, immigrant=True, worker_volume_shape=0.5, client_visit_shape=3.0)
    shapes = [0.5, 3.0, 3.0, 0.5, 3.0, 0.5, 0.5]
    assert result.market_trait.tolist() == pytest.approx(
        [rng.gamma(KEY, uid, 1, shape) for uid, shape in enumerate(shapes)], rel=ROUNDING
    )


def test_leaving_trait_of_entrants() -> None:
    """A gamma of the shape, mean 1, whoever they are: later, and at the start outside, selling or stopped. Exact.

    From a shape of 1000 on everybody is alike.
    """
    expected = pytest.approx([rng.gamma(KEY, k, 3, 4.0) for k in range(3)], rel=ROUNDING)
    assert draw(people_rows=3, leaving_shape=4.0).leaving_trait.tolist() == expected
    for g in (WOMEN, BROTHEL, FORMER):
        first = start(PLAIN, {g: 1.0}, people_rows=3, leaving_shape=4.0)
        assert set(first.group) == {g} and first.leaving_trait.tolist() == expected
    some = draw(people_rows=3, leaving_shape=999.0).leaving_trait
    assert some.tolist() == pytest.approx([rng.gamma(KEY, k, 3, 999.0) for k in range(3)], rel=ROUNDING)
    assert draw(people_rows=3, leaving_shape=1000.0).leaving_trait.tolist() == [1.0] * 3


def leaving_classes(*edges: float) -> np.ndarray:
    """The class of each of 30 people whose hazard is gamma of shape 2: how many of the edges it is above."""
    return np.array([sum(rng.gamma(KEY, uid, 3, 2.0) > edge for edge in edges) for uid in range(30)])


def test_groups_at_the_start_are_by_who_stays_long() -> None:
    """Those of an age are of the groups of their class, by their own hazard of leaving between two edges. Exact.

    n = 30. The same keyed uniform falls into the chances of three classes, in which ever more have stopped.
    """
    sell = (0.9, 0.5, 0.1)
    table = np.concatenate([at_age(PLAIN, {HOME: share, FORMER: 1.0 - share}) for share in sell])
    paused = {"paused_at_start": [by_group({})] * 3, "paused_in": np.ones((3, len(PLAIN.groups), len(PLAIN.groups)))}
    result = draw(step=0, people_rows=30, chance_of_group=table, class_above=[0.6, 1.2], leaving_shape=2.0, **paused)
    of_class = leaving_classes(0.6, 1.2)
    assert result.group.tolist() == np.where(u(5) < np.array(sell)[of_class], HOME, FORMER).tolist()
    assert np.bincount(of_class).min() >= 5 and set(result.group) == {HOME, FORMER}
    alike = draw(step=0, people_rows=30, chance_of_group=table)  # one class, of everybody
    assert alike.group.tolist() == np.where(u(5) < 0.9, HOME, FORMER).tolist()
    late = np.concatenate([chances(PLAIN, {(0, g): 1.0}) for g in (WOMEN, STREET, HOME)])
    later = draw(people_rows=30, chance_of_group=late, class_above=[0.6, 1.2], leaving_shape=2.0)
    assert later.group.tolist() == np.array([WOMEN, STREET, HOME])[of_class].tolist()


def test_pauses_at_the_start_are_by_who_stays_long() -> None:
    """Whether former workers pause, and which setting they left, has the shares of their class. Exact; n = 30."""
    table = np.concatenate([at_age(PLAIN, {FORMER: 1.0})] * 2)
    left = np.zeros((2, len(PLAIN.groups), len(PLAIN.groups)))
    for k, setting in enumerate((STREET, HOME)):
        left[k, FORMER] = np.cumsum(by_group({setting: 1.0}))
    paused = [by_group({FORMER: share}) for share in (0.75, 0.25)]
    result = draw(step=0, people_rows=30, chance_of_group=table, class_above=[0.8], leaving_shape=2.0,
                  paused_at_start=paused, paused_in=left)  # fmt: skip
    of_class = leaving_classes(0.8)
    expected = u(12) < np.array([0.75, 0.25])[of_class]
    assert result.paused.tolist() == expected.tolist()
    assert result.last_group.tolist() == np.array([STREET, HOME])[of_class].tolist()
    assert all(0 < expected[of_class == k].sum() < (of_class == k).sum() for k in (0, 1))


def test_groups_at_the_start_follow_their_chances() -> None:
    """Those of an age are of the groups of their block by a keyed uniform, and of no other block. Exact; n = 30."""
    amounts = {WOMEN: 0.4, BROTHEL: 0.1, STREET: 0.1, HOME: 0.2, FORMER: 0.2, MEN: 0.5, CLIENT: 0.5}
    women = start(PLAIN, amounts, people_rows=30)
    order = np.array([WOMEN, BROTHEL, STREET, HOME, FORMER])
    assert women.group.tolist() == order[np.searchsorted([0.4, 0.5, 0.6, 0.8], u(5))].tolist()
    assert len(set(women.group)) >= 4
    men = start(PLAIN, amounts, sex=MALE, group=MEN)
    assert men.group.tolist() == np.where(u(5) < 0.5, MEN, CLIENT).tolist()


def test_groups_at_the_start_are_by_age() -> None:
    """The cell of a person's age in quarters is taken, from the first to the last, and beyond it the last. Exact."""
    table = chances(PLAIN, {(1, HOME): 1.0, (2, BROTHEL): 1.0, (4, STREET): 1.0}, cells=4)
    ages = np.array([18.0, 18.2, 18.25, 18.6, 18.75, 60.0])
    result = draw(step=0, birth=TIME - ages, chance_of_group=table)
    assert result.group.tolist() == [HOME, HOME, BROTHEL, WOMEN, STREET, STREET]


def test_groups_later_are_those_of_entrants() -> None:
    """Who enters later takes the chances of place 0, whatever the age: outside the market, by occupation. Exact."""
    general, drivers = (group_of(f"men:{name}@lake", WIDE) for name in WIDE.occupations)
    park = group_of("park@lake", WIDE)
    table = chances(WIDE, {(0, general): 0.25, (0, drivers): 0.75, (49, park): 1.0})
    result = draw(WIDE, sex=MALE, group=[general] * 30, chance_of_group=table)
    assert result.group.tolist() == np.where(u(5) < 0.25, general, drivers).tolist()
    msm = group_of("msm@lake", WIDE)
    assert draw(WIDE, sex=[1], group=[msm], chance_of_group=table).changed("group") == []


@pytest.mark.parametrize("step", [0, 1])
def test_immigrants_keep_their_group(step: int) -> None:
    """Who came to sell keeps the setting, at the start too, with traits as others have and a first spell. Exact."""
    came = [BROTHEL, STREET, HOME] * 10
    table = chances(PLAIN, {(cell, WOMEN): 1.0 for cell in range(1 + QUARTERS)})
    result = draw(step=step, group=[*came, WOMEN], immigrant=[True] * 30 + [False], chance_of_group=table)
    assert result.group.tolist() == [*came, WOMEN]
    for name in ("condom_propensity", "market_trait", "frailty"):
        assert result.changed(name) == list(range(31))
    assert result.spells.tolist() == [1] * 30 + [0]


def test_immigrants_have_not_sold_before() -> None:
    """At the start an immigrant's hazard of leaving is that of who begins, and none of them pauses. Exact."""
    result = draw(step=0, group=[BROTHEL] * 3, immigrant=True, leaving_shape=4.0)
    assert set(result.spells) == {1} and not result.paused.any()
    assert result.leaving_trait.tolist() == pytest.approx([rng.gamma(KEY, k, 3, 4.0) for k in range(3)], rel=ROUNDING)


def test_spells_at_the_start_began_before() -> None:
    """Of those who sell at the start, the spell has gone on for an exponential time, at most since 18. Exact; n = 30.

    In whole steps, by the hazard of leaving of the setting and their own trait.
    """
    rates = {"home": 0.5, "all": 9.0}
    result = start(PLAIN, {HOME: 1.0}, age=22.0, people_rows=30, leave_sex_work=rates, leaving_shape=4.0)
    waits = np.array([rng.exponential(KEY, uid, 0, 0, 13) for uid in range(30)])
    years = np.minimum(waits / (0.5 * result.leaving_trait), 4.0)
    assert result.spell_start.tolist() == (-np.floor(years * 12.0 + 1e-9)).astype(int).tolist()
    assert (years == 4.0).any() and (years < 4.0).any() and set(result.spells) == {1}


def test_spells_of_those_who_come_later_begin_now() -> None:
    """An immigrant of step 7 begins then; nobody else has a spell. Exact."""
    result = draw(step=7, group=[BROTHEL, WOMEN], immigrant=[True, False])
    assert result.spell_start.tolist() == [7, 0] and result.spells.tolist() == [1, 0]


def test_nobody_sold_before_eighteen() -> None:
    """Where nobody ever leaves, those who sell at the start began at 18 at the earliest. Exact."""
    result = start(PLAIN, {HOME: 1.0}, age=18.5, people_rows=30, leave_sex_work=0.0)
    assert result.spell_start.min() >= -6


def test_managers_and_part_time_at_the_start() -> None:
    """By keyed uniforms of the first spell, with the shares of the setting; nobody else has either. Exact; n = 30."""
    given = {"part_time_share": {"street": 0.5, "all": 0.0}, "manager_control": {"street": 0.25, "all": 0.0}}
    result = start(PLAIN, {STREET: 1.0}, people_rows=30, **given)
    part_time, managed = (u(number, partner=4, occasion=1) < share for number, share in ((0, 0.5), (1, 0.25)))
    assert result.part_time.tolist() == part_time.tolist() and result.managed.tolist() == managed.tolist()
    assert 0 < part_time.sum() < 30 and 0 < managed.sum() < 30
    for g in (HOME, WOMEN, FORMER):
        other = start(PLAIN, {g: 1.0}, people_rows=30, **given)
        assert not other.part_time.any() and not other.managed.any()


def test_who_pauses_at_the_start_has_begun_before() -> None:
    """Their spell, its start, manager and hours are those of the setting they left, as workers'. Exact; n = 30."""
    left = np.zeros((1, len(PLAIN.groups), len(PLAIN.groups)))
    left[0, FORMER] = np.cumsum(by_group({STREET: 1.0}))
    given = {"part_time_share": {"street": 0.5, "all": 0.0}, "manager_control": {"street": 0.25, "all": 0.0},
             "leave_sex_work": {"street": 0.5, "all": 9.0}, "people_rows": 30}  # fmt: skip
    paused = [by_group({FORMER: 1.0})]
    pauses = start(PLAIN, {FORMER: 1.0}, paused_at_start=paused, paused_in=left, **given)
    works, stopped = start(PLAIN, {STREET: 1.0}, **given), start(PLAIN, {FORMER: 1.0}, paused_in=left, **given)
    for name in ("spells", "spell_start", "part_time", "managed"):
        assert getattr(pauses, name).tolist() == getattr(works, name).tolist() and getattr(works, name).any()
        assert name not in stopped.touched


def test_who_pauses_at_the_start() -> None:
    """A share of those who stopped, by a keyed uniform; nobody else, and nobody later. Exact; n = 30."""
    paused = [by_group({FORMER: 0.4, BROTHEL: 1.0, WOMEN: 1.0})]
    result = start(PLAIN, {FORMER: 1.0}, people_rows=30, paused_at_start=paused)
    assert result.paused.tolist() == (u(12) < 0.4).tolist() and 0 < result.paused.sum() < 30
    for g in (BROTHEL, WOMEN):
        other = start(PLAIN, {g: 1.0}, people_rows=30, paused_at_start=paused)
        assert not other.paused.any() and "last_group" not in other.touched


def test_the_setting_of_a_pause_at_the_start_follows_the_shares() -> None:
    """A keyed uniform falls into the running shares of settings, by group of former workers. Exact; n = 30."""
    left = np.zeros((1, len(PLAIN.groups), len(PLAIN.groups)))
    left[0, FORMER] = np.cumsum(by_group({BROTHEL: 0.5, STREET: 0.2, HOME: 0.3}))
    result = start(PLAIN, {FORMER: 1.0}, people_rows=30, paused_at_start=[by_group({FORMER: 1.0})], paused_in=left)
    expected = np.array([BROTHEL, STREET, HOME])[np.searchsorted([0.5, 0.7], u(14), side="right")]
    assert result.last_group.tolist() == expected.tolist() and len(set(expected.tolist())) == 3


def test_who_pauses_at_the_start_has_a_setting_to_return_to() -> None:
    """The group to which who pauses at the start returns is a work setting of their population. Exact; 60 or more.

    After the first step of a run of 4,000 people with everything on; nobody has paused since, as pauses are counted.
    """
    scenario = replace(whole_run.everything(4000, 1986), stop=1985.0 + 1 / 12)
    never = {"pause_rate": {1984.9: 0.5, 1985.0: 0.5, 1985.01: 0.0}}  # pauses before the run, and none in it
    scenario = replace(scenario, parameters={**scenario.parameters, **never})
    engine = Engine(scenario, contents(scenario), 3).run()
    paused = engine.attribute("paused")
    assert paused.sum() >= 60 and not engine.count("pauses").any()
    t = scenario.layout.tables
    group, last = engine.attribute("group")[paused], engine.attribute("last_group")[paused]
    assert (t["role_of"][last] == codes.WORKER).all()
    assert (t["population_of"][last] == t["population_of"][group]).all()
