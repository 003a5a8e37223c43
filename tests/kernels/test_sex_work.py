"""Starting, pausing, changing the setting of and leaving sex work, starting and stopping to buy, person by person."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    HOME,
    MEN,
    STREET,
    TIME,
    WIDE,
    WOMEN,
    Result,
    by_group,
    group_of,
)
from kernels.movers import KEY, SELLS, move, spent, u, v
from swmodel import codes, rng


def test_nobody() -> None:
    """No people: nothing happens. Exact."""
    assert move(people_rows=0).touched == set()


def test_each_clock_falls_by_the_hazard_of_its_group() -> None:
    """Women by all starts, men by that of buying, clients and workers by their own, former workers by starts too.

    Exact.
    """
    group = [WOMEN, MEN, CLIENT, BROTHEL, STREET, FORMER]
    leaving = {"brothel": 0.5, "street": 0.25, "all": 9.0}
    result = move(group=group, role_clock=1.0, leave_sex_work=leaving, stop_buying=0.6)
    hazards = [SELLS, 0.2, 0.6, 0.5, 0.25, SELLS]
    assert (1.0 - result.role_clock).tolist() == pytest.approx([h * DT for h in hazards], abs=1e-15)
    assert result.touched == {"role_clock"}


def test_hazards_of_a_worker_add_up() -> None:
    """Leaving for good, pauses and changes of setting; pauses and changes by the setting, and of no one else. Exact."""
    rates = {"pause_rate": {"brothel": 1.0, "all": 0.5}, "switch_rate": {"brothel": 2.0, "all": 0.25}}
    found = spent(group=[BROTHEL, STREET, WOMEN, CLIENT, FORMER], leave_sex_work=0.125, stop_buying=0.0, **rates)
    assert found == pytest.approx([3.125, 0.875, SELLS, 0.0, SELLS], abs=1e-12)


def test_no_hazard_no_change() -> None:
    """Where all hazards are zero, nobody moves and no clock runs. Exact."""
    group = [WOMEN, MEN, CLIENT, BROTHEL, FORMER]
    zero = {"start_hazard": [[0.0] * 7], "stop_buying": 0.0, "leave_sex_work": 0.0, "restart_ratio": 5.0}
    assert move(group=group, role_clock=1e-300, **zero).touched == set()
    assert 1 not in move(group=group, role_clock=1e-300, start_hazard=[by_group({BROTHEL: 1.0})]).changed("group")


def test_everyone_moves_to_another_role() -> None:
    """Clocks at zero: workers leave for good, clients stop, men begin to buy, women and former workers start. Exact.

    In the only setting that takes; starts, ends and their years are counted by setting.
    """
    group = [WOMEN, MEN, CLIENT, BROTHEL, HOME, FORMER]
    result = move(group=group, role_clock=0.0, start_hazard=[by_group({STREET: 0.2, CLIENT: 0.1})] * 24, step=23,
                  spell_start=[0, 0, 0, 12, 0, 0], leave_sex_work=0.1)  # fmt: skip
    assert result.group.tolist() == [STREET, CLIENT, MEN, FORMER, FORMER, STREET]
    assert result.role_times.tolist() == [1] * 6
    assert result.spells.tolist() == [1, 0, 0, 0, 0, 1] and result.spell_start.tolist() == [23, 0, 0, 12, 0, 23]
    counted = {"spells_begun": {STREET: 2}, "spells_ended": {BROTHEL: 1, HOME: 1}, "buying_begun": {CLIENT: 1},
               "buying_ended": {CLIENT: 1}, "spell_years": {BROTHEL: 961195, HOME: 2009771}}  # fmt: skip
    for name, counter in result.counters.items():
        assert counter.tolist() == by_group(counted.get(name, {})), name
    assert result.changed("last_group") == [3, 4] and result.last_group[3:5].tolist() == [BROTHEL, HOME]
    assert result.touched == {"group", "role_clock", "role_times", "spells", "spell_start", "last_group", *counted}


def test_the_hazard_of_the_step_is_taken() -> None:
    """Starts follow the row of the table for this step. Exact."""
    table = [by_group({HOME: 9.0}), by_group({BROTHEL: 9.0})]
    assert move(people_rows=3, role_clock=0.1, start_hazard=table, step=1).group.tolist() == [BROTHEL] * 3


def test_settings_are_drawn_in_proportion_to_their_hazards() -> None:
    """A keyed uniform falls into the running sum of the hazards. Exact; n = 50."""
    result = move(people_rows=50, role_clock=0.0, role_times=3)
    assert result.group.tolist() == (BROTHEL + np.searchsorted([1 / 6, 1 / 2], u(4))).tolist()
    assert set(result.group) == {BROTHEL, STREET, HOME}


def test_nobody_starts_from_the_age_limit_on() -> None:
    """A woman exactly at the limit does not start, one just below does; both draw their next threshold. Exact."""
    result = move(birth=[TIME - 45.0, TIME - 45.0 + 2.0**-20], role_clock=0.0, start_age_to=45.0)
    assert result.changed("group") == [1]
    assert result.changed("role_clock") == result.changed("role_times") == [0, 1]


def test_men_buy_at_any_age() -> None:
    """The age limit is for selling only. Exact."""
    assert move(group=[MEN], birth=TIME - 60.0, role_clock=0.0).group.tolist() == [CLIENT]


def test_workers_leave_at_any_age() -> None:
    """The age limit is for starting only. Exact."""
    assert move(group=[BROTHEL], birth=TIME - 60.0, role_clock=0.0).group.tolist() == [FORMER]


def test_pauses_are_drawn_by_their_hazard() -> None:
    """Leaving, pausing and changing share a clock; a keyed uniform says which. Exact; n = 50.

    Who pauses is among those who stopped, and the spell goes on; the setting that was left is kept of all who stop.
    """
    rates = {"leave_sex_work": 1.0, "pause_rate": 2.0, "switch_rate": 1.0}
    result = move(group=[STREET] * 50, role_clock=0.0, spells=2, spell_start=-5, **rates)
    place = np.searchsorted([0.25, 0.75], u(1))
    assert result.changed("paused") == np.flatnonzero(place == 1).tolist()
    assert (result.group[place < 2] == FORMER).all() and set(result.group[place == 2]) == {BROTHEL, HOME}
    assert set(result.last_group[place < 2]) == {STREET} and not result.last_group[place == 2].any()
    assert not {"spells", "spell_start"} & result.touched
    counts = [int((place == k).sum()) for k in range(3)]
    assert min(counts) > 0
    assert [result.counters[name].sum() for name in ("spells_ended", "pauses", "switches")] == counts
    assert result.counters["pauses"][STREET] == counts[1]


def test_who_pauses_returns_where_she_was() -> None:
    """At the rate of the setting that was left, not at that of starting; a spell more, begun when it was. Exact."""
    rates = {"resume_rate": {"home": 6.0, "all": 3.0}}
    given = {"group": [FORMER, FORMER], "paused": True, "last_group": [HOME, STREET]}
    assert spent(**given, **rates) == pytest.approx([6.0, 3.0], rel=1e-12)
    result = move(role_clock=0.0, spells=[1, 3], spell_start=-7, part_time=True, managed=[1, 0], **given, **rates)
    assert result.group.tolist() == [HOME, STREET] and not result.paused.any()
    assert result.spells.tolist() == [2, 4]
    assert result.counters["returns"].tolist() == by_group({HOME: 1, STREET: 1})
    assert not {"spell_start", "part_time", "managed", "spells_begun"} & result.touched


def test_who_pauses_may_return_at_another_site() -> None:
    """Who has moved in the meantime returns to the same sort of setting at the site where they are. Exact."""
    club, former = group_of("club@port", WIDE), group_of("former_tsw@lake", WIDE)
    result = move(layout=WIDE, group=[former], paused=True, last_group=club, role_clock=0.0,
                  start_hazard=[by_group({}, WIDE)])  # fmt: skip
    assert result.group.tolist() == [group_of("club@lake", WIDE)]


def test_changes_of_setting_follow_the_shares() -> None:
    """To another setting, in proportion to how many work there, by a keyed uniform; part-time as people there do.


    Counted by the new setting; the manager stays. Exact; n = 50.
    """
    given = {"role_clock": 0.0, "leave_sex_work": 0.0, "switch_rate": 1.0, "spells": 1, "managed": True}
    shares = {"brothel": 0.5, "street": 0.1, "home": 0.3}
    part = {"home": 0.5, "brothel": 0.75, "all": 0.0}
    result = move(group=[BROTHEL] * 50, part_time=True, sex_worker_share=shares, part_time_share=part, **given)
    drawn = np.array([rng.uniform(KEY, uid, 5, 1, 0) for uid in range(50)])
    assert result.part_time.tolist() == ((result.group == HOME) & (drawn < 0.5)).tolist()
    assert 0 < result.part_time.sum() < 50
    assert result.group.tolist() == np.where(v(1) < 0.25, STREET, HOME).tolist()
    homes = int((result.group == HOME).sum())
    assert result.counters["switches"].tolist() == by_group({STREET: 50 - homes, HOME: homes}) and 0 < homes < 50
    assert result.touched == {"group", "role_clock", "role_times", "switches", "part_time"}


def test_changes_of_setting_keep_population_and_site() -> None:
    """A man who sells has no other setting at his site, and stays; a woman goes to the other one at hers. Exact."""
    park, bar, street = (group_of(name, WIDE) for name in ("park@lake", "bar@lake", "street@lake"))
    result = move(layout=WIDE, group=[park, bar, street], role_clock=0.0, switch_rate=1.0,
                  leave_sex_work=0.0, start_hazard=[by_group({}, WIDE)], sex_worker_share=0.1)  # fmt: skip
    assert result.group.tolist() == [park, street, bar]
    assert result.changed("role_times") == [0, 1, 2]


def test_a_relative_hazard_of_changing_setting() -> None:
    """The factor is on changes of setting alone: on the clock, on which of those whose clock runs out change, and on
    what is carried. Exact; n = 50.
    """
    rates = {"leave_sex_work": 0.5, "pause_rate": 0.25, "switch_rate": {"brothel": 0.25, "home": 0.5, "all": 0.0}}
    group, factor = [BROTHEL, HOME, STREET, BROTHEL, WOMEN, CLIENT, FORMER], [5.0, 5.0, 5.0, 0.0, 5.0, 5.0, 5.0]
    plain, faster = (np.array(spent(group=group, moving_rate=f, stop_buying=0.6, **rates)) for f in (1.0, factor))
    assert (faster - plain).tolist() == pytest.approx([1.0, 2.0, 0.0, -0.25, 0.0, 0.0, 0.0], abs=1e-12)
    shares = {"street": 0.1, "all": 0.0}
    for ratio, changed in ((5.0, u(1) >= 0.375), (0.0, np.zeros(50, bool)), (1.0, u(1) >= 0.75)):
        result = move(group=[BROTHEL] * 50, role_clock=0.0, moving_rate=ratio, sex_worker_share=shares, **rates)
        assert (result.group == STREET).tolist() == changed.tolist()
    moved = move(group=[BROTHEL], role_clock=0.25 * 40.0 * DT, moving_rate=20.0, leave_sex_work=0.0,
                 switch_rate={"brothel": 2.0, "all": 1.0}, sex_worker_share=shares)  # fmt: skip
    assert moved.group.tolist() == [STREET] and carried(moved) == pytest.approx([0.75 * 20.0 * DT], rel=1e-12)


def test_who_is_pushed_out_goes_where_the_pull_is() -> None:
    """Of those who change at five times the usual hazard, four in five are pushed, and go home only, where alone there
    is a pull; who changes anyway goes home or to the street alike. Exact; n = 50.
    """
    rates = {"leave_sex_work": 0.0, "switch_rate": {"brothel": 0.25, "all": 0.0},
             "sex_worker_share": {"street": 0.1, "home": 0.1, "all": 0.0}}  # fmt: skip
    result = move(
        group=[BROTHEL] * 50, role_clock=0.0, moving_rate=5.0, displaced_to={"home": 1.0, "all": 0.0}, **rates
    )
    pushed = u(1) >= 0.2
    assert (result.group[pushed] == HOME).all() and pushed.sum() > 30
    anyway = move(
        group=[BROTHEL] * 50, role_clock=0.0, moving_rate=1.0, displaced_to={"home": 1.0, "all": 0.0}, **rates
    )
    assert (result.group[~pushed] == anyway.group[~pushed]).all() and len(set(anyway.group.tolist())) == 2


def test_changes_where_nobody_else_works() -> None:
    """Where no other setting has a share she stays, draws the next threshold, and counts as no change. Exact."""
    result = move(group=[BROTHEL], role_clock=0.0, leave_sex_work=0.0, switch_rate=1.0,
                  sex_worker_share={"brothel": 0.5, "all": 0.0})  # fmt: skip
    assert result.group.tolist() == [BROTHEL] and result.role_times.tolist() == [1]
    assert not result.counters["switches"].any()


def test_roles_of_every_population_and_site() -> None:
    """With two sites, everybody starts and stops within their population, occupation and site. Exact."""
    place = {name: group_of(name, WIDE) for name in WIDE.group_names}
    shares = {g: 0.1 for g, one in enumerate(WIDE.groups) if one.role in (codes.CLIENT, codes.WORKER)}
    only = {"club@lake", "park@port", "clients_of_women:drivers@port", "bar@lake"}
    start = by_group({place[name]: 0.5 for name in only}, WIDE)
    moves = {
        "trans_women@lake": "club@lake", "former_tsw@lake": "club@lake", "trans_women@port": "trans_women@port",
        "msm@port": "park@port", "former_msw@port": "park@port", "msm@lake": "msm@lake",
        "men:drivers@port": "clients_of_women:drivers@port", "men:general@port": "men:general@port",
        "women@lake": "bar@lake", "women@port": "women@port",
        "clients_of_women:general@lake": "men:general@lake", "clients_of_trans_women@port": "msm@port",
        "clients_of_men@lake": "msm@lake", "park@lake": "former_msw@lake", "club@port": "former_tsw@port",
    }  # fmt: skip
    result = move(layout=WIDE, group=[place[name] for name in moves], role_clock=0.0,
                  start_hazard=[start], sex_worker_share=0.1)  # fmt: skip
    stays = [k for k, (before, after) in enumerate(moves.items()) if before == after]
    waiting = move(layout=WIDE, group=[place[name] for name in moves], role_clock=1e-300,
                   start_hazard=[start], sex_worker_share=0.1)  # fmt: skip
    found = [WIDE.group_names[g] for g in result.group]
    assert found == list(moves.values()) and len(shares) == 16
    assert [k for k in range(len(moves)) if k not in waiting.changed("role_clock")] == stays


def test_men_who_have_sex_with_men_may_sell_or_buy() -> None:
    """The clock of one who does neither has the hazards of both; a keyed uniform says which. Exact; n = 50."""
    msm, park, buyer, other = (
        group_of(f"{name}@port", WIDE) for name in ("msm", "park", "clients_of_men", "clients_of_trans_women")
    )
    start = by_group({park: 0.25, buyer: 0.5, other: 0.25}, WIDE)
    result = move(layout=WIDE, group=[msm] * 50, role_clock=0.0, start_hazard=[start])
    order = sorted((buyer, park, other))
    sums = np.cumsum([start[g] for g in order])[:-1]
    assert result.group.tolist() == np.array(order)[np.searchsorted(sums, u(1))].tolist()
    assert result.changed("spells") == np.flatnonzero(result.group == park).tolist()


def test_the_dead_are_passed_over() -> None:
    """Rows of nobody are not listed, and keep group and count of changes. Exact."""
    group = [WOMEN, MEN, CLIENT, BROTHEL, FORMER]
    result = move(group=group, alive=False, immigrant=True, return_home_share=1.0, role_clock=0.0)
    assert result.touched <= {"role_clock"} and len(result.turning) == 0


@pytest.mark.parametrize(("share", "leavers"), [(0.0, []), (1.0, [0, 1, 2, 3, 4])])
def test_immigrants_go_home_with_their_share(share: float, leavers: list[int]) -> None:
    """At a share of 0 no immigrant moves away when she leaves, at 1 all do; others never. Exact."""
    result = move(group=[BROTHEL] * 8, immigrant=[True] * 5 + [False] * 3, role_clock=0.0, return_home_share=share)
    assert result.group.tolist() == [FORMER] * 8
    assert result.changed("cause") == leavers
    assert result.cause[leavers].tolist() == [codes.MOVED_AWAY] * len(leavers)


def test_immigrants_who_stay_in_sex_work_stay() -> None:
    """An immigrant whose clock has time left, who pauses or changes the setting, does not move away. Exact."""
    given = {"group": [BROTHEL] * 5, "immigrant": True, "return_home_share": 1.0}
    assert move(**given).touched == set()
    for rate in ("pause_rate", "switch_rate"):
        assert "cause" not in move(role_clock=0.0, leave_sex_work=0.0, **{rate: 1.0}, **given).touched


def carried(result: Result, times: int = 1) -> list[float]:
    """The hazard that was taken off each new threshold, which is keyed by person and occasion."""
    drawn = [rng.exponential(KEY, uid, 0, times, 0) for uid in result.uid]
    return (np.array(drawn) - result.role_clock).tolist()


def test_what_is_left_of_the_step_is_spent_in_the_new_role() -> None:
    """The new threshold is keyed by person and occasion, less the rest of the step at the new hazard. Exact."""
    half = 0.5 * DT
    result = move(group=[BROTHEL, BROTHEL], uid=[4, 9], role_times=2, role_clock=half / 4, leave_sex_work=0.5)
    assert carried(result, 3) == pytest.approx([0.75 * SELLS * DT] * 2, abs=1e-15)


def test_what_is_carried_is_at_the_hazard_of_the_new_role() -> None:
    """A quarter into the step: leaving, stopping to buy, pausing, returning and changing the setting. Exact."""
    cases = {  # group before: hazard before, what is given, hazard after
        "stops": (CLIENT, 0.6, {"stop_buying": 0.6}, 0.2),
        "buys": (MEN, 0.2, {"stop_buying": 0.6}, 0.6),
        "leaves": (BROTHEL, 0.5, {"leave_sex_work": 0.5, "restart_ratio": 2.0}, 2.0 * SELLS),
        "pauses": (BROTHEL, 0.5, {"leave_sex_work": 0.0, "pause_rate": 0.5, "resume_rate": 3.0}, 3.0),
        "returns": (FORMER, 3.0, {"resume_rate": 3.0, "paused": True, "last_group": HOME, "leave_sex_work": 0.25,
                                  "pause_rate": 0.5, "leaving_trait": 2.0}, 1.0),
        "switches": (BROTHEL, 0.5, {"leave_sex_work": {"street": 4.0, "all": 0.0}, "leaving_trait": 0.5,
                                    "switch_rate": 0.5, "sex_worker_share": {"street": 0.1, "all": 0.0}}, 2.5),
    }  # fmt: skip
    for name, (group, before, given, after) in cases.items():
        result = move(group=[group], role_clock=before * DT / 4, **given)
        assert carried(result) == pytest.approx([0.75 * after * DT], abs=1e-15), name


def test_what_is_carried_into_sex_work_is_at_the_mean_hazard() -> None:
    """Who starts spends the rest of the step at the hazard of the setting and her own trait. Exact."""
    result = move(people_rows=2, leaving_trait=[1.0, 3.0], role_clock=SELLS * DT / 4, leave_sex_work=0.5,
                  pause_rate=0.25, start_hazard=[by_group({STREET: SELLS})])  # fmt: skip
    assert result.group.tolist() == [STREET, STREET]
    assert carried(result) == pytest.approx([0.75 * DT * 0.75, 0.75 * DT * 1.75], abs=1e-15)


def test_what_is_carried_by_who_does_not_start() -> None:
    """Who is thinned away spends the rest of the step where she was, at the same hazard. Exact."""
    result = move(people_rows=2, birth=TIME - 50.0, start_rate=[1.0, 2.0], role_clock=0.3 * DT)
    hazard = np.array([0.6, 1.2])
    assert result.group.tolist() == [WOMEN, WOMEN]
    assert carried(result) == pytest.approx(((1.0 - 0.3 / hazard) * hazard * DT).tolist(), abs=1e-15)


def test_what_is_carried_has_the_relative_hazard_of_starting_only_outside() -> None:
    """A factor on starting is on the rest of the step of who stops to buy, and not of who begins to. Exact."""
    result = move(group=[CLIENT, MEN], start_rate=3.0, stop_buying=0.6, role_clock=[0.6 * DT / 4, 0.2 * 3 * DT / 4])
    assert result.group.tolist() == [MEN, CLIENT]
    assert carried(result) == pytest.approx([0.75 * DT * 0.2 * 3.0, 0.75 * DT * 0.6], abs=1e-15)


def test_visitors_never_stop_to_buy() -> None:
    """Clients who visit have no hazard of stopping, and others that of their group; nobody else is touched. Exact."""
    drivers, general = (group_of(f"clients_of_women:{name}@port", WIDE) for name in ("drivers", "general"))
    visiting = [g.occupation == 1 for g in WIDE.groups]
    given = {"layout": WIDE, "group": [drivers, general], "visiting": visiting, "stop_buying": 0.5,
             "start_hazard": [by_group({drivers: 0.3, general: 0.3}, WIDE)]}  # fmt: skip
    assert spent(**given) == pytest.approx([0.0, 0.5], abs=1e-12)
    result = move(role_clock=1e-300, **given)
    assert result.group.tolist() == [drivers, group_of("men:general@port", WIDE)]
    assert result.turning.tolist() == [1]
    assert result.counters["buying_ended"].tolist() == by_group({general: 1}, WIDE)


def test_only_those_whose_clock_runs_out_are_listed() -> None:
    """In the order of the rows; at a clock of exactly zero too, and not with time left. Exact."""
    clocks = [SELLS * DT, 9.0, SELLS * DT / 2, SELLS * DT * 1.001]
    result = move(group=[WOMEN] * 4, role_clock=clocks)
    assert result.turning.tolist() == [0, 2] and result.changed("role_times") == [0, 2]
    assert result.changed("role_clock") == [0, 1, 2, 3]


def test_what_is_carried_into_sex_work_is_with_the_manager_of_the_spell() -> None:
    """Who starts under a manager spends the rest of the step at that hazard; who no longer has one does not. Exact."""
    given = {"leave_sex_work": 0.5, "managed_leaving": 0.1, "role_clock": SELLS * DT / 4, "people_rows": 1}
    begins = move(manager_control=1.0, **given)
    free = move(manager_control=0.0, managed=True, **given)
    assert begins.managed.tolist() == [True] and free.managed.tolist() == [False]
    assert carried(begins) == pytest.approx([0.75 * DT * 0.05], abs=1e-15)
    assert carried(free) == pytest.approx([0.75 * DT * 0.5], abs=1e-15)
