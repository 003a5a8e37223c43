"""Who injects, and who shares needles with whom, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, MEN, WIDE, WOMEN, Result, call, group_of, key_of
from swmodel import codes, rng
from swmodel.processes.injecting import SEATS, TRIES, injecting, needle_sharing

KEY = key_of(injecting)
SHARE_KEY = key_of(needle_sharing)
STEP = 3
DURATION = 0.5
PAIR = {"pair_a", "pair_b", "kind", "since", "until", "pair_propensity"}


def change(**given: Any) -> Result:
    """One step of starting and stopping."""
    return call(injecting, **given)


def share(**given: Any) -> Result:
    """One step of looking for somebody to share with: five men who inject, of whom the first looks, with ten rows."""
    people = {"injectors": range(5), "group": [MEN] * 5, "needle_clock": [0.0, *[9.0] * 4]}
    plain = {"step": STEP, "new_rows": range(10), "pairs_rows": 12, "pair_duration": {"needle": DURATION, "all": 1.0}}
    return call(needle_sharing, **{**people, **plain, **given})


def pairs(result: Result) -> list[tuple[int, int]]:
    """Who looked, and whom they found, by rows."""
    rows = result.new_rows[: result.returned]
    return list(zip(result.pair_a[rows].tolist(), result.pair_b[rows].tolist(), strict=True))


def seats(uids: list[int]) -> list[int]:
    """Who sits where, by the place in `uids`, -1 at empty seats: by uid, at the place of their hash or the next one."""
    places = 4
    while places < SEATS * len(uids):
        places *= 2
    made = [-1] * places
    for k in sorted(range(len(uids)), key=lambda j: uids[j]):
        place = int(rng.scatter(uids[k], 0, places))
        while made[place] >= 0:
            place = (place + 1) % places
        made[place] = k
    return made


def test_injecting_nobody() -> None:
    """No people, or none who inject or start to: an empty list, and no clock runs. Exact."""
    assert change(people_rows=0).injectors.tolist() == []
    result = change(people_rows=3, inject_clock=1e-300, injecting_stop=9.0)
    assert result.injectors.tolist() == [] and result.touched == set()


def test_injecting_runs_the_clock_of_what_comes_next() -> None:
    """Of who does not, by the rate of starting of the group, of who does, by that of stopping. Exact."""
    result = change(group=[WOMEN, BROTHEL, BROTHEL], injects=[0, 0, 1], inject_clock=1.0,
                    injecting_start={"women": 0.25, "fsw": 0.5}, injecting_stop=2.0)  # fmt: skip
    assert ((1.0 - result.inject_clock) / DT).tolist() == pytest.approx([0.25, 0.5, 2.0], abs=1e-12)
    assert result.touched == {"inject_clock"} and result.injectors.tolist() == [2]


def test_injecting_starts_and_stops() -> None:
    """Clocks at zero: who does not, begins, who does, ends, in the list of the same step. Exact."""
    result = change(injects=[0, 1, 0, 1], inject_clock=[0.0, 0.0, 9.0, 9.0], injecting_start=1e-6, injecting_stop=1e-6)
    assert result.injects.tolist() == [True, False, False, True]
    assert result.injectors.tolist() == [0, 3] and result.inject_times.tolist() == [1, 1, 0, 0]


def test_injecting_carries_what_is_left_of_the_step() -> None:
    """The next threshold is keyed by person and occasion, less the rest of the step at the new rate. Exact."""
    rates = {"injecting_start": 0.5, "injecting_stop": 2.0}
    result = change(uid=[5, 8], injects=[0, 1], inject_times=4, inject_clock=[0.5 * DT / 4, 2.0 * DT / 4], **rates)
    drawn = np.array([rng.exponential(KEY, uid, 0, 5, 0) for uid in (5, 8)])
    assert (drawn - result.inject_clock).tolist() == pytest.approx([0.75 * DT * 2.0, 0.75 * DT * 0.5], abs=1e-15)


def test_injecting_of_the_living() -> None:
    """A row of nobody neither starts nor stops, and is on no list, last and in between. Exact."""
    result = change(injects=[1, 1, 1, 0], alive=[1, 0, 1, 0], inject_clock=[9.0, 0.0, 9.0, 0.0], injecting_start=1.0)
    assert result.injectors.tolist() == [0, 2] and not result.changed("injects") and not result.changed("inject_times")
    assert change(people_rows=3, injects=True).injectors.tolist() == [0, 1, 2]  # all of them fit
    assert change(people_rows=4, injects=True, n_people=2).injectors.tolist() == [0, 1]


def test_sharing_asks_for_a_row_each() -> None:
    """The first call counts one row for everybody on the list, whether they look or not, and writes nothing. Exact."""
    result = share(new_rows=[])
    assert result.returned == 5 and result.touched == set()
    assert share(injectors=[], new_rows=[]).returned == 0


def test_sharing_writes_one_pair() -> None:
    """Who looks, whom they found, the kind, the end by a keyed word, and one partner more on both sides. Exact."""
    result = share(new_rows=[7, 2, 3, 4, 5])
    assert result.returned == 1 and result.touched == PAIR - {"pair_a"} | {"needle_clock", "needle_partners"}
    other = int(result.pair_b[7])
    assert (result.pair_a[7], result.kind[7], result.since[7]) == (0, codes.NEEDLE_PARTNER, STEP) and other != 0
    assert result.pair_propensity[7] == 0.0  # no condom
    assert result.needle_partners.tolist() == [1 if i in (0, other) else 0 for i in range(5)]
    assert all(set(result.changed(name)) <= {7} for name in PAIR)


def test_sharing_goes_by_keyed_words() -> None:
    """Seats are drawn until somebody else sits there; the end of the pair is a word of the same block. Exact; n = 30.

    Whoever looks is drawn by a uid of their own, so that the seats differ, too.
    """
    found = set()
    for uid in range(30):
        uids = [uid, 100, 200, 300, 400]
        sits = seats(uids)
        result = share(uid=uids)
        for attempt in range(TRIES):
            a, b, _, _ = rng.philox(uid, 1, STEP, attempt, SHARE_KEY)
            other = sits[int((int(a) * len(sits)) >> 32)]
            if other > 0:
                break
        assert pairs(result) == [(0, other)]
        assert result.until[0] == STEP + rng.whole_steps(DURATION, DT, (float(b) + 0.5) * rng.WORD)
        found.add(other)
    assert found == {1, 2, 3, 4}


def test_sharing_runs_the_clock_of_those_on_the_list() -> None:
    """Clocks fall by the rate, those who found somebody and those who did not get a keyed threshold more. Exact."""
    result = share(uid=[3, 4, 5, 6, 7], needle_clock=[0.01, 1.0, 1.0, 1.0, 1.0], injectors=[0, 2], needle_rate=6.0)
    drawn = rng.exponential(SHARE_KEY, 3, 0, STEP, 0)
    assert result.needle_clock.tolist() == pytest.approx([0.01 - 0.5 + drawn, 1.0, 0.5, 1.0, 1.0], abs=1e-12)
    alone = share(uid=[3, 4, 5, 6, 7], needle_clock=0.01, injectors=[0], needle_rate=6.0)
    assert alone.returned == 0 and alone.touched == {"needle_clock"}
    assert alone.needle_clock[0] == pytest.approx(0.01 - 0.5 + drawn, abs=1e-12)


def test_sharing_needs_somebody_at_the_same_site() -> None:
    """Who is at another site is not found, and with them alone nobody is. Exact; 20 people who all look."""
    msm = [group_of(f"msm@{site}", WIDE) for site in WIDE.sites]
    given = {"layout": WIDE, "needle_clock": 0.0, "new_rows": range(20), "pairs_rows": 20}
    result = share(group=msm * 10, injectors=range(20), **given)
    assert {(a % 2, b % 2) for a, b in pairs(result)} == {(0, 0), (1, 1)}
    assert share(group=[msm[0], *[msm[1]] * 4], injectors=[0, 1], **given).returned == 0


def test_sharing_at_a_small_site() -> None:
    """Somebody looks among those at their own site, so that few who inject elsewhere are no hindrance. Exact.

    Four of 100 who inject are at the lake, and all of those who look find somebody, as they would alone.
    """
    msm = [group_of(f"msm@{site}", WIDE) for site in WIDE.sites]
    group, clock = [msm[1]] * 4 + [msm[0]] * 96, [0.0] * 4 + [9.0] * 96
    result = share(layout=WIDE, group=group, injectors=range(100), needle_clock=clock, new_rows=range(100),
                   pairs_rows=100)  # fmt: skip
    alone = share(layout=WIDE, group=group, injectors=range(4), needle_clock=clock, new_rows=range(4), pairs_rows=100)
    assert alone.returned == 4
    assert result.returned == 4


def test_sharing_is_between_all_sorts_of_people() -> None:
    """Women, men, MSM and trans women share with each other, selling or not. Exact; 8 people who all look."""
    names = ("women", "men:drivers", "msm", "trans_women", "bar", "park", "club", "former_fsw")
    group = [group_of(f"{name}@port", WIDE) for name in names]
    result = share(layout=WIDE, group=group, injectors=range(8), needle_clock=0.0, new_rows=range(8))
    assert result.returned == 8 and set(result.kind[:8]) == {codes.NEEDLE_PARTNER}
    assert result.needle_partners.sum() == 16


@pytest.mark.parametrize("limit", [1.0, 2.0])
def test_sharing_has_a_limit(limit: float) -> None:
    """Who has as many as the limit looks for nobody and is found by nobody; the clock goes on. Exact; 12 people."""
    people = {"group": [MEN] * 12, "injectors": range(12), "new_rows": range(12), "needle_clock": 0.0}
    result = share(needle_limit=limit, **people)
    assert result.needle_partners.max() <= limit and result.returned > 3
    full = share(needle_limit=limit, needle_partners=int(limit), **people)
    assert full.returned == 0 and full.touched == {"needle_clock"}
    result = share(needle_limit=limit, needle_partners=[0, int(limit), 0, int(limit), int(limit)])
    assert pairs(result) == [(0, 2)]


@pytest.mark.filterwarnings("error")  # of an overflow
def test_sharing_with_a_hundred_others() -> None:
    """At the largest limit that may be set nobody has more, and the count fits. Exact; two people."""
    given = {"group": [MEN] * 2, "injectors": range(2), "needle_clock": 0.0, "needle_limit": 100.0}
    assert share(needle_partners=[99, 99], **given).needle_partners.tolist() == [100, 100]
    assert share(needle_partners=[100, 99], **given).returned == 0


def test_sharing_does_not_depend_on_the_order_of_rows() -> None:
    """Rows and list backwards: the same people share, by uid. Exact; 12 people who all look."""
    uid = np.array([7 * k % 50 for k in range(12)])
    given = {"group": [MEN] * 12, "needle_clock": 0.0, "new_rows": range(12)}
    first = share(uid=uid, injectors=range(12), **given)
    second = share(uid=uid[::-1], injectors=range(12), **given)
    third = share(uid=uid, injectors=[*range(6, 12), *range(6)], **given)
    met = [sorted((r.uid[a], r.uid[b]) for a, b in pairs(r)) for r in (first, second, third)]
    assert met[0] == met[1] == met[2] and len(met[0]) == 12


def test_sharing_of_many_leaves_seats_free() -> None:
    """However many inject, a quarter of the seats at most is taken, and everybody who looks finds somebody. Exact.

    100 people who all look, of whom nobody is at the limit.
    """
    result = share(group=[MEN] * 100, injectors=range(100), needle_clock=0.0, new_rows=range(100), pairs_rows=100,
                   needle_limit=100.0)  # fmt: skip
    assert result.returned == 100 and len({b for _, b in pairs(result)}) > 40
    assert all(a != b for a, b in pairs(result))
