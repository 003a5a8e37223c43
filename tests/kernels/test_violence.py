"""Violence, forced sex and what people would say of it, person by person."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    HOME,
    ONE,
    STREET,
    TIME,
    WOMEN,
    Result,
    by_group,
    call,
    key_of,
)
from swmodel import codes, rng
from swmodel.interventions.violence_reduction import violence_reduction
from swmodel.processes.violence import NEVER, forced_sex, histories_of_violence, recall_violence, violence

KEY, FORCED_KEY = key_of(violence), key_of(forced_sex)
CLIENTS, POLICE, PARTNER, MANAGER, OTHER = codes.PERPETRATORS
FIRST, LAST = TIME - 0.5 * DT, TIME + 0.5 * DT  # ends of the step
EACH = {CLIENTS: 1.0, POLICE: 2.0, PARTNER: 4.0, MANAGER: 8.0, OTHER: 16.0}  # hazards per year
FACTORS = tuple(f"{who}_violence_rate" for who in codes.PERPETRATORS)


def suffer(hazard: Any = 1.0, **given: Any) -> Result:
    """One step in which everybody listed sells sex: all rows, unless `selling` says otherwise; nobody else exists."""
    rows = next((len(v) for k, v in given.items() if k != "selling" and np.ndim(v)), given.get("people_rows", 0))
    plain = {"group": [BROTHEL] * rows, "selling": range(rows), "violence_hazard": hazard, "sexual_share": 0.0}
    return call(violence, **{**plain, **given})


def spent(hazard: Any, **given: Any) -> list[float]:
    """What the step takes off each clock, as a hazard per year."""
    return ((9.0 - suffer(hazard, violence_clock=9.0, **given).violence_clock) / DT).tolist()


def draws(uid: int, times: int) -> tuple[float, float, float]:
    """What the `times`-th violence of a person draws: the next threshold, uniforms of who it was and of its length."""
    a, b, c, d = rng.philox(uid, 1, times, 0, KEY)
    return -math.log(rng.to_unit(a, b)), (float(c) + 0.5) * rng.WORD, (float(d) + 0.5) * rng.WORD


# --- hazards ---------------------------------------------------------------------------------------------------------


def test_hazards_add_over_perpetrators() -> None:
    """One clock has the sum over all who may be violent: who has a partner and a manager has all five. Exact."""
    assert spent(EACH, people_rows=1, steady_partners=2, managed=True) == pytest.approx([31.0], abs=1e-12)
    for who, amount in EACH.items():
        alone = {who: amount, "all": 0.0}
        assert spent(alone, people_rows=1, steady_partners=1, managed=True) == pytest.approx([amount], abs=1e-12)


def test_partners_and_managers_only_of_those_who_have_them() -> None:
    """A partner is violent only where there is a steady one, a manager only where somebody is managed. Exact."""
    found = spent(EACH, steady_partners=[0, 1, 0, 3], managed=[False, False, True, True])
    assert found == pytest.approx([19.0, 23.0, 27.0, 31.0], abs=1e-12)


def test_hazards_are_those_of_the_setting() -> None:
    """By perpetrator and group; what one of both does not say is the default, none. Exact."""
    hazard = {CLIENTS: {"street": 3.0, "home": 0.5}, POLICE: {"brothel": 1.0}}
    assert spent(hazard, group=[BROTHEL, STREET, HOME]) == pytest.approx([1.0, 3.0, 0.5], abs=1e-12)


def test_factors_multiply() -> None:
    """That of violence by anybody is on all perpetrators, each one's own on one alone. Exact."""
    has = {"people_rows": 1, "steady_partners": 1, "managed": True}
    for name, (who, amount) in zip(FACTORS, EACH.items(), strict=True):
        assert name == f"{who}_violence_rate"
        assert spent(EACH, **has, **{name: 3.0}) == pytest.approx([31.0 + 2.0 * amount], abs=1e-12)
        both = spent(EACH, **has, violence_rate=0.5, **{name: 3.0})
        assert both == pytest.approx([15.5 + amount], abs=1e-12)


def test_nobody_without_a_hazard() -> None:
    """At a hazard of none, and at a factor of none, clocks stand still and nothing is counted. Exact."""
    tiny = {"violence_clock": 1e-300, "people_rows": 3, "steady_partners": 1, "managed": True}
    assert suffer(0.0, **tiny).touched == set()
    assert suffer(EACH, violence_rate=0.0, **tiny).touched == set()
    assert len(suffer(0.0, **tiny).forced) == 0


def test_only_those_who_sell() -> None:
    """Rows that are not listed keep all they had. Exact."""
    result = suffer(EACH, people_rows=4, selling=[1, 3], violence_clock=1e-9)
    assert result.changed("violence_clock") == result.changed("violence_times") == [1, 3]


# --- who, when and how often -----------------------------------------------------------------------------------------


def test_perpetrators_are_drawn_in_proportion() -> None:
    """A keyed uniform falls into the running sum of the hazards. Exact; n = 60, once each."""
    n, clock = 60, 0.9 * 31.0 * DT
    result = suffer(EACH, people_rows=n, steady_partners=1, managed=True, violence_clock=clock)
    sums = np.cumsum(list(EACH.values()))
    once = [uid for uid in range(n) if result.violence_times[uid] == 1]
    who = [int(np.searchsorted(sums, draws(uid, 1)[1] * 31.0, side="right")) for uid in range(n)]
    twice = [w for uid in range(n) for w in later(uid, clock)]
    assert len(once) > 40
    assert result.counters["violence_events"].tolist() == np.bincount(who + twice, minlength=5).tolist()
    assert np.bincount(who, minlength=5)[1:].min() > 0


def later(uid: int, clock: float) -> list[int]:
    """By whom the second and further violence of the step is, at hazards of 31 a year in all."""
    left, found, times = 31.0 * DT - clock, [], 1
    while (wait := draws(uid, times)[0]) <= left:
        left, times = left - wait, times + 1
        found.append(int(np.searchsorted(np.cumsum(list(EACH.values())), draws(uid, times)[1] * 31.0, side="right")))
    return found


@pytest.mark.parametrize(("given", "never"), [({"managed": True}, PARTNER), ({"steady_partners": 1}, MANAGER)])
def test_whom_somebody_does_not_have_is_never_drawn(given: Mapping[str, Any], never: str) -> None:
    """Nobody without a partner, or manager, suffers violence by one; by all others, some do. Exact; n = 300."""
    result = suffer(EACH, people_rows=300, violence_clock=0.0, **given)
    counts = dict(zip(codes.PERPETRATORS, result.counters["violence_events"].tolist(), strict=True))
    assert counts.pop(never) == 0 and min(counts.values()) > 0


def test_several_times_in_a_step() -> None:
    """The clock is drawn anew each time, and what is left of the step spent from there: times add up. Exact; n = 50."""
    hazard, n = 40.0, 50
    result = suffer({CLIENTS: hazard, "all": 0.0}, people_rows=n, uid=np.arange(n) + 7, violence_clock=0.25,
                    violence_times=2, sexual_share=1.0)  # fmt: skip
    for k in range(n):
        total, times, last = 0.25, 2, 0.0
        while total <= hazard * DT:
            times, last = times + 1, total
            total += draws(k + 7, times)[0]
        assert result.violence_times[k] == times
        assert result.forced_by_clients[k] == times - 2
        assert result.violence_clock[k] == pytest.approx(total - hazard * DT, abs=1e-12)
        assert result.violence_last[k] == pytest.approx(FIRST + last / hazard, abs=2e-4)  # single precision of a year
    assert result.violence_times.max() > 5
    events = int(result.violence_times.sum()) - 2 * n
    assert result.counters["violence_events"].tolist() == [events, 0, 0, 0, 0]
    assert result.counters["violence_suffered"].tolist() == by_group({BROTHEL: events})
    assert result.counters["forced_acts"].tolist() == [events, 0, 0, 0, 0]
    assert result.forced.tolist() == list(range(n))  # each person once


def test_violence_counts_in_the_group() -> None:
    """Events and onsets are counted for the group of who suffers. Exact."""
    result = suffer({OTHER: 0.01, "all": 0.0}, group=[STREET, STREET, HOME], violence_clock=0.0, violence_memory=5.0)
    assert result.counters["violence_suffered"].tolist() == by_group({STREET: 2, HOME: 1})
    assert result.counters["violence_onsets"].tolist() == by_group({STREET: 2, HOME: 1})
    assert result.counters["violence_events"].tolist() == [0, 0, 0, 0, 3]


# --- what lasts ------------------------------------------------------------------------------------------------------


def once(**given: Any) -> Result:
    """People whose only violence of the step is at its very beginning."""
    return suffer({CLIENTS: 0.001, "all": 0.0}, violence_clock=0.0, **given)


def test_an_end_that_lies_ahead_is_kept() -> None:
    """Violence while it is recent anyhow neither lengthens the state nor begins another. Exact."""
    ahead = TIME + 0.25
    result = once(violence_until=[ahead, ahead])
    assert result.changed("violence_until") == []
    assert result.violence_times.tolist() == [1, 1] and not result.counters["violence_onsets"].any()


def test_an_end_that_is_past_is_drawn_anew() -> None:
    """Once it is over the state has a new exponential length from the violence on; an onset. Exact; n = 40."""
    past = [NEVER, FIRST - 0.25] * 20
    result = once(violence_until=past, violence_memory=0.5, violence_times=4)
    ends = np.array([FIRST - 0.5 * math.log(draws(uid, 5)[2]) for uid in range(40)])
    assert result.violence_until == pytest.approx(ends, abs=2e-4)
    assert result.counters["violence_onsets"].tolist() == by_group({BROTHEL: 40})


def test_recent_is_as_of_the_beginning_of_the_step() -> None:
    """It is 1 where the end lies beyond the beginning of the step, and 0 elsewhere; only rows listed are set. Exact."""
    result = call(recall_violence, rows=[0, 1, 2], violence_until=[FIRST - 0.01, FIRST + 0.01, NEVER, NEVER],
                  violence_recent=[1.0, 0.0, 1.0, 1.0])  # fmt: skip
    assert result.violence_recent.tolist() == [0.0, 1.0, 0.0, 1.0]


# --- forced acts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", codes.PERPETRATORS)
def test_forced_acts_by_perpetrator(who: str) -> None:
    """All violence is sexual here; acts of clients and partners go to pairs that are there, others are apart. Exact."""
    result = suffer({who: 0.001, "all": 0.0}, violence_clock=[0.0], sexual_share=1.0, steady_partners=1, managed=True)
    place = codes.PERPETRATORS.index(who)
    assert result.counters["forced_acts"].tolist() == [int(k == place) for k in range(5)]
    assert result.forced_by_clients.tolist() == [int(who == CLIENTS)]
    assert result.forced_by_partners.tolist() == [int(who == PARTNER)]
    assert result.forced_by_others.tolist() == [int(who not in (CLIENTS, PARTNER))]
    assert result.forced.tolist() == ([0] if who in (CLIENTS, PARTNER) else [])
    assert result.assaulted.tolist() == ([] if who in (CLIENTS, PARTNER) else [0])


def test_the_share_that_is_sexual_is_that_of_the_perpetrator() -> None:
    """The place of the uniform within the perpetrator's part says whether sex was forced. Exact; n = 60."""
    n, hazard = 60, {CLIENTS: 0.001, OTHER: 0.003, "all": 0.0}
    result = suffer(hazard, people_rows=n, violence_clock=0.0, sexual_share={CLIENTS: 0.5, OTHER: 0.25, "all": 0.0})
    u = np.array([draws(uid, 1)[1] for uid in range(n)])
    by_clients, by_others = u < 0.125, (u >= 0.25) & (u < 0.25 + 0.75 * 0.25)
    assert result.forced_by_clients.tolist() == by_clients.astype(int).tolist()
    assert result.counters["forced_acts"].tolist() == [by_clients.sum(), 0, 0, 0, by_others.sum()]
    assert result.forced.tolist() == np.flatnonzero(by_clients).tolist()


KINDS = [codes.SPOUSE, codes.OWN_PARTNER, codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT, codes.CASUAL_PARTNER,
         codes.NEEDLE_PARTNER]  # fmt: skip


def force(kind: Any, by_clients: Any = 0, by_partners: Any = 0, **given: Any) -> Result:
    """One step of worker 0, in every pair of which a condom is used at half of 4 acts."""
    n = len(kind)
    plain = {"people_rows": n + 1, "forced": [0], "pair_a": [0] * n, "pair_b": range(1, n + 1), "pair_acts": 4.0,
             "condom_share": 0.5}  # fmt: skip
    marks = {"forced_by_clients": by_clients, "forced_by_partners": by_partners}
    return call(forced_sex, kind=kind, **{**plain, **marks, **given})


def test_forced_acts_lie_on_one_pair() -> None:
    """Of clients on one paid pair, of partners on one steady pair; never on casual or needle partners. Exact."""
    for step in range(20):
        result = force(KINDS, by_clients=1, by_partners=1, step=step)
        assert len(result.changed("condom_share")) == 2
        steady, paid = result.changed("condom_share")
        assert steady in (0, 1) and paid in (2, 3)
        assert result.condom_share[[steady, paid]].tolist() == [0.375, 0.375]
        counted = [int(k in (KINDS[steady], KINDS[paid])) for k in range(8)]
        assert result.counters["forced_in_pairs"].tolist() == counted
    assert force(KINDS, by_clients=1).changed("condom_share")[0] in (2, 3)
    assert force(KINDS, by_partners=1).changed("condom_share")[0] in (0, 1)


def test_the_pair_is_drawn_by_lot() -> None:
    """The smallest lot wins, keyed by both people, the kind and the step, whatever the order of pairs. Exact."""
    kind, winners = [codes.ONE_OFF_CLIENT] * 5, set()
    for step in range(30):
        lots = [rng.uniform(FORCED_KEY, 0, other, step, kind[0]) for other in range(1, 6)]
        best = int(np.argmin(lots))
        winners.add(best)
        for order in (np.arange(5), np.array([3, 0, 4, 2, 1])):
            result = force(kind, by_clients=1, step=step, pair_b=order + 1)
            assert order[result.changed("condom_share")].tolist() == [best]
    assert winners == set(range(5))


@pytest.mark.parametrize(("forced", "acts", "share"), [(1, 4.0, 0.375), (2, 4.0, 0.25), (4, 4.0, 0.0), (7, 4.0, 0.0),
                                                       (1, 0.25, 0.0), (1, 1.0, 0.0)])  # fmt: skip
def test_forced_acts_are_without_a_condom(forced: int, acts: float, share: float) -> None:
    """The share with a condom falls by forced acts over the acts of the pair, one at the least; never below 0. Exact.

    All forced acts are counted, however few acts the pair expects.
    """
    result = force([codes.ONE_OFF_CLIENT], by_clients=forced, pair_acts=acts)
    assert result.condom_share.tolist() == [share]
    assert result.counters["forced_in_pairs"].tolist() == [forced if k == codes.ONE_OFF_CLIENT else 0 for k in range(8)]


def test_partners_are_victims_at_either_end() -> None:
    """Whoever of a steady couple is the victim, the act lies on their pair; a client's act never does. Exact."""
    turned = force([codes.SPOUSE], pair_a=[1], pair_b=[0], by_partners=[1, 0])
    assert turned.condom_share.tolist() == [0.375]
    assert force([codes.ONE_OFF_CLIENT], pair_a=[1], pair_b=[0], by_clients=[1, 0]).touched == set()


def test_rows_do_not_decide_between_pairs_of_the_same_people() -> None:
    """Of two pairs of the same people the one with fewer condoms has the act, in any order of the rows. Exact."""
    found = []
    for order in (np.array([0, 1]), np.array([1, 0])):
        share = np.array([0.5, 0.25])[order]
        result = force([codes.REGULAR_CLIENT] * 2, by_clients=1, pair_b=[1, 1], condom_share=share)
        found.append(result.condom_share[order].tolist())
    assert found == [[0.5, 0.1875]] * 2


def test_without_a_pair_nothing_is_laid() -> None:
    """Nobody forced, no pairs, no acts in the pair, a free row, or a pair of the other sort: nothing moves. Exact."""
    paid = [codes.ONE_OFF_CLIENT]
    assert force(paid, by_clients=1, forced=[]).touched == set()
    assert force([], by_clients=1, people_rows=1, pairs_rows=0).touched == set()
    assert force(paid, by_clients=1, pair_acts=0.0).touched == set()
    assert force([codes.NONE], by_clients=1, by_partners=1).touched == set()
    assert force(paid, by_partners=1).touched == set()
    assert force([codes.SPOUSE], by_clients=1).touched == set()


def test_forced_acts_are_laid_on_their_own_victim() -> None:
    """Several victims among others, in any order of pairs: each has the acts in her own pair. Exact."""
    result = force([codes.ONE_OFF_CLIENT] * 6, people_rows=14, forced=[1, 4, 9], pair_a=[9, 2, 4, 0, 1, 11],
                   pair_b=[12] * 6, by_clients=[0, 1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0])  # fmt: skip
    assert result.condom_share.tolist() == [0.125, 0.5, 0.25, 0.5, 0.375, 0.5]


# --- what would be said, and the lever -------------------------------------------------------------------------------


def test_histories_count_twelve_months() -> None:
    """Who suffered it within a year of the end of the step, ever, and lately; what is told is an expected share. Exact.

    The dead and those who do not sell sex are not asked.
    """
    last = [LAST - 0.99, LAST - 1.01, NEVER, LAST - 0.01, LAST - 0.01, LAST - 0.01]
    until = [LAST - 0.5, LAST + 0.5, NEVER, LAST + 0.5, LAST + 0.5, LAST + 0.5]
    result = call(histories_of_violence, group=[BROTHEL, BROTHEL, BROTHEL, HOME, HOME, FORMER], violence_last=last,
                  alive=[1, 1, 1, 1, 0, 1], violence_until=until, violence_reported=0.25)  # fmt: skip
    found = {name: counter.tolist() for name, counter in result.counters.items()}
    assert found == {
        "violence_asked": by_group({BROTHEL: 3, HOME: 1}),
        "violence_within_a_year": by_group({BROTHEL: 1, HOME: 1}),
        "violence_ever": by_group({BROTHEL: 2, HOME: 1}),
        "violence_weighs": by_group({BROTHEL: 1, HOME: 1}),
        "violence_told": by_group({BROTHEL: ONE // 4, HOME: ONE // 4}),
    }
    assert result.touched <= set(found)
    nobody = call(histories_of_violence, group=[WOMEN, CLIENT], violence_last=TIME)
    assert nobody.touched == set()


def test_violence_reduction_is_by_perpetrator() -> None:
    """Each perpetrator's ratio is on that one's hazard, for whoever is reached; 1 changes nothing. Exact."""
    ratios = dict(zip(codes.PERPETRATORS, (0.5, 0.25, 0.75, 2.0, 0.0), strict=True))
    result = call(violence_reduction, covered=[1, 0], violence_ratio=ratios)
    assert [getattr(result, name).tolist() for name in FACTORS] == [[r, 1.0] for r in ratios.values()]
    assert call(violence_reduction, covered=[1, 1], violence_ratio=1.0).touched == set()
    assert call(violence_reduction, covered=[1]).changed("partner_violence_rate") == []  # by default


def test_an_end_to_all_violence() -> None:
    """With every ratio 0 the hazard that is left is none: no clock runs. Exact."""
    ended = call(violence_reduction, covered=[1, 1], violence_ratio=0.0).written
    assert suffer(EACH, people_rows=2, steady_partners=1, managed=True, violence_clock=1e-300, **ended).touched == set()
