"""Runs that must be equal, bit for bit, and books that must balance, on a small Cotonou."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import INTERVENTIONS, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
SEED = 11
STARTS = 1988.0
KINDS = sorted(INTERVENTIONS)


@cache
def small() -> Scenario:
    """Cotonou with 3,000 people to 1992, and ten times its HIV at the start, so that levers have someone to reach."""
    scenario = load(SETTING, people=3000, stop=1992)
    start = {group: 10.0 * share for group, share in scenario.parameters["initial_prevalence"].items()}
    return replace(scenario, parameters={**scenario.parameters, "initial_prevalence": start})


def engine(scenario: Scenario | None = None, **options: Any) -> Engine:
    """An engine that has not run yet."""
    scenario = scenario or small()
    return Engine(scenario, contents(scenario), SEED, **options)


@cache
def baseline() -> Engine:
    """The run that others are compared with."""
    return engine().run()


def with_lever(kind: str, **fields: Any) -> Scenario:
    """The small Cotonou with one intervention on everybody."""
    groups = codes.labels("group", small().work_settings)
    lever = Lever(**{"name": kind, "kind": kind, "start": STARTS, "stop": 1992.0, "target": Target(groups), **fields})
    return replace(small(), levers=(lever,))


def counts(run: Engine, steps: int | None = None) -> dict[str, np.ndarray]:
    """Every counter that the baseline has."""
    return {name: run.count(name)[:steps] for name in baseline().counters}


def differing(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> list[str]:
    """The counters that differ."""
    return [name for name in a if not np.array_equal(a[name], b[name])]


def same_state(a: Engine, b: Engine) -> bool:
    """True if both tables hold the same bits."""
    tables = ((a.people.frozen(), b.people.frozen()), (a.pairs.frozen(), b.pairs.frozen()))
    return all(x[name].tobytes() == y[name].tobytes() for x, y in tables for name in x)


def test_same_seed() -> None:
    """The same seed gives the same record and the same state, and another seed does not. Exact; n = 84 steps."""
    again = engine().run()
    assert np.array_equal(again.record, baseline().record)
    assert same_state(again, baseline())
    other = Engine(small(), contents(small()), SEED + 1).run()
    assert not np.array_equal(other.record, baseline().record)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads(threads: int) -> None:
    """Threads and chunks change nothing. Exact; n = 84 steps, 3,000 people in chunks of at least 64."""
    run = engine(threads=threads, chunk=64).run()
    assert np.array_equal(run.record, baseline().record)
    assert same_state(run, baseline())


def test_cut_and_resumed(tmp_path: Path) -> None:
    """A run saved in the middle and loaded into a fresh engine ends with the same bits. Exact; n = 84 steps."""
    engine().run(until=1988.5).save(tmp_path / "half.npz")
    resumed = engine().load(tmp_path / "half.npz")
    assert resumed.step == 42
    resumed.run()
    assert np.array_equal(resumed.record, baseline().record)
    assert same_state(resumed, baseline())


@pytest.mark.case("36")
@pytest.mark.parametrize("kind", KINDS)
def test_coverage_of_zero(kind: str) -> None:
    """An intervention that reaches nobody changes no counter. Exact; n = 84 steps."""
    run = engine(with_lever(kind, coverage=0.0)).run()
    assert differing(counts(run), counts(baseline())) == []


@pytest.mark.case("36")
@pytest.mark.parametrize("kind", KINDS)
def test_uptake_of_zero(kind: str) -> None:
    """An intervention that nobody takes up changes no counter. Exact; n = 84 steps."""
    run = engine(with_lever(kind, uptake=0.0)).run()
    assert differing(counts(run), counts(baseline())) == []


@pytest.mark.case("36")
@pytest.mark.parametrize("kind", KINDS)
def test_start_after_the_end(kind: str) -> None:
    """An intervention that starts after the end changes no counter. Exact; n = 84 steps."""
    run = engine(with_lever(kind, coverage=0.9, start=1995.0, stop=2000.0)).run()
    assert differing(counts(run), counts(baseline())) == []


@pytest.mark.case("36")
@pytest.mark.parametrize("way", [{"coverage": 0.9}, {"uptake": 2.0, "dropout": 0.5}], ids=["coverage", "uptake"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_before_the_start(kind: str, way: dict[str, float]) -> None:
    """Up to the date at which an intervention starts, no counter differs. Exact; n = 36 steps."""
    run = engine(with_lever(kind, **way)).run(until=STARTS)
    assert run.step == 36
    assert differing(counts(run), counts(baseline(), 36)) == []


def test_a_lever_does_something() -> None:
    """The comparisons above can fail: PrEP for everyone shows in the counters after its start. Exact."""
    run = engine(with_lever("oral_prep", coverage=0.9)).run()
    assert "prep_users" in differing(counts(run), counts(baseline()))


def test_people_balance() -> None:
    """The change in people is entrants less departures, at every step. Exact; n = 84 steps."""
    run = baseline()
    tables = run.calls[0].step.tables
    entering = (tables["scheduled"].sum(axis=1) + tables["immigrants"].sum(axis=1))[: run.n_steps]
    people = run.count("people").sum(axis=1)
    assert np.array_equal(np.diff(people, prepend=0), entering - run.count("departures").sum(axis=1))
    assert (run.count("departures")[:, codes.STAYS] == 0).all()


def test_status_balance() -> None:
    """Everyone is with or without HIV, in every group, at every step; care is nested in it. Exact; n = 84 steps."""
    run = baseline()
    assert np.array_equal(run.count("people"), run.count("susceptible") + run.count("living_with_hiv"))
    nested = [run.count(name) for name in ("suppressed", "on_art", "diagnosed", "living_with_hiv")]
    assert all((a <= b).all() for a, b in zip(nested, nested[1:], strict=False))


def test_infections_balance() -> None:
    """Each infection has one source, and HIV deaths by group add up to those by cause. Exact; n = 84 steps."""
    run = baseline()
    assert run.count("infections").sum() > 0
    assert np.array_equal(run.count("infections").sum(axis=1), run.count("infections_by_kind").sum(axis=1))
    assert np.array_equal(run.count("hiv_deaths").sum(axis=1), run.count("departures")[:, codes.DIED_HIV])


def test_pairs_are_of_two_living_people() -> None:
    """At the end of every year each pair is of a living woman and a living man; no identity repeats. Exact."""
    run, seen = engine(), 0
    for year in range(1986, 1993):
        run.run(until=year)
        people = run.people.arrays
        a, b = run.attribute("pair_a"), run.attribute("pair_b")
        seen += len(a)
        assert people["alive"][a].all() and people["alive"][b].all()
        assert (a != b).all()
        assert (people["sex"][a] == codes.FEMALE).all() and (people["sex"][b] == codes.MALE).all()
        assert len(np.unique(run.attribute("uid"))) == run.count("people")[-1].sum()
    assert seen > 1000
