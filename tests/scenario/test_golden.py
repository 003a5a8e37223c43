"""Every message of every kind of bad scenario file, exactly as a user reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from declared import DECLARED

from swmodel.scenario.describe import describe_scenario
from swmodel.scenario.load import load_with_extensions
from swmodel.scenario.problems import ScenarioError

GOLDEN = Path(__file__).parent / "golden"
PARTS = {"loop_two"}  # files that others need
FILES = sorted(path.stem for path in GOLDEN.glob("*.yaml") if path.stem not in PARTS)


@pytest.mark.parametrize("name", FILES)
def test_what_a_user_reads(name: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A good file gives its description, a bad one every problem with its place."""
    monkeypatch.chdir(GOLDEN)
    try:
        scenario, extensions = load_with_extensions(f"{name}.yaml", declarations=DECLARED)
        text = describe_scenario(scenario, DECLARED.extended(extensions))
    except ScenarioError as error:
        text = str(error)
    golden(GOLDEN / f"{name}.txt", text + "\n")


FLAGS = {
    "unknown": ["transmission.condom_eficacy=0.8", "transmision.x=3", "simulation.peeple=3", "oral_prep.adherence=0.3"],
    "values": ["transmission.condom_efficacy=1.8", "people.leave_age=", "care.art_start=3", "transmission.acts=[3"],
    "form": ["transmission", "transmission=3", "=4", "transmission..x=3"],
    "levers": [
        "interventions.prep_strt.start=2030", "interventions.prep_street", "interventions.prep_street.start=2060",
        "interventions.condom_programme.target.group=fws",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FLAGS)
def test_flags_are_named(name: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem with a value of `--set` names the flag."""
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(ScenarioError) as caught:
        load_with_extensions("good.yaml", FLAGS[name], declarations=DECLARED, people=-3)
    golden(GOLDEN / f"flags_{name}.txt", str(caught.value) + "\n")
