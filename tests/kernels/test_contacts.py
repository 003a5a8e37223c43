"""How many contacts come about: what clients choose, what settings take, and who goes elsewhere; rule by rule."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    HOME,
    PLAIN,
    STREET,
    WIDE,
    by_group,
    group_of,
)
from swmodel import codes
from swmodel.layout import Layout
from swmodel.processes.clients import fill_choice, settle

GROUPS = len(PLAIN.groups)
BAR, STREET_AT = ([group_of(f"{name}@{site}", WIDE) for site in WIDE.sites] for name in ("bar", "street"))
DRIVERS, GENERAL = (
    [group_of(f"clients:{name}@{site}", WIDE) for site in WIDE.sites] for name in ("drivers", "general")
)


def array(amounts: dict[int, float], layout: Layout = PLAIN) -> np.ndarray:
    """A number for each group."""
    return np.array(by_group(amounts, layout), float)


def choices(capacity: np.ndarray, preference: list[list[float]], layout: Layout = WIDE) -> np.ndarray:
    """What `fill_choice` makes of it, from a table full of other numbers."""
    t = layout.tables
    made = np.full((len(layout.groups),) * 2, 7.0)
    tables = [t[name] for name in ("role_of", "market_of", "site_of", "setting_of", "occupation_of")]
    fill_choice(made, capacity, np.array(preference, float), *tables)
    return made


ALIKE = [[1.0] * 4] * 2  # no occupation prefers any of four settings


def test_choice_is_by_capacity_at_the_site() -> None:
    """Clients divide their visits over the settings of their market and site by capacity, at each site apart. Exact.

    Rows of people who do not buy are not touched.
    """
    capacity = array({BAR[0]: 1.0, STREET_AT[0]: 3.0, BAR[1]: 5.0, STREET_AT[1]: 5.0}, WIDE)
    made = choices(capacity, ALIKE)
    for site, bar, street in ((0, 0.25, 0.75), (1, 0.5, 0.5)):
        for clients in (DRIVERS[site], GENERAL[site]):
            assert made[clients].tolist() == by_group({BAR[site]: bar, STREET_AT[site]: street}, WIDE)
    buys = {g for g, one in enumerate(WIDE.groups) if one.role == codes.CLIENT}
    assert all((made[g] == 7.0).all() for g in range(len(WIDE.groups)) if g not in buys)


def test_choice_of_other_markets() -> None:
    """Clients of men and of trans women have settings of their own; where nobody sells there is no choice. Exact."""
    park = [group_of(f"park@{site}", WIDE) for site in WIDE.sites]
    made = choices(array({park[0]: 2.0, BAR[0]: 9.0}, WIDE), ALIKE)
    of_men, of_trans = (group_of(f"{name}@port", WIDE) for name in ("clients_of_men", "clients_of_trans_women"))
    assert made[of_men].tolist() == by_group({park[0]: 1.0}, WIDE)
    assert not made[of_trans].any() and not made[group_of("clients_of_men@lake", WIDE)].any()


def test_choice_follows_what_an_occupation_prefers() -> None:
    """A weight beside capacity, of one occupation and not the other; a weight of 0 is never. Exact."""
    capacity = array({BAR[1]: 2.0, STREET_AT[1]: 2.0}, WIDE)
    made = choices(capacity, [[1.0, 1.0, 1.0, 1.0], [1.0, 3.0, 9.0, 9.0]])  # bar, street, park, club
    assert made[GENERAL[1]].tolist() == by_group({BAR[1]: 0.5, STREET_AT[1]: 0.5}, WIDE)
    assert made[DRIVERS[1]].tolist() == by_group({BAR[1]: 0.25, STREET_AT[1]: 0.75}, WIDE)
    never = choices(capacity, [[0.0, 1.0, 1.0, 1.0]] * 2)
    assert never[GENERAL[1]].tolist() == by_group({STREET_AT[1]: 1.0}, WIDE)


def test_choice_without_an_occupation_prefers_nothing() -> None:
    """Clients of men have no occupation, and so not what the first of the occupations prefers. Exact."""
    layout = Layout(
        (("bar", codes.WOMEN), ("park", codes.MSM), ("sauna", codes.MSM)), occupations=("drivers", "general")
    )
    park, sauna, clients = (group_of(name, layout) for name in ("park", "sauna", "clients_of_men"))
    made = choices(array({park: 1.0, sauna: 1.0}, layout), [[1.0, 0.0, 3.0], [1.0, 1.0, 1.0]], layout)
    assert made[clients].tolist() == by_group({park: 0.5, sauna: 0.5}, layout)


def test_choice_where_one_occupation_is_named() -> None:
    """What the only occupation prefers is not what clients without one prefer: they go by capacity. Exact."""
    layout = Layout(
        (("bar", codes.WOMEN), ("street", codes.WOMEN), ("park", codes.MSM), ("sauna", codes.MSM)),
        occupations=("drivers",),
    )
    settings = [group_of(name, layout) for name in ("bar", "street", "park", "sauna")]
    made = choices(array(dict.fromkeys(settings, 1.0), layout), [[1.0, 3.0, 0.0, 9.0]], layout)
    bar, street, park, sauna = settings
    assert made[group_of("clients_of_men", layout)].tolist() == by_group({park: 0.5, sauna: 0.5}, layout)
    drivers = group_of("clients_of_women:drivers", layout)
    assert made[drivers].tolist() == by_group({bar: 0.25, street: 0.75}, layout)


def test_choice_without_occupations() -> None:
    """Where no occupations are named, everybody prefers what the one row says. Exact."""
    made = choices(array({BROTHEL: 1.0, STREET: 1.0, HOME: 2.0}), [[1.0, 2.0, 0.5]], PLAIN)
    assert made[CLIENT].tolist() == by_group({BROTHEL: 0.25, STREET: 0.5, HOME: 0.25})


class Settled(SimpleNamespace):
    """What `settle` made: take, elsewhere, room, demand."""


def come(wanted: dict[int, float], offered: dict[int, float], choice: np.ndarray, layout: Layout = PLAIN, *,
         balance: float = 0.5, most: float = 20.0, substitution: float = 0.0) -> Settled:  # fmt: skip
    """What comes of contacts wanted by group of clients and offered by setting."""
    made = {name: np.full(len(layout.groups), 7.0) for name in ("take", "elsewhere", "room", "demand")}
    rules = (np.full(len(layout.groups), balance), most, substitution)
    markets = (layout.tables["market_of"], layout.tables["site_of"])
    settle(array(wanted, layout), array(offered, layout), *rules, choice, *markets, *made.values())
    return Settled(**made)


def plain_choice(shares: dict[int, float]) -> np.ndarray:
    """All clients of the plain layout divide their visits like this."""
    made = np.zeros((GROUPS, GROUPS))
    made[CLIENT] = by_group(shares)
    return made


@pytest.mark.parametrize(("weight", "made"), [(0.0, 2.0), (0.5, 4.0), (1.0, 8.0)])
def test_contacts_by_the_balance(weight: float, made: float) -> None:
    """Supply is four times demand: at weight 0 demand decides, at 1 supply, at 1/2 the geometric mean. Exact."""
    found = come({CLIENT: 2.0}, {STREET: 8.0}, plain_choice({STREET: 1.0}), balance=weight)
    assert found.demand.tolist() == by_group({STREET: 2.0})
    assert found.take[STREET] * 2.0 == pytest.approx(made, rel=1e-14)
    assert not found.elsewhere.any() and not found.room.any()
    short = come({CLIENT: 8.0}, {STREET: 2.0}, plain_choice({STREET: 1.0}), balance=weight)
    assert short.take[STREET] * 8.0 == pytest.approx({0.0: 8.0, 0.5: 4.0, 1.0: 2.0}[weight], rel=1e-14)


def test_contacts_have_a_bound() -> None:
    """However many are wanted, workers take `most` times what they offer at most. Exact."""
    for most, made in ((3.0, 6.0), (1.0, 2.0), (20.0, 32.0)):
        found = come({CLIENT: 32.0}, {STREET: 2.0}, plain_choice({STREET: 1.0}), balance=0.0, most=most)
        assert found.take[STREET] * 32.0 == pytest.approx(made, rel=1e-14)


def test_contacts_of_nobody() -> None:
    """Where nobody buys, nobody sells, or neither, nothing comes about, and nothing is divided by. Exact."""
    for wanted, offered in ((0.0, 3.0), (3.0, 0.0), (0.0, 0.0)):
        for weight in (0.0, 0.5, 1.0):
            found = come({CLIENT: wanted}, {STREET: offered}, plain_choice({STREET: 1.0}), balance=weight,
                         substitution=1.0)  # fmt: skip
            assert not found.take.any() and not found.elsewhere.any() and not found.room.any()
            assert found.demand[STREET] == wanted


def test_those_turned_away_go_where_there_is_room() -> None:
    """Of what a setting does not take, the share `substitution` goes to the others, as far as they have room. Exact.

    Demand decides, within capacity: the brothel is wanted 10 and takes 4, the street is wanted 4 of 7, the home 2 of 6.
    """
    choice = plain_choice({BROTHEL: 0.625, STREET: 0.25, HOME: 0.125})  # 10, 4 and 2 of 16
    given = {"balance": 0.0, "most": 1.0}
    offered = {BROTHEL: 4.0, STREET: 7.0, HOME: 6.0}
    found = come({CLIENT: 16.0}, offered, choice, substitution=0.5, **given)
    assert found.take.tolist() == pytest.approx(by_group({BROTHEL: 0.4, STREET: 1.0, HOME: 1.0}), abs=1e-14)
    assert found.elsewhere.tolist() == pytest.approx(by_group({BROTHEL: 0.3}), abs=1e-14)  # 3 of 6, and room for 7
    assert found.room.tolist() == pytest.approx(by_group({STREET: 3 / 7, HOME: 4 / 7}), abs=1e-14)
    tight = come({CLIENT: 16.0}, offered | {STREET: 4.5, HOME: 2.5}, choice, substitution=0.5, **given)
    assert tight.elsewhere[BROTHEL] * 10.0 == pytest.approx(1.0, abs=1e-14)  # room for one only
    none = come({CLIENT: 16.0}, offered, choice, substitution=0.0, **given)
    assert not none.elsewhere.any() and none.take.tolist() == found.take.tolist()
    full = come({CLIENT: 16.0}, {BROTHEL: 4.0, STREET: 4.0, HOME: 2.0}, choice, substitution=1.0, **given)
    assert not full.elsewhere.any() and not full.room.any()


def test_those_turned_away_where_nobody_sells_any_more() -> None:
    """Clients whose setting has nobody today, though it was scheduled, go elsewhere, too. Exact."""
    found = come({CLIENT: 4.0}, {STREET: 6.0}, plain_choice({BROTHEL: 0.5, STREET: 0.5}), balance=0.0, substitution=1.0)
    assert found.take.tolist() == by_group({STREET: 1.0})
    assert found.elsewhere.tolist() == by_group({BROTHEL: 1.0}) and found.room.tolist() == by_group({STREET: 1.0})


def test_markets_and_sites_are_apart() -> None:
    """Room at another site, or in another market, is none. Exact; what comes of each is as if it were alone."""
    park = [group_of(f"park@{site}", WIDE) for site in WIDE.sites]
    buyers = group_of("clients_of_men@port", WIDE)
    capacity = {BAR[0]: 2.0, STREET_AT[0]: 1.0, BAR[1]: 50.0, STREET_AT[1]: 50.0, park[0]: 50.0, park[1]: 50.0}
    choice = choices(array(capacity, WIDE), ALIKE)
    wanted = {DRIVERS[0]: 3.0, GENERAL[0]: 6.0, DRIVERS[1]: 1.0, buyers: 2.0}
    found = come(wanted, capacity, choice, WIDE, balance=0.0, most=1.0, substitution=1.0)
    assert found.demand.tolist() == pytest.approx(
        by_group({BAR[0]: 6.0, STREET_AT[0]: 3.0, BAR[1]: 0.5, STREET_AT[1]: 0.5, park[0]: 2.0}, WIDE), abs=1e-14
    )
    assert found.take[[BAR[0], STREET_AT[0]]].tolist() == pytest.approx([1 / 3, 1 / 3], abs=1e-14)
    assert not found.elsewhere.any()  # nobody at the port has room
