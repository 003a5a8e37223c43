"""The lists of sex workers, clients and people living with HIV."""

from __future__ import annotations

from kernels.by_name import BROTHEL, CLIENT, FORMER, HOME, MEN, STREET, WIDE, WOMEN, Result, call
from swmodel import codes
from swmodel.processes.rolls import rolls


def lists(result: Result) -> tuple[list[int], list[int], list[int]]:
    """The three lists."""
    return result.workers.tolist(), result.clients.tolist(), result.infected.tolist()


def test_nobody() -> None:
    """No people, no lists. Exact."""
    assert lists(call(rolls, people_rows=0)) == ([], [], [])


def test_each_list_holds_its_own_in_the_order_of_the_rows() -> None:
    """Workers of every setting, clients, and people at any stage of infection are listed. Exact."""
    group = [WOMEN, BROTHEL, CLIENT, HOME, MEN, STREET, CLIENT, FORMER]
    result = call(rolls, group=group, hiv_stage=[1, 0, 5, 0, 3, 2, 0, 0])
    assert lists(result) == ([1, 3, 5], [2, 6], [0, 2, 4, 5])


def test_lists_of_every_population() -> None:
    """At both sites, women, men and trans women who sell sex are workers, and all who buy are clients. Exact.

    Those who stopped, and men of every occupation who do neither, are on neither list.
    """
    roles = [g.role for g in WIDE.groups]
    result = call(rolls, layout=WIDE, group=range(len(roles)))
    assert result.workers.tolist() == [k for k, role in enumerate(roles) if role == codes.WORKER]
    assert result.clients.tolist() == [k for k, role in enumerate(roles) if role == codes.CLIENT]
    assert len(result.workers) == 8 and len(result.clients) == 8


def test_everybody_on_a_list_fits() -> None:
    """All of them workers with HIV, or all of them clients: the lists hold every row, the last included. Exact."""
    assert lists(call(rolls, group=[BROTHEL] * 4, hiv_stage=1)) == ([0, 1, 2, 3], [], [0, 1, 2, 3])
    assert lists(call(rolls, group=[CLIENT] * 4)) == ([], [0, 1, 2, 3], [])


def test_the_dead_are_on_no_list() -> None:
    """A row of nobody is passed over, whatever it still holds, first, last and in between. Exact."""
    alive = [False, True, False, True, False]
    assert lists(call(rolls, group=[BROTHEL] * 5, hiv_stage=2, alive=alive)) == ([1, 3], [], [1, 3])
    assert lists(call(rolls, group=[CLIENT] * 5, alive=alive)) == ([], [1, 3], [])
    assert lists(call(rolls, group=[BROTHEL] * 3, hiv_stage=2, alive=False)) == ([], [], [])


def test_rows_beyond_the_last_ever_used_are_not_read() -> None:
    """`n_people` bounds the rows that are looked at. Exact."""
    result = call(rolls, n_people=2, group=[BROTHEL] * 4, hiv_stage=1)
    assert lists(result) == ([0, 1], [], [0, 1])
    assert result.touched == set()
