"""Small runs whose results are frozen, so that no change of results goes unseen.

`pytest tests/regression --update` writes them anew; read the difference, and say in CHANGELOG under "Changes to
results" what changed and why.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest

from swmodel.results import Results, read_csv, write_csv
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.study import run_study
from swmodel.study.plan import Study, read_arm

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
GOSSIP = ROOT / "docs" / "examples" / "gossip.py"
PLACE = ROOT / "tests" / "properties" / "place.yaml"
FROZEN = Path(__file__).parent / "frozen"
MADE_ON = FROZEN / "made_on.json"
PEOPLE, SEED, STOP, EVERY = 1000, 71, 2036, 5
SHOWN = 10  # rows that differ and are shown


def cotonou() -> Scenario:
    """Cotonou with 1,000 people to 2035; with its own shares they would be 6 sex workers and hardly any HIV.

    So sex work is five times as common, and HIV at the start ten times.
    """
    scenario = load(SCENARIOS / "settings" / "cotonou.yaml", people=PEOPLE, stop=STOP)
    more = {
        name: {group: times * share for group, share in scenario.parameters[name].items()}
        for name, times in (("sex_worker_share", 5.0), ("initial_prevalence", 10.0))
    }
    return replace(scenario, name="cotonou", parameters={**scenario.parameters, **more})


def levers() -> Scenario:
    """The same, with the levers of the three scenarios that are shipped."""
    shipped = [load(path) for path in sorted(SCENARIOS.glob("cotonou_*.yaml"))]
    assert len(shipped) == 3
    return replace(cotonou(), name="levers", levers=tuple(lever for one in shipped for lever in one.levers))


def gossip() -> Scenario:
    """The same, with the extension of the docs: fear of gossip, and a programme that lowers it."""
    base = cotonou()
    relief = Lever("relief", "quiet_clinic", 2026.0, float(STOP), Target(base.work_settings), coverage=0.8)
    return replace(base, name="gossip", levers=(relief,), extensions=(str(GOSSIP),))


def everything() -> Scenario:
    """A made-up place in which all that the model can do is on, with every lever and the extension.

    Two sites with trips, seasons and moves, occupations with visitors, women, men and trans women who sell sex,
    further kinds of pair, people who inject.
    """
    scenario = load(PLACE, people=PEOPLE, stop=2006)
    sellers, all_groups = Target(scenario.layout.expand("sex_workers")), Target(scenario.layout.group_names)
    every = (
        Lever("condoms", "condom_programme", 1996.0, 2006.0, sellers, coverage={1996.0: 0.0, 2000.0: 0.7}),
        Lever("outreach", "testing_outreach", 1995.5, 2003.0, sellers, uptake=2.0, dropout=0.5),
        Lever("support", "art_support", 1995.0, 2006.0, all_groups, coverage=0.5),
        Lever("prep", "oral_prep", 1998.0, 2006.0, Target(sellers.groups, (18.0, 30.0)), uptake=1.0, dropout=0.4),
        Lever("relief", "quiet_clinic", 1997.0, 2006.0, sellers, coverage=0.8),
    )
    return replace(scenario, name="everything", levers=every, extensions=(str(GOSSIP),))


CASES: Mapping[str, Callable[[], Scenario]] = {
    "cotonou": cotonou, "levers": levers, "gossip": gossip, "everything": everything,
}  # fmt: skip


def results(scenario: Scenario) -> Results:
    """Every measure in every fifth year; a change in any year shows in those after it."""
    run = run_study(Study((read_arm(scenario),), (SEED,))).runs[0]
    kept = [place for place, year in enumerate(run.years) if year % EVERY == 0]
    years = tuple(run.years[place] for place in kept)
    return Results((replace(run, years=years, values=run.values[kept]),), {scenario.name: scenario})


def here() -> dict[str, str]:
    """What the last bits of a result may depend on, besides the package."""
    return {
        "system": platform.system(), "processor": platform.machine(), "numba": numba.__version__,
        "numpy": np.__version__,
    }  # fmt: skip


def differences(old: Results, new: Results) -> list[str]:
    """One line for each value that is not the same to the last bit: measure, group, year, old, new."""
    was, now = ({row[3:6]: row[6] for row in one.rows()} for one in (old, new))
    lines = []
    for key in [*was, *(one for one in now if one not in was)]:
        before, after = was.get(key), now.get(key)
        if before != after and not (before is not None and after is not None and np.isnan([before, after]).all()):
            year, measure, group = key
            lines.append(f"{measure:<28} {group:<20} {year}  {before!r:>22}  {after!r:>22}")
    return lines


def told(name: str, lines: list[str]) -> str:
    """The first few differences as a table, where the frozen results were made, and what to do."""
    head = f"{'measure':<28} {'group':<20} year  {'old':>22}  {'new':>22}"
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    made = json.loads(MADE_ON.read_text(encoding="utf-8"))
    where = "here" if made == here() else f"on {made}, and this is {here()}: see the docstring of the test"
    last = f"frozen {where}; if the change is meant, pytest {FROZEN.parent.relative_to(ROOT)} --update, and review"
    return "\n".join([f"results of '{name}' changed:", head, *lines[:SHOWN], *more, last])


@pytest.mark.parametrize("name", list(CASES))
def test_frozen_run(name: str, request: pytest.FixtureRequest) -> None:
    """Every measure of every group, in every fifth year, is what it was, to the last bit. Exact; 1,000 people.

    Counts are whole numbers and must be equal anywhere. Ratios and expected amounts are quotients of whole numbers, so
    they have no rounding of their own; but when an event happens rests on exp, log and pow, whose last bit may differ
    with the processor, the system, NumPy or Numba, and one event moved changes all that follows. On another platform
    (frozen/made_on.json names this one), check out the last version known to be right, freeze it there with
    `--update`, and compare the new version with that; do not allow for closeness here, which would hide small bugs.
    """
    path = FROZEN / f"{name}.csv"
    new = results(CASES[name]())
    if request.config.getoption("--update"):
        FROZEN.mkdir(exist_ok=True)
        write_csv(new, path)
        MADE_ON.write_text(json.dumps(here(), indent=1) + "\n", encoding="utf-8")
        return
    assert path.exists(), f"{path} is missing; run pytest with --update to write it"
    lines = differences(read_csv(path), new)
    assert not lines, told(name, lines)


def test_frozen_runs_have_something_to_show() -> None:
    """The frozen runs hold an epidemic, and levers and an extension that change it; in one, every group has people.

    Exact; every fifth year to 2035, or to 2005 where everything is on.
    """
    frozen = {name: read_csv(FROZEN / f"{name}.csv") for name in CASES}
    years, infections = frozen["cotonou"].series("new_infections")
    assert years.tolist() == list(range(1985, 2036, 5))
    assert infections.sum() > 20
    assert not differences(frozen["cotonou"], frozen["cotonou"])
    for name in ("levers", "gossip"):
        changed = differences(frozen["cotonou"], frozen[name])
        assert len(changed) > 20
    assert all(int(line.split()[2]) >= 2026 for line in differences(frozen["cotonou"], frozen["levers"]))
    _, users = frozen["levers"].series("prep_coverage", "fsw")
    assert users[0, -1] > 0.3 and not users[0, :-2].any()
    place, layout = frozen["everything"], everything().layout
    people = {group: place.series("people", group)[1][0] for group in layout.group_names}
    assert [group for group, n in people.items() if not n.any() and not group.startswith("men:tourists")] == []
    assert place.series("new_infections")[1].sum() > 20
    shown = (("pairs", "needle"), ("away_share", "all"), ("pauses", "msw"), ("prep_coverage", "tsw"))
    for measure, group in shown:
        assert np.nansum(place.series(measure, group)[1]) > 0.0, measure


def test_a_difference_is_shown() -> None:
    """A value that is off by one bit is shown with its measure, group, year, old and new. Exact; n = 1."""
    frozen = read_csv(FROZEN / "cotonou.csv")
    run = frozen.runs[0]
    values = run.values.copy()
    place = run.cells.index(("prevalence", "all"))
    values[2, place] = np.nextafter(values[2, place], 1.0)
    lines = differences(frozen, Results((replace(run, values=values),)))
    assert len(lines) == 1
    assert lines[0].split() == [
        "prevalence", "all", "1995", repr(float(run.values[2, place])), repr(float(values[2, place])),
    ]  # fmt: skip
    assert lines[0] in told("cotonou", lines)
