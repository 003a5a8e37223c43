"""Sites, occupations, workers of several populations and kinds of pair: what a user reads, and what is refused.

The declarations are those of the model as shipped, since numbers that cannot be together are found among them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swmodel.scenario.describe import describe_scenario
from swmodel.scenario.load import load
from swmodel.scenario.problems import ScenarioError
from swmodel.scenario.spec import PairKind

FOLDER = Path(__file__).parent / "golden" / "places"
FILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_what_a_user_reads(name: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file gives its description, a bad one every problem with its place."""
    monkeypatch.chdir(FOLDER)
    try:
        text = describe_scenario(load(f"{name}.yaml"))
    except ScenarioError as error:
        text = str(error)
    golden(FOLDER / f"{name}.txt", text + "\n")


def test_a_place_becomes_a_scenario() -> None:
    """Names in their order; who works where; kinds of pair; nested values; unions of narrowed labels."""
    found = load(FOLDER / "base.yaml")
    assert (found.sites, found.occupations) == (("port", "capital"), ("general", "drivers", "tourists"))
    assert found.work_settings == ("brothel", "street", "male_bar", "trans_street")
    assert found.workers == {"male_bar": "men", "trans_street": "trans_women"}
    assert found.pair_kinds == (PairKind("casual_men", "casual", ("msm", "msw", "former_msw", "clients_of_men")),)
    assert found.parameters["setting_choice"] == {"drivers": {"street": 3.0}}
    assert found.parameters["trip_destination"] == {"port": {"capital": 1.0}, "capital": {"port": 1.0}}
    assert found.groups["on_the_road"] == (
        "clients_of_women:drivers@port", "clients_of_women:drivers@capital", "street@port", "street@capital",
    )  # fmt: skip


def test_places_are_inherited_and_replaced(tmp_path: Path) -> None:
    """A list of sites and what works where are replaced by those of a child; nested values merge label by label."""
    shutil.copy(FOLDER / "base.yaml", tmp_path)
    (tmp_path / "made.yaml").write_text("""
extends: base.yaml
work_settings: {sauna: men}
parameters:
  sex_work: {sex_worker_share: {sauna: 0.05}}
  clients: {setting_choice: {drivers: {sauna: 2}, tourists: {all: 4}}}
""")
    found = load(tmp_path / "made.yaml")
    assert found.sites == ("port", "capital")
    assert found.workers == {"male_bar": "men", "trans_street": "trans_women", "sauna": "men"}
    assert found.work_settings == ("brothel", "street", "male_bar", "trans_street", "sauna")
    assert found.parameters["setting_choice"] == {"drivers": {"street": 3.0, "sauna": 2.0}, "tourists": {"all": 4.0}}


# Numbers that no run could bring about, each beside what it is about; the message names it.
IMPOSSIBLE = {
    "more than all women sell sex": (
        "sex_work: {sex_worker_share: {brothel: 0.8, street: 0.7}}", "sex_worker_share"),
    "more than all men who have sex with men sell or buy": (
        "clients: {client_share: {clients_of_men: 0.9, clients_of_trans_women: 0.9}}", "client_share"),
    "a row of a matrix that does not sum later on": (
        "mobility: {trip_destination: {port: {capital: {1990: 1, 2000: 0.5}}}}", "trip_destination of 'port'"),
    "a limit at one site below the degree there": (
        'partners: {casual_rate: {women: 2 per year}, casual_limit: {"women@capital": 1}}', "casual_limit"),
    "a limit of men below what women ask of them": (
        "partners: {casual_rate: {women: 4 per year}, casual_limit: {men: 1, clients: 1}}", "casual_limit"),
    "people from elsewhere who stay and swamp the women": (
        "demography: {immigrant_share: 1}\n  sex_work: {sex_worker_share: 0.2, leave_sex_work: 1 per year}",
        "immigrant_share"),
    "all men are visitors": ("demography: {visitor_stay: 2 weeks}", "visitor_stay"),
    "nobody lives at any site": ("demography: {site_share: 0}", "site_share"),
}  # fmt: skip


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_numbers_that_cannot_be_together(what: str, tmp_path: Path) -> None:
    """Refused before a run, with the parameter's name and no number that is an accident of a division by nothing."""
    values, named = IMPOSSIBLE[what]
    shutil.copy(FOLDER / "base.yaml", tmp_path)
    (tmp_path / "made.yaml").write_text(f"extends: base.yaml\nparameters:\n  {values}\n")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "made.yaml")
    assert named in str(caught.value)
    assert "000,000,000" not in str(caught.value)


TOKENS = st.sampled_from(
    ["", ":", ": ", "{", "}", "[", "]", "@", "port", "capital", "@port", ":drivers", "women", "men", "all", "1", "0",
     "0.5", "1e9", "per year", ", ", "{port: 1}", "{1990: 0.1, 2000: 0.9}", "{all: {all: 1}}", "null", "msw",
     "tourists", "casual", "needle", "{}", "[]", "\n"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), TOKENS), min_size=1, max_size=3))
def test_mutated_places_only_ever_give_scenario_errors(tmp_path: Path, changes: list[tuple[float, int, str]]) -> None:
    """Cut and replace at random places of a good file: it loads, or gives problems with places."""
    text = (FOLDER / "base.yaml").read_text()
    for where, length, new in changes:
        start = int(where * len(text))
        text = text[:start] + new + text[start + length :]
    (tmp_path / "made.yaml").write_text(text)
    try:
        load(tmp_path / "made.yaml")
    except ScenarioError as error:
        assert error.problems and all("\n" not in str(problem) for problem in error.problems)
