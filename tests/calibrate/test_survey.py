"""The survey emulator: who is asked, who is positive, and when."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from swmodel import codes
from swmodel.calibrate.survey import (
    BY_AGE,
    Surveyor,
    asked_and_positive,
    who_is_asked,
    with_half_an_event,
    with_half_more,
)
from swmodel.calibrate.targets import Target
from swmodel.layout import layout_of
from swmodel.results import Run
from swmodel.scenario.spec import Ratio, Survey
from swmodel.study.executor import run_task
from swmodel.study.plan import Task, read_arm

LAYOUT = layout_of(SimpleNamespace(work_settings=("street", "venue")))
GROUPS = {name: code for code, name in enumerate(LAYOUT.group_names)}
ROOT = Path(__file__).parents[2]


def target(measure: str = "prevalence", group: str = "fsw", year: float = 2001.0,
           age: tuple[float, float] | None = (18.0, 25.0)) -> Target:  # fmt: skip
    """A target of a survey by age, unless said otherwise."""
    return Target(Survey(measure, group, year, 0.3, n=100, age=age), "proportion")


def engine(step: int, *people: tuple[str, float, int, int]) -> Any:
    """An engine after so many steps of a tenth of a year from 2000 on: (group, age at the middle of the step, stage,
    state of care) of each living person; two rows more are of somebody who has died, and of memory never used.
    """
    times = 2000.0 + (np.arange(40) + 0.5) / 10.0
    everyone = [*people, ("street", 20.0, 1, 4), ("street", 20.0, 1, 4)]
    arrays = {
        "alive": np.array([True] * len(people) + [False, True]),
        "group": np.array([GROUPS[group] for group, *_ in everyone], np.uint8),
        "birth": np.array([times[step - 1] - age for _, age, *_ in everyone]),
        "hiv_stage": np.array([stage for *_, stage, _ in everyone], np.int8),
        "care_state": np.array([state for *_, state in everyone], np.int8),
    }
    table = SimpleNamespace(n=len(people) + 1, arrays=arrays)
    return SimpleNamespace(times=times, step=step, layout=LAYOUT, people=table)


def run(*cells: tuple[str, str, list[float]], years: tuple[int, ...] = (2000, 2001, 2002)) -> Run:
    """A finished run with these series."""
    values = np.array([series for *_, series in cells]).T.reshape(len(years), len(cells))
    return Run("town", 0, 1, years, tuple((measure, group) for measure, group, _ in cells), values)


def found(surveyor: Surveyor, *cells: tuple[str, str, list[float]]) -> list[float]:
    """What the surveys found, NaN as None."""
    return [None if math.isnan(x) else x for x in surveyor.found(run(*cells)).tolist()]  # type: ignore[misc]


def test_ages() -> None:
    """From the first age until the day before the second: of 17.9, 18, 24.9 and 25 years two are asked. Exact.

    Nor are those asked who have died, nor rows that nobody has.
    """
    surveyor = Surveyor((target(),))
    surveyor.watch(engine(11, ("street", 17.9, 1, 0), ("street", 18.0, 1, 0), ("venue", 24.9, 0, 0),
                          ("street", 25.0, 1, 0)))  # fmt: skip
    assert surveyor.counts.tolist() == [[1.0, 2.0, 1.0]] and found(surveyor) == [(1.0 + 0.5) / (2.0 + 1.0)]
    endless = Surveyor((target(age=(18.0, math.inf)),))
    endless.watch(engine(11, ("street", 18.0, 1, 0), ("street", 99.0, 0, 0), ("street", 50.0, 0, 0)))
    assert endless.counts.tolist() == [[1.0, 3.0, 1.0]]


@pytest.mark.parametrize(("group", "right"), [
    ("fsw", [1, 3]), ("street", [1, 2]), ("venue", [0, 1]), ("men", [1, 1]), ("all", [2, 5]), ("clients", [0, 0]),
    ("nobody", [0, 0]),
])  # fmt: skip
def test_groups(group: str, right: list[int]) -> None:
    """A label asks the groups that it names, and nobody else; NaN where there is nobody to ask. Exact."""
    surveyor = Surveyor((target(group=group),))
    surveyor.watch(engine(15, ("street", 20.0, 1, 0), ("street", 21.0, 0, 0), ("venue", 22.0, 0, 0),
                          ("men", 20.0, 3, 0), ("women", 20.0, 0, 0)))  # fmt: skip
    assert surveyor.counts[0].tolist() == [*right, 1]
    assert found(surveyor) == [(right[0] + 0.5) / (right[1] + 1.0) if right[1] else None]


def test_measures() -> None:
    """Of everybody those with HIV; of those with HIV who knows it, who is on ART, and who is suppressed. Exact.

    Whoever stopped ART knows, and is not on it; whoever is suppressed is on ART. Those without HIV are asked for their
    status only.
    """
    people = [("street", 20.0, stage, state) for stage, state in
              [(0, 0), *((1 + state % 5, state) for state in range(6))]]  # fmt: skip
    surveyor = Surveyor(tuple(target(measure) for measure in BY_AGE))
    surveyor.watch(engine(20, *people))
    assert dict(zip(BY_AGE, surveyor.counts.tolist(), strict=True)) == {
        "prevalence": [6, 7, 1], "diagnosed_share": [5, 6, 1], "on_art_share": [2, 6, 1], "suppressed_share": [1, 6, 1]
    }  # fmt: skip
    assert codes.CARE_STATES[-1] == "stopped_art" and len(codes.CARE_STATES) == 6
    arrays = engine(20, *people).people.arrays
    asked, positive = asked_and_positive("prevalence", arrays)
    assert asked.all() and positive.sum() == 8


def test_years() -> None:
    """A survey asks at the end of every step whose middle lies in its year, and in no other; years add up. Exact.

    A survey in the middle of a year is one of this year.
    """
    surveyor = Surveyor((target(year=2001.0), target(year=2002.5), target(year=2003.0)))
    for step in range(1, 31):
        surveyor.watch(engine(step, ("street", 20.0, int(step % 10 == 0), 0), ("venue", 20.0, 1, 0)))
    assert surveyor.counts.tolist() == [[11.0, 20.0, 10.0], [11.0, 20.0, 10.0], [0.0, 0.0, 0.0]]
    assert found(surveyor) == [(1.1 + 0.5) / (2.0 + 1.0)] * 2 + [None]


def test_found_in_a_run() -> None:
    """Surveys of all ages take the value of their year, measure and group from the results; NaN where there is none.

    A share has half a person more on either side, of those who were asked in that year; a rate half an event. One of
    an age whose measure the results have too is what was asked person by person. Exact.
    """
    incidence = Target(Survey("incidence", "fsw", 2001.0, 0.3, 0.2, 0.4), "per year")
    targets = (
        target(year=2002.0, age=None), target(year=2000.7, age=None), target(group="men", age=None),
        incidence, target(group="street", age=None), target(),
    )  # fmt: skip
    surveyor = Surveyor(targets)
    surveyor.watch(engine(12, ("street", 20.0, 1, 0)))
    cells = (("prevalence", "fsw", [0.1, 0.2, 0.3]), ("prevalence: asked", "fsw", [9.0, 0.0, 19.0]),
             ("incidence", "fsw", [0.01, 0.02, 0.03]), ("incidence: asked", "fsw", [10.0, 50.0, 10.0]),
             ("prevalence", "street", [math.nan] * 3),
             ("prevalence: asked", "street", [0.0] * 3))  # fmt: skip
    right = [(0.3 * 19.0 + 0.5) / 20.0, (0.1 * 9.0 + 0.5) / 10.0, None, (1.0 + 0.5) / 50.0, None, 0.75]
    assert found(surveyor, *cells) == right


def test_all_ages_are_all() -> None:
    """Asked person by person at every age, a survey finds what the results say of everybody, year by year.

    2,000 people of Cotonou in 2014 and 2015, four measures and three groups: equal to 1e-12, NaN where there is nobody.
    """
    arm = read_arm(ROOT / "scenarios/settings/cotonou.yaml", people=2000, start=2014, stop=2016)
    arm = replace(arm, measures=(*arm.measures, *(who_is_asked(one) for one in arm.measures if one.name in BY_AGE)))
    cells = [(m, g, float(y)) for m in BY_AGE for g in ("all", "fsw", "clients") for y in (2014, 2015)]
    by_age = Surveyor([target(m, g, y, (0.0, math.inf)) for m, g, y in cells])
    plain = Surveyor([target(m, g, y, None) for m, g, y in cells])
    made = run_task(Task(arm, 0, {"initial_prevalence": 0.2}, 3), watch=by_age.watch)
    np.testing.assert_allclose(by_age.found(made), plain.found(made), rtol=1e-12)
    of_all = plain.found(made)[[k for k, (_, group, _) in enumerate(cells) if group == "all"]]
    assert (of_all[[0, 1, 3, 5, 7]] > 0.0).all()  # none of the measures is trivial, in 2015


def comparison(group: str, year: float, age: tuple[float, float] | None = None) -> Target:
    """Prevalence of sex workers in 2001 relative to that of another group or year."""
    return Target(Ratio("prevalence", "fsw", 2001.0, 2.0, 1.0, 4.0, age=age, other_group=group, other_year=year),
                  "proportion")  # fmt: skip


def test_ratios_and_trends() -> None:
    """The first of two surveys by the second, each read as it would be alone, beside targets that take one. Exact.

    NaN where one of the two had nobody to ask, or nobody at all was counted in the second.
    """
    one = Target(Survey("prevalence", "women", 2002.0, 0.3, n=100), "proportion")
    people = Target(Ratio("people", "fsw", 2001.0, 2.0, 1.0, 4.0, other_group="men", other_year=2001.0), "people")
    targets = (comparison("women", 2001.0), one, comparison("fsw", 2000.0), comparison("men", 2001.0), people)
    cells = (("prevalence", "fsw", [0.1, 0.2, 0.3]), ("prevalence: asked", "fsw", [9.0] * 3),
             ("prevalence", "women", [0.04, 0.06, 0.08]), ("prevalence: asked", "women", [99.0] * 3),
             ("prevalence", "men", [math.nan] * 3), ("prevalence: asked", "men", [0.0] * 3),
             ("people", "fsw", [3.0] * 3), ("people", "men", [0.0] * 3))  # fmt: skip
    fsw, women = [(s * 9.0 + 0.5) / 10.0 for s in (0.1, 0.2)], [(s * 99.0 + 0.5) / 100.0 for s in (0.06, 0.08)]
    assert found(Surveyor(targets), *cells) == [fsw[1] / women[0], women[1], fsw[1] / fsw[0], None, None]
    twice = (*cells[:-1], ("people", "men", [6.0] * 3))
    assert found(Surveyor((people,), {"people": 100.0}), *twice) == [0.5]


def test_ratios_of_some_ages() -> None:
    """Both groups are asked person by person, each in its year. Exact."""
    surveyor = Surveyor((target(), comparison("men", 2001.0, (18.0, 25.0)), comparison("fsw", 2002.0, (18.0, 25.0))))
    surveyor.watch(engine(12, ("street", 20.0, 1, 0), ("men", 20.0, 1, 0), ("men", 21.0, 0, 0), ("men", 30.0, 1, 0)))
    surveyor.watch(engine(22, ("street", 20.0, 0, 0), ("men", 20.0, 1, 0)))
    fsw, men, later = 1.5 / 2.0, 1.5 / 3.0, 0.5 / 2.0
    assert found(surveyor) == [fsw, fsw / men, fsw / later]


def test_numbers_of_people_are_of_the_real_place() -> None:
    """A number of people is scaled as one in the model stands for many; a share is not. Exact."""
    people = Target(Survey("people", "fsw", 2001.0, 900.0, 700.0, 1100.0), "people")
    cells = (("people", "fsw", [8.0, 9.0, 10.0]), ("prevalence", "fsw", [0.1, 0.2, 0.3]),
             ("prevalence: asked", "fsw", [9.0] * 3))  # fmt: skip
    assert found(Surveyor((people, target(age=None)), {"people": 100.0}), *cells) == [900.0, (1.8 + 0.5) / 10.0]
    assert found(Surveyor((people,)), *cells) == [9.0]


def test_half_a_person_more_is_right_on_average() -> None:
    """The logit of a share with half a person more on either side is that of the truth on average: of 25 asked, 8 % of
    them positive, within 0.1 (exactly, over the binomial); without it, by a share held at 0.0005, it is 0.63 too low.
    """
    positive = np.arange(26)
    chance = stats.binom.pmf(positive, 25, 0.08)
    with_it = special.logit([with_half_more(x / 25.0, 25.0) for x in positive])
    without = special.logit(np.clip(positive / 25.0, 0.0005, 0.9995))
    assert abs(chance @ with_it - special.logit(0.08)) < 0.1
    assert chance @ without - special.logit(0.08) < -0.6
    assert math.isnan(with_half_more(math.nan, 0.0))


def test_half_an_event_more_is_right_on_average() -> None:
    """So is the logarithm of a rate with half an event more: of 3 events expected among 60 people, within 0.05, summed
    over the Poisson distribution, and it is finite where nothing happened.
    """
    events = np.arange(60)
    chance = stats.poisson.pmf(events, 3.0)
    logs = np.log([with_half_an_event(x / 60.0, 60.0) for x in events])
    assert np.isfinite(logs).all() and abs(chance @ logs - math.log(3.0 / 60.0)) < 0.05
    assert math.isnan(with_half_an_event(math.nan, 0.0))
