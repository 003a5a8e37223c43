"""What a scenario says of violence, police, the law and arrows is refused where it could not act, or acts twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from swmodel.scenario.load import load
from swmodel.scenario.problems import ScenarioError

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEAD = "from swmodel import Arrow\n"
WORDS = '"weak", "assumption (a test)", "what it does", "at once", "never"'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the shipped settings, their fits, and levers, beside which a scenario may be written."""
    top = tmp_path / "scenarios"
    shutil.copytree(SCENARIOS.parent / "calibration", tmp_path / "calibration")
    for folder in ("settings", "levers"):
        shutil.copytree(SCENARIOS / folder, top / folder)
    return top


def problems(tree: Path, text: str) -> str:
    """What loading a scenario says, all on one line."""
    (tree / "made.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load(tree / "made.yaml")
    return " ".join(str(error.value).split())


@pytest.mark.parametrize(
    ("given", "layer", "wanted"),
    [
        ("law: {law_lag: 1 year}", "law", "law.criminalised or law.clients_criminalised or law.regulated"),
        ("police: {arrest_share: 0.5}", "police", "police.police_contact"),
        ("violence: {sexual_share: 0.5}", "violence", "violence.violence_hazard"),
        ("coercion: {bondage_duration: 1 year}", "coercion", "coercion.coerced_share or coercion.debt_bond_share"),
        ("need: {repay_rate: 1 per year}", "economic need", "need.shock_hazard or need.debt_hazard or need.dependants"),
        ("community: {membership_end: 1 per year}", "organisation of sex workers", "community.peer_spread"),
    ],
)
def test_what_nothing_hangs_on(tree: Path, given: str, layer: str, wanted: str) -> None:
    """A detail of what is not in the scenario, with its line and what would bring it in. Exact."""
    said = problems(tree, f"extends: settings/cotonou.yaml\nparameters:\n  {given}\n")
    name = given.replace(": {", ".").split(":")[0]
    place = f"made.yaml:3:{given.index('{') + 4}"
    assert f"{place}: {name} has no effect, as there is no {layer} in this scenario" in said
    assert f"give {wanted} as well" in said and "1 problem found" in said


def test_an_arrow_without_one_of_its_ends(tree: Path) -> None:
    """The size of an arrow from what is not there, and a share of arrows of which there is none; 1 is off. Exact."""
    given = "  pathways: {violence_recent_to_testing_rate: 0.5, drinks_to_client_violence_rate: 1}\n"
    said = problems(tree, f"extends: settings/cotonou.yaml\nparameters:\n  stigma: {{stigma: 0.5}}\n{given}")
    assert "made.yaml:4:14: pathways.violence_recent_to_testing_rate has no effect, as there is no violence in" in said
    assert "give violence.violence_hazard as well" in said and "1 problem found" in said
    said = problems(tree, "extends: settings/cotonou.yaml\nparameters:\n  pathways: {causal_share: 1}\n")
    assert "made.yaml:3:14: pathways.causal_share has no effect, as nothing weighs on people" in said


def test_arrows_that_are_not_in_the_run_count_for_nothing(tree: Path) -> None:
    """A way by bondage doubles an arrow to leaving, where there is bondage; elsewhere the arrow may be. Exact."""
    arrow = '"violence_recent", "exit_rate", 1.2, "rate ratio", (1.0, 3.0)'
    (tree / "own.py").write_text(f"{HEAD}ONE = Arrow({arrow}, {WORDS})\n", encoding="utf-8")
    assert "counts twice: it is also carried by bonded" in problems(
        tree, "extends: levers/baseline.yaml\nextensions: [own.py]\n"
    )
    text = (
        "extends: settings/cotonou.yaml\nextensions: [own.py]\nparameters: {violence: {violence_hazard: 1 per year}}\n"
    )
    (tree / "made.yaml").write_text(text, encoding="utf-8")
    load(tree / "made.yaml")


def test_a_layer_does_not_need_another(tree: Path) -> None:
    """The law alone may be said, where there is neither police nor violence. Exact."""
    text = "extends: settings/cotonou.yaml\nparameters:\n  law: {criminalised: 1, law_lag: 1 year}\n"
    (tree / "made.yaml").write_text(text, encoding="utf-8")
    assert load(tree / "made.yaml").parameters["criminalised"] == 1.0


def test_levers_without_anything_to_act_on(tree: Path) -> None:
    """Policing where there is no police, and less violence where there is none; with the line of each. Exact."""
    target = "{start: 2026, target: {group: fsw}, coverage: 0.5}"
    text = f"extends: settings/cotonou.yaml\ninterventions:\n  - policing: {target}\n  - violence_reduction: {target}\n"
    said = problems(tree, text)
    assert "made.yaml:3:15: policing has nobody to act on, as there is no police in this scenario" in said
    assert "made.yaml:4:25: violence_reduction has nobody to act on, as there is no violence in this scenario" in said
    assert "give violence.violence_hazard as well" in said


def test_a_lever_needs_its_own_layer(tree: Path) -> None:
    """Violence does not make police. Exact."""
    said = problems(tree, "extends: settings/cotonou.yaml\nparameters:\n  violence: {violence_hazard: 0.5 per year}\n"
                          "interventions:\n  - policing: {start: 2026, coverage: 0.5}\n")  # fmt: skip
    assert "policing has nobody to act on" in said and "1 problem found" in said


def test_a_regime_that_no_setting_uses(tree: Path) -> None:
    """A regime only for people who neither sell nor buy; none at all may be said. Exact."""
    text = "extends: levers/baseline.yaml\nparameters:\n  law:\n    regulated: {men: 0.5}\n    criminalised: 0\n"
    said = problems(tree, text)
    assert "made.yaml:4:5: law.regulated is given, but no work setting and no client is under it in any year" in said
    assert "1 problem found" in said


def test_regimes_that_add_up_to_more_than_everything(tree: Path) -> None:
    """The setting, the year, the parts and the sum are named. Exact."""
    said = problems(tree, "extends: levers/baseline.yaml\nparameters:\n  law:\n    regulated: {street: 0.5}\n")
    assert "the regimes of 'street@mombasa' add up to more than 1 in 1980: criminalised 1 + clients_criminalised 0 + " \
        "regulated 0.5" in said  # fmt: skip
    assert "got 1.5" in said and "the rest is decriminalised" in said


@pytest.mark.parametrize(
    ("arrow", "said"),
    [
        ('"violence_recnt", "condom_odds", 0.5, "odds ratio", (0.1, 1.0)', "did you mean 'violence_recent'?"),
        ('"police_recent", "testing_rate", 0.5, "rate ratio", (0.1, 1.0)', "is declared already"),
        ('"detained", "violence_rate", 2.0, "rate ratio", (1.0, 3.0)',
         "the effect of detained -> art_stop_rate counts twice: it is also carried by detained -> violence_rate -> "
         "violence_recent -> art_stop_rate"),
    ],
    ids=["unknown", "twice", "direct and mediated"],
)  # fmt: skip
def test_arrows_of_an_extension(tree: Path, arrow: str, said: str) -> None:
    """An unknown end, an arrow that ships, and one that makes a shipped effect count twice. Exact."""
    (tree / "own.py").write_text(f"{HEAD}ONE = Arrow({arrow}, {WORDS})\n", encoding="utf-8")
    assert said in problems(tree, "extends: levers/baseline.yaml\nextensions: [own.py]\n")


def test_an_arrow_of_an_extension_acts(tree: Path) -> None:
    """Its size is a parameter, under its name. Exact."""
    arrow = '"violence_recent", "mortality", 1.2, "rate ratio", (1.0, 3.0)'
    (tree / "own.py").write_text(f"{HEAD}ONE = Arrow({arrow}, {WORDS})\n", encoding="utf-8")
    (tree / "made.yaml").write_text("extends: levers/baseline.yaml\nextensions: [own.py]\nparameters:\n  pathways:\n"
                                    "    violence_recent_to_mortality: 1.5\n", encoding="utf-8")  # fmt: skip
    assert load(tree / "made.yaml").parameters["violence_recent_to_mortality"] == 1.5


def test_evidence_is_of_a_known_grade(tree: Path) -> None:
    """With the nearest grade. Exact."""
    assert "did you mean 'weak'?" in problems(tree, "extends: levers/baseline.yaml\nevidence: weka\n")


@pytest.mark.parametrize("path", sorted((SCENARIOS / "levers").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_levers_say_what_they_answer(path: Path) -> None:
    """Each names rows of the Guidance Note and a grade of evidence; the baseline, to which all compare, neither."""
    scenario = load(path)
    assert bool(scenario.answers) == bool(scenario.evidence) == (path.stem != "baseline")
