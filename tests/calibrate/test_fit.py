"""Fits from their beginning to their end, on the toy town: what is found, stopping and going on, budgets, folders."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from calibrate.conftest import PARTS, Write
from swmodel.calibrate import fit as fitting
from swmodel.calibrate import simulate
from swmodel.calibrate.fit import Fit, fit
from swmodel.calibrate.points import POINTS, read_points
from swmodel.calibrate.read import read_calibration
from swmodel.calibrate.record import as_record
from swmodel.calibrate.simulate import Simulator
from swmodel.study.plan import StudyError
from swmodel.study.store import FolderError

OUT = Path("out")
FIRST, SECOND, CHECK = 56, 32, 16  # runs of the first wave, of the second, and of the check
ALL = FIRST + SECOND + CHECK
IMIS = "search: {method: imis, first: 64, batch: 16, most: 4, wanted: 20, draws: 30, check: 5}"


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


def same(one: Fit, two: Fit) -> bool:
    """True if two fits are equal, bit for bit, in all but the time that they took."""
    arrays = ("draws", "checked", "surveys", "likelihoods", "before")
    return as_record(one) == as_record(two) and all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True) for name in arrays
    )


def test_from_beginning_to_end(write: Write) -> None:
    """Every part of a fit has its size, lies where the priors are, and belongs to the others. Exact."""
    calibration = read_calibration(write())
    found = fit(calibration, OUT)
    assert (found.draws.shape, found.checked.shape, found.before.shape) == ((40, 2), (16, 4), (FIRST, 4))
    assert found.surveys.shape == (16 * 20, 4) and found.likelihoods.shape == (len(found.posterior.z), 4)
    low, high = (np.array([getattr(one.prior, end) for one in calibration.fitted]) for end in ("low", "high"))
    assert ((low <= found.draws) & (found.draws <= high)).all()
    assert [wave.runs for wave in found.history] == [FIRST, FIRST + SECOND]
    assert found.runs == ALL == len(read_points(OUT / POINTS)) and found.seconds > 0.0
    assert [gate.name for gate in found.gates] == [
        "effective sample size", "distinct draws", "waves settled", "emulator agrees with the model",
        "surveys within what the fit predicts",
    ]  # fmt: skip
    assert found.converged == all(gate.passed for gate in found.gates)


ONE_RATE = "priors:\n  rate: {of: transmission.infection_rate, labels: [fsw], from: 0.02 per year, to: 1 per year}"
MANY = "simulation: {people: 2000, seed: 72}"
ONE_SURVEY = "  - {measure: prevalence, group: street, year: 2005, estimate: 0.6, n: 500}\n"
ONE_TARGET = "targets: [{measure: prevalence, group: street}]"
ONE_SEARCH = "search: {first: 96, batch: 64, repeats: 16, most: 6, wanted: 400, draws: 300, check: 40}"


def test_a_rate_that_is_known(write: Write) -> None:
    """In the toy 1 - exp(-rate x time) live with HIV: the fit finds the rate at which a survey's 0.6 lies in its year.

    On the logit scale the posterior's mean is the survey's within 0.06, and its standard deviation the survey's error
    of 0.0913 within a fifth. What the mean may be off by: the emulator's doubt (chance of 0.1 in runs of 400 workers,
    over 150 runs: 0.008), 300 draws (0.005), the curvature of the prior (0.01), half a person (0.0004), so that the
    bound is 4 standard errors and more. Seed 72. Every gate is passed. A prior of another unit, a year that is off by
    one (0.12), or a spread that is left out or put in, would be seen.
    """
    found = fit(read_calibration(write(ONE_SURVEY, simulation=MANY, priors=ONE_RATE, targets=ONE_TARGET,
                                       search=ONE_SEARCH)), OUT)  # fmt: skip
    steps = np.arange(60, 72) + 1.0
    share = (1.0 - np.exp(-found.draws * steps / 12.0)).mean(axis=1)
    logits = np.log(share / (1.0 - share))
    assert float(logits.mean()) == pytest.approx(math.log(1.5), abs=0.06)
    assert float(logits.std()) == pytest.approx(math.sqrt(1.0 / (500 * 0.24)), rel=0.2)
    assert found.converged, found.gates


def test_surveys_that_contradict_each_other(write: Write) -> None:
    """Of surveys of the same people that cannot all be true more lie outside than chance brings about: not converged.

    Half of the workers at 0.6 and the others at 0.2, twice each, have one rate in between; 4 of 4 lie outside. Exact.
    """
    other = "".join(f"  - {{measure: prevalence, group: {group}, year: {year}, estimate: {share}, n: 500}}\n"
                    for group, share in (("street", 0.6), ("venue", 0.2)) for year in (2004, 2005))  # fmt: skip
    found = fit(read_calibration(write(other, priors=ONE_RATE, targets="targets: [{measure: prevalence, group: "
                                       "[street, venue]}]", search=ONE_SEARCH, simulation=MANY)), OUT)  # fmt: skip
    gate = found.gates[-1]
    assert gate.name == "surveys within what the fit predicts" and not gate.passed and not found.converged
    assert gate.words == "4 of 4 outside the central 95 %, wanted 2 at most"


def test_two_workers_find_the_same(write: Write) -> None:
    """One run at a time or two: bit for bit the same fit."""
    calibration = read_calibration(write())
    assert same(fit(calibration, Path("one")), fit(calibration, Path("two"), workers=2))


def test_imis_on_the_model(write: Write) -> None:
    """The other method, start to finish: no waves, as many likelihoods as points, and the same with two workers. Exact.

    What it says of each target adds up to what it sampled by.
    """
    calibration = read_calibration(write(search=IMIS))
    found = fit(calibration, OUT)
    assert found.history == () and len(found.gates) == 3
    assert found.likelihoods.sum(axis=1) == pytest.approx(found.posterior.log_likelihood, rel=1e-12)
    assert same(found, fit(calibration, Path("two"), workers=2))


@pytest.mark.parametrize("search", [PARTS["search"], IMIS])
def test_killed_at_any_moment(write: Write, counted: list[int], search: str) -> None:
    """After any number of whole lines, and in the middle of one: going on runs what is missing and nothing else, and
    finds the same, bit for bit. The whole file is enough to run nothing.
    """
    calibration = read_calibration(write(search=search))
    whole = fit(calibration, OUT)
    file = OUT / POINTS
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == len(counted) == whole.runs
    last = len(lines)
    for kept, torn in ((0, 0), (3, 20), (55, 0), (FIRST, 0), (FIRST, 1), (last - 16, 40), (last - 1, 5), (last, 0)):
        counted.clear()
        file.write_text("".join(lines[:kept]) + "".join(lines[kept : kept + 1])[:torn], encoding="utf-8")
        again = fit(calibration, OUT, resume=True, workers=1 + kept % 2)
        assert same(again, whole), kept
        assert sorted(counted) == list(range(kept, last))


def test_stopped_by_hand(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the second wave keeps the runs so far; going on finds what an unbroken fit finds, bit for bit."""
    calibration = read_calibration(write())
    whole, keep, kept = fit(calibration, Path("whole")), simulate.keep, []

    def interrupted(*given: Any) -> None:
        keep(*given)
        kept.append(given)
        if len(kept) == FIRST + 7:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(simulate, "keep", interrupted)
        fit(calibration, OUT)
    assert len(read_points(OUT / POINTS)) == FIRST + 7
    assert same(fit(calibration, OUT, resume=True), whole)


class Clock:
    """A clock that a finished run moves on by a second, and nothing else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs, keep = 0, simulate.keep

        def kept(*given: Any) -> None:
            self.runs += 1
            keep(*given)

        monkeypatch.setattr(simulate, "keep", kept)
        monkeypatch.setattr(fitting, "time", SimpleNamespace(monotonic=lambda: float(self.runs)))


AHEAD = 6  # runs that a worker may be ahead of what was noted when the time is up


def test_a_budget(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a second a run, 100 seconds are enough for the first wave and a check, which is kept time for, and the fit
    says that its waves have not settled; going on without a budget finds what an unbroken fit finds. Exact.
    """
    calibration = read_calibration(write())
    whole = fit(calibration, Path("whole"))
    clock = Clock(monkeypatch)
    short = fit(calibration, OUT, budget=100.0)
    assert FIRST + CHECK < clock.runs <= 100 + AHEAD and len(short.history) == 1 and short.draws.shape == (40, 2)
    gates = {gate.name: gate for gate in short.gates}
    assert not gates["waves settled"].passed and "only one wave" in gates["waves settled"].words
    assert same(fit(calibration, OUT, resume=True), whole)


def test_runs_that_were_not_run_do_not_count(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a budget ends in the middle of a wave, the runs that are told of are those that were finished. Exact."""
    calibration = read_calibration(write())
    Clock(monkeypatch)
    short = fit(calibration, OUT, budget=90.0)
    assert short.runs == len(read_points(OUT / POINTS)) < ALL


def test_a_budget_that_is_too_small(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends in the first wave is told so, with what to do, and going on loses nothing. Exact."""
    calibration = read_calibration(write())
    whole = fit(calibration, Path("whole"))
    clock = Clock(monkeypatch)
    with pytest.raises(StudyError, match=r"^the budget ended before the first 56 runs; give more time, fewer --people, "
                                         r"or go on with --resume$"):  # fmt: skip
        fit(calibration, OUT, budget=20.0)
    assert 20 <= clock.runs <= 20 + AHEAD
    assert same(fit(calibration, OUT, resume=True), whole) and clock.runs == ALL


def test_the_first_wave_leaves_time_to_check(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 seconds are enough for the first 56 runs, but not for 16 more: it is told, or the check is cut short. Exact.

    What it may not do is take 72 seconds of 60.
    """
    clock = Clock(monkeypatch)
    try:
        fit(read_calibration(write()), OUT, budget=60.0)
    except StudyError:
        return
    assert clock.runs <= 60 + AHEAD


def test_going_on_leaves_time_to_check(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that are kept took no time now, but those of the check will: 20 seconds are kept to. Exact.

    56 runs of the first wave and 20 of the second are kept, 12 of it and 16 of the check are not; with a second each,
    the search may take 4 seconds.
    """
    calibration = read_calibration(write())
    clock = Clock(monkeypatch)
    fit(calibration, OUT)
    lines = (OUT / POINTS).read_text(encoding="utf-8").splitlines(keepends=True)
    slow = [json.dumps(json.loads(line) | {"seconds": 1.0}) + "\n" for line in lines[: FIRST + 20]]
    (OUT / POINTS).write_text("".join(slow), encoding="utf-8")
    clock.runs = 0
    fit(calibration, OUT, resume=True, budget=20.0)
    assert clock.runs <= 20 + AHEAD


def test_a_budget_of_a_fit_that_learns_from_another(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run after minutes of learning does not count as if all took minutes: its second wave is run. Exact.

    With a second a run and 30 seconds before the first, 100 seconds are enough for 32 runs and a check of 16.
    """
    path = write()
    clock = Clock(monkeypatch)
    fit(read_calibration(path), OUT)
    lines = (OUT / POINTS).read_text(encoding="utf-8").splitlines()
    slow = [json.dumps(json.loads(line) | {"seconds": 1.0}) + "\n" for line in lines]
    (OUT / POINTS).write_text("".join(slow), encoding="utf-8")
    begun = clock.runs
    monkeypatch.setattr(fitting, "time", SimpleNamespace(monotonic=lambda: 30.0 * (clock.runs > begun) + clock.runs))
    found = fit(read_calibration(path, until=2004), Path("later"), earlier=OUT, budget=100.0)
    assert len(found.history) == 2 and clock.runs - begun == SECOND + CHECK


def test_what_cannot_be_reached(write: Write) -> None:
    """A survey that no draw of the priors comes near is named, with the nearest; so is one that finds nobody. Exact."""
    far = "  - {measure: prevalence, group: street, year: 2005, estimate: 0.001, n: 5000}\n"
    words = r"prevalence of street, 2005, 0\.001 \(the nearest is 0\.\d+, \d+\.\d standard deviations away\); widen"
    with pytest.raises(StudyError, match=f"no draw of the priors comes near {words} the priors"):
        fit(read_calibration(write(far)), OUT)
    nobody = "  - {measure: prevalence, group: former_fsw, year: 2005, estimate: 0.3, n: 50}\n"
    with pytest.raises(StudyError, match=r"prevalence of former_fsw, 2005, 0\.3 \(no run has anybody to ask\)"):
        fit(read_calibration(write(nobody)), Path("other"))


@pytest.mark.parametrize("search", ["{first: 5, repeats: 0}", "{first: 4, repeats: 0, method: imis, most: 1}"])
def test_a_search_that_is_too_small(write: Write, search: str) -> None:
    """Too few runs to learn from, or none with any likelihood, is one message of a study or of the file."""
    far = ("  - {measure: prevalence, group: street, year: 2005, estimate: 0.5, n: 1000000}\n"
           "  - {measure: prevalence, group: venue, year: 2005, estimate: 0.5000001, n: 1000000}\n")  # fmt: skip
    surveys = far if "imis" in search else ""
    try:
        fit(read_calibration(write(surveys, search=f"search: {search}")), OUT)
    except Exception as error:  # noqa: BLE001
        assert isinstance(error, StudyError) or type(error).__name__ == "ScenarioError", repr(error)


def test_another_fit_in_the_folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of another fit is refused with what differs, with --resume too; this one's without --resume. Exact.

    Another number of workers or budget is no other fit; words of the scenario that change no number are not either.
    """
    fit(read_calibration(write()), OUT)
    with pytest.raises(FolderError, match=r"^out holds this fit already; go on with --resume, or replace it with --ov"):
        fit(read_calibration(write()), OUT)
    changes = {
        "the priors": {"priors": PARTS["priors"].replace("0.8", "0.9")},
        "the targets": {"targets": PARTS["targets"].replace("0.1", "0.2")},
        "the search": {"search": PARTS["search"].replace("60", "61")},
        "the constraints": {"sums": "sums: [{of: [workers, buyers], most: 3}]"},
        "the scenario": {"simulation": "simulation: {people: 300, seed: 5}"},
        "the scenario, the surveys, the targets": {"surveys": "  - {measure: prevalence, group: men, year: 2005, "
                                                              "estimate: 0.2, n: 9}\n"},
    }  # fmt: skip
    for what, parts in changes.items():
        for resume in (False, True):
            with pytest.raises(FolderError, match=f"^out holds another fit; what differs: {what}; name another"):
                fit(read_calibration(write(**parts)), OUT, resume=resume)
    held = read_calibration(write(), until=2003)
    with pytest.raises(FolderError, match="what differs: the targets, the surveys held back"):
        fit(held, OUT, resume=True)
    monkeypatch.setattr("swmodel.study.record.versions", lambda: {"swmodel": "9.9"})
    with pytest.raises(FolderError, match="what differs: the version of swmodel"):
        fit(read_calibration(write()), OUT, resume=True)


def test_overwrite(write: Write, counted: list[int]) -> None:
    """Another fit takes the folder, and no point of the earlier one; this one is run anew. Exact."""
    fit(read_calibration(write()), OUT)
    counted.clear()
    other = read_calibration(write(simulation="simulation: {people: 200, seed: 6}"))
    found = fit(other, OUT, overwrite=True)
    assert sorted(counted) == list(range(ALL)) and len(read_points(OUT / POINTS)) == ALL
    assert same(found, fit(other, OUT, resume=True))


def test_who_is_told(write: Write) -> None:
    """A reporter hears of each batch with its number of runs, what each wave found, and how far each is. Exact."""
    heard: list[Any] = []

    class Reporter:
        """Writes down what it hears."""

        def begin(self, name: str, runs: int) -> Any:
            """A batch begins."""
            heard.append((name, runs))
            return lambda share, done: heard.append((share, done))

        def end(self, words: str) -> None:
            """A batch is finished."""
            heard.append(words)

    found = fit(read_calibration(write()), OUT, reporter=Reporter())
    told = [one for one in heard if isinstance(one, str) or isinstance(one[0], str)]
    assert told[::2] == [("batch 1", FIRST), ("batch 2", SECOND), ("check", CHECK)]
    assert told[1].startswith(f"56 runs; effective sample size {found.history[0].effective:.0f}")
    assert f"; effective sample size {found.history[1].effective:.0f}, means moved by up to " \
           f"{found.history[1].moved:.2f} standard deviations; nearest run " in told[3]  # fmt: skip
    assert re.search(r"; nearest run \d\.\d standard deviations from the surveys; at most \d\.\d min left$", told[3])
    assert told[5] == ""
    assert (56.0, 56) in heard and (16.0, 16) in heard


def test_learning_from_another_fit(write: Write, counted: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit to other surveys of the same runs computes no first wave, gives its own runs numbers (and so seeds) that
    nobody else has, and its emulator has learnt from all of both; it goes on with --resume as it began. Exact.
    """
    path = write()
    fit(read_calibration(path), OUT)
    counted.clear()
    earlier, later = read_calibration(path, until=2004), Path("later")
    found = fit(earlier, later, earlier=OUT)
    assert counted == list(range(ALL, ALL + SECOND + CHECK)) and found.runs == ALL
    assert [wave.runs for wave in found.history] == [ALL, ALL + SECOND]
    alone = fit(earlier, Path("alone"))
    assert np.array_equal(found.before, alone.before, equal_nan=True) and not np.array_equal(found.draws, alone.draws)
    for file, rows in ((later / POINTS, 10), (later / POINTS, 0)):
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:rows]))
        assert same(found, fit(earlier, later, earlier=OUT, resume=True))
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:rows]))
        assert same(found, fit(earlier, later, resume=True))


def test_nothing_to_learn_from(write: Write) -> None:
    """Runs of other priors, other people or another place, no runs at all, and a search that cannot learn. Exact."""
    path = write()
    with pytest.raises(FolderError, match="nowhere holds no runs of a fit; leave --from out, or name the folder"):
        fit(read_calibration(path), OUT, earlier=Path("nowhere"))
    assert not OUT.exists()
    fit(read_calibration(path), OUT)
    wider = write(priors=PARTS["priors"].replace("to: 3", "to: 4"))
    with pytest.raises(FolderError, match=r"can be learnt from the runs in out; what differs: the priors$"):
        fit(read_calibration(wider), Path("two"), earlier=OUT)
    more = read_calibration(write(), people=300)
    with pytest.raises(FolderError, match=r"can be learnt from the runs in out; what differs: the scenario$"):
        fit(more, Path("two"), earlier=OUT)
    added = write("  - {measure: prevalence, group: fsw, year: 2004, estimate: 0.4, n: 90}\n")
    with pytest.raises(FolderError, match="what differs: the scenario, the surveys"):
        fit(read_calibration(added), Path("two"), earlier=OUT)
    imis = read_calibration(write(search=IMIS))
    with pytest.raises(StudyError, match="only waves learn from the runs of another fit, and this one searches by"):
        fit(imis, Path("two"), earlier=OUT)
    path = write()
    (OUT / POINTS).unlink()
    with pytest.raises(FolderError, match=r"out has lost its points\.jsonl; leave --from out"):
        fit(read_calibration(path), Path("two"), earlier=OUT)
    assert not Path("two").exists()
