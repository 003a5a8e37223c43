"""The model at points of a calibration: which run belongs to which point, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from calibrate.conftest import Write
from swmodel.calibrate.points import POINTS, read_points
from swmodel.calibrate.read import read_calibration
from swmodel.calibrate.simulate import Simulator
from swmodel.calibrate.survey import with_half_more
from swmodel.study import run_study
from swmodel.study.plan import Study
from swmodel.study.store import FolderError

Numbers = NDArray[np.float64]


def points(count: int) -> Numbers:
    """Points on the samplers' scale."""
    return np.random.default_rng(71).standard_normal((count, 2))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the points that are run, as they are begun."""
    begun: list[int] = []
    run = Simulator.run

    def counting(self: Simulator, task: Any, *others: Any) -> Any:
        begun.append(task.draw)
        return run(self, task, *others)

    monkeypatch.setattr(Simulator, "run", counting)
    return begun


def test_a_point_is_a_run_with_a_seed_of_its_own(write: Write) -> None:
    """The numbers of a point are those of the scenario with the point's parameters and the seed that counts on. Exact.

    The second call goes on counting, so that no two points share their chance.
    """
    found = read_calibration(write())
    simulator, z = Simulator(found), points(3)
    numbers = np.concatenate([simulator(z[:2]), simulator(z[2:])])
    values = found.priors.values(z)
    for k in range(3):
        rate = {"fsw": {2000.0: values[k, 0], 2004.0: 0.1}, "clients": 0.1 * values[k, 1], "all": 0.05}
        run = run_study(Study((simulator.arm,), (5 + k,), ({"infection_rate": rate},))).runs[0]
        right = [with_half_more(*(run.series(name, group)[year - 2000] for name in ("prevalence", "prevalence: asked")))
                 for group, year in (("fsw", 2002), ("fsw", 2005), ("clients", 2003), ("clients", 2005))]  # fmt: skip
        assert numbers[k].tolist() == right
    assert simulator.done == 3 and len(set(numbers.ravel().tolist())) > 9


def test_workers_change_nothing(write: Write) -> None:
    """One at a time or two: the same numbers, bit for bit."""
    found, z = read_calibration(write()), points(6)
    assert np.array_equal(Simulator(found)(z), Simulator(found, workers=2)(z))


def test_surveys_held_back_come_after(write: Write) -> None:
    """The numbers of surveys that are held back stand behind those that are fitted. Exact."""
    z, path = points(2), write()
    every = Simulator(read_calibration(path))(z)
    assert np.array_equal(Simulator(read_calibration(path, until=2003))(z), every[:, [0, 2, 1, 3]])


def test_nothing_is_run_twice(write: Write, tmp_path: Path, counted: list[int]) -> None:
    """Points that are kept are read back, bit for bit; those of other parameters are run again. Exact."""
    found, z = read_calibration(write()), points(5)
    first = Simulator(found, tmp_path)(z)
    assert counted == [0, 1, 2, 3, 4] and len((tmp_path / POINTS).read_text().splitlines()) == 5
    counted.clear()
    assert np.array_equal(Simulator(found, tmp_path)(z), first) and counted == []
    moved = z.copy()
    moved[3, 1] = np.nextafter(moved[3, 1], 9.0)
    Simulator(found, tmp_path)(moved)
    assert counted == [3]


@pytest.mark.parametrize("kept", [0, 1, 3, 4])
@pytest.mark.parametrize("torn", [0, 9])
def test_a_file_that_was_cut(write: Write, tmp_path: Path, counted: list[int], kept: int, torn: int) -> None:
    """After a kill at any moment whole lines count and a torn one does not; what is missing is run, and added. Exact.

    The file is sound afterwards, whatever was torn off.
    """
    found, z = read_calibration(write()), points(5)
    whole = Simulator(found, tmp_path)(z)
    file = tmp_path / POINTS
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:kept]) + lines[kept][:torn], encoding="utf-8")
    counted.clear()
    assert np.array_equal(Simulator(found, tmp_path)(z), whole) and counted == list(range(kept, 5))
    again = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [one["point"] for one in again] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("line", ["{", "12", "[]", "null", '{"point": 1}', '{"point": "x", "z": [], "numbers": []}',
                                  '{"point": 1, "z": [0, 0], "numbers": null}'])  # fmt: skip
def test_lines_that_are_no_points(write: Write, tmp_path: Path, counted: list[int], line: str) -> None:
    """A damaged line is passed over and its point is run again, or one message says that the file is damaged."""
    found, z = read_calibration(write()), points(3)
    whole = Simulator(found, tmp_path)(z)
    lines = (tmp_path / POINTS).read_text(encoding="utf-8").splitlines()
    (tmp_path / POINTS).write_text("\n".join([lines[0], line, lines[2], ""]), encoding="utf-8")
    counted.clear()
    try:
        simulator = Simulator(found, tmp_path)
    except FolderError:
        return
    assert np.array_equal(simulator(z), whole) and counted == [1]


def test_a_point_that_is_there_twice(tmp_path: Path) -> None:
    """The later line counts: it was run because the first was of other parameters. No file is no points. Exact."""
    lines = [{"point": 0, "z": [1.0], "numbers": [0.1]}, {"point": 0, "z": [2.0], "numbers": [None]}]
    (tmp_path / POINTS).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert read_points(tmp_path / POINTS) == {0: ([2.0], [None])} and read_points(tmp_path / "none.jsonl") == {}


def test_nobody_to_ask(write: Write, tmp_path: Path) -> None:
    """A survey that finds nobody gives NaN, kept as null and read back as NaN. Exact."""
    survey = "  - {measure: prevalence, group: former_fsw, year: 2003, estimate: 0.2, n: 10}\n"
    found, z = read_calibration(write(survey)), points(2)
    first = Simulator(found, tmp_path)(z)
    assert np.isnan(first[:, 4]).all() and np.isfinite(first[:, :4]).all()
    assert json.loads((tmp_path / POINTS).read_text().splitlines()[0])["numbers"][4] is None
    np.testing.assert_array_equal(Simulator(found, tmp_path)(z), first)


def test_progress(write: Write, tmp_path: Path) -> None:
    """Points that are kept count as done from the start; all are in the end. Exact."""
    found, z = read_calibration(write()), points(4)
    Simulator(found, tmp_path)(z[:3])
    seen: list[tuple[float, int]] = []
    Simulator(found, tmp_path)(z, lambda share, done: seen.append((share, done)))
    assert all(share >= 3.0 and done >= 3 for share, done in seen) and seen[-1] == (4.0, 4)


def test_stopped_in_the_middle(write: Write, tmp_path: Path, counted: list[int]) -> None:
    """What was finished before a stop is kept; going on runs the rest and gives the same numbers. Exact."""
    found, z = read_calibration(write()), points(6)
    whole = Simulator(found)(z)

    def stop(share: float, done: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Simulator(found, tmp_path)(z, stop)
    kept = sorted(read_points(tmp_path / POINTS))
    assert len(kept) >= 2
    counted.clear()
    assert np.array_equal(Simulator(found, tmp_path)(z), whole)
    assert sorted(counted) == [k for k in range(6) if k not in kept]


def test_only_what_is_asked_is_measured(write: Write) -> None:
    """Runs of a fit keep the measures of their targets, whom they are of, and no other; runs are counted. Exact."""
    simulator = Simulator(read_calibration(write()))
    assert [measure.name for measure in simulator.arm.measures] == ["prevalence", "prevalence: asked"]
    simulator(points(2))
    assert simulator.ran == simulator.runs == 2


def test_numbers_are_those_of_the_real_place(write: Write) -> None:
    """With adults in the scenario, a count is that of the real place, a share is as it is. Exact."""
    counted = "  - {measure: new_infections, group: fsw, year: 2003, estimate: 9, low: 8, high: 10}\n"
    path = write(counted, targets="targets:\n  - {measure: new_infections}\n  - {measure: prevalence}")
    one = read_calibration(path)
    town = (path.parent / "town.yaml").read_text(encoding="utf-8")
    (path.parent / "town.yaml").write_text(town.replace("people: 500", "people: 500, adults: 50000"), encoding="utf-8")
    two = read_calibration(path)
    z = one.priors.draw(3, np.random.default_rng(1))
    small, real = Simulator(one)(z), Simulator(two)(z)
    scale = [two.arm.scenario.places if target.survey.measure == "new_infections" else 1.0 for target in two.targets]
    assert max(scale) > 100.0 and np.array_equal(small * np.array(scale), real)
