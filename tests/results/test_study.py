"""Studies: the same bytes however they are run, whole parts, what may be resumed, and the record."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

import swmodel as sw
import toy
from swmodel.results import Run
from swmodel.scenario.spec import Lever, PairKind, Scenario, Survey, Target
from swmodel.study import run_study
from swmodel.study.plan import Study, StudyError, read_arm
from swmodel.study.record import difference, fingerprint, resolved, restored
from swmodel.study.store import FolderError, Store, read_folder


def study(files: Path, seeds: tuple[int, ...] = (1, 2, 3), **simulation: object) -> Study:
    """Two small scenarios and two draws."""
    arms = tuple(read_arm(files / name, **{"people": 200, **simulation}) for name in ("toy.yaml", "toy_prep.yaml"))
    return Study(arms, seeds, ({}, {"infection_rate": 0.5}))


def test_workers_change_no_byte(files: Path, tmp_path: Path) -> None:
    """One worker or two, in a folder or in memory: equal files and values."""
    for workers in (1, 2):
        run_study(study(files), store=Store(tmp_path / str(workers), study(files)), workers=workers)
    assert (tmp_path / "1" / "results.csv").read_bytes() == (tmp_path / "2" / "results.csv").read_bytes()
    memory = run_study(study(files), workers=2)
    assert list(map(str, memory.rows())) == list(map(str, read_folder(tmp_path / "1").rows()))
    assert [run.key for run in memory.runs][:4] == [("toy", 0, 1), ("toy", 0, 2), ("toy", 0, 3), ("toy", 1, 1)]


def test_draws_change_the_parameters(files: Path) -> None:
    """A draw goes over the scenario's own parameters."""
    results = run_study(study(files, (1,)))
    first, second = (run for run in results.runs if run.scenario == "toy")
    assert second.series("new_infections", "all").sum() > first.series("new_infections", "all").sum()


def test_resume_runs_only_what_is_missing(files: Path, tmp_path: Path) -> None:
    """A lost part is run again; the others are not."""
    one = study(files)
    whole = Store(tmp_path / "whole", one)
    run_study(one, store=whole)
    store = Store(tmp_path / "cut", one)
    tasks = store.open()
    for run in run_study(one).runs[:-2]:
        store.save(run)
    (store.folder / "parts" / ".toy_prep-1-2.npz.part").write_bytes(b"cut off in the middle")
    left = Store(tmp_path / "cut", one).open(resume=True)
    assert len(tasks) == 12
    assert [task.key for task in left] == [("toy_prep", 1, 2), ("toy_prep", 1, 3)]
    run_study(one, store=Store(tmp_path / "cut", one), resume=True)
    assert (tmp_path / "cut" / "results.csv").read_bytes() == (tmp_path / "whole" / "results.csv").read_bytes()
    assert sorted(p.name for p in store.folder.iterdir()) == ["results.csv", "results.parquet", "run.json"]


def test_a_part_gives_every_bit_back(files: Path, tmp_path: Path) -> None:
    """What is kept of a finished run is all of it."""
    one = study(files)
    run = run_study(Study(one.arms[:1], (1,))).runs[0]
    store = Store(tmp_path, one)
    store.open()
    store.save(run)
    back = store.load(run.key)
    assert replace(back, values=None) == replace(run, values=None)  # type: ignore[arg-type]
    assert back.values.tobytes() == run.values.tobytes()


def test_a_failed_start_does_not_occupy_a_folder(files: Path, tmp_path: Path) -> None:
    """A study that stopped before its first run was finished leaves nothing to protect."""
    Store(tmp_path, study(files)).open()
    assert len(Store(tmp_path, study(files, (5,))).open()) == 4


def test_what_differs_is_named(files: Path, tmp_path: Path) -> None:
    """Another run in the folder is told by what differs."""
    run_study(study(files), store=Store(tmp_path, study(files)))
    with pytest.raises(
        FolderError, match=r"what differs: people \(200 there, 300 here\), seeds \(1 to 3 there, 4 here\)"
    ):
        Store(tmp_path, study(files, (4,), people=300)).open(resume=True)
    base = fingerprint(study(files))
    slower = tuple(replace(arm, scenario=replace(arm.scenario, step=0.25)) for arm in study(files).arms)
    retitled = tuple(replace(arm, scenario=replace(arm.scenario, title="Other words")) for arm in study(files).arms)
    assert difference(base, fingerprint(replace(study(files), arms=slower))) == "contents of the scenarios"
    assert difference(base, fingerprint(replace(study(files), arms=retitled))) == ""
    assert difference(base, {**base, "versions": "x"}) == "versions"
    (tmp_path / "run.json").unlink()
    with pytest.raises(FolderError, match=r"without a run\.json"):
        Store(tmp_path, study(files)).open()


def test_an_extension_that_was_edited_is_another_run(files: Path, tmp_path: Path) -> None:
    """The contents of an extension are part of what is run."""
    for path in (files / "extended.py", files / "toy.yaml", files / "toy_extended.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = fingerprint(Study((read_arm(tmp_path / "toy_extended.yaml"),), (1,)))
    with (tmp_path / "extended.py").open("a") as f:
        f.write("\n# a remark\n")
    after = fingerprint(Study((read_arm(tmp_path / "toy_extended.yaml"),), (1,)))
    assert difference(before, after) == "extensions"


def test_record(files: Path, tmp_path: Path) -> None:
    """run.json holds every parameter with its source, the versions, the seeds and the times."""
    run_study(study(files), store=Store(tmp_path, study(files)))
    saved = json.loads((tmp_path / "run.json").read_text())
    assert saved["finished"]
    assert saved["seeds"] == [1, 2, 3]
    assert set(saved["versions"]) == {"python", "swmodel", "numpy", "numba"}
    assert len(saved["runs"]) == 12
    assert all(run["seconds"] > 0.0 for run in saved["runs"])
    parameters = {one["name"]: one for one in saved["scenarios"]["toy_prep"]["parameters"]}
    rate, efficacy = parameters["infection_rate"], parameters["oral_prep.prep_efficacy"]
    assert set(parameters) == {rate["name"], efficacy["name"], *toy.ASKED}
    assert (rate["value"], rate["unit"], rate["set"]) == ({"fsw": 0.2, "all": 0.05}, "per year", True)
    assert efficacy == {
        "name": "oral_prep.prep_efficacy", "section": "oral_prep", "value": 0.9, "default": 0.9, "unit": "proportion",
        "set": False, "source": "assumption: made for tests",
    }  # fmt: skip
    assert read_folder(tmp_path).scenarios == {arm.name: arm.scenario for arm in study(files).arms}


def test_scenario_round_trip() -> None:
    """Years, labels, endless intervals and absent numbers come back as they were."""
    lever = Lever("a", "oral_prep", 2003.0, math.inf, Target(("street",), (18.0, math.inf)), {2003.0: 0.0, 2005.0: 1.0})
    scenario = Scenario(
        "s", "t", 2000.0, 2010.0, 1 / 12, 100, 2, 1, ("street",), {"x": {"fsw": {2000.0: 0.1}, "all": 3}}, (lever,),
        {"u": ("street", "men")}, (Survey("prevalence", "u", 2004.0, None, 0.1),), ("e.py",), {"x": "someone"},
    )  # fmt: skip
    assert restored(json.loads(json.dumps(resolved(scenario)))) == scenario
    place = replace(
        scenario, work_settings=("street", "bar"), workers={"bar": "men"}, occupations=("drivers", "others"),
        sites=("north", "south"), pair_kinds=(PairKind("casual_men", "casual", ("msm", "msw")),),
        parameters={"trip_destination": {"north": {"south": 1.0}, "south": {"north": {2000.0: 1.0}}}},
    )  # fmt: skip
    back = restored(json.loads(json.dumps(resolved(place))))
    assert back == place and back.layout == place.layout


def test_damaged_folders(tmp_path: Path) -> None:
    """A record that is not one is told, not followed."""
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(FolderError, match="cannot be read"):
        read_folder(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 0}')
    with pytest.raises(FolderError, match="another version"):
        read_folder(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1, "finished": true, "scenarios": {"a": {}}}')
    with pytest.raises(FolderError, match="damaged"):
        read_folder(tmp_path)


def test_studies_that_make_no_sense(files: Path) -> None:
    """No seeds, equal seeds, equal names, no whole year."""
    arm = read_arm(files / "toy.yaml")
    for arms, seeds in (((arm,), ()), ((arm,), (1, 1)), ((arm, arm), (1,)), ((), (1,))):
        with pytest.raises(StudyError):
            Study(arms, seeds)
    with pytest.raises(StudyError, match="no whole calendar year"):
        Study((replace(arm, scenario=replace(arm.scenario, stop=2000.5)),), (1,))
    with pytest.raises(StudyError, match="people is 300, not 500"):
        sw.compare([arm.scenario, replace(arm.scenario, name="other", people=300)])


def test_an_error_in_one_task_is_raised(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure stops the others and comes out as it was; no thread hangs."""
    from swmodel.study import executor

    def fail(*_: object) -> Run:
        raise ValueError("broken")

    monkeypatch.setattr(executor, "run_task", fail)
    with pytest.raises(ValueError, match="broken"):
        run_study(study(files), workers=2)
