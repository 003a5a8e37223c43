"""Organisations of sex workers: who joins and leaves, and the share of members beside somebody."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, DT, HOME, STREET, Result, by_group, call, key_of
from swmodel import rng
from swmodel.processes.community import community

ALPHA, MANY = 1e-4, 20_000
KEY = key_of(community)


def meet(member: Any, **given: Any) -> Result:
    """One step of people of the street who are members, or not; nobody leaves unless said otherwise."""
    plain = {"group": [STREET] * len(member), "membership_end": 0.0, "peer_spread": 0.0, "workers": range(len(member))}
    return call(community, member=member, **{**plain, **given})


def spent(member: Any, **given: Any) -> list[float]:
    """What the step takes off each clock, as a hazard per year."""
    return ((9.0 - meet(member, member_clock=9.0, **given).member_clock) / DT).tolist()


def test_the_hazard_of_joining() -> None:
    """Invitations, and the spread times the share of members in the same group; members leave at theirs. Exact."""
    member = [1, 0, 0, 0, 0, 1, 1, 0]
    group = [STREET, STREET, STREET, STREET, BROTHEL, HOME, HOME, HOME]
    found = spent(member, group=group, invitations=[9.0, 0.0, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0], peer_spread=1.2,
                  membership_end=0.7)  # fmt: skip
    assert found == pytest.approx([0.7, 0.3, 2.3, 0.3, 1.0, 0.7, 0.7, 0.8], abs=1e-12)


def test_nobody_joins_of_themselves() -> None:
    """Without an invitation and a member in the group no clock moves, whatever the spread. Exact."""
    group = [STREET, STREET, HOME, BROTHEL]
    result = meet([0, 0, 1, 0], group=group, peer_spread=20.0, member_clock=1e-300)
    assert result.touched == {"venue_norm", "members", "peers"} and result.changed("venue_norm") == [2]
    assert meet([0, 0], peer_spread=20.0, member_clock=1e-300).touched == {"peers"}
    assert meet([0, 1], membership_end=0.0, member_clock=1e-300).touched == {"members", "peers", "venue_norm"}


def test_nobody_outside_the_group_counts() -> None:
    """Members who are not listed (who stopped selling), and those of other settings, spread nothing. Exact."""
    given = {"group": [STREET, STREET, HOME], "peer_spread": 6.0}
    assert spent([0, 1, 1], workers=[0, 2], **given) == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert spent([0, 1, 1], **given) == pytest.approx([3.0, 0.0, 0.0], abs=1e-12)


def test_joining_and_leaving() -> None:
    """When the clock runs out, membership changes; what is left of the step is spent at the other rate. Exact; n = 40.

    Joining is counted by group, leaving is not.
    """
    for member, rate, other in ((0, 2.0, 0.5), (1, 0.5, 2.0)):
        result = meet([member] * 40, invitations=2.0, membership_end=0.5, member_clock=0.25 * rate * DT, member_times=2)
        assert (result.member == 1 - member).all() and (result.member_times == 3).all()
        drawn = np.array([rng.exponential(KEY, uid, 0, 3, 0) for uid in range(40)])
        assert result.member_clock == pytest.approx(drawn - 0.75 * other * DT, abs=1e-12)
        assert result.counters["joinings"].tolist() == by_group({STREET: 40 * (1 - member)})
        assert result.counters["members"].tolist() == by_group({STREET: 40 * (1 - member)})


def test_the_share_beside_somebody() -> None:
    """After the step, members of the group over all of it, for everybody in it; nobody else's changes. Exact."""
    result = meet([1, 0, 0, 0, 1, 1, 1], group=[STREET, STREET, STREET, STREET, HOME, HOME, BROTHEL], venue_norm=0.5,
                  invitations=[0, 1, 0, 0, 0, 0, 0], membership_end=1e-3, workers=[0, 1, 2, 3, 4, 5],
                  member_clock=[9.0, 1e-6, 9.0, 9.0, 1e-6, 9.0, 1e-6])  # fmt: skip
    assert result.member.tolist() == [1, 1, 0, 0, 0, 1, 1]
    assert result.venue_norm.tolist() == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert result.counters["members"].tolist() == by_group({STREET: 2, HOME: 1})
    assert result.counters["peers"].tolist() == by_group({STREET: 4, HOME: 2})
    third = meet([1, 0, 0], venue_norm=0.9)
    assert third.venue_norm == pytest.approx([1 / 3] * 3, rel=1e-6)


def test_membership_is_whole() -> None:
    """Nobody is half a member, however often it changes. Exact; n = 200, 50 steps, several changes each."""
    member: Any = [0] * 200
    state: dict[str, Any] = {"member_clock": 0.3}
    for _ in range(50):
        result = meet(member, invitations=9.0, membership_end=9.0, peer_spread=9.0, **state)
        state = {name: value for name, value in result.written.items() if name != "member"}
        member = result.member
        assert set(member.tolist()) <= {0.0, 1.0}
    assert result.member_times.min() > 10


def test_who_joins_in_a_step_spreads_from_the_next_on() -> None:
    """The share that spreads is that of the beginning of the step, so that the order of rows is nothing. Exact."""
    clocks = [1e-9, 9.0, 9.0, 9.0]
    given = {"invitations": [1.0, 0.0, 0.0, 0.0], "peer_spread": 8.0}
    for order in ([0, 1, 2, 3], [3, 0, 2, 1], [1, 2, 3, 0]):
        result = meet([0, 0, 0, 0], workers=order, member_clock=clocks, **given)
        assert result.changed("member") == [0] and result.changed("member_clock") == [0]
        after = meet([1, 0, 0, 0], workers=order, member_clock=clocks, peer_spread=8.0)
        assert ((9.0 - after.member_clock[1:]) / DT).tolist() == pytest.approx([2.0] * 3, abs=1e-12)


def test_the_order_of_rows_is_nothing() -> None:
    """The same people join and leave in whatever order. Exact; n = 300, three settings."""
    order = np.random.default_rng(1).permutation(300)
    member, group = np.arange(300) % 2, np.array([BROTHEL, STREET, HOME])[np.arange(300) % 3]
    clock = np.arange(300) / 900.0
    given = {"peer_spread": 4.0, "membership_end": 1.0, "invitations": 0.25}
    one = meet(member, uid=np.arange(300), group=group, member_clock=clock, **given)
    other = meet(member[order], uid=order, group=group[order], member_clock=clock[order], **given)
    for name in community.writes:
        assert np.array_equal(getattr(one, name)[order], getattr(other, name))
    assert 10 < len(one.changed("member")) < 290


def test_membership_is_a_chain_of_two_states() -> None:
    """Where only outreach invites, i / (i + e) (1 - exp(-(i + e) t)) are members, of whom nobody was.

    i = 0.6, e = 0.4 a year, t = 2; exact binomial, n = 20,000, alpha 1e-4; power 0.99 at a share 5% off.
    """
    key = rng.stream_key(33, "clock:member_clock")
    state: dict[str, Any] = {"member_clock": np.array([rng.exponential(key, uid, 0, 0, 0) for uid in range(MANY)])}
    member: Any = np.zeros(MANY)
    for _ in range(24):
        result = meet(member, invitations=0.6, membership_end=0.4, **state)
        state = {name: value for name, value in result.written.items() if name != "member"}
        member = result.member
    assert stats.binomtest(int(member.sum()), MANY, 0.6 * -math.expm1(-2.0)).pvalue > ALPHA
