"""Values by label: what stands for each group, kind of pair or other label, and how it is spread over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from swmodel import codes
from swmodel.declare import Param, dimensions
from swmodel.layout import Layout
from swmodel.values import at_times, by_label, is_series, narrowest, tabulate, varies

PLAIN = Layout((("bar", codes.WOMEN), ("street", codes.WOMEN)))
WIDE = Layout(
    (("bar", codes.WOMEN), ("park", codes.MSM)),
    occupations=("general", "drivers"),
    sites=("port", "lake"),
    kinds=(("mates", codes.CASUAL, ("msm",)), ("husbands", codes.STEADY, ("msm",))),
    unions=(("women_all", ("women", "fsw", "former_fsw")),),
)
TIMES = np.array([2000.0, 2005.0, 2010.0, 2030.0])


def param(by: Any, default: Any = 0.0, unit: str = "ratio") -> Param:
    """A parameter along one dimension or two."""
    return Param("amount", default, unit, (0.0, 100.0), "assumption (made for tests)", "made for tests", by=by)


def by_group(value: Any, layout: Layout = PLAIN, default: Any = 0.0) -> dict[str, Any]:
    """What each group gets."""
    return dict(zip(layout.group_names, by_label(param("group", default), value, layout), strict=True))


def test_series() -> None:
    """A mapping of years is a series, one of labels is not, nor an empty one; constant ones do not vary. Exact."""
    assert is_series({2000: 1, 2010.5: 2}) and not is_series({"bar": 1}) and not is_series({}) and not is_series(3.0)
    assert varies({2000: 1, 2010: 2}) and not varies({2000: 1, 2010: 1}) and not varies(1.0)
    assert varies({"bar": {2000: 1, 2010: 2}, "all": 1}) and not varies({"bar": {2000: 1}, "all": 2})
    assert varies({"bar": {"port": {2000: 1, 2010: 2}}}) and not varies({"bar": {"port": 1.0}})


def test_series_are_linear_between_years_and_constant_outside() -> None:
    """The years may come in any order. Exact."""
    assert at_times({2010: 2.0, 2000: 1.0}, np.array([1990.0, 2000.0, 2005.0, 2010.0, 2050.0])).tolist() == [
        1.0, 1.0, 1.5, 2.0, 2.0,
    ]  # fmt: skip
    assert at_times(3, TIMES).tolist() == [3.0] * 4


def test_one_value_is_that_of_every_label() -> None:
    """A number, or a series, stands for all. Exact."""
    assert by_group(2.0) == dict.fromkeys(PLAIN.group_names, 2.0)
    series = {2000: 1.0, 2010: 2.0}
    assert by_group(series) == dict.fromkeys(PLAIN.group_names, series)


def test_a_group_takes_the_label_that_names_fewest() -> None:
    """A work setting goes before all who sell, they before everyone, in whatever order they are written. Exact."""
    value = {"street": 3.0, "fsw": 2.0, "all": 1.0}
    expected = dict.fromkeys(PLAIN.group_names, 1.0) | {"bar": 2.0, "street": 3.0}
    assert by_group(value) == by_group(dict(reversed(value.items()))) == expected


def test_narrowed_labels_go_before_the_wider() -> None:
    """A site, an occupation, both, and a union of the setting's own, each by how many groups it names. Exact."""
    value = {"lake": 5.0, "clients:drivers@lake": 4.0, "clients": 3.0, "drivers": 2.0, "women_all": 6.0, "all": 1.0}
    found = by_group(value, WIDE)
    assert found["clients_of_women:drivers@lake"] == 4.0  # one group
    assert found["men:drivers@lake"] == found["clients_of_women:drivers@port"] == 2.0  # four of all drivers
    assert found["clients_of_women:general@port"] == found["clients_of_men@port"] == 3.0  # six who buy
    assert found["bar@lake"] == 6.0  # six women, eleven at the lake
    assert found["msm@lake"] == 5.0 and found["msm@port"] == 1.0
    assert found["clients_of_men@lake"] == 3.0


def test_of_two_labels_as_narrow_the_later_one_counts() -> None:
    """Two names of one group, and two that overlap: the one written later. Exact."""
    assert by_group({"bar": 1.0, "bar:fsw": 2.0})["bar"] == 2.0
    assert by_group({"bar:fsw": 2.0, "bar": 1.0})["bar"] == 1.0
    both = ({"drivers": 1.0, "clients:port": 2.0}, {"clients:port": 2.0, "drivers": 1.0})
    assert len(WIDE.members("drivers") or ()) == 4 and len(WIDE.members("clients:port") or ()) == 3
    assert {by_group(value, WIDE)["clients_of_women:drivers@port"] for value in both} == {2.0}


def test_what_a_value_does_not_say_the_default_says() -> None:
    """Groups that no label of the value names have the default's, by its narrowest label, and at last 0. Exact."""
    default = {"women": 0.25, "fsw": 0.5, "all": 0.75}
    assert by_group({"bar": 9.0}, default=default) == {
        "women": 0.25, "men": 0.75, "clients": 0.75, "bar": 9.0, "street": 0.5, "former_fsw": 0.75,
    }  # fmt: skip
    assert by_group({"bar": 9.0}, default={"women": 0.25})["men"] == 0.0
    assert by_group({"bar": 9.0}, default=4.0)["street"] == 4.0
    assert by_group({"all": 9.0}, default=default) == dict.fromkeys(PLAIN.group_names, 9.0)


def test_a_default_names_what_a_setting_may_not_have() -> None:
    """Labels of populations that are not there name nobody, and change nothing. Exact."""
    assert by_group({"msw": 9.0, "nairobi": 8.0, "all": 1.0}) == dict.fromkeys(PLAIN.group_names, 1.0)
    assert narrowest({"msw": 9.0}, PLAIN) == [None] * 6


def test_kinds_of_pair_take_the_standard_kind_of_their_form() -> None:
    """A further kind has its own value, else that of the first standard kind of its form, else everyone's. Exact."""
    kinds = param("pair_kind", {"spouse": 1.0, "casual": 2.0, "all": 0.5})
    names = WIDE.pair_kinds
    found = dict(zip(names, by_label(kinds, kinds.default, WIDE), strict=True))
    assert (found["mates"], found["husbands"], found["own_partner"]) == (2.0, 1.0, 0.5)
    found = dict(zip(names, by_label(kinds, {"mates": 7.0, "spouse": 8.0}, WIDE), strict=True))
    assert (found["mates"], found["husbands"], found["casual"]) == (7.0, 8.0, 2.0)


@pytest.mark.parametrize("value", [{"all": 3.0}, {"casual": 3.0, "all": 1.0}])
def test_kinds_of_pair_take_what_is_said_before_the_default(value: dict[str, float]) -> None:
    """A value for all, or for the standard kind, is that of a further kind, whatever the default has. Exact."""
    kinds = param("pair_kind", {"casual": 2.0, "mates": 9.0, "all": 0.5})
    found = dict(zip(WIDE.pair_kinds, by_label(kinds, value, WIDE), strict=True))
    assert found["mates"] == found["casual"] == 3.0


@pytest.mark.parametrize(
    ("dimension", "labels"),
    [
        ("hiv_stage", codes.HIV_STAGES),
        ("education", codes.EDUCATION),
        ("work_setting", ("bar", "park")),
        ("occupation", ("general", "drivers")),
        ("site", ("port", "lake")),
        ("cause_of_death", codes.CAUSES),
    ],
)
def test_other_dimensions_have_a_value_for_each_label(dimension: str, labels: tuple[str, ...]) -> None:
    """A label's own value, else that for all, else the default's. Exact."""
    one = param(dimension, {labels[0]: 1.0, "all": 2.0})
    assert by_label(one, one.default, WIDE) == [1.0] + [2.0] * (len(labels) - 1)
    assert by_label(one, {labels[1]: 5.0}, WIDE) == [1.0, 5.0] + [2.0] * (len(labels) - 2)


def test_without_sites_or_occupations_everyone_is_one_label() -> None:
    """The only label of such a dimension is that of everyone. Exact."""
    for dimension in ("site", "occupation"):
        assert by_label(param(dimension, 3.0), 4.0, PLAIN) == [4.0]
        assert by_label(param(dimension, 3.0), {"all": 5.0}, PLAIN) == [5.0]


def test_dimensions_of_a_parameter() -> None:
    """None, one or two. Exact."""
    assert dimensions(param(None)) == () and dimensions(param("site")) == ("site",)
    assert dimensions(param(("site", "occupation"))) == ("site", "occupation")


def test_tables_over_time() -> None:
    """A number along time, or by label along the columns, in the engine's units, contiguous. Exact."""
    assert tabulate(param(None), {2000: 0.0, 2010: 10.0}, PLAIN, TIMES).tolist() == [0.0, 5.0, 10.0, 10.0]
    table = tabulate(param("group", 1.0), {"street": {2000: 0.0, 2010: 10.0}, "fsw": 7.0}, PLAIN, TIMES)
    assert table.shape == (4, 6) and table.flags.c_contiguous
    assert table[:, 4].tolist() == [0.0, 5.0, 10.0, 10.0] and set(table[:, 3]) == {7.0} and set(table[:, 0]) == {1.0}
    months = tabulate(param("group", 1.0, "per month"), {"bar": 2.0}, PLAIN, TIMES[:1])
    assert months[0].tolist() == pytest.approx([12.0, 12.0, 12.0, 24.0, 12.0, 12.0], rel=1e-14)


def test_tables_of_two_dimensions() -> None:
    """Rows by the first dimension, columns by the second, at each time; what is left out is 0. Exact."""
    moves = param(("site", "site"))
    table = tabulate(moves, {"port": {"lake": 1.0}, "lake": {"port": {2000: 0.25, 2010: 0.75}}}, WIDE, TIMES)
    assert table.shape == (4, 2, 2) and table.flags.c_contiguous
    assert table[:, 0].tolist() == [[0.0, 1.0]] * 4
    assert table[:, 1].tolist() == [[0.25, 0.0], [0.5, 0.0], [0.75, 0.0], [0.75, 0.0]]


def test_tables_of_two_dimensions_take_defaults_for_whole_rows() -> None:
    """A number stands for the table, `all` for each row or column; a row that is not named is the default. Exact."""
    choice = param(("occupation", "work_setting"), 1.0)
    assert tabulate(choice, 1.0, WIDE, TIMES[:1])[0].tolist() == [[1.0, 1.0]] * 2
    assert tabulate(choice, {"drivers": {"park": 3.0, "all": 0.5}}, WIDE, TIMES[:1])[0].tolist() == [
        [1.0, 1.0], [0.5, 3.0],
    ]  # fmt: skip
    assert tabulate(choice, {"all": {"bar": 2.0, "all": 1.0}}, WIDE, TIMES[:1])[0].tolist() == [[2.0, 1.0]] * 2
    assert tabulate(choice, {"all": 4.0, "drivers": 5.0}, WIDE, TIMES[:1])[0].tolist() == [[4.0, 4.0], [5.0, 5.0]]


def test_a_row_keeps_the_default_for_what_it_leaves_out() -> None:
    """Drivers who prefer one setting three times are to the others as everyone: the default of 1, not 0. Exact."""
    choice = param(("occupation", "work_setting"), 1.0)
    assert tabulate(choice, {"drivers": {"park": 3.0}}, WIDE, TIMES[:1])[0].tolist() == [[1.0, 1.0], [1.0, 3.0]]


def test_tables_of_two_dimensions_without_sites_or_occupations() -> None:
    """One place has a table of one by one; without occupations one row. Exact."""
    assert tabulate(param(("site", "site")), 0.0, PLAIN, TIMES).shape == (4, 1, 1)
    assert tabulate(param(("occupation", "work_setting"), 1.0), 1.0, PLAIN, TIMES).shape == (4, 1, 2)
