"""What a setting file declares, as codes, labels and tables."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from swmodel import codes
from swmodel.engine import CORE_ATTRIBUTES
from swmodel.layout import NONE, Layout, layout_of
from swmodel.scenario.check import Checker
from swmodel.scenario.populations import MOST_GROUPS, check_size
from swmodel.scenario.spec import PairKind, Scenario
from swmodel.scenario.tree import Node

PLAIN = Layout((("bar", codes.WOMEN), ("street", codes.WOMEN)))
WORK = (("bar", codes.WOMEN), ("park", codes.MSM), ("street", codes.WOMEN), ("club", codes.TRANS_WOMEN))
WIDE = Layout(
    WORK,
    occupations=("general", "drivers"),
    sites=("port", "lake"),
    kinds=(("men_together", codes.CASUAL, ("msm", "msw")), ("buyers", codes.CASUAL, ("msw", "clients_of_men"))),
    unions=(("women_all", ("women", "fsw", "former_fsw")), ("town", ("women_all@port", "clients:drivers"))),
)
ROLES = {"outside": codes.OUTSIDE, "client": codes.CLIENT, "worker": codes.WORKER, "former": codes.FORMER}


def group_dtype() -> str:
    """How a person's group is stored."""
    return next(attr.dtype for attr in CORE_ATTRIBUTES if attr.name == "group")


def names(layout: Layout, label: str) -> list[str]:
    """The groups behind a label, by their full names."""
    return list(layout.expand(label))


def test_codes_of_a_plain_setting() -> None:
    """Women 0, men 1, clients 2, work settings from 3 on in their order, then those who stopped. Exact."""
    assert PLAIN.group_names == ("women", "men", "clients", "bar", "street", "former_fsw")
    assert PLAIN.work_settings == PLAIN.labels("work_setting") == ("bar", "street")
    assert PLAIN.labels("group") == PLAIN.group_names
    assert PLAIN.labels("site") == PLAIN.labels("occupation") == ("all",)
    assert PLAIN.labels("pair_kind") == codes.PAIR_KINDS
    unions = {"clients_of_women", "sex_workers", "fsw", "former"}
    assert PLAIN.names[:6] == PLAIN.group_names and set(PLAIN.names[6:-1]) == unions and PLAIN.names[-1] == "all"


def test_one_site_and_no_site_are_alike() -> None:
    """A setting of one named site has the same groups as one without a name; the name is everybody there. Exact."""
    one = Layout(PLAIN.settings, sites=("town",))
    assert one.group_names == PLAIN.group_names and one.labels("site") == ("town",)
    assert one.members("town") == one.members("all") and one.members("bar@town") == one.members("bar")
    assert "town" not in one.names and not any("@" in name for name in one.names)
    for name, table in one.tables.items():
        assert np.array_equal(table, PLAIN.tables[name]), name


def test_groups_of_many_sites_and_occupations() -> None:
    """Sites vary fastest; men have occupations whether they buy or not; then MSM, then trans women. Exact."""
    assert [g.name for g in WIDE.groups[::2]] == [
        "women", "men:general", "men:drivers", "clients_of_women:general", "clients_of_women:drivers", "bar", "street",
        "former_fsw", "msm", "clients_of_men", "park", "former_msw",
        "trans_women", "clients_of_trans_women", "club", "former_tsw",
    ]  # fmt: skip
    assert [g.site for g in WIDE.groups] == [0, 1] * 16
    assert WIDE.group_names[:4] == ("women@port", "women@lake", "men:general@port", "men:general@lake")
    assert len(set(WIDE.group_names)) == len(WIDE.groups) == 32


@pytest.mark.parametrize(
    ("selling", "present"),
    [
        ((codes.WOMEN,), {codes.WOMEN, codes.MEN}),
        ((codes.MSM,), {codes.WOMEN, codes.MEN, codes.MSM}),
        ((codes.TRANS_WOMEN,), {codes.WOMEN, codes.MEN, codes.MSM, codes.TRANS_WOMEN}),
    ],
)
def test_populations_are_there_where_they_are_needed(selling: tuple[int, ...], present: set[int]) -> None:
    """Men who have sex with men or trans women are there where men or trans women sell; trans women where they do.

    Whoever sells has clients of their own, and a group of those who stopped. Exact.
    """
    layout = Layout(tuple((f"place_{population}", population) for population in selling))
    assert {g.population for g in layout.groups} == present
    clients = {g.market for g in layout.groups if g.role == codes.CLIENT}
    assert set(selling) <= clients <= {*selling, codes.WOMEN}
    for population in selling:
        label = codes.WORKER_LABELS[population]
        assert layout.expand(label) == (f"place_{population}",)
        assert layout.expand(f"former_{label}") == (f"former_{label}",)


def test_a_group_says_what_it_is() -> None:
    """Role, population, market, work setting, occupation and site of one group of each kind. Exact."""
    by_name = dict(zip(WIDE.group_names, WIDE.groups, strict=True))
    expected = {
        "women@lake": ("outside", codes.WOMEN, NONE, NONE, NONE, 1),
        "men:drivers@port": ("outside", codes.MEN, NONE, NONE, 1, 0),
        "clients_of_women:general@lake": ("client", codes.MEN, codes.WOMEN, NONE, 0, 1),
        "street@port": ("worker", codes.WOMEN, codes.WOMEN, 2, NONE, 0),
        "former_fsw@lake": ("former", codes.WOMEN, codes.WOMEN, NONE, NONE, 1),
        "clients_of_men@port": ("client", codes.MSM, codes.MSM, NONE, NONE, 0),
        "park@lake": ("worker", codes.MSM, codes.MSM, 1, NONE, 1),
        "clients_of_trans_women@port": ("client", codes.MSM, codes.TRANS_WOMEN, NONE, NONE, 0),
        "club@lake": ("worker", codes.TRANS_WOMEN, codes.TRANS_WOMEN, 3, NONE, 1),
    }
    for name, (role, *rest) in expected.items():
        g = by_name[name]
        assert (g.role, g.population, g.market, g.setting, g.occupation, g.site) == (ROLES[role], *rest), name


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("bar", ["bar@port", "bar@lake"]),
        ("bar@lake", ["bar@lake"]),
        ("fsw@lake", ["bar@lake", "street@lake"]),
        ("sex_workers@port", ["bar@port", "street@port", "park@port", "club@port"]),
        ("men:drivers", ["men:drivers@port", "men:drivers@lake"]),
        ("clients:drivers", ["clients_of_women:drivers@port", "clients_of_women:drivers@lake"]),
        ("clients:drivers@lake", ["clients_of_women:drivers@lake"]),
        ("drivers@port", ["men:drivers@port", "clients_of_women:drivers@port"]),
        ("clients_of_men", ["clients_of_men@port", "clients_of_men@lake"]),
        ("former@port", ["former_fsw@port", "former_msw@port", "former_tsw@port"]),
        ("women_all@lake", ["women@lake", "bar@lake", "street@lake", "former_fsw@lake"]),
        ("town@lake", ["clients_of_women:drivers@lake"]),
    ],
)
def test_labels_name_groups(label: str, expected: list[str]) -> None:
    """A label is narrowed by ':' and '@'; unions may be made of narrowed labels and be narrowed again. Exact."""
    assert names(WIDE, label) == expected


def test_labels_of_many_groups() -> None:
    """Clients are all who buy; a site, and everyone, are whom they say; women are those who neither sell nor did.

    Exact.
    """
    assert len(names(WIDE, "clients")) == 8 and len(names(WIDE, "clients_of_women")) == 4
    assert names(WIDE, "port") == list(WIDE.group_names[::2])
    assert names(WIDE, "all") == list(WIDE.group_names)
    assert names(WIDE, "women") == ["women@port", "women@lake"]
    assert names(WIDE, "msm") == ["msm@port", "msm@lake"]


@pytest.mark.parametrize(
    "label", ["nobody", "", "bar@", "@port", "bar@nowhere", "port@lake", "bar:street", "women:drivers", "park@fsw"]
)
def test_labels_that_mean_nothing(label: str) -> None:
    """An unknown name, or two that have nobody in common, name nobody. Exact."""
    assert WIDE.members(label) is None and WIDE.expand(label) == ()


def test_narrowing_does_not_depend_on_the_order_or_sign() -> None:
    """Both signs take what the two labels have in common. Exact."""
    for one in ("drivers:clients@port", "clients@port:drivers", "port:clients:drivers", "clients@drivers@port"):
        assert WIDE.members(one) == WIDE.members("clients:drivers@port")


def test_names_offered_are_labels_and_none_twice() -> None:
    """Every name offered names somebody; roles, clients by occupation, sites, and both by site. Exact."""
    assert len(set(WIDE.names)) == len(WIDE.names) and WIDE.names[-1] == "all"
    assert all(WIDE.members(name) for name in WIDE.names)
    offered = {"women", "fsw", "msw", "tsw", "sex_workers", "clients", "clients_of_women", "msm", "former_msw", "bar",
               "drivers", "clients:drivers", "women_all", "port", "women@port", "clients@lake", "fsw@lake", "msw@port",
               "women_all@lake"}  # fmt: skip
    assert offered <= set(WIDE.names)
    assert not {"bar@port", "former_fsw@port", "men:drivers@port", "clients_of_women:drivers@lake"} & set(WIDE.names)


def test_labels_have_one_order() -> None:
    """The order of names, and so of rows of results, is the same in every process, however strings are hashed. Exact.

    Six processes with hash seeds of their own.
    """
    code = (
        "from swmodel.layout import Layout; "
        f"print(*Layout({WIDE.settings!r}, {WIDE.occupations!r}, {WIDE.sites!r}, unions={WIDE.unions!r}).names)"
    )
    found = []
    for seed in range(6):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        found.append(done.stdout.split())
    assert all(one == found[0] for one in found)


def test_tables_of_roles_and_sites() -> None:
    """What a group stands for, in the order of the codes, as whole numbers that nobody may write. Exact."""
    for what in ("role", "population", "market", "setting", "occupation", "site"):
        table = WIDE.tables[f"{what}_of"]
        assert table.tolist() == [getattr(g, what) for g in WIDE.groups]
    assert all(table.dtype == np.int64 and not table.flags.writeable for table in WIDE.tables.values())


def test_work_settings_for_each_group() -> None:
    """Those of the market and site of a group, after their number; none for who is in no market. Exact."""
    for layout in (PLAIN, WIDE):
        for g, row in zip(layout.groups, layout.tables["settings_for"].tolist(), strict=True):
            same = [code for code, w in enumerate(layout.groups)
                    if w.role == codes.WORKER and w.market == g.market and w.site == g.site]  # fmt: skip
            assert row[: row[0] + 1] == [len(same), *same] and set(row[row[0] + 1 :]) <= {-1}
    assert any(row[0] == 2 for row in WIDE.tables["settings_for"].tolist())


def test_tables_of_the_same_people_elsewhere() -> None:
    """`at_site` leads to the same group at each site, and so back. Exact."""
    at, full = WIDE.tables["at_site"], WIDE.group_names
    assert at.shape == (32, 2)
    for code, name in enumerate(full):
        assert [full[k] for k in at[code]] == [f"{name.split('@')[0]}@{site}" for site in WIDE.sites]
    assert PLAIN.tables["at_site"].tolist() == [[code] for code in range(6)]


def test_tables_of_other_roles() -> None:
    """Who stops goes outside or is former, of the same population, occupation and site; others have no such group.

    Exact.
    """
    full = WIDE.group_names
    outside, former = (
        {full[g]: full[t] if t >= 0 else "" for g, t in enumerate(WIDE.tables[name])}
        for name in ("outside_of", "former_of")
    )
    assert outside["clients_of_women:drivers@lake"] == "men:drivers@lake"
    assert outside["clients_of_men@port"] == outside["clients_of_trans_women@port"] == "msm@port"
    assert outside["street@lake"] == outside["former_fsw@lake"] == outside["women@lake"] == "women@lake"
    assert outside["park@port"] == "msm@port" and outside["club@port"] == "trans_women@port"
    assert former["bar@port"] == former["women@port"] == "former_fsw@port"
    assert former["park@lake"] == former["clients_of_men@lake"] == "former_msw@lake"
    assert former["men:general@port"] == former["clients_of_women:general@port"] == ""


def test_kinds_of_pair_by_form_and_group() -> None:
    """Each form has its kind; a steady partner of who sells is an own partner. Exact."""
    kind_for = PLAIN.tables["kind_for"]
    assert kind_for.shape == (7, 6)
    for code, g in enumerate(PLAIN.groups):
        steady = codes.OWN_PARTNER if g.role == codes.WORKER else codes.SPOUSE
        assert kind_for[:, code].tolist() == [0, steady, codes.CASUAL_PARTNER, codes.REGULAR_CLIENT,
                                              codes.ONE_OFF_CLIENT, codes.NEEDLE_PARTNER, codes.FORCED_ACT]  # fmt: skip
    assert PLAIN.tables["form_of"].tolist() == [0, 1, 2, 1, 3, 4, 5, 6]


def test_kinds_of_the_settings_own() -> None:
    """A further kind has its form, and is that of its groups only, the later one where two are. Exact."""
    assert WIDE.pair_kinds == (*codes.PAIR_KINDS, "men_together", "buyers")
    assert WIDE.tables["form_of"].tolist()[-2:] == [codes.CASUAL, codes.CASUAL]
    casual = dict(zip(WIDE.group_names, WIDE.tables["kind_for"][codes.CASUAL].tolist(), strict=True))
    first, second = (dict.fromkeys(names(WIDE, label), kind) for label, kind in (("msm", 8), ("msw", 9)))
    further = {name: kind for name, kind in casual.items() if kind != codes.CASUAL_PARTNER}
    assert further == first | second | dict.fromkeys(names(WIDE, "clients_of_men"), 9)
    assert (WIDE.tables["kind_for"][codes.REGULAR] == codes.REGULAR_CLIENT).all()


def test_a_steady_kind_replaces_that_of_who_sells() -> None:
    """A further steady kind for men who sell goes before their own partners. Exact."""
    layout = Layout(WORK, kinds=(("boyfriends", codes.STEADY, ("msw",)),))
    steady = dict(zip(layout.group_names, layout.tables["kind_for"][codes.STEADY].tolist(), strict=True))
    assert (steady["park"], steady["club"], steady["msm"]) == (8, codes.OWN_PARTNER, codes.SPOUSE)


def test_layout_of_a_scenario() -> None:
    """A scenario says who works where, its sites and occupations, kinds and unions; a mere frame may leave all out.

    The same declarations give one and the same layout. Exact.
    """
    given = dict.fromkeys(("name", "title"), "x") | {"start": 0.0, "stop": 1.0, "step": 0.1, "people": 1, "seeds": 1}
    scenario = Scenario(
        **given, seed=1, work_settings=("bar", "park"), workers={"park": "men"}, sites=("port", "lake"),
        occupations=("general",), groups={"men_all": ("men:general@port",)},
        pair_kinds=(PairKind("mates", "casual", ("msm",)),),
    )  # fmt: skip
    layout = scenario.layout
    assert layout.settings == (("bar", codes.WOMEN), ("park", codes.MSM))
    assert layout.kinds == (("mates", codes.CASUAL, ("msm",)),) and layout.pair_kinds[-1] == "mates"
    assert names(layout, "men_all") == ["men:general@port"] and scenario.layout is layout
    assert layout_of(SimpleNamespace(work_settings=("bar", "street"))) == PLAIN


@pytest.mark.parametrize(("sites", "problems"), [(51, 0), (52, 1)])
def test_as_many_groups_as_a_person_may_have(sites: int, problems: int) -> None:
    """Five groups at each site: 255 are taken, 260 refused with both numbers. Exact.

    The tables of 255 lead to the right places, and the last code fits the one byte that a person has for it.
    """
    layout = Layout((("bar", codes.WOMEN),), sites=tuple(f"site_{k}" for k in range(sites)))
    check = Checker()
    check_size(check, None, Node({}, "scenario.yaml", 1, 1), layout)
    assert MOST_GROUPS == 255 and len(layout.groups) == 5 * sites and len(check.problems) == problems
    if problems:
        assert "make 260 groups, and at most 255 can be" in str(check.problems[0])
        return
    assert layout.members("former_fsw@site_50") == {254} and np.array([254]).astype(group_dtype())[0] == 254
    assert layout.tables["at_site"][254].tolist() == list(range(204, 255))
    assert layout.tables["former_of"][layout.tables["at_site"][3 * 51, 50]] == 254
    assert layout.tables["outside_of"][254] == 50
