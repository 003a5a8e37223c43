"""The helper of these tests: what it fills in, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import BROTHEL, EVERY, FORMER, PARAMS, PLAIN, SETTINGS, WIDE, by_group, call, group_of
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.progression import hiv_progression
from swmodel.processes.sex_work import role_clocks


def test_unknown_argument_is_refused() -> None:
    """A misspelt argument is refused with the nearest name. Exact."""
    with pytest.raises(TypeError, match=r"'hiv_progression' does not take 'hiv_stages'; did you mean 'hiv_stage'"):
        call(hiv_progression, hiv_stages=[1])


def test_rows_that_do_not_agree_are_refused() -> None:
    """Arrays of two lengths in one table are refused. Exact."""
    with pytest.raises(TypeError, match="'hiv_stage' has 2 rows, and the people 3"):
        call(hiv_progression, care_state=[0, 0, 0], hiv_stage=[1, 1])


def test_a_table_of_unknown_size_is_refused() -> None:
    """With no array given, the number of rows must be. Exact."""
    with pytest.raises(TypeError, match="say how many people"):
        call(hiv_progression)


def test_what_is_prepared_must_be_given() -> None:
    """There is no default for what is prepared before a run. Exact."""
    with pytest.raises(TypeError, match="'role_clocks' needs 'education_at_start'"):
        call(role_clocks, people_rows=1)


def test_only_declared_arrays_are_writable() -> None:
    """Arrays that a process does not list in `writes` are read-only, as in the engine. Exact."""
    result = call(hiv_progression, people_rows=2)
    assert result.hiv_stage.flags.writeable and not result.care_state.flags.writeable


def test_parameters_come_by_label() -> None:
    """A parameter by label has the value of its label, of all workers for each setting, or the default. Exact."""
    prepared = {"start_hazard": np.zeros((1, 7)), "visiting": np.zeros(7), "education_at_start": np.ones(3)}
    result = call(role_clocks, people_rows=1, leave_sex_work={"fsw": 2.0, "street": 3.0}, **prepared)
    assert SETTINGS == ("brothel", "street", "home")
    assert result.leave_sex_work.tolist() == [0.165, 0.165, 0.165, 2.0, 3.0, 2.0, 0.165]


def test_tables_are_those_of_the_layout() -> None:
    """A kernel gets the tables, and parameters as long as the groups, of the layout that is asked for. Exact."""
    few, many = (call(acts_and_condoms, people_rows=1, pairs_rows=1, layout=layout) for layout in (PLAIN, WIDE))
    for result, layout in ((few, PLAIN), (many, WIDE)):
        assert result.role_of is layout.tables["role_of"] and not result.role_of.flags.writeable
        assert len(result.setting_condom_odds) == len(result.contacts_sold) == len(layout.groups)
        assert len(result.act_rate) == len(result.acts) == len(layout.pair_kinds)
    assert by_group({BROTHEL: 2, FORMER: 1}) == [0, 0, 0, 2, 0, 0, 1]
    with pytest.raises(ValueError):
        group_of("fsw")


def test_every_parameter_has_a_declaration() -> None:
    """Every parameter of the model's processes can be filled in from its default. Exact."""
    missing = [p.name for one in EVERY for p in one.params if p.name not in PARAMS]
    assert missing == []
    assert call(acts_and_condoms, people_rows=1, pairs_rows=1).returned is None
