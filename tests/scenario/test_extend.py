"""Extensions: what is collected from a file, when it is read again, and that its kernels stay compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from declared import DECLARED, ageing

from swmodel import extend
from swmodel.scenario.declarations import core
from swmodel.scenario.load import load_with_extensions
from swmodel.scenario.problems import ScenarioError

GOLDEN = Path(__file__).parent / "golden"
STIGMA = GOLDEN / "code" / "stigma.py"


def problems(folder: Path, source: str) -> str:
    """What a user reads when a scenario names an extension with this source."""
    (folder / "own.py").write_text(source)
    text = (GOLDEN / "base.yaml").read_text() + "extensions: own.py\n"
    (folder / "made.yaml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_with_extensions(folder / "made.yaml", declarations=DECLARED)
    return str(caught.value)


def test_what_a_file_declares() -> None:
    """Processes, interventions and measures in order of definition; imported ones are not its own."""
    found = extend.load_file(STIGMA)
    assert found.name == "stigma"
    assert [p.name for p in found.processes] == ["stigma"]
    assert list(found.interventions) == ["clinic_training"]
    assert [m.name for m in found.measures] == ["stigma_met"]
    assert found.processes[0].params[0].section == "stigma"
    assert sys.modules[extend.module_name(os.path.realpath(STIGMA))].stigma is found.processes[0]


def test_a_scenario_uses_it() -> None:
    """Its parameters, interventions and measures are known to the scenario that names it."""
    scenario, extensions = load_with_extensions(GOLDEN / "extension.yaml", declarations=DECLARED)
    assert scenario.parameters["stigma_level"] == 0.4
    assert scenario.levers[0].values == {"stigma_ratio": 0.4}
    assert [one.name for one in extensions] == ["stigma"]
    assert scenario.extensions == (str(GOLDEN / "code" / "stigma.py"),)
    again = load_with_extensions(GOLDEN / "extension.yaml", declarations=DECLARED)[1]
    assert again[0] is extensions[0]  # an unchanged file is not run again


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    """A changed file is run again under the same module name."""
    path = tmp_path / "own.py"
    path.write_text(STIGMA.read_text())
    assert [p.name for p in extend.load_file(path).processes] == ["stigma"]
    path.write_text(STIGMA.read_text().replace("def stigma(", "def stigma_at_clinics("))
    assert [p.name for p in extend.load_file(path).processes] == ["stigma_at_clinics"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = = 3\n", "own.py:1: invalid syntax"),
        ("\nimport not_there_at_all\n", "own.py:2: ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("\n\nraise SystemExit(3)\n", "own.py:3: SystemExit: 3"),
        ("def f():\n    assert False\nf()\n", "own.py:2: AssertionError"),
        ("from swmodel.declare import Measure\n", "it declares no process, intervention, measure or arrow"),
    ],
)
def test_a_failing_import_names_its_line(tmp_path: Path, source: str, said: str) -> None:
    """One line without a traceback: the line of the scenario, the line of the file, and what Python said."""
    text = problems(tmp_path, source)
    assert f"made.yaml:17:13: the extension '{tmp_path / 'own.py'}' cannot be used; {said}" in text
    assert text.endswith("1 problem found") and "Traceback" not in text


def test_two_extensions_may_not_share_a_name(tmp_path: Path) -> None:
    """The second of two that clash is refused, and both places are named."""
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(STIGMA.read_text())
    (tmp_path / "made.yaml").write_text((GOLDEN / "base.yaml").read_text() + "extensions: [one.py, two.py]\n")
    with pytest.raises(ScenarioError, match=r"two\.py:8: the process 'stigma' is declared already, in one\.py:8"):
        load_with_extensions(tmp_path / "made.yaml", declarations=DECLARED)


CLASH = """
from swmodel import Attr, Counter, Param, process

@process(phase="movement", {given}, writes=())
def going(lo, hi, {name}):
    return None
"""


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ('params=(Param("moving_rate", 1.0, "per year", (0.0, 2.0), "assumption", "x"),)', "moving_rate",
         "clash.py:4: the parameter 'moving_rate' has the name of an attribute, in swmodel.processes.sex_work"),
        ('counters=(Counter("member", "x"),)', "member",
         "clash.py:4: the counter 'member' has the name of an attribute, in swmodel.processes.community"),
        ('attributes=(Attr("moves", "i4", 0, "x"),)', "moves",
         "clash.py:4: the attribute 'moves' has the name of a counter, in swmodel.processes.mobility"),
        ('attributes=(Attr("stop_rate", "f4", 0, "x"),)', "stop_rate",
         "clash.py:4: the attribute 'stop_rate' has the name of a parameter, in the section 'care'"),
    ],
)  # fmt: skip
def test_names_that_a_kernel_could_not_tell_apart(tmp_path: Path, given: str, name: str, said: str) -> None:
    """Attributes, parameters and counters come to kernels by name, so none may have the name of another. Exact."""
    (tmp_path / "clash.py").write_text(CLASH.format(given=given, name=name), encoding="utf-8")
    found = extend.load_file(tmp_path / "clash.py")
    assert list(extend.clashes(found, core())) == [said]


def test_an_installed_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without '.py' is an entry point of the group swmodel.extensions."""
    (tmp_path / "installed_stigma.py").write_text(STIGMA.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("stigma_at_clinics", "installed_stigma", extend.ENTRY_POINTS)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == point.group else [])
    found = extend.load_installed("stigma_at_clinics")
    assert found.name == "stigma_at_clinics" and found.path.endswith("installed_stigma.py")
    assert [p.name for p in found.processes] == ["stigma"]
    with pytest.raises(extend.ExtensionError, match="did you mean 'stigma_at_clinics'"):
        extend.load_installed("stigma_at_clinic")


def test_imported_declarations_are_not_collected() -> None:
    """A process that a module imports belongs to where it was written."""
    module = ModuleType("elsewhere")
    module.ageing = ageing  # type: ignore[attr-defined]
    with pytest.raises(extend.ExtensionError, match="declares no process"):
        extend.collect(module, "elsewhere", "elsewhere.py")


RUN_TWICE = """
import numpy as np
from swmodel.extend import load_file
process = load_file({path!r}).processes[0]
process(0, 3, np.ones(3, np.bool_), np.zeros(3, np.bool_), 0.7, np.zeros(4, np.int64))
print(sum(process.kernel.stats.cache_hits.values()))
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")
def test_kernels_of_a_file_stay_compiled(tmp_path: Path) -> None:
    """A second start finds the compiled kernel of the user's file on disk."""
    environment = os.environ | {"SWMODEL_CACHE": str(tmp_path)}
    hits = [
        subprocess.run(
            [sys.executable, "-c", RUN_TWICE.format(path=str(STIGMA))],
            env=environment, check=True, capture_output=True, text=True,
        ).stdout.strip()
        for _ in range(2)
    ]  # fmt: skip
    assert hits == ["0", "1"]
