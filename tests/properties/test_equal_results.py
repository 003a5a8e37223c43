"""Runs that must be equal, bit for bit, and books that must balance: small Cotonou, and a place with everything on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.whole_run import WEIGHS
from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import INTERVENTIONS, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target

SETTINGS = {
    "cotonou": Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml",
    "place": Path(__file__).parent / "place.yaml",  # two sites, occupations, visitors, men and trans women, needles
}
EVERYWHERE = pytest.mark.parametrize("where", SETTINGS)
SEED = 11
YEARS, BEFORE = 7, 3  # of a run, and before a lever starts
KINDS = sorted(INTERVENTIONS)


@cache
def small(where: str) -> Scenario:
    """3,000 people for seven years; Cotonou with ten times its HIV at the start, so that levers have whom to reach."""
    scenario = load(SETTINGS[where], people=3000)
    values = dict(scenario.parameters)
    if where == "cotonou":
        values["initial_prevalence"] = {group: 10.0 * share for group, share in values["initial_prevalence"].items()}
    return replace(scenario, stop=scenario.start + YEARS, parameters={**values, **WEIGHS})


def engine(scenario: Scenario, **options: Any) -> Engine:
    """An engine that has not run yet."""
    return Engine(scenario, contents(scenario), SEED, **options)


@cache
def baseline(where: str) -> Engine:
    """The run that others are compared with."""
    return engine(small(where)).run()


def with_lever(where: str, kind: str, **fields: Any) -> Scenario:
    """The small scenario with one intervention on everybody."""
    base = small(where)
    dates = {"start": base.start + BEFORE, "stop": base.stop}
    lever = Lever(**{"name": kind, "kind": kind, "target": Target(base.layout.group_names), **dates, **fields})
    return replace(base, levers=(lever,))


def counts(run: Engine, like: Engine, steps: int | None = None) -> dict[str, np.ndarray]:
    """Every counter that another run has."""
    return {name: run.count(name)[:steps] for name in like.counters}


def differing(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """The counters that differ."""
    return [name for name in a if not np.array_equal(a[name], b[name])]


def same_state(a: Engine, b: Engine) -> bool:
    """True if both tables hold the same bits."""
    tables = ((a.people.frozen(), b.people.frozen()), (a.pairs.frozen(), b.pairs.frozen()))
    return all(x[name].tobytes() == y[name].tobytes() for x, y in tables for name in x)


@EVERYWHERE
def test_same_seed(where: str) -> None:
    """The same seed gives the same record and the same state, and another seed does not. Exact; n = 84 steps."""
    again, base = engine(small(where)).run(), baseline(where)
    assert np.array_equal(again.record, base.record)
    assert same_state(again, base)
    other = Engine(small(where), contents(small(where)), SEED + 1).run()
    assert not np.array_equal(other.record, base.record)


@EVERYWHERE
@pytest.mark.parametrize("threads", [2, 3])
def test_threads(threads: int, where: str) -> None:
    """Threads and chunks change nothing. Exact; n = 84 steps, 3,000 people in chunks of at least 64."""
    run = engine(small(where), threads=threads, chunk=64).run()
    assert np.array_equal(run.record, baseline(where).record)
    assert same_state(run, baseline(where))


@EVERYWHERE
def test_cut_and_resumed(where: str, tmp_path: Path) -> None:
    """A run saved in the middle and loaded into a fresh engine ends with the same bits. Exact; n = 84 steps."""
    scenario = small(where)
    engine(scenario).run(until=scenario.start + 3.5).save(tmp_path / "half.npz")
    resumed = engine(scenario).load(tmp_path / "half.npz")
    assert resumed.step == 42
    resumed.run()
    assert np.array_equal(resumed.record, baseline(where).record)
    assert same_state(resumed, baseline(where))


@pytest.mark.case("36")
@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_coverage_of_zero(kind: str, where: str) -> None:
    """An intervention that reaches nobody changes no counter. Exact; n = 84 steps."""
    run, base = engine(with_lever(where, kind, coverage=0.0)).run(), baseline(where)
    assert differing(counts(run, base), counts(base, base)) == []


@pytest.mark.case("36")
@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_uptake_of_zero(kind: str, where: str) -> None:
    """An intervention that nobody takes up changes no counter. Exact; n = 84 steps."""
    run, base = engine(with_lever(where, kind, uptake=0.0)).run(), baseline(where)
    assert differing(counts(run, base), counts(base, base)) == []


@pytest.mark.case("36")
@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_start_after_the_end(kind: str, where: str) -> None:
    """An intervention that starts after the end changes no counter. Exact; n = 84 steps."""
    base, end = baseline(where), small(where).stop
    run = engine(with_lever(where, kind, coverage=0.9, start=end + 3.0, stop=end + 8.0)).run()
    assert differing(counts(run, base), counts(base, base)) == []


@pytest.mark.case("36")
@EVERYWHERE
@pytest.mark.parametrize("way", [{"coverage": 0.9}, {"uptake": 2.0, "dropout": 0.5}], ids=["coverage", "uptake"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_before_the_start(kind: str, way: dict[str, float], where: str) -> None:
    """Up to the date at which an intervention starts, no counter differs. Exact; n = 36 steps."""
    base = baseline(where)
    run = engine(with_lever(where, kind, **way)).run(until=small(where).start + BEFORE)
    assert run.step == 36
    assert differing(counts(run, base), counts(base, base, 36)) == []


@EVERYWHERE
def test_a_lever_does_something(where: str) -> None:
    """The comparisons above can fail: PrEP for everyone shows in the counters after its start. Exact."""
    run, base = engine(with_lever(where, "oral_prep", coverage=0.9)).run(), baseline(where)
    assert "prep_users" in differing(counts(run, base), counts(base, base))


def test_the_place_has_everything_on() -> None:
    """The made-up place exercises what it is there for: no counter stays at zero but what programmes begin. Exact."""
    run = baseline("place")
    silent = {name for name in run.counters if not run.count(name).any()}
    assert silent == {"visits_lost", "prep_users", "members", "joinings"}
    layout = run.layout
    people = run.count("people")[-1]
    empty = [name for name, group, n in zip(layout.group_names, layout.groups, people, strict=True)
             if not n and group.name != "men:tourists"]  # fmt: skip
    assert not empty, f"nobody is in {', '.join(empty)}"
    formed = dict(zip(layout.pair_kinds, run.count("infections_by_kind").sum(axis=0), strict=True))
    assert all(formed[kind] for kind in layout.pair_kinds[1:]), formed


@EVERYWHERE
def test_people_balance(where: str) -> None:
    """The change in people is entrants less departures, at every step. Exact; n = 84 steps."""
    run = baseline(where)
    tables = run.calls[0].step.tables
    entering = (tables["scheduled"].sum(axis=1) + tables["immigrants"].sum(axis=1))[: run.n_steps]
    people = run.count("people").sum(axis=1)
    assert np.array_equal(np.diff(people, prepend=0), entering - run.count("departures").sum(axis=1))
    assert (run.count("departures")[:, codes.STAYS] == 0).all()


@EVERYWHERE
def test_status_balance(where: str) -> None:
    """Everyone is with or without HIV, in every group, at every step; care is nested in it. Exact; n = 84 steps."""
    run = baseline(where)
    assert np.array_equal(run.count("people"), run.count("susceptible") + run.count("living_with_hiv"))
    nested = [run.count(name) for name in ("suppressed", "on_art", "diagnosed", "living_with_hiv")]
    assert all((a <= b).all() for a, b in zip(nested, nested[1:], strict=False))


@EVERYWHERE
def test_infections_balance(where: str) -> None:
    """Each infection has one source, and HIV deaths by group add up to those by cause. Exact; n = 84 steps."""
    run = baseline(where)
    assert run.count("infections").sum() > 0
    assert np.array_equal(run.count("infections").sum(axis=1), run.count("infections_by_kind").sum(axis=1))
    assert np.array_equal(run.count("hiv_deaths").sum(axis=1), run.count("departures")[:, codes.DIED_HIV])


@EVERYWHERE
def test_pairs_are_of_two_living_people(where: str) -> None:
    """At the end of every year each pair is of two living people who can be such a pair; no identity repeats. Exact."""
    run, seen = engine(small(where)), 0
    tables = run.layout.tables
    for year in range(1, YEARS + 1):
        run.run(until=small(where).start + year)
        people = run.people.arrays
        a, b = run.attribute("pair_a"), run.attribute("pair_b")
        seen += len(a)
        assert people["alive"][a].all() and people["alive"][b].all()
        assert (a != b).all()
        needle = tables["form_of"][run.attribute("kind")] == codes.NEEDLE
        first, second = (tables["population_of"][people["group"][side]] for side in (a, b))
        assert (people["sex"][b[~needle]] == codes.MALE).all()
        assert np.isin(second[~needle], (codes.MEN, codes.MSM)).all() and (first[~needle] != codes.MEN).all()
        assert (second == codes.MSM)[~needle & (first == codes.MSM)].all()
        assert people["injects"][a[needle]].all() and people["injects"][b[needle]].all()
        assert len(np.unique(run.attribute("uid"))) == run.count("people")[-1].sum()
    assert seen > 1000
